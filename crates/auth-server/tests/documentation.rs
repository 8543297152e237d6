//! The documentation says what the code does.

use auth_core::FieldCode;
use auth_http::Code;

const API: &str = include_str!("../../../docs/API.md");

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
