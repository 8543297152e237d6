//! What proxies write about whose request they pass on: `X-Forwarded-For`, and `Forwarded`
//! (RFC 7239), in every form that is met.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};

/// Which header tells the client's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// Whichever is there; when both are, they must agree.
    #[default]
    Any,
    /// `X-Forwarded-For`; the other one is not looked at.
    XForwardedFor,
    /// `Forwarded` (RFC 7239); the other one is not looked at.
    Forwarded,
}

impl ForwardedHeader {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Any, Self::XForwardedFor, Self::Forwarded];

    /// The form on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// A hop of a request, the address it came from; or what is written there instead.
pub(crate) type Hop = Result<IpAddr, String>;

/// A header that tells hops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    XForwardedFor,
    Forwarded,
}

impl Header {
    pub(crate) const ALL: [Self; 2] = [Self::XForwardedFor, Self::Forwarded];

    pub(crate) fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => X_FORWARDED_FOR,
            Self::Forwarded => FORWARDED,
        }
    }

    /// The hops that a request's headers of this name list, the nearest last; `None` when
    /// there is no such header. Several headers are one list (RFC 9110, 5.3).
    pub(crate) fn hops(self, headers: &HeaderMap) -> Option<Vec<Hop>> {
        let values = headers.get_all(self.name());
        let values: Vec<_> = values
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        let list = values.join(",");
        (!values.is_empty()).then(|| match self {
            Self::XForwardedFor => list.split(',').map(node).collect(),
            Self::Forwarded => unquoted_split(&list, ',').map(element).collect(),
        })
    }
}

/// One element of `Forwarded`: its `for` parameter.
fn element(text: &str) -> Hop {
    let pairs = unquoted_split(text, ';').filter_map(|pair| pair.split_once('='));
    let mut origins = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    match (origins.next(), origins.next()) {
        (Some((_, value)), None) => node(value),
        _ => Err(text.to_owned()),
    }
}

/// An address with or without a port, brackets and quotes: `192.0.2.1`, `192.0.2.1:4711`,
/// `2001:db8::1`, `[2001:db8::1]`, `"[2001:db8::1]:4711"`. What hides the address
/// (`unknown`, `_secret`: RFC 7239, 6.2 and 6.3) names none.
fn node(text: &str) -> Hop {
    let address = address(&unquoted(text.trim_matches([' ', '\t'])));
    address
        .map(|ip| ip.to_canonical())
        .ok_or_else(|| text.to_owned())
}

fn address(node: &str) -> Option<IpAddr> {
    if let Some(rest) = node.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        return is_port(port).then(|| v6(host))?.map(IpAddr::V6);
    }
    match node.find(':') {
        // More than one colon: IPv6 without brackets, which can't have a port.
        Some(first) if node[first + 1..].contains(':') => v6(node).map(IpAddr::V6),
        Some(first) => {
            is_port(&node[first..]).then(|| node[..first].parse().ok().map(IpAddr::V4))?
        }
        None => node.parse().ok().map(IpAddr::V4),
    }
}

/// An IPv6 address. Its zone (RFC 4007, 11) tells which of the proxy's links it is on, and
/// nothing about whose it is.
fn v6(text: &str) -> Option<Ipv6Addr> {
    text.split('%').next()?.parse().ok()
}

/// Nothing, or a colon and a port, which may be hidden (RFC 7239, 6).
fn is_port(text: &str) -> bool {
    let Some(port) = text.strip_prefix(':') else {
        return text.is_empty();
    };
    let hidden = port.strip_prefix('_').is_some_and(|name| !name.is_empty());
    hidden || ((1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit()))
}

/// What a quoted string says (RFC 9110, 5.6.4); another text stays.
fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    inner.map_or_else(|| text.to_owned(), |inner| inner.replace('\\', ""))
}

/// Splits where `separator` stands outside of quoted strings.
fn unquoted_split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let literal = std::mem::take(&mut escaped);
        match c {
            _ if literal => {}
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => {}
        }
        c == separator && !quoted && !literal
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    fn hops(header: Header, values: &[&str]) -> Vec<Hop> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header.name(), HeaderValue::from_str(value).unwrap());
        }
        header.hops(&headers).unwrap()
    }

    fn ips(header: Header, values: &[&str]) -> Vec<String> {
        let hops = hops(header, values).into_iter();
        hops.map(|hop| hop.map_or_else(|read| format!("?{read}"), |ip| ip.to_string()))
            .collect()
    }

    #[test]
    fn every_form_of_an_address_is_read() {
        for (form, ip) in [
            ("192.0.2.1", "192.0.2.1"),
            (" 192.0.2.1\t", "192.0.2.1"),
            ("192.0.2.1:51234", "192.0.2.1"),
            ("\"192.0.2.1:51234\"", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:DB8::1]:443", "2001:db8::1"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("\"[2001:db8::1]:_port\"", "2001:db8::1"),
            ("[fe80::1%eth0]:443", "fe80::1"),
            ("fe80::1%25eth0", "fe80::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ] {
            assert_eq!(ips(Header::XForwardedFor, &[form]), [ip], "{form}");
            let element = format!("proto=https;For={form};by=10.0.0.1");
            assert_eq!(ips(Header::Forwarded, &[&element]), [ip], "{form}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_as_it_was_read() {
        for form in [
            "unknown",
            "_hidden",
            "",
            "example.org",
            "192.0.2",
            "192.0.2.1:",
            "192.0.2.1:123456",
            "[2001:db8::1",
            "[2001:db8::1]443",
            "[192.0.2.1]:80",
            "192.0.2.1 203.0.113.9",
            "010.0.0.1",
        ] {
            assert_eq!(ips(Header::XForwardedFor, &[form]), [format!("?{form}")]);
        }
        assert_eq!(ips(Header::Forwarded, &["by=10.0.0.1"]), ["?by=10.0.0.1"]);
        let twice = "for=192.0.2.1;for=192.0.2.2";
        assert_eq!(ips(Header::Forwarded, &[twice]), [format!("?{twice}")]);
    }

    #[test]
    fn several_headers_are_one_list_and_quotes_hold_together() {
        let lists = ["192.0.2.1, 192.0.2.2", "192.0.2.3"];
        let all = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
        assert_eq!(ips(Header::XForwardedFor, &lists), all);
        let odd = r#"for=192.0.2.1;host="a,b;c\",for=1", for=192.0.2.2"#;
        assert_eq!(ips(Header::Forwarded, &[odd]), ["192.0.2.1", "192.0.2.2"]);
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "[ -~]{0,60}") {
            let _ = hops(Header::XForwardedFor, &[&text]);
            let _ = hops(Header::Forwarded, &[&text]);
        }
    }
}
