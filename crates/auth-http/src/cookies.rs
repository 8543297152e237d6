//! The one reader of `Cookie` headers. Names are compared byte by byte: `__Host-` promises
//! that no neighbouring host has set a cookie, and is worth nothing to whoever decodes or
//! trims names, since browsers let anybody set `__%48ost-session`.

use actix_web::cookie::Cookie;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};

/// The value of the one cookie with exactly this name. A second one makes both worthless,
/// since a neighbour may have planted it. What can't be read in other cookies is no matter.
pub(crate) fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut named = values(headers, name);
    let first = named.next()?;
    let readable = named.next().is_none() && first.iter().all(u8::is_ascii_graphic);
    readable.then(|| std::str::from_utf8(first).ok()).flatten()
}

/// Whether a request brings a cookie with exactly this name, of any value.
pub(crate) fn is_presented(headers: &HeaderMap, name: &str) -> bool {
    values(headers, name).next().is_some()
}

/// Takes out of a request what a library that reads cookies leniently would take for the
/// cookie `name`, and what would keep it from reading any: look-alikes, repetitions and
/// bytes that are no UTF-8. All other cookies stay as they are.
pub(crate) fn keep_exact(req: &mut ServiceRequest, name: &str) {
    let headers = req.headers();
    let repeated = values(headers, name).nth(1).is_some();
    let stays = |pair: &[u8]| match named(pair, name) {
        Some(_) => !repeated,
        None => !misleads(pair, name),
    };
    if pairs(headers).all(stays) {
        return;
    }
    let kept: Vec<&[u8]> = pairs(headers).filter(|pair| stays(pair)).collect();
    let kept = HeaderValue::from_bytes(&kept.join(&b"; "[..]));
    req.headers_mut().remove(COOKIE);
    if let Ok(kept) = kept
        && !kept.is_empty()
    {
        req.headers_mut().insert(COOKIE, kept);
    }
}

/// Whether the lenient reader finds the cookie `name` here, or nothing it can read.
fn misleads(pair: &[u8], name: &str) -> bool {
    match std::str::from_utf8(pair) {
        Ok(text) => Cookie::parse_encoded(text).is_ok_and(|cookie| cookie.name() == name),
        Err(_) => true,
    }
}

fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a [u8]> {
    pairs(headers).filter_map(move |pair| named(pair, name))
}

fn named<'a>(pair: &'a [u8], name: &str) -> Option<&'a [u8]> {
    pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")
}

/// The pairs of all `Cookie` headers, between which there is a semicolon and one space (RFC
/// 6265, 4.2.1). HTTP/2 splits them over several headers (RFC 9113, 8.2.3).
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let headers = headers.get_all(COOKIE);
    let pairs = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    pairs.map(|pair| pair.strip_prefix(b" ").unwrap_or(pair))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const NAME: &str = "__Host-session";

    fn request(headers: &[&[u8]]) -> ServiceRequest {
        let mut req = TestRequest::default().to_srv_request();
        for header in headers {
            let value = HeaderValue::from_bytes(header).unwrap();
            req.headers_mut().append(COOKIE, value);
        }
        req
    }

    fn read(headers: &[&[u8]]) -> Option<String> {
        let req = request(headers);
        only(req.headers(), NAME).map(str::to_owned)
    }

    /// What a library reads after [`keep_exact`].
    fn lenient(headers: &[&[u8]]) -> Vec<(String, String)> {
        let mut req = request(headers);
        keep_exact(&mut req, NAME);
        let cookies = req.cookies().unwrap();
        let pair = |c: &Cookie<'_>| (c.name().to_owned(), c.value().to_owned());
        cookies.iter().map(pair).collect()
    }

    #[test]
    fn the_name_itself_is_read_wherever_it_stands() {
        for headers in [
            &[&b"__Host-session=x"[..]][..],
            &[b"a=1; __Host-session=x; b=2"],
            &[b"a=1;__Host-session=x"],
            &[b"a=1", b"__Host-session=x", b"b=2"],
            &[b"theme=d\xfcnkel; =nameless; no-equals; %zz=%ff; __Host-session=x"],
        ] {
            assert_eq!(read(headers).as_deref(), Some("x"), "{headers:?}");
            let ours = (NAME.to_owned(), "x".to_owned());
            assert!(lenient(headers).contains(&ours), "{headers:?}");
        }
    }

    #[test]
    fn whatever_is_only_like_the_name_is_another_cookie() {
        for alias in [
            &b"%5F_Host-session"[..],
            b"__Host-sessio%6e",
            b"__Host-session%20",
            b"__HOST-session",
            b"__host-Session",
            b"\"__Host-session\"",
            b" __Host-session",
            b"\t__Host-session",
            b"__Host-session ",
            "\u{2000}__Host-session".as_bytes(),
            "\u{a0}__Host-session".as_bytes(),
            "\u{85}__Host-session".as_bytes(),
            "__Host-session\u{3000}".as_bytes(),
            b"\xa0__Host-session",
        ] {
            let planted = [b"a=1; ", alias, b"=planted"].concat();
            assert_eq!(read(&[&planted]), None, "{alias:?}");
            let names = lenient(&[&planted]).into_iter().map(|(name, _)| name);
            assert!(names.into_iter().all(|name| name != NAME), "{alias:?}");

            let both = [&planted[..], b"; __Host-session=x"].concat();
            assert_eq!(read(&[&both]).as_deref(), Some("x"), "{alias:?}");
            let ours = lenient(&[&both])
                .into_iter()
                .filter(|(name, _)| name == NAME);
            assert_eq!(ours.map(|(_, value)| value).collect::<Vec<_>>(), ["x"]);
        }
    }

    #[test]
    fn twice_is_never() {
        for headers in [
            &[&b"__Host-session=x; __Host-session=x"[..]][..],
            &[b"__Host-session=x", b"__Host-session=y"],
            &[b"__Host-session=x; a=1; __Host-session="],
        ] {
            assert_eq!(read(headers), None);
            assert!(lenient(headers).iter().all(|(name, _)| name != NAME));
        }
    }

    #[test]
    fn other_cookies_stay_as_they_are() {
        let mut req = request(&[b"a=%41; b=\"2\"; c", b"__Host-session=x"]);
        keep_exact(&mut req, NAME);
        let headers: Vec<_> = req.headers().get_all(COOKIE).collect();
        assert_eq!(headers, ["a=%41; b=\"2\"; c", "__Host-session=x"]);

        let mut req = request(&[b"a=%41; b=\xff; %5f_Host-session=x; c=3"]);
        keep_exact(&mut req, NAME);
        assert_eq!(req.headers().get(COOKIE).unwrap(), "a=%41; c=3");
    }
}
