//! An authenticator app on somebody's phone.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow};
use tokio::time::sleep;
use totp_rs::{Builder, Secret, Totp};

/// The length of a step, in seconds (RFC 6238, 4.1).
const STEP: u64 = 30;

/// A page is filled in within this time, in seconds.
const SLOWNESS: u64 = 10;

/// An app that shows no code twice, since none works twice.
pub struct App {
    totp: Totp,
    last: u64,
}

impl App {
    /// One that was given this key.
    pub fn with_key(key: &str) -> Result<Self> {
        let key: String = key.split_whitespace().collect();
        let secret = Secret::try_from_base32(&key).map_err(|error| anyhow!("{error:?}"))?;
        Ok(Self {
            totp: Builder::new().with_secret(secret).build_noncompliant(),
            last: 0,
        })
    }

    /// The first code that was not shown yet, once a server takes it: it does so one step before
    /// and after the present one.
    pub async fn code(&mut self) -> Result<String> {
        loop {
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
            let oldest = (now + SLOWNESS) / STEP - 1;
            let step = oldest.max(self.last + 1);
            if step <= now / STEP + 1 {
                self.last = step;
                return Ok(self.totp.generate(step * STEP).to_string());
            }
            sleep(Duration::from_millis(250)).await;
        }
    }
}
