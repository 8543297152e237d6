//! `authctl encryption`: the keys under which the seeds of authenticator apps are encrypted.

use auth_core::factor::CipherKey;
use auth_server::encryption_keys;
use clap::Subcommand;
use serde::Serialize;

use super::Context;
use super::stores::open_admin;
use super::user::operator;
use crate::answer::Answer;
use crate::failure::Failure;

/// The keys under which the seeds of authenticator apps are encrypted.
#[derive(Subcommand)]
pub enum Command {
    /// Print a fresh key, to be a line of --encryption-key-file.
    NewKey,

    /// Encrypt all seeds anew under the first key of --encryption-key-file. The other keys have to
    /// be there for that, and on every server the new one.
    Rotate,
}

#[derive(Serialize)]
struct NewKey {
    key: String,
}

#[derive(Serialize)]
struct Rotated {
    key_id: String,
    seeds: u64,
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// When a key is missing, or a store fails.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        match self {
            Self::NewKey => {
                let key = CipherKey::generate().reveal().to_string();
                Answer::new(&NewKey { key: key.clone() }, key)
            }
            Self::Rotate => rotate(context).await,
        }
    }
}

async fn rotate(context: &Context) -> anyhow::Result<Answer> {
    let settings = &context.settings;
    auth_server::log_to_stderr(settings.log, settings.log_level.as_deref());
    // First, so that no file of keys is made beside a database that is not there.
    let admin = open_admin(settings).await?;
    let Some(cipher) = encryption_keys(settings)? else {
        let message = "there is no file of encryption keys: give --encryption-key-file";
        return Err(Failure::failed("no_keys", message).into());
    };
    let seeds = admin.encrypt_anew(&operator(), &cipher).await?;
    let key = cipher.current().id();
    let text = format!("{seeds} seeds are encrypted under the key {key}. The others can go.");
    let key_id = key.to_string();
    Answer::new(&Rotated { key_id, seeds }, text)
}
