//! `authctl templates`.

use crate::tool::{Authctl, keys};

#[test]
fn exported_templates_are_those_that_servers_take() {
    let (tool, folder) = (Authctl::new(None), tempfile::tempdir().unwrap());
    let looks = folder.path().join("looks");
    let looks = looks.to_str().unwrap();
    let exported = tool.json(&["templates", "export", looks]);
    assert_eq!(keys(&exported), ["files"]);
    for file in exported["files"].as_array().unwrap() {
        let file = folder.path().join("looks").join(file.as_str().unwrap());
        assert!(std::fs::metadata(&file).unwrap().len() > 100, "{file:?}");
    }
    let check = ["settings", "check", "--templates", looks];
    tool.run(&check).done();
    std::fs::write(folder.path().join("looks/page.html"), "").unwrap();
    let empty = tool.run(&check);
    assert_eq!(empty.code, Some(1), "{empty:?}");
    assert!(
        empty.stdout.contains("page.html: it does not load"),
        "{empty:?}"
    );
    let again = tool.run(&["templates", "export", looks, "--json"]);
    let told = again.failed(1, "file_exists");
    assert!(
        told.contains("is there already; name another folder"),
        "{told}"
    );
}
