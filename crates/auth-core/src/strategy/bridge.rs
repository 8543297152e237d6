//! From one way to stay signed in to another, with everybody still signed in.

use sha2::{Digest as _, Sha256};

use super::scheme::Scheme;
use crate::clock::Timestamp;
use crate::id::SessionId;

/// What a server honours beside its own credentials. One of these is exchanged for the server's
/// own kind when it is refreshed, if its client can keep that: the session stays the same, with
/// its id, device, times and limits, and whatever ends it later ends it for both.
#[derive(Clone)]
pub struct Bridge {
    /// The other ways to stay signed in.
    pub schemes: Vec<Scheme>,
    /// How many of a hundred sessions are to change over. The others go on as they are, so that
    /// with 0 nobody does.
    pub percent: u8,
    /// When the others are no longer honoured.
    pub until: Option<Timestamp>,
}

impl Bridge {
    /// The other ways to stay signed in, as long as they are honoured.
    pub(super) fn honoured(&self, now: Timestamp) -> &[Scheme] {
        match self.until {
            Some(until) if until <= now => &[],
            _ => &self.schemes,
        }
    }

    /// Whether this session is to change over: every server of the same percentage says the
    /// same, and of a larger one says so too.
    pub(super) fn concerns(&self, session: SessionId) -> bool {
        let hash = Sha256::digest(session.to_string());
        let share = u16::from_be_bytes([hash[0], hash[1]]);
        u32::from(share) * 100 < u32::from(self.percent) << 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bridge(percent: u8) -> Bridge {
        Bridge {
            schemes: vec![],
            percent,
            until: None,
        }
    }

    #[test]
    fn a_percentage_is_that_share_of_the_sessions_and_grows_by_more() {
        let sessions: Vec<_> = (0..10_000).map(|_| SessionId::generate()).collect();
        let mut before = vec![false; sessions.len()];
        for percent in [0, 1, 10, 50, 100] {
            let now: Vec<_> = sessions
                .iter()
                .map(|session| bridge(percent).concerns(*session))
                .collect();
            let share = now.iter().filter(|concerned| **concerned).count();
            let expected = usize::from(percent) * 100;
            assert!(share.abs_diff(expected) <= 250, "{percent} %: {share}");
            assert!(before.iter().zip(&now).all(|(before, now)| before <= now));
            before = now;
        }
        assert!(before.iter().all(|concerned| *concerned));
    }
}
