//! The client's address, believed only as far as it can be.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use ipnet::IpNet;

/// The peer, unless it is a trusted proxy: then the last address in `X-Forwarded-For`
/// that is not a trusted proxy itself. Nothing a client writes in front of that counts.
pub(crate) fn client_ip(req: &HttpRequest, trusted: &[IpNet]) -> IpAddr {
    let peer = req.peer_addr().map(|addr| addr.ip().to_canonical());
    // A request without a peer came over a Unix socket or from a test.
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let headers = req.headers().get_all("x-forwarded-for");
    let lists: Vec<&str> = headers.filter_map(|value| value.to_str().ok()).collect();
    behind(peer, &lists.join(","), trusted)
}

fn behind(peer: IpAddr, forwarded: &str, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer;
    for hop in forwarded.rsplit(',') {
        // An entry that is no address ends what can be believed.
        let Ok(ip) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        client = ip.to_canonical();
        if !is_trusted(client, trusted) {
            break;
        }
    }
    client
}

fn is_trusted(ip: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&ip))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut req = TestRequest::default().peer_addr(format!("{peer}:1").parse().unwrap());
        for value in forwarded {
            req = req.append_header(("x-forwarded-for", *value));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client_ip(&req.to_http_request(), &trusted).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(
            client("192.0.2.1", &["203.0.113.9"], &["10.0.0.0/8"]),
            "192.0.2.1"
        );
    }

    #[test]
    fn behind_a_proxy_the_last_untrusted_hop_counts() {
        let trusted = &["10.0.0.0/8"];
        assert_eq!(client("10.0.0.1", &["203.0.113.9"], trusted), "203.0.113.9");
        assert_eq!(
            client("10.0.0.1", &["6.6.6.6, 203.0.113.9, 10.0.0.2"], trusted),
            "203.0.113.9"
        );
        assert_eq!(
            client("10.0.0.1", &["6.6.6.6", "203.0.113.9"], trusted),
            "203.0.113.9"
        );
        assert_eq!(
            client("10.0.0.1", &["6.6.6.6, garbage"], trusted),
            "10.0.0.1"
        );
        assert_eq!(client("10.0.0.1", &[], trusted), "10.0.0.1");
    }
}
