//! Which addresses may be called, so that nobody has this server ask for them what only it
//! reaches (OWASP ASVS 5.0, 1.3.6 and 13.2.4).

use std::net::IpAddr;
use std::sync::LazyLock;

use auth_core::webhook::ReceiverRules;
use ipnet::IpNet;
use url::{Host, Url};

/// Which addresses may be called beside public ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// This machine, and there without TLS too: for development.
    pub own_machine: bool,
    /// Networks that only their owner reaches, this machine included.
    pub private: bool,
    /// Whatever the settings name, which nobody else has chosen.
    pub anywhere: bool,
}

/// The machine itself.
static OWN: LazyLock<Vec<IpNet>> = LazyLock::new(|| networks(&["127.0.0.0/8", "::1/128"]));

/// Networks that only their owner reaches (RFC 1918, 4193 and 6598).
static PRIVATE: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    networks(&[
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "fc00::/7",
    ])
});

/// What else is not the public internet (IANA's registries of special-purpose addresses): among
/// them link-local addresses, where clouds tell machines their secrets, and those that carry an
/// IPv4 address in an IPv6 one.
static SPECIAL: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    networks(&[
        "0.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    ])
});

/// Where public IPv6 addresses are.
static GLOBAL_V6: LazyLock<Vec<IpNet>> = LazyLock::new(|| networks(&["2000::/3"]));

fn networks(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

impl Reach {
    /// What the settings name.
    pub const ANYWHERE: Self = Self {
        own_machine: true,
        private: true,
        anywhere: true,
    };

    /// Whether this address may be called.
    pub fn permits(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if self.anywhere {
            return true;
        }
        if is_in(&OWN, address) {
            return self.own_machine || self.private;
        }
        if is_in(&PRIVATE, address) {
            return self.private;
        }
        !is_in(&SPECIAL, address) && (address.is_ipv4() || is_in(&GLOBAL_V6, address))
    }

    /// A URL that may be called, as far as it tells by itself: what its name resolves to is looked
    /// at when it is called.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn parse(self, text: &str) -> Result<Url, String> {
        let refuse = |sentence: &str| Err(sentence.to_owned());
        let Ok(url) = text.parse::<Url>() else {
            return refuse("Give a URL, such as https://example.org/webhooks.");
        };
        let Some(host) = url.host() else {
            return refuse("Give a URL with a host.");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("A URL may hold no credentials: messages are signed.");
        }
        if url.fragment().is_some() {
            return refuse("A URL may hold no fragment.");
        }
        let is_plain = url.scheme() == "http" && self.own_machine && is_own_machine(&host);
        if url.scheme() != "https" && !is_plain {
            return refuse("A URL has to be https.");
        }
        let address = match host {
            Host::Ipv4(ip) => Some(IpAddr::from(ip)),
            Host::Ipv6(ip) => Some(IpAddr::from(ip)),
            Host::Domain(_) => None,
        };
        match address.is_none_or(|address| self.permits(address)) {
            true => Ok(url),
            false => refuse("This address is not public, and --webhook-allow-private is off."),
        }
    }
}

impl ReceiverRules for Reach {
    fn check(&self, url: &str) -> Result<(), String> {
        self.parse(url).map(drop)
    }
}

fn is_own_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: Reach = Reach {
        own_machine: false,
        private: false,
        anywhere: false,
    };

    const DEVELOPMENT: Reach = Reach {
        own_machine: true,
        ..PUBLIC
    };

    const WITHIN: Reach = Reach {
        private: true,
        ..PUBLIC
    };

    fn permits(reach: Reach, addresses: &[&str]) -> bool {
        let permitted = |text: &str| reach.permits(text.parse().unwrap());
        let (yes, no): (Vec<&str>, Vec<&str>) =
            addresses.iter().copied().partition(|text| permitted(text));
        assert!(yes.is_empty() || no.is_empty(), "{yes:?} {no:?}");
        no.is_empty()
    }

    #[test]
    fn only_public_addresses_are_called_unless_more_is_said() {
        let public = ["1.1.1.1", "93.184.216.34", "2606:4700::1111"];
        let own = ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"];
        let private = [
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "fd00::1",
        ];
        let never = [
            "0.0.0.0",
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "fe80::1",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
        ];
        for (reach, may_own, may_private) in [
            (PUBLIC, false, false),
            (DEVELOPMENT, true, false),
            (WITHIN, true, true),
        ] {
            assert!(permits(reach, &public));
            assert_eq!(permits(reach, &own), may_own);
            assert_eq!(permits(reach, &private), may_private);
            assert!(!permits(reach, &never));
        }
    }

    #[test]
    fn a_url_is_https_and_holds_no_more_than_an_address() {
        for right in ["https://example.org/a?b=c", "https://example.org:8443"] {
            assert!(PUBLIC.parse(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "example.org",
            "ftp://example.org",
            "http://example.org",
            "https://ada:secret@example.org",
            "https://example.org/#part",
            "https://127.0.0.1",
            "https://2130706433",
            "https://0x7f.1",
            "https://[::1]",
            "https://[::ffff:10.0.0.1]",
            "https://10.0.0.1",
            "http://localhost:1",
        ] {
            assert!(PUBLIC.parse(wrong).is_err(), "{wrong}");
        }
        assert!(DEVELOPMENT.parse("http://127.0.0.1:1/x").is_ok());
        assert!(DEVELOPMENT.parse("http://localhost:1/x").is_ok());
        assert!(DEVELOPMENT.parse("http://10.0.0.1").is_err());
        assert!(WITHIN.parse("https://10.0.0.1").is_ok());
        assert!(WITHIN.parse("http://10.0.0.1").is_err());
    }
}
