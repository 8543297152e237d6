//! The rules of the protocol by name, so that a test can break each. Outside of this crate's own
//! tests there is nothing to break them with: [`Rules`] is empty and every rule holds.

/// What must be so for the promise to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Rule {
    /// News are applied before the lease is extended.
    ApplyBeforeExtend,
    /// A lease counts from when it was asked for, not from the answer.
    CountFromSending,
    /// An answer counts for its own request only.
    OwnRequest,
    /// Entries follow what was applied without a gap.
    Contiguous,
    /// A position is a number and the random id of that entry.
    Nonce,
    /// Another server's answer renews nothing.
    SameServer,
    /// Who was evicted, or lost its place, forgets all.
    FlushOnLoss,
    /// A lease has lapsed when either clock says so.
    EitherClock,
    /// The holder counts less and the waiter more than the length.
    Drift,
    /// A change waits for the members.
    Wait,
    /// It waits by the lease each member has registered.
    RegisteredLease,
    /// On a server that nobody has waited out, it waits whatever the list says.
    Settle,
    /// There it waits for the longest lease there may be, not the longest that is known.
    Forgotten,
    /// It is answered only by the server that committed it, with the entry still there.
    SameCommit,
    /// Only who was granted no lease after the change is evicted.
    EvictByGranted,
    /// What was read is cached only if no later entry names it.
    Fence,
    /// What was read in an earlier incarnation is not cached.
    FenceIncarnation,
    /// What was read of another server's log is not cached.
    FenceServer,
    /// What was read before the history begins is not cached.
    FenceGap,
    /// Denials are read after JOIN was answered.
    LoadAfterJoin,
    /// Too many denials are not told from complete ones.
    Overflow,
}

/// Which rules hold: all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Rules {
    #[cfg(test)]
    broken: [Option<Rule>; 2],
}

impl Rules {
    /// Whether this one does.
    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "only tests have anything in it")]
    pub(crate) const fn hold(self, _rule: Rule) -> bool {
        true
    }

    #[cfg(test)]
    pub(crate) fn hold(self, rule: Rule) -> bool {
        !self.broken.contains(&Some(rule))
    }

    #[cfg(test)]
    pub(crate) fn without(mut self, rule: Rule) -> Self {
        self.broken.rotate_right(1);
        self.broken[0] = Some(rule);
        self
    }
}
