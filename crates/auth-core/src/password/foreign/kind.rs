//! The kinds of foreign hashes: format and parameters.

use std::fmt;

use super::UnfitHash;
use crate::password::Argon2Cost;

/// How a foreign hash is made, but for its salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignKind {
    /// PBKDF2 (RFC 8018, 5.2) with HMAC: werkzeug, Django, Keycloak.
    Pbkdf2 {
        /// The hash function of the HMAC.
        digest: Digest,
        /// How often it is applied.
        iterations: u32,
    },
    /// scrypt (RFC 7914): werkzeug, Django.
    Scrypt(ScryptCost),
    /// scrypt of the password in normalisation form KC: better-auth.
    ScryptNfkc(ScryptCost),
    /// Firebase's scrypt, whose output is an AES-256 key that encrypts (in counter mode,
    /// beginning at zero) the project's signer key. What is kept is the key stream, that is
    /// the hash without the signer key.
    Firebase(ScryptCost),
    /// bcrypt with 2^n rounds: Devise, Auth0, GoTrue.
    Bcrypt(u32),
    /// bcrypt with 2^n rounds of the password's SHA-256 in hexadecimal: Django.
    BcryptSha256(u32),
    /// argon2id (RFC 9106) whose salt or output has another length than ours: Django,
    /// Keycloak.
    Argon2id {
        /// Its parameters.
        cost: Argon2Cost,
        /// Bytes of its output, which decide on all of them.
        len: u32,
    },
}

/// The hash function of a PBKDF2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// The parameters of scrypt (RFC 7914, 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScryptCost {
    /// The logarithm of N, to base 2.
    pub log_n: u8,
    /// The block size.
    pub r: u32,
    /// How often all of it is done.
    pub p: u32,
}

impl ScryptCost {
    /// The most memory that may be asked for, in KiB.
    const MOST_MEMORY_KIB: u64 = 256 * 1024;

    /// The parameters, where N is given itself.
    ///
    /// # Errors
    /// When N is no power of two, or they are beyond what any sign-in may cost.
    pub fn new(n: u64, r: u32, p: u32) -> Result<Self, UnfitHash> {
        let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| UnfitHash::Malformed)?;
        if !n.is_power_of_two() {
            return Err(UnfitHash::Malformed);
        }
        let cost = Self { log_n, r, p };
        cost.check().map(|()| cost)
    }

    fn check(self) -> Result<(), UnfitHash> {
        if self.log_n == 0 || self.r == 0 || self.p == 0 {
            return Err(UnfitHash::Malformed);
        }
        let fits = self.log_n <= 20 && self.r <= 64 && self.p <= 16;
        match fits && self.memory_kib() <= Self::MOST_MEMORY_KIB {
            true => Ok(()),
            false => Err(UnfitHash::TooCostly),
        }
    }

    /// 128 N r bytes (RFC 7914, 5).
    fn memory_kib(self) -> u64 {
        ((u64::from(self.r) << self.log_n) / 8).max(1)
    }

    /// Blocks of 128 r bytes that are mixed.
    fn work(self) -> u64 {
        (u64::from(self.r) << self.log_n) * u64::from(self.p)
    }
}

impl ForeignKind {
    const MOST_ITERATIONS: u32 = 10_000_000;
    const MOST_ROUNDS: u32 = 16;
    const MOST_MEMORY_KIB: u32 = 256 * 1024;
    const MOST_PASSES: u32 = 100;

    /// Refuses what no sign-in may cost, whatever an import allows.
    pub(super) fn check(self) -> Result<(), UnfitHash> {
        let within = |fits: bool| fits.then_some(()).ok_or(UnfitHash::TooCostly);
        match self {
            Self::Pbkdf2 { iterations: 0, .. } => Err(UnfitHash::Malformed),
            Self::Pbkdf2 { iterations, .. } => within(iterations <= Self::MOST_ITERATIONS),
            Self::Scrypt(cost) | Self::ScryptNfkc(cost) => cost.check(),
            Self::Firebase(cost) if cost.p != 1 => Err(UnfitHash::Malformed),
            Self::Firebase(cost) => cost.check(),
            Self::Bcrypt(n) | Self::BcryptSha256(n) if n < 4 => Err(UnfitHash::Malformed),
            Self::Bcrypt(n) | Self::BcryptSha256(n) => within(n <= Self::MOST_ROUNDS),
            Self::Argon2id { len, .. } if !(16..=64).contains(&len) => Err(UnfitHash::Unsupported),
            Self::Argon2id { cost, .. } => {
                cost.params().map_err(|_| UnfitHash::Malformed)?;
                let memory = cost.memory_kib <= Self::MOST_MEMORY_KIB;
                within(memory && cost.passes <= Self::MOST_PASSES)
            }
        }
    }

    /// Whether its salts have 16 bytes, always.
    pub(super) fn has_salt_of_16(self) -> bool {
        matches!(self, Self::Bcrypt(_) | Self::BcryptSha256(_))
    }

    /// The time that one guess takes, in blocks of a KiB that argon2 fills: a bound, and near
    /// enough for one. Such a block took 0.4 µs where an iteration of PBKDF2 took 0.1 µs with
    /// SHA-1 or SHA-256, up to four times as much without instructions for them, and 0.5 µs
    /// with SHA-512; mixing 128 bytes twice in scrypt 0.3 µs, and a round of bcrypt 58 µs.
    pub fn work(self) -> u64 {
        match self {
            Self::Pbkdf2 { digest, iterations } => digest.work() * u64::from(iterations),
            Self::Scrypt(cost) | Self::ScryptNfkc(cost) | Self::Firebase(cost) => cost.work(),
            Self::Bcrypt(n) | Self::BcryptSha256(n) => 150 << n.min(32),
            Self::Argon2id { cost, .. } => cost.work(),
        }
    }

    /// The memory that one guess takes, in KiB.
    pub fn memory_kib(self) -> u64 {
        match self {
            Self::Scrypt(cost) | Self::ScryptNfkc(cost) | Self::Firebase(cost) => cost.memory_kib(),
            Self::Argon2id { cost, .. } => cost.memory_kib.into(),
            Self::Pbkdf2 { .. } => 1,
            Self::Bcrypt(_) | Self::BcryptSha256(_) => 4,
        }
    }
}

impl Digest {
    fn work(self) -> u64 {
        match self {
            Self::Sha1 | Self::Sha256 => 1,
            Self::Sha512 => 2,
        }
    }

    pub(super) const fn scheme(self) -> &'static str {
        match self {
            Self::Sha1 => "pbkdf2-sha1",
            Self::Sha256 => "pbkdf2-sha256",
            Self::Sha512 => "pbkdf2-sha512",
        }
    }
}

impl fmt::Display for ScryptCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ln={},r={},p={}", self.log_n, self.r, self.p)
    }
}

/// What stands before the salt, such as `$pbkdf2-sha256$i=600000`.
impl fmt::Display for ForeignKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pbkdf2 { digest, iterations } => write!(f, "${}$i={iterations}", digest.scheme()),
            Self::Scrypt(cost) => write!(f, "$scrypt${cost}"),
            Self::ScryptNfkc(cost) => write!(f, "$scrypt-nfkc${cost}"),
            Self::Firebase(cost) => write!(f, "$firebase-scrypt${cost}"),
            Self::Bcrypt(rounds) => write!(f, "$bcrypt$r={rounds}"),
            Self::BcryptSha256(rounds) => write!(f, "$bcrypt-sha256$r={rounds}"),
            Self::Argon2id { cost, len } => write!(f, "$argon2id-other${cost},l={len}"),
        }
    }
}
