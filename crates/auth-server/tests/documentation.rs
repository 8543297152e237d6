//! The documentation says what the code does, and there are words for all that it tells.

use std::collections::BTreeSet;

use auth_core::{AuthError, EventKind, FieldCode};
use auth_http::{Code, Problem};
use auth_words::Catalogue;

const API: &str = include_str!("../../../docs/API.md");

const SECURITY: &str = include_str!("../../../docs/SECURITY.md");

const ARCHITECTURE: &str = include_str!("../../../docs/ARCHITECTURE.md");

#[test]
fn the_paths_of_requests_are_short_and_name_what_there_is() {
    let section = ARCHITECTURE.split("## Six paths").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let steps: Vec<_> = section
        .lines()
        .filter(|line| line.contains(".rs` `"))
        .collect();
    assert!(steps.len() > 30 && !section.contains("\n9. "), "{section}");
    for step in steps {
        let mut names = step.split('`').skip(1).step_by(2);
        let file = names.next().unwrap();
        let path = format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        let functions: Vec<_> = names.collect();
        assert!(!functions.is_empty(), "{step}");
        for function in functions {
            let defined = [format!("fn {function}("), format!("fn {function}<")];
            assert!(
                defined.iter().any(|one| text.contains(one)),
                "{file} has no {function}"
            );
        }
    }
}

/// The alternatives that braces in a path name.
fn alternatives(path: &str) -> Vec<String> {
    let braces = path.split_once('{');
    let braces = braces.and_then(|(start, rest)| Some((start, rest.split_once('}')?)));
    let Some((start, (names, end))) = braces else {
        return vec![path.to_owned()];
    };
    let names = names.split(',');
    names.map(|name| format!("{start}{name}{end}")).collect()
}

#[test]
fn the_security_document_names_tests_that_there_are() {
    let table = SECURITY.lines().filter(|line| line.starts_with('|'));
    let names = table.flat_map(|line| line.split('`').skip(1).step_by(2));
    let paths = names.filter(|name| name.starts_with("auth") && name.contains('/'));
    let paths: Vec<_> = paths.flat_map(alternatives).collect();
    assert!(paths.len() > 20, "{paths:?}");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    for path in paths {
        let is_there = ["crates", "bins"].map(|room| format!("{root}/{room}/{path}"));
        let is_there = is_there.iter().any(|path| std::fs::exists(path).unwrap());
        assert!(is_there, "{path}");
    }
}

#[test]
fn the_api_document_lists_every_code() {
    let codes = Code::ALL.iter().map(|code| code.as_str());
    for code in codes.chain(FieldCode::ALL.map(FieldCode::as_str)) {
        assert!(
            API.contains(&format!("`{code}`")),
            "{code} is not in docs/API.md"
        );
    }
}

/// The keys of a table of words.
fn keys(table: &str) -> BTreeSet<String> {
    let catalogue = Catalogue::built_in();
    let keys = catalogue
        .pick(["en"])
        .all()
        .filter_map(|(key, _)| key.strip_prefix(table));
    keys.map(str::to_owned).collect()
}

#[test]
fn every_event_has_words_and_no_words_are_left_over() {
    let names: BTreeSet<_> = EventKind::names().map(str::to_owned).collect();
    assert_eq!(keys("event."), names);
}

#[test]
fn every_refusal_has_words() {
    let words = keys("error.");
    for code in Code::ALL.iter().map(|code| code.as_str()) {
        assert!(words.contains(code), "{code} has no words");
    }
    let words = keys("field.");
    for code in FieldCode::ALL.map(FieldCode::as_str) {
        assert!(words.contains(code), "{code} has no words");
    }
    let pages = include_str!("../../auth-web/assets/ui.js");
    let plain = Problem::from(AuthError::RefusedByPolicy { message: None });
    assert!(pages.contains(plain.detail()), "{plain:?}");
}

#[test]
fn well_known_providers_have_logos() {
    let logos = include_str!("../../auth-web/assets/logos.js");
    for preset in [
        "apple",
        "discord",
        "github",
        "gitlab",
        "google",
        "linkedin",
        "microsoft",
    ] {
        assert!(logos.contains(&format!("\n  {preset}: [")), "{preset}");
    }
}
