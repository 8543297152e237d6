//! No modules of a crate lead in a circle: whoever reads one can stop somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules right below the root of a crate, and which others each of them names.
type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_modules_of_a_crate_import_each_other_in_a_circle() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = ["crates", "bins"].map(|folder| folders_in(&top.join(folder)));
    let crates = folders.into_iter().flatten().chain([top.join("benches")]);
    let (mut circles, mut modules) = (vec![], 0);
    for folder in crates {
        let graph = graph(&folder.join("src"));
        modules += graph.len();
        let circle = circle(&graph);
        circles.extend(circle.map(|circle| format!("{}: {circle:?}", folder.display())));
    }
    assert!(modules > 100, "{modules} modules were found");
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn a_circle_is_found() {
    let graph = |arrows: &[(&str, &str)]| {
        let mut graph = Graph::new();
        for (from, to) in arrows {
            graph.entry((*to).into()).or_default();
            graph
                .entry((*from).into())
                .or_default()
                .insert((*to).into());
        }
        graph
    };
    let circle_of = |arrows| circle(&graph(arrows));
    assert_eq!(circle_of(&[("a", "b"), ("a", "c"), ("b", "c")]), None);
    let found = circle_of(&[("a", "b"), ("b", "c"), ("c", "b")]).unwrap();
    assert_eq!(found, BTreeSet::from(["b".to_owned(), "c".to_owned()]));
}

#[test]
fn what_a_file_names_is_read_from_its_imports_and_paths() {
    let text = "//! See crate::no.\nuse crate::{a, b::{C, d}};\nuse crate::e::F;\n\
                fn f() -> crate::g::H {}\n#[cfg(test)]\nmod tests { use crate::no; }";
    let named: Vec<_> = named(text).into_iter().collect();
    assert_eq!(named, ["a", "b", "e", "g"]);
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Every Rust file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for path in folders_in(folder) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
    found
}

fn graph(src: &Path) -> Graph {
    let mut graph = Graph::new();
    for file in files(src) {
        let within = file.strip_prefix(src).unwrap();
        let Some(module) = module(within) else {
            continue;
        };
        let text = fs::read_to_string(&file).unwrap();
        graph.entry(module).or_default().extend(named(&text));
    }
    let modules: BTreeSet<_> = graph.keys().cloned().collect();
    for (module, named) in &mut graph {
        named.retain(|other| other != module && modules.contains(other));
    }
    graph
}

/// The module below the root that a file belongs to; none for roots, other programs and tests.
fn module(within: &Path) -> Option<String> {
    let parts: Vec<_> = within.iter().map(|part| part.to_string_lossy()).collect();
    let first = parts[0].trim_end_matches(".rs");
    let is_test = parts
        .iter()
        .any(|part| part.trim_end_matches(".rs") == "tests");
    let is_module = !["lib", "main", "bin"].contains(&first) && !is_test;
    is_module.then(|| first.to_owned())
}

/// The modules that a file names by `crate::`, outside of comments and its tests.
fn named(text: &str) -> BTreeSet<String> {
    let text = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    let code: Vec<_> = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    let mut named = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => named.extend(first_names(list)),
            None => named.extend(first_name(after)),
        }
    }
    named
}

/// The first name of each entry of a list, whose opening brace has been read.
fn first_names(list: &str) -> Vec<String> {
    let (mut depth, mut names, mut start) = (0_u32, vec![], 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.extend(first_name(list[start..at].trim()));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.extend(first_name(list[start..at].trim()));
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

fn first_name(path: &str) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let name: String = path.chars().take_while(|c| is_part(*c)).collect();
    (!name.is_empty()).then_some(name)
}

/// Modules that lead back to themselves, if there are any: what is left when everything that
/// leads nowhere, and everything that nothing leads to, has been taken out.
fn circle(graph: &Graph) -> Option<BTreeSet<String>> {
    let mut left = graph.clone();
    loop {
        let all: BTreeSet<_> = left.keys().cloned().collect();
        let led_to: BTreeSet<_> = left.values().flatten().cloned().collect();
        let before = left.len();
        left.retain(|module, named| {
            named.retain(|other| all.contains(other));
            !named.is_empty() && led_to.contains(module)
        });
        if left.len() == before {
            return (!left.is_empty()).then(|| left.into_keys().collect());
        }
    }
}
