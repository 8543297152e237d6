//! Fields of the application in the profile.

use std::path::Path;
use std::sync::Arc;

use auth_core::{FieldCode, FieldError};
use comprehensive_auth::{AuthBuilder, ProfileFields, UserId};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Map, Value, json};

use crate::host::Host;

/// A city, and anything below `extra`.
fn rules(fields: &Map<String, Value>) -> Result<(), Vec<FieldError>> {
    let wrong = |(name, value): (&String, &Value)| match name.as_str() {
        "city" if value.is_string() => None,
        "extra" => None,
        _ => Some(FieldError::new(
            name.clone(),
            FieldCode::InvalidFormat,
            "Not kept here.",
        )),
    };
    let wrong: Vec<_> = fields.iter().filter_map(wrong).collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong),
    }
}

/// A host, and somebody who is signed in to it.
struct Server {
    host: Host,
    client: Client,
}

impl Server {
    async fn start(rules: Option<Arc<dyn ProfileFields>>) -> Self {
        let with_rules = |auth: AuthBuilder, _: &Path| match rules {
            Some(rules) => auth.profile_fields(rules),
            None => auth,
        };
        let host = Host::with(with_rules).await;
        let (client, _) = host.signed_in().await;
        Self { host, client }
    }

    async fn send(&self, request: RequestBuilder) -> (StatusCode, Value) {
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn patch(&self, body: Value) -> (StatusCode, Value) {
        let patch = self.client.patch(self.host.at("/api/auth/profile"));
        self.send(patch.json(&body)).await
    }

    async fn show(&self) -> Value {
        let profile = self.client.get(self.host.at("/api/auth/profile"));
        self.send(profile).await.1
    }

    /// The names of the fields that a patch breaks, with the codes.
    async fn refused(&self, body: Value) -> Vec<(String, String)> {
        let (status, problem) = self.patch(body).await;
        assert_eq!(status, 422, "{problem}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = problem["errors"].as_array().unwrap().iter();
        let errors = errors.map(|error| (text(&error["field"]), text(&error["code"])));
        errors.collect()
    }
}

fn pair(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

#[actix_web::test]
async fn fields_are_merged_shown_and_kept() {
    let server = Server::start(Some(Arc::new(rules))).await;
    assert_eq!(server.show().await["profile"], json!({}));
    let patch = json!({ "profile": { "city": "London", "extra": { "a": 1, "b": 2 } } });
    let (status, user) = server.patch(patch).await;
    assert_eq!(status, 200, "{user}");
    let patch = json!({ "profile": { "extra": { "a": null, "c": [null] } } });
    let (status, user) = server.patch(patch).await;
    assert_eq!(status, 200, "{user}");
    let expected = json!({ "city": "London", "extra": { "b": 2, "c": [null] } });
    assert_eq!(user["profile"], expected);
    assert_eq!(server.show().await["profile"], expected);
    // Beside other changes, and untouched by them.
    let (_, user) = server.patch(json!({ "first_name": "Augusta" })).await;
    assert_eq!(user["profile"], expected);
    let both = json!({ "first_name": "Ada", "profile": { "city": null } });
    let (_, user) = server.patch(both).await;
    assert_eq!(user["first_name"], "Ada");
    assert_eq!(user["profile"], json!({ "extra": { "b": 2, "c": [null] } }));
}

#[actix_web::test]
async fn what_breaks_a_rule_is_named_and_changes_nothing() {
    let server = Server::start(Some(Arc::new(rules))).await;
    let patch = json!({ "first_name": "", "profile": { "city": 1, "shoe": 42 } });
    let expected = [
        pair("first_name", "required"),
        pair("profile.city", "invalid_format"),
        pair("profile.shoe", "invalid_format"),
    ];
    assert_eq!(server.refused(patch).await, expected);
    let long = "x".repeat(9_000);
    let patch = json!({ "profile": { "city": long } });
    assert_eq!(server.patch(patch).await.0, 200);
    let patch = json!({ "profile": { "extra": long } });
    assert_eq!(server.refused(patch).await, [pair("profile", "too_long")]);
    let deep = (0..8).fold(json!({}), |inner, _| json!({ "extra": inner }));
    let refused = server.refused(json!({ "profile": deep })).await;
    assert_eq!(refused, [pair("profile", "too_deep")]);
    assert_eq!(server.show().await["profile"], json!({ "city": long }));
    assert_eq!(server.show().await["first_name"], "Ada");
}

#[actix_web::test]
async fn what_is_no_merge_patch_is_not_understood() {
    let server = Server::start(Some(Arc::new(rules))).await;
    for profile in [json!(null), json!([]), json!("x")] {
        let (status, problem) = server.patch(json!({ "profile": profile })).await;
        assert_eq!(status, 400, "{problem}");
        assert_eq!(problem["code"], "invalid_request");
    }
    let null = json!({ "first_name": null, "profile": { "city": null } });
    assert_eq!(server.patch(null).await.0, 400);
}

#[actix_web::test]
async fn a_change_is_meant_for_one_user() {
    let server = Server::start(Some(Arc::new(rules))).await;
    let request = server.client.patch(server.host.at("/api/auth/profile"));
    let request = request.header("If-User", UserId::generate().to_string());
    let request = request.json(&json!({ "profile": { "city": "London" } }));
    let (status, problem) = server.send(request).await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (412, &json!("user_changed"))
    );
    assert_eq!(server.show().await["profile"], json!({}));
}

#[actix_web::test]
async fn of_changes_at_once_none_undoes_another() {
    let server = Server::start(Some(Arc::new(rules))).await;
    let patches = (0..4).map(|n| json!({ "profile": { "extra": { n.to_string(): n } } }));
    let sent = patches.map(|patch| server.patch(patch));
    for (status, user) in futures_util::future::join_all(sent).await {
        assert_eq!(status, 200, "{user}");
    }
    let ada = server.host.auth.admin().find("ada").await.unwrap();
    let expected = json!({ "0": 0, "1": 1, "2": 2, "3": 3 });
    assert_eq!(ada.profile.fields()["extra"], expected);
}

#[actix_web::test]
async fn without_rules_there_are_no_such_fields() {
    let server = Server::start(None).await;
    assert!(server.show().await.get("profile").is_none());
    for profile in [
        json!({}),
        json!({ "city": "London" }),
        json!({ "city": null }),
    ] {
        let (status, problem) = server.patch(json!({ "profile": profile })).await;
        assert_eq!(status, 400, "{problem}");
        assert_eq!(problem["code"], "invalid_request");
    }
}

#[actix_web::test]
async fn the_description_has_them_where_there_are_rules() {
    for rules in [None, Some(Arc::new(rules) as Arc<dyn ProfileFields>)] {
        let expected = rules.is_some();
        let server = Server::start(rules).await;
        let (_, document) = server
            .send(server.client.get(server.host.at("/api/auth/openapi.json")))
            .await;
        let schemas = &document["components"]["schemas"];
        for name in ["User", "ProfileBody"] {
            let field = &schemas[name]["properties"]["profile"];
            assert_eq!(field["type"] == "object", expected, "{name}: {field}");
        }
        let required = schemas["User"]["required"].as_array().unwrap();
        assert_eq!(required.contains(&json!("profile")), expected);
    }
}
