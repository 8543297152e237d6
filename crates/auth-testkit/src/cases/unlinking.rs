//! Taking identities from an account.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{at_once, exactly};
use crate::account::Person;
use crate::case::cases;
use crate::compare::same_answer;
use crate::provider::Decision;
use crate::target::{Account, Target};

cases! { "unlinking":
    an_unlinked_identity_signs_in_no_more [Providers],
    an_unlinked_identity_takes_its_sessions_along [Providers],
    the_last_way_to_sign_in_stays [Providers],
    parallel_unlinks_of_the_last_two_leave_one [Providers],
    a_password_lets_the_last_identity_go [Providers],
    an_unknown_identity_and_anothers_are_the_same [Providers],
    unlinking_needs_a_fresh_sign_in_or_the_password [Providers, ShortLifetimes],
    a_wrong_password_unlinks_nothing [Providers],
    the_owner_is_told [Providers],
    an_unlinked_identity_can_make_an_account_of_its_own [Providers],
    a_foreign_site_unlinks_nothing [Providers, Cookie],
}

/// An account with an identity at each of two providers; the second one's person.
async fn linked(target: &Target) -> Result<(Account, Person)> {
    let ada = target.newcomer("ada").await?;
    let work = Person::new("work");
    let two = &target.providers()?.two;
    let reply = ada.client.link(two, &Decision::of(&work)).await?;
    reply.is(303)?;
    Ok((ada, work))
}

/// The ids of an account's identities, the first linked first.
async fn ids(account: &Account) -> Result<Vec<String>> {
    let identities = account.client.identities().await?;
    let id = |one: &Value| one["id"].as_str().map(str::to_owned);
    let ids: Option<Vec<_>> = identities.iter().map(id).collect();
    ids.context("an identity has no id")
}

async fn an_unlinked_identity_signs_in_no_more(target: &Target) -> Result<()> {
    let (ada, _) = linked(target).await?;
    let first = &ids(&ada).await?[0];
    let reply = ada.client.unlink(first).await?;
    reply.says(&json!({"status": "unlinked"}))?;
    ensure!(ids(&ada).await?.len() == 1);
    target.still_in(&ada.client).await?;
    // The address is still the account's, so the identity makes no other one.
    let client = target.client().await?;
    let decision = Decision::of(&ada.person);
    let reply = client.through(target.provider()?, &decision).await?;
    reply.refused(409, "link_required")?;
    client.profile().await?.unauthenticated()?;
    Ok(())
}

/// But for the one that unlinks it, which has just shown whose it is.
async fn an_unlinked_identity_takes_its_sessions_along(target: &Target) -> Result<()> {
    let (ada, work) = linked(target).await?;
    let two = &target.providers()?.two;
    let (thief, own) = (target.client().await?, target.client().await?);
    thief.arrive(two, &Decision::of(&work)).await?;
    target.still_in(&thief).await?;
    let decision = Decision::of(&ada.person);
    own.arrive(target.provider()?, &decision).await?;
    thief.refresh().await?.ok()?;
    ada.client.unlink(&ids(&ada).await?[1]).await?.ok()?;
    target.signed_out(&thief).await?;
    target.still_in(&own).await?;
    target.still_in(&ada.client).await?;
    ada.client
        .unlink(&ids(&ada).await?[0])
        .await?
        .refused(409, "last_sign_in_method")?;
    target.still_in(&ada.client).await
}

async fn the_last_way_to_sign_in_stays(target: &Target) -> Result<()> {
    let (ada, work) = linked(target).await?;
    let both = ids(&ada).await?;
    ada.client.unlink(&both[0]).await?.ok()?;
    let last = ada.client.unlink(&both[1]).await?;
    last.refused(409, "last_sign_in_method")?;
    let phone = target.client().await?;
    let two = &target.providers()?.two;
    phone.arrive(two, &Decision::of(&work)).await?;
    let user = phone.profile().await?.ok()?;
    ensure!(user.json()["id"] == ada.id, "{user}");
    Ok(())
}

async fn parallel_unlinks_of_the_last_two_leave_one(target: &Target) -> Result<()> {
    for _ in 0..5 {
        let (ada, _) = linked(target).await?;
        let both = ids(&ada).await?;
        let unlinks = both.iter().map(|id| ada.client.unlink(id));
        exactly(&at_once(unlinks).await?, 1, 200, 409)?;
        ensure!(ids(&ada).await?.len() == 1, "no way to sign in is left");
    }
    Ok(())
}

async fn a_password_lets_the_last_identity_go(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let only = ids(&ada).await?.pop().context("no identity")?;
    let last = ada.client.unlink(&only).await?;
    last.refused(409, "last_sign_in_method")?;
    target.set_password(&ada.person).await?;
    target.link_again(&ada.person).await?;
    let ada = target.signed_in_by_password(ada.person).await?;
    let only = ids(&ada).await?.pop().context("no identity")?;
    ada.client.unlink(&only).await?.ok()?;
    ensure!(ids(&ada).await?.is_empty());
    target.signed_in_by_password(ada.person).await?;
    Ok(())
}

async fn an_unknown_identity_and_anothers_are_the_same(target: &Target) -> Result<()> {
    let (ada, _) = linked(target).await?;
    let bob = target.newcomer("bob").await?;
    let bobs = ids(&bob).await?.pop().context("no identity")?;
    let unknown = ada.client.unlink(&Uuid::now_v7().to_string()).await?;
    let unknown = unknown.refused(404, "not_found")?;
    same_answer(&unknown, &ada.client.unlink(&bobs).await?)?;
    same_answer(&unknown, &ada.client.unlink("nonsense").await?)?;
    // Also for one who has nothing left to lose.
    bob.client
        .unlink(&ids(&ada).await?[0])
        .await?
        .refused(404, "not_found")?;
    ensure!(ids(&bob).await? == [bobs], "an identity was lost");
    Ok(())
}

async fn unlinking_needs_a_fresh_sign_in_or_the_password(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?.person;
    target.set_password(&ada).await?;
    target.link_again(&ada).await?;
    let ada = target.signed_in(ada).await?;
    let id = ids(&ada).await?.pop().context("no identity")?;
    target.turns_stale(&ada.client).await?;
    let stale = ada.client.unlink(&id).await?;
    stale.refused(403, "reauth_required")?;
    with_password(&ada, &id, &ada.person.password).await?.ok()?;
    Ok(())
}

async fn with_password(ada: &Account, id: &str, password: &str) -> Result<crate::client::Reply> {
    let call = ada
        .client
        .call(Method::DELETE, &format!("/identities/{id}"));
    let body = json!({ "current_password": password });
    call.json(&body).send().await
}

async fn a_wrong_password_unlinks_nothing(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?.person;
    target.set_password(&ada).await?;
    target.link_again(&ada).await?;
    let ada = target.signed_in_by_password(ada).await?;
    let id = ids(&ada).await?.pop().context("no identity")?;
    let reply = with_password(&ada, &id, "quite another one").await?;
    reply.refused_field("current_password", "wrong_password")?;
    ensure!(ids(&ada).await? == [id]);
    Ok(())
}

async fn the_owner_is_told(target: &Target) -> Result<()> {
    let (ada, _) = linked(target).await?;
    // The mail about the link comes first.
    let all = target.mailbox.wait_for(
        &ada.person.email,
        &|mail| mail.link().is_none(),
        std::time::Duration::from_secs(20),
    );
    all.await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    ada.client.unlink(&ids(&ada).await?[1]).await?.ok()?;
    inbox.notice().await?;
    Ok(())
}

async fn an_unlinked_identity_can_make_an_account_of_its_own(target: &Target) -> Result<()> {
    let (ada, work) = linked(target).await?;
    ada.client.unlink(&ids(&ada).await?[1]).await?.ok()?;
    let client = target.client().await?;
    let two = &target.providers()?.two;
    client.arrive(two, &Decision::of(&work)).await?;
    let user = client.profile().await?.ok()?;
    ensure!(user.json()["id"] != ada.id, "the identity was not unlinked");
    Ok(())
}

async fn a_foreign_site_unlinks_nothing(target: &Target) -> Result<()> {
    let (ada, _) = linked(target).await?;
    let both = ids(&ada).await?;
    let path = format!("/identities/{}", both[0]);
    for (method, path) in [(Method::DELETE, &*path), (Method::POST, "/oauth/two/link")] {
        let call = ada.client.call(method, path);
        let call = call.header("sec-fetch-site", "cross-site");
        call.send().await?.refused(403, "cross_origin")?;
    }
    ensure!(ids(&ada).await? == both);
    Ok(())
}
