//! The client's address, believed only as far as it can be.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};

use actix_web::HttpRequest;
use auth_core::Live;
use ipnet::IpNet;
use serde::Serialize;
use tracing::warn;
use utoipa::ToSchema;

use crate::forwarded::{ForwardedHeader, Header, Hop};
use crate::problem::{Code, Problem};
use crate::request_id::RequestId;

/// Finds the address of the client that a request comes from.
#[derive(Debug, Default)]
pub(crate) struct ClientAddress {
    trusted: Live<Vec<IpNet>>,
    header: ForwardedHeader,
    /// Peers that were warned about because they forward without being trusted.
    undeclared: Mutex<HashSet<IpAddr>>,
}

/// What passes a request on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Proxy {
    /// Nothing that says so.
    None,
    /// A proxy that is believed.
    Trusted,
    /// Something that forwards and is not believed.
    Undeclared,
}

/// A trusted proxy does not tell whose request it passes on.
#[derive(Debug, PartialEq, Eq)]
enum Unreadable {
    /// This is written where an address should be.
    NoAddress(Header, String),
    /// The two headers tell different addresses.
    Contradiction(IpAddr, IpAddr),
}

impl ClientAddress {
    /// The most peers that are warned about: strangers may send such headers too.
    const MAX_WARNINGS: usize = 16;

    pub(crate) fn new(trusted: Live<Vec<IpNet>>, header: ForwardedHeader) -> Self {
        Self {
            trusted,
            header,
            ..Self::default()
        }
    }

    /// The peer, unless it is a trusted proxy: then the last address it forwards that is not
    /// a trusted proxy itself. Nothing a client writes in front of that counts.
    ///
    /// # Errors
    /// When a trusted proxy forwards something that can't be read. Taking it for the
    /// proxy's own request would make one client of everybody behind it.
    pub(crate) fn of(&self, req: &HttpRequest) -> Result<IpAddr, Problem> {
        let peer = peer(req);
        if !self.is_trusted(peer) {
            self.look_for_undeclared(peer, req);
            return Ok(peer);
        }
        self.behind(peer, req).map_err(|why| why.problem(peer))
    }

    /// The same for a request that needs none: where a trusted proxy forwards something that can't
    /// be read, its own.
    pub(crate) fn or_of_proxy(&self, req: &HttpRequest) -> IpAddr {
        let peer = peer(req);
        match self.is_trusted(peer) {
            true => self.behind(peer, req).unwrap_or(peer),
            false => peer,
        }
    }

    /// What stands between the client and this server, as far as this request tells.
    pub(crate) fn proxy(&self, req: &HttpRequest) -> Proxy {
        let peer = req.peer_addr().map(|addr| addr.ip().to_canonical());
        let forwards = |header: &Header| req.headers().contains_key(header.name());
        match Header::ALL.iter().any(forwards) {
            false => Proxy::None,
            true if peer.is_some_and(|peer| self.is_trusted(peer)) => Proxy::Trusted,
            true => Proxy::Undeclared,
        }
    }

    fn behind(&self, peer: IpAddr, req: &HttpRequest) -> Result<IpAddr, Unreadable> {
        let told = |header: Header| {
            let hops = header.hops(req.headers())?;
            let client = self.nearest_untrusted(peer, hops);
            Some(client.map_err(|read| Unreadable::NoAddress(header, read)))
        };
        let only = |header| told(header).unwrap_or(Ok(peer));
        match self.header {
            ForwardedHeader::XForwardedFor => only(Header::XForwardedFor),
            ForwardedHeader::Forwarded => only(Header::Forwarded),
            ForwardedHeader::Any => match Header::ALL.map(told) {
                [None, None] => Ok(peer),
                [Some(client), None] | [None, Some(client)] => client,
                [Some(one), Some(other)] => match (one?, other?) {
                    (one, other) if one == other => Ok(one),
                    (one, other) => Err(Unreadable::Contradiction(one, other)),
                },
            },
        }
    }

    /// The first hop from the right that is no trusted proxy; the leftmost when all are.
    fn nearest_untrusted(&self, peer: IpAddr, hops: Vec<Hop>) -> Hop {
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            client = hop?;
            if !self.is_trusted(client) {
                break;
            }
        }
        Ok(client)
    }

    fn is_trusted(&self, ip: IpAddr) -> bool {
        self.trusted.get().iter().any(|net| net.contains(&ip))
    }

    /// Warns once of a peer that forwards and is not trusted: if it is a proxy, everybody
    /// behind it counts as one client.
    fn look_for_undeclared(&self, peer: IpAddr, req: &HttpRequest) {
        let headers = req.headers();
        let Some(header) = Header::ALL
            .into_iter()
            .find(|header| headers.contains_key(header.name()))
        else {
            return;
        };
        let mut warned = self
            .undeclared
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if warned.len() < Self::MAX_WARNINGS && warned.insert(peer) {
            let network = IpNet::from(peer);
            warn!(
                event = "undeclared_proxy",
                %peer,
                header = header.name().as_str(),
                "a peer that is no trusted proxy forwards requests; its header is ignored and \
                 everybody behind it counts as one client. If it is your proxy, set \
                 --trusted-proxy {network}"
            );
        }
    }
}

/// The other end of the connection. A request without one came over a Unix socket or from a test.
fn peer(req: &HttpRequest) -> IpAddr {
    let peer = req.peer_addr().map(|addr| addr.ip().to_canonical());
    peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

impl Unreadable {
    /// The refusal, and a warning that names what was read.
    fn problem(self, proxy: IpAddr) -> Problem {
        let id = RequestId::current();
        let event = "unreadable_forwarding";
        match self {
            Self::NoAddress(header, read) => {
                let read: String = read.chars().take(100).collect();
                warn!(
                    event,
                    request_id = %id,
                    %proxy,
                    header = header.name().as_str(),
                    ?read,
                    "a trusted proxy forwards no address that can be read, so the request is \
                     refused; have the proxy write the client's address"
                );
            }
            Self::Contradiction(one, other) => warn!(
                event,
                request_id = %id,
                %proxy,
                x_forwarded_for = %one,
                forwarded = %other,
                "X-Forwarded-For and Forwarded of a trusted proxy contradict each other, so the \
                 request is refused; say by --forwarded-header which one the proxy writes"
            ),
        }
        Problem::new(
            Code::UnreadableForwarding,
            "The proxy in front of this server does not say whose request this is. Its \
             operator finds the reason in the log.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const TRUSTED: [&str; 2] = ["10.0.0.0/8", "fd00::/8"];

    fn address(header: ForwardedHeader) -> ClientAddress {
        let trusted = TRUSTED.iter().map(|net| net.parse().unwrap());
        ClientAddress::new(trusted.collect::<Vec<_>>().into(), header)
    }

    #[test]
    fn a_request_tells_what_passes_it_on() {
        let proxy = |peer: &str, header: Option<&str>| {
            let peer = format!("{peer}:1234").parse().unwrap();
            let mut req = TestRequest::default().peer_addr(peer);
            if let Some(name) = header {
                req = req.insert_header((name, "192.0.2.1"));
            }
            address(ForwardedHeader::Any).proxy(&req.to_http_request())
        };
        assert_eq!(proxy("198.51.100.7", None), Proxy::None);
        assert_eq!(proxy("198.51.100.7", Some("Forwarded")), Proxy::Undeclared);
        assert_eq!(proxy("10.0.0.7", Some("X-Forwarded-For")), Proxy::Trusted);
    }

    fn ask(header: ForwardedHeader, peer: &str, headers: &[(&str, &str)]) -> Result<String, ()> {
        let mut req = TestRequest::default().peer_addr((peer.parse::<IpAddr>().unwrap(), 1).into());
        for pair in headers {
            req = req.append_header(*pair);
        }
        let ip = address(header).of(&req.to_http_request());
        ip.map(|ip| ip.to_string()).map_err(drop)
    }

    fn client(peer: &str, forwarded: &[&str]) -> Result<String, ()> {
        let headers: Vec<_> = forwarded
            .iter()
            .map(|value| ("x-forwarded-for", *value))
            .collect();
        ask(ForwardedHeader::Any, peer, &headers)
    }

    fn is(ip: &str) -> Result<String, ()> {
        Ok(ip.to_owned())
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(client("192.0.2.1", &["203.0.113.9"]), is("192.0.2.1"));
        assert_eq!(client("192.0.2.1", &["garbage"]), is("192.0.2.1"));
    }

    #[test]
    fn behind_a_proxy_the_last_untrusted_hop_counts() {
        for list in [
            ["203.0.113.9"].as_slice(),
            &["6.6.6.6, 203.0.113.9, 10.0.0.2"],
            &["6.6.6.6", "203.0.113.9:4711"],
            &["garbage, 203.0.113.9"],
        ] {
            assert_eq!(client("10.0.0.1", list), is("203.0.113.9"), "{list:?}");
        }
        assert_eq!(client("10.0.0.1", &[]), is("10.0.0.1"));
        assert_eq!(client("10.0.0.1", &["10.0.0.7, 10.0.0.2"]), is("10.0.0.7"));
    }

    #[test]
    fn an_unreadable_hop_is_never_taken_for_the_proxy() {
        for list in [
            "",
            "unknown",
            "_hidden",
            "6.6.6.6, garbage",
            "6.6.6.6, garbage, 10.0.0.2",
        ] {
            assert_eq!(client("10.0.0.1", &[list]), Err(()), "{list:?}");
        }
    }

    #[test]
    fn mapped_addresses_are_the_ones_they_map() {
        assert_eq!(
            client("::ffff:10.0.0.1", &["::ffff:203.0.113.9"]),
            is("203.0.113.9")
        );
    }

    #[test]
    fn two_headers_agree_or_a_setting_says_which_counts() {
        let both = [
            ("x-forwarded-for", "203.0.113.9:1"),
            ("forwarded", "for=6.6.6.6"),
        ];
        let agreed = [both[0], ("forwarded", "for=\"203.0.113.9\"")];
        let ask = |header, headers| ask(header, "10.0.0.1", headers);
        assert_eq!(ask(ForwardedHeader::Any, &agreed), is("203.0.113.9"));
        assert_eq!(ask(ForwardedHeader::Any, &both), Err(()));
        assert_eq!(ask(ForwardedHeader::Any, &both[1..]), is("6.6.6.6"));
        assert_eq!(
            ask(ForwardedHeader::XForwardedFor, &both),
            is("203.0.113.9")
        );
        assert_eq!(ask(ForwardedHeader::Forwarded, &both), is("6.6.6.6"));
    }
}
