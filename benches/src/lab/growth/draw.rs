//! Drawing accounts and sessions.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use auth_core::session::SecretKind;
use auth_core::{
    Device, FieldError, Fingerprint, NewUser, PasswordHash, PersonName, Secret, Session, Timestamp,
};
use fastrand::Rng;

use crate::lab::environment;

const DAY: u64 = 86_400_000;

/// How long a session may be idle, in days, and how long it may last.
const IDLE: u64 = 30;
const ABSOLUTE: u64 = 90;

const FIRST_NAMES: [&str; 8] = [
    "Ada",
    "Alan",
    "Barbara",
    "Edsger",
    "Grace",
    "Jürgen",
    "Katherine",
    "Łukasz",
];

const LAST_NAMES: [&str; 8] = [
    "Dijkstra", "Goldberg", "Hopper", "Johnson", "Kowalski", "Liskov", "Lovelace", "Turing",
];

const CLIENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
];

/// Draws the same for the same seed, but for times, which count from now.
pub(super) struct Draw {
    rng: Rng,
    seed: u64,
    now: u64,
}

/// How a store knows the secret of a session that was drawn.
pub(super) fn known_by(secret: &Secret) -> Fingerprint {
    SecretKind::Bearer.known_by(secret).fingerprint()
}

impl Draw {
    pub(super) fn new(seed: u64, now: Timestamp) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            seed,
            now: now.as_millis().unsigned_abs(),
        }
    }

    /// The username of an account.
    pub(super) fn name(&self, number: u64) -> String {
        format!("grown-{}-{number:07}", self.seed)
    }

    /// One of so many accounts, which were made one after the other from three years ago until
    /// one year ago.
    pub(super) fn user(
        &mut self,
        number: u64,
        accounts: u64,
        hash: &PasswordHash,
    ) -> anyhow::Result<NewUser> {
        let created_at = self.now - 1095 * DAY + 730 * DAY * number / accounts;
        let name = |field, names: &[&str], n: usize| {
            let parsed = PersonName::parse(field, names[n]);
            parsed.map_err(|refused: FieldError| anyhow::anyhow!(refused.detail))
        };
        let (first, last) = (self.rng.usize(..8), self.rng.usize(..8));
        Ok(NewUser {
            id: self.id(created_at).parse()?,
            first_name: name("first_name", &FIRST_NAMES, first)?,
            last_name: name("last_name", &LAST_NAMES, last)?,
            created_at: at(created_at),
            ..environment::user(&self.name(number), hash)?
        })
    }

    /// A session that was begun within the idle time, less a day, and used since.
    pub(super) fn live(&mut self, user: &NewUser) -> anyhow::Result<(Session, Secret)> {
        let age = self.rng.u64(1..(IDLE - 1) * DAY);
        let used = self.rng.u64(..age);
        self.session(user, self.now - age, used)
    }

    /// A session that was begun before the longest time that one may last.
    pub(super) fn expired(&mut self, user: &NewUser) -> anyhow::Result<(Session, Secret)> {
        let age = (ABSOLUTE + 1) * DAY + self.rng.u64(..100 * DAY);
        let used = self.rng.u64(..DAY);
        self.session(user, self.now - age, used)
    }

    fn session(
        &mut self,
        user: &NewUser,
        created_at: u64,
        used_after: u64,
    ) -> anyhow::Result<(Session, Secret)> {
        let [a, b, c, d] = self.rng.u32(..).to_be_bytes();
        let client = CLIENTS[usize::from(a) % CLIENTS.len()];
        let device = Device::new(client, IpAddr::V4(Ipv4Addr::new(10, b, c, d)));
        let session = Session {
            id: self.id(created_at).parse()?,
            user_id: user.id,
            kind: SecretKind::Bearer,
            credentials_version: 0,
            created_at: at(created_at),
            last_seen_at: at(created_at + used_after),
            auth_time: at(created_at),
            idle: Duration::from_millis(IDLE * DAY),
            ends_at: at(created_at + ABSOLUTE * DAY),
            remember: true,
            device,
            tokens_until: Timestamp::default(),
            unused: false,
            identity: None,
            assurance: Default::default(),
        };
        Ok((session, self.secret()?))
    }

    /// The text of a UUIDv7 of this time.
    fn id(&mut self, millis: u64) -> String {
        let (high, low) = (millis >> 16, millis & 0xffff);
        let (a, b, c) = (
            self.rng.u16(..) & 0xfff,
            self.rng.u16(..) & 0x3fff,
            self.rng.u64(..),
        );
        format!(
            "{high:08x}-{low:04x}-7{a:03x}-{:04x}-{:012x}",
            0x8000 | b,
            c >> 16
        )
    }

    /// A secret as its holder writes it: 43 characters, of which the last says little.
    fn secret(&mut self) -> anyhow::Result<Secret> {
        let signs: String = (0..42).map(|_| self.rng.alphanumeric()).collect();
        Ok(format!("{signs}A").parse()?)
    }
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis.cast_signed())
}
