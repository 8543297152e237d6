//! Where tests and headings are looked for.

use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace;

/// Macros that make tests of the names with which their lines begin.
const LISTS: [&str; 5] = ["cases", "on", "forgeries", "on_both_databases", "holds"];

/// Whether there is such a test: `crate-or-binary: module::test`.
pub fn has_test(named: &str) -> bool {
    let Some((target, path)) = named.split_once(": ") else {
        return false;
    };
    let mut modules: Vec<_> = path.split("::").collect();
    let test = modules.pop().unwrap_or_default();
    let files = roots(target)
        .into_iter()
        .flat_map(|root| files(&root, &modules));
    let mut texts = files.filter_map(|file| fs::read_to_string(file).ok());
    texts.any(|text| is_defined(&text, test, target == "stores"))
}

/// Whether a document has such a heading: `SECURITY.md#known-limits`.
pub fn has_heading(named: &str) -> bool {
    let Some((file, heading)) = named.split_once('#') else {
        return false;
    };
    let text = fs::read_to_string(workspace().join("docs").join(file)).unwrap_or_default();
    let mut headings = text.lines().filter(|line| line.starts_with('#'));
    headings.any(|line| anchor(line.trim_start_matches('#').trim()) == heading)
}

/// How links call a heading.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The folders that the modules of a test binary or of a crate are in, or its one file
/// without the ending.
fn roots(target: &str) -> Vec<PathBuf> {
    let top = workspace();
    match target {
        "contract" => return vec![top.join("crates/auth-testkit/src/cases")],
        "stores" => return vec![top.join("crates/auth-store/tests/suite")],
        _ => {}
    }
    let mut roots = vec![];
    for packages in ["crates", "bins"] {
        for package in fs::read_dir(top.join(packages)).unwrap() {
            let package = package.unwrap();
            roots.push(package.path().join("tests").join(target));
            if package.file_name() == target {
                roots.push(package.path().join("src"));
            }
        }
    }
    roots
}

/// The files that a module can be in. Unit tests are in a module `tests` of their file, or in
/// a file of this name.
fn files(root: &Path, modules: &[&str]) -> Vec<PathBuf> {
    let outer = modules.split_last().filter(|(last, _)| **last == "tests");
    let mut files = vec![];
    for modules in [Some(modules), outer.map(|(_, outer)| outer)]
        .into_iter()
        .flatten()
    {
        let path = modules
            .iter()
            .fold(root.to_owned(), |path, one| path.join(one));
        files.extend(["main.rs", "lib.rs", "mod.rs"].map(|name| path.join(name)));
        files.push(path.with_extension("rs"));
    }
    files
}

/// Whether a text defines a test: a function that is marked as one, a name in a list of which
/// a macro makes tests, or in a suite whatever other modules can see.
fn is_defined(text: &str, test: &str, is_suite: bool) -> bool {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let mut functions = lines.iter().enumerate();
    let is_function = functions.any(|(n, line)| match function(line) {
        Some(name) if name == test => {
            is_marked(&lines[..n]) || is_suite && line.starts_with("pub ")
        }
        _ => false,
    });
    is_function || LISTS.iter().any(|list| is_listed(text, list, test))
}

/// The name of the function that a line begins.
fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = line.strip_prefix("async ").unwrap_or(line);
    line.strip_prefix("fn ").map(first_word)
}

/// Whether the attributes at the end of these lines make a test of what follows.
fn is_marked(before: &[&str]) -> bool {
    let above = before.iter().rev();
    let mut above = above.take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    above.any(|line| {
        line.starts_with("#[") && (line.starts_with("#[test]") || line.contains("::test"))
    })
}

/// Whether a name begins a line of a call of this macro, which ends with the first bracket at
/// the start of a line, or in its first line.
fn is_listed(text: &str, list: &str, test: &str) -> bool {
    let call = format!("\n{list}!");
    let calls = text.split(&call).skip(1);
    let mut bodies = calls.map(|call| call.trim_start().get(1..).unwrap_or_default());
    bodies.any(|body| {
        let first = body.lines().take(1);
        let is_short = first.clone().any(|line| line.ends_with(");"));
        let more = body.lines().skip(1).filter(|_| !is_short);
        let more = more.take_while(|line| !line.starts_with(['}', ')']));
        first
            .chain(more)
            .any(|line| first_word(line.trim()) == test)
    })
}

/// The name with which a text begins.
fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

#[test]
fn tests_are_told_from_other_functions() {
    let text = "fn helper() {}\n/// Says so.\n#[tokio::test(flavor = \"x\")]\nasync fn one() {}\n\
                mod tests {\n    #[test]\n    fn two() {}\n}\npub async fn three() {}\n\
                cases! { \"area\":\n    four,\n    five [Need],\n}\non_both_databases!(six);\n\
                fn seven() {}\nforgeries! {\n    eight: |forge| forge.nine();\n}\n";
    for test in ["one", "two", "four", "five", "six", "eight"] {
        assert!(is_defined(text, test, false), "{test}");
    }
    for other in ["helper", "three", "seven", "nine", "forge", "Need", "ten"] {
        assert!(!is_defined(text, other, false), "{other}");
    }
    assert!(is_defined(text, "three", true));
}

#[test]
fn headings_are_called_as_links_call_them() {
    let heading = "Limits (defaults; all are settings)";
    assert_eq!(anchor(heading), "limits-defaults-all-are-settings");
}
