//! Accounts that somebody prepares for somebody else: the five classic attacks (Sudhodanan
//! and Paverd, "Pre-hijacked accounts", USENIX Security 2022). Where addresses need not be
//! confirmed the attacker gets further, and still to nothing.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::account::{Person, new_password};
use crate::case::cases;
use crate::client::Client;
use crate::provider::{Decision, Misbehaviour};
use crate::target::{Account, Target};

cases! { "prehijacking":
    classic_federated_merge [Providers, VerificationRequired],
    classic_federated_merge_of_an_account_in_use [Providers, VerificationOptional],
    unexpired_session [Providers, VerificationOptional],
    unexpired_session_of_a_link_under_way [Providers, VerificationOptional],
    trojan_identifier [Providers, VerificationOptional],
    trojan_identifier_at_a_provider [Providers],
    unexpired_email_change_to_the_victims_address [Providers],
    unexpired_email_change_away_from_the_victims_address [Providers, VerificationOptional],
    unexpired_email_change_still_in_the_queue [Providers, VerificationOptional],
    a_squatters_identity_does_not_survive_the_recovery [Providers],
    the_owners_identity_survives_a_later_recovery [Providers],
    non_verifying_provider [Providers],
    non_verifying_provider_after_the_victim [Providers],
}

/// What the attacker fills in: their own password, and the victim's address.
fn with_the_address_of(victim: &Person) -> Person {
    Person {
        email: victim.email.clone(),
        ..Person::new("attacker")
    }
}

/// The attacker's account in the victim's name, signed in.
async fn squatted(target: &Target, victim: &Person) -> Result<Account> {
    let attacker = with_the_address_of(victim);
    // The mail that this sends is awaited, so that it is not taken for a later one.
    target.registered_with_token(&attacker).await?;
    target.signed_in_by_password(attacker).await
}

/// The victim finds the address in use, and recovers the account by its mail.
async fn recovered(target: &Target, victim: &Person) -> Result<()> {
    let client = target.client().await?;
    let decision = Decision::of(victim);
    let reply = client.through(target.provider()?, &decision).await?;
    reply.refused(409, "link_required")?;
    target.set_password(victim).await
}

/// The attacker's password opens nothing. That of a sign-up that waits is told as such.
async fn locked_out(target: &Target, attacker: &Person) -> Result<()> {
    let client = target.client().await?;
    for identifier in [&attacker.username, &attacker.email] {
        let login = client.login(identifier, &attacker.password).await?;
        match target.strategy().await?.verification_required() {
            true => login.refused(403, "email_unverified")?,
            false => login.refused(401, "invalid_credentials")?,
        };
    }
    Ok(())
}

/// The attacker registers the victim's address; the victim signs up through a provider.
async fn classic_federated_merge(target: &Target) -> Result<()> {
    let victim = Person::new("victim");
    let attacker = with_the_address_of(&victim);
    let token = target.registered_with_token(&attacker).await?;
    let account = target.come_as(victim).await?;
    locked_out(target, &attacker).await?;
    let client = target.client().await?;
    let late = client.confirm(&token, &attacker.password).await?;
    late.refused(400, "invalid_token")?;
    let user = account.client.profile().await?.ok()?;
    ensure!(user.json()["has_password"] == false, "{user}");
    ensure!(user.json()["username"] == account.person.username, "{user}");
    // The other way round, too: registering what belongs to somebody changes nothing.
    let again = with_the_address_of(&account.person);
    client.register(&again).await?.is(202)?;
    locked_out(target, &again).await?;
    target.still_in(&account.client).await
}

async fn classic_federated_merge_of_an_account_in_use(target: &Target) -> Result<()> {
    let victim = Person::new("victim");
    let attacker = squatted(target, &victim).await?;
    recovered(target, &victim).await?;
    locked_out(target, &attacker.person).await?;
    let client = target.client().await?;
    client.login(&victim.email, &victim.password).await?.ok()?;
    ensure!(client.identities().await?.is_empty());
    let listed = client.sessions().await?.ok()?;
    let sessions = listed.json()["sessions"].as_array();
    ensure!(sessions.is_some_and(|all| all.len() == 1), "{listed}");
    Ok(())
}

/// The attacker signs in and stays signed in while the victim recovers the account.
async fn unexpired_session(target: &Target) -> Result<()> {
    let victim = Person::new("victim");
    let attacker = squatted(target, &victim).await?;
    let desk = target
        .signed_in_by_password(attacker.person.clone())
        .await?;
    desk.client.refresh().await?.ok()?;
    recovered(target, &victim).await?;
    target.signed_out(&attacker.client).await?;
    target.signed_out(&desk.client).await
}

/// Linking is for confirmed accounts, so there is no flow to keep open either.
async fn unexpired_session_of_a_link_under_way(target: &Target) -> Result<()> {
    let victim = Person::new("victim");
    let attacker = squatted(target, &victim).await?;
    let begin = attacker.client.ask_to_link("two", &json!({})).await?;
    begin.refused(403, "email_unverified")?;
    // Began as a sign-in, it still signs in as the attacker alone.
    let own = Person::new("attacker");
    let two = &target.providers()?.two;
    let callback = attacker.client.visit(two, &Decision::of(&own)).await?;
    recovered(target, &victim).await?;
    let landed = attacker.client.come_back(&callback).await?;
    attacker.client.land(&landed).await?;
    let user = attacker.client.profile().await?.ok()?;
    ensure!(user.json()["email"] == own.email, "{user}");
    Ok(())
}

/// The attacker adds an identifier of their own before the victim comes.
async fn trojan_identifier(target: &Target) -> Result<()> {
    let victim = Person::new("victim");
    let attacker = squatted(target, &victim).await?;
    let (own, two) = (Person::new("attacker"), &target.providers()?.two);
    let link = attacker.client.ask_to_link("two", &json!({})).await?;
    link.refused(403, "email_unverified")?;
    recovered(target, &victim).await?;
    ensure!(comes_as_another(target, &own, &attacker.id).await?);
    let client = target.client().await?;
    client.login(&victim.email, &victim.password).await?.ok()?;
    ensure!(client.identities().await?.is_empty(), "an identity is left");
    client.link(two, &Decision::of(&victim)).await?.is(303)?;
    Ok(())
}

/// Whether who comes from the second provider has another account than this one.
async fn comes_as_another(target: &Target, person: &Person, id: &str) -> Result<bool> {
    let client = target.client().await?;
    let two = &target.providers()?.two;
    client.arrive(two, &Decision::of(person)).await?;
    Ok(client.profile().await?.ok()?.json()["id"] != id)
}

/// The attacker has an identity that claims the victim's address, unconfirmed.
async fn trojan_identifier_at_a_provider(target: &Target) -> Result<()> {
    let victim = Person::new("victim");
    let attacker = target.newcomer("attacker").await?;
    let two = &target.providers()?.two;
    let trojan = Decision::of(&with_the_address_of(&victim));
    let trojan = trojan.misbehaving(Misbehaviour::UnverifiedEmail);
    attacker.client.link(two, &trojan).await?.is(303)?;
    let victim = target.come_as(victim).await?;
    let client = target.client().await?;
    client.arrive(two, &trojan).await?;
    let user = client.profile().await?.ok()?;
    ensure!(user.json()["id"] == attacker.id, "{user}");
    ensure!(user.json()["email"] == attacker.person.email, "{user}");
    ensure!(
        victim.id != attacker.id,
        "the victim got the attacker's account"
    );
    target.still_in(&victim.client).await
}

/// Asks for another address; gives nothing, since the mail may be slow.
async fn asks_for(client: &Client, email: &str) -> Result<()> {
    let patch = json!({ "email": email });
    client.patch_profile(&patch).await?.ok()?;
    Ok(())
}

/// The attacker's account waits for the victim to confirm its address.
async fn unexpired_email_change_to_the_victims_address(target: &Target) -> Result<()> {
    let attacker = target.newcomer("attacker").await?;
    let victim = Person::new("victim");
    let mut inbox = target.inbox(&victim.email).await?;
    asks_for(&attacker.client, &victim.email).await?;
    let token = inbox.token().await?;
    let victim = target.come_as(victim).await?;
    ensure!(
        victim.id != attacker.id,
        "the victim got the attacker's account"
    );
    // Even when the victim follows the link that came first.
    let reply = target.client().await?.verify(&token).await?;
    ensure!(reply.status.is_client_error(), "{reply}");
    let user = attacker.client.profile().await?.ok()?;
    ensure!(user.json()["email"] == attacker.person.email, "{user}");
    let user = victim.client.profile().await?.ok()?;
    ensure!(user.json()["email"] == victim.person.email, "{user}");
    Ok(())
}

/// The attacker holds a link that would move the account to their own address.
async fn unexpired_email_change_away_from_the_victims_address(target: &Target) -> Result<()> {
    let victim = Person::new("victim");
    let attacker = squatted(target, &victim).await?;
    let own = Person::new("attacker").email;
    let mut inbox = target.inbox(&own).await?;
    asks_for(&attacker.client, &own).await?;
    let token = inbox.token().await?;
    recovered(target, &victim).await?;
    let late = target.client().await?.verify(&token).await?;
    late.refused(400, "invalid_token")?;
    still_the_victims(target, &victim).await
}

async fn still_the_victims(target: &Target, victim: &Person) -> Result<()> {
    let client = target.client().await?;
    let grant = client.login(&victim.email, &victim.password).await?.ok()?;
    ensure!(grant.json()["user"]["email"] == victim.email, "{grant}");
    Ok(())
}

/// The same while the mail with the link is still on its way.
async fn unexpired_email_change_still_in_the_queue(target: &Target) -> Result<()> {
    let victim = Person::new("victim");
    let attacker = squatted(target, &victim).await?;
    let own = Person::new("attacker").email;
    let (mut victims, client) = (target.inbox(&victim.email).await?, target.client().await?);
    client.forgot(&victim.email).await?.is(202)?;
    let reset = victims
        .next(&|mail| {
            mail.link()
                .is_some_and(|link| link.path().contains("reset"))
        })
        .await?
        .token()?;
    asks_for(&attacker.client, &own).await?;
    client.reset(&reset, &victim.password).await?.ok()?;
    // Mail is sent in order, so what is to come has come before this.
    let barrier = target.newcomer("barrier").await?.person;
    target.set_password(&barrier).await?;
    for mail in target.mailbox.all(&own).await? {
        if let Ok(token) = mail.token() {
            let late = client.verify(&token).await?;
            late.refused(400, "invalid_token")?;
        }
    }
    still_the_victims(target, &victim).await
}

/// The attacker's account at a provider that vouches for what it never checked.
async fn a_squatters_identity_does_not_survive_the_recovery(target: &Target) -> Result<()> {
    let victim = Person::new("victim");
    let attacker = target.come_as(with_the_address_of(&victim)).await?;
    target.set_password(&victim).await?;
    target.signed_out(&attacker.client).await?;
    let client = target.client().await?;
    let decision = Decision::of(&attacker.person);
    let reply = client.through(target.provider()?, &decision).await?;
    reply.refused(409, "link_required")?;
    client.profile().await?.unauthenticated()?;
    client.login(&victim.email, &victim.password).await?.ok()?;
    ensure!(client.identities().await?.is_empty(), "an identity is left");
    Ok(())
}

async fn the_owners_identity_survives_a_later_recovery(target: &Target) -> Result<()> {
    let ada = Person::new("ada");
    target.confirmed_by_mail(&ada).await?;
    target.link_again(&ada).await?;
    target.set_password(&ada).await?;
    target.come_as(ada).await?;
    Ok(())
}

/// The attacker comes first, from a provider that confirms no addresses.
async fn non_verifying_provider(target: &Target) -> Result<()> {
    let victim = Person::new("victim");
    let (two, attacker) = (&target.providers()?.two, with_the_address_of(&victim));
    let claim = Decision::of(&attacker).misbehaving(Misbehaviour::UnverifiedEmail);
    let client = target.client().await?;
    let first = client.through(two, &claim).await?;
    first.refused(403, "email_unverified")?;
    let victim = target.come_as(victim).await?;
    let again = client.through(two, &claim).await?;
    ensure!(again.status == 403 || again.status == 409, "{again}");
    client.profile().await?.unauthenticated()?;
    ensure!(victim.client.identities().await?.len() == 1);
    Ok(())
}

/// The victim comes first, with a password or through a provider.
async fn non_verifying_provider_after_the_victim(target: &Target) -> Result<()> {
    let (by_mail, by_provider) = (Person::new("victim"), Person::new("victim"));
    target.confirmed_by_mail(&by_mail).await?;
    target.come_as(by_provider.clone()).await?;
    let two = &target.providers()?.two;
    for victim in [by_mail, by_provider] {
        let claim = Decision::of(&with_the_address_of(&victim));
        for claim in [
            claim.clone(),
            claim.misbehaving(Misbehaviour::UnverifiedEmail),
        ] {
            let client = target.client().await?;
            let reply = client.through(two, &claim).await?;
            ensure!(reply.status == 403 || reply.status == 409, "{reply}");
            client
                .change_password("", &new_password())
                .await?
                .unauthenticated()?;
        }
    }
    Ok(())
}
