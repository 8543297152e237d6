//! What must hold between settings. A server that would be unsafe does not start.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use url::{Host, Url};

use super::{Environment, Limiting, SessionStoreUrl, Settings};

impl Settings {
    /// Checks what no single setting can tell.
    ///
    /// # Errors
    /// One sentence that names the setting and the remedy.
    pub fn check(&self) -> anyhow::Result<()> {
        let path = &self.base_path;
        ensure!(
            path.starts_with('/') && path.len() > 1 && !path.ends_with('/') && !path.contains("//"),
            "--base-path `{path}` must start with a slash and not end with one, such as /api/auth"
        );
        ensure!(
            !path.contains(['{', '}', '?', '#', '%', ' ']),
            "--base-path `{path}` may hold plain path segments only, such as /api/auth"
        );
        if let Some(url) = &self.public_url {
            check_public_url(url)?;
        }
        if let Some(url) = &self.mail.frontend_url {
            check_frontend_url(url, self.env)?;
        }
        for origin in &self.trusted_origins {
            self.check_origin(origin)?;
        }
        self.connections.check()?;
        self.check_accounts()?;
        self.federation.check()?;
        match self.env {
            Environment::Development => Ok(()),
            Environment::Production => self.check_production(),
        }
    }

    /// Checks the settings that accounts are made under.
    ///
    /// # Errors
    /// One sentence that names the setting and the remedy.
    pub fn check_accounts(&self) -> anyhow::Result<()> {
        let accounts = &self.accounts;
        ensure!(
            !accounts.argon2.is_weak() || self.env == Environment::Development,
            "--argon2 {} is too cheap for production: use m=19456,t=2,p=1 or more",
            accounts.argon2
        );
        ensure!(
            accounts.min_password_length >= 8 || self.env == Environment::Development,
            "--min-password-length must be at least 8 in production"
        );
        ensure!(
            (64..=1024).contains(&accounts.max_password_length)
                && accounts.min_password_length <= accounts.max_password_length,
            "--max-password-length must lie between 64 and 1024 and not below --min-password-length"
        );
        ensure!(
            self.sessions.max_sessions > 0,
            "--max-sessions must be at least 1"
        );
        ensure!(
            self.limits.limit_sign_in_free > 0,
            "--limit-sign-in-free must be at least 1; use --limits off for load tests"
        );
        ensure!(
            !self.mail.mail_poll.is_zero() && self.mail.mail_lease >= Duration::from_secs(1),
            "--mail-poll must not be zero, and --mail-lease at least 1s"
        );
        ensure!(
            !self.stores.store_timeout.is_zero() && !self.stores.purge_interval.is_zero(),
            "--store-timeout and --purge-interval must not be zero"
        );
        let session = &self.sessions;
        ensure!(
            session.session_idle <= session.session_absolute
                && session.remember_idle <= session.remember_absolute,
            "--session-idle must not exceed --session-absolute, nor --remember-idle --remember-absolute"
        );
        Ok(())
    }

    fn check_origin(&self, origin: &str) -> anyhow::Result<()> {
        let url = Url::parse(origin).ok();
        let canonical = url.as_ref().map(|url| url.origin().ascii_serialization());
        ensure!(
            canonical.as_deref() == Some(origin),
            "--trusted-origin `{origin}` must be a bare origin, such as https://app.example.org"
        );
        let secure = origin.starts_with("https://");
        ensure!(
            secure || self.env == Environment::Development,
            "--trusted-origin `{origin}` must be https in production"
        );
        Ok(())
    }

    fn check_production(&self) -> anyhow::Result<()> {
        match &self.public_url {
            None => {
                bail!("--public-url is needed in production: give the https URL that clients use")
            }
            Some(url) => ensure!(
                url.scheme() == "https",
                "--public-url must be https in production"
            ),
        }
        ensure!(
            self.mail.mail != "dev" || self.mail.mail_file.is_some(),
            "--mail dev is for development: give smtp://… or file:DIR in production"
        );
        ensure!(
            self.limits.limits == Limiting::On,
            "--limits off is for load tests: leave it on in production"
        );
        Ok(())
    }

    /// What is allowed but worth a word in the log.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = vec![];
        if self.limits.limits == Limiting::Off {
            warnings.push("--limits off: nothing keeps anybody from guessing passwords");
        }
        if self.stores.session_store == SessionStoreUrl::Memory {
            warnings.push("--session-store memory: a restart signs everybody out, and other servers don't see these sessions");
        }
        if self.accounts.argon2.is_weak() {
            warnings.push("--argon2 is cheaper than recommended");
        }
        warnings
    }

    /// The database URL, from its setting or its file, if either is given.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn database_url(&self) -> anyhow::Result<Option<String>> {
        match &self.stores.database_url_file {
            Some(file) => read_secret("--database-url-file", file).map(Some),
            None => Ok(self.stores.database_url.clone()),
        }
    }

    /// Where mail goes, from its setting or its file.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn mail_target(&self) -> anyhow::Result<String> {
        match &self.mail.mail_file {
            Some(file) => read_secret("--mail-file", file),
            None => Ok(self.mail.mail.clone()),
        }
    }
}

fn read_secret(setting: &str, file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{setting} {} can't be read", file.display()))?;
    Ok(text.trim().to_owned())
}

fn check_public_url(url: &Url) -> anyhow::Result<()> {
    ensure!(
        url.query().is_none() && url.fragment().is_none() && url.path() == "/",
        "--public-url must be scheme, host and port only, such as https://auth.example.org"
    );
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_on_loopback(url) => Ok(()),
        "http" => bail!("--public-url must be https: plain http is for localhost only"),
        _ => bail!("--public-url must be an https URL, such as https://auth.example.org"),
    }
}

/// Mails link to pages below it, with a token in the fragment.
fn check_frontend_url(url: &Url, env: Environment) -> anyhow::Result<()> {
    ensure!(
        url.query().is_none() && url.fragment().is_none(),
        "--frontend-url must have no query and no fragment, such as https://app.example.org"
    );
    let secure = url.scheme() == "https";
    ensure!(
        secure || (url.scheme() == "http" && env == Environment::Development),
        "--frontend-url must be https; http is for development only"
    );
    Ok(())
}

fn is_on_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn check(args: &[&str]) -> Result<(), String> {
        let args = ["server"].iter().chain(args);
        let settings = Settings::try_parse_from(args).map_err(|e| e.to_string())?;
        settings.check().map_err(|e| format!("{e:#}"))
    }

    const PRODUCTION: [&str; 6] = [
        "--env",
        "production",
        "--public-url",
        "https://auth.example.org",
        "--mail",
        "smtp://mail.example.org",
    ];

    fn production_with(extra: &[&str]) -> Result<(), String> {
        check(&[&PRODUCTION, extra].concat())
    }

    #[test]
    fn the_defaults_serve_development_and_a_few_settings_production() {
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(production_with(&[]), Ok(()));
    }

    #[test]
    fn production_names_what_is_missing_or_weak() {
        let names = |args: &[&str], setting: &str| {
            let error = check(args).unwrap_err();
            assert!(error.contains(setting), "{args:?}: {error}");
        };
        names(&["--env", "production"], "--public-url");
        names(
            &["--env", "production", "--public-url", "http://localhost"],
            "--public-url",
        );
        names(
            &["--env", "production", "--public-url", "https://x.org"],
            "--mail",
        );
        names(
            &[&PRODUCTION[..], &["--argon2", "m=64,t=1,p=1"]].concat(),
            "--argon2",
        );
        names(
            &[&PRODUCTION[..], &["--frontend-url", "http://a.org"]].concat(),
            "--frontend-url",
        );
        names(
            &[&PRODUCTION[..], &["--limits", "off"]].concat(),
            "--limits",
        );
        names(
            &[&PRODUCTION[..], &["--min-password-length", "6"]].concat(),
            "--min-password-length",
        );
        names(
            &[&PRODUCTION[..], &["--trusted-origin", "http://a.org"]].concat(),
            "--trusted-origin",
        );
    }

    #[test]
    fn a_misspelt_value_never_falls_back() {
        for args in [
            ["--env", "prod"],
            ["--limits", "of"],
            ["--verification", "none"],
            ["--jwt-alg", "none"],
            ["--session-idle", "30"],
            ["--argon2", "fast"],
            ["--session-store", "mem"],
            ["--public-url", "http://example.org"],
            ["--public-url", "https://x.org/path"],
            ["--base-path", "api"],
            ["--base-path", "/"],
            ["--base-path", "/a/"],
            ["--trusted-origin", "https://a.org/"],
            ["--trusted-origin", "*"],
            ["--trusted-origin", "null"],
            ["--frontend-url", "https://a.org/#x"],
            ["--frontend-url", "ftp://a.org"],
            ["--frontend-url", "app.example.org"],
            ["--provider", "gogle"],
            ["--provider", "dev;dev"],
            ["--oauth-timeout", "0s"],
            ["--trusted-proxy", "everyone"],
            ["--limit-sign-in-ip", "0/1h"],
        ] {
            assert!(check(&args).is_err(), "{args:?}");
        }
    }
}
