//! The web pages in a real Chromium, with cookies and with tokens, what concerns providers on the
//! servers that have some, and the walk in a real Firefox:
//! `browser::jwt::sign_up::a_new_person_confirms_and_is_signed_in`,
//! `browser::firefox::oauth_jwt::sign_up::a_new_person_confirms_and_is_signed_in`.
//!
//! `TEST_WEBDRIVER_URL` names a ChromeDriver, `TEST_GECKODRIVER` the program geckodriver,
//! `TEST_AXE_PATH` the script of axe-core, `TEST_TSC` the TypeScript compiler and `TEST_REACT`
//! the packages of the React example; `cargo xtask test` provides all five. Screenshots go to
//! `TEST_SCREENSHOTS`, `target/screenshots` when that is not set.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod apis;
mod app;
mod axe;
mod blocked;
mod bridge;
mod browser;
mod browsers;
mod case;
mod console;
mod devices;
mod drive;
mod enrolment;
mod environment;
mod firefox;
mod history;
mod keyboard;
mod leaving;
mod linking;
mod local;
mod locate;
mod log;
mod looks;
mod mail_code;
mod mailbox;
mod mistakes;
mod package;
mod panel;
mod passkey;
mod password;
mod person;
mod plain;
mod profile;
mod project;
mod provider;
mod react;
mod screen;
mod second_step;
mod sensitive;
mod servers;
mod shots;
mod sign_up;
mod stale;
mod staying;
mod switch;
mod together;
mod transport;
mod trouble;
mod types;
mod watch;
mod weight;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use crate::browser::Kind;
use crate::case::{Case, on_every_server};
use crate::servers::{Servers, Site};

/// Browsers at a time: each keeps a processor busy.
const BROWSERS: usize = 2;

/// Where people may come through a provider.
const WITH_PROVIDER: [Site; 2] = [Site::Oauth, Site::OauthJwt];

/// One with its credential in a cookie, one with a token.
const BOTH_WAYS: [Site; 2] = [Site::Session, Site::Jwt];

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
    let on = |kind, sites: &[Site], cases: &[Case]| on_every_server(servers, kind, sites, cases);
    let (everywhere, with_provider) = (everywhere(), with_provider());
    let mut trials = on(Kind::Chromium, &BOTH_WAYS, &everywhere);
    trials.extend(on(Kind::Chromium, &WITH_PROVIDER, &with_provider));
    trials.extend(on(Kind::Chromium, &BOTH_WAYS, &second_steps()));
    trials.extend(on(Kind::Chromium, &[Site::Session], &once()));
    trials.extend(on(Kind::Chromium, &[Site::Jwt], &trouble::cases()));
    let walk = [everywhere, with_provider].concat();
    let walk: Vec<_> = walk
        .into_iter()
        .filter(|case| !is_for_chromium(case))
        .collect();
    trials.extend(on(Kind::Firefox, &[Site::OauthJwt], &walk));
    let more = [
        staying::cases(),
        stale::cases(),
        apis::cases(),
        console::cases(),
    ];
    let more: Vec<_> = more
        .concat()
        .into_iter()
        .filter(|case| !is_for_chromium(case))
        .collect();
    trials.extend(on(Kind::Firefox, &[Site::Session], &more));
    trials.extend(types::trials());
    trials.extend(package::trials());
    trials
}

/// Flows that look at the network, change the page's own objects or have modules for service
/// workers, which only Chromium allows, and that look at pages by what is made for it.
fn is_for_chromium(case: &Case) -> bool {
    const FLOWS: [&str; 9] = [
        "a_tab_that_heard_nothing_changes_nobody_else",
        "two_tabs_that_refresh_at_once_send_one_request",
        "a_tab_asks_for_the_token_it_was_not_told_of",
        "what_just_happened_is_told_without_a_secret",
        "a_client_in_a_worker_stands_for_itself",
        "who_may_not_is_told_what_helps",
        "every_page_of_the_console_looks_right",
        "a_late_part_is_not_put_under_another_search",
        "a_download_is_of_one_search_alone",
    ];
    FLOWS.iter().any(|name| case.is(name))
}

fn everywhere() -> Vec<Case> {
    let everywhere = [
        sign_up::cases(),
        mistakes::cases(),
        password::cases(),
        profile::cases(),
        devices::cases(),
        history::cases(),
        staying::cases(),
        stale::cases(),
        leaving::cases(),
        panel::cases(),
    ];
    everywhere.concat()
}

fn with_provider() -> Vec<Case> {
    [provider::cases(), linking::cases()].concat()
}

/// What takes more than a password, or none at all.
fn second_steps() -> Vec<Case> {
    let second_steps = [
        second_step::cases(),
        enrolment::cases(),
        sensitive::cases(),
        passkey::cases(),
        mail_code::cases(),
        console::cases(),
    ];
    second_steps.concat()
}

/// What does not depend on the server, or concerns several.
fn once() -> Vec<Case> {
    let once = [
        keyboard::cases(),
        watch::cases(),
        looks::cases(),
        plain::cases(),
        screen::cases(),
        switch::cases(),
        bridge::cases(),
        weight::cases(),
        transport::cases(),
        trouble::cases(),
        blocked::cases(),
        apis::cases(),
        react::cases(),
    ];
    once.concat()
}
