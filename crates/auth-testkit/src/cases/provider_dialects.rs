//! Providers that do not keep to the letter, and answers that come as a form.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use url::Url;

use crate::account::Person;
use crate::case::cases;
use crate::client::{Client, Reply};
use crate::provider::{Decision, Misbehaviour};
use crate::target::Target;

cases! { "provider_dialects":
    what_nobody_uses_can_have_any_form [Providers],
    userinfo_that_fails_keeps_nobody_out_who_is_known [Providers],
    an_answer_by_form_is_posted_again_from_here [Providers],
    a_form_is_worth_nothing_in_another_browser [Providers],
    a_form_can_also_say_no [Providers],
}

async fn what_nobody_uses_can_have_any_form(target: &Target) -> Result<()> {
    use Misbehaviour as M;
    for so in [
        M::UpdatedAtAsText,
        M::LocaleAsObject,
        M::ExpiresInAsText,
        M::ScopeAsList,
        M::ClockAhead,
    ] {
        let (client, person) = (target.client().await?, Person::new("ada"));
        let decision = Decision::of(&person).misbehaving(so);
        let arrived = client.arrive(target.provider()?, &decision).await;
        arrived.with_context(|| so.title())?;
        client.profile().await?.ok()?;
    }
    Ok(())
}

async fn userinfo_that_fails_keeps_nobody_out_who_is_known(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let decision = Decision::of(&Person::new("ada"))
        .without("given_name")
        .without("family_name");
    let failing = decision.misbehaving(Misbehaviour::UserinfoFails);
    client.arrive(target.provider()?, &failing).await
}

/// Posts what came in a query as a provider's form does.
async fn post(client: &Client, back: &Url, site: &str, again: bool) -> Result<Reply> {
    let again = if again { "&posted_again=1" } else { "" };
    let form = format!("{}{again}", back.query().unwrap_or_default());
    let call = client.call(Method::POST, &format!("^{}", back.path()));
    call.header("sec-fetch-site", site)
        .header("origin", "https://id.example.org")
        .header("accept", "text/html")
        .body(Some("application/x-www-form-urlencoded"), form)
        .send()
        .await
}

/// A browser sends no flow cookie with a form that another site made it post.
async fn an_answer_by_form_is_posted_again_from_here(target: &Target) -> Result<()> {
    let (client, without_cookie) = (target.client().await?, target.client().await?);
    let decision = Decision::of(&Person::new("ada"));
    let back = client.visit(target.provider()?, &decision).await?;
    let page = post(&without_cookie, &back, "cross-site", false)
        .await?
        .ok()?;
    ensure!(page.set_cookies().is_empty(), "{page}");
    ensure!(page.media_type() == "text/html", "{page}");
    let policy = page.header("content-security-policy").unwrap_or_default();
    ensure!(policy.contains("script-src 'self'"), "{policy}");
    let text = page.text();
    for (name, value) in back.query_pairs() {
        let field = format!("name=\"{name}\" value=\"{value}\"");
        ensure!(text.contains(&field), "{field} is not in {text}");
    }
    let (_, script) = text.split_once("src=\"").context("no script")?;
    let script = script.split('"').next().unwrap_or_default();
    let script = client.get(&format!("^{script}")).await?.ok()?;
    ensure!(script.media_type() == "text/javascript", "{script}");
    let landed = post(&client, &back, "same-origin", true).await?.is(303)?;
    client.land(&landed).await?;
    client.profile().await?.ok()?;
    Ok(())
}

async fn a_form_is_worth_nothing_in_another_browser(target: &Target) -> Result<()> {
    let (client, thief) = (target.client().await?, target.client().await?);
    let decision = Decision::of(&Person::new("ada"));
    let back = client.visit(target.provider()?, &decision).await?;
    // With the cookie of a flow of their own, and without any.
    thief.start("one", "").await?.is(303)?;
    for stranger in [&thief, &target.client().await?] {
        post(stranger, &back, "same-origin", true).await?.is(303)?;
        stranger.profile().await?.unauthenticated()?;
    }
    let landed = post(&client, &back, "same-origin", true).await?;
    client.land(&landed).await
}

async fn a_form_can_also_say_no(target: &Target) -> Result<()> {
    let (client, without_cookie) = (target.client().await?, target.client().await?);
    let back = client
        .visit(target.provider()?, &Decision::declining())
        .await?;
    let page = post(&without_cookie, &back, "cross-site", false)
        .await?
        .ok()?;
    ensure!(page.text().contains("access_denied"), "{page}");
    let reply = post(&client, &back, "same-origin", true).await?.is(303)?;
    let told = reply.in_fragment("error")?;
    ensure!(told.as_deref() == Some("access_denied"), "{reply}");
    Ok(())
}
