//! A browser.

use std::process::Command;

use rustix::process::Signal;

use crate::server::throwaway;
use crate::{Place, Server, Service, Software, Variable};

/// ChromeDriver, which starts a Chromium for each WebDriver session and ends it with the
/// session, or at the latest with itself.
///
/// How the browser runs is up to the `goog:chromeOptions` of a session. Where tests run as
/// root or in a container these need the `args`
/// - `--headless=new`, for there is no screen;
/// - `--no-sandbox`, for root and most containers can't have Chromium's sandbox;
/// - `--disable-dev-shm-usage`, for the shared memory of a container is too small for it.
pub static CHROMIUM: Service = Service {
    name: "Chromium",
    url: Variable {
        name: "TEST_WEBDRIVER_URL",
        value: |place| format!("http://127.0.0.1:{}", place.port()),
    },
    also: &[],
    software: Software::debian(
        &["chromium", "chromium-driver", "fonts-liberation"],
        &["chromium", "chromedriver"],
    ),
    prepare: |_| Ok(()),
    command: chromedriver,
    is_ready: |place| {
        let status = place.get("/status");
        status.is_some_and(|status| status.contains(r#""ready":true"#))
    },
    stop: Signal::TERM,
    discard: Signal::TERM,
};

/// A throwaway ChromeDriver with its browsers.
#[derive(Debug)]
pub struct Chromium(Server);

throwaway!(Chromium is CHROMIUM);

fn chromedriver(place: &Place) -> Command {
    let mut command = place.command("chromedriver");
    command
        // The profiles of its browsers go away with its folder.
        .env("TMPDIR", place.folder())
        .arg(format!("--port={}", place.port()));
    command
}
