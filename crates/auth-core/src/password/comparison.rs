//! Comparing a typed password so that the time tells nothing: neither whether there is an
//! account, nor how many sign-ups wait, nor when their passwords were hashed.

use super::hash::Scratch;
use super::kinds::KindsInUse;
use super::{Argon2Cost, HashKind, Password, PasswordHash};
use crate::error::BoxError;

/// What a typed password is compared with when somebody signs in.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// The account's hash, if there is an account that has one.
    pub account: Option<PasswordHash>,
    /// Whether the account's password signs in. If so, nothing is left to hide from whoever
    /// knows it, and the work ends there.
    pub admits: bool,
    /// The hashes of the sign-ups that wait, the newest first.
    pub sign_ups: Vec<PasswordHash>,
}

/// What the comparison brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// It is the account's password.
    pub account: bool,
    /// The account's hash was made with other parameters than today's.
    pub outdated: bool,
    /// It is the password of a sign-up that waits.
    pub sign_up: bool,
}

impl Candidates {
    /// Hashes the password twice under each of our parameters, once for the account and once
    /// for the sign-ups, whether or not there are any; and once as each of the other systems
    /// does whose hashes are in use, which only accounts have.
    pub(super) fn compare(
        &self,
        scratch: &mut Scratch,
        password: &Password,
        in_use: &KindsInUse,
        today: &Argon2Cost,
    ) -> Result<Comparison, BoxError> {
        let account = match &self.account {
            Some(hash) => scratch.verify(password, hash)?,
            None => false,
        };
        let done = self.account.as_ref().and_then(PasswordHash::kind);
        let mut compared = Comparison {
            account,
            outdated: done != Some(HashKind::Own(*today)),
            sign_up: false,
        };
        if account && self.admits {
            return Ok(compared);
        }
        for cost in &in_use.own {
            if done != Some(HashKind::Own(*cost)) {
                scratch.verify(password, &PasswordHash::dummy(cost)?)?;
            }
            compared.sign_up |= self.is_any_sign_up(scratch, password, cost)?;
        }
        for kind in in_use.rest(done) {
            kind.idle(scratch, password)?;
        }
        Ok(compared)
    }

    /// Sign-ups of one address share their salt, so one hash is compared with them all.
    fn is_any_sign_up(
        &self,
        scratch: &mut Scratch,
        password: &Password,
        cost: &Argon2Cost,
    ) -> Result<bool, BoxError> {
        let hashes = self.sign_ups.iter();
        let hashes: Vec<_> = hashes.filter(|hash| hash.cost() == Some(*cost)).collect();
        match hashes.first() {
            Some(first) => scratch.verify_any(password, first, &hashes),
            None => scratch
                .verify(password, &PasswordHash::dummy(cost)?)
                .map(|_| false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::{ForeignHash, PasswordSalt};
    use crate::secret::Secret;

    const TODAY: Argon2Cost = Argon2Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };
    const OLD: Argon2Cost = Argon2Cost {
        memory_kib: 32,
        ..TODAY
    };

    /// Kinds of hashes of other systems, each cheap.
    const FOREIGN: [&str; 4] = [
        "$pbkdf2-sha256$i=100",
        "$pbkdf2-sha256$i=250",
        "$scrypt$ln=4,r=8,p=1",
        "$bcrypt$r=4",
    ];

    /// The comparison, and how many hashes of ours and how much other work it took.
    fn compare(candidates: &Candidates, password: &str) -> (Comparison, (usize, u64)) {
        let mut scratch = Scratch::default();
        let mut in_use = KindsInUse::today(TODAY);
        in_use.note(HashKind::Own(OLD));
        for kind in FOREIGN {
            in_use.note(HashKind::of_prefix(kind).unwrap());
        }
        let password = Password::new(password);
        let compared = candidates.compare(&mut scratch, &password, &in_use, &TODAY);
        let work = (scratch.derivations(), scratch.foreign_work());
        (compared.unwrap(), work)
    }

    /// A hash of this kind that is no password's.
    fn foreign(kind: &str) -> PasswordHash {
        let hash = ForeignHash::new(kind.parse().unwrap(), &[1; 16], &[2; 16]);
        PasswordHash::from(&hash.unwrap())
    }

    fn hash(password: &str, cost: &Argon2Cost) -> PasswordHash {
        let salt = PasswordSalt::derived(&Secret::generate(), "ada@example.org");
        hash_with(password, cost, &salt)
    }

    fn hash_with(password: &str, cost: &Argon2Cost, salt: &PasswordSalt) -> PasswordHash {
        let password = Password::new(password);
        Scratch::default().hash(&password, cost, salt).unwrap()
    }

    #[test]
    fn every_failure_takes_the_same_work() {
        let salt = PasswordSalt::derived(&Secret::generate(), "ada@example.org");
        let many = (0..20).map(|n| hash_with(&format!("waits {n}"), &TODAY, &salt));
        let ours = [None, Some(hash("x", &TODAY)), Some(hash("x", &OLD))];
        let accounts = ours
            .into_iter()
            .chain(FOREIGN.map(|kind| Some(foreign(kind))));
        let everything = 250 + 128 + 150 * 16;
        let waiting = [
            vec![],
            vec![hash("y", &OLD)],
            many.chain([hash("y", &OLD)]).collect(),
        ];
        for account in accounts {
            for sign_ups in &waiting {
                let candidates = Candidates {
                    account: account.clone(),
                    admits: false,
                    sign_ups: sign_ups.clone(),
                };
                for password in ["wrong", "x", "y", "waits 7"] {
                    assert_eq!(compare(&candidates, password).1, (4, everything));
                }
            }
        }
    }

    #[test]
    fn any_waiting_sign_up_is_recognised() {
        let salt = PasswordSalt::derived(&Secret::generate(), "ada@example.org");
        let candidates = Candidates {
            account: Some(hash("the account's", &TODAY)),
            admits: true,
            sign_ups: vec![
                hash_with("first", &TODAY, &salt),
                hash_with("second", &TODAY, &salt),
                hash("third", &OLD),
            ],
        };
        for password in ["first", "second", "third"] {
            assert!(compare(&candidates, password).0.sign_up, "{password}");
        }
        let (wrong, _) = compare(&candidates, "wrong");
        assert!(!wrong.sign_up && !wrong.account);
        let (right, work) = compare(&candidates, "the account's");
        assert!(right.account && !right.outdated && work == (1, 0));
    }
}
