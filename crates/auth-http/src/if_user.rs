//! Whom a write is meant for.

use actix_web::HttpRequest;
use auth_core::UserId;

use crate::method::is_safe;
use crate::problem::{Code, Problem};

/// The header by which a write names the user it is meant for: the id in `User`.
pub(crate) const IF_USER: &str = "if-user";

/// Refuses a write that is meant for another user than the one it is signed by: a page that
/// still shows somebody must not act on the account of whoever signed in since, in another
/// tab of the same browser. A precondition like `If-Match` (RFC 9110, 13.1.1).
pub(crate) fn check(req: &HttpRequest, user: UserId) -> Result<(), Problem> {
    let mut named = req.headers().get_all(IF_USER);
    let Some(first) = named.next().filter(|_| !is_safe(req.method())) else {
        return Ok(());
    };
    let id: Option<UserId> = first.to_str().ok().and_then(|text| text.parse().ok());
    match (id, named.next()) {
        (Some(id), None) if id == user => Ok(()),
        (Some(_), None) => {
            let detail = "Somebody else is signed in by now. Nothing was changed.";
            Err(Problem::new(Code::UserChanged, detail))
        }
        _ => {
            let detail = "If-User names one user, by the id that the profile shows.";
            Err(Problem::new(Code::InvalidRequest, detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::Method;
    use actix_web::test::TestRequest;

    fn outcome(method: Method, named: &[&str], user: UserId) -> Option<Code> {
        let mut req = TestRequest::default().method(method);
        for id in named {
            req = req.append_header((IF_USER, *id));
        }
        let checked = check(&req.to_http_request(), user);
        checked.err().map(|problem| problem.code())
    }

    #[test]
    fn a_write_is_for_the_named_user_only() {
        let (ada, bob) = (UserId::generate(), UserId::generate());
        let (named, other) = (ada.to_string(), bob.to_string());
        let write = |named: &[&str]| outcome(Method::PATCH, named, ada);
        assert_eq!(write(&[]), None);
        assert_eq!(write(&[&named]), None);
        assert_eq!(write(&[&other]), Some(Code::UserChanged));
        for malformed in [
            &[""][..],
            &["ada"],
            &[&named, &named],
            &[&format!("{named},")],
        ] {
            assert_eq!(
                write(malformed),
                Some(Code::InvalidRequest),
                "{malformed:?}"
            );
        }
        assert_eq!(outcome(Method::GET, &[&other], ada), None);
    }
}
