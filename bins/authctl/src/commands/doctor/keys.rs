//! How old signing keys are.

use std::time::Duration;

use auth_core::{Clock as _, SystemClock, Timestamp};
use auth_jwt::KeyInfo;

use super::super::Context;
use super::finding::Finding;

const CHECK: &str = "signing keys";

const DAY: Duration = Duration::from_secs(86_400);

/// A signing key is used for a year or three (NIST SP 800-57 part 1, 5.3.6).
const OLD: Duration = Duration::from_secs(365 * 86_400);

/// Looks at the files; none is made.
pub fn look(context: &Context) -> Finding {
    let (tokens, data_dir) = (&context.servers.strategies.jwt, &context.settings.data_dir);
    let now = SystemClock.now();
    match tokens.has_keys(data_dir) {
        false => Finding::ok(CHECK, "none yet: jwt-server makes the first one"),
        true => match tokens.keys(data_dir).and_then(|ring| Ok(ring.list(now)?)) {
            Ok(keys) => judge(&keys, now, tokens.access_ttl),
            Err(error) => {
                let remedy = "mend the file, or restore it from a backup";
                Finding::problem(CHECK, format!("{error:#}"), remedy)
            }
        },
    }
}

fn judge(keys: &[KeyInfo], now: Timestamp, access_ttl: Duration) -> Finding {
    let is_active = |key: &&KeyInfo| key.state.as_str() == "active";
    let age = |key: &KeyInfo| now.since(key.created_at);
    let Some(active) = keys.iter().rev().find(is_active) else {
        return Finding::warning(CHECK, "none is active", "run `authctl keys rotate`");
    };
    let days = age(active).as_secs() / DAY.as_secs();
    if age(active) > OLD {
        let found = format!("the active one is {days} days old");
        return Finding::warning(CHECK, found, "run `authctl keys rotate`");
    }
    let is_over = age(active) > access_ttl + DAY;
    match keys.iter().find(|key| !is_active(key)) {
        Some(old) if is_over => Finding::warning(
            CHECK,
            format!("{} signs no more, and all it signed has expired", old.kid),
            format!("run `authctl keys retire {}`", old.kid),
        ),
        _ => Finding::ok(CHECK, format!("the active one is {days} days old")),
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
