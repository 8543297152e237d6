//! The web pages in a real Chromium, against every server:
//! `browser::jwt::sign_up::a_new_person_confirms_and_is_signed_in`.
//!
//! `TEST_WEBDRIVER_URL` names a ChromeDriver, `TEST_AXE_PATH` the script of axe-core and
//! `TEST_TSC` the TypeScript compiler; `cargo xtask test` provides all three. Screenshots go
//! to `TEST_SCREENSHOTS`, `target/screenshots` when that is not set.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod axe;
mod browser;
mod browsers;
mod case;
mod devices;
mod drive;
mod environment;
mod keyboard;
mod leaving;
mod linking;
mod locate;
mod log;
mod looks;
mod mailbox;
mod mistakes;
mod panel;
mod password;
mod person;
mod profile;
mod provider;
mod screen;
mod servers;
mod shots;
mod sign_up;
mod staying;
mod switch;
mod together;
mod types;
mod watch;
mod weight;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use crate::case::{Case, on_every_server};
use crate::servers::{Servers, Site};

/// Browsers at a time: each keeps a processor busy.
const BROWSERS: usize = 2;

/// Where people may come through a provider.
const WITH_PROVIDER: [Site; 2] = [Site::Oauth, Site::OauthJwt];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(BROWSERS);
    let servers = Arc::new(Servers::new().expect("a runtime can be made"));
    let conclusion = libtest_mimic::run(&arguments, trials(&servers));
    let ended = servers.runtime().block_on(servers.browsers.end());
    ended.expect("the browsers end");
    conclusion.exit_code()
}

fn trials(servers: &Arc<Servers>) -> Vec<Trial> {
    let everywhere: [Vec<Case>; 8] = [
        sign_up::cases(),
        mistakes::cases(),
        password::cases(),
        profile::cases(),
        devices::cases(),
        staying::cases(),
        leaving::cases(),
        panel::cases(),
    ];
    let with_provider = [provider::cases(), linking::cases()];
    let mut trials = on_every_server(servers, &Site::ALL, everywhere.concat());
    trials.extend(on_every_server(
        servers,
        &WITH_PROVIDER,
        with_provider.concat(),
    ));
    trials.extend(on_every_server(servers, &[Site::Session], once()));
    trials.push(types::trial());
    trials
}

/// What does not depend on the server, or concerns several.
fn once() -> Vec<Case> {
    let once = [
        keyboard::cases(),
        watch::cases(),
        looks::cases(),
        screen::cases(),
        switch::cases(),
        weight::cases(),
    ];
    once.concat()
}
