//! Signing up and confirming the address.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::account::{Person, new_password, unique};
use crate::case::cases;
use crate::compare::same_answer;
use crate::shape;
use crate::target::Target;

cases! { "sign_up":
    registering_sends_a_link_by_mail [VerificationRequired],
    registering_answers_the_user_at_once [VerificationOptional],
    confirming_answers_the_user [VerificationRequired],
    a_confirmation_token_works_once [VerificationRequired],
    an_invented_token_confirms_nothing,
    a_reset_token_confirms_nothing,
    a_known_address_gets_the_same_answer_and_its_owner_a_mail [VerificationRequired],
    a_known_address_is_taken [VerificationOptional],
    an_unconfirmed_account_gives_way_to_the_next [VerificationRequired],
    a_username_is_taken_in_any_case,
    resending_answers_the_same_for_any_address [VerificationRequired],
    a_resent_link_confirms [VerificationRequired],
    opening_the_link_changes_nothing [VerificationRequired],
    an_invalid_form_names_every_field,
}

async fn registering_sends_a_link_by_mail(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    let mut inbox = target.inbox(&person.email).await?;
    let reply = target.client().await?.register(&person).await?.is(202)?;
    ensure!(
        *reply.json() == json!({"status": "verification_sent"}),
        "{reply}"
    );
    let mail = inbox.next(&|_| true).await?;
    ensure!(!mail.subject.is_empty(), "the mail has no subject");
    let token = mail.token()?;
    ensure!(
        mail.html.contains(&format!("token={token}")),
        "the HTML lacks the link"
    );
    let link = mail.link().context("no link")?;
    ensure!(
        link.origin().ascii_serialization() == target.origin,
        "{link} leads elsewhere"
    );
    ensure!(
        link.query().is_none() && !link.path().contains(&token),
        "{link} can be logged"
    );
    Ok(())
}

async fn registering_answers_the_user_at_once(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    let client = target.client().await?;
    let reply = client.register(&person).await?.is(201)?;
    shape::user(&reply.json()["user"])?;
    ensure!(reply.json()["user"]["email_verified"] == false, "{reply}");
    client
        .login(&person.username, &person.password)
        .await?
        .ok()?;
    Ok(())
}

async fn confirming_answers_the_user(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    let token = target.registered_with_token(&person).await?;
    let reply = target.client().await?.verify(&token).await?.ok()?;
    let user = &reply.json()["user"];
    shape::user(user)?;
    ensure!(
        reply.json().as_object().is_some_and(|o| o.len() == 1),
        "{reply}"
    );
    for (field, wanted) in person.form().as_object().into_iter().flatten() {
        ensure!(
            field == "password" || user[field] == *wanted,
            "{field} of {user}"
        );
    }
    ensure!(
        user["email_verified"] == true && user["has_password"] == true,
        "{user}"
    );
    Ok(())
}

async fn a_confirmation_token_works_once(target: &Target) -> Result<()> {
    let token = target.registered_with_token(&Person::new("ada")).await?;
    let client = target.client().await?;
    client.verify(&token).await?.ok()?;
    client.verify(&token).await?.refused(400, "invalid_token")?;
    Ok(())
}

async fn an_invented_token_confirms_nothing(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let (random, long) = ("A".repeat(43), "A".repeat(4000));
    for token in [
        "invented",
        "💩",
        "' OR 1=1 --",
        "../../etc/passwd",
        &random,
        &long,
    ] {
        client.verify(token).await?.refused(400, "invalid_token")?;
    }
    Ok(())
}

async fn a_reset_token_confirms_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    ada.client.forgot(&ada.person.email).await?.is(202)?;
    let token = inbox.token().await?;
    ada.client
        .verify(&token)
        .await?
        .refused(400, "invalid_token")?;
    ada.client.reset(&token, &new_password()).await?.ok()?;
    Ok(())
}

async fn a_known_address_gets_the_same_answer_and_its_owner_a_mail(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let stranger = Person::new("eve");
    let impostor = Person {
        email: ada.person.email.to_uppercase(),
        ..Person::new("eve")
    };
    let mut inbox = target.inbox(&ada.person.email).await?;
    let client = target.client().await?;
    let new = client.register(&stranger).await?.is(202)?;
    let known = client.register(&impostor).await?;
    same_answer(&new, &known)?;
    let mail = inbox.next(&|_| true).await?;
    ensure!(
        mail.link().is_none(),
        "the owner got a link that confirms a stranger's form"
    );
    ensure!(
        !mail.text.contains(&impostor.username),
        "a stranger's words were mailed"
    );
    target.still_in(&ada.client).await?;
    let login = client.login(&impostor.username, &impostor.password).await?;
    login.refused(401, "invalid_credentials")?;
    Ok(())
}

async fn a_known_address_is_taken(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let impostor = Person {
        email: ada.person.email.to_uppercase(),
        ..Person::new("eve")
    };
    target
        .client()
        .await?
        .register(&impostor)
        .await?
        .refused(409, "email_taken")?;
    Ok(())
}

async fn an_unconfirmed_account_gives_way_to_the_next(target: &Target) -> Result<()> {
    let first = Person::new("eve");
    let second = Person {
        email: first.email.clone(),
        ..Person::new("ada")
    };
    let old_token = target.registered_with_token(&first).await?;
    let token = target.registered_with_token(&second).await?;
    let client = target.client().await?;
    client
        .verify(&old_token)
        .await?
        .refused(400, "invalid_token")?;
    let old_login = client.login(&first.username, &first.password).await?;
    old_login.refused(401, "invalid_credentials")?;
    let user = client.verify(&token).await?.ok()?;
    ensure!(user.json()["user"]["username"] == second.username, "{user}");
    let mixed = client.login(&second.email, &first.password).await?;
    mixed.refused(401, "invalid_credentials")?;
    // What the first form reserved is free again.
    target
        .registered(&Person {
            email: Person::new("bob").email,
            ..first
        })
        .await
}

async fn a_username_is_taken_in_any_case(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    for username in [ada.username.clone(), ada.username.to_uppercase()] {
        let client = target.client().await?;
        let form = Person {
            username,
            ..Person::new("eve")
        };
        client
            .register(&form)
            .await?
            .refused(409, "username_taken")?;
    }
    Ok(())
}

async fn resending_answers_the_same_for_any_address(target: &Target) -> Result<()> {
    let (unconfirmed, confirmed) = (Person::new("ada"), target.signed_up("bob").await?.person);
    target.registered(&unconfirmed).await?;
    let client = target.client().await?;
    let unknown = client.resend(&Person::new("eve").email).await?.is(202)?;
    for email in [unconfirmed.email, confirmed.email] {
        same_answer(&unknown, &client.resend(&email).await?)?;
    }
    Ok(())
}

async fn a_resent_link_confirms(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    target.registered_with_token(&person).await?;
    let mut inbox = target.inbox(&person.email).await?;
    let client = target.client().await?;
    client.resend(&person.email.to_uppercase()).await?.is(202)?;
    client.verify(&inbox.token().await?).await?.ok()?;
    Ok(())
}

/// Mail scanners open links before people do.
async fn opening_the_link_changes_nothing(target: &Target) -> Result<()> {
    let token = target.registered_with_token(&Person::new("ada")).await?;
    let client = target.client().await?;
    for path in [format!("/verify?token={token}"), format!("/verify/{token}")] {
        let status = client.get(&path).await?.status.as_u16();
        ensure!(matches!(status, 404 | 405), "GET {path} answered {status}");
    }
    client.verify(&token).await?.ok()?;
    Ok(())
}

async fn an_invalid_form_names_every_field(target: &Target) -> Result<()> {
    let long_name = "x".repeat(101);
    let form = |first: &str, last: &str, username: &str, email: &str, password: &str| -> Value {
        json!({ "first_name": first, "last_name": last, "username": username,
                "email": email, "password": password })
    };
    let client = target.client().await?;
    let empty = client.post("/register", &form("", " ", "", "", "")).await?;
    let empty = empty.refused(422, "validation_failed")?;
    let needed = ["first_name", "username", "email", "password"];
    ensure!(
        sorted(empty.field_errors()) == sorted(needed.map(|f| (f, "required"))),
        "{empty}"
    );
    let fields = ["first_name", "last_name", "username", "email", "password"];
    let bad = form("a\u{202e}b", &long_name, "a b c", "no address", "short");
    let bad = client
        .post("/register", &bad)
        .await?
        .refused(422, "validation_failed")?;
    let strange = "invalid_characters";
    let codes = [strange, "too_long", strange, "invalid_format", "too_short"];
    ensure!(
        sorted(bad.field_errors()) == sorted(fields.into_iter().zip(codes)),
        "{bad}"
    );
    let mixed = Person {
        username: format!("\u{430}{}", unique()),
        ..Person::new("ada")
    };
    client
        .register(&mixed)
        .await?
        .refused_field("username", "confusable")?;
    Ok(())
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    items.into_iter().collect()
}
