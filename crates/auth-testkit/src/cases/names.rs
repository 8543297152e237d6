//! The names of people and accounts, as the world writes them.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::account::{Person, unique};
use crate::case::cases;
use crate::target::Target;

cases! { "names":
    blanks_around_an_identifier_are_dropped,
    a_person_may_have_one_name,
    usernames_are_written_with_their_marks,
    names_that_nobody_can_see_are_refused,
    marks_of_direction_stand_in_hebrew_and_arabic_names,
    a_lookalike_of_a_username_is_taken,
    reserved_usernames_are_refused,
    sequences_repeats_and_joins_are_no_passwords,
    a_password_is_judged_alike_wherever_it_is_set,
}

async fn blanks_around_an_identifier_are_dropped(target: &Target) -> Result<()> {
    let (ada, bob) = (target.signed_up("ada").await?.person, Person::new("bob"));
    let client = target.client().await?;
    for identifier in [
        format!("{} ", ada.email),
        format!(" {}", ada.email.to_uppercase()),
        format!("\t{}\u{3000}", ada.username),
    ] {
        client.login(&identifier, &ada.password).await?.ok()?;
    }
    let username = format!(" {}x ", ada.username);
    let renamed = client
        .patch_profile(&json!({ "username": username }))
        .await?;
    ensure!(renamed.ok()?.json()["username"] == username.trim());
    let mut inbox = target.inbox(&ada.email).await?;
    client.forgot(&format!(" {} ", ada.email)).await?.is(202)?;
    inbox.token().await?;

    let mut inbox = target.inbox(&bob.email).await?;
    let with_blanks = Person {
        username: format!(" {}\u{a0}", bob.username),
        email: format!("{} \u{200b}", bob.email),
        ..bob
    };
    target.registered(&with_blanks).await?;
    inbox.token().await?;
    client.resend(&with_blanks.email).await?.is(202)?;
    Ok(())
}

async fn a_person_may_have_one_name(target: &Target) -> Result<()> {
    let one = Person {
        last_name: String::new(),
        ..Person::new("sukarno")
    };
    target.registered(&one).await?;
    let ada = target.signed_up("ada").await?;
    let patched = ada
        .client
        .patch_profile(&json!({ "last_name": " " }))
        .await?;
    let patched = patched.ok()?;
    ensure!(patched.json()["last_name"] == "", "{patched}");
    let nameless = ada
        .client
        .patch_profile(&json!({ "first_name": "" }))
        .await?;
    nameless.refused_field("first_name", "required")?;
    Ok(())
}

/// Digits that never come twice: letters would be of another script.
fn digits() -> String {
    let hex = unique();
    let digits = hex.chars().map(|c| c.to_digit(16).unwrap_or_default() % 10);
    digits.map(|digit| digit.to_string()).collect()
}

async fn usernames_are_written_with_their_marks(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for name in [
        "नमस्ते",
        "தமிழ்",
        "ก้อง",
        "বাংলা",
        "ಕನ್ನಡ",
        "မြန်မာ",
        "مُحَمَّد",
        "שָׁלוֹם",
    ] {
        let wanted = format!("{name}{}", digits());
        let patch = json!({ "username": wanted });
        ada.client.patch_profile(&patch).await?.ok()?;
        ada.client
            .login(&wanted, &ada.person.password)
            .await?
            .ok()?;
    }
    for name in ["\u{947}कमल", "क\u{94d}\u{94d}\u{94d}"] {
        let refused = ada
            .client
            .patch_profile(&json!({ "username": name }))
            .await?;
        refused.refused_field("username", "invalid_characters")?;
    }
    Ok(())
}

async fn names_that_nobody_can_see_are_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for unseen in [
        "\u{200b}\u{200b}\u{200b}",
        "\u{3164}\u{3164}\u{3164}",
        "\u{2060}\u{feff}\u{ad}",
    ] {
        for field in ["first_name", "last_name", "username"] {
            let reply = ada.client.patch_profile(&json!({ field: unseen })).await?;
            let reply = reply.refused(422, "validation_failed")?;
            ensure!(reply.field_errors()[0].0 == field, "{reply}");
        }
    }
    Ok(())
}

async fn marks_of_direction_stand_in_hebrew_and_arabic_names(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for (first, last) in [
        ("\u{200f}שרה", "כהן\u{200e}"),
        ("\u{61c}فاطمة", "علي\u{200f}"),
    ] {
        let patch = json!({ "first_name": first, "last_name": last });
        ada.client.patch_profile(&patch).await?.ok()?;
    }
    for forged in ["שרה\u{202e}", "\u{2067}שרה\u{2069}", "Ada\u{200f}"] {
        let reply = ada
            .client
            .patch_profile(&json!({ "last_name": forged }))
            .await?;
        reply.refused_field("last_name", "invalid_characters")?;
    }
    Ok(())
}

async fn a_lookalike_of_a_username_is_taken(target: &Target) -> Result<()> {
    let (ada, eve) = (
        target.signed_up("modern_lily").await?,
        target.signed_up("eve").await?,
    );
    let name = &ada.person.username;
    for lookalike in [
        name.replace('l', "1"),
        name.replace("m", "rn"),
        name.replace('l', "I"),
    ] {
        let patch = json!({ "username": lookalike });
        let reply = eve.client.patch_profile(&patch).await?;
        reply.refused(409, "username_taken")?;
        let person = Person {
            username: lookalike,
            ..Person::new("eve")
        };
        let reply = target.client().await?.register(&person).await?;
        reply.refused(409, "username_taken")?;
    }
    // One's own name may be written in another way.
    let patch = json!({ "username": name.to_uppercase() });
    ada.client.patch_profile(&patch).await?.ok()?;
    Ok(())
}

async fn reserved_usernames_are_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for name in ["admin", "Root", "postmaster", "support_", "adm\u{131}n"] {
        let person = Person {
            username: name.to_owned(),
            ..Person::new("ada")
        };
        let code = if name.is_ascii() {
            "reserved"
        } else {
            "confusable"
        };
        let reply = target.client().await?.register(&person).await?;
        reply.refused_field("username", code)?;
        let reply = ada
            .client
            .patch_profile(&json!({ "username": name }))
            .await?;
        reply.refused_field("username", code)?;
    }
    Ok(())
}

const GUESSABLE: [&str; 6] = [
    "abcdefghijklmnopq",
    "poiuytrewqlkjhgfdsa",
    "aaaaaaaaaaaaaaaaaa",
    "password1password1",
    "dragonmonkey-204",
    "0123456789abcdefgh",
];

async fn sequences_repeats_and_joins_are_no_passwords(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for password in GUESSABLE {
        let form = Person::new("ada").with_password(password);
        let reply = client.register(&form).await?;
        reply.refused_field("password", "too_guessable")?;
    }
    let phrase = Person::new("ada").with_password("dragon monkey shadow hunter");
    target.registered(&phrase).await
}

/// Composed or decomposed, in letters or as a domain is written in mail.
async fn a_password_is_judged_alike_wherever_it_is_set(target: &Target) -> Result<()> {
    let mark = unique();
    let zoe = Person {
        first_name: format!("Zoe\u{308}lla{mark}"),
        email: format!("zoe.{mark}@xn--bcherwrm-65af.example.org"),
        ..Person::new("zoe")
    };
    let stranger = Person {
        username: Person::new("zoe").username,
        ..zoe.clone()
    };
    target.confirmed(&zoe).await?;
    let mut inbox = target.inbox(&zoe.email).await?;
    let account = target.signed_in_by_password(zoe.clone()).await?;
    let client = target.client().await?;
    client.forgot(&zoe.email).await?.is(202)?;
    let token = inbox.token().await?;
    for unfit in [
        format!("zoëlla{mark}1815"),
        "Bücherwürm bücherwürm1".to_owned(),
    ] {
        let form = stranger.with_password(&unfit);
        let reply = client.register(&form).await?;
        reply.refused_field("password", "too_guessable")?;
        let reply = account.client.change_password(&zoe.password, &unfit);
        reply
            .await?
            .refused_field("new_password", "too_guessable")?;
        let reply = client.reset(&token, &unfit).await?;
        reply.refused_field("password", "too_guessable")?;
    }
    Ok(())
}
