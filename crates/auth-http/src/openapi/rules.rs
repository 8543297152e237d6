//! What holds for all operations and bodies, and is therefore written once.

use serde_json::{Map, Value, json};

const METHODS: [&str; 4] = ["get", "post", "patch", "delete"];

/// Completes a document: every operation can answer with a problem, those that need a
/// credential with 401, and the schemas of bodies say what the server checks.
pub(super) fn complete(document: &mut Value) {
    document["security"] = json!([]);
    for path in objects(&mut document["paths"]) {
        for operation in METHODS.iter().filter_map(|name| path.get_mut(*name)) {
            complete_operation(operation);
        }
    }
    let schemas = document["components"]["schemas"].as_object_mut();
    for (name, schema) in schemas.into_iter().flatten() {
        if name.ends_with("Body") {
            complete_body(schema);
        }
    }
}

fn objects(value: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let values = value
        .as_object_mut()
        .into_iter()
        .flat_map(|map| map.values_mut());
    values.filter_map(Value::as_object_mut)
}

fn complete_operation(operation: &mut Value) {
    let needs_credential = operation.get("security").is_some();
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    if needs_credential {
        let unauthenticated = || problem("`unauthenticated`: no credential, or a dead one");
        responses.entry("401").or_insert_with(unauthenticated);
    }
    for (status, response) in responses.iter_mut() {
        let is_problem = status.starts_with('4') || status.starts_with('5');
        if is_problem && response.get("content").is_none() {
            response["content"] = problem_content();
        }
    }
    responses.insert("default".into(), problem("Any error"));
}

fn problem(description: &str) -> Value {
    json!({ "description": description, "content": problem_content() })
}

fn problem_content() -> Value {
    json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } })
}

/// Bodies are read leniently, so that what is missing or empty is told as a field error:
/// the generated schemas say that by defaults that break their own rules. A field with an
/// empty default is needed; one whose default is `null` may be left out, but a `null` that
/// is sent is a wrong type.
fn complete_body(schema: &mut Value) {
    let mut needed = vec![];
    let properties = schema["properties"].as_object_mut();
    for (name, property) in properties.into_iter().flatten() {
        let Some(property) = property.as_object_mut() else {
            continue;
        };
        match property.get("default") {
            Some(Value::Null) => {
                property.remove("default");
            }
            Some(Value::String(text)) if text.is_empty() => {
                property.remove("default");
                needed.push(Value::from(name.as_str()));
            }
            _ => {}
        }
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|one| one != "null");
            if let [only] = &types[..] {
                let only = only.clone();
                property.insert("type".into(), only);
            }
        }
    }
    if !needed.is_empty() {
        schema["required"] = Value::Array(needed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_says_what_is_needed_and_breaks_none_of_its_rules() {
        let mut schema = json!({ "properties": {
            "email": { "type": "string", "default": "", "minLength": 3 },
            "name": { "type": ["string", "null"], "default": null },
            "remember": { "type": "boolean", "default": false },
        } });
        complete_body(&mut schema);
        let expected = json!({ "required": ["email"], "properties": {
            "email": { "type": "string", "minLength": 3 },
            "name": { "type": "string" },
            "remember": { "type": "boolean", "default": false },
        } });
        assert_eq!(schema, expected);
    }

    #[test]
    fn what_needs_a_credential_can_be_answered_with_401() {
        let mut document = json!({
            "paths": { "/a": { "get": { "security": [], "responses": {} },
                               "post": { "responses": { "400": {} } } } },
            "components": { "schemas": {} },
        });
        complete(&mut document);
        let path = &document["paths"]["/a"];
        assert!(path["get"]["responses"]["401"].is_object());
        assert!(path["post"]["responses"]["401"].is_null());
        let content = &path["post"]["responses"]["400"]["content"];
        assert!(content["application/problem+json"].is_object());
    }
}
