//! Errors: one shape, one list, no riddles.

use anyhow::{Result, ensure};
use reqwest::Method;

use crate::case::cases;
use crate::client::Client;
use crate::target::Target;

cases! { "errors":
    an_unknown_route_is_not_found,
    a_wrong_method_is_told_the_right_ones,
    a_method_cannot_be_overridden,
    head_answers_like_get_without_a_body,
    options_changes_nothing,
    strange_paths_are_not_found,
    a_stranger_is_told_of_no_field,
    an_error_is_json_for_a_browser_too,
    a_huge_header_is_refused,
}

async fn an_unknown_route_is_not_found(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for path in [
        "/nothing",
        "/login/nothing",
        "/profile/1",
        "/admin",
        "/.env",
        "/login.json",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            client
                .call(method, path)
                .send()
                .await?
                .refused(404, "not_found")?;
        }
    }
    Ok(())
}

async fn a_wrong_method_is_told_the_right_ones(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for (method, path, allowed) in [
        (Method::GET, "/login", "POST"),
        (Method::PUT, "/register", "POST"),
        (Method::GET, "/logout", "POST, DELETE"),
        (Method::PUT, "/profile", "GET, PATCH, DELETE"),
        (Method::POST, "/sessions", "GET, DELETE"),
        (Method::PATCH, "/password/reset", "POST"),
        (Method::TRACE, "/profile", "GET, PATCH, DELETE"),
        (Method::DELETE, "/strategy", "GET"),
    ] {
        let reply = client.call(method, path).send().await?;
        let reply = reply.refused(405, "method_not_allowed")?;
        let told = reply.header("allow").unwrap_or_default();
        let told: Vec<_> = told.split(',').map(str::trim).collect();
        let all = allowed.split(", ").all(|method| told.contains(&method));
        ensure!(
            all && told.len() <= 5,
            "{reply} allows {told:?} instead of {allowed}"
        );
    }
    Ok(())
}

async fn a_method_cannot_be_overridden(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for name in [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ] {
        let call = ada
            .client
            .call(Method::GET, "/profile")
            .header(name, "DELETE");
        call.send().await?.ok()?;
        let call = ada
            .client
            .call(Method::POST, "/profile")
            .header(name, "DELETE");
        call.send().await?.refused(405, "method_not_allowed")?;
    }
    let call = ada.client.call(Method::GET, "/profile?_method=DELETE");
    call.send().await?.ok()?;
    target.still_in(&ada.client).await
}

async fn head_answers_like_get_without_a_body(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for path in ["/profile", "/strategy", "^/health/live"] {
        let reply = ada.client.call(Method::HEAD, path).send().await?;
        let status = reply.status.as_u16();
        ensure!(matches!(status, 200 | 405), "{reply}");
        ensure!(reply.body.is_empty(), "{reply} has a body");
    }
    let stranger = target.client().await?;
    let reply = stranger.call(Method::HEAD, "/profile").send().await?;
    ensure!(matches!(reply.status.as_u16(), 401 | 405), "{reply}");
    Ok(())
}

async fn options_changes_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for path in ["/profile", "/logout", "/login", "/nothing"] {
        let reply = ada.client.call(Method::OPTIONS, path).send().await?;
        ensure!(reply.status.as_u16() < 500, "{reply}");
        ensure!(
            reply.header("access-control-allow-origin").is_none(),
            "{reply} lets anyone in"
        );
    }
    target.still_in(&ada.client).await
}

async fn strange_paths_are_not_found(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for path in [
        "/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/profile%00",
        "//profile",
        "/PROFILE",
        "/profile;x=1",
        "/%ff%fe",
        "/profile%2f",
        "/sessions/%0d%0aset-cookie:x=y",
    ] {
        let status = client.get(path).await?.status.as_u16();
        ensure!(
            matches!(status, 400 | 404 | 405),
            "GET {path} answered {status}"
        );
    }
    Ok(())
}

/// Who someone is comes before what they want: a stranger learns nothing about a body.
async fn a_stranger_is_told_of_no_field(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for (method, path) in secured_with_a_body() {
        for body in ["{}", "nonsense", "[]", "{\"unknown\":1}"] {
            client
                .call(method.clone(), path)
                .raw_json(body)
                .send()
                .await?
                .unauthenticated()?;
        }
        client
            .call(method, path)
            .body(Some("text/plain"), "x")
            .send()
            .await?
            .unauthenticated()?;
    }
    Ok(())
}

fn secured_with_a_body() -> [(Method, &'static str); 3] {
    [
        (Method::PATCH, "/profile"),
        (Method::DELETE, "/profile"),
        (Method::POST, "/password/change"),
    ]
}

async fn an_error_is_json_for_a_browser_too(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let accept = "text/html,application/xhtml+xml,application/xml;q=0.9";
    for (method, path, status, code) in [
        (Method::GET, "/profile", 401, "unauthenticated"),
        (Method::GET, "/nothing", 404, "not_found"),
        (Method::GET, "/login", 405, "method_not_allowed"),
        (Method::POST, "/login", 415, "unsupported_media_type"),
    ] {
        let call = client.call(method, path).header("accept", accept);
        call.send().await?.refused(status, code)?;
    }
    Ok(())
}

async fn a_huge_header_is_refused(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let huge = "x".repeat(200_000);
    // A server may hang up on this instead of answering; it must not fall over.
    if let Ok(reply) = send_huge(&client, &huge).await {
        ensure!((400..500).contains(&reply), "a huge header got {reply}");
    }
    client.get("/strategy").await?.ok()?;
    Ok(())
}

async fn send_huge(client: &Client, huge: &str) -> Result<u16> {
    let call = client.call(Method::GET, "/strategy").header("x-huge", huge);
    Ok(call.send().await?.status.as_u16())
}
