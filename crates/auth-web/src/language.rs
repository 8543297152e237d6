//! The languages that a browser asks for.

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptLanguage, COOKIE, Header as _};

/// The cookie in which the pages keep the language that a person has set in their profile.
const KEPT: &str = "language=";

/// The tags of what a person reads, the best first: what they have set, then what their browser
/// asks for (RFC 9110, 12.5.4).
pub(crate) fn wanted(req: &HttpRequest) -> Vec<String> {
    let cookies = req.headers().get_all(COOKIE);
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split("; "));
    let kept = pairs.find_map(|pair| pair.strip_prefix(KEPT));
    let accepted = AcceptLanguage::parse(req).map(|accepted| accepted.ranked());
    let accepted = accepted.unwrap_or_default();
    let accepted = accepted.iter().map(ToString::to_string);
    kept.map(str::to_owned)
        .into_iter()
        .chain(accepted)
        .collect()
}
