//! Signing up and confirming the address.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::account::{Person, new_password, unique};
use crate::case::cases;
use crate::compare::same_answer;
use crate::shape;
use crate::target::Target;

cases! { "sign_up":
    registering_sends_a_link_by_mail [VerificationRequired],
    registering_answers_the_user_at_once [VerificationOptional],
    confirming_signs_in [VerificationRequired],
    confirming_wants_the_password_chosen_there [VerificationRequired],
    guessing_that_password_is_limited [VerificationRequired, Limits],
    a_confirmation_token_works_once [VerificationRequired],
    an_invented_token_confirms_nothing,
    a_reset_token_confirms_nothing,
    a_known_address_gets_the_same_answer_and_its_owner_a_mail [VerificationRequired],
    a_known_address_is_taken [VerificationOptional],
    a_sign_up_waits_alike_at_any_address [VerificationRequired],
    each_sign_up_of_an_address_has_its_own_link [VerificationRequired],
    a_waiting_name_is_taken_like_any_other [VerificationRequired],
    a_waiting_password_wipes_out_no_failures [VerificationRequired, Limits],
    a_username_is_taken_in_any_case,
    resending_answers_the_same_for_any_address [VerificationRequired],
    a_resent_link_confirms [VerificationRequired],
    a_link_still_comes_after_refused_tries [VerificationRequired, Limits],
    opening_the_link_changes_nothing [VerificationRequired],
    confirming_ends_earlier_sessions [VerificationOptional],
    a_disabled_account_confirms_nothing [VerificationOptional, Operator],
    an_unconfirmed_account_is_sent_no_notices [VerificationOptional],
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

async fn confirming_signs_in(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    let token = target.registered_with_token(&person).await?;
    let client = target.client().await?;
    let grant = client.confirm(&token, &person.password).await?.ok()?;
    shape::grant(grant.json(), target.strategy().await?, true)?;
    let user = &grant.json()["user"];
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
    client.profile().await?.says(user)?;
    client.refresh().await?.ok()?;
    Ok(())
}

/// Whoever reads the mail may be somebody else than whoever filled in the form.
async fn confirming_wants_the_password_chosen_there(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    let token = target.registered_with_token(&person).await?;
    let (client, eve) = (target.client().await?, target.signed_up("eve").await?);
    for reply in [
        client.verify(&token).await?,
        client.confirm(&token, "").await?,
        client.confirm(&token, &new_password()).await?,
        eve.client.verify(&token).await?,
    ] {
        let reply = reply.refused(401, "invalid_credentials")?;
        ensure!(reply.set_cookies().is_empty(), "{reply} sets a cookie");
    }
    let login = client.login(&person.email, &person.password).await?;
    login.refused(403, "email_unverified")?;
    client.confirm(&token, &person.password).await?.ok()?;
    Ok(())
}

async fn guessing_that_password_is_limited(target: &Target) -> Result<()> {
    // The first delay ends after a second; a slow machine gets another try.
    for _ in 0..3 {
        let token = target.registered_with_token(&Person::new("ada")).await?;
        let guess = async || {
            target
                .client()
                .await?
                .confirm(&token, &new_password())
                .await
        };
        for _ in 0..4 {
            guess().await?.refused(401, "invalid_credentials")?;
        }
        let begin = Instant::now();
        guess().await?.refused(401, "invalid_credentials")?;
        let refused = guess().await?;
        if begin.elapsed() < Duration::from_secs(1) {
            return refused.refused(429, "too_many_attempts").map(drop);
        }
    }
    bail!("six guesses take more than a second")
}

async fn a_confirmation_token_works_once(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    let token = target.registered_with_token(&person).await?;
    let client = target.client().await?;
    client.confirm(&token, &person.password).await?.ok()?;
    let again = client.confirm(&token, &person.password).await?;
    again.refused(400, "invalid_token")?;
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
    login.refused(403, "email_unverified")?;
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

/// Neither the sign-in nor another sign-up tells whether the address has an account.
async fn a_sign_up_waits_alike_at_any_address(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let free = Person::new("eve");
    let taken = Person {
        email: ada.email.clone(),
        ..Person::new("eve")
    };
    let client = target.client().await?;
    for person in [&free, &taken] {
        client.register(person).await?.is(202)?;
    }
    for (one, other) in [
        (&free.username, &taken.username),
        (&free.email, &taken.email),
    ] {
        let one_right = client.login(one, &free.password).await?;
        let one_right = one_right.refused(403, "email_unverified")?;
        same_answer(&one_right, &client.login(other, &taken.password).await?)?;
        let wrong = new_password();
        let one_wrong = client.login(one, &wrong).await?;
        let one_wrong = one_wrong.refused(401, "invalid_credentials")?;
        same_answer(&one_wrong, &client.login(other, &wrong).await?)?;
    }
    for username in [&free.username, &taken.username] {
        let again = Person {
            username: username.clone(),
            ..Person::new("eve")
        };
        let again = target.client().await?.register(&again).await?;
        again.refused(409, "username_taken")?;
    }
    // The owner signs in as ever, with their own password.
    client.login(&ada.email, &ada.password).await?.ok()?;
    Ok(())
}

async fn each_sign_up_of_an_address_has_its_own_link(target: &Target) -> Result<()> {
    let first = Person::new("eve");
    let second = Person {
        email: first.email.to_uppercase(),
        ..Person::new("ada")
    };
    let squatters = target.registered_with_token(&first).await?;
    let owners = target.registered_with_token(&second).await?;
    let client = target.client().await?;
    for (token, password) in [(&squatters, &second.password), (&owners, &first.password)] {
        let crossed = client.confirm(token, password).await?;
        crossed.refused(401, "invalid_credentials")?;
    }
    // Whoever comes last owns no click but their own.
    let grant = client.confirm(&owners, &second.password).await?.ok()?;
    ensure!(
        grant.json()["user"]["username"] == second.username,
        "{grant}"
    );
    let late = client.confirm(&squatters, &first.password).await?;
    late.refused(400, "invalid_token")?;
    // Nothing tells the squatter what became of the address.
    let waits = client.login(&first.email, &first.password).await?;
    waits.refused(403, "email_unverified")?;
    client.login(&second.email, &second.password).await?.ok()?;
    Ok(())
}

async fn a_waiting_name_is_taken_like_any_other(target: &Target) -> Result<()> {
    let (waiting, ada) = (Person::new("eve"), target.signed_up("ada").await?);
    target.registered(&waiting).await?;
    let patch = json!({ "username": waiting.username.to_uppercase() });
    let rename = ada.client.patch_profile(&patch).await?;
    rename.refused(409, "username_taken")?;
    Ok(())
}

/// Otherwise whoever signs up with somebody's address guesses without an end.
async fn a_waiting_password_wipes_out_no_failures(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let eve = Person {
        email: ada.email.clone(),
        ..Person::new("eve")
    };
    target.registered(&eve).await?;
    for n in 0..5 {
        let client = target.client().await?;
        let guess = client.login(&ada.email, &new_password()).await?;
        guess.refused(401, "invalid_credentials")?;
        if n < 4 {
            let own = client.login(&ada.email, &eve.password).await?;
            own.refused(403, "email_unverified")?;
        }
    }
    let client = target.client().await?;
    let guess = client.login(&ada.email, &new_password()).await?;
    guess.refused(429, "too_many_attempts")?;
    Ok(())
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
    let token = inbox.token().await?;
    client.confirm(&token, &person.password).await?.ok()?;
    Ok(())
}

async fn a_link_still_comes_after_refused_tries(target: &Target) -> Result<()> {
    let (ada, eve) = (Person::new("ada"), target.signed_up("eve").await?.person);
    for _ in 0..4 {
        let refused = Person {
            username: eve.username.clone(),
            ..ada.clone()
        };
        let reply = target.client().await?.register(&refused).await?;
        reply.refused(409, "username_taken")?;
    }
    target.confirmed_by_mail(&ada).await
}

/// Mail scanners open links before people do.
async fn opening_the_link_changes_nothing(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    let token = target.registered_with_token(&person).await?;
    let client = target.client().await?;
    for path in [format!("/verify?token={token}"), format!("/verify/{token}")] {
        let status = client.get(&path).await?.status.as_u16();
        ensure!(matches!(status, 404 | 405), "GET {path} answered {status}");
    }
    client.confirm(&token, &person.password).await?.ok()?;
    Ok(())
}

/// They may be a squatter's, who waited for the owner to confirm.
async fn confirming_ends_earlier_sessions(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    let token = target.registered_with_token(&person).await?;
    let desk = target.signed_in_by_password(person.clone()).await?;
    let phone = target.signed_in_by_password(person.clone()).await?;
    let stranger = target.client().await?.verify(&token).await?;
    stranger.refused(401, "invalid_credentials")?;
    let before = desk.client.copy();
    let grant = desk.client.verify(&token).await?.ok()?;
    shape::grant(grant.json(), target.strategy().await?, true)?;
    ensure!(grant.json()["user"]["email_verified"] == true, "{grant}");
    target.signed_out(&before).await?;
    target.signed_out(&phone.client).await?;
    target.still_in(&desk.client).await
}

async fn a_disabled_account_confirms_nothing(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    let token = target.registered_with_token(&person).await?;
    let operator = target.operator.as_ref().context("no operator")?;
    operator.disable(&person.username).await?;
    let client = target.client().await?;
    for reply in [
        client.verify(&token).await?,
        client.confirm(&token, &person.password).await?,
    ] {
        reply.refused(400, "invalid_token")?;
    }
    Ok(())
}

/// Otherwise anybody could have mail sent to anybody.
async fn an_unconfirmed_account_is_sent_no_notices(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    target.registered_with_token(&person).await?;
    let eve = target.signed_in_by_password(person.clone()).await?;
    let before = target.mailbox.all(&person.email).await?.len();
    for _ in 0..3 {
        let patch = json!({ "username": Person::new("eve").username });
        eve.client.patch_profile(&patch).await?.ok()?;
    }
    let patch = json!({ "email": Person::new("other").email });
    eve.client.patch_profile(&patch).await?.ok()?;
    let new = new_password();
    let change = eve.client.change_password(&person.password, &new).await?;
    change.ok()?;
    eve.client.delete_profile(Some(&new)).await?.ok()?;
    // A mail that must not come is only missing once a later one has arrived.
    target
        .registered_with_token(&Person::new("barrier"))
        .await?;
    let after = target.mailbox.all(&person.email).await?.len();
    ensure!(after == before, "{} notices were mailed", after - before);
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
