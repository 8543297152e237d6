//! Passkeys that prove nothing.

use anyhow::{Result, ensure};
use auth_passkey::software::Knobs;
use serde_json::{Value, json};

use super::at_once;
use super::passkeys::{Device, alone, begin, finish, with_passkey};
use crate::authenticator::Waiting;
use crate::case::cases;
use crate::client::Client;
use crate::target::Target;

cases! { "passkey_attacks":
    another_origin_is_refused,
    another_challenge_is_refused,
    another_relying_party_is_refused,
    another_type_is_refused,
    a_frame_of_another_site_is_refused,
    an_absent_user_is_refused,
    an_unverified_user_is_refused_alone_only,
    another_key_is_refused,
    a_counter_that_goes_back_is_refused,
    an_answer_works_once,
    an_answer_works_for_one_sign_in,
    of_parallel_uses_of_one_answer_one_succeeds,
    anothers_passkey_is_refused,
    anothers_handle_is_refused,
    a_passkey_without_a_user_is_refused_alone,
    an_unknown_passkey_is_refused,
    what_is_no_answer_is_refused,
    guesses_are_limited [Limits],
}

/// Expects that a misbehaving device gets in neither alone nor as a second step, and that the same
/// device does when it behaves.
async fn refused(target: &Target, knobs: Knobs) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    device.software.knobs = knobs.clone();
    let client = target.client().await?;
    device
        .sign_in(&client)
        .await?
        .refused(401, "invalid_factor")?;
    client.profile().await?.unauthenticated()?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    device
        .end(&client, &waiting)
        .await?
        .refused(401, "invalid_factor")?;
    device.software.knobs = Knobs::default();
    device.end(&client, &waiting).await?.ok()?;
    // Nor is a passkey made so.
    let mut maker = Device::new(target);
    maker.software.knobs = knobs;
    let begun = begin(&ada.client, &ada.person.password).await?.ok()?;
    let made = maker.made(&begun.json()["passkey"])?;
    let confirm = json!({ "id": begun.string("/id")?, "credential": made });
    let reply = ada
        .client
        .post("/factors/passkeys/confirm", &confirm)
        .await?;
    reply.refused(401, "invalid_factor")?;
    Ok(())
}

async fn another_origin_is_refused(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    for origin in ["https://evil.example", "http://localhost:1", "null", ""] {
        let client = target.client().await?;
        let (waiting, options) = alone(&client).await?;
        let said = device.software.get(&options, origin)?;
        finish(&client, &waiting, said)
            .await?
            .refused(401, "invalid_factor")?;
        let begun = begin(&ada.client, &ada.person.password).await?.ok()?;
        let mut other = Device::new(target);
        let made = other.software.create(&begun.json()["passkey"], origin)?;
        let confirm = json!({ "id": begun.string("/id")?, "credential": made });
        let reply = ada
            .client
            .post("/factors/passkeys/confirm", &confirm)
            .await?;
        reply.refused(401, "invalid_factor")?;
    }
    Ok(())
}

async fn another_challenge_is_refused(target: &Target) -> Result<()> {
    let challenge = Some(vec![7; 43]);
    refused(
        target,
        Knobs {
            challenge,
            ..Knobs::default()
        },
    )
    .await
}

async fn another_relying_party_is_refused(target: &Target) -> Result<()> {
    let rp_id = Some("evil.example".to_owned());
    refused(
        target,
        Knobs {
            rp_id,
            ..Knobs::default()
        },
    )
    .await
}

async fn another_type_is_refused(target: &Target) -> Result<()> {
    let client_data_type = Some("payment.get".to_owned());
    refused(
        target,
        Knobs {
            client_data_type,
            ..Knobs::default()
        },
    )
    .await
}

async fn a_frame_of_another_site_is_refused(target: &Target) -> Result<()> {
    refused(
        target,
        Knobs {
            cross_origin: true,
            ..Knobs::default()
        },
    )
    .await
}

async fn an_absent_user_is_refused(target: &Target) -> Result<()> {
    refused(
        target,
        Knobs {
            user_present: false,
            ..Knobs::default()
        },
    )
    .await
}

/// A password before it makes two factors of a key that anybody may touch.
async fn an_unverified_user_is_refused_alone_only(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    device.software.knobs.user_verified = false;
    let client = target.client().await?;
    device
        .sign_in(&client)
        .await?
        .refused(401, "invalid_factor")?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    device.end(&client, &waiting).await?.ok()?;
    Ok(())
}

async fn another_key_is_refused(target: &Target) -> Result<()> {
    let (_, mut device) = with_passkey(target).await?;
    device.software.knobs.wrong_key = true;
    let client = target.client().await?;
    device
        .sign_in(&client)
        .await?
        .refused(401, "invalid_factor")?;
    Ok(())
}

async fn a_counter_that_goes_back_is_refused(target: &Target) -> Result<()> {
    let (_, mut device) = with_passkey(target).await?;
    let client = target.client().await?;
    device.software.knobs.counter = Some(10);
    device.sign_in(&client).await?.ok()?;
    for counter in [10, 9, 0] {
        device.software.knobs.counter = Some(counter);
        let client = target.client().await?;
        device
            .sign_in(&client)
            .await?
            .refused(401, "invalid_factor")?;
    }
    device.software.knobs.counter = Some(11);
    device.sign_in(&target.client().await?).await?.ok()?;
    Ok(())
}

async fn an_answer_works_once(target: &Target) -> Result<()> {
    let (_, mut device) = with_passkey(target).await?;
    let client = target.client().await?;
    let (waiting, options) = alone(&client).await?;
    let said = device.said(&options)?;
    let half = client.copy();
    finish(&client, &waiting, said.clone()).await?.ok()?;
    finish(&half, &waiting, said)
        .await?
        .refused(400, "invalid_token")?;
    Ok(())
}

async fn an_answer_works_for_one_sign_in(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    let client = target.client().await?;
    let (_, options) = alone(&client).await?;
    let said = device.said(&options)?;
    let (other, waiting) = target.half_signed_in(&ada).await?;
    finish(&other, &waiting, said.clone())
        .await?
        .refused(401, "invalid_factor")?;
    let (waiting, _) = alone(&client).await?;
    finish(&client, &waiting, said)
        .await?
        .refused(401, "invalid_factor")?;
    Ok(())
}

async fn of_parallel_uses_of_one_answer_one_succeeds(target: &Target) -> Result<()> {
    let (_, mut device) = with_passkey(target).await?;
    let client = target.client().await?;
    let (waiting, options) = alone(&client).await?;
    let said = device.said(&options)?;
    let copies: Vec<Client> = (0..20).map(|_| client.copy()).collect();
    let ends = copies
        .iter()
        .map(|copy| finish(copy, &waiting, said.clone()));
    let replies = at_once(ends).await?;
    let succeeded = super::count(&replies, 200);
    ensure!(succeeded == 1, "{succeeded} succeeded");
    Ok(())
}

async fn anothers_passkey_is_refused(target: &Target) -> Result<()> {
    let (ada, mut own) = with_passkey(target).await?;
    let (_, mut anothers) = with_passkey(target).await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    // Whatever the options say, it signs with what it has.
    let body = json!({ "pending": waiting.id });
    let options = client.post("/login/factor/options", &body).await?.ok()?;
    let mut options = options.json()["passkey"].clone();
    options["allowCredentials"] = json!([]);
    let said = anothers.said(&options)?;
    finish(&client, &waiting, said)
        .await?
        .refused(401, "invalid_factor")?;
    own.end(&client, &waiting).await?.ok()?;
    Ok(())
}

async fn anothers_handle_is_refused(target: &Target) -> Result<()> {
    let bob = target.signed_up("bob").await?;
    let (_, mut device) = with_passkey(target).await?;
    let begun = begin(&bob.client, &bob.person.password).await?.ok()?;
    let handle = begun.json()["passkey"]["user"]["id"]
        .as_str()
        .unwrap_or_default();
    use base64::Engine as _;
    let handle = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(handle)?;
    device.software.knobs.user_handle = Some(handle);
    let client = target.client().await?;
    device
        .sign_in(&client)
        .await?
        .refused(401, "invalid_factor")?;
    client.profile().await?.unauthenticated()?;
    Ok(())
}

async fn a_passkey_without_a_user_is_refused_alone(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    device.software.knobs.hides_user = true;
    let client = target.client().await?;
    device
        .sign_in(&client)
        .await?
        .refused(401, "invalid_factor")?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    device.end(&client, &waiting).await?.ok()?;
    Ok(())
}

async fn an_unknown_passkey_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut device = Device::new(target);
    let begun = begin(&ada.client, &ada.person.password).await?.ok()?;
    // It is made and never told.
    device.made(&begun.json()["passkey"])?;
    let client = target.client().await?;
    device
        .sign_in(&client)
        .await?
        .refused(401, "invalid_factor")?;
    Ok(())
}

async fn what_is_no_answer_is_refused(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let body = json!({ "pending": waiting.id });
    let options = client.post("/login/factor/options", &body).await?.ok()?;
    let good = device.said(&options.json()["passkey"])?;
    let mut broken: Vec<Value> = vec![json!({}), json!([]), json!("x"), json!(1), json!(null)];
    for field in ["clientDataJSON", "authenticatorData", "signature"] {
        for wrong in [json!(""), json!("!"), json!(null), json!("oA"), json!({})] {
            let mut answer = good.clone();
            answer["response"][field] = wrong;
            broken.push(answer);
        }
    }
    // As many as may fail before it is a limit's.
    for answer in broken.into_iter().take(4) {
        refused_somehow(&client, &waiting, answer).await?;
    }
    finish(&client, &waiting, good).await?.ok()?;
    Ok(())
}

async fn refused_somehow(client: &Client, waiting: &Waiting, answer: Value) -> Result<()> {
    let reply = finish(client, waiting, answer.clone()).await?;
    match answer.is_null() {
        true => reply.refused_field("credential", "required")?,
        false => reply.refused(401, "invalid_factor")?,
    };
    Ok(())
}

async fn guesses_are_limited(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    device.software.knobs.wrong_key = true;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    for _ in 0..5 {
        device
            .end(&client, &waiting)
            .await?
            .refused(401, "invalid_factor")?;
    }
    device
        .end(&client, &waiting)
        .await?
        .refused(429, "too_many_attempts")?;
    Ok(())
}
