//! Taking accounts over from elsewhere.

mod draft;

use std::sync::Arc;

pub use draft::{Arrival, ArrivingIdentity};

use super::{Actor, Admin};
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::events::AdminAction;
use crate::password::{HashKind, KindsInUse};
use crate::reserved::ReservedNames;
use crate::user::{Imported, ImportedUser, UserStore};
use crate::username::Username;

/// How many kinds of hashes an import may lead to: every sign-in that fails takes as long as
/// all of them together, so that none can be told from the others.
const MOST_KINDS: usize = 8;

/// How accounts are taken over.
#[derive(Clone)]
pub struct ImportRules {
    /// What they come from; ids are derived from it where there are none.
    pub source: &'static str,
    /// Addresses of which the source says nothing count as confirmed.
    pub trust_addresses: bool,
    /// How many times the cost of a hash of ours a foreign one may cost; see
    /// [`HashKind::multiple_of`].
    pub max_hash_cost: u64,
    /// Which usernames are given to nobody who did not have them.
    pub reserved: ReservedNames,
    /// Nothing is kept, except in this store, which begins empty: it tells who comes twice.
    pub dry_run: Option<Arc<dyn UserStore>>,
}

/// What became of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It was made, or would have been.
    Taken,
    /// It was there.
    AlreadyThere,
    /// It can't be taken, for each of these reasons.
    Refused(Vec<Refusal>),
}

/// Why an account can't be taken. Holds no value of the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The field, by its name in our own format.
    pub field: String,
    /// The rule that it breaks, in words to act on.
    pub reason: String,
}

impl Refusal {
    /// Names the field and the reason.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

/// How many of each there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// Accounts that were made.
    pub taken: u64,
    /// Accounts that were there.
    pub already_there: u64,
    /// Rows that can't be taken.
    pub refused: u64,
}

/// An import under way.
pub struct Import<'a> {
    admin: &'a Admin,
    by: &'a Actor,
    rules: ImportRules,
    kinds: KindsInUse,
    counts: ImportCounts,
}

/// An account to make, and the usernames that it may get, the best first.
struct Candidate {
    account: ImportedUser,
    usernames: std::vec::IntoIter<Username>,
}

impl Admin {
    /// Begins to take accounts over.
    ///
    /// # Errors
    /// A failing store.
    pub async fn import<'a>(
        &'a self,
        by: &'a Actor,
        rules: ImportRules,
    ) -> Result<Import<'a>, AuthError> {
        let mut kinds = KindsInUse::today(*self.hasher.cost());
        for kind in self.stores.users.hash_kinds().await? {
            kinds.note(kind);
        }
        Ok(Import {
            admin: self,
            by,
            rules,
            kinds,
            counts: ImportCounts::default(),
        })
    }

    /// Tells that accounts were handed out, with their password hashes.
    pub async fn tell_exported(&self, by: &Actor, users: u64, complete: bool) {
        let action = AdminAction::AccountsExported { users, complete };
        self.tell_of_many(by, action).await;
    }
}

impl Import<'_> {
    /// Takes some accounts over, each with everything that belongs to it or not at all. The
    /// outcomes are in their order.
    ///
    /// # Errors
    /// A failing store. Then none of these is there, or all that can be: to try again does
    /// no harm.
    pub async fn take(&mut self, arrivals: &[Arrival]) -> Result<Vec<ImportOutcome>, AuthError> {
        let now = self.admin.sessions.now();
        let mut outcomes = Vec::with_capacity(arrivals.len());
        let mut waiting = vec![];
        for arrival in arrivals {
            match self.candidate(arrival, now) {
                Ok(candidate) => {
                    waiting.push((outcomes.len(), candidate));
                    outcomes.push(ImportOutcome::Taken);
                }
                Err(refusals) => outcomes.push(ImportOutcome::Refused(refusals)),
            }
        }
        while !waiting.is_empty() {
            waiting = self.settle(waiting, now, &mut outcomes).await?;
        }
        for outcome in &outcomes {
            self.count(outcome);
        }
        Ok(outcomes)
    }

    /// Counts a row that was refused before it came to be an account.
    pub fn refuse(&mut self) {
        self.counts.refused += 1;
    }

    /// Ends the import, and tells of it unless it was a dry run.
    pub async fn end(self, complete: bool) -> ImportCounts {
        let ImportCounts {
            taken,
            already_there,
            refused,
        } = self.counts;
        let action = AdminAction::AccountsImported {
            source: self.rules.source,
            taken,
            already_there,
            refused,
            complete,
        };
        if self.rules.dry_run.is_none() {
            self.admin.tell_of_many(self.by, action).await;
        }
        self.counts
    }

    fn count(&mut self, outcome: &ImportOutcome) {
        match outcome {
            ImportOutcome::Taken => self.counts.taken += 1,
            ImportOutcome::AlreadyThere => self.counts.already_there += 1,
            ImportOutcome::Refused(_) => self.counts.refused += 1,
        }
    }

    /// The account that somebody becomes, if nothing about them breaks a rule.
    fn candidate(&mut self, arrival: &Arrival, now: Timestamp) -> Result<Candidate, Vec<Refusal>> {
        let (account, usernames) = arrival.draft(&self.rules, now)?;
        if let Some(hash) = &account.user.password_hash {
            self.admit(hash.kind())
                .map_err(|reason| vec![Refusal::new("password_hash", reason)])?;
        }
        let usernames = usernames.into_iter();
        Ok(Candidate { account, usernames })
    }

    /// Takes note of how a hash was made, unless it costs too much.
    fn admit(&mut self, kind: Option<HashKind>) -> Result<(), String> {
        let kind = kind.ok_or("the hash can't be read")?;
        let most = self.rules.max_hash_cost;
        let multiple = kind.multiple_of(self.admin.hasher.cost());
        if multiple > most {
            return Err(format!(
                "the hash costs {multiple} times as much as ours, which is more than {most}"
            ));
        }
        let mut kinds = self.kinds.clone();
        kinds.note(kind);
        if kinds.count() > MOST_KINDS {
            return Err(format!(
                "there would be more than {MOST_KINDS} kinds of hashes, and a sign-in that \
                 fails takes as long as all of them"
            ));
        }
        self.kinds = kinds;
        Ok(())
    }

    /// Makes accounts under the next of their usernames; those whose name is taken and who
    /// have others are left.
    async fn settle(
        &self,
        mut waiting: Vec<(usize, Candidate)>,
        now: Timestamp,
        outcomes: &mut [ImportOutcome],
    ) -> Result<Vec<(usize, Candidate)>, AuthError> {
        let mut accounts = Vec::with_capacity(waiting.len());
        for (_, candidate) in &mut waiting {
            if let Some(username) = candidate.usernames.next() {
                candidate.account.user.username = username;
            }
            accounts.push(candidate.account.clone());
        }
        let imported = self.import(&accounts, now).await?;
        let mut left = vec![];
        for ((place, candidate), imported) in waiting.into_iter().zip(imported) {
            let may_try_again = candidate.usernames.len() > 0;
            match (imported, outcomes.get_mut(place)) {
                (Imported::UsernameTaken, _) if may_try_again => left.push((place, candidate)),
                (imported, Some(outcome)) => {
                    *outcome = outcome_of(imported);
                    self.welcome(&candidate.account, imported).await?;
                }
                (_, None) => {}
            }
        }
        Ok(left)
    }

    async fn import(
        &self,
        accounts: &[ImportedUser],
        now: Timestamp,
    ) -> Result<Vec<Imported>, AuthError> {
        let users = &self.admin.stores.users;
        let Some(seen) = &self.rules.dry_run else {
            return Ok(users.take_over(accounts, now, false).await?);
        };
        let mut imported = users.take_over(accounts, now, true).await?;
        // Who could be taken is held against those who came before.
        let is_able = |place: &usize| imported.get(*place) == Some(&Imported::Taken);
        let places: Vec<usize> = (0..accounts.len()).filter(is_able).collect();
        let able = places.iter().filter_map(|place| accounts.get(*place));
        let able: Vec<ImportedUser> = able.cloned().collect();
        let told = seen.take_over(&able, now, false).await?;
        for (place, outcome) in places.into_iter().zip(told) {
            if let Some(imported) = imported.get_mut(place) {
                *imported = outcome;
            }
        }
        Ok(imported)
    }

    /// An application hears of accounts that have come into being.
    async fn welcome(&self, account: &ImportedUser, imported: Imported) -> Result<(), AuthError> {
        let is_new = imported == Imported::Taken && self.rules.dry_run.is_none();
        if is_new && self.admin.hooks.are_there() {
            let user = self.admin.stores.users.find(account.user.id).await?;
            if let Some(user) = user {
                self.admin.hooks.after(&user).await;
            }
        }
        Ok(())
    }
}

fn outcome_of(imported: Imported) -> ImportOutcome {
    let refused =
        |field: &str, reason: &str| ImportOutcome::Refused(vec![Refusal::new(field, reason)]);
    match imported {
        Imported::Taken => ImportOutcome::Taken,
        Imported::AlreadyThere => ImportOutcome::AlreadyThere,
        Imported::IdTaken => refused("id", "another account has this id"),
        Imported::UsernameTaken => refused(
            "username",
            "another account or a sign-up has this username, or one that looks like it",
        ),
        Imported::EmailTaken => refused("email", "another account has this address"),
        Imported::IdentityTaken => refused("identities", "an account has this identity"),
    }
}
