//! URLs of PostgreSQL databases.

use std::fmt;
use std::path::PathBuf;

use tokio_postgres::config::{Config, Host, SslMode};

use super::{InvalidDatabaseUrl, refuse};

/// How to reach a PostgreSQL database.
#[derive(Clone)]
pub(crate) struct PostgresUrl {
    pub(crate) config: Config,
    pub(crate) trust: Trust,
    /// The PEM file of the authority that `sslmode=verify-full` trusts instead of
    /// those of the machine.
    pub(crate) root_cert: Option<PathBuf>,
}

/// Which server certificates are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Any, as libpq does for `prefer` and `require`: the line is encrypted, the server
    /// is not proven.
    Anyone,
    /// Only one of a trusted authority for the host's name (`verify-full`).
    Verified,
}

pub(super) fn postgres(text: &str) -> Result<PostgresUrl, InvalidDatabaseUrl> {
    if text.matches('@').count() > 1 {
        // What follows the first would be taken for the host, and shown in errors.
        return refuse(
            "The PostgreSQL URL has more than one @; write one in a user name, a password or \
             a parameter as %40.",
        );
    }
    let (text, ssl) = take_ssl_parameters(text);
    let mut config: Config = text.parse().map_err(|error: tokio_postgres::Error| {
        let cause = std::error::Error::source(&error).map_or(error.to_string(), |e| e.to_string());
        InvalidDatabaseUrl(format!(
            "The PostgreSQL URL is not understood ({cause}); \
             write it as in postgres://user:password@host:5432/database."
        ))
    })?;
    if config.get_hosts().is_empty() {
        return refuse(
            "The PostgreSQL URL names no host; \
             write one as in postgres://user:password@host:5432/database.",
        );
    }
    let trust = set_ssl_mode(&mut config, ssl.mode.as_deref().unwrap_or("prefer"))?;
    if ssl.root_cert.is_some() && trust == Trust::Anyone {
        return refuse(
            "The PostgreSQL URL's sslrootcert has no effect without sslmode=verify-full; \
             add the one or remove the other.",
        );
    }
    Ok(PostgresUrl {
        config,
        trust,
        root_cert: ssl.root_cert.map(PathBuf::from),
    })
}

/// The parameters that tokio-postgres does not know, or knows fewer values of.
#[derive(Default)]
struct SslParameters {
    mode: Option<String>,
    root_cert: Option<String>,
}

/// Cuts `sslmode` and `sslrootcert` out of a URL.
fn take_ssl_parameters(text: &str) -> (String, SslParameters) {
    let mut ssl = SslParameters::default();
    // A password may hold a question mark; it ends at the first @.
    let authority = text.find('@').unwrap_or(0);
    let Some(mark) = text[authority..].find('?').map(|at| authority + at) else {
        return (text.to_owned(), ssl);
    };
    let mut others = vec![];
    for parameter in text[mark + 1..].split('&') {
        let decoded = url::form_urlencoded::parse(parameter.as_bytes()).next();
        match decoded {
            Some((key, value)) if key == "sslmode" => ssl.mode = Some(value.into_owned()),
            Some((key, value)) if key == "sslrootcert" => ssl.root_cert = Some(value.into_owned()),
            _ => others.push(parameter),
        }
    }
    (format!("{}?{}", &text[..mark], others.join("&")), ssl)
}

fn set_ssl_mode(config: &mut Config, mode: &str) -> Result<Trust, InvalidDatabaseUrl> {
    let (mode, trust) = match mode {
        "disable" => (SslMode::Disable, Trust::Anyone),
        "prefer" => (SslMode::Prefer, Trust::Anyone),
        "require" => (SslMode::Require, Trust::Anyone),
        "verify-full" => (SslMode::Require, Trust::Verified),
        other => {
            return refuse(format!(
                "The sslmode {other:?} is unknown; \
                 choose one of disable, prefer, require and verify-full."
            ));
        }
    };
    config.ssl_mode(mode);
    Ok(trust)
}

impl PostgresUrl {
    pub(super) fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { config, trust, .. } = self;
        f.write_str("postgres://")?;
        if let Some(user) = config.get_user() {
            let secret = config.get_password().map_or("", |_| ":***");
            write!(f, "{user}{secret}@")?;
        }
        for (n, host) in config.get_hosts().iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            let port = config.get_ports().get(n).unwrap_or(&5432);
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}:{port}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{comma}{}:{port}", path.display())?,
            }
        }
        let mode = match (config.get_ssl_mode(), trust) {
            (_, Trust::Verified) => "verify-full",
            (SslMode::Disable, _) => "disable",
            (SslMode::Require, _) => "require",
            _ => "prefer",
        };
        let name = config.get_dbname().unwrap_or_default();
        write!(f, "/{name}?sslmode={mode}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{DatabaseKind, DatabaseUrl};
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<DatabaseUrl>().unwrap().to_string()
    }

    fn postgres(text: &str) -> PostgresUrl {
        match text.parse::<DatabaseUrl>().unwrap().kind {
            DatabaseKind::Postgres(url) => *url,
            DatabaseKind::Sqlite(path) => panic!("{path:?}"),
        }
    }

    #[test]
    fn a_postgres_url_is_shown_without_its_password() {
        for (text, expected) in [
            (
                "postgresql://ada:s3cret@db.example.org:5433/auth?sslmode=require",
                "postgres://ada:***@db.example.org:5433/auth?sslmode=require",
            ),
            (
                "postgres://ada@one,two:6432/auth?password=s3cret&sslmode=disable",
                "postgres://ada:***@one:5432,two:6432/auth?sslmode=disable",
            ),
            (
                "postgres://localhost",
                "postgres://localhost:5432/?sslmode=prefer",
            ),
        ] {
            assert_eq!(shown(text), expected);
            assert_eq!(
                format!("{:?}", text.parse::<DatabaseUrl>().unwrap()),
                expected
            );
        }
    }

    #[test]
    fn the_ssl_mode_decides_whom_to_trust() {
        use SslMode::{Disable, Prefer, Require};
        for (parameters, mode, trust) in [
            ("", Prefer, Trust::Anyone),
            ("?sslmode=disable", Disable, Trust::Anyone),
            ("?sslmode=prefer", Prefer, Trust::Anyone),
            (
                "?application_name=x&sslmode=require",
                Require,
                Trust::Anyone,
            ),
            (
                "?sslmode=verify-full&application_name=x",
                Require,
                Trust::Verified,
            ),
        ] {
            let url = postgres(&format!("postgres://ada:why?@host/auth{parameters}"));
            assert_eq!(url.config.get_ssl_mode(), mode, "{parameters}");
            assert_eq!(url.trust, trust, "{parameters}");
            assert_eq!(url.config.get_password(), Some(&b"why?"[..]));
            let name = parameters.contains("application_name").then_some("x");
            assert_eq!(url.config.get_application_name(), name);
        }
    }

    #[test]
    fn the_root_certificate_is_a_path() {
        let url = postgres("postgres://host/auth?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem");
        assert_eq!(url.root_cert.as_deref(), Some("/etc/ca.pem".as_ref()));
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_read_again(
            text in "postgres://([a-z]{1,8}@)?[a-z]{1,8}(:[1-9][0-9]{0,3})?(/[a-z]{0,8})?"
        ) {
            prop_assert_eq!(shown(&shown(&text)), shown(&text));
        }

        #[test]
        fn no_password_is_ever_shown(password in "[A-Z0-9?&=/:%!]{8,20}", rest in "\\PC{0,30}") {
            let text = format!("postgres://ada:{password}@{rest}");
            let shown = match text.parse::<DatabaseUrl>() {
                Ok(url) => format!("{url} {url:?}"),
                Err(refused) => format!("{refused} {refused:?}"),
            };
            prop_assume!(!rest.contains(&password));
            prop_assert!(!shown.contains(&password), "{}", shown);
        }
    }
}
