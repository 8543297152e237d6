//! The languages that a browser asks for.

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptLanguage, COOKIE, Header as _, Quality};

/// The cookie in which the pages keep the language that a person has set in their profile.
const KEPT: &str = "language=";

/// The tags of what a person reads, the best first: what they have set, then what their browser
/// asks for (RFC 9110, 12.5.4).
pub(crate) fn wanted(req: &HttpRequest) -> Vec<String> {
    let cookies = req.headers().get_all(COOKIE);
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split("; "));
    let kept = pairs.find_map(|pair| pair.strip_prefix(KEPT));
    let accepted = accepted(req).into_iter();
    kept.map(str::to_owned)
        .into_iter()
        .chain(accepted)
        .collect()
}

/// What the browser asks for, without what it says that nobody reads: a weight of 0 (RFC 9110,
/// 12.4.2).
fn accepted(req: &HttpRequest) -> Vec<String> {
    let Ok(mut accepted) = AcceptLanguage::parse(req) else {
        return vec![];
    };
    accepted.0.retain(|item| item.quality > Quality::ZERO);
    accepted.ranked().iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::ACCEPT_LANGUAGE;
    use actix_web::test::TestRequest;

    use super::*;

    fn wanted_by(header: &str) -> Vec<String> {
        let req = TestRequest::default().insert_header((ACCEPT_LANGUAGE, header));
        wanted(&req.to_http_request())
    }

    #[test]
    fn what_has_no_weight_is_not_wanted() {
        assert_eq!(wanted_by("en;q=0.5, de"), ["de", "en"]);
        assert_eq!(wanted_by("de;q=0, en;q=0.1"), ["en"]);
        assert_eq!(wanted_by("de;q=0.000"), [""; 0]);
    }
}
