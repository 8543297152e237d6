//! The pages and files as a browser meets them.

#![allow(clippy::unwrap_used)]

use std::borrow::Cow;
use std::collections::BTreeSet;

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Bytes;
use actix_web::{App, HttpResponse, test, web};
use auth_web::{
    Asset, CONSOLE_PAGES, Logo, MAILBOX_PAGE, PAGES, WebConfig, assets, console, for_people,
    routes, url,
};
use auth_words::{Brand, BrandLink, Catalogue};

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
async fn files_may_be_kept_for_good_since_their_address_changes_with_them() {
    for asset in assets() {
        let answer = ask(get(&url(asset.name))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", asset.name);
        assert_eq!(answer.body, asset.plain, "{}", asset.name);
        assert_eq!(answer.header("content-type"), asset.content_type);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let cache = "public, max-age=31536000, immutable";
        assert_eq!(answer.header("cache-control"), cache);
    }
}

#[test]
async fn unknown_files_and_outdated_folders_are_not_found() {
    let current = url("app.js");
    let outdated = "/assets/0123456789abcdef/app.js";
    for path in [
        &url("no.js"),
        &url("..%2Fapp.js"),
        outdated,
        "/assets/app.js",
    ] {
        let answer = ask(get(path)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("cache-control"), "", "{path}");
    }
    assert_eq!(ask(get(&current)).await.status, StatusCode::OK);
}

#[test]
async fn the_best_accepted_encoding_is_chosen() {
    let asset = assets().iter().find(|one| one.name == "app.js").unwrap();
    for (accept, encoding, body) in [
        ("gzip, deflate, br, zstd", "br", asset.brotli),
        ("gzip, deflate", "gzip", asset.gzip),
        ("br;q=0, gzip;q=0.5", "gzip", asset.gzip),
        ("deflate", "", asset.plain),
        ("identity", "", asset.plain),
        ("br;q=0", "", asset.plain),
    ] {
        let request = get(&url("app.js")).insert_header(("accept-encoding", accept));
        let answer = ask(request).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accept}");
        assert_eq!(answer.header("vary"), "Accept-Encoding", "{accept}");
        assert_eq!(answer.body, body, "{accept}");
    }
}

#[test]
async fn what_a_browser_has_already_is_not_sent_again() {
    for path in ["/", "/client.js", "/client.d.ts"] {
        let first = ask(get(path).insert_header(("accept-encoding", "br"))).await;
        let tag = first.header("etag");
        assert!(tag.starts_with('"'), "{path} {tag}");
        for known in [tag.to_owned(), format!("\"other\", W/{tag}"), "*".into()] {
            let request = get(path).insert_header(("accept-encoding", "br"));
            let again = ask(request.insert_header(("if-none-match", known.as_str()))).await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path} {known}");
            assert!(again.body.is_empty(), "{path}");
            assert_eq!(again.header("etag"), tag, "{path}");
            assert_eq!(again.header("cache-control"), "no-cache", "{path}");
        }
        let request = get(path).insert_header(("if-none-match", "\"other\""));
        assert_eq!(ask(request).await.status, StatusCode::OK, "{path}");
    }
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

#[test]
async fn encodings_of_a_file_have_tags_of_their_own() {
    let mut tags = vec![];
    for accept in ["br", "gzip", "identity"] {
        let request = get("/client.js").insert_header(("accept-encoding", accept));
        tags.push(ask(request).await.header("etag").to_owned());
    }
    tags.dedup();
    assert_eq!(tags.len(), 3, "{tags:?}");
}

#[test]
async fn any_front_end_may_import_the_client_and_its_types() {
    for (path, content_type) in [
        ("/client.js", "text/javascript; charset=utf-8"),
        ("/client.d.ts", "application/typescript; charset=utf-8"),
    ] {
        let answer = ask(get(path)).await;
        assert_eq!(answer.header("content-type"), content_type);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let policy = answer.header("cross-origin-resource-policy");
        assert_eq!(policy, "cross-origin");
        assert_eq!(answer.header("cache-control"), "no-cache");
    }
    let page = ask(get("/")).await;
    assert_eq!(page.header("access-control-allow-origin"), "");
}

#[test]
async fn the_client_stands_alone() {
    let answer = ask(get("/client.js")).await;
    let text = answer.text();
    assert!(!text.lines().any(|line| line.starts_with("import ")));
    assert!(text.contains("export function createClient"));
}

#[test]
async fn head_is_answered_like_get_and_other_methods_are_refused() {
    for path in [
        "/",
        "/sign-in",
        "/client.js",
        "/client.d.ts",
        &url("style.css"),
    ] {
        let (head, get) = (TestRequest::default().method(Method::HEAD), get(path));
        let (head, get) = (ask(head.uri(path)).await, ask(get).await);
        assert_eq!(head.status, StatusCode::OK, "{path}");
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
        let post = ask(TestRequest::post().uri(path)).await;
        assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(post.header("allow"), "GET, HEAD", "{path}");
    }
}

/// Every address in the document, the page itself and the question for the strategy.
#[test]
async fn the_first_page_is_light() {
    let answer = ask(get("/")).await;
    let html = answer.text();
    let mut weight = html.len();
    let mut requests = 2;
    for rest in html.split("=\"/assets/").skip(1) {
        let (path, _) = rest.split_once('"').unwrap();
        if html.matches(path).count() > 1 && rest.starts_with(&format!("{path}\"></script>")) {
            continue; // Named ahead already.
        }
        let request = get(&format!("/assets/{path}"));
        let file = ask(request.insert_header(("accept-encoding", "br, gzip"))).await;
        assert_eq!(file.status, StatusCode::OK, "{path}");
        weight += file.body.len();
        requests += 1;
    }
    // The words and what reads them are two of them, so that pages have a language.
    assert!(requests <= 10, "{requests} requests");
    assert!(weight <= 60 * 1024, "{weight} bytes");
}

/// The module behind a page, as the pages themselves name it.
fn module_of(app: &str, page: &str) -> Option<String> {
    let app = assets().iter().find(|one| one.name == app)?;
    let text = String::from_utf8_lossy(app.plain);
    let route = format!("  \"{page}\": {{ load: () => import(\"");
    let (_, rest) = text.split_once(&route)?;
    rest.split_once('"')
        .map(|(path, _)| resolved(app.name, path))
}

/// The files that a document names, and those that its page imports, directly or not.
fn named_and_needed(html: &str, app: &str, page: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let named = html.split("rel=\"modulepreload\" href=\"/assets/").skip(1);
    let named = named.filter_map(|rest| rest.split_once('"'));
    let named = named.filter_map(|(path, _)| path.split_once('/'));
    let mut needed = BTreeSet::new();
    let mut open = vec![app.to_owned(), module_of(app, page).unwrap()];
    while let Some(name) = open.pop() {
        let script = assets().iter().find(|one| one.name == name).unwrap();
        if needed.insert(name) {
            open.extend(imports(script));
        }
    }
    (named.map(|(_, name)| name.to_owned()).collect(), needed)
}

/// A document asks ahead for all that its page imports, directly or not, and for no more.
#[test]
async fn every_page_names_all_its_files() {
    let development = WebConfig {
        dev_mailbox: true,
        ..config()
    };
    for page in PAGES.into_iter().chain([MAILBOX_PAGE]) {
        let answer = ask_with(&development, get(page)).await;
        let (named, needed) = named_and_needed(&answer.text(), "app.js", page);
        assert_eq!(named, needed, "{page}");
    }
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

#[test]
async fn every_page_of_the_console_names_all_its_files() {
    for page in CONSOLE_PAGES {
        let answer = ask_console(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        let (named, needed) = named_and_needed(&answer.text(), "console/app.js", page);
        assert_eq!(named, needed, "{page}");
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

/// Without JavaScript nothing comes after the words that say so.
#[test]
async fn what_is_needed_is_said_before_anything_waits() {
    let answer = ask(get("/")).await;
    let html = answer.text();
    let said = html.find("These pages need JavaScript").unwrap();
    assert!(said < html.find("Loading …").unwrap());
    let style = assets().iter().find(|one| one.name == "style.css").unwrap();
    let style = String::from_utf8_lossy(style.plain);
    assert!(style.contains("(scripting: none) { .waiting { display: none; } }"));
}

/// Every file that a script imports, statically or when it is needed, exists.
#[test]
async fn no_import_leads_nowhere() {
    for script in assets().iter().filter(|one| one.name.ends_with(".js")) {
        let text = std::str::from_utf8(script.plain).unwrap();
        let dynamic = text.split("import(\".").skip(1);
        let dynamic = dynamic.filter_map(|rest| rest.split_once('"'));
        let dynamic = dynamic.map(|(path, _)| resolved(script.name, &format!(".{path}")));
        for imported in imports(script).into_iter().chain(dynamic) {
            let known = assets().iter().any(|one| one.name == imported);
            assert!(known, "{} imports {imported}", script.name);
        }
    }
}

/// The files that a script imports statically.
fn imports(script: &Asset) -> Vec<String> {
    let text = String::from_utf8_lossy(script.plain);
    let lines = text.lines().filter(|line| line.starts_with("import "));
    let paths = lines.filter_map(|line| line.split("from \"").nth(1));
    let paths = paths.filter_map(|rest| rest.split_once('"'));
    paths.map(|(path, _)| resolved(script.name, path)).collect()
}

/// The file that a path means in a script of this name.
fn resolved(script: &str, path: &str) -> String {
    let folder = script.rsplit_once('/').map(|(folder, _)| folder);
    match (path.strip_prefix("../"), folder) {
        (Some(name), _) => name.to_owned(),
        (None, Some(folder)) => format!("{folder}/{}", path.trim_start_matches("./")),
        (None, None) => path.trim_start_matches("./").to_owned(),
    }
}

#[test]
async fn the_meter_knows_common_passwords_of_the_servers_list_and_every_long_one() {
    let list = include_str!("../../auth-core/data/common-passwords.txt");
    let script = assets().iter().find(|one| one.name == "common.js").unwrap();
    let script = std::str::from_utf8(script.plain).unwrap();
    let (_, words) = script.split_once("String.raw`\n").unwrap();
    let (words, _) = words.split_once("\n`").unwrap();
    let words: Vec<&str> = words
        .split('\n')
        .flat_map(|line| line.split("  "))
        .collect();
    let list: std::collections::HashSet<&str> = list.lines().collect();
    assert!(words.len() >= 1000);
    for word in &words {
        assert!(list.contains(word), "{word:?} is not on the list");
    }
    for long in list.iter().filter(|word| word.chars().count() >= 11) {
        assert!(words.contains(long), "{long:?} is missing");
    }
}

/// Tables that servers look up: mails, documents and errors.
const ON_THE_SERVER: [&str; 3] = ["mail", "site", "error_page"];

fn is_on_the_server(key: &str) -> bool {
    let table = key.split('.').next().unwrap();
    ON_THE_SERVER.contains(&table) || table.starts_with("mail_")
}

/// The keys that scripts name; those of refusals and events they make of codes.
fn looked_up() -> BTreeSet<String> {
    let scripts = assets().iter().filter(|one| one.name.ends_with(".js"));
    let texts = scripts.map(|one| String::from_utf8_lossy(one.plain).into_owned());
    let texts: Vec<String> = texts.collect();
    let quoted = texts.iter().flat_map(|text| text.split('"').skip(1));
    let is_key = |text: &&str| {
        let is_part = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        };
        text.split_once('.')
            .is_some_and(|(table, key)| is_part(table) && is_part(key))
    };
    quoted.filter(is_key).map(str::to_owned).collect()
}

#[test]
async fn no_word_is_missing_and_none_is_left_over() {
    let catalogue = Catalogue::built_in();
    let words = catalogue.pick(["en"]);
    let names = looked_up();
    let files = ["email.invalid_format", "username.invalid_characters"];
    for name in &names {
        let is_file = name.ends_with(".js") || name.ends_with(".svg");
        let is_counted = words.get(&format!("{name}_other")).is_some();
        let is_known = words.get(name).is_some() || is_counted;
        assert!(
            is_known || is_file || files.contains(&name.as_str()),
            "{name} has no words"
        );
    }
    for (key, _) in words.all().filter(|(key, _)| !is_on_the_server(key)) {
        let counted = key
            .strip_suffix("_one")
            .or_else(|| key.strip_suffix("_other"));
        let is_made = ["error.", "field.", "event."]
            .iter()
            .any(|table| key.starts_with(table));
        let is_used = names.contains(key) || counted.is_some_and(|key| names.contains(key));
        assert!(is_made || is_used, "nothing looks {key} up");
    }
}

#[test]
async fn a_page_is_in_the_language_that_is_read() {
    for (header, value, language, title) in [
        (
            "accept-language",
            "de-AT,de;q=0.9,en;q=0.8",
            "de",
            "Zum Inhalt springen",
        ),
        (
            "accept-language",
            "fr;q=0.9, en;q=0.1",
            "en",
            "Skip to content",
        ),
        ("cookie", "a=b; language=de", "de", "Zum Inhalt springen"),
        ("cookie", "language=\"><b>", "en", "Skip to content"),
        ("accept-language", "de;q=nonsense", "en", "Skip to content"),
    ] {
        let answer = ask(get("/").insert_header((header, value))).await;
        assert!(
            answer
                .text()
                .contains(&format!("<html lang=\"{language}\"")),
            "{value}"
        );
        assert!(answer.text().contains(title), "{value}");
        assert_eq!(answer.header("vary"), "Accept-Language, Cookie");
    }
    let german = ask(get("/").insert_header(("accept-language", "de"))).await;
    let html = german.text();
    let (_, rest) = html.split_once("href=\"/assets/").unwrap();
    let (_, rest) = rest.split_once("words.js").unwrap();
    assert!(rest.starts_with('"'));
    let (before, _) = html.split_once("words.js\"").unwrap();
    let (_, folder) = before.rsplit_once("href=\"").unwrap();
    for (encoding, is_gzip) in [("identity", false), ("br, gzip", true)] {
        let request = get(&format!("{folder}words.js"));
        let words = ask(request.insert_header(("accept-encoding", encoding))).await;
        assert_eq!(words.header("content-encoding") == "gzip", is_gzip);
        let is_plain = words.text().contains("Startseite") && !words.text().contains("mail_reset");
        assert_eq!(is_plain, !is_gzip);
    }
}

#[test]
async fn a_brand_is_served_and_can_be_read() {
    let branded = WebConfig {
        brand: Brand {
            accent: "#ffcc00".parse().ok(),
            links: vec![BrandLink {
                words: "site.imprint",
                url: "https://example.org/imprint".into(),
            }],
        },
        logo: Some(Logo {
            content_type: "image/png",
            bytes: Bytes::from_static(b"png"),
        }),
        ..config()
    };
    let page = ask_with(&branded, get("/")).await;
    let html = page.text();
    assert!(html.contains(">Imprint</a>") && html.contains("\"https://example.org/imprint\""));
    for (name, content_type) in [
        ("colors.css", "text/css; charset=utf-8"),
        ("logo", "image/png"),
    ] {
        let (before, _) = html.split_once(&format!("/{name}\"")).unwrap();
        let (_, folder) = before.rsplit_once('"').unwrap();
        let file = ask_with(&branded, get(&format!("{folder}/{name}"))).await;
        assert_eq!(
            (file.status, file.header("content-type")),
            (StatusCode::OK, content_type)
        );
        assert!(file.header("content-security-policy").contains("sandbox"));
        let other = ask_with(&branded, get(&format!("/brand/0/{name}"))).await;
        assert_eq!(other.status, StatusCode::NOT_FOUND);
    }
    let icon = ask_with(&branded, get("/favicon.ico")).await;
    assert_eq!(
        (icon.header("content-type"), &icon.body[..]),
        ("image/png", &b"png"[..])
    );
}

#[test]
async fn browsers_find_what_they_look_for() {
    let icon = ask(get("/favicon.ico")).await;
    assert_eq!(icon.header("content-type"), "image/svg+xml");
    let robots = ask(get("/robots.txt")).await;
    assert_eq!(robots.text(), "User-agent: *\nDisallow: /\n");
    let change = ask(get("/.well-known/change-password")).await;
    assert_eq!(change.status, StatusCode::SEE_OTHER);
    assert_eq!(change.header("location"), "/security#password");
}

#[test]
async fn a_person_is_shown_a_page_in_place_of_a_problem() {
    async fn problem() -> HttpResponse {
        HttpResponse::NotFound()
            .insert_header(("content-type", "application/problem+json"))
            .insert_header(("x-request-id", "abc123"))
            .body("{}")
    }
    let pages = routes(&config()).unwrap();
    let app = App::new()
        .configure(pages)
        .default_service(web::to(problem));
    let app = init_service(app.wrap(from_fn(for_people))).await;
    let navigation = [
        ("accept", "text/html,*/*;q=0.8"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    for left_out in [None, Some("accept"), Some("sec-fetch-mode")] {
        let mut request = get("/nowhere").insert_header(("accept-language", "de"));
        for header in navigation {
            if Some(header.0) != left_out {
                request = request.insert_header(header);
            }
        }
        let answer = call_service(&app, request.to_request()).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.headers().get("x-request-id").unwrap(), "abc123");
        let body = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
        match left_out {
            None => {
                assert!(
                    body.contains("Unter dieser Adresse gibt es nichts"),
                    "{body}"
                );
                assert!(
                    body.contains("abc123") && body.contains("href=\"/\""),
                    "{body}"
                );
            }
            Some(_) => assert_eq!(body, "{}"),
        }
    }
}
