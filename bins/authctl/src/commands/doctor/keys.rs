//! How old keys are, and who can read them.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use auth_core::{Clock as _, SystemClock, Timestamp};
use auth_jwt::KeyInfo;
use auth_server::Settings;

use super::super::Context;
use super::finding::Finding;

const SIGNING: &str = "signing keys";
const ENCRYPTION: &str = "encryption key";

const DAY: Duration = Duration::from_secs(86_400);

/// A signing key is used for a year or three (NIST SP 800-57 part 1, 5.3.6).
const OLD: Duration = Duration::from_secs(365 * 86_400);

/// Looks at the files; none is made.
pub fn look(context: &Context) -> Vec<Finding> {
    let (tokens, data_dir) = (&context.servers.strategies.jwt, &context.settings.data_dir);
    let now = SystemClock.now();
    let signing = match tokens.has_keys(data_dir) {
        false => Finding::ok(SIGNING, "none yet: jwt-server makes the first one"),
        true => match tokens.keys(data_dir).and_then(|ring| Ok(ring.list(now)?)) {
            Ok(keys) => judge(&keys, now, tokens.access_ttl),
            Err(error) => {
                let remedy = "mend the file, or restore it from a backup";
                Finding::problem(SIGNING, format!("{error:#}"), remedy)
            }
        },
    };
    vec![signing, encryption(&context.settings)]
}

fn judge(keys: &[KeyInfo], now: Timestamp, access_ttl: Duration) -> Finding {
    let is_active = |key: &&KeyInfo| key.state.as_str() == "active";
    let age = |key: &KeyInfo| now.since(key.created_at);
    let Some(active) = keys.iter().rev().find(is_active) else {
        return Finding::warning(SIGNING, "none is active", "run `authctl keys rotate`");
    };
    let days = age(active).as_secs() / DAY.as_secs();
    if age(active) > OLD {
        let found = format!("the active one is {days} days old");
        return Finding::warning(SIGNING, found, "run `authctl keys rotate`");
    }
    let is_over = age(active) > access_ttl + DAY;
    match keys.iter().find(|key| !is_active(key)) {
        Some(old) if is_over => Finding::warning(
            SIGNING,
            format!("{} signs no more, and all it signed has expired", old.kid),
            format!("run `authctl keys retire {}`", old.kid),
        ),
        _ => Finding::ok(SIGNING, format!("the active one is {days} days old")),
    }
}

fn encryption(settings: &Settings) -> Finding {
    let given = settings.factors.encryption_key_file.clone();
    let file = given.unwrap_or_else(|| settings.data_dir.join("encryption.key"));
    let shown = file.display();
    match fs::metadata(&file) {
        Ok(about) if about.mode() & 0o007 != 0 => Finding::problem(
            ENCRYPTION,
            format!("everybody on this machine can read {shown}"),
            format!("run `chmod 600 {shown}`"),
        ),
        Ok(_) => Finding::ok(
            ENCRYPTION,
            format!("{shown}; keep a copy of it with the backups"),
        ),
        Err(_) if settings.factors.encryption_key_file.is_none() => {
            Finding::ok(ENCRYPTION, "none yet: a server makes it")
        }
        Err(error) => Finding::problem(
            ENCRYPTION,
            format!("{shown} can't be read: {error}"),
            "restore it, or make it with `authctl encryption new-key`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use auth_jwt::{Algorithm, KeyState};

    use super::super::finding::Level;
    use super::*;

    fn key(state: KeyState, days: u64) -> KeyInfo {
        KeyInfo {
            kid: format!("{days}"),
            algorithm: Algorithm::EdDsa,
            state,
            created_at: now() - DAY * u32::try_from(days).unwrap(),
        }
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(0) + DAY * 10_000
    }

    fn level(keys: &[KeyInfo]) -> Level {
        judge(keys, now(), Duration::from_secs(300)).level
    }

    #[test]
    fn a_key_is_used_for_a_year() {
        assert_eq!(level(&[key(KeyState::Active, 364)]), Level::Ok);
        assert_eq!(level(&[key(KeyState::Active, 366)]), Level::Warning);
        assert_eq!(level(&[]), Level::Warning);
    }

    #[test]
    fn a_key_whose_tokens_have_expired_can_go() {
        let keys = |active| [key(KeyState::Retiring, 200), key(KeyState::Active, active)];
        assert_eq!(level(&keys(0)), Level::Ok);
        assert_eq!(level(&keys(3)), Level::Warning);
    }
}
