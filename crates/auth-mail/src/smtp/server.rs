//! How an SMTP server is named: `smtp://user:password@host:port?tls=required&ca=FILE`, or
//! `smtp://user@host?auth=xoauth2&token_file=FILE` for a login by an OAuth access token.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

use auth_core::SecretText;
use lettre::transport::smtp::authentication::Mechanism;
use percent_encoding::percent_decode_str;
use url::Url;

use super::failure::Failure;
use crate::target_error::MailTargetError;

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
    pub(super) secret: LoginSecret,
    /// The way that the URL asks for; `None` leaves it to the server.
    mechanism: Option<Mechanism>,
}

/// What proves who we are.
#[derive(Clone, Debug)]
pub(super) enum LoginSecret {
    /// A password, or a token that does not expire.
    Text(SecretText),
    /// A file that somebody keeps a fresh access token in, read at each login.
    File(PathBuf),
}

/// Why a file is refused to which an editor added something invisible.
const MARKED: &str = "it begins with a byte order mark: save it as UTF-8 without one";

impl Login {
    /// The ways to log in, the best first.
    pub(super) fn mechanisms(&self) -> &[Mechanism] {
        match &self.mechanism {
            Some(one) => std::slice::from_ref(one),
            None => &[Mechanism::Plain, Mechanism::Login],
        }
    }

    /// The password or the token.
    pub(super) fn secret(&self) -> Result<String, Failure> {
        match &self.secret {
            LoginSecret::Text(text) => Ok(text.reveal().to_owned()),
            LoginSecret::File(file) => {
                let text = std::fs::read_to_string(file).map_err(Failure::Token)?;
                match text.starts_with('\u{feff}') {
                    true => Err(Failure::Token(io::Error::other(MARKED))),
                    false => Ok(text.trim().to_owned()),
                }
            }
        }
    }
}

impl SmtpServer {
    /// Reads the URL. Without `tls`, STARTTLS is used where it is offered, and a server on
    /// this machine is spoken to in the clear.
    pub(crate) fn parse(text: &str) -> Result<Self, MailTargetError> {
        let url = Url::parse(text).map_err(|_| malformed(text))?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(malformed(text));
        }
        let host = host(&url)?;
        let Parameters {
            tls,
            ca,
            auth,
            token_file,
        } = parameters(&url)?;
        let encryption = encryption(url.scheme(), tls.as_deref(), is_loopback(&host))?;
        Ok(Self {
            port: url.port().unwrap_or(encryption.default_port()),
            login: login(&url, auth, token_file)?,
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

/// A URL that ends too early: passwords may hold what has a meaning in URLs.
fn malformed(text: &str) -> MailTargetError {
    let behind = text.split_once("://").map_or("", |(_, behind)| behind);
    let is_cut = behind
        .find(['/', '?', '#'])
        .is_some_and(|at| behind[at..].contains('@'));
    MailTargetError(match is_cut {
        true => "a / ? # or @ in its user or password must be written as %2F %3F %23 or %40",
        false => "its URL is malformed",
    })
}

fn login(
    url: &Url,
    mechanism: Option<Mechanism>,
    token_file: Option<PathBuf>,
) -> Result<Option<Login>, MailTargetError> {
    let decode = |text| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded.map_err(|_| MailTargetError("its user or password is no UTF-8 text"))
    };
    let secret = match (url.password(), token_file) {
        (Some(password), None) => LoginSecret::Text(SecretText::new(decode(password)?)),
        (None, Some(file)) => LoginSecret::File(file),
        (Some(_), Some(_)) => {
            return Err(MailTargetError("it has a password and a token_file"));
        }
        (None, None) if url.username().is_empty() && mechanism.is_none() => return Ok(None),
        (None, None) => {
            return Err(MailTargetError(
                "its URL has a user but no password or token_file",
            ));
        }
    };
    if url.username().is_empty() {
        return Err(MailTargetError("its URL has a password but no user"));
    }
    Ok(Some(Login {
        user: decode(url.username())?.into_owned(),
        secret,
        mechanism,
    }))
}

/// What stands behind the question mark.
#[derive(Default)]
struct Parameters {
    tls: Option<String>,
    ca: Option<PathBuf>,
    auth: Option<Mechanism>,
    token_file: Option<PathBuf>,
}

fn parameters(url: &Url) -> Result<Parameters, MailTargetError> {
    let mut found = Parameters::default();
    for (name, value) in url.query_pairs() {
        let file = || Some(PathBuf::from(&*value));
        match &*name {
            "tls" => found.tls = Some(value.into_owned()),
            "ca" => found.ca = file(),
            "token_file" => found.token_file = file(),
            "auth" => found.auth = Some(mechanism(&value)?),
            _ => {
                let known = "it has a parameter other than tls, ca, auth and token_file";
                return Err(MailTargetError(known));
            }
        }
    }
    Ok(found)
}

fn mechanism(name: &str) -> Result<Mechanism, MailTargetError> {
    match name.to_ascii_lowercase().as_str() {
        "plain" => Ok(Mechanism::Plain),
        "login" => Ok(Mechanism::Login),
        "xoauth2" => Ok(Mechanism::Xoauth2),
        _ => Err(MailTargetError("auth is not plain, login or xoauth2")),
    }
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
    use std::error::Error as _;

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
        assert_eq!(login.secret().unwrap(), "p/w:ä");
    }

    #[test]
    fn a_password_that_ends_a_url_early_is_told_how_to_be_written() {
        for text in [
            "smtp://a:b/c@m.example.org",
            "smtp://AKIA:ab/cd+ef==@m.example.org:587",
            "smtp://a:b#c@m.example.org",
            "smtps://a:b?c@m.example.org",
        ] {
            let error = SmtpServer::parse(text).unwrap_err().to_string();
            assert!(error.contains("%2F"), "{text}: {error}");
        }
    }

    #[test]
    fn a_token_is_read_from_its_file_at_each_login() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        let url = format!(
            "smtps://ada@m.example.org?auth=xoauth2&token_file={}",
            file.display()
        );
        let login = parse(&url).login.unwrap();
        assert_eq!(login.mechanisms(), [Mechanism::Xoauth2]);
        for token in ["first", "second"] {
            std::fs::write(&file, format!("{token}\n")).unwrap();
            assert_eq!(login.secret().unwrap(), token);
        }
        std::fs::write(&file, "\u{feff}third").unwrap();
        let error = login.secret().unwrap_err();
        assert!(error.source().unwrap().to_string().contains("without one"));
    }

    #[test]
    fn half_a_login_and_contradictions_are_refused() {
        for text in [
            "smtp://ada@m.example.org",
            "smtp://:secret@m.example.org",
            "smtp://ada:secret@m.example.org?token_file=t",
            "smtp://ada@m.example.org?auth=xoauth2",
            "smtp://ada:secret@m.example.org?auth=cram",
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
