//! Credentials in the `Authorization` header.

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::case::cases;
use crate::client::{Call, Client};
use crate::target::Target;

cases! { "tokens":
    an_access_token_says_what_it_should_and_no_more [Bearer, Jwt],
    a_token_is_read_from_the_header_only [Bearer],
    two_authorization_headers_are_none [Bearer],
    another_scheme_is_none [Bearer],
    a_refresh_token_is_no_access_token [Bearer],
    an_access_token_is_no_refresh_token [Bearer],
    every_token_is_issued_once [Bearer, Jwt],
    a_refused_token_is_challenged [Bearer],
}

/// The access token that a client holds.
pub(super) fn access(client: &Client) -> Result<String> {
    client.credential().access.context("no access token")
}

/// A part of a token in the compact form (RFC 7515, 7.1).
pub(super) fn part(token: &str, n: usize) -> Result<Value> {
    let part = token.split('.').nth(n).context("too few parts")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?)
}

/// A call for the profile that presents nothing yet.
fn bare(client: &Client) -> Call<'_> {
    client.call(Method::GET, "/profile").anonymous()
}

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().into_iter().flatten();
    let mut keys: Vec<_> = object.map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys
}

async fn an_access_token_says_what_it_should_and_no_more(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let token = access(&ada.client)?;
    ensure!(token.split('.').count() == 3, "{token} has not three parts");
    let (header, claims) = (part(&token, 0)?, part(&token, 1)?);
    ensure!(keys(&header) == ["alg", "kid", "typ"], "{header}");
    ensure!(header["typ"] == "at+jwt", "{header}");
    let expected = [
        "aud",
        "auth_time",
        "cred_ver",
        "exp",
        "iat",
        "iss",
        "jti",
        "sid",
        "sub",
    ];
    ensure!(keys(&claims) == expected, "{claims}");
    ensure!(
        claims["sub"] == ada.id && claims["sid"] == ada.session,
        "{claims}"
    );
    let number = |name: &str| claims[name].as_u64().with_context(|| format!("{claims}"));
    let lifetime = number("exp")? - number("iat")?;
    ensure!(
        lifetime == target.lifetimes.access.as_secs(),
        "it lives {lifetime} s"
    );
    ensure!(number("auth_time")? <= number("iat")?, "{claims}");
    Ok(())
}

async fn a_token_is_read_from_the_header_only(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let token = access(&ada.client)?;
    for name in ["access_token", "token", "bearer"] {
        let query = format!("/profile?{name}={token}");
        ada.client
            .call(Method::GET, &query)
            .anonymous()
            .send()
            .await?
            .unauthenticated()?;
        let cookie = format!("{name}={token}");
        bare(&ada.client)
            .header("cookie", &cookie)
            .send()
            .await?
            .unauthenticated()?;
    }
    let body = json!({ "access_token": token });
    let call = ada.client.call(Method::DELETE, "/sessions").anonymous();
    call.json(&body).send().await?.unauthenticated()?;
    target.still_in(&ada.client).await
}

async fn two_authorization_headers_are_none(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let bearer = format!("Bearer {}", access(&ada.client)?);
    for other in [bearer.as_str(), "Bearer x", "Basic eDp5", ""] {
        for (one, two) in [(bearer.as_str(), other), (other, bearer.as_str())] {
            let call = bare(&ada.client).header("authorization", one);
            call.header("authorization", two)
                .send()
                .await?
                .unauthenticated()?;
        }
    }
    let list = format!("{bearer}, {bearer}");
    bare(&ada.client)
        .header("authorization", &list)
        .send()
        .await?
        .unauthenticated()?;
    Ok(())
}

async fn another_scheme_is_none(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let token = access(&ada.client)?;
    for header in [
        token.clone(),
        format!("Token {token}"),
        format!("Basic {token}"),
        format!("Bearer{token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer \"{token}\""),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
    ] {
        bare(&ada.client)
            .header("authorization", &header)
            .send()
            .await?
            .unauthenticated()?;
    }
    Ok(())
}

async fn a_refresh_token_is_no_access_token(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let refresh = ada
        .client
        .credential()
        .refresh
        .context("no refresh token")?;
    let header = format!("Bearer {refresh}");
    bare(&ada.client)
        .header("authorization", &header)
        .send()
        .await?
        .unauthenticated()?;
    Ok(())
}

async fn an_access_token_is_no_refresh_token(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let body = json!({ "refresh_token": access(&ada.client)? });
    ada.client
        .post("/refresh", &body)
        .await?
        .unauthenticated()?;
    target.still_in(&ada.client).await
}

async fn every_token_is_issued_once(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut seen = vec![];
    for _ in 0..5 {
        ada.client.refresh().await?.ok()?;
        seen.push(part(&access(&ada.client)?, 1)?["jti"].to_string());
    }
    seen.sort();
    seen.dedup();
    ensure!(seen.len() == 5, "token ids come twice: {seen:?}");
    Ok(())
}

/// RFC 6750, 3: a refused request is told which scheme would help.
async fn a_refused_token_is_challenged(target: &Target) -> Result<()> {
    let reply = target.client().await?.profile().await?.unauthenticated()?;
    let challenge = reply.header("www-authenticate").unwrap_or_default();
    ensure!(
        challenge.starts_with("Bearer"),
        "{reply} challenges with {challenge:?}"
    );
    Ok(())
}
