//! What a world is made of, and what may go wrong in it.

use std::time::Duration;

use crate::Lease;
use crate::rules::{Rule, Rules};

/// A rule of the driver or of the store that is broken. Those of this crate are [`Rule`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The lease is checked before the read arrives.
    CheckEarly,
    /// The cache is looked into before the lease is checked.
    LookUpFirst,
    /// A read joins a fill that was begun before it.
    JoinFill,
    /// Only one of two leases is checked.
    OneLease,
    /// A fill notes where its node stands, not where the log stood in the snapshot.
    FenceByPosition,
    /// The wait counts from when the commit was sent.
    WaitFromRequest,
    /// The members are listed before the commit.
    ListBefore,
    /// A change that finds nothing to do is answered at once.
    AnswerNoop,
    /// Numbers are drawn before the lock that orders commits.
    NumberBefore,
    /// RENEW compares neither the server nor the id of the position.
    BlindStore,
    /// RENEW is answered although the node is no member.
    RenewStrangers,
    /// The store forgets members by its own clock.
    ForgetMembers,
    /// Members are evicted that have not applied the change, whatever they were granted.
    EvictByApplied,
    /// All members that were waited for are evicted.
    EvictAlways,
    /// A node leaves before it stops serving.
    LeaveFirst,
    /// Eviction and settling do not ask which server it is.
    CloseAnywhere,
}

#[derive(Clone, Debug)]
pub(super) struct Config {
    pub readers: Vec<usize>,
    /// For each node, the keys it revokes.
    pub plans: Vec<Vec<usize>>,
    pub keys: usize,
    /// Those that are cached and read.
    pub read: Vec<usize>,
    pub stores: usize,
    /// The stores that a change is written to, in this order.
    pub touched: Vec<usize>,
    /// How fast each node's clocks run, in thousandths.
    pub rates: Vec<u32>,
    pub leases: Vec<Lease>,
    pub tick: Duration,
    pub ticks: u32,
    pub losses: u32,
    pub duplicates: u32,
    /// How often nodes crash, or leave and return.
    pub crashes: u32,
    pub suspensions: u32,
    pub failovers: u32,
    pub flushes: u32,
    /// How often each node may join.
    pub joins: u64,
    /// How many messages of a node and store may be under way.
    pub overlap: usize,
    /// Whether the nodes have joined.
    pub joined: bool,
    /// Whether their caches are empty.
    pub cold: bool,
    /// Whether nodes ask for news at any time, as when woken by a push, or only when due.
    pub eager: bool,
    /// Whether a change of the cache takes a step of its own.
    pub slow: bool,
    /// Whether a read takes several steps.
    pub stepwise: bool,
    /// Whether tokens are looked up, and not cached answers.
    pub tokens: bool,
    /// Whether fills may be read from a replica that lags.
    pub replica: bool,
    /// Whether a change that has been made is tried again.
    pub retried: bool,
    pub history: usize,
    pub denials: usize,
    pub rules: Rules,
    pub fault: Option<Fault>,
}

pub(super) const FAST: u32 = 1100;
pub(super) const SLOW: u32 = 900;

impl Default for Config {
    /// A fast node that revokes and a slow one that reads. A lease is three ticks, and both clocks
    /// are at the bound: the slow one's lease ends with the very tick that the fast one waits for.
    fn default() -> Self {
        Self {
            readers: vec![1],
            plans: vec![vec![0], vec![]],
            keys: 1,
            read: vec![0],
            stores: 1,
            touched: vec![0],
            rates: vec![FAST, SLOW],
            leases: vec![Lease::MAX; 3],
            // Rounded up, so that three are a whole lease.
            tick: Lease::MAX.renewal() + Duration::from_nanos(1),
            ticks: 7,
            losses: 0,
            duplicates: 0,
            crashes: 0,
            suspensions: 0,
            failovers: 0,
            flushes: 0,
            joins: 3,
            overlap: 1,
            joined: true,
            cold: false,
            eager: true,
            slow: false,
            stepwise: false,
            tokens: false,
            replica: false,
            retried: false,
            history: 8,
            denials: 8,
            rules: Rules::default(),
            fault: None,
        }
    }
}

impl Config {
    /// The first of two keys is revoked first, and whoever is stopped is evicted for it; the second
    /// is the one that is read.
    pub fn two_keys() -> Self {
        Self {
            plans: vec![vec![0, 1], vec![]],
            keys: 2,
            read: vec![1],
            ..Self::default()
        }
    }

    /// Two nodes revoke a key each, and a third reads the second.
    pub fn two_revokers() -> Self {
        Self {
            plans: vec![vec![0], vec![], vec![1]],
            keys: 2,
            read: vec![1],
            rates: vec![FAST, SLOW, FAST],
            ..Self::default()
        }
    }

    /// Two nodes revoke the same key, which a third reads.
    pub fn same_key() -> Self {
        Self {
            plans: vec![vec![0], vec![], vec![0]],
            read: vec![0],
            ticks: 6,
            retried: true,
            ..Self::two_revokers()
        }
    }

    /// Users in one store and sessions in another.
    pub fn two_stores() -> Self {
        Self {
            stores: 2,
            touched: vec![1, 0],
            ..Self::default()
        }
    }

    pub fn without(mut self, rule: Rule) -> Self {
        self.rules = self.rules.without(rule);
        self
    }

    pub fn with(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }
}
