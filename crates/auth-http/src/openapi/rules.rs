//! What holds for all operations and bodies, and is therefore written once.

use serde_json::{Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Completes a document: every operation can answer with a problem, those that need a
/// credential with 401, those that read JSON with 400, and the schemas of bodies say what the server checks.
pub(crate) fn complete(document: &mut Value, base_path: &str) {
    document["security"] = json!([]);
    let paths = document["paths"].as_object_mut();
    for (path, operations) in paths.into_iter().flatten() {
        let below = path.strip_prefix(base_path).unwrap_or(path);
        for method in METHODS {
            if let Some(operation) = operations.get_mut(method) {
                name_operation(operation, below);
                complete_operation(operation, method != "get");
            }
        }
    }
    let schemas = document["components"]["schemas"].as_object_mut();
    for (name, schema) in schemas.into_iter().flatten() {
        if name.ends_with("Body") {
            complete_body(schema);
        }
    }
}

/// Takes out what only servers have that keep fields of an application.
pub(super) fn leave_out_profile(document: &mut Value) {
    for name in ["User", "ProfileBody"] {
        let Some(schema) = document.pointer_mut(&format!("/components/schemas/{name}")) else {
            continue;
        };
        // `get_mut`, since an index would put in what is missing.
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.remove("profile");
        }
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.retain(|field| field != "profile");
        }
    }
}

/// Words that say what is done but not with what. The name of a handler is the id of its
/// operation, and several of these may be called alike.
const VERBS: [&str; 17] = [
    "callback", "change", "delete", "factor", "forgot", "link", "list", "mail", "options",
    "passkey", "remove", "rename", "reset", "revoke", "show", "start", "unlink",
];

/// Gives an operation an id that no other one has, on this server or on any: what is done, and
/// where it does not say so, with what (OpenAPI 3.1, 4.8.10.1).
fn name_operation(operation: &mut Value, path: &str) {
    let resource = path.split('/').nth(1).unwrap_or_default();
    if let Some(id) = operation["operationId"].as_str()
        && VERBS.contains(&id)
    {
        operation["operationId"] = format!("{id}_{resource}").into();
    }
}

fn complete_operation(operation: &mut Value, writes: bool) {
    let needs_credential = operation.get("security").is_some();
    if needs_credential && writes {
        let parameters = operation["parameters"].take();
        let mut parameters = parameters.as_array().cloned().unwrap_or_default();
        parameters.push(if_user());
        operation["parameters"] = parameters.into();
        let detail = "`user_changed`: somebody else than the user in `If-User` is signed in";
        operation["responses"]["412"] = problem(detail);
    }
    let takes_json = operation["requestBody"]["content"]["application/json"].is_object();
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    if takes_json {
        let unreadable = || problem("`invalid_request`: the body is not what is described here");
        responses.entry("400").or_insert_with(unreadable);
    }
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

/// The header by which a write names the user it is meant for.
fn if_user() -> Value {
    json!({
        "name": "If-User",
        "in": "header",
        "required": false,
        "description": "The id of the user that the write is meant for",
        "schema": { "type": "string", "format": "uuid" },
    })
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
        if let Some(Value::Array(choices)) = property.get_mut("oneOf") {
            choices.retain(|one| one["type"] != "null");
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
    fn what_is_left_out_leaves_no_trace() {
        let schemas = |user, body| json!({ "components": { "schemas": { "User": user, "ProfileBody": body } } });
        let field = || json!({ "type": "object" });
        let mut document = schemas(
            json!({ "properties": { "id": {}, "profile": field() }, "required": ["id", "profile"] }),
            json!({ "properties": { "email": {}, "profile": field() } }),
        );
        leave_out_profile(&mut document);
        let expected = schemas(
            json!({ "properties": { "id": {} }, "required": ["id"] }),
            json!({ "properties": { "email": {} } }),
        );
        assert_eq!(document, expected);
    }

    #[test]
    fn handlers_of_one_name_have_ids_of_their_own() {
        let change = || json!({ "operationId": "change", "responses": {} });
        let mut document = json!({
            "paths": { "/api/profile": { "patch": change() },
                       "/api/password/change": { "post": change() } },
            "components": { "schemas": {} },
        });
        complete(&mut document, "/api");
        let id = |path: &str, method: &str| document["paths"][path][method]["operationId"].clone();
        assert_eq!(id("/api/profile", "patch"), "change_profile");
        assert_eq!(id("/api/password/change", "post"), "change_password");
    }

    #[test]
    fn what_takes_a_body_can_be_answered_with_400() {
        let body = json!({ "content": { "application/json": {} } });
        let mut document = json!({
            "paths": { "/a": { "post": { "requestBody": body, "responses": {} },
                               "delete": { "responses": {} } } },
            "components": { "schemas": {} },
        });
        complete(&mut document, "");
        let path = &document["paths"]["/a"];
        assert!(path["post"]["responses"]["400"].is_object());
        assert!(path["delete"]["responses"]["400"].is_null());
    }

    #[test]
    fn what_needs_a_credential_can_be_answered_with_401() {
        let mut document = json!({
            "paths": { "/a": { "get": { "security": [], "responses": {} },
                               "post": { "responses": { "409": {} } } } },
            "components": { "schemas": {} },
        });
        complete(&mut document, "");
        let path = &document["paths"]["/a"];
        assert!(path["get"]["responses"]["401"].is_object());
        assert!(path["post"]["responses"]["401"].is_null());
        let content = &path["post"]["responses"]["409"]["content"];
        assert!(content["application/problem+json"].is_object());
    }
}
