//! Pages as people see them, without what compares strategies.

use anyhow::Result;

use crate::browser::Browser;
use crate::case::{Visit, cases};
use crate::locate::any;
use crate::servers::{Own, Site};

cases!(
    people_see_no_laboratory,
    a_mail_is_shown_as_it_looks_and_leads_out,
);

/// A server with the pages that people see, and these settings.
async fn plain(settings: &[(&str, &str)]) -> Result<Own> {
    let launch = Site::Session.launch().flag("--pages", "on");
    let with = |launch: auth_testkit::process::Launch, (flag, value): &(&str, &str)| {
        launch.flag(flag, value)
    };
    Own::start(settings.iter().fold(launch, with)).await
}

/// What there is of words that only who compares servers needs.
const LABORATORY: &str = "
    const words = ['Strategy', 'Store reads', 'What just happened', 'client.js', 'API description', 'cookie'];
    const text = document.body.innerText;
    return [...words.filter((one) => text.includes(one)),
        ...[...document.querySelectorAll('.switch, #panel')].map((one) => one.outerHTML)];
";

impl Browser {
    async fn shows_no_laboratory(&self) -> Result<()> {
        assert_eq!(self.script(LABORATORY).await?, serde_json::json!([]));
        Ok(())
    }
}

async fn people_see_no_laboratory(visit: Visit) -> Result<()> {
    let (browser, own) = (&visit.browser, plain(&[]).await?);
    for (path, title) in [("/", "Comprehensive Auth"), ("/sign-in", "Sign in")] {
        browser.open(&format!("{}{path}", own.origin)).await?;
        browser.on(title).await?;
        browser.shows_no_laboratory().await?;
        visit
            .looks_right(&format!("plain-{}", path.trim_matches('/')))
            .await?;
    }
    Ok(())
}

async fn a_mail_is_shown_as_it_looks_and_leads_out(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.account().await?;
    visit.finds_mail(&person.email, "/verify").await?;
    let frame = browser.sees(&any("(//details[@open]//iframe)[1]")).await?;
    frame.enter_frame().await?;
    let look = "const button = document.querySelector('a');
        return getComputedStyle(button).backgroundColor !== 'rgba(0, 0, 0, 0)';";
    assert_eq!(browser.script(look).await?, true);
    browser
        .press(&any("(//a[contains(@href, \"/verify#\")])[1]"))
        .await?;
    browser.client.enter_parent_frame().await?;
    browser.on("Confirm your address").await
}
