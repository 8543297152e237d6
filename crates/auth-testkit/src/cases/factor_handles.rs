//! The handle under which a sign-in waits for its second step.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use crate::account::new_password;
use crate::authenticator::Waiting;
use crate::case::cases;
use crate::target::Target;

cases! { "factor_handles":
    it_works_for_its_client_alone,
    it_works_once,
    it_works_for_a_while [ShortLifetimes],
    it_dies_with_the_password,
    it_is_worth_nothing_elsewhere,
}

async fn it_works_for_its_client_alone(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let (stranger, own) = target.half_signed_in(&ada).await?;
    let code = added.app.code().await?;
    for other in [&target.client().await?, &stranger] {
        waiting
            .end(other, "totp", &code)
            .await?
            .refused(400, "invalid_token")?;
    }
    let call = client.call(Method::POST, "/login/factor").anonymous();
    let call = call.json(&waiting.by("totp", &code));
    call.send().await?.refused(400, "invalid_token")?;
    // Nothing was spent by that.
    waiting.end(&client, "totp", &code).await?.ok()?;
    own.end(&stranger, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    Ok(())
}

async fn it_works_once(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let half = client.copy();
    waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    let again = waiting.end(&half, "totp", &added.app.code().await?).await?;
    again.refused(400, "invalid_token")?;
    for never in ["A".repeat(43), String::new(), "x".to_owned()] {
        let never = Waiting {
            id: never,
            methods: vec![],
        };
        let reply = never.end(&half, "totp", "123456").await?;
        reply.refused(400, "invalid_token")?;
    }
    Ok(())
}

async fn it_works_for_a_while(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    sleep(target.lifetimes.step).await;
    let late = waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?;
    late.refused(400, "invalid_token")?;
    Ok(())
}

async fn it_dies_with_the_password(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let new = new_password();
    ada.client
        .change_password(&ada.person.password, &new)
        .await?
        .ok()?;
    let late = waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?;
    late.refused(400, "invalid_token")?;
    Ok(())
}

async fn it_is_worth_nothing_elsewhere(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let code = added.app.code().await?;
    let confirm = json!({ "id": waiting.id, "code": code });
    let confirm = ada.client.post("/factors/totp/confirm", &confirm).await?;
    confirm.refused(400, "invalid_token")?;
    let password = json!({ "current_password": ada.person.password });
    let begun = ada.client.post("/factors/totp", &password).await?.ok()?;
    let begun = Waiting {
        id: begun.string("/id")?,
        methods: vec![],
    };
    begun
        .end(&client, "totp", &code)
        .await?
        .refused(400, "invalid_token")?;
    begun
        .end(&ada.client.copy(), "totp", &code)
        .await?
        .refused(400, "invalid_token")?;
    client
        .verify(&waiting.id)
        .await?
        .refused(400, "invalid_token")?;
    client
        .reset(&waiting.id, &new_password())
        .await?
        .refused(400, "invalid_token")?;
    waiting.end(&client, "totp", &code).await?.ok()?;
    Ok(())
}
