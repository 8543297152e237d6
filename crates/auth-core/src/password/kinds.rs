//! How stored hashes were made: which ones are in use decides how long a sign-in takes that
//! fails.

use super::{Argon2Cost, ForeignKind};

/// How a stored hash was made, but for its salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashKind {
    /// By us: argon2id with these parameters.
    Own(Argon2Cost),
    /// By another system.
    Foreign(ForeignKind),
}

impl HashKind {
    /// Reads what a stored hash has before its salt.
    pub fn of_prefix(text: &str) -> Option<Self> {
        match text.strip_prefix("$argon2id$v=19$") {
            Some(cost) => cost.parse().ok().map(Self::Own),
            None => text.parse().ok().map(Self::Foreign),
        }
    }

    /// How many times the time and memory of `ours` one guess costs, rounded up. Memory
    /// counts four times: a guess takes time from one thread, but memory from all.
    pub fn multiple_of(&self, ours: &Argon2Cost) -> u64 {
        let (work, memory) = match self {
            Self::Own(cost) => (cost.work(), cost.memory_kib.into()),
            Self::Foreign(kind) => (kind.work(), kind.memory_kib()),
        };
        let time = work.div_ceil(ours.work().max(1));
        let memory = (4 * memory).div_ceil(u64::from(ours.memory_kib).max(1));
        time.max(memory)
    }
}

/// How the stored hashes were made, and how ours are made today.
#[derive(Clone, Debug)]
pub(crate) struct KindsInUse {
    /// Sets of argon2id parameters, today's first.
    pub(super) own: Vec<Argon2Cost>,
    /// The others. Of PBKDF2 with one hash function there is one only, the most costly:
    /// any other is brought up to it.
    foreign: Vec<ForeignKind>,
}

impl KindsInUse {
    pub(crate) fn today(cost: Argon2Cost) -> Self {
        Self {
            own: vec![cost],
            foreign: vec![],
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.own.len() + self.foreign.len()
    }

    pub(crate) fn note(&mut self, kind: HashKind) {
        match kind {
            HashKind::Own(cost) if !self.own.contains(&cost) => self.own.push(cost),
            HashKind::Own(_) => {}
            HashKind::Foreign(kind) => self.note_foreign(kind),
        }
    }

    fn note_foreign(&mut self, kind: ForeignKind) {
        let mut known = self.foreign.iter_mut();
        match known.find(|known| are_alike(**known, kind)) {
            Some(known) if kind.work() > known.work() => *known = kind,
            Some(_) => {}
            None => self.foreign.push(kind),
        }
    }

    /// What is left to do of foreign kinds when a comparison with a hash of the kind `done`
    /// was made, so that all comparisons do as much.
    pub(super) fn rest(&self, done: Option<HashKind>) -> impl Iterator<Item = ForeignKind> {
        self.foreign.iter().filter_map(move |kind| match done {
            Some(HashKind::Foreign(done)) => missing(*kind, done),
            _ => Some(*kind),
        })
    }
}

/// Whether work on a hash of one kind is work on one of the other as well.
fn are_alike(one: ForeignKind, other: ForeignKind) -> bool {
    match (one, other) {
        (ForeignKind::Pbkdf2 { digest, .. }, ForeignKind::Pbkdf2 { digest: other, .. }) => {
            digest == other
        }
        (one, other) => one == other,
    }
}

/// What is left to do of `kind` when `done` was done: of PBKDF2 the iterations beyond those
/// that were made, nothing after the same, and all of it after anything else.
fn missing(kind: ForeignKind, done: ForeignKind) -> Option<ForeignKind> {
    match (kind, done) {
        (kind, done) if !are_alike(kind, done) => Some(kind),
        (
            ForeignKind::Pbkdf2 { digest, iterations },
            ForeignKind::Pbkdf2 {
                iterations: made, ..
            },
        ) if made < iterations => Some(ForeignKind::Pbkdf2 {
            digest,
            iterations: iterations - made,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::Digest;

    const OURS: Argon2Cost = Argon2Cost::RECOMMENDED;

    fn kind(text: &str) -> HashKind {
        HashKind::of_prefix(text).unwrap()
    }

    #[test]
    fn what_real_systems_use_fits_into_the_default_and_a_bomb_does_not() {
        for (text, multiple) in [
            ("$argon2id$v=19$m=19456,t=2,p=1", 4),
            ("$scrypt$ln=15,r=8,p=1", 7),
            ("$scrypt$ln=14,r=8,p=5", 17),
            ("$pbkdf2-sha256$i=600000", 16),
            ("$pbkdf2-sha256$i=1200000", 31),
            ("$pbkdf2-sha512$i=210000", 11),
            ("$bcrypt$r=10", 4),
            ("$bcrypt$r=12", 16),
            ("$firebase-scrypt$ln=14,r=8,p=1", 4),
            ("$argon2id-other$m=102400,t=2,p=8,l=32", 22),
            ("$argon2id-other$m=262144,t=1,p=1,l=32", 54),
            ("$bcrypt$r=14", 64),
            ("$pbkdf2-sha256$i=10000000", 257),
        ] {
            assert_eq!(kind(text).multiple_of(&OURS), multiple, "{text}");
        }
    }

    #[test]
    fn what_is_left_is_as_much_for_every_hash() {
        let mut in_use = KindsInUse::today(OURS);
        let kinds = [
            "$pbkdf2-sha256$i=260000",
            "$pbkdf2-sha256$i=600000",
            "$pbkdf2-sha256$i=390000",
            "$pbkdf2-sha512$i=210000",
            "$bcrypt$r=12",
            "$bcrypt$r=10",
            "$bcrypt$r=12",
            "$scrypt$ln=15,r=8,p=1",
        ];
        for text in kinds {
            in_use.note(kind(text));
        }
        let work = |done: Option<HashKind>| {
            let own = match done {
                Some(HashKind::Foreign(kind)) => kind.work(),
                _ => 0,
            };
            own + in_use.rest(done).map(ForeignKind::work).sum::<u64>()
        };
        let all = work(None);
        assert_eq!(all, work(Some(HashKind::Own(OURS))));
        for text in kinds {
            assert_eq!(work(Some(kind(text))), all, "{text}");
        }
        assert_eq!(in_use.rest(None).count(), 5);
    }

    #[test]
    fn an_old_kind_of_ours_is_noted_once() {
        let mut in_use = KindsInUse::today(OURS);
        for text in ["m=64,t=1,p=1", "m=64,t=1,p=1", "m=19456,t=2,p=1"] {
            in_use.note(HashKind::Own(text.parse().unwrap()));
        }
        assert_eq!(in_use.own.len(), 2);
        assert_eq!(in_use.rest(None).count(), 0);
    }

    #[test]
    fn half_of_the_iterations_leave_the_other_half() {
        let pbkdf2 = |iterations| ForeignKind::Pbkdf2 {
            digest: Digest::Sha1,
            iterations,
        };
        assert_eq!(missing(pbkdf2(10), pbkdf2(4)), Some(pbkdf2(6)));
        assert_eq!(missing(pbkdf2(4), pbkdf2(10)), None);
    }
}
