//! Which pages there are, and the files that each needs.

use crate::{CONSOLE_PAGES, MAILBOX_PAGE, PAGES, asset};

/// A set of pages that share their document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// The pages of the people whose accounts these are.
    Accounts,
    /// The pages of operators.
    Console,
}

impl Site {
    pub(crate) fn is_console(self) -> bool {
        self == Self::Console
    }

    /// The addresses of the pages.
    pub(crate) fn pages(self) -> impl Iterator<Item = &'static str> {
        let (pages, more): (&[_], _) = match self {
            Self::Accounts => (&PAGES, Some(MAILBOX_PAGE)),
            Self::Console => (&CONSOLE_PAGES, None),
        };
        pages.iter().copied().chain(more)
    }

    /// The script that begins.
    pub(crate) fn app(self) -> &'static str {
        match self {
            Self::Accounts => "app.js",
            Self::Console => "console/app.js",
        }
    }

    /// The words that say what it is for.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Accounts => "site.description",
            Self::Console => "console.of",
        }
    }

    /// The addresses of the styles.
    pub(crate) fn styles(self) -> impl Iterator<Item = String> {
        let more = self.is_console().then_some("console/console.css");
        std::iter::once("style.css").chain(more).map(asset::url)
    }

    /// What a page needs, named ahead; a test compares it with what the files import.
    pub(crate) fn files(self, page: &str) -> impl Iterator<Item = &'static str> {
        let (first, own) = match self {
            Self::Accounts => (FIRST, files_of(page)),
            Self::Console => (FIRST_OF_CONSOLE, console_files_of(page)),
        };
        first.iter().chain(own).copied()
    }
}

/// What every page needs before it can show anything.
const FIRST: &[&str] = &["app.js", "client.js", "frame.js", "ui.js", "words.js"];

/// What both take for the second step of a sign-in.
const SECOND_STEP: &[&str] = &[
    "second-step.js",
    "authenticator.js",
    "passkeys.js",
    "pending.js",
    "logos.js",
    "providers.js",
    "recovery.js",
    "ways.js",
];

/// What a page needs beside; a test compares it with what the files import.
fn files_of(page: &str) -> &'static [&'static str] {
    match page {
        "/sign-in" | "/sign-up" => &[
            "sign.js",
            "meter.js",
            "passkeys.js",
            "pending.js",
            "logos.js",
            "providers.js",
        ],
        "/mail-code" => &["mail-code.js", "pending.js"],
        "/second-step" => SECOND_STEP,
        "/verify" | "/forgot" | "/reset" => &["links.js", "meter.js", "pending.js"],
        "/profile" | "/devices" => &["account.js", "device.js"],
        "/history" => &["history.js", "device.js", "events.js"],
        "/security" => &[
            "security.js",
            "authenticator.js",
            "factors.js",
            "meter.js",
            "passkeys.js",
            "pending.js",
            "proof.js",
            "logos.js",
            "providers.js",
            "recovery.js",
        ],
        "/linked" => &["linked.js", "proof.js", "logos.js", "providers.js"],
        MAILBOX_PAGE => &["mailbox.js"],
        _ => &["home.js"],
    }
}

/// The same for the console.
const FIRST_OF_CONSOLE: &[&str] = &[
    "client.js",
    "frame.js",
    "ui.js",
    "words.js",
    "console/app.js",
    "console/admin-client.js",
    "proof.js",
];

/// The same for a page of the console.
fn console_files_of(page: &str) -> &'static [&'static str] {
    match page {
        "/sign-in" => &["console/sign.js", "passkeys.js", "pending.js"],
        "/second-step" => SECOND_STEP,
        "/people" => &["console/people.js", "console/parts.js"],
        "/person" => &[
            "console/person.js",
            "console/people.js",
            "console/person-actions.js",
            "console/person-factors.js",
            "console/audit-lines.js",
            "console/parts.js",
            "console/download.js",
            "device.js",
            "events.js",
        ],
        "/audit" => &[
            "console/audit.js",
            "console/audit-lines.js",
            "console/parts.js",
            "console/download.js",
            "device.js",
            "events.js",
        ],
        "/keys" => &["console/keys.js", "console/parts.js"],
        "/mails" => &["console/mails.js", "console/parts.js"],
        _ => &["console/overview.js", "console/parts.js"],
    }
}
