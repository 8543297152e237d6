//! Access tokens that look nearly right.

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use super::tokens::{access, part};
use crate::case::cases;
use crate::client::Client;
use crate::target::Target;

cases! { "forged_tokens":
    a_token_without_a_signature_is_refused [Bearer, Jwt],
    a_token_with_other_claims_is_refused [Bearer, Jwt],
    a_token_with_another_header_is_refused [Bearer, Jwt],
    a_token_signed_with_the_public_key_as_a_secret_is_refused [Bearer, Jwt],
    a_token_in_another_form_is_refused [Bearer, Jwt],
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Expects that a token opens nothing.
async fn refused(client: &Client, token: &str) -> Result<()> {
    let call = client.call(Method::GET, "/profile").anonymous();
    let reply = call
        .header("authorization", &format!("Bearer {token}"))
        .send()
        .await?;
    reply
        .unauthenticated()
        .with_context(|| format!("with the token {token}"))?;
    Ok(())
}

fn signature(token: &str) -> Result<&str> {
    Ok(token.rsplit_once('.').context("no signature")?.1)
}

async fn a_token_without_a_signature_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let token = access(&ada.client)?;
    let (header, claims) = (part(&token, 0)?, encode(&part(&token, 1)?));
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let mut header = header.clone();
        header["alg"] = json!(alg);
        for signature in ["", signature(&token)?, "AAAA"] {
            refused(
                &ada.client,
                &format!("{}.{claims}.{signature}", encode(&header)),
            )
            .await?;
        }
    }
    Ok(())
}

async fn a_token_with_other_claims_is_refused(target: &Target) -> Result<()> {
    let (ada, eve) = (
        target.signed_up("ada").await?,
        target.signed_up("eve").await?,
    );
    let token = access(&eve.client)?;
    let header = encode(&part(&token, 0)?);
    for (claim, value) in [("sub", json!(ada.id)), ("exp", json!(4_102_444_800_u64))] {
        let mut claims = part(&token, 1)?;
        claims[claim] = value;
        let forged = format!("{header}.{}.{}", encode(&claims), signature(&token)?);
        refused(&ada.client, &forged).await?;
    }
    Ok(())
}

async fn a_token_with_another_header_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let token = access(&ada.client)?;
    let claims = encode(&part(&token, 1)?);
    for (name, value) in [
        ("typ", json!("JWT")),
        ("kid", json!("../../dev/null")),
        ("kid", json!(["x"])),
        ("crit", json!(["exp"])),
        ("jku", json!("https://evil.example/jwks.json")),
        ("jwk", json!({"kty": "oct", "k": "AAAA"})),
        ("x5u", json!("https://evil.example/cert")),
        ("zip", json!("DEF")),
    ] {
        let mut header = part(&token, 0)?;
        header[name] = value;
        let forged = format!("{}.{claims}.{}", encode(&header), signature(&token)?);
        refused(&ada.client, &forged).await?;
    }
    Ok(())
}

/// The key that verifies signatures is public, so it must never serve as a shared secret.
async fn a_token_signed_with_the_public_key_as_a_secret_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let token = access(&ada.client)?;
    let keys = ada.client.get("^/.well-known/jwks.json").await?;
    let published = keys.json()["keys"].as_array().cloned().unwrap_or_default();
    let mut header = part(&token, 0)?;
    header["alg"] = json!("HS256");
    let content = format!("{}.{}", encode(&header), encode(&part(&token, 1)?));
    for secret in published.iter().flat_map(public_forms) {
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret)?;
        mac.update(content.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        refused(&ada.client, &format!("{content}.{signature}")).await?;
    }
    Ok(())
}

/// The forms in which an attacker may take a public key for a secret.
fn public_forms(key: &Value) -> Vec<Vec<u8>> {
    let x = key["x"].as_str().unwrap_or_default();
    let raw = URL_SAFE_NO_PAD.decode(x).unwrap_or_default();
    // SubjectPublicKeyInfo of an Ed25519 key (RFC 8410, 4).
    let der = [
        &[
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0,
        ][..],
        &raw,
    ];
    let der = der.concat();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(&der)
    );
    vec![x.into(), raw, der, pem.into(), key.to_string().into()]
}

async fn a_token_in_another_form_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let token = access(&ada.client)?;
    let parts: Vec<_> = token.split('.').collect();
    ensure!(parts.len() == 3, "{token} has not three parts");
    let json = json!({ "payload": parts[1], "protected": parts[0], "signature": parts[2] });
    let flipped = if token.ends_with('A') { "B" } else { "A" };
    for forged in [
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{}", parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}..{}", parts[0], parts[2]),
        format!("{token}="),
        format!("{}{flipped}", &token[..token.len() - 1]),
        token.replace('.', " "),
        json.to_string(),
        "..".into(),
        "A".repeat(6000),
    ] {
        refused(&ada.client, &forged).await?;
    }
    target.still_in(&ada.client).await
}
