//! What production refuses, beside what is refused everywhere.

use std::time::Duration;

use anyhow::{bail, ensure};
use ipnet::IpNet;

use super::values::DAY;
use super::{DEFAULT_SENDER, Limiting, Settings};

/// Each check gives one sentence that names the setting and the remedy.
pub(super) const CHECKS: [fn(&Settings) -> anyhow::Result<()>; 6] =
    [public_url, mail, sender, limits, proxies, lifetimes];

fn public_url(all: &Settings) -> anyhow::Result<()> {
    match &all.public_url {
        None => bail!("--public-url is needed in production: give the https URL that clients use"),
        Some(url) => ensure!(
            url.scheme() == "https",
            "--public-url must be https in production: give the https URL that clients use"
        ),
    }
    Ok(())
}

fn mail(all: &Settings) -> anyhow::Result<()> {
    ensure!(
        all.mail_target()? != "dev",
        "--mail dev is for development: give smtp://… or file:DIR in production"
    );
    Ok(())
}

fn sender(all: &Settings) -> anyhow::Result<()> {
    ensure!(
        all.mail.mail_from != DEFAULT_SENDER,
        "--mail-from is needed in production: give an address that your mail server may send as"
    );
    Ok(())
}

fn limits(all: &Settings) -> anyhow::Result<()> {
    ensure!(
        all.limits.limits == Limiting::On,
        "--limits off is for load tests: leave it on in production"
    );
    Ok(())
}

/// The widest networks that somebody can have for themselves are 10.0.0.0/8 and fc00::/7.
fn proxies(all: &Settings) -> anyhow::Result<()> {
    for network in &all.trusted_proxies {
        let widest = match network {
            IpNet::V4(_) => 8,
            IpNet::V6(_) => 7,
        };
        ensure!(
            network.prefix_len() >= widest,
            "--trusted-proxy {network} lets strangers say that they are somebody else: give the \
             network of your proxies, such as 10.0.0.0/8"
        );
    }
    Ok(())
}

/// Browsers keep cookies for 400 days (RFC 6265bis, 5.5), and a link in a mail is a password that
/// lies in a mailbox for as long as it works (OWASP ASVS 5.0, 6.4.1).
fn lifetimes(all: &Settings) -> anyhow::Result<()> {
    const COOKIE: Duration = DAY.saturating_mul(400);
    const LINK: Duration = DAY.saturating_mul(7);
    let (sessions, accounts) = (&all.sessions, &all.accounts);
    let times = [
        ("--session-absolute", sessions.session_absolute, COOKIE),
        ("--remember-absolute", sessions.remember_absolute, COOKIE),
        (
            "--second-factor-grace",
            all.factors.second_factor_grace,
            COOKIE,
        ),
        ("--verify-lifetime", accounts.verify_lifetime, DAY * 30),
        ("--reset-lifetime", accounts.reset_lifetime, LINK),
        (
            "--email-change-lifetime",
            accounts.email_change_lifetime,
            LINK,
        ),
        ("--mail-give-up", all.mail.mail_give_up, DAY * 30),
    ];
    for (name, time, most) in times {
        let days = most.as_secs() / DAY.as_secs();
        ensure!(
            time <= most,
            "{name} is at most {days} days in production: give less"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    /// The least that production takes.
    const PRODUCTION: [(&str, &str); 4] = [
        ("--env", "production"),
        ("--public-url", "https://auth.example.org"),
        ("--mail", "smtp://mail.example.org"),
        ("--mail-from", "accounts@example.org"),
    ];

    /// The problems of production with these settings in the place of others, of which an empty
    /// one is left out.
    fn problems(changes: &[(&str, &str)]) -> Vec<String> {
        let rest = PRODUCTION
            .iter()
            .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        let args = rest.chain(changes).filter(|(_, value)| !value.is_empty());
        let args = args.flat_map(|(name, value)| [*name, *value]);
        let settings = Settings::try_parse_from(std::iter::once("server").chain(args)).unwrap();
        let problems = settings.problems();
        problems
            .iter()
            .map(|problem| format!("{problem:#}"))
            .collect()
    }

    #[test]
    fn a_few_settings_serve_production() {
        assert_eq!(problems(&[]), [""; 0]);
        let careful = [
            ("--trusted-proxy", "10.0.0.0/8,fc00::/7,127.0.0.1"),
            ("--remember-absolute", "400d"),
            ("--remember-idle", "400d"),
        ];
        assert_eq!(problems(&careful), [""; 0]);
    }

    /// A setting, a value that is no good for production (an empty one: it is missing), and the
    /// remedy.
    const FAULTS: [(&str, &str, &str); 19] = [
        ("--public-url", "", "give the https URL"),
        ("--public-url", "http://localhost", "give the https URL"),
        ("--mail", "", "give smtp://"),
        ("--mail-from", "", "give an address"),
        ("--argon2", "m=64,t=1,p=1", "use m=19456"),
        ("--frontend-url", "http://a.org", "must be https"),
        ("--limits", "off", "leave it on"),
        ("--min-password-length", "6", "at least 8"),
        ("--trusted-origin", "http://a.org", "must be https"),
        (
            "--trusted-proxy",
            "0.0.0.0/0",
            "give the network of your proxies",
        ),
        (
            "--trusted-proxy",
            "::/0",
            "give the network of your proxies",
        ),
        (
            "--trusted-proxy",
            "128.0.0.0/1",
            "give the network of your proxies",
        ),
        (
            "--remember-absolute",
            "401d",
            "at most 400 days in production: give less",
        ),
        (
            "--session-absolute",
            "3y",
            "at most 400 days in production: give less",
        ),
        (
            "--second-factor-grace",
            "3y",
            "at most 400 days in production: give less",
        ),
        (
            "--verify-lifetime",
            "1y",
            "at most 30 days in production: give less",
        ),
        (
            "--reset-lifetime",
            "8d",
            "at most 7 days in production: give less",
        ),
        (
            "--email-change-lifetime",
            "8d",
            "at most 7 days in production: give less",
        ),
        (
            "--mail-give-up",
            "1y",
            "at most 30 days in production: give less",
        ),
    ];

    #[test]
    fn each_fault_of_production_is_one_sentence() {
        for (setting, value, remedy) in FAULTS {
            let problems = problems(&[(setting, value)]);
            let [problem] = &problems[..] else {
                panic!("{setting} {value}: {problems:?}")
            };
            assert!(problem.starts_with(setting), "{problem}");
            assert!(problem.contains(remedy), "{problem}");
        }
    }

    #[test]
    fn a_session_that_is_idle_for_longer_than_it_lives_is_refused() {
        let problems = problems(&[("--session-idle", "13h")]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("--session-absolute"), "{problems:?}");
    }

    #[test]
    fn a_file_does_not_smuggle_the_development_mailbox_in() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "dev\n").unwrap();
        let file = file.path().to_str().unwrap();
        let problems = problems(&[("--mail", ""), ("--mail-file", file)]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("--mail dev"), "{problems:?}");
    }
}
