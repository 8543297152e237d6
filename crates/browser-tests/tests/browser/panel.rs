//! What just happened: told without a secret.

use anyhow::Result;

use crate::browser::Browser;
use crate::case::{Visit, cases};
use crate::locate::{any, text};

cases!(what_just_happened_is_told_without_a_secret);

/// Opens the panel.
pub async fn open(browser: &Browser) -> Result<()> {
    browser
        .press(&any("//details[@id=\"panel\"]/summary"))
        .await?;
    browser
        .sees(&any("//ol[@class=\"exchanges\"]/li"))
        .await
        .map(drop)
}

async fn what_just_happened_is_told_without_a_secret(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/sign-in?next=/devices", "Devices").await?;
    open(browser).await?;
    browser.misses(&text("Nothing yet.")).await?;
    let panel = browser.text(&any("//div[@id=\"panel-body\"]")).await?;
    let told = match visit.site.is_bearer() {
        true => [
            "/api/auth/login",
            "set-cookie: refresh-",
            "authorization: Bearer",
            "(masked)",
        ],
        false => [
            "/api/auth/login",
            "set-cookie: session-",
            "cookie: session-",
            "HttpOnly",
        ],
    };
    for words in told {
        assert!(panel.contains(words), "{words} is not in {panel}");
    }
    let keeps = "return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])";
    let kept = browser.script(keeps).await?.to_string();
    let page = browser.client.source().await?;
    for secret in secrets(&visit, &person.password).await? {
        for (place, content) in [("the page", &page), ("a storage", &kept)] {
            assert!(!content.contains(&secret), "{place} has {secret}");
        }
    }
    Ok(())
}

/// The password, every cookie, and what of every access token proves something.
async fn secrets(visit: &Visit, password: &str) -> Result<Vec<String>> {
    let cookies = visit.browser.cookies().await?;
    // The credential, what the browser is known by, and what a passkey would have been bound to.
    assert!((2..=3).contains(&cookies.len()), "{cookies:?}");
    let requests = visit.browser.requests().await?;
    let tokens = requests.iter().filter_map(|one| one.authorization.as_ref());
    let signatures: Vec<_> = tokens
        .filter_map(|token| token.rsplit('.').next())
        .collect();
    assert_eq!(!signatures.is_empty(), visit.site.is_bearer());
    let secrets = cookies.iter().map(|(_, value)| value.as_str());
    let secrets = secrets.chain(signatures).chain([password]);
    Ok(secrets.map(str::to_owned).collect())
}
