//! Servers that fail, lines that break, and people who are faster than both.

use anyhow::Result;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::case::{Visit, cases};
use crate::locate::{any, button, field, main};

cases!(
    a_server_in_trouble_signs_nobody_out,
    a_sign_out_that_failed_is_told,
    nothing_is_sent_again_that_was_not_sent,
    a_second_press_does_nothing,
    a_limit_runs_down_and_lets_go,
    a_page_that_did_not_load_loads_again,
    a_server_that_never_answers_is_given_up,
);

/// Has the page get this status instead of an answer from routes with this in their path.
fn failing(path: &str, status: u16) -> String {
    format!(
        "const real = window.fetch;
        window.fetch = (url, init) => String(url).includes('{path}') && window.fails !== false
            ? Promise.resolve(new Response('<h1>Bad gateway</h1>', {{ status: {status} }}))
            : real(url, init);"
    )
}

impl Browser {
    /// Runs a script in every document of this tab before anything else, until it is taken
    /// back.
    pub async fn begin_with(&self, script: &str) -> Result<Value> {
        let command = "Page.addScriptToEvaluateOnNewDocument";
        // Only an enabled domain keeps what it was told.
        self.devtools("Page.enable", json!({})).await?;
        self.devtools(command, json!({ "source": script })).await
    }

    /// Takes back a script that every document began with.
    pub async fn begin_as_usual(&self, script: &Value) -> Result<()> {
        let command = "Page.removeScriptToEvaluateOnNewDocument";
        self.devtools(command, script.clone()).await.map(drop)
    }

    /// How many requests went to a route.
    pub async fn asked(&self, method: &str, path: &str) -> Result<usize> {
        let requests = self.requests().await?;
        Ok(requests.iter().filter(|one| one.is(method, path)).count())
    }
}

async fn a_server_in_trouble_signs_nobody_out(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/profile", "Profile").await?;
    let asked = if visit.site.is_bearer() {
        "/refresh"
    } else {
        "/profile"
    };
    for (path, status) in [("/strategy", 502), (asked, 503)] {
        let script = browser
            .begin_with(&failing(&format!("/api/auth{path}"), status))
            .await?;
        browser.reload().await?;
        browser.on("The server can’t be reached").await?;
        browser
            .reads("If you were signed in, you still are.")
            .await?;
        browser.arrives_at("/profile").await?;
        browser.begin_as_usual(&script).await?;
        browser.script("window.fails = false").await?;
        browser.press(&button("Try again")).await?;
        browser.on("Profile").await?;
    }
    Ok(())
}

async fn a_sign_out_that_failed_is_told(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/profile", "Profile").await?;
    browser.script(&failing("/logout", 503)).await?;
    browser.sign_out().await?;
    browser.reads("You are still signed in.").await?;
    browser.script("window.fails = false").await?;
    browser.sign_out().await?;
    browser.on("Sign in").await
}

async fn nothing_is_sent_again_that_was_not_sent(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.waits_for_mail().await?;
    browser.script(&failing("/verify/resend", 503)).await?;
    browser.press(&button("Send it again")).await?;
    browser.reads("something unexpected (503)").await?;
    browser.sees(&button("Send it again")).await?;
    browser.script("window.fails = false").await?;
    browser.press(&button("Send it again")).await?;
    browser.sees(&button("Sent again")).await?;
    browser.misses(&any("//main//*[@role=\"alert\"]/div")).await
}

/// Presses something twice before anybody can answer.
async fn press_twice(browser: &Browser, text: &str) -> Result<()> {
    browser.sees(&button(text).within(&main())).await?;
    let script = format!(
        "const all = [...document.querySelectorAll('main button')];
        const one = all.find((one) => (one.ariaLabel ?? one.textContent).startsWith('{text}'));
        one.click();
        one.click();"
    );
    browser.script(&script).await.map(drop)
}

async fn a_second_press_does_nothing(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.waits_for_mail().await?;
    press_twice(browser, "Send it again").await?;
    browser.sees(&button("Sent again")).await?;
    assert_eq!(browser.asked("POST", "/verify/resend").await?, 1);

    let person = visit.member_on("/devices", "Devices").await?;
    visit.device(&person, "Firefox/150 (Android)").await?;
    browser.go("Profile", "Profile").await?;
    browser.go("Devices", "Devices").await?;
    press_twice(browser, "Sign out Firefox on Android").await?;
    browser.reads("You are signed in nowhere else.").await?;
    browser
        .misses(&any("//main//*[@role=\"alert\"]/div"))
        .await?;

    browser.go("Profile", "Profile").await?;
    browser.fill(&field("First name"), "Augusta").await?;
    press_twice(browser, "Save").await?;
    browser.reads("Your profile is saved.").await?;
    assert_eq!(browser.asked("PATCH", "/profile").await?, 1);
    Ok(())
}

impl Browser {
    /// Has every request fail whose address contains one of these.
    async fn cut_off(&self, urls: &[&str]) -> Result<()> {
        self.devtools("Network.enable", json!({})).await?;
        self.devtools("Network.setBlockedURLs", json!({ "urls": urls }))
            .await?;
        Ok(())
    }
}

async fn a_limit_runs_down_and_lets_go(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/sign-in").await?;
    browser.on("Sign in").await?;
    let limited = "const problem = JSON.stringify({ code: 'too_many_attempts', status: 429 });
        const headers = { 'retry-after': '3', 'content-type': 'application/problem+json' };
        window.fetch = async () => new Response(problem, { status: 429, headers });";
    browser.script(limited).await?;
    browser.sign_in_with("ada", "some password").await?;
    let submit = button("Sign in").within(&main());
    browser
        .sees(&any("//main//*[@class=\"clock\"][starts-with(., \"0:0\")]"))
        .await?;
    let held = browser.attribute(&submit, "aria-disabled").await?;
    assert_eq!(held.as_deref(), Some("true"));
    browser.reads("You can try again now.").await?;
    assert_eq!(browser.attribute(&submit, "aria-disabled").await?, None);
    Ok(())
}

/// As after an upgrade, which takes the files of older documents away.
async fn a_page_that_did_not_load_loads_again(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/profile", "Profile").await?;
    browser.script("window.older = true").await?;
    browser.cut_off(&["*/security.js"]).await?;
    browser.go("Security", "This page did not load").await?;
    browser.arrives_at("/security").await?;
    // A fresh document was tried already: an old one remembers what failed.
    assert_eq!(browser.script("return window.older").await?, Value::Null);
    browser.cut_off(&[]).await?;
    browser.press(&button("Load again")).await?;
    browser.on("Security").await
}

/// What a client says of a server that takes longer than it may.
const IMPATIENT: &str = "
    return import('/client.js').then(async ({ createClient }) => {
        const client = createClient('/api/auth', { timeout: 300 });
        return client.strategy().catch(({ code, message }) => [code, message]);
    });
";

async fn a_server_that_never_answers_is_given_up(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/").await?;
    browser.on("Comprehensive Auth").await?;
    let never = "window.fetch = (_, { signal }) => new Promise((_, fail) =>
        signal.addEventListener('abort', () => fail(signal.reason)));";
    browser.script(never).await?;
    let told = browser.script(IMPATIENT).await?;
    assert_eq!(
        told,
        json!(["unreachable", "The server took too long to answer."])
    );
    Ok(())
}
