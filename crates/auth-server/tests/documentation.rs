//! The documentation says what the code does.

use auth_core::FieldCode;
use auth_http::Code;

const API: &str = include_str!("../../../docs/API.md");

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
