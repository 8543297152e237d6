//! Databases as they are after years: filled with accounts and sessions in minutes.

mod draw;

use std::time::Duration;

use anyhow::{Context as _, ensure};
use auth_core::{
    Argon2Cost, Clock as _, Fingerprint, NewUser, Session, SystemClock, UserStore as _,
};
use auth_store::{Database, DatabaseConfig, DatabaseUrl, migrate};

use super::environment::{PASSWORD, hash};
use draw::Draw;

/// How many rows one transaction keeps: few transactions touch each page of an index less often.
const BATCH: u64 = 100_000;

/// How long PostgreSQL may take for one of them.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What a database is to be filled with.
#[derive(Clone, Debug)]
pub struct Growth {
    /// How many accounts; all of them have one password.
    pub users: u64,
    /// How many sessions that live, evenly spread over the accounts.
    pub sessions: u64,
    /// How many sessions that are over, in the same way.
    pub expired: u64,
    /// The price of the password.
    pub argon2: Argon2Cost,
    /// Equal seeds make equal names and credentials.
    pub seed: u64,
    /// Whether the database may have other accounts.
    pub add: bool,
    /// Of how many sessions to give the credentials.
    pub told: usize,
}

/// A session that was made, with opaque tokens for the `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The username of its owner.
    pub name: String,
    /// What is presented with every request.
    pub access: String,
    /// What is exchanged for the next.
    pub refresh: String,
}

/// How to use what was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grown {
    /// The username of the first account.
    pub first: String,
    /// The username of the last account.
    pub last: String,
    /// The password of all of them.
    pub password: &'static str,
    /// Some sessions, of accounts far from each other.
    pub sessions: Vec<SignedIn>,
}

/// Accounts and sessions of one transaction.
#[derive(Default)]
struct Batch {
    users: Vec<NewUser>,
    sessions: Vec<(Session, Fingerprint)>,
}

impl Batch {
    fn rows(&self) -> u64 {
        (self.users.len() + self.sessions.len()) as u64
    }
}

/// Fills a database, which is brought up to date first; `progress` hears of how many accounts
/// are there.
///
/// # Errors
/// When the database can't be used, or has accounts already and may not; and when it has some of
/// this seed. What was reported is kept.
pub async fn grow(
    url: &DatabaseUrl,
    growth: &Growth,
    mut progress: impl FnMut(u64),
) -> anyhow::Result<Grown> {
    ensure!(growth.users > 0, "there has to be an account");
    migrate::apply(url).await?;
    let config = DatabaseConfig {
        statement_timeout: PATIENCE,
        ..DatabaseConfig::default()
    };
    let database = Database::connect(url, &config).await?;
    let is_empty = database.list(None, 1).await?.is_empty();
    ensure!(
        is_empty || growth.add,
        "the database has accounts already: name another one, or allow it by --add"
    );
    let hash = hash(growth.argon2).await?;
    let mut draw = Draw::new(growth.seed, SystemClock.now());
    let mut batch = Batch::default();
    let mut told = vec![];
    for number in 0..growth.users {
        let user = draw.user(number, growth.users, &hash)?;
        for n in 0..share(growth.sessions, number, growth.users) {
            let (session, secret) = draw.live(&user)?;
            if n == 0 && (told.len() as u64) < share_until(growth.told, number, growth.users) {
                told.push(SignedIn {
                    name: user.username.to_string(),
                    access: secret.access().reveal(),
                    refresh: secret.reveal(),
                });
            }
            batch.sessions.push((session, draw::known_by(&secret)));
        }
        for _ in 0..share(growth.expired, number, growth.users) {
            let (session, secret) = draw.expired(&user)?;
            batch.sessions.push((session, draw::known_by(&secret)));
        }
        batch.users.push(user);
        if batch.rows() >= BATCH || number + 1 == growth.users {
            let kept = database.import(&batch.users, &batch.sessions).await;
            kept.context(
                "the accounts are not kept: if some are there already, take another --seed",
            )?;
            batch = Batch::default();
            progress(number + 1);
        }
    }
    Ok(Grown {
        first: draw.name(0),
        last: draw.name(growth.users - 1),
        password: PASSWORD,
        sessions: told,
    })
}

/// How many of `all` things belong to one of so many accounts.
fn share(all: u64, number: u64, accounts: u64) -> u64 {
    (number + 1) * all / accounts - number * all / accounts
}

/// How many of `all` things belong to the accounts up to this one.
fn share_until(all: usize, number: u64, accounts: u64) -> u64 {
    ((number + 1) * all as u64).div_ceil(accounts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_shared_out() {
        for (all, accounts) in [(0, 3), (2, 3), (3, 3), (10, 3), (1, 1)] {
            let shares = (0..accounts).map(|number| share(all, number, accounts));
            assert_eq!(shares.sum::<u64>(), all);
        }
    }
}
