//! Which passwords are accepted, and that they are compared to the last bit.

use anyhow::Result;

use crate::account::{Person, unique};
use crate::case::cases;
use crate::target::Target;

cases! { "passwords":
    a_password_is_matched_exactly,
    a_password_matches_in_any_normal_form,
    long_passwords_count_to_the_last_character,
    a_password_beyond_the_maximum_is_refused_everywhere,
    length_counts_characters_not_bytes,
    a_common_password_is_refused,
    a_password_made_of_the_accounts_words_is_refused,
    there_are_no_composition_rules,
}

async fn a_password_is_matched_exactly(target: &Target) -> Result<()> {
    let typed = format!(" Correct Horse {} ", unique());
    let ada = Person::new("ada").with_password(&typed);
    target.confirmed(&ada).await?;
    for (n, wrong) in near_misses(&typed).into_iter().enumerate() {
        if n == 3 {
            // Forgives what was wrong before, so that no limit answers instead.
            target.signed_in_by_password(ada.clone()).await?;
        }
        let reply = target.client().await?.login(&ada.username, &wrong).await?;
        reply.refused(401, "invalid_credentials")?;
    }
    target.signed_in_by_password(ada).await?;
    Ok(())
}

fn near_misses(typed: &str) -> [String; 6] {
    [
        typed.trim().to_owned(),
        format!("{typed} "),
        typed.to_lowercase(),
        typed.to_uppercase(),
        format!("{typed}\u{0}"),
        typed.replace(' ', "\u{a0}"),
    ]
}

async fn a_password_matches_in_any_normal_form(target: &Target) -> Result<()> {
    let mark = unique();
    let composed = Person::new("ada").with_password(&format!("caf\u{e9} \u{1e9b}\u{323} {mark}"));
    target.confirmed(&composed).await?;
    let decomposed = format!("cafe\u{301} \u{17f}\u{323}\u{307} {mark}");
    target
        .signed_in_by_password(composed.with_password(&decomposed))
        .await?;
    Ok(())
}

async fn long_passwords_count_to_the_last_character(target: &Target) -> Result<()> {
    let maximum = target.strategy().await?.password.max_length;
    for length in [64, 73, maximum] {
        let typed: String = format!("{}🐎é", unique())
            .chars()
            .cycle()
            .take(length)
            .collect();
        let ada = Person::new("ada").with_password(&typed);
        target.confirmed(&ada).await?;
        target.signed_in_by_password(ada.clone()).await?;
        let kept = typed.chars().take(length - 1);
        let other: String = kept.chain(['Z']).collect();
        let reply = target.client().await?.login(&ada.username, &other).await?;
        reply.refused(401, "invalid_credentials")?;
    }
    Ok(())
}

async fn a_password_beyond_the_maximum_is_refused_everywhere(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let too_long = "🐎".repeat(target.strategy().await?.password.max_length + 1);
    let client = target.client().await?;
    let form = Person::new("eve").with_password(&too_long);
    client
        .register(&form)
        .await?
        .refused_field("password", "too_long")?;
    let login = client.login(&ada.person.username, &too_long).await?;
    login.refused(401, "invalid_credentials")?;
    let change = ada
        .client
        .change_password(&ada.person.password, &too_long)
        .await?;
    change.refused_field("new_password", "too_long")?;
    Ok(())
}

async fn length_counts_characters_not_bytes(target: &Target) -> Result<()> {
    let minimum = target.strategy().await?.password.min_length;
    let client = target.client().await?;
    let short = Person::new("ada").with_password(&"🐎".repeat(minimum - 1));
    client
        .register(&short)
        .await?
        .refused_field("password", "too_short")?;
    let enough: String = "🐎🐘🐁🐂🐅🐇🐉🐍🐐🐒"
        .chars()
        .cycle()
        .take(minimum)
        .collect();
    target
        .registered(&Person::new("ada").with_password(&enough))
        .await
}

async fn a_common_password_is_refused(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let minimum = target.strategy().await?.password.min_length;
    let common = [
        "password",
        "PassWord",
        "1234567890",
        "iloveyou",
        "qwertyuiop",
    ];
    for password in common.into_iter().filter(|p| p.len() >= minimum) {
        let form = Person::new("ada").with_password(password);
        client
            .register(&form)
            .await?
            .refused_field("password", "too_common")?;
    }
    Ok(())
}

async fn a_password_made_of_the_accounts_words_is_refused(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let ada = Person::new("ada");
    for password in [&ada.username, &ada.email, &ada.username.to_uppercase()] {
        let form = ada.with_password(password);
        client
            .register(&form)
            .await?
            .refused_field("password", "too_guessable")?;
    }
    Ok(())
}

async fn there_are_no_composition_rules(target: &Target) -> Result<()> {
    for password in ["ohbqxvtn zrkwpjcm", "8461037594620183", "§$%&/()=?§$%&/()"] {
        target
            .registered(&Person::new("ada").with_password(password))
            .await?;
    }
    Ok(())
}
