//! How an SMTP server is named: `smtp://user:password@host:port?tls=required&ca=FILE`.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use auth_core::strategy::SecretText;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::target::MailTargetError;

/// An SMTP server and how to speak to it.
#[derive(Clone, Debug)]
pub struct SmtpServer {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) login: Option<Login>,
    /// A PEM file with certification authorities to trust besides those of this machine.
    pub(super) ca: Option<PathBuf>,
}

/// When a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// From its first byte (RFC 8314): `smtps://`.
    FromTheStart,
    /// By STARTTLS (RFC 3207), or nothing is sent: `tls=required`.
    Required,
    /// By STARTTLS if the server offers it: `tls=opportunistic`.
    Opportunistic,
    /// Never: `tls=none`.
    None,
}

impl Encryption {
    /// Whether nothing is sent without it.
    pub(super) fn is_needed(self) -> bool {
        matches!(self, Self::FromTheStart | Self::Required)
    }
}

/// Who we are to the server (RFC 4954).
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: SecretText,
}

impl SmtpServer {
    /// Reads the URL. Without `tls`, STARTTLS is used where it is offered, and a server on
    /// this machine is spoken to in the clear.
    pub(crate) fn parse(text: &str) -> Result<Self, MailTargetError> {
        let url = Url::parse(text).map_err(|_| MailTargetError("its URL is malformed"))?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(MailTargetError("its URL goes on behind host and port"));
        }
        let host = host(&url)?;
        let (tls, ca) = parameters(&url)?;
        let encryption = encryption(url.scheme(), tls.as_deref(), is_loopback(&host))?;
        Ok(Self {
            port: url.port().unwrap_or(encryption.default_port()),
            login: login(&url)?,
            host,
            encryption,
            ca,
        })
    }

    /// Whether a password may travel unencrypted: only where it stays on this machine, or
    /// where somebody has said so.
    pub(super) fn allows_clear_password(&self) -> bool {
        self.encryption == Encryption::None || is_loopback(&self.host)
    }
}

impl Encryption {
    fn default_port(self) -> u16 {
        match self {
            Self::FromTheStart => 465,
            Self::Required | Self::Opportunistic => 587,
            Self::None => 25,
        }
    }

    fn parameter(self) -> &'static str {
        match self {
            Self::FromTheStart => "",
            Self::Required => "?tls=required",
            Self::Opportunistic => "?tls=opportunistic",
            Self::None => "?tls=none",
        }
    }
}

/// The host; an IPv6 address without its brackets.
fn host(url: &Url) -> Result<String, MailTargetError> {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || host.contains('%') {
        return Err(MailTargetError("its URL names no host"));
    }
    Ok(host.to_ascii_lowercase())
}

fn is_loopback(host: &str) -> bool {
    let is_loopback_ip = host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    host == "localhost" || is_loopback_ip
}

fn login(url: &Url) -> Result<Option<Login>, MailTargetError> {
    let decode = |text| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded.map_err(|_| MailTargetError("its user or password is no UTF-8 text"))
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) => Err(MailTargetError("its URL has a password but no user")),
        (_, None) => Err(MailTargetError("its URL has a user but no password")),
        (user, Some(password)) => Ok(Some(Login {
            user: decode(user)?.into_owned(),
            password: SecretText::new(decode(password)?),
        })),
    }
}

/// The values of `tls` and `ca`.
fn parameters(url: &Url) -> Result<(Option<String>, Option<PathBuf>), MailTargetError> {
    let (mut tls, mut ca) = (None, None);
    for (name, value) in url.query_pairs() {
        match &*name {
            "tls" => tls = Some(value.into_owned()),
            "ca" => ca = Some(PathBuf::from(value.into_owned())),
            _ => return Err(MailTargetError("it has a parameter other than tls and ca")),
        }
    }
    Ok((tls, ca))
}

fn encryption(
    scheme: &str,
    tls: Option<&str>,
    loopback: bool,
) -> Result<Encryption, MailTargetError> {
    match (scheme, tls) {
        ("smtps", None) => Ok(Encryption::FromTheStart),
        ("smtps", Some(_)) => Err(MailTargetError("smtps:// always encrypts and takes no tls")),
        (_, Some("required")) => Ok(Encryption::Required),
        (_, Some("opportunistic")) => Ok(Encryption::Opportunistic),
        (_, Some("none")) => Ok(Encryption::None),
        (_, Some(_)) => Err(MailTargetError(
            "tls is not required, opportunistic or none",
        )),
        (_, None) if loopback => Ok(Encryption::None),
        (_, None) => Ok(Encryption::Opportunistic),
    }
}

/// The URL without the password.
impl fmt::Display for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.encryption {
            Encryption::FromTheStart => "smtps",
            _ => "smtp",
        };
        write!(f, "{scheme}://")?;
        if let Some(login) = &self.login {
            write!(f, "{}@", login.user)?;
        }
        let (host, port) = (&self.host, self.port);
        if host.contains(':') {
            write!(f, "[{host}]:{port}")?;
        } else {
            write!(f, "{host}:{port}")?;
        }
        f.write_str(self.encryption.parameter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> SmtpServer {
        SmtpServer::parse(text).unwrap()
    }

    #[test]
    fn encryption_and_port_follow_scheme_parameter_and_host() {
        for (text, encryption, port) in [
            ("smtps://m.example.org", Encryption::FromTheStart, 465),
            ("smtp://m.example.org", Encryption::Opportunistic, 587),
            (
                "smtp://m.example.org?tls=required",
                Encryption::Required,
                587,
            ),
            ("smtp://m.example.org:26?tls=none", Encryption::None, 26),
            ("smtp://localhost", Encryption::None, 25),
            ("smtp://LOCALHOST:1025/", Encryption::None, 1025),
            ("smtp://127.0.0.1:1025", Encryption::None, 1025),
            ("smtp://[::1]:1025", Encryption::None, 1025),
            ("smtp://localhost?tls=required", Encryption::Required, 587),
            (
                "smtp://localhost.example.org",
                Encryption::Opportunistic,
                587,
            ),
        ] {
            let server = parse(text);
            assert_eq!(
                (server.encryption, server.port),
                (encryption, port),
                "{text}"
            );
        }
    }

    #[test]
    fn user_and_password_are_percent_decoded() {
        let login = parse("smtps://ada%40example.org:p%2Fw%3Aä@m.example.org").login;
        let login = login.unwrap();
        assert_eq!(login.user, "ada@example.org");
        assert_eq!(login.password.reveal(), "p/w:ä");
    }

    #[test]
    fn half_a_login_and_contradictions_are_refused() {
        for text in [
            "smtp://ada@m.example.org",
            "smtp://:secret@m.example.org",
            "smtp://ada:%ff@m.example.org",
            "smtps://m.example.org?tls=none",
            "smtp://m.example.org#fragment",
            "smtp://m.example.org:99999",
            "smtp://m%0d.example.org",
        ] {
            assert!(SmtpServer::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_travels_in_the_clear_only_at_home_or_by_order() {
        assert!(parse("smtp://a:b@localhost").allows_clear_password());
        assert!(parse("smtp://a:b@m.example.org?tls=none").allows_clear_password());
        assert!(!parse("smtp://a:b@m.example.org").allows_clear_password());
    }

    #[test]
    fn ipv6_keeps_its_brackets_only_in_urls() {
        let server = parse("smtp://[2001:db8::1]:25?tls=none");
        assert_eq!(server.host, "2001:db8::1");
        assert_eq!(server.to_string(), "smtp://[2001:db8::1]:25?tls=none");
    }
}
