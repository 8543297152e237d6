//! Codes of authenticator apps (RFC 6238): SHA-1, six digits, steps of 30 seconds, which is
//! what every app understands.

use totp_rs::{Builder, Totp as Algorithm};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::error::BoxError;

/// 160 bits, as RFC 4226, 4, recommends.
const SEED_LEN: usize = 20;

/// How many steps before and after the present one are taken: for a clock that is off, and
/// for a slow hand (RFC 6238, 5.2).
const SKEW: u16 = 1;

/// The seed that an authenticator app shares with us.
#[derive(Clone)]
pub struct Totp {
    seed: Zeroizing<Vec<u8>>,
}

impl Totp {
    /// A fresh seed.
    ///
    /// # Panics
    /// When the operating system has no randomness to give; going on would be unsafe.
    #[allow(clippy::expect_used)]
    pub fn generate() -> Self {
        let mut seed = Zeroizing::new(vec![0; SEED_LEN]);
        getrandom::fill(&mut seed).expect("the operating system gives randomness");
        Self { seed }
    }

    /// One that was kept.
    pub fn from_seed(seed: Vec<u8>) -> Self {
        Self {
            seed: Zeroizing::new(seed),
        }
    }

    /// What is to be kept, encrypted.
    pub fn seed(&self) -> &[u8] {
        &self.seed
    }

    /// The seed in base 32, for who types it into an app.
    pub fn secret(&self) -> String {
        self.algorithm().secret().to_base32()
    }

    /// The `otpauth` URI that apps read from a QR code.
    ///
    /// # Errors
    /// When the names can't be in one.
    pub fn uri(&self, service: &str, account: &str) -> Result<String, BoxError> {
        // A colon parts the two.
        let without_colon = |text: &str| text.replace(':', " ");
        let named = self
            .builder()
            .with_issuer(Some(without_colon(service)))
            .with_account_name(without_colon(account));
        Ok(named.build()?.to_url()?)
    }

    /// The step whose code this is, if of one around `now`. Each is to be taken once (RFC 6238,
    /// 5.2). Blanks, as apps show them between digits, are passed over.
    pub fn matched_step(&self, code: &str, now: Timestamp) -> Option<i64> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let is_code = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let now = u64::try_from(now.as_secs()).ok()?;
        let step = is_code.then(|| self.algorithm().check(&digits, now))??;
        i64::try_from(step).ok()
    }

    fn algorithm(&self) -> Algorithm {
        self.builder().build_noncompliant()
    }

    fn builder(&self) -> Builder {
        Builder::new()
            .with_skew(SKEW)
            .with_secret(self.seed.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// The seed of RFC 6238, appendix B, for SHA-1.
    fn published() -> Totp {
        Totp::from_seed(b"12345678901234567890".to_vec())
    }

    #[test]
    fn the_published_vectors_match() {
        // The last six of the eight digits there.
        for (secs, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000_i64, "353130"),
        ] {
            let now = Timestamp::from_millis(secs * 1000);
            assert_eq!(
                published().matched_step(code, now),
                Some(secs / 30),
                "{secs}"
            );
        }
    }

    #[test]
    fn one_step_around_is_taken_and_no_further_one() {
        let step = Duration::from_secs(30);
        let at = Timestamp::from_millis(1_111_111_109_000);
        let code = "081804";
        for (now, matches) in [
            (at - step, true),
            (at, true),
            (at + step, true),
            (at - step * 2, false),
            (at + step * 2, false),
        ] {
            let matched = published().matched_step(code, now);
            assert_eq!(matched, matches.then_some(37_037_036), "{now}");
        }
    }

    #[test]
    fn what_is_no_code_matches_nothing() {
        let now = Timestamp::from_millis(59_000);
        assert_eq!(published().matched_step(" 287 082 ", now), Some(1));
        for code in [
            "",
            "28708",
            "2870820",
            "28708x",
            "+87082",
            "２８７０８２",
            "287\u{0}82",
        ] {
            assert_eq!(published().matched_step(code, now), None, "{code:?}");
        }
        assert_eq!(
            published().matched_step("287082", Timestamp::from_millis(-1)),
            None
        );
    }

    #[test]
    fn the_uri_names_the_service_and_the_account() {
        let uri = published().uri("Tea: House", "ada@example.org").unwrap();
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        assert!(
            uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            "{uri}"
        );
        assert!(uri.contains("issuer=Tea"), "{uri}");
    }
}
