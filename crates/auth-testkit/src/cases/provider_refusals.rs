//! What keeps a person out who comes through a provider.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use tokio::time::{Instant, sleep};
use url::Url;

use crate::account::Person;
use crate::case::cases;
use crate::client::{Client, Reply};
use crate::provider::{Decision, Misbehaviour, Provider};
use crate::target::Target;

cases! { "provider_refusals":
    an_address_that_nobody_vouches_for_makes_no_account [Providers],
    whoever_declines_is_not_signed_in [Providers],
    a_browser_is_sent_back_with_the_error [Providers],
    a_confirmed_account_is_not_merged_and_can_be_linked [Providers],
    a_sign_up_does_not_stand_in_the_way [Providers, VerificationRequired],
    an_unconfirmed_account_is_not_merged [Providers, VerificationOptional],
    a_disabled_account_stays_out [Providers, Operator],
    a_false_answer_signs_nobody_in [Providers],
    a_false_answer_about_a_person_signs_nobody_in [Providers],
    a_provider_that_works_less_than_it_should_signs_nobody_in [Providers],
    a_changed_key_is_found [Providers],
    a_provider_out_of_order_breaks_only_its_own_button [Providers],
}

/// Expects that somebody does not get in, and has no account afterwards.
async fn kept_out(
    target: &Target,
    provider: &Provider,
    so: Misbehaviour,
    status: u16,
    code: &str,
) -> Result<()> {
    let (client, person) = (target.client().await?, Person::new("eve"));
    let decision = Decision::of(&person).misbehaving(so);
    let reply = client.through(provider, &decision).await?;
    let reply = reply.refused(status, code).with_context(|| so.title())?;
    ensure!(
        reply.set_cookies().is_empty(),
        "{so}: {reply} sets a cookie"
    );
    client.profile().await?.unauthenticated()?;
    // The name is free, so no account was made.
    target.registered(&person).await?;
    Ok(())
}

async fn all_kept_out(
    target: &Target,
    provider: &Provider,
    misbehaviours: &[Misbehaviour],
    status: u16,
    code: &str,
) -> Result<()> {
    let attempts = misbehaviours
        .iter()
        .map(|so| kept_out(target, provider, *so, status, code));
    try_join_all(attempts).await?;
    Ok(())
}

async fn an_address_that_nobody_vouches_for_makes_no_account(target: &Target) -> Result<()> {
    use Misbehaviour::{
        EmailVerifiedAsString, EmailsAsList, NoEmail, NoEmailVerified, UnverifiedEmail,
    };
    let providers = target.providers()?;
    let (status, code) = (403, "email_unverified");
    let vague = [
        UnverifiedEmail,
        NoEmail,
        NoEmailVerified,
        EmailsAsList,
        EmailVerifiedAsString,
    ];
    all_kept_out(target, &providers.one, &vague, status, code).await?;
    all_kept_out(target, &providers.two, &vague, status, code).await
}

async fn whoever_declines_is_not_signed_in(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let reply = client
        .through(target.provider()?, &Decision::declining())
        .await?;
    reply.refused(403, "access_denied")?;
    client.profile().await?.unauthenticated()?;
    // Who changes their mind gets in.
    let decision = Decision::of(&Person::new("ada"));
    client.arrive(target.provider()?, &decision).await
}

/// A browser comes back from the provider to a page that can show what went wrong.
async fn sent_back(target: &Target, decision: &Decision) -> Result<Reply> {
    let (client, provider) = (target.client().await?, target.provider()?);
    let start = client.start("one", "?return_to=/welcome?x=1").await?;
    let callback = provider.decide(start.location()?, decision).await?;
    client.come_back_to_a_page(&callback).await
}

async fn a_browser_is_sent_back_with_the_error(target: &Target) -> Result<()> {
    let eve = Decision::of(&Person::new("eve"));
    for (decision, code) in [
        (Decision::declining(), "access_denied"),
        (
            eve.clone().misbehaving(Misbehaviour::UnverifiedEmail),
            "email_unverified",
        ),
        (eve.misbehaving(Misbehaviour::WrongNonce), "provider_failed"),
    ] {
        let reply = sent_back(target, &decision).await?;
        let wanted = format!("/welcome?x=1#error={code}&provider=one");
        ensure!(reply.location()? == wanted, "{}", reply.location()?);
        ensure!(reply.set_cookies().is_empty(), "{reply} sets a cookie");
    }
    // Nothing is known of this flow, so there is no other place to go.
    let lost: Url = format!("{}/oauth/one/callback?state=x", target.base_url).parse()?;
    let reply = target.client().await?.come_back_to_a_page(&lost).await?;
    ensure!(reply.location()? == "/#error=invalid_flow&provider=one");
    Ok(())
}

async fn a_confirmed_account_is_not_merged_and_can_be_linked(target: &Target) -> Result<()> {
    let person = Person::new("ada");
    target.confirmed_by_mail(&person).await?;
    let ada = target.signed_in_by_password(person.clone()).await?;
    let before = ada.client.profile().await?.ok()?;
    let stranger = target.client().await?;
    let (provider, decision) = (target.provider()?, Decision::of(&person));
    let loud = decision.clone().with("email", &person.email.to_uppercase());
    for attempt in [&decision, &loud] {
        let reply = stranger.through(provider, attempt).await?;
        reply.refused(409, "link_required")?;
        stranger.profile().await?.unauthenticated()?;
    }
    ada.client.profile().await?.says(before.json())?;
    ensure!(ada.client.identities().await?.is_empty());
    ada.client.link(provider, &decision).await?.is(303)?;
    let phone = target.come_as(person).await?;
    ensure!(phone.id == ada.id, "the link leads to another account");
    target.still_in(&ada.client).await
}

async fn a_sign_up_does_not_stand_in_the_way(target: &Target) -> Result<()> {
    let squatter = Person::new("squatter");
    let token = target.registered_with_token(&squatter).await?;
    let owner = Person {
        email: squatter.email.clone(),
        ..Person::new("ada")
    };
    let owner = target.come_as(owner).await?;
    let client = target.client().await?;
    let late = client.confirm(&token, &squatter.password).await?;
    late.refused(400, "invalid_token")?;
    for identifier in [&squatter.username, &squatter.email] {
        let login = client.login(identifier, &squatter.password).await?;
        login.refused(403, "email_unverified")?;
    }
    let user = owner.client.profile().await?.ok()?;
    ensure!(user.json()["username"] == owner.person.username, "{user}");
    ensure!(user.json()["has_password"] == false, "{user}");
    Ok(())
}

async fn an_unconfirmed_account_is_not_merged(target: &Target) -> Result<()> {
    let squatter = Person::new("squatter");
    target.registered(&squatter).await?;
    let squatter = target.signed_in_by_password(squatter).await?;
    let owner = Person {
        email: squatter.person.email.clone(),
        ..Person::new("ada")
    };
    let client = target.client().await?;
    let decision = Decision::of(&owner);
    let reply = client.through(target.provider()?, &decision).await?;
    reply.refused(409, "link_required")?;
    client.profile().await?.unauthenticated()?;
    ensure!(squatter.client.identities().await?.is_empty());
    Ok(())
}

async fn a_disabled_account_stays_out(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let operator = target.operator.as_ref().context("no operator")?;
    operator.disable(&ada.person.username).await?;
    target.signed_out(&ada.client).await?;
    let client = target.client().await?;
    let decision = Decision::of(&ada.person);
    let reply = client.through(target.provider()?, &decision).await?;
    reply.refused(401, "invalid_credentials")?;
    client.profile().await?.unauthenticated()?;
    Ok(())
}

async fn a_false_answer_signs_nobody_in(target: &Target) -> Result<()> {
    use Misbehaviour as M;
    let false_ones = [
        M::WrongIss,
        M::WrongAud,
        M::ExtraAudWithoutAzp,
        M::WrongAzp,
        M::MissingSub,
        M::MissingIat,
        M::MissingExp,
        M::Expired,
        M::IatInFuture,
        M::MissingNonce,
        M::WrongNonce,
        M::WrongAtHash,
        M::UnknownKid,
        M::AlgNone,
        M::AlgHs256,
        M::BadSignature,
        M::NoIdToken,
        M::ExtraAud,
        M::AccessTokenAsIdToken,
        M::MacToken,
        M::WrongIssInCallback,
        M::MissingIssInCallback,
    ];
    let provider = target.provider()?;
    all_kept_out(target, provider, &false_ones, 502, "provider_failed").await
}

/// Of whom userinfo tells must be of whom the ID token tells.
async fn a_false_answer_about_a_person_signs_nobody_in(target: &Target) -> Result<()> {
    let provider = &target.providers()?.two;
    let other = Misbehaviour::OtherSubInUserinfo;
    kept_out(target, provider, other, 502, "provider_failed").await
}

/// How long a server that waits for a slow provider may keep a person waiting.
const PATIENCE: Duration = Duration::from_secs(15);

async fn a_provider_that_works_less_than_it_should_signs_nobody_in(target: &Target) -> Result<()> {
    use Misbehaviour as M;
    let begin = Instant::now();
    let (one, two) = (target.provider()?, &target.providers()?.two);
    let away = (503, "provider_unavailable");
    let nonsense = [M::TokenNotJson, M::HugeTokenAnswer, M::RedirectingToken];
    let slow = kept_out(target, one, M::SlowToken, away.0, away.1);
    let failing = kept_out(target, one, M::FailingToken, away.0, away.1);
    let silent = kept_out(target, two, M::UserinfoFails, away.0, away.1);
    let nonsense = all_kept_out(target, one, &nonsense, 502, "provider_failed");
    // Meanwhile everybody else is served.
    let others = async { target.newcomer("bob").await.map(drop) };
    tokio::try_join!(slow, failing, silent, nonsense, others)?;
    let took = begin.elapsed();
    ensure!(took < PATIENCE, "a slow provider kept us for {took:?}");
    Ok(())
}

async fn a_changed_key_is_found(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let decision = Decision::of(&Person::new("ada")).misbehaving(Misbehaviour::RotateBeforeSigning);
    client.arrive(target.provider()?, &decision).await
}

/// How long a server may leave a provider alone that failed.
const RECOVERY: Duration = Duration::from_secs(10);

async fn a_provider_out_of_order_breaks_only_its_own_button(target: &Target) -> Result<()> {
    let (spare, client) = (&target.providers()?.spare, target.client().await?);
    let decision = Decision::of(&Person::new("ada"));
    spare.set_outage(false);
    let callback = works_again(&client, spare, &decision).await?;
    spare.set_outage(true);
    let reply = client.come_back(&callback).await?;
    reply.refused(503, "provider_unavailable")?;
    client.profile().await?.unauthenticated()?;
    others_are_served(target).await?;

    spare.set_outage(false);
    let callback = works_again(&client, spare, &decision).await?;
    client.land(&client.come_back(&callback).await?).await?;
    target.still_in(&client).await
}

async fn others_are_served(target: &Target) -> Result<()> {
    target.newcomer("bob").await?;
    target.confirmed_by_mail(&Person::new("eve")).await?;
    target.client().await?.get("^/health/ready").await?.ok()?;
    Ok(())
}

/// Waits until one can go to a provider and come back; gives the callback.
async fn works_again(client: &Client, provider: &Provider, decision: &Decision) -> Result<Url> {
    let deadline = Instant::now() + RECOVERY;
    loop {
        match client.visit(provider, decision).await {
            Ok(callback) => return Ok(callback),
            Err(error) => ensure!(Instant::now() < deadline, "never again: {error:#}"),
        }
        sleep(RECOVERY / 40).await;
    }
}
