//! Counting sessions: how many are still of a kind that is to be left.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{SecretKind, Session};
use crate::clock::Timestamp;

/// Live sessions, counted by what their secret is for and by when they were last used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<(SecretKind, Age), u64>);

/// How long ago a session was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Age {
    /// Less than an hour.
    Hour,
    /// Less than a day, and no less than an hour; likewise the others.
    Day,
    /// Less than a week.
    Week,
    /// Less than thirty days.
    Month,
    /// Longer.
    Longer,
}

impl Age {
    /// Every age, the youngest first.
    pub const ALL: [Self; 5] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Longer];

    /// Its form in metrics and tables: the time that it is less than.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "1d",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Longer => "longer",
        }
    }

    /// The time that it is less than.
    pub const fn limit(self) -> Duration {
        let hours = match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
            Self::Longer => return Duration::MAX,
        };
        Duration::from_secs(hours * 3600)
    }

    /// That of what was last used so long ago.
    fn of(since: Duration) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|age| since < age.limit()).unwrap_or(Self::Longer)
    }
}

impl Tally {
    /// Counts so many of one kind and age more.
    pub fn add(&mut self, kind: SecretKind, age: Age, count: u64) {
        if count > 0 {
            *self.0.entry((kind, age)).or_default() += count;
        }
    }

    /// Counts those that live.
    pub fn count<'a>(&mut self, sessions: impl IntoIterator<Item = &'a Session>, now: Timestamp) {
        let live = sessions.into_iter().filter(|session| session.is_live(now));
        live.for_each(|session| {
            let age = Age::of(now.since(session.last_seen_at));
            self.add(session.kind, age, 1);
        });
    }

    /// How many there are of one kind and age.
    pub fn of(&self, kind: SecretKind, age: Age) -> u64 {
        self.0.get(&(kind, age)).copied().unwrap_or_default()
    }

    /// How many there are of one kind.
    pub fn of_kind(&self, kind: SecretKind) -> u64 {
        Age::ALL.iter().map(|age| self.of(kind, *age)).sum()
    }
}
