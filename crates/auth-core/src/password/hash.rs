//! Stored password hashes: argon2id in PHC string format, or a [`ForeignHash`].

use std::fmt;

use argon2::password_hash::phc::{self, Output, ParamsString, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use subtle::{Choice, ConstantTimeEq as _};

use super::{Argon2Cost, ForeignHash, ForeignKind, HashKind, Password, UnfitHash};
use crate::error::BoxError;
use crate::secret::Secret;

/// Bytes of a hash.
pub(super) const OUTPUT_LEN: usize = 32;
const SALT_LEN: usize = 16;

/// What makes the hashes of one password differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordSalt([u8; SALT_LEN]);

impl PasswordSalt {
    /// A random salt.
    pub(super) fn generate() -> Result<Self, BoxError> {
        let mut salt = [0; SALT_LEN];
        getrandom::fill(&mut salt)?;
        Ok(Self(salt))
    }

    /// The salt of a thing: always the same, and random to whoever lacks the key
    /// (HMAC-SHA-256, cut to 128 bits).
    pub fn derived(key: &Secret, of: &str) -> Self {
        let mut salt = [0; SALT_LEN];
        let mac = key.keyed(&[b"password salt", of.as_bytes()]);
        salt.copy_from_slice(&mac[..SALT_LEN]);
        Self(salt)
    }
}

/// A password hash as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash that comes from the store.
    pub fn from_stored(phc: String) -> Self {
        Self(phc)
    }

    /// A hash from elsewhere: in the form in which it is stored, or in PHC string format if
    /// it is one of argon2id.
    ///
    /// # Errors
    /// When no sign-in could verify it.
    pub fn parse(text: &str) -> Result<Self, UnfitHash> {
        match text.starts_with("$argon2") {
            true if !text.starts_with("$argon2id-") => Self::from_phc(text),
            _ => text.parse::<ForeignHash>().map(|hash| Self::from(&hash)),
        }
    }

    /// An argon2id hash of version 1.3, the only one that is taken.
    fn from_phc(text: &str) -> Result<Self, UnfitHash> {
        let parsed = phc::PasswordHash::new(text).map_err(|_| UnfitHash::Malformed)?;
        let is_taken = parsed.algorithm == ARGON2ID_IDENT
            && parsed.version == Some(Version::V0x13.into())
            && parsed.params.iter().count() == 3;
        if !is_taken {
            return Err(UnfitHash::Unsupported);
        }
        let (Some(salt), Some(output)) = (parsed.salt, parsed.hash) else {
            return Err(UnfitHash::Malformed);
        };
        let cost = written_cost(&parsed).ok_or(UnfitHash::Malformed)?;
        Self::argon2id(cost, salt.as_ref(), output.as_bytes())
    }

    /// An argon2id hash of version 1.3 in its parts.
    ///
    /// # Errors
    /// When no sign-in could verify it.
    pub fn argon2id(cost: Argon2Cost, salt: &[u8], output: &[u8]) -> Result<Self, UnfitHash> {
        if salt.len() != SALT_LEN || output.len() != OUTPUT_LEN {
            let len = u32::try_from(output.len()).map_err(|_| UnfitHash::Malformed)?;
            let kind = ForeignKind::Argon2id { cost, len };
            return ForeignHash::new(kind, salt, output).map(|hash| Self::from(&hash));
        }
        let params = cost.params().map_err(|_| UnfitHash::Malformed)?;
        if cost.is_beyond_bounds() {
            return Err(UnfitHash::TooCostly);
        }
        Self::from_parts(&params, salt, output).map_err(|_| UnfitHash::Malformed)
    }

    /// The text, for the store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How it was made, if it can be read.
    pub fn kind(&self) -> Option<HashKind> {
        match self.foreign() {
            Some(foreign) => Some(HashKind::Foreign(foreign.kind())),
            None => self.cost().map(HashKind::Own),
        }
    }

    /// The hash that another system made, if it is one.
    fn foreign(&self) -> Option<ForeignHash> {
        let own = self.0.starts_with("$argon2id$");
        (!own).then(|| self.0.parse().ok()).flatten()
    }

    /// The parameters of a hash of ours, if it can be read.
    pub(super) fn cost(&self) -> Option<Argon2Cost> {
        cost_of(&phc::PasswordHash::new(&self.0).ok()?)
    }

    /// Whether it is none of ours, or today's parameters differ from its own.
    pub(super) fn is_outdated(&self, today: &Argon2Cost) -> bool {
        self.cost() != Some(*today)
    }

    /// What is compared with where there is nothing to compare with: it takes as long.
    pub(super) fn dummy(cost: &Argon2Cost) -> Result<Self, BoxError> {
        Self::from_parts(&cost.params()?, &[0; SALT_LEN], &[0; OUTPUT_LEN])
    }

    fn from_parts(params: &Params, salt: &[u8], output: &[u8]) -> Result<Self, BoxError> {
        let phc = phc::PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(params)?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(output)?),
        };
        Ok(Self(phc.to_string()))
    }
}

impl From<&ForeignHash> for PasswordHash {
    fn from(hash: &ForeignHash) -> Self {
        Self(hash.to_string())
    }
}

/// The parameters of an argon2id hash, unless they are beyond what any sign-in may cost.
fn cost_of(parsed: &phc::PasswordHash) -> Option<Argon2Cost> {
    let cost = written_cost(parsed)?;
    (parsed.algorithm == ARGON2ID_IDENT && !cost.is_beyond_bounds()).then_some(cost)
}

/// The parameters that a hash states.
fn written_cost(parsed: &phc::PasswordHash) -> Option<Argon2Cost> {
    let params = Params::try_from(parsed).ok()?;
    Some(Argon2Cost {
        memory_kib: params.m_cost(),
        passes: params.t_cost(),
        lanes: params.p_cost(),
    })
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// The memory that argon2 fills, kept between calls: giving a worker's 19 MiB back to
/// the system after each password costs a tenth of the hashing.
#[derive(Default)]
pub(super) struct Scratch {
    memory: Vec<Block>,
    #[cfg(test)]
    derivations: usize,
    #[cfg(test)]
    foreign_work: u64,
}

impl Scratch {
    pub(super) fn hash(
        &mut self,
        password: &Password,
        cost: &Argon2Cost,
        salt: &PasswordSalt,
    ) -> Result<PasswordHash, BoxError> {
        let params = cost.params()?;
        let output = self.derive(password, &salt.0, &params)?;
        PasswordHash::from_parts(&params, &salt.0, &output)
    }

    /// Whether the password has this hash, compared in constant time.
    pub(super) fn verify(
        &mut self,
        password: &Password,
        hash: &PasswordHash,
    ) -> Result<bool, BoxError> {
        match hash.foreign() {
            Some(foreign) => foreign.verify(self, password),
            None => self.verify_any(password, hash, &[hash]),
        }
    }

    /// Whether the password has one of `hashes`, hashed once with the salt and the
    /// parameters of `model`; compared in constant time.
    pub(super) fn verify_any(
        &mut self,
        password: &Password,
        model: &PasswordHash,
        hashes: &[&PasswordHash],
    ) -> Result<bool, BoxError> {
        let parsed = phc::PasswordHash::new(&model.0)?;
        let (Some(salt), Some(_)) = (parsed.salt, parsed.hash) else {
            return Err("a stored password hash lacks its salt or its output".into());
        };
        let cost = cost_of(&parsed).ok_or("a stored password hash is no argon2id that is taken")?;
        let output = self.derive(password, salt.as_ref(), &cost.params()?)?;
        let mut matches = Choice::from(0);
        for hash in hashes {
            let other = phc::PasswordHash::new(&hash.0)?;
            if let Some(expected) = other.hash.filter(|_| other.salt == parsed.salt) {
                matches |= output.ct_eq(expected.as_bytes());
            }
        }
        Ok(matches.into())
    }

    fn derive(
        &mut self,
        password: &Password,
        salt: &[u8],
        params: &Params,
    ) -> Result<[u8; OUTPUT_LEN], BoxError> {
        #[cfg(test)]
        {
            self.derivations += 1;
        }
        let mut output = [0; OUTPUT_LEN];
        self.derive_into(password, salt, params, &mut output)?;
        Ok(output)
    }

    /// Hashes with argon2id into `output`, whose length is that of `params`.
    pub(super) fn derive_into(
        &mut self,
        password: &Password,
        salt: &[u8],
        params: &Params,
        output: &mut [u8],
    ) -> Result<(), BoxError> {
        let blocks = params.block_count();
        if self.memory.len() < blocks {
            self.memory.resize(blocks, Block::default());
        }
        let memory = self.memory.get_mut(..blocks).unwrap_or_default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
            .hash_password_into_with_memory(password.reveal().as_bytes(), salt, output, memory)?;
        Ok(())
    }

    /// Takes note of work on a foreign hash.
    #[cfg(test)]
    pub(super) fn note_foreign(&mut self, kind: ForeignKind) {
        self.foreign_work += kind.work();
    }

    /// How often it has hashed.
    #[cfg(test)]
    pub(super) fn derivations(&self) -> usize {
        self.derivations
    }

    /// How much it has worked on foreign hashes; see [`ForeignKind::work`].
    #[cfg(test)]
    pub(super) fn foreign_work(&self) -> u64 {
        self.foreign_work
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

    fn salt() -> PasswordSalt {
        PasswordSalt::generate().unwrap()
    }

    #[test]
    fn the_argon2_crate_agrees_with_our_hashes() {
        use argon2::PasswordVerifier as _;
        let mut scratch = Scratch::default();
        let hash = scratch
            .hash(&Password::new("correct horse"), &CHEAP, &salt())
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
            .hash(&Password::new("first password"), &CHEAP, &salt())
            .unwrap();
        scratch
            .hash(&Password::new("second password"), &CHEAP, &salt())
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
            .hash(&Password::new("x"), &CHEAP, &salt())
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
            .hash(&Password::new("caf\u{e9} au lait"), &CHEAP, &salt())
            .unwrap();
        assert!(
            scratch
                .verify(&Password::new("cafe\u{301} au lait"), &hash)
                .unwrap()
        );
    }
}
