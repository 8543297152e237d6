//! Bodies that are not what the contract asks for.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::account::Person;
use crate::case::cases;
use crate::compare::same_answer;
use crate::target::Target;

cases! { "bodies":
    what_is_not_json_is_refused,
    what_does_not_say_it_is_json_is_refused,
    a_charset_does_no_harm,
    a_missing_field_is_like_an_empty_one,
    an_unknown_field_is_refused,
    a_repeated_field_is_refused,
    null_is_a_wrong_type,
    a_body_over_the_limit_is_refused,
    a_body_at_the_limit_is_read,
    a_missing_body_is_refused,
    a_list_of_the_right_values_is_refused,
    deep_nesting_is_refused,
}

/// Every route that takes a body, with one that has the right form.
pub(super) fn forms() -> Vec<(Method, &'static str, Value)> {
    let person = Person::new("fuzz");
    let (email, password) = (&person.email, &person.password);
    vec![
        (Method::POST, "/register", person.form()),
        (Method::POST, "/verify", json!({ "token": "A".repeat(43) })),
        (Method::POST, "/verify/resend", json!({ "email": email })),
        (
            Method::POST,
            "/login",
            json!({ "identifier": email, "password": password,
                                         "remember": false }),
        ),
        (
            Method::POST,
            "/refresh",
            json!({ "refresh_token": "A".repeat(43) }),
        ),
        (
            Method::PATCH,
            "/profile",
            json!({ "first_name": "A", "last_name": "B",
            "username": person.username, "email": email, "current_password": password }),
        ),
        (
            Method::DELETE,
            "/profile",
            json!({ "current_password": password }),
        ),
        (
            Method::POST,
            "/password/change",
            json!({ "current_password": password,
                                                   "new_password": person.password }),
        ),
        (Method::POST, "/password/forgot", json!({ "email": email })),
        (
            Method::POST,
            "/password/reset",
            json!({ "token": "A".repeat(43),
                                                  "password": password }),
        ),
    ]
}

async fn what_is_not_json_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let broken: &[&[u8]] = &[
        b"nonsense",
        b"{",
        b"{\"a\":}",
        b"{} {}",
        b"[]",
        b"null",
        b"1",
        b"\"text\"",
        b"{'a':1}",
        b"\xff\xfe",
        b"{\"a\":\"\xff\"}",
        b"\0",
        b"<xml/>",
        b"a=b",
        b"{\"a\":01}",
        b"[{}]",
        b"\xef\xbb\xbf{}",
        b"{\"email\":NaN}",
        b"// {}",
    ];
    for (method, path, _) in forms() {
        for body in broken {
            let call = ada.client.call(method.clone(), path).raw_json(*body);
            call.send().await?.refused(400, "invalid_request")?;
        }
    }
    target.still_in(&ada.client).await
}

async fn what_does_not_say_it_is_json_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let types = [
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/xml"),
        Some("text/json"),
        Some("application/jsonx"),
        Some("json"),
        None,
    ];
    for (method, path, form) in forms() {
        for content_type in types {
            let call = ada.client.call(method.clone(), path);
            let reply = call.body(content_type, form.to_string()).send().await?;
            reply.refused(415, "unsupported_media_type")?;
        }
    }
    target.still_in(&ada.client).await
}

async fn a_charset_does_no_harm(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let client = target.client().await?;
        let call = client.call(Method::POST, "/login");
        call.body(Some(content_type), ada.login().to_string())
            .send()
            .await?
            .ok()?;
    }
    Ok(())
}

/// Whoever leaves a field out is told what whoever leaves it empty is told.
async fn a_missing_field_is_like_an_empty_one(target: &Target) -> Result<()> {
    for (method, path, form) in forms() {
        let client = target.client().await?;
        let texts = form
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| value.is_string());
        // Not everybody has two names.
        let needed = texts.filter(|(field, _)| *field != "last_name");
        for (field, _) in needed.filter(|_| method == Method::POST && path != "/refresh") {
            let (mut empty, mut missing) = (form.clone(), form.clone());
            empty[field] = json!("");
            missing.as_object_mut().map(|object| object.remove(field));
            let [empty, missing] = [
                client.post(path, &empty).await?,
                client.post(path, &missing).await?,
            ];
            ensure!(
                missing.status.is_client_error(),
                "without {field}: {missing}"
            );
            same_answer(&empty, &missing)?;
        }
    }
    Ok(())
}

async fn an_unknown_field_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for (method, path, mut form) in forms() {
        for name in ["is_admin", "Email", "__proto__", "", "id"] {
            form[name] = json!("x");
            let reply = ada
                .client
                .call(method.clone(), path)
                .json(&form)
                .send()
                .await?;
            reply.refused(400, "invalid_request")?;
            form.as_object_mut().map(|object| object.remove(name));
        }
    }
    target.still_in(&ada.client).await
}

/// Two parsers that keep different ones of two equal fields see two different requests.
async fn a_repeated_field_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for (method, path, form) in forms() {
        let text = form.to_string();
        let inner = text.trim_start_matches('{').trim_end_matches('}');
        let twice = format!("{{{inner},{inner}}}");
        let reply = ada.client.call(method, path).raw_json(twice).send().await?;
        reply.refused(400, "invalid_request")?;
    }
    target.still_in(&ada.client).await
}

const LIMIT: usize = 16 * 1024;

/// A sign-in padded with white space to `length` bytes.
fn padded(person: &Person, length: usize) -> String {
    let mut body = person.login().to_string();
    body.push_str(&" ".repeat(length.saturating_sub(body.len())));
    body
}

async fn a_body_over_the_limit_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for (method, path, _) in forms() {
        for length in [LIMIT + 1, 4 * LIMIT] {
            let body = padded(&ada.person, length);
            let call = ada.client.call(method.clone(), path).raw_json(body.clone());
            call.send().await?.refused(413, "payload_too_large")?;
            let chunks = body.as_bytes().chunks(4000).map(<[u8]>::to_vec).collect();
            let call = ada.client.call(method.clone(), path).chunked_json(chunks);
            call.send().await?.refused(413, "payload_too_large")?;
        }
    }
    target.still_in(&ada.client).await
}

async fn a_body_at_the_limit_is_read(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let body = padded(&ada, LIMIT);
    let client = target.client().await?;
    client
        .call(Method::POST, "/login")
        .raw_json(body.clone())
        .send()
        .await?
        .ok()?;
    let chunks = body.as_bytes().chunks(1000).map(<[u8]>::to_vec).collect();
    client
        .call(Method::POST, "/login")
        .chunked_json(chunks)
        .send()
        .await?
        .ok()?;
    Ok(())
}

async fn a_missing_body_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for (method, path, _) in forms() {
        if method == Method::DELETE || path == "/refresh" {
            continue;
        }
        let empty = ada.client.call(method.clone(), path).raw_json("");
        empty.send().await?.refused(400, "invalid_request")?;
        let none = ada.client.call(method, path).send().await?;
        ensure!(matches!(none.status.as_u16(), 400 | 415), "{none}");
    }
    Ok(())
}

/// Some parsers take a list for an object and its values in order for the fields.
async fn a_list_of_the_right_values_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for (method, path, form) in forms() {
        let values: Vec<_> = form
            .as_object()
            .into_iter()
            .flatten()
            .map(|(_, v)| v)
            .collect();
        let reply = ada
            .client
            .call(method, path)
            .json(&json!(values))
            .send()
            .await?;
        reply.refused(400, "invalid_request")?;
    }
    let login = json!([ada.person.username, ada.person.password]);
    ada.client
        .post("/login", &login)
        .await?
        .refused(400, "invalid_request")?;
    target.still_in(&ada.client).await
}

async fn deep_nesting_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(2500), close.repeat(2500));
        let body = format!("{{\"identifier\":{deep}}}");
        for path in ["/login", "/register", "/password/forgot"] {
            let call = ada.client.call(Method::POST, path).raw_json(body.clone());
            call.send().await?.refused(400, "invalid_request")?;
        }
    }
    target.still_in(&ada.client).await
}

/// A field that is `null` is not one that is absent.
async fn null_is_a_wrong_type(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for (method, path, form) in forms() {
        for field in form.as_object().into_iter().flat_map(|form| form.keys()) {
            let mut form = form.clone();
            form[field] = Value::Null;
            let call = ada.client.call(method.clone(), path).json(&form);
            call.send().await?.refused(400, "invalid_request")?;
        }
    }
    target.still_in(&ada.client).await
}
