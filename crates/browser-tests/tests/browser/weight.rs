//! What the first page costs.

use anyhow::Result;
use serde_json::json;

use crate::browser::Browser;
use crate::case::{Visit, cases};

cases!(
    the_first_page_is_light,
    nothing_moves_while_pages_load,
    what_was_loaded_once_is_not_loaded_again,
);

/// Bytes over the wire.
const BYTES: f64 = 60.0 * 1024.0;

/// Two of them are the words of the language and what reads them.
const REQUESTS: usize = 10;

/// Counts what came in over the network; not what the browser had.
async fn requests(browser: &Browser) -> Result<usize> {
    let requests = browser.requests().await?;
    Ok(requests
        .iter()
        .filter(|one| one.url.starts_with("http"))
        .count())
}

async fn the_first_page_is_light(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/").await?;
    browser.on("Comprehensive Auth").await?;
    let (count, bytes) = (requests(browser).await?, browser.received().await?);
    println!("the first page: {count} requests, {bytes} bytes");
    assert!(
        (1..=REQUESTS).contains(&count),
        "{:#?}",
        browser.requests().await?
    );
    assert!((1.0..=BYTES).contains(&bytes), "{bytes} bytes");
    Ok(())
}

async fn what_was_loaded_once_is_not_loaded_again(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/").await?;
    browser.on("Comprehensive Auth").await?;
    let before = browser.received().await?;
    visit.open("/").await?;
    browser.on("Comprehensive Auth").await?;
    let again = browser.received().await? - before;
    println!("the first page again: {again} bytes");
    assert!(again < 4096.0, "{again} bytes");
    Ok(())
}

/// A connection on which one sees a page come together.
async fn slow_down(browser: &Browser) -> Result<()> {
    let slow = json!({
        "offline": false,
        "latency": 150,
        "downloadThroughput": 200 * 1024,
        "uploadThroughput": 200 * 1024,
    });
    browser
        .devtools("Network.emulateNetworkConditions", slow)
        .await?;
    Ok(())
}

/// The sum of what the page's content moved, as Cumulative Layout Shift counts it.
const SHIFT: &str = "
    const observer = new PerformanceObserver(() => {});
    observer.observe({ type: 'layout-shift', buffered: true });
    const drawn = () => new Promise(requestAnimationFrame);
    return drawn().then(drawn).then(() =>
        observer.takeRecords().reduce((sum, entry) => sum + entry.value, 0));
";

async fn nothing_moves_while_pages_load(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    slow_down(browser).await?;
    for (path, title) in [
        ("/", "Comprehensive Auth"),
        ("/sign-in", "Sign in"),
        ("/sign-up", "Create account"),
    ] {
        for width in [320, 1280] {
            browser.resize(width, 800).await?;
            visit.open(path).await?;
            browser.on(title).await?;
            let shift = browser.script(SHIFT).await?.as_f64();
            assert!(
                shift.is_some_and(|shift| shift < 0.01),
                "{path} {width}: {shift:?}"
            );
        }
    }
    Ok(())
}
