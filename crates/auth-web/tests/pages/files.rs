//! What pages are made of, and what they ask for.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use actix_web::test;
use actix_web::test::TestRequest;
use auth_web::{Asset, CONSOLE_PAGES, MAILBOX_PAGE, PAGES, WebConfig, assets, url};

use crate::{ask, ask_console, ask_with, config, get};

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

#[test]
async fn every_page_of_the_console_names_all_its_files() {
    for page in CONSOLE_PAGES {
        let answer = ask_console(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        let (named, needed) = named_and_needed(&answer.text(), "console/app.js", page);
        assert_eq!(named, needed, "{page}");
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
    let list = include_str!("../../../auth-core/data/common-passwords.txt");
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

#[test]
async fn browsers_find_what_they_look_for() {
    let icon = ask(get("/favicon.ico")).await;
    assert_eq!(icon.header("content-type"), "image/svg+xml");
    let robots = ask(get("/robots.txt")).await;
    assert_eq!(robots.text(), "User-agent: *\nDisallow: /\n");
    let change = ask(get("/.well-known/change-password")).await;
    assert_eq!(change.status, StatusCode::SEE_OTHER);
    assert_eq!(change.header("location"), "/security#password");
    let page = ask(get("/")).await;
    let description = "<meta name=\"description\" content=\"";
    let html = page.text();
    let (_, said) = html.split_once(description).unwrap();
    assert!(!said.starts_with('"'));
}
