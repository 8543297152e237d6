//! What the record tells of how it was made.

use std::collections::BTreeMap;
use std::time::Duration;

use auth_bench::lab::plan::Plan;
use auth_bench::lab::runner::PROBE_ACCESS_TTL;

use super::Comparison;

impl Comparison {
    /// The settings in the record.
    pub fn settings_told(&self, plan: &Plan) -> BTreeMap<String, String> {
        let settings = &plan.settings;
        let preset = match (self.full, self.axes().are_open()) {
            (true, _) => "full",
            (_, true) => self.chosen_preset().name(),
            (_, false) => "none",
        };
        let milliseconds = |time: Duration| (time.as_secs_f64() * 1000.0).to_string();
        let told = [
            ("duration_s", settings.time.as_secs_f64().to_string()),
            ("warm_up_s", settings.warm_up.as_secs_f64().to_string()),
            ("threads", settings.threads.to_string()),
            ("repetitions", self.repetitions().to_string()),
            ("preset", preset.to_owned()),
            ("rounds_a_start", plan.rounds.to_string()),
            ("server_workers", "one a core, the default".to_owned()),
            ("access_ttl", "5 min, the default".to_owned()),
            (
                "tokens_remembered",
                "16384, the default, unless checked always".to_owned(),
            ),
            ("argon2", settings.argon2.to_string()),
            ("argon2_where_nothing_is_hashed", settings.cheap.to_string()),
            ("p99_bound_ms", milliseconds(settings.p99)),
            ("revocation_wait_ms", milliseconds(settings.revocation_wait)),
            (
                "revocation_access_ttl_s",
                PROBE_ACCESS_TTL.as_secs().to_string(),
            ),
            ("weighed_sessions", settings.weighed_sessions.to_string()),
            ("seed", settings.seed.to_string()),
            (
                "seed_wait",
                "half of the users 1 to 3 s, half 0.1 to 0.5 s".into(),
            ),
            (
                "seed_length",
                "120 s after the ramp; 10 s with --quick".into(),
            ),
            ("seed_ramp", "10 users a second; 50 with --quick".into()),
            ("seed_mix", "profile 5 : logout and login 1".into()),
            ("limits", "off".into()),
            ("postgres_durability", self.durability().into()),
        ];
        let told = told.into_iter();
        told.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn durability(&self) -> &'static str {
        match self.postgres {
            Some(_) => "as the given server is set up",
            None => "throwaway server: fsync, synchronous_commit and full_page_writes off",
        }
    }
}

/// Flags whose values may hold passwords.
const SECRET: [&str; 2] = ["--postgres", "--redis"];

/// The command that repeats this, without what may be secret in it.
pub fn command() -> String {
    let words = without_secrets(std::env::args().skip(1));
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("cargo run --release --bin lab -- {}", words.join(" "))
}

fn without_secrets(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut secret = false;
    let words = words.map(|word| {
        if std::mem::take(&mut secret) {
            return "…".to_owned();
        }
        secret = SECRET.contains(&word.as_str());
        match word.split_once('=') {
            Some((flag, _)) if SECRET.contains(&flag) => format!("{flag}=…"),
            _ => word,
        }
    });
    words.collect()
}

/// A word as a shell wants it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./:=,%+@…".contains(letter);
    match word.chars().all(plain) && !word.is_empty() {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_url_of_a_store_is_told() {
        let words = [
            "compare",
            "--redis",
            "redis://:s3cret@h",
            "--postgres=pw",
            "--quick",
        ];
        let told = without_secrets(words.map(str::to_owned).into_iter());
        assert_eq!(told, ["compare", "--redis", "…", "--postgres=…", "--quick"]);
    }

    #[test]
    fn a_told_command_can_be_pasted() {
        assert_eq!(quoted("--rtt=1ms"), "--rtt=1ms");
        assert_eq!(quoted("my server=http://h"), "'my server=http://h'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
