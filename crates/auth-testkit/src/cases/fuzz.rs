//! Every field of every body, with every kind of value that has hurt somebody before.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::Value;

use super::bodies::forms;
use crate::account::{Person, unique};
use crate::case::cases;
use crate::client::{Client, Reply};
use crate::target::Target;

cases! { "fuzz":
    a_value_of_the_wrong_type_is_refused_in_every_field,
    a_hostile_text_never_breaks_a_field,
    a_hostile_profile_changes_nothing,
    a_hostile_registration_leaves_no_account,
}

/// JSON of the wrong type for any field.
const WRONG_TYPES: [&str; 8] = [
    "1",
    "-1.5e300",
    "[]",
    "[\"a\"]",
    "{}",
    "{\"a\":{}}",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
];

/// Texts that no field with a rule accepts. Whatever they name, no other run names it: failed
/// sign-ins to accounts that don't exist are counted too.
fn hostile_texts() -> Vec<String> {
    let mark = unique();
    let escapes = [
        "\\u0000",
        "a\\u0000b",
        "\\u0007\\u001b[2J",
        "\\u202eevil",
        "a\\r\\nBcc: x@y.org",
    ];
    let long = "x".repeat(10_000);
    let texts = escapes.into_iter().chain([&*long, "' OR '1'='1' -- "]);
    let texts = texts.map(|text| format!("\"{text}{mark}\""));
    texts.chain(["\"\"".into()]).collect()
}

/// The form with one field's JSON replaced, which may be no value that JSON can hold.
fn with_raw(form: &Value, field: &str, raw: &str) -> String {
    let object = form.as_object().into_iter().flatten();
    let fields: Vec<_> = object
        .map(|(name, value)| {
            let value = if name == field {
                raw.to_owned()
            } else {
                value.to_string()
            };
            format!("\"{name}\":{value}")
        })
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn fields(form: &Value) -> Vec<String> {
    let object = form.as_object().into_iter().flatten();
    object.map(|(name, _)| name.clone()).collect()
}

async fn send(client: &Client, method: &Method, path: &str, body: &str) -> Result<Reply> {
    client
        .call(method.clone(), path)
        .raw_json(body)
        .send()
        .await
}

async fn a_value_of_the_wrong_type_is_refused_in_every_field(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for (method, path, form) in forms() {
        for field in fields(&form) {
            let flag = if field == "remember" {
                "\"true\""
            } else {
                "true"
            };
            for raw in WRONG_TYPES.into_iter().chain([flag]) {
                let body = with_raw(&form, &field, raw);
                let reply = send(&ada.client, &method, path, &body).await?;
                reply.refused(400, "invalid_request")?;
            }
        }
    }
    target.still_in(&ada.client).await
}

/// A 5xx, an answer of another shape or a repeated secret fails any case; here it only
/// matters that the answer is a refusal.
async fn a_hostile_text_never_breaks_a_field(target: &Target) -> Result<()> {
    for raw in hostile_texts().iter().map(String::as_str).chain(["null"]) {
        // Forms of new people from a new device, so that no limit answers instead.
        let client = target.client().await?;
        for (method, path, form) in forms() {
            // An empty name is the same in each run.
            let is_same = |field: &str| field == "identifier" && raw == "\"\"";
            let spared =
                |field: &String| path == "/register" || field == "remember" || is_same(field);
            for field in fields(&form).into_iter().filter(|field| !spared(field)) {
                let reply = send(&client, &method, path, &with_raw(&form, &field, raw)).await?;
                let status = reply.status.as_u16();
                ensure!(
                    matches!(status, 400 | 401 | 413 | 422),
                    "{field} = {raw:.40}: {reply}"
                );
            }
        }
    }
    Ok(())
}

/// Anyone may be called so, and have no family name.
fn is_harmless(field: &str, raw: &str) -> bool {
    let is_nothing = raw == "\"\"" && field == "last_name";
    is_nothing || (raw.contains("OR '1'") && field.ends_with("_name"))
}

async fn a_hostile_profile_changes_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let before = ada.client.profile().await?.ok()?;
    for field in ["first_name", "last_name", "username", "email"] {
        let form = serde_json::json!({ field: "x", "current_password": ada.person.password });
        for raw in hostile_texts() {
            if is_harmless(field, &raw) {
                continue;
            }
            let body = with_raw(&form, field, &raw);
            let reply = send(&ada.client, &Method::PATCH, "/profile", &body).await?;
            reply.refused(422, "validation_failed")?;
        }
        let body = with_raw(&form, field, "null");
        let reply = send(&ada.client, &Method::PATCH, "/profile", &body).await?;
        reply.refused(400, "invalid_request")?;
    }
    ada.client.profile().await?.says(before.json())?;
    Ok(())
}

async fn a_hostile_registration_leaves_no_account(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for field in ["first_name", "last_name", "username", "email"] {
        let person = Person::new("fuzz");
        for raw in hostile_texts().iter().map(String::as_str).chain(["null"]) {
            if is_harmless(field, raw) {
                continue;
            }
            let body = with_raw(&person.form(), field, raw);
            let reply = send(&client, &Method::POST, "/register", &body).await?;
            ensure!(
                matches!(reply.status.as_u16(), 400 | 422),
                "{field} = {raw:.40}: {reply}"
            );
        }
        let login = client.login(&person.username, &person.password).await?;
        login.refused(401, "invalid_credentials")?;
    }
    Ok(())
}
