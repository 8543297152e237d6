//! The web pages in a real Chromium, what hangs on that with cookies and with tokens, what concerns
//! providers on the servers that have some, and the walk in a real Firefox:
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
    let (of_accounts, by_transport) = (of_accounts(), by_transport());
    let (with_provider, of_operators) = (with_provider(), of_operators());
    let mut trials = on(Kind::Chromium, &BOTH_WAYS, &by_transport);
    trials.extend(on(Kind::Chromium, &[Site::Session], &of_accounts));
    trials.extend(on(Kind::Chromium, &[Site::Session], &of_operators));
    trials.extend(on(Kind::Chromium, &WITH_PROVIDER, &with_provider));
    trials.extend(on(Kind::Chromium, &BOTH_WAYS, &second_steps()));
    trials.extend(on(Kind::Chromium, &[Site::Session], &once()));
    trials.extend(on(Kind::Chromium, &[Site::Jwt], &trouble::cases()));
    let walk = [of_accounts, by_transport, with_provider].concat();
    trials.extend(on(
        Kind::Firefox,
        &[Site::OauthJwt],
        &for_all_browsers(walk),
    ));
    let of_operators = for_all_browsers(of_operators);
    trials.extend(on(Kind::Firefox, &[Site::Jwt], &of_operators));
    let fetching = [staying::cases(), stale::cases(), apis::cases()].concat();
    let fetching = for_all_browsers(fetching);
    trials.extend(on(Kind::Firefox, &[Site::Session], &fetching));
    trials.extend(types::trials());
    trials.extend(package::trials());
    trials
}

fn for_all_browsers(cases: Vec<Case>) -> Vec<Case> {
    let all = cases.into_iter();
    all.filter(|case| !is_for_chromium(case)).collect()
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

/// What is the same whatever a credential travels in: in Chromium with cookies, and in Firefox
/// with tokens.
fn of_accounts() -> Vec<Case> {
    let of_accounts = [
        mistakes::cases(),
        password::cases(),
        profile::cases(),
        devices::cases(),
        history::cases(),
    ];
    of_accounts.concat()
}

/// What hangs on how a credential travels.
fn by_transport() -> Vec<Case> {
    let by_transport = [
        sign_up::cases(),
        staying::cases(),
        stale::cases(),
        leaving::cases(),
        panel::cases(),
    ];
    by_transport.concat()
}

/// What operators do, who sign in as others do.
fn of_operators() -> Vec<Case> {
    console::cases()
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
