//! Stored password hashes: argon2id in PHC string format.

use std::fmt;

use argon2::password_hash::phc::{self, Output, ParamsString, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq as _;

use super::{Argon2Cost, Password};
use crate::error::BoxError;

/// Bytes of a hash.
pub(super) const OUTPUT_LEN: usize = 32;
const SALT_LEN: usize = 16;

/// A password hash as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash that comes from the store.
    pub fn from_stored(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for the store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether today's parameters differ from those of this hash.
    pub(super) fn is_outdated(&self, today: &Argon2Cost) -> bool {
        phc::PasswordHash::new(&self.0)
            .ok()
            .and_then(|parsed| Params::try_from(&parsed).ok())
            .is_none_or(|p| {
                (p.m_cost(), p.t_cost(), p.p_cost())
                    != (today.memory_kib, today.passes, today.lanes)
            })
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// The memory that argon2 fills, kept between calls: giving a worker's 19 MiB back to
/// the system after each password costs a tenth of the hashing.
#[derive(Default)]
pub(super) struct Scratch(Vec<Block>);

impl Scratch {
    pub(super) fn hash(
        &mut self,
        password: &Password,
        cost: &Argon2Cost,
    ) -> Result<PasswordHash, BoxError> {
        let mut salt = [0; SALT_LEN];
        getrandom::fill(&mut salt)?;
        let params = cost.params()?;
        let output = self.derive(password, &salt, &params)?;
        let phc = phc::PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(Salt::new(&salt)?),
            hash: Some(Output::new(&output)?),
        };
        Ok(PasswordHash(phc.to_string()))
    }

    /// Whether the password has this hash, compared in constant time.
    pub(super) fn verify(
        &mut self,
        password: &Password,
        hash: &PasswordHash,
    ) -> Result<bool, BoxError> {
        let parsed = phc::PasswordHash::new(&hash.0)?;
        let (Some(salt), Some(expected)) = (parsed.salt, parsed.hash) else {
            return Err("a stored password hash lacks its salt or its output".into());
        };
        if parsed.algorithm != ARGON2ID_IDENT {
            return Err("a stored password hash is not argon2id".into());
        }
        let output = self.derive(password, salt.as_ref(), &Params::try_from(&parsed)?)?;
        Ok(output.ct_eq(expected.as_bytes()).into())
    }

    fn derive(
        &mut self,
        password: &Password,
        salt: &[u8],
        params: &Params,
    ) -> Result<[u8; OUTPUT_LEN], BoxError> {
        let blocks = params.block_count();
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::default());
        }
        let memory = self.0.get_mut(..blocks).unwrap_or_default();
        let mut output = [0; OUTPUT_LEN];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
            .hash_password_into_with_memory(
                password.reveal().as_bytes(),
                salt,
                &mut output,
                memory,
            )?;
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Argon2Cost = Argon2Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };

    #[test]
    fn the_argon2_crate_agrees_with_our_hashes() {
        use argon2::PasswordVerifier as _;
        let mut scratch = Scratch::default();
        let hash = scratch
            .hash(&Password::new("correct horse"), &CHEAP)
            .unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        let parsed = phc::PasswordHash::new(hash.as_str()).unwrap();
        assert!(
            Argon2::default()
                .verify_password(b"correct horse", &parsed)
                .is_ok()
        );
        assert!(
            scratch
                .verify(&Password::new("correct horse"), &hash)
                .unwrap()
        );
        assert!(
            !scratch
                .verify(&Password::new("correct horsf"), &hash)
                .unwrap()
        );
    }

    #[test]
    fn scratch_memory_leaks_nothing_from_one_password_to_the_next() {
        let mut scratch = Scratch::default();
        let first = scratch
            .hash(&Password::new("first password"), &CHEAP)
            .unwrap();
        scratch
            .hash(&Password::new("second password"), &CHEAP)
            .unwrap();
        assert!(
            scratch
                .verify(&Password::new("first password"), &first)
                .unwrap()
        );
        assert!(
            Scratch::default()
                .verify(&Password::new("first password"), &first)
                .unwrap()
        );
    }

    #[test]
    fn other_parameters_make_a_hash_outdated() {
        let hash = Scratch::default()
            .hash(&Password::new("x"), &CHEAP)
            .unwrap();
        assert!(!hash.is_outdated(&CHEAP));
        assert!(hash.is_outdated(&Argon2Cost::default()));
        assert!(PasswordHash::from_stored("garbage".into()).is_outdated(&CHEAP));
    }

    #[test]
    fn garbage_in_the_store_is_an_error_and_no_match() {
        for text in [
            "",
            "garbage",
            "$argon2id$v=19$m=64,t=1,p=1$",
            "$scrypt$ln=1$c2FsdHNhbHQ$aGFzaA",
        ] {
            let hash = PasswordHash::from_stored(text.into());
            assert!(
                Scratch::default()
                    .verify(&Password::new("x"), &hash)
                    .is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn same_text_in_another_normalisation_matches() {
        let mut scratch = Scratch::default();
        let hash = scratch
            .hash(&Password::new("caf\u{e9} au lait"), &CHEAP)
            .unwrap();
        assert!(
            scratch
                .verify(&Password::new("cafe\u{301} au lait"), &hash)
                .unwrap()
        );
    }
}
