//! `authctl encryption`: the keys under which the seeds of authenticator apps and the secrets of
//! webhooks are encrypted.

use auth_core::factor::CipherKey;
use auth_server::encryption_keys;
use clap::Subcommand;
use serde::Serialize;

use super::Context;
use super::stores::open_admin;
use super::user::operator;
use crate::answer::Answer;
use crate::failure::Failure;

/// The keys under which the seeds of authenticator apps and the secrets of webhooks are encrypted.
#[derive(Subcommand)]
pub enum Command {
    /// Print a fresh key, to be a line of --encryption-key-file.
    NewKey,

    /// Encrypt all seeds and secrets of webhooks anew under the first key of
    /// --encryption-key-file. The other keys have to be there for that, and on every server the new
    /// one.
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
    /// The webhooks whose secrets are encrypted anew.
    webhooks: usize,
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
    // Before, so that none is counted that is made too late to be among them.
    let webhooks = admin.webhooks().await?.len();
    let seeds = admin.encrypt_anew(&operator(), &cipher).await?;
    let key_id = cipher.current().id().to_string();
    let rotated = Rotated {
        key_id,
        seeds,
        webhooks,
    };
    Answer::new(&rotated, rotated.told())
}

impl Rotated {
    fn told(&self) -> String {
        let seeds = match self.seeds {
            1 => "1 seed".to_owned(),
            count => format!("{count} seeds"),
        };
        let webhooks = match self.webhooks {
            1 => "1 webhook".to_owned(),
            count => format!("{count} webhooks"),
        };
        format!(
            "{seeds} and the secrets of {webhooks} are encrypted under the key {}. \
             The others can go.",
            self.key_id
        )
    }
}
