//! Whether the watch over the browser sees what it is there for.

use std::cell::RefCell;

use anyhow::Result;

use crate::case::{Visit, cases};
use crate::drive::eventually;
use crate::log::NO_ANSWER;

cases!(nothing_gets_past_the_watch);

/// What no page may do: an inline script, and an error that nobody catches.
const MISDEEDS: &str = "
    document.head.append(Object.assign(document.createElement('script'), { text: '1' }));
    setTimeout(() => { throw new Error('uncaught'); });
";

/// A request to an address that is nobody's (RFC 5737).
const STRANGER: &str = "fetch('http://192.0.2.1/', { mode: 'no-cors' }).catch(() => null)";

/// What the complaints about all of this contain.
const MARKS: [&str; 4] = [
    "Content Security Policy",
    "uncaught",
    "/nowhere",
    "192.0.2.1",
];

async fn nothing_gets_past_the_watch(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/sign-in").await?;
    browser.on("Sign in").await?;
    assert_eq!(browser.complaints().await?, Vec::<String>::new());

    browser.expect(NO_ANSWER, "/nowhere");
    browser.script(MISDEEDS).await?;
    // The pages may not even try: their policy forbids it.
    browser.open("about:blank").await?;
    browser.script(STRANGER).await?;
    let seen = RefCell::new(String::new());
    let look = async || {
        let complaints = browser.complaints().await?.concat();
        seen.borrow_mut().push_str(&complaints);
        let all = MARKS.iter().all(|mark| seen.borrow().contains(mark));
        Ok(all.then_some(()))
    };
    eventually("every complaint", look).await
}
