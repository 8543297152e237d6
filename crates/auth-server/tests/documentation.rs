//! The documentation says what the code does.

use std::collections::BTreeMap;

use auth_core::FieldCode;
use auth_http::Code;
use auth_server::Settings;
use clap::CommandFactory as _;

const README: &str = include_str!("../../../README.md");
const API: &str = include_str!("../../../docs/API.md");

/// The README's settings: name and default.
fn documented() -> BTreeMap<String, String> {
    let cell = |row: &str, n: usize| {
        let cell = row.split('|').nth(n).unwrap_or_default().trim();
        cell.trim_matches('`').to_owned()
    };
    let rows = README.lines().filter(|line| line.starts_with("| `--"));
    rows.map(|row| (cell(row, 1), cell(row, 2))).collect()
}

#[test]
fn the_readme_lists_every_setting_with_its_default_and_no_other() {
    let mut documented = documented();
    for arg in Settings::command().get_arguments() {
        let Some(name) = arg.get_long().map(|long| format!("--{long}")) else {
            continue;
        };
        let in_readme = documented.remove(&name);
        let in_readme = in_readme.unwrap_or_else(|| panic!("{name} is not in the README"));
        if let [default] = arg.get_default_values() {
            assert_eq!(
                in_readme,
                default.to_string_lossy(),
                "the default of {name}"
            );
        }
        let variable = format!("AUTH_{}", name[2..].to_uppercase().replace('-', "_"));
        let env = arg
            .get_env()
            .unwrap_or_else(|| panic!("{name} has no variable"));
        assert_eq!(env.to_string_lossy(), variable);
    }
    assert!(documented.is_empty(), "unknown settings: {documented:?}");
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
