//! The way from clients to the server: whether the public URL leads there, and as whom requests
//! arrive.

use std::net::IpAddr;
use std::time::Duration;

use auth_server::Settings;
use serde::Deserialize;
use url::{Host, Url};

use super::finding::Finding;
use crate::http;

const CHECK: &str = "public URL";

const PATIENCE: Duration = Duration::from_secs(5);

/// An address for documentation (RFC 5737): it is nobody's.
const NOBODY: &str = "203.0.113.195";

/// As whom a request arrived, in the words of the server.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Arrival {
    address: IpAddr,
    proxy: Proxy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Proxy {
    None,
    Trusted,
    Undeclared,
}

/// What was found out by asking.
struct Facts {
    is_local: bool,
    /// A request as it is.
    plain: Arrival,
    /// One that claims to be of [`NOBODY`], where it would be believed.
    forged: Option<Arrival>,
    /// Why the contract is not where it should be.
    lost: Option<String>,
}

/// Asks the public URL.
pub async fn look(settings: &Settings) -> Vec<Finding> {
    let Some(url) = &settings.public_url else {
        return vec![Finding::ok(CHECK, "none: clients are on this machine")];
    };
    match ask(url, settings).await {
        Ok(facts) => judge(url, &facts),
        Err(why) => {
            let found = format!("{url} does not answer as a server does: {why}");
            let remedy = "see that the server runs, that its name, certificate and proxy are in \
                          order, and that this machine may reach it";
            vec![Finding::problem(CHECK, found, remedy)]
        }
    }
}

async fn ask(url: &Url, settings: &Settings) -> Result<Facts, String> {
    let base_path = &settings.base_path;
    let client = http::client(url, PATIENCE).map_err(|error| format!("{error:#}"))?;
    let at = |path: &str| url.join(path).map_err(|error| error.to_string());
    let (asked, contract) = (at("/health/client")?, at(&format!("{base_path}/strategy"))?);
    let arrival = |request: reqwest::RequestBuilder| async {
        let answer = request.send().await.map_err(|error| http::reason(&error))?;
        match answer.status().as_u16() {
            200 => answer.json().await.map_err(|error| http::reason(&error)),
            status => Err(format!("/health/client is answered with {status}")),
        }
    };
    let plain = arrival(client.get(asked.clone())).await?;
    let forged = match is_believed(&plain, settings) {
        true => arrival(client.get(asked).header("X-Forwarded-For", NOBODY))
            .await
            .ok(),
        false => None,
    };
    let strategy = client.get(contract).send().await;
    let lost = match strategy {
        Ok(answer) if answer.status() == 200 => None,
        Ok(answer) => Some(format!("status {}", answer.status().as_u16())),
        Err(error) => Some(http::reason(&error)),
    };
    Ok(Facts {
        is_local: is_local(url),
        plain,
        forged,
        lost,
    })
}

/// Whether the server believes what is forwarded by whoever sends it such a request. Of anybody
/// else it would take the header for that of a proxy it was not told of, and warn of that once.
fn is_believed(plain: &Arrival, settings: &Settings) -> bool {
    let peer = plain.address.to_canonical();
    let mut trusted = settings.trusted_proxies.iter();
    match plain.proxy {
        Proxy::Trusted => true,
        Proxy::None => trusted.any(|network| network.contains(&peer)),
        Proxy::Undeclared => false,
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn judge(url: &Url, facts: &Facts) -> Vec<Finding> {
    let address = facts.plain.address;
    let arrival = match facts.plain.proxy {
        Proxy::Undeclared => Finding::problem(
            CHECK,
            format!(
                "a proxy at {address} forwards requests and is not trusted, so that all clients count as one"
            ),
            format!("set --trusted-proxy {address} or its network"),
        ),
        Proxy::None if !facts.is_local && is_internal(address) => Finding::warning(
            CHECK,
            format!("requests arrive from {address}, and nothing says for whom"),
            "have the proxy write X-Forwarded-For, and name it by --trusted-proxy",
        ),
        Proxy::None | Proxy::Trusted if is_forgeable(facts) => Finding::warning(
            CHECK,
            format!(
                "requests of this machine arrive as whoever they claim to be, such as {NOBODY}"
            ),
            "unless this machine is a trusted proxy itself, have the proxy write the address of \
             its client into X-Forwarded-For, or append it",
        ),
        Proxy::None | Proxy::Trusted => Finding::ok(
            CHECK,
            format!("{url} leads to the server, this machine is {address}"),
        ),
    };
    let lost = facts.lost.as_ref().map(|why| {
        Finding::problem(
            CHECK,
            format!("the routes are not where --base-path says: {why}"),
            "have the proxy pass paths on as they are, and give the --base-path of the server",
        )
    });
    std::iter::once(arrival).chain(lost).collect()
}

fn is_forgeable(facts: &Facts) -> bool {
    let forged = facts.forged.map(|arrival| arrival.address.to_string());
    forged.is_some_and(|address| address == NOBODY)
}

/// Whether an address is of a network that is nobody else's business.
fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::finding::Level;
    use super::*;

    fn arrival(text: &str, proxy: Proxy) -> Arrival {
        let address = text.parse().unwrap();
        Arrival { address, proxy }
    }

    fn levels(plain: Arrival, forged: Option<Arrival>) -> Vec<Level> {
        let facts = Facts {
            is_local: false,
            plain,
            forged,
            lost: None,
        };
        let url = "https://auth.example.org".parse().unwrap();
        judge(&url, &facts).iter().map(|one| one.level).collect()
    }

    #[test]
    fn a_proxy_that_is_not_trusted_is_a_problem() {
        let plain = arrival("10.0.0.7", Proxy::Undeclared);
        assert_eq!(levels(plain, None), [Level::Problem]);
    }

    #[test]
    fn a_proxy_that_says_nothing_is_suspected() {
        let plain = arrival("10.0.0.7", Proxy::None);
        assert_eq!(levels(plain, None), [Level::Warning]);
        let plain = arrival("198.51.100.7", Proxy::None);
        assert_eq!(levels(plain, None), [Level::Ok]);
    }

    #[test]
    fn an_address_that_anybody_can_claim_is_told() {
        let plain = arrival("198.51.100.7", Proxy::Trusted);
        assert_eq!(levels(plain, Some(plain)), [Level::Ok]);
        let forged = arrival(NOBODY, Proxy::Trusted);
        assert_eq!(levels(plain, Some(forged)), [Level::Warning]);
    }

    #[test]
    fn only_whoever_is_believed_forges_an_address() {
        let args = ["authctl", "--trusted-proxy", "10.0.0.0/8"];
        let settings = Settings::try_parse_from(args).unwrap();
        for (address, proxy, expected) in [
            ("127.0.0.1", Proxy::None, false),
            ("10.0.0.7", Proxy::None, true),
            ("10.0.0.7", Proxy::Undeclared, false),
            ("198.51.100.7", Proxy::Trusted, true),
        ] {
            let plain = arrival(address, proxy);
            assert_eq!(is_believed(&plain, &settings), expected, "{plain:?}");
        }
    }

    #[test]
    fn routes_that_are_elsewhere_are_a_problem() {
        let facts = Facts {
            is_local: true,
            plain: arrival("127.0.0.1", Proxy::None),
            forged: None,
            lost: Some("status 404".into()),
        };
        let url = "http://localhost:4001".parse().unwrap();
        let levels: Vec<_> = judge(&url, &facts).iter().map(|one| one.level).collect();
        assert_eq!(levels, [Level::Ok, Level::Problem]);
    }
}
