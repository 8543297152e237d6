//! Changing over from one strategy to another.

use anyhow::ensure;
use auth_core::session::{Age, SecretKind, Tally};
use auth_server::settings::SessionStoreUrl;
use clap::Subcommand;
use serde::Serialize;

use super::Context;
use super::stores::open_admin;
use crate::answer::Answer;
use crate::table::table;

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Who is still signed in by which kind of credential, by when it was last used.
    Status,
}

#[derive(Serialize)]
struct Status {
    credentials: Vec<Credentials>,
}

/// The sessions of one kind.
#[derive(Serialize)]
struct Credentials {
    kind: &'static str,
    sessions: u64,
    last_used: Vec<Used>,
}

/// Those that were last used in one span of time.
#[derive(Serialize)]
struct Used {
    within: &'static str,
    sessions: u64,
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// When a store can't be asked.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        let Self::Status = self;
        ensure!(
            context.settings.session_store()? != SessionStoreUrl::Memory,
            "sessions in the memory of servers are out of reach: see auth_bridge_sessions in their metrics"
        );
        let tally = open_admin(&context.settings).await?.tally().await?;
        let credentials: Vec<_> = SecretKind::ALL
            .iter()
            .map(|kind| Credentials::of(*kind, &tally))
            .filter(|one| one.sessions > 0)
            .collect();
        let text = match credentials.is_empty() {
            true => "Nobody is signed in.".to_owned(),
            false => shown(&credentials),
        };
        Answer::new(&Status { credentials }, text)
    }
}

impl Credentials {
    fn of(kind: SecretKind, tally: &Tally) -> Self {
        let last_used = Age::ALL.iter().map(|age| Used {
            within: age.as_str(),
            sessions: tally.of(kind, *age),
        });
        Self {
            kind: kind.credential(),
            sessions: tally.of_kind(kind),
            last_used: last_used.collect(),
        }
    }
}

fn shown(credentials: &[Credentials]) -> String {
    let rows: Vec<_> = credentials
        .iter()
        .map(|one| {
            let mut cells = one.last_used.iter().map(|used| used.sessions.to_string());
            [
                one.kind.to_owned(),
                one.sessions.to_string(),
                cells.next().unwrap_or_default(),
                cells.next().unwrap_or_default(),
                cells.next().unwrap_or_default(),
                cells.next().unwrap_or_default(),
                cells.next().unwrap_or_default(),
            ]
        })
        .collect();
    let heading = [
        "CREDENTIAL",
        "SESSIONS",
        "USED <1h",
        "<1d",
        "<7d",
        "<30d",
        "LONGER AGO",
    ];
    table(heading, &rows)
}
