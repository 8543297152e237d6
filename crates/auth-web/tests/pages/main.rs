//! The pages and files as a browser meets them.

#![allow(clippy::unwrap_used)]

mod files;
mod words;

use std::borrow::Cow;

use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Bytes;
use actix_web::{App, test};
use auth_web::{MAILBOX_PAGE, PAGES, WebConfig, console, routes, url};
use auth_words::{Brand, Catalogue};

fn config() -> WebConfig {
    WebConfig {
        base_path: "/api/auth".into(),
        servers: vec![
            "https://a.example.org".into(),
            "http://localhost:4002".into(),
        ],
        dev_mailbox: false,
        docs: true,
        demo: false,
        service_name: "Example".into(),
        catalogue: Catalogue::built_in(),
        templates: None,
        brand: Brand::default(),
        logo: None,
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(HeaderValue::to_str);
        value.map(Result::unwrap).unwrap_or_default()
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

async fn ask_with(config: &WebConfig, request: TestRequest) -> Answer {
    let app = init_service(App::new().configure(routes(config).unwrap())).await;
    let answer: ServiceResponse<_> = call_service(&app, request.to_request()).await;
    Answer {
        status: answer.status(),
        headers: answer.headers().clone(),
        body: read_body(answer.map_into_boxed_body()).await,
    }
}

async fn ask(request: TestRequest) -> Answer {
    ask_with(&config(), request).await
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

/// The directives of the policy of a page.
async fn policy_of(config: &WebConfig) -> String {
    let answer = ask_with(config, get("/")).await;
    answer.header("content-security-policy").to_owned()
}

/// A document without what it asks for ahead.
fn bare(answer: &Answer) -> Vec<String> {
    let lines = answer.text();
    let lines = lines.lines().filter(|line| !line.contains("modulepreload"));
    lines.map(str::to_owned).collect()
}

#[test]
async fn every_page_is_the_same_document_with_strict_headers() {
    let home = ask(get("/")).await;
    for page in PAGES {
        let answer = ask(get(page)).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert_eq!(bare(&answer), bare(&home), "{page}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

#[test]
async fn the_policy_allows_own_files_and_the_servers_and_nothing_else() {
    assert_eq!(
        policy_of(&config()).await,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self' https://a.example.org http://localhost:4002; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
}

#[test]
async fn nothing_but_an_origin_gets_into_the_policy() {
    let bad = ["*", "https://x; script-src *", "https://x 'unsafe-inline'"];
    let servers = bad.map(str::to_owned).to_vec();
    let policy = policy_of(&WebConfig {
        servers,
        ..config()
    })
    .await;
    assert!(
        policy.contains("connect-src 'self' ; form-action"),
        "{policy}"
    );
}

#[test]
async fn nothing_in_the_document_is_inline() {
    let answer = ask(get("/")).await;
    let html = answer.text();
    for script in html.split("<script").skip(1) {
        assert!(script.contains("src=\"/assets/"), "{script}");
        assert!(script.contains("></script>"), "{script}");
    }
    for inline in [
        "<style",
        " style=",
        " onclick=",
        "javascript:",
        "http-equiv",
    ] {
        assert!(!html.contains(inline), "{inline}");
    }
}

#[test]
async fn the_configuration_can_not_break_out_of_the_document() {
    let hostile = WebConfig {
        service_name: "\"><script>alert(1)</script> & {service}".into(),
        base_path: "/\" onload=\"x".into(),
        ..config()
    };
    let answer = ask_with(&hostile, get("/")).await;
    let html = answer.text();
    assert!(!html.contains("<script>alert"));
    assert!(!html.contains("\" onload=\""));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; {service}"));
}

#[test]
async fn the_mailbox_has_a_page_only_in_development() {
    assert_eq!(ask(get(MAILBOX_PAGE)).await.status, StatusCode::NOT_FOUND);
    let development = WebConfig {
        dev_mailbox: true,
        ..config()
    };
    let answer = ask_with(&development, get(MAILBOX_PAGE)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text().contains("data-mailbox=\"true\""));
}

#[test]
async fn another_configuration_is_another_document() {
    let other = WebConfig {
        service_name: "Other".into(),
        ..config()
    };
    let (one, two) = (ask(get("/")).await, ask_with(&other, get("/")).await);
    assert_ne!(one.header("etag"), two.header("etag"));
}

async fn ask_console(path: &str) -> Answer {
    let app = init_service(App::new().configure(console(&config()).unwrap())).await;
    let answer: ServiceResponse<_> = call_service(&app, get(path).to_request()).await;
    Answer {
        status: answer.status(),
        headers: answer.headers().clone(),
        body: read_body(answer.map_into_boxed_body()).await,
    }
}

/// It talks to nobody but its own origin, and the pages don't carry its words.
#[test]
async fn the_console_stands_for_itself() {
    let page = ask_console("/").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("connect-src 'self' ;"), "{policy}");
    assert!(page.text().contains("data-demo=\"false\""));
    for style in ["style.css", "console/console.css"] {
        let file = ask_console(&url(style)).await;
        assert_eq!(file.status, StatusCode::OK, "{style}");
        assert!(page.text().contains(&url(style)), "{style}");
    }
    let words = async |html: String| {
        let (before, _) = html.split_once("/words.js\"").unwrap();
        let (_, folder) = before.rsplit_once("href=\"").unwrap();
        format!("{folder}/words.js")
    };
    let own = ask_console(&words(page.text().into_owned()).await).await;
    assert!(own.text().contains("console_people.search"));
    let home = ask(get("/")).await.text().into_owned();
    let of_pages = ask(get(&words(home).await)).await;
    assert!(of_pages.text().contains("home.lead"));
    assert!(!of_pages.text().contains("console_people.search"));
    for path in ["/sign-up", "/client.js", MAILBOX_PAGE] {
        assert_eq!(ask_console(path).await.status, StatusCode::NOT_FOUND);
    }
}
