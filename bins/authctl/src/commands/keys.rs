//! `authctl keys`: the keys that sign access tokens.

use auth_core::{Clock as _, SystemClock};
use auth_jwt::{KeyError, KeyInfo, KeyRing};
use clap::Subcommand;
use serde::Serialize;

use super::Context;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::server_settings::ServerSettings;
use crate::table::table;

/// The keys that sign access tokens.
#[derive(Subcommand)]
pub enum Command {
    /// List the keys, the oldest first.
    List,

    /// Make a new key the active one; the others go on verifying.
    Rotate,

    /// Delete a key that signs no more; tokens it signed are refused within seconds.
    Retire {
        /// The id of the key.
        // One thumbprint in 64 begins with a hyphen.
        #[arg(value_name = "KID", allow_hyphen_values = true)]
        kid: String,
    },
}

#[derive(Serialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Serialize)]
struct Rotated {
    key: Key,
}

#[derive(Serialize)]
struct Retired<'a> {
    retired: &'a str,
}

#[derive(Serialize)]
struct Key {
    kid: String,
    algorithm: &'static str,
    /// `active` or `retiring`.
    state: &'static str,
    created_at: String,
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// When the ring can't be read or changed, or nobody confirms a loss.
    pub fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        match self {
            Self::List => list(&context.servers),
            Self::Rotate => rotate(&context.servers),
            Self::Retire { kid } => retire(context, kid),
        }
    }
}

fn list(settings: &ServerSettings) -> anyhow::Result<Answer> {
    let keys = match ring(settings)? {
        Some(ring) => ring.list(SystemClock.now())?,
        None => vec![],
    };
    let shape = Keys {
        keys: keys.into_iter().map(Key::from).collect(),
    };
    let rows: Vec<_> = shape.keys.iter().map(Key::row).collect();
    Answer::new(
        &shape,
        table(["KID", "ALGORITHM", "STATE", "CREATED"], &rows),
    )
}

fn rotate(settings: &ServerSettings) -> anyhow::Result<Answer> {
    let key = Key::from(existing_ring(settings)?.rotate(SystemClock.now())?);
    let text = format!(
        "{} is the active key; running servers sign with it within seconds.\n\
         Retire the others once the tokens they signed have expired.",
        key.kid
    );
    Answer::new(&Rotated { key }, text)
}

fn retire(context: &Context, kid: &str) -> anyhow::Result<Answer> {
    let (ring, now) = (existing_ring(&context.servers)?, SystemClock.now());
    if !ring.list(now)?.iter().any(|key| key.kid == kid) {
        return Err(unknown(kid).into());
    }
    let question = format!("Retire the key {kid} and refuse every token that it signed?");
    context.confirmation.ask(&question)?;
    match ring.retire(kid, now) {
        Ok(()) => Answer::new(&Retired { retired: kid }, format!("{kid} is retired.")),
        Err(KeyError::Unknown { .. }) => Err(unknown(kid).into()),
        Err(active @ KeyError::Active { .. }) => Err(Failure::failed("key_active", active).into()),
        Err(other) => Err(other.into()),
    }
}

fn unknown(kid: &str) -> Failure {
    Failure::not_found(format!("there is no key {kid}: see `authctl keys list`"))
}

/// The ring that the settings name, if a server has made it: a first key made here might
/// belong to another user of this machine than the server's.
fn ring(settings: &ServerSettings) -> anyhow::Result<Option<KeyRing>> {
    let (tokens, data_dir) = (&settings.strategies.jwt, &settings.common.data_dir);
    let there = tokens.has_keys(data_dir);
    there.then(|| tokens.keys(data_dir)).transpose()
}

fn existing_ring(settings: &ServerSettings) -> anyhow::Result<KeyRing> {
    let message = "there are no keys yet: jwt-server makes the first one when it starts";
    ring(settings)?.ok_or_else(|| Failure::not_found(message).into())
}

impl From<KeyInfo> for Key {
    fn from(key: KeyInfo) -> Self {
        Self {
            kid: key.kid,
            algorithm: key.algorithm.as_str(),
            state: key.state.as_str(),
            created_at: key.created_at.to_string(),
        }
    }
}

impl Key {
    fn row(&self) -> [String; 4] {
        let (algorithm, state) = (self.algorithm.to_owned(), self.state.to_owned());
        [self.kid.clone(), algorithm, state, self.created_at.clone()]
    }
}
