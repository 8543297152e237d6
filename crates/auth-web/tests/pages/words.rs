//! What people read, in which language, and how it looks.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::test::{call_service, init_service, read_body};
use actix_web::web::Bytes;
use actix_web::{App, HttpResponse, test, web};
use auth_web::{Logo, WebConfig, assets, for_people, routes};
use auth_words::{Brand, BrandLink, Catalogue};

use crate::{ask, ask_with, config, get};

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

#[test]
async fn each_kind_of_refusal_has_words_of_its_own() {
    async fn problem(status: web::Path<u16>) -> HttpResponse {
        let status = StatusCode::from_u16(*status).unwrap();
        HttpResponse::build(status)
            .insert_header(("content-type", "application/problem+json"))
            .body("{}")
    }
    let pages = routes(&config()).unwrap();
    let app = App::new()
        .route("/refused/{status}", web::get().to(problem))
        .configure(pages);
    let app = init_service(app.wrap(from_fn(for_people))).await;
    let catalogue = Catalogue::built_in();
    for (status, words) in [
        (400, "refused"),
        (403, "forbidden"),
        (405, "forbidden"),
        (410, "refused"),
        (429, "limited"),
        (500, "failed"),
        (503, "failed"),
    ] {
        let request = get(&format!("/refused/{status}"))
            .insert_header(("accept", "text/html"))
            .insert_header(("sec-fetch-mode", "navigate"))
            .insert_header(("sec-fetch-dest", "document"));
        let answer = call_service(&app, request.to_request()).await;
        assert_eq!(answer.status().as_u16(), status);
        let body = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
        let words = catalogue.pick(["en"]).get(&format!("error_page.{words}"));
        assert!(body.contains(words.unwrap()), "{status}: {body}");
    }
}
