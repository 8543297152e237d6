//! What must hold between settings. A server that would be unsafe does not start.

mod listeners;
mod redis_url;

use std::time::Duration;

use anyhow::{anyhow, bail, ensure};
use auth_core::factor::SecondFactor;
use auth_core::{Clock as _, SystemClock};
use auth_http::ADMIN_PATH;
#[cfg(feature = "pages")]
use auth_web::PAGES;
use comprehensive_auth::BreachedList;
use url::{Host, Url};

use super::bridge::{DEFAULT_PERCENT, DEFAULT_SHADOW_PERCENT};
use super::production;
use super::secret_file::read_secret;
use super::{Environment, Limiting, Pages, SessionStoreUrl, Settings};

impl Settings {
    /// Checks what no single setting can tell.
    ///
    /// # Errors
    /// One sentence that names the setting and the remedy.
    pub fn check(&self) -> anyhow::Result<()> {
        self.problems().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything wrong that no single setting can tell, a sentence each.
    pub fn problems(&self) -> Vec<anyhow::Error> {
        const ALL: [fn(&Settings) -> anyhow::Result<()>; 15] = [
            |all| check_base_path(&all.base_path),
            Settings::check_pages,
            Settings::check_public_url,
            Settings::check_frontend,
            Settings::check_origins,
            Settings::check_admin,
            listeners::check,
            |all| all.connections.check(),
            |all| all.telemetry.check(),
            Settings::check_bridge,
            Settings::check_accounts,
            Settings::check_sessions,
            redis_url::check,
            |all| all.federation.check(),
            |all| all.webhooks.check(),
        ];
        let production: &[fn(&Settings) -> anyhow::Result<()>] = match self.env {
            Environment::Development => &[],
            Environment::Production => &production::CHECKS,
        };
        let checks = ALL.iter().chain(production);
        checks.filter_map(|check| check(self).err()).collect()
    }

    fn check_pages(&self) -> anyhow::Result<()> {
        ensure!(
            self.pages == Pages::Off || Pages::BUILT_IN == Pages::On,
            "--pages can't be had: this build has none, so leave it off"
        );
        Ok(())
    }

    fn check_public_url(&self) -> anyhow::Result<()> {
        let url = self.public_url.as_ref();
        url.map_or(Ok(()), |url| check_origin("--public-url", url))
    }

    fn check_frontend(&self) -> anyhow::Result<()> {
        let url = self.mail.frontend_url.as_ref();
        url.map_or(Ok(()), |url| check_frontend_url(url, self.env))
    }

    fn check_origins(&self) -> anyhow::Result<()> {
        for origin in &self.trusted_origins {
            ensure!(
                origin.is_secure() || self.env == Environment::Development,
                "--trusted-origin `{origin}` must be https in production"
            );
        }
        Ok(())
    }

    /// Passwords and second factors travel to the admin API too, and what they open is every
    /// account.
    fn check_admin(&self) -> anyhow::Result<()> {
        let Some(bind) = self.admin.admin_bind else {
            let is_alone = self.admin.admin_url.is_some();
            ensure!(
                !is_alone,
                "--admin-url says where --admin-bind is reached: give both, or leave both out"
            );
            return Ok(());
        };
        ensure!(
            !self.base_path.starts_with(ADMIN_PATH),
            "--base-path `{}` belongs to the admin API: use one such as /api/auth",
            self.base_path
        );
        match &self.admin.admin_url {
            Some(url) => {
                ensure!(
                    self.public_url.as_ref().map(Url::origin) != Some(url.origin()),
                    "--admin-url {url} is the origin of --public-url too: give the admin API one of \
                     its own, so that no page of the service can call it"
                );
                check_origin("--admin-url", url)
            }
            None => {
                ensure!(
                    bind.ip().is_loopback() || self.env == Environment::Development,
                    "--admin-url is needed where --admin-bind is reached from elsewhere: give its \
                     https URL"
                );
                Ok(())
            }
        }
    }

    fn check_bridge(&self) -> anyhow::Result<()> {
        let bridge = &self.bridge;
        let lonely = [
            ("--bridge-percent", bridge.bridge_percent != DEFAULT_PERCENT),
            ("--bridge-until", bridge.bridge_until.is_some()),
        ];
        for (name, is_set) in lonely {
            ensure!(
                !is_set || !bridge.bridge.is_empty(),
                "{name} says something of --bridge, which is not given: give it, or leave {name} out"
            );
        }
        ensure!(
            bridge.shadow_percent == DEFAULT_SHADOW_PERCENT || bridge.shadow.is_some(),
            "--shadow-percent says something of --shadow, which is not given: give it, or leave \
             --shadow-percent out"
        );
        ensure!(
            self.bridge.bridge.is_empty() || self.session_store()? != SessionStoreUrl::Memory,
            "--bridge wants a --session-store that the servers share: memory is lost with the one \
             that is left"
        );
        Ok(())
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
            accounts.min_password_length <= accounts.max_password_length,
            "--min-password-length must not exceed --max-password-length"
        );
        if let Some(path) = &accounts.breached_passwords {
            BreachedList::new(path).check().map_err(|error| {
                anyhow!(
                    "--breached-passwords {error}: give the list of SHA-1 hashes ordered by hash, \
                     as haveibeenpwned-downloader writes it, or leave it out"
                )
            })?;
        }
        Ok(())
    }

    fn check_sessions(&self) -> anyhow::Result<()> {
        let session = &self.sessions;
        ensure!(
            session.clock_leeway <= Duration::from_secs(300),
            "--clock-leeway must be at most 5m: set the clocks of the servers instead"
        );
        ensure!(
            session.session_idle <= session.session_absolute
                && session.remember_idle <= session.remember_absolute,
            "--session-idle must not exceed --session-absolute, nor --remember-idle --remember-absolute"
        );
        Ok(())
    }

    /// Whether nobody but this machine can reach the server: it is told to listen on
    /// loopback, and so are its clients. Only then is there what signs anybody in.
    pub fn is_on_this_machine(&self) -> bool {
        let bound = self.bind.is_none_or(|bind| bind.ip().is_loopback());
        let known = self.public_url.as_ref().is_none_or(is_on_loopback);
        self.env == Environment::Development && bound && known
    }

    /// What is allowed but worth a word in the log.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = vec![];
        if self.limits.limits == Limiting::Off {
            warnings.push("--limits off: nothing keeps anybody from guessing passwords");
        }
        if self.stores.session_store_file.is_none()
            && self.stores.session_store == SessionStoreUrl::Memory
        {
            warnings.push("--session-store memory: a restart signs everybody out, and other servers neither see these sessions nor can end them");
        }
        if self.mail.mail == "dev" && self.mail.mail_file.is_none() && !self.is_on_this_machine() {
            warnings.push("--mail dev: nobody gets these mails. They are kept in the data dir, and /dev/mailbox is not served, since --bind or --public-url reach beyond this machine: give smtp://… or file:DIR");
        }
        if self
            .bridge
            .bridge_until
            .is_some_and(|until| until <= SystemClock.now())
        {
            warnings.push("--bridge-until is over: the credentials that --bridge names are refused, so leave both out");
        }
        let no_factors = self.factors.second_factor == SecondFactor::Off;
        if self.admin.admin_bind.is_some() && no_factors {
            warnings.push("--admin-bind wants a second factor of everybody who signs in there, and with --second-factor off nobody can add one");
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

    /// Where sessions are kept, from its setting or its file.
    ///
    /// # Errors
    /// When the file can't be read or holds something else; what it holds is not repeated.
    pub fn session_store(&self) -> anyhow::Result<SessionStoreUrl> {
        let Some(file) = &self.stores.session_store_file else {
            return Ok(self.stores.session_store.clone());
        };
        let text = read_secret("--session-store-file", file)?;
        text.parse().map_err(|remedy| {
            let file = file.display();
            anyhow!("--session-store-file {file} holds nothing usable: {remedy}")
        })
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

/// The addresses of the pages: there are none in this build.
#[cfg(not(feature = "pages"))]
const PAGES: [&str; 0] = [];

/// The first segments of addresses beside the contract and the pages, which its routes would
/// hide.
const TAKEN: [&str; 7] = [
    "health",
    "docs",
    "openapi.json",
    "dev",
    "assets",
    "client.js",
    "client.d.ts",
];

fn check_base_path(path: &str) -> anyhow::Result<()> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let is_plain = |segment: &&str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
        !segment.is_empty() && !segment.starts_with('.') && segment.chars().all(allowed)
    };
    ensure!(
        path.starts_with('/') && segments.iter().all(is_plain),
        "--base-path `{path}` must be a slash and plain path segments, such as /api/auth"
    );
    let pages = PAGES.iter().map(|page| &page[1..]);
    let mut taken = TAKEN.into_iter().chain(pages);
    ensure!(
        segments
            .first()
            .is_none_or(|first| !taken.any(|one| one == *first)),
        "--base-path `{path}` would hide other addresses of the server: use one such as /api/auth"
    );
    Ok(())
}

fn check_origin(setting: &str, url: &Url) -> anyhow::Result<()> {
    ensure!(
        url.query().is_none() && url.fragment().is_none() && url.path() == "/",
        "{setting} must be scheme, host and port only, such as https://auth.example.org"
    );
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_on_loopback(url) => Ok(()),
        "http" => bail!("{setting} must be https: plain http is for localhost only"),
        _ => bail!("{setting} must be an https URL, such as https://auth.example.org"),
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

/// Whether a URL names this machine.
pub(crate) fn is_on_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
