//! Origins that may call, and whether cookies get there.

use auth_core::Transport;
use auth_http::TrustedOrigin;
use auth_server::Settings;
use auth_server::settings::Environment;
use url::Url;

use super::finding::Finding;

const CHECK: &str = "origins";

/// Looks at the settings alone.
pub fn look(settings: &Settings) -> Vec<Finding> {
    let Some(own) = &settings.public_url else {
        return vec![Finding::ok(CHECK, "no --public-url: this machine only")];
    };
    let strangers = settings.trusted_origins.iter();
    let strangers = strangers.filter(|origin| !origin.shares_cookies_with(own));
    let mut found: Vec<_> = match settings.transport {
        Some(Transport::Bearer) => vec![],
        transport => strangers
            .map(|origin| no_cookies(origin, own, transport.is_some()))
            .collect(),
    };
    if settings.env == Environment::Production {
        let neighbours = settings.trusted_origins.iter();
        let neighbours = neighbours.filter(|origin| is_on_another_port(origin, own));
        found.extend(neighbours.map(|origin| shared_host(origin, own)));
    }
    found.extend(front_end(settings, own));
    if found.is_empty() {
        let trusted = settings.trusted_origins.len();
        found.push(Finding::ok(
            CHECK,
            format!("{trusted} beside {own}, of one site"),
        ));
    }
    found
}

/// Browsers keep cookies that are `SameSite=Lax` from requests of another site.
fn no_cookies(origin: &TrustedOrigin, own: &Url, is_sure: bool) -> Finding {
    let found = format!("{origin} is another site than {own}, so browsers keep cookies from it");
    let remedy = "serve both below one domain, or use --transport bearer";
    match is_sure {
        true => Finding::problem(CHECK, found, remedy),
        false => Finding::warning(CHECK, format!("{found} (not of jwt-server)"), remedy),
    }
}

fn is_on_another_port(origin: &TrustedOrigin, own: &Url) -> bool {
    let other = origin.exact().and_then(|text| Url::parse(text).ok());
    other.is_some_and(|other| {
        other.host() == own.host() && other.port_or_known_default() != own.port_or_known_default()
    })
}

/// Cookies know no ports (RFC 6265, 8.5).
fn shared_host(origin: &TrustedOrigin, own: &Url) -> Finding {
    Finding::warning(
        CHECK,
        format!("{origin} is the host of {own}: what answers there gets the cookies too"),
        "give each a host of its own",
    )
}

/// The pages that mails lead to have to be able to call.
fn front_end(settings: &Settings, own: &Url) -> Option<Finding> {
    let pages = settings.mail.frontend_url.as_ref()?;
    let origin = pages.origin().ascii_serialization();
    let mut trusted = settings.trusted_origins.iter();
    let may_call = pages.origin() == own.origin() || trusted.any(|one| one.covers(&origin));
    (!may_call).then(|| {
        let found = format!("mails lead to {origin}, whose pages may not call {own}");
        Finding::problem(CHECK, found, format!("add --trusted-origin {origin}"))
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::finding::Level;
    use super::*;

    fn found(args: &[&str]) -> Vec<(Level, String)> {
        let own = ["authctl", "--public-url", "https://auth.example.org"];
        let settings = Settings::try_parse_from(own.iter().chain(args)).unwrap();
        let found = look(&settings).into_iter();
        found.map(|one| (one.level, one.found)).collect()
    }

    fn levels(args: &[&str]) -> Vec<Level> {
        found(args).into_iter().map(|(level, _)| level).collect()
    }

    #[test]
    fn an_origin_of_another_site_gets_no_cookie() {
        let other = ["--trusted-origin", "https://app.example.net"];
        assert_eq!(levels(&other), [Level::Warning]);
        let cookie = [&other[..], &["--transport", "cookie"]].concat();
        assert_eq!(levels(&cookie), [Level::Problem]);
        let bearer = [&other[..], &["--transport", "bearer"]].concat();
        assert_eq!(levels(&bearer), [Level::Ok]);
        assert_eq!(
            levels(&["--trusted-origin", "https://app.example.org"]),
            [Level::Ok]
        );
    }

    #[test]
    fn another_port_of_the_host_gets_the_cookies() {
        let port = ["--trusted-origin", "https://auth.example.org:8443"];
        assert_eq!(levels(&port), [Level::Ok]);
        let production = [&port[..], &["--env", "production"]].concat();
        assert_eq!(levels(&production), [Level::Warning]);
    }

    #[test]
    fn a_front_end_has_to_be_trusted() {
        let pages = ["--frontend-url", "https://app.example.org/account"];
        assert_eq!(levels(&pages), [Level::Problem]);
        let trusted = [&pages[..], &["--trusted-origin", "https://*.example.org"]].concat();
        assert_eq!(levels(&trusted), [Level::Ok]);
    }
}
