//! Headers that every answer carries, and those that none does.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::json;

use crate::case::cases;
use crate::client::Reply;
use crate::target::Target;

cases! { "headers":
    every_answer_has_a_request_id_of_its_own,
    a_clients_request_id_is_not_echoed,
    answers_about_people_are_not_stored,
    every_answer_is_hardened,
    answers_of_the_api_run_nothing,
    no_answer_names_its_software,
    tls_is_insisted_on_where_there_is_tls,
    the_host_header_decides_nothing,
    a_profile_asked_for_again_is_answered_alike,
}

/// One answer of every kind: public, authenticated, refused, unknown.
async fn answers(target: &Target) -> Result<Vec<Reply>> {
    let ada = target.signed_up("ada").await?;
    let (client, stranger) = (&ada.client, target.client().await?);
    Ok(vec![
        stranger.get("/strategy").await?,
        client
            .login(&ada.person.username, &ada.person.password)
            .await?,
        client.profile().await?,
        client.patch_profile(&json!({})).await?,
        client.sessions().await?,
        client.refresh().await?,
        client.forgot(&ada.person.email).await?,
        stranger.profile().await?,
        stranger
            .login(&ada.person.username, "quite another one")
            .await?,
        stranger.post("/login", &json!([])).await?,
        stranger.post("/register", &json!({})).await?,
        stranger.get("/nothing").await?,
        stranger.get("/login").await?,
        client.revoke("garbage").await?,
        client.logout().await?,
    ])
}

/// Answers that hang under the host.
async fn answers_of_the_host(target: &Target) -> Result<Vec<Reply>> {
    let client = target.client().await?;
    let mut replies = vec![];
    for path in [
        "^/health/live",
        "^/health/ready",
        "^/health",
        "^/openapi.json",
        "^/docs",
    ] {
        replies.push(client.get(path).await?);
    }
    Ok(replies)
}

async fn all(target: &Target) -> Result<Vec<Reply>> {
    let mut replies = answers(target).await?;
    replies.extend(answers_of_the_host(target).await?);
    Ok(replies)
}

async fn every_answer_has_a_request_id_of_its_own(target: &Target) -> Result<()> {
    let replies = all(target).await?;
    let mut ids = BTreeSet::new();
    for reply in &replies {
        let id = reply
            .header("x-request-id")
            .with_context(|| format!("{reply} has none"))?;
        ensure!(id.len() >= 16, "{reply} has the short request id {id}");
        ids.insert(id);
    }
    ensure!(ids.len() == replies.len(), "request ids come twice");
    Ok(())
}

/// What a client says would end up in the log; only the server's own word is safe there.
async fn a_clients_request_id_is_not_echoed(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for name in ["x-request-id", "x-correlation-id", "traceparent"] {
        let call = client
            .call(Method::GET, "/strategy")
            .header(name, "<script>evil</script>");
        let reply = call.send().await?.ok()?;
        let mut values = reply
            .headers
            .values()
            .filter_map(|value| value.to_str().ok());
        ensure!(
            !values.any(|value| value.contains("evil")),
            "{:?}",
            reply.headers
        );
    }
    Ok(())
}

/// All but `/strategy`, which is the same for everybody.
async fn answers_about_people_are_not_stored(target: &Target) -> Result<()> {
    for reply in answers(target).await?.iter().skip(1) {
        let told = reply.header("cache-control").unwrap_or_default();
        ensure!(told.contains("no-store"), "{reply} says {told:?}");
    }
    Ok(())
}

async fn every_answer_is_hardened(target: &Target) -> Result<()> {
    for reply in all(target).await? {
        for (name, values) in [
            ("x-content-type-options", &["nosniff"][..]),
            ("referrer-policy", &["no-referrer"]),
            ("cross-origin-opener-policy", &["same-origin"]),
            (
                "cross-origin-resource-policy",
                &["same-origin", "same-site"],
            ),
        ] {
            let told = reply.header(name).unwrap_or_default();
            ensure!(
                values.contains(&told),
                "{} has {name}: {told:?}",
                reply.request
            );
        }
        let policy = reply.header("content-security-policy").unwrap_or_default();
        ensure!(
            policy.contains("frame-ancestors 'none'"),
            "{}: {policy:?}",
            reply.request
        );
    }
    Ok(())
}

async fn answers_of_the_api_run_nothing(target: &Target) -> Result<()> {
    for reply in answers(target).await? {
        let policy = reply.header("content-security-policy");
        let expected = "default-src 'none'; frame-ancestors 'none'";
        ensure!(policy == Some(expected), "{}: {policy:?}", reply.request);
        let is_json = matches!(
            reply.media_type(),
            "application/json" | "application/problem+json"
        );
        ensure!(
            is_json,
            "{} came as {:?}",
            reply.request,
            reply.media_type()
        );
    }
    Ok(())
}

async fn no_answer_names_its_software(target: &Target) -> Result<()> {
    for reply in all(target).await? {
        for name in ["server", "x-powered-by", "x-aspnet-version", "via"] {
            ensure!(reply.header(name).is_none(), "{} has {name}", reply.request);
        }
        let body = reply.text().to_lowercase();
        let told = [
            "actix",
            "diesel",
            "panicked",
            "stack backtrace",
            "sqlite",
            "postgres://",
        ];
        let told = told
            .into_iter()
            .find(|word| reply.status != 200 && body.contains(word));
        ensure!(told.is_none(), "{reply} names {told:?}");
    }
    Ok(())
}

async fn tls_is_insisted_on_where_there_is_tls(target: &Target) -> Result<()> {
    for reply in all(target).await? {
        let told = reply
            .header("strict-transport-security")
            .unwrap_or_default();
        ensure!(
            told.contains("max-age=") == target.is_https(),
            "{}: {told:?}",
            reply.request
        );
    }
    Ok(())
}

/// Links and cookies come from the public URL, never from what a request claims.
async fn the_host_header_decides_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let mut inbox = target.inbox(&ada.email).await?;
    let client = target.client().await?;
    let call = client
        .call(Method::POST, "/password/forgot")
        .json(&json!({ "email": ada.email }));
    let call = call
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example");
    let call = call
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=evil.example");
    call.send().await?.is(202)?;
    let mail = inbox.next(&|mail| mail.link().is_some()).await?;
    let link = mail.link().context("no link")?;
    ensure!(
        link.origin().ascii_serialization() == target.origin,
        "{link}"
    );
    ensure!(
        !mail.text.contains("evil") && !mail.html.contains("evil"),
        "evil is in the mail"
    );
    Ok(())
}

/// What a server keeps of an answer may show in nothing that it sends.
async fn a_profile_asked_for_again_is_answered_alike(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut answers = vec![];
    for name in ["Ada", "Augusta"] {
        let patch = json!({ "first_name": name });
        ada.client.patch_profile(&patch).await?.ok()?;
        for _ in 0..3 {
            let mut answer = ada.client.profile().await?.ok()?;
            ensure!(answer.string("/first_name")? == name, "{answer}");
            for own in ["x-request-id", "date", "content-length"] {
                answer.headers.remove(own);
            }
            // The order within a header may differ from thread to thread.
            let headers = answer.headers.iter().map(|(name, value)| {
                let text = value.to_str().unwrap_or_default();
                let parts = text.split(", ").map(str::to_owned);
                (name.to_string(), parts.collect::<BTreeSet<_>>())
            });
            answers.push(headers.collect::<BTreeSet<_>>());
        }
    }
    let differs = answers.windows(2).find(|pair| pair[0] != pair[1]);
    ensure!(differs.is_none(), "{differs:?}");
    Ok(())
}
