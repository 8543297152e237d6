//! What a server offers beside the contract.

use actix_web::HttpResponse;
use actix_web::guard::{self, GuardContext};
use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use auth_http::{Code, Problem};
use auth_mail::DevMailbox;
use url::Url;

use crate::mailbox;
use crate::pages::Routes;
use crate::settings::check::is_on_loopback;

/// The web pages, and what there is in development only: the mailbox and the
/// built-in provider.
#[derive(Clone)]
pub(crate) struct ExtraRoutes {
    pub(crate) pages: Option<Routes>,
    /// Where it is shown.
    pub(crate) mailbox: Option<DevMailbox>,
    pub(crate) provider: Option<Routes>,
}

impl ExtraRoutes {
    pub(crate) fn register(self, app: &mut ServiceConfig) {
        // Stands before what is below /dev, and answers when the browser has been led here by
        // a name that is not this machine's: the page that led it there could read
        // everything (DNS rebinding).
        let misled = web::scope("/dev").guard(guard::fn_guard(|ctx| !is_named_locally(ctx)));
        app.service(misled.default_service(web::to(only_by_localhost)));
        if let Some(pages) = self.pages {
            pages(app);
        }
        if let Some(mailbox) = self.mailbox {
            mailbox::register(app, mailbox);
        }
        if let Some(provider) = self.provider {
            provider(app);
        }
    }
}

async fn only_by_localhost() -> Result<HttpResponse, Problem> {
    let detail = "What there is in development only is reached by localhost.";
    Err(Problem::new(Code::NotFound, detail))
}

/// Whether a request names this machine by every name it gives.
fn is_named_locally(ctx: &GuardContext<'_>) -> bool {
    let head = ctx.head();
    let given = head.headers().get_all(header::HOST);
    let mut names: Vec<Option<&str>> = given.map(|name| name.to_str().ok()).collect();
    names.extend(head.uri.authority().map(|name| Some(name.as_str())));
    let is_local = |name: &Option<&str>| {
        let url = name.and_then(|name| Url::parse(&format!("http://{name}/")).ok());
        url.is_some_and(|url| is_on_loopback(&url))
    };
    !names.is_empty() && names.iter().all(is_local)
}

#[cfg(test)]
mod tests {
    use actix_web::guard::Guard as _;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_names_of_this_machine_lead_below_dev() {
        let local = |uri: &str, hosts: &[&str]| {
            let mut req = TestRequest::with_uri(uri);
            for host in hosts {
                req = req.append_header((header::HOST, *host));
            }
            let req = req.to_srv_request();
            guard::fn_guard(is_named_locally).check(&req.guard_ctx())
        };
        for host in [
            "localhost:4001",
            "127.0.0.1",
            "[::1]:4001",
            "x.localhost",
            "LOCALHOST",
        ] {
            assert!(local("/dev/mailbox.json", &[host]), "{host}");
        }
        for host in [
            "rebound.example:4001",
            "192.168.0.7:4001",
            "localhost.example",
            "localhost@evil.example",
            "0.0.0.0:4001",
            "",
        ] {
            assert!(!local("/dev/mailbox.json", &[host]), "{host}");
        }
        assert!(!local("/dev/mailbox.json", &[]));
        assert!(!local("/dev/mailbox.json", &["localhost", "evil.example"]));
        assert!(!local(
            "http://evil.example/dev/mailbox.json",
            &["localhost"]
        ));
    }
}
