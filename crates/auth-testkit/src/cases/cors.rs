//! Which pages may read the answers (Fetch standard, CORS protocol).

use anyhow::{Result, ensure};
use reqwest::Method;

use super::cross_site::neighbours;
use crate::case::cases;
use crate::client::{Client, Reply};
use crate::target::Target;

cases! { "cors":
    a_trusted_page_may_read_answers [TrustedOrigin],
    a_trusted_page_may_read_errors [TrustedOrigin],
    a_trusted_page_may_ask_first [TrustedOrigin],
    a_trusted_page_may_send_what_tracing_adds [TrustedOrigin],
    no_other_page_may_read_anything,
    no_other_page_is_let_in_when_it_asks_first,
}

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply
        .header(&format!("access-control-{name}"))
        .unwrap_or_default()
}

/// Expects that exactly this page may read the answer, cookies and all.
fn readable_by(reply: &Reply, origin: &str) -> Result<()> {
    ensure!(
        header(reply, "allow-origin") == origin,
        "{reply}: {:?}",
        reply.headers
    );
    ensure!(
        header(reply, "allow-credentials") == "true",
        "{reply}: {:?}",
        reply.headers
    );
    let vary = reply.headers.get_all("vary").iter();
    let vary: Vec<_> = vary.filter_map(|value| value.to_str().ok()).collect();
    ensure!(
        vary.join(",").to_lowercase().contains("origin"),
        "{reply} varies by {vary:?}"
    );
    Ok(())
}

async fn read(client: &Client, path: &str, origin: &str) -> Result<Reply> {
    client
        .call(Method::GET, path)
        .header("origin", origin)
        .send()
        .await
}

async fn a_trusted_page_may_read_answers(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let trusted = target.trusted()?;
    readable_by(
        &read(&ada.client, "/profile", trusted).await?.ok()?,
        trusted,
    )?;
    readable_by(
        &read(&ada.client, "/strategy", trusted).await?.ok()?,
        trusted,
    )
}

async fn a_trusted_page_may_read_errors(target: &Target) -> Result<()> {
    let (client, trusted) = (target.client().await?, target.trusted()?);
    for (path, status) in [("/profile", 401), ("/nothing", 404), ("/login", 405)] {
        readable_by(&read(&client, path, trusted).await?.is(status)?, trusted)?;
    }
    Ok(())
}

async fn ask(client: &Client, path: &str, method: &str, origin: &str) -> Result<Reply> {
    let call = client.call(Method::OPTIONS, path).header("origin", origin);
    let call = call.header("access-control-request-method", method);
    call.header("access-control-request-headers", "content-type")
        .send()
        .await
}

async fn a_trusted_page_may_ask_first(target: &Target) -> Result<()> {
    let (client, trusted) = (target.client().await?, target.trusted()?);
    for (path, method) in [
        ("/login", "POST"),
        ("/profile", "PATCH"),
        ("/profile", "DELETE"),
        ("/sessions", "GET"),
    ] {
        let reply = ask(&client, path, method, trusted).await?;
        ensure!(reply.status.is_success(), "{reply}");
        readable_by(&reply, trusted)?;
        ensure!(
            header(&reply, "allow-methods").contains(method),
            "{:?}",
            reply.headers
        );
        let headers = header(&reply, "allow-headers").to_lowercase();
        ensure!(headers.contains("content-type"), "{:?}", reply.headers);
    }
    Ok(())
}

async fn a_trusted_page_may_send_what_tracing_adds(target: &Target) -> Result<()> {
    let (client, trusted) = (target.client().await?, target.trusted()?);
    for names in [
        "if-user,content-type",
        "baggage,content-type,sentry-trace",
        "traceparent,tracestate",
        "x-requested-with",
        "x-datadog-origin,x-datadog-parent-id,x-datadog-sampling-priority,x-datadog-trace-id",
        "cache-control,content-type,pragma",
        "ngrok-skip-browser-warning",
        "Authorization,X-B3-TraceId",
    ] {
        let call = client
            .call(Method::OPTIONS, "/login")
            .header("origin", trusted);
        let call = call.header("access-control-request-method", "POST");
        let call = call.header("access-control-request-headers", names);
        let reply = call.send().await?;
        ensure!(reply.status.is_success(), "{names}: {reply}");
        readable_by(&reply, trusted)?;
    }
    Ok(())
}

/// Origins that nobody trusts: foreign ones, and near misses of the trusted one.
fn untrusted(target: &Target) -> Vec<String> {
    let trusted = target
        .trusted_origin
        .as_deref()
        .unwrap_or("https://app.example");
    let foreign = ["https://evil.example", "null", "", "*", "file://"].map(str::to_owned);
    neighbours(trusted).into_iter().chain(foreign).collect()
}

async fn no_other_page_may_read_anything(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for origin in untrusted(target) {
        let reply = read(&client, "/strategy", &origin).await?;
        let allowed = header(&reply, "allow-origin");
        ensure!(allowed.is_empty(), "{origin:?} may read as {allowed:?}");
    }
    Ok(())
}

async fn no_other_page_is_let_in_when_it_asks_first(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for origin in untrusted(target) {
        let reply = ask(&client, "/login", "POST", &origin).await?;
        let allowed = header(&reply, "allow-origin");
        ensure!(allowed.is_empty(), "{origin:?} may call as {allowed:?}");
    }
    Ok(())
}
