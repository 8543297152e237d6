//! Secrets stay where they belong. That no answer repeats a secret of its own request is
//! checked on every call; here are the ways that lead further.

use anyhow::{Result, ensure};

use crate::account::new_password;
use crate::case::cases;
use crate::client::Reply;
use crate::target::{Account, Target};

cases! { "secrets":
    no_later_answer_shows_a_password_or_a_credential,
    no_mail_shows_a_password_or_a_credential,
    an_answer_about_a_mailed_token_does_not_hold_one,
}

fn shows(reply: &Reply, secret: &str) -> bool {
    let headers = reply
        .headers
        .iter()
        .filter(|(name, _)| name.as_str() != "set-cookie");
    let mut headers = headers.filter_map(|(_, value)| value.to_str().ok());
    reply.text().contains(secret) || headers.any(|value| value.contains(secret))
}

/// Everything that is secret about an account now.
fn secrets(account: &Account) -> Vec<String> {
    let credential = account.client.credential();
    let held = credential.secrets().map(str::to_owned);
    held.chain([account.person.password.clone()]).collect()
}

async fn no_later_answer_shows_a_password_or_a_credential(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    let secrets = [secrets(&ada), secrets(&phone)].concat();
    let answers = [
        ada.client.profile().await?,
        ada.client.sessions().await?,
        ada.client
            .patch_profile(&serde_json::json!({ "first_name": "Zoë" }))
            .await?,
        ada.client.get("/strategy").await?,
        ada.client.get("^/openapi.json").await?,
        ada.client.revoke(&phone.session).await?,
        ada.client.copy().refresh().await?,
        ada.client.copy().logout().await?,
    ];
    for reply in &answers {
        ensure!(
            !secrets.iter().any(|secret| shows(reply, secret)),
            "{} shows one",
            reply.request
        );
    }
    Ok(())
}

async fn no_mail_shows_a_password_or_a_credential(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut secrets = secrets(&ada);
    let mut inbox = target.inbox(&ada.person.email).await?;
    let new = new_password();
    ada.client
        .change_password(&ada.person.password, &new)
        .await?
        .ok()?;
    inbox.notice().await?;
    ada.client.forgot(&ada.person.email).await?.is(202)?;
    inbox.token().await?;
    secrets.push(new);
    for mail in target.mailbox.all(&ada.person.email).await? {
        let shown = |secret: &String| mail.text.contains(secret) || mail.html.contains(secret);
        ensure!(
            !secrets.iter().any(shown),
            "{:?} shows a secret",
            mail.subject
        );
    }
    Ok(())
}

async fn an_answer_about_a_mailed_token_does_not_hold_one(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let reply = ada.client.forgot(&ada.person.email).await?.is(202)?;
    let token = inbox.token().await?;
    ensure!(!shows(&reply, &token), "{reply} gives the token away");
    ensure!(
        token.len() >= 43,
        "a mailed token has {} characters",
        token.len()
    );
    Ok(())
}
