//! Signing in by a mailed code.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::account::Person;
use crate::authenticator::Waiting;
use crate::case::cases;
use crate::client::Client;
use crate::compare::same_answer;
use crate::mailbox::{Inbox, Mail};
use crate::shape;
use crate::target::Target;

cases! { "mail_codes":
    a_mailed_code_signs_in [MailCodes],
    an_unknown_address_is_answered_alike [MailCodes],
    a_code_works_once_in_its_browser [MailCodes],
    a_wrong_code_signs_nobody_in [MailCodes],
    a_code_is_no_way_around_a_second_factor [MailCodes],
    a_second_request_leaves_the_first [MailCodes],
    an_address_that_is_none_is_named [MailCodes],
    guesses_are_limited [MailCodes, Limits],
    a_code_gives_no_further_guesses_at_a_factor [MailCodes, Limits],
}

async fn ask(client: &Client, email: &str) -> Result<Waiting> {
    let reply = client
        .post("/login/mail", &json!({ "email": email }))
        .await?;
    let waiting = Waiting::of(&reply.ok()?)?;
    ensure!(waiting.methods == ["mail_code"], "{waiting:?}");
    Ok(waiting)
}

/// The code of the next mail.
async fn code(inbox: &mut Inbox<'_>) -> Result<String> {
    let mail = inbox.next(&|mail| code_in(mail).is_some()).await?;
    let found = code_in(&mail);
    found.with_context(|| format!("no code in {mail:?}"))
}

fn code_in(mail: &Mail) -> Option<String> {
    let mut lines = mail.text.lines().map(str::trim);
    let is_code =
        |line: &&str| line.len() == 9 && line.chars().all(|c| c.is_ascii_digit() || c == ' ');
    lines.find(is_code).map(str::to_owned)
}

async fn a_mailed_code_signs_in(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let client = target.client().await?;
    let waiting = ask(&client, &ada.person.email.to_uppercase()).await?;
    client.profile().await?.unauthenticated()?;
    let grant = waiting
        .end(&client, "mail_code", &code(&mut inbox).await?)
        .await?
        .ok()?;
    shape::grant(grant.json(), client.strategy(), true)?;
    ensure!(grant.string("/user/id")? == ada.id, "{grant}");
    target.still_in(&client).await
}

async fn an_unknown_address_is_answered_alike(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let (known, unknown) = (target.client().await?, target.client().await?);
    let nobody = Person::new("nobody").email;
    let one = known
        .post("/login/mail", &json!({ "email": ada.person.email }))
        .await?;
    let other = unknown
        .post("/login/mail", &json!({ "email": nobody }))
        .await?;
    ensure!(one.status == other.status, "{one} and {other}");
    let waiting = Waiting::of(&other)?;
    let known = Waiting::of(&one)?
        .end(&known, "mail_code", "1234 5678")
        .await?;
    let unknown = waiting.end(&unknown, "mail_code", "1234 5678").await?;
    same_answer(&known.refused(401, "invalid_factor")?, &unknown)?;
    Ok(())
}

async fn a_code_works_once_in_its_browser(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let (client, stranger) = (target.client().await?, target.client().await?);
    let waiting = ask(&client, &ada.person.email).await?;
    let own = ask(&stranger, &Person::new("eve").email).await?;
    let code = code(&mut inbox).await?;
    waiting
        .end(&stranger, "mail_code", &code)
        .await?
        .refused(400, "invalid_token")?;
    own.end(&stranger, "mail_code", &code)
        .await?
        .refused(401, "invalid_factor")?;
    let half = client.copy();
    waiting.end(&client, "mail_code", &code).await?.ok()?;
    waiting
        .end(&half, "mail_code", &code)
        .await?
        .refused(400, "invalid_token")?;
    Ok(())
}

async fn a_wrong_code_signs_nobody_in(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let client = target.client().await?;
    let waiting = ask(&client, &ada.person.email).await?;
    let right = code(&mut inbox).await?;
    let other = if right.starts_with('1') { '2' } else { '1' };
    for wrong in [format!("{other}{}", &right[1..]), right[1..].to_owned()] {
        let reply = waiting.end(&client, "mail_code", &wrong).await?;
        reply.refused(401, "invalid_factor")?;
    }
    let totp = waiting.end(&client, "totp", &right).await?;
    totp.refused(401, "invalid_factor")?;
    waiting.end(&client, "mail_code", &right).await?.ok()?;
    Ok(())
}

async fn a_code_is_no_way_around_a_second_factor(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let client = target.client().await?;
    let waiting = ask(&client, &ada.person.email).await?;
    let reply = waiting
        .end(&client, "mail_code", &code(&mut inbox).await?)
        .await?;
    let waiting = Waiting::of(&reply.ok()?)?;
    ensure!(waiting.methods == ["totp", "recovery_code"], "{waiting:?}");
    client.profile().await?.unauthenticated()?;
    waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    Ok(())
}

async fn a_second_request_leaves_the_first(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let client = target.client().await?;
    let first = ask(&client, &ada.person.email).await?;
    let one = code(&mut inbox).await?;
    let second = ask(&client, &ada.person.email).await?;
    let two = code(&mut inbox).await?;
    first
        .end(&client, "mail_code", &two)
        .await?
        .refused(401, "invalid_factor")?;
    first.end(&client.copy(), "mail_code", &one).await?.ok()?;
    second.end(&client, "mail_code", &two).await?.ok()?;
    Ok(())
}

async fn an_address_that_is_none_is_named(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let reply = client
        .post("/login/mail", &json!({ "email": "ada" }))
        .await?;
    reply.refused_field("email", "invalid_format")?;
    Ok(())
}

async fn guesses_are_limited(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for email in [ada.person.email, Person::new("nobody").email] {
        let client = target.client().await?;
        let waiting = ask(&client, &email).await?;
        for _ in 0..5 {
            let reply = waiting.end(&client, "mail_code", "1234 5678").await?;
            reply.refused(401, "invalid_factor")?;
        }
        let reply = waiting.end(&client, "mail_code", "1234 5678").await?;
        reply.refused(429, "too_many_attempts")?;
    }
    Ok(())
}

/// Whoever reads the mail gets no more tries at the app by signing in again.
async fn a_code_gives_no_further_guesses_at_a_factor(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let wrong = added.app.wrong_code().await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    for _ in 0..5 {
        let reply = waiting.end(&client, "totp", &wrong).await?;
        reply.refused(401, "invalid_factor")?;
    }
    let mut inbox = target.inbox(&ada.person.email).await?;
    let client = target.client().await?;
    let waiting = ask(&client, &ada.person.email).await?;
    let reply = waiting
        .end(&client, "mail_code", &code(&mut inbox).await?)
        .await?;
    let waiting = Waiting::of(&reply.ok()?)?;
    let blocked = waiting.end(&client, "totp", &wrong).await?;
    blocked.refused(429, "too_many_attempts")?;
    Ok(())
}
