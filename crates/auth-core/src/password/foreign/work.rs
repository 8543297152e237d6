//! Computing foreign hashes.

use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use argon2::Params;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::{Digest, ForeignHash, ForeignKind, OUTPUT_LEN, ScryptCost};
use crate::error::BoxError;
use crate::password::Password;
use crate::password::hash::Scratch;

/// What bcrypt reads of a password; the rest of it does not matter.
const BCRYPT_MAX: usize = 72;

impl ForeignHash {
    /// Whether the password has this hash, compared in constant time.
    pub(in crate::password) fn verify(
        &self,
        scratch: &mut Scratch,
        password: &Password,
    ) -> Result<bool, BoxError> {
        let output = self.kind.derive(scratch, password, &self.salt)?;
        Ok(output.ct_eq(&self.output).into())
    }
}

impl ForeignKind {
    /// Takes as long as a comparison with a hash of this kind.
    pub(in crate::password) fn idle(
        self,
        scratch: &mut Scratch,
        password: &Password,
    ) -> Result<(), BoxError> {
        self.derive(scratch, password, &[0; 16]).map(|_| ())
    }

    fn derive(
        self,
        scratch: &mut Scratch,
        password: &Password,
        salt: &[u8],
    ) -> Result<[u8; OUTPUT_LEN], BoxError> {
        #[cfg(test)]
        scratch.note_foreign(self);
        let typed = password.reveal();
        match self {
            Self::Pbkdf2 { digest, iterations } => {
                Ok(pbkdf2_of(digest, iterations, typed.as_bytes(), salt))
            }
            Self::Scrypt(cost) => scrypt_of(cost, typed.as_bytes(), salt),
            Self::ScryptNfkc(cost) => {
                let typed = Zeroizing::new(typed.nfkc().collect::<String>());
                scrypt_of(cost, typed.as_bytes(), salt)
            }
            Self::Firebase(cost) => {
                let key = Zeroizing::new(scrypt_of::<32>(cost, typed.as_bytes(), salt)?);
                let mut stream = aes::Block::default();
                aes::Aes256::new(&(*key).into()).encrypt_block(&mut stream);
                Ok(stream.into())
            }
            Self::Bcrypt(rounds) => bcrypt_of(rounds, typed.as_bytes(), salt),
            Self::BcryptSha256(rounds) => {
                let digest = Sha256::digest(typed.as_bytes());
                let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                bcrypt_of(rounds, Zeroizing::new(hex).as_bytes(), salt)
            }
            Self::Argon2id { cost, len } => {
                let len = usize::try_from(len)?;
                let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(len))?;
                let mut output = vec![0; len];
                scratch.derive_into(password, salt, &params, &mut output)?;
                first(&output)
            }
        }
    }
}

fn pbkdf2_of(digest: Digest, iterations: u32, password: &[u8], salt: &[u8]) -> [u8; OUTPUT_LEN] {
    // The first block of a longer output is the same.
    let mut output = [0; OUTPUT_LEN];
    match digest {
        Digest::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, &mut output),
        Digest::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut output),
        Digest::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, iterations, &mut output),
    }
    output
}

fn scrypt_of<const LEN: usize>(
    cost: ScryptCost,
    password: &[u8],
    salt: &[u8],
) -> Result<[u8; LEN], BoxError> {
    let params = scrypt::Params::new(cost.log_n, cost.r, cost.p)?;
    // A longer output begins with these bytes (RFC 7914, 6: they are PBKDF2's).
    let mut output = [0; LEN];
    scrypt::scrypt(password, salt, &params, &mut output)?;
    Ok(output)
}

fn bcrypt_of(rounds: u32, password: &[u8], salt: &[u8]) -> Result<[u8; OUTPUT_LEN], BoxError> {
    let read = password.len().min(BCRYPT_MAX);
    let mut read = Zeroizing::new(password[..read].to_vec());
    // Its end is a part of the password, where there is room for it.
    if read.len() < BCRYPT_MAX {
        read.push(0);
    }
    first(&bcrypt::bcrypt(rounds, salt.try_into()?, &read))
}

fn first(output: &[u8]) -> Result<[u8; OUTPUT_LEN], BoxError> {
    let kept = output.first_chunk().copied();
    kept.ok_or_else(|| "an output is too short".into())
}
