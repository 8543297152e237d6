//! What happened, told once by the domain: to the audit trail, the log, metrics, and to whoever else
//! listens.

mod actor;
mod admin_action;
mod log;
mod names;
mod origin;
mod record;
mod sign_in_method;
mod trail;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub use actor::Actor;
pub use admin_action::{AdminAction, Looked, WebhookAction};
pub use log::Log;
pub use origin::Origin;
pub use sign_in_method::SignInMethod;
pub use trail::Trail;

use strum::{IntoStaticStr, VariantNames};

use crate::factor::FactorKind;
use crate::id::{EventId, SessionId, UserId, WebhookId};
use crate::identity::ProviderId;
use crate::policy::PolicyStep;
use crate::strategy::{Judgement, SchemeId};
use crate::webhook::Disabled;

/// Something that happened to an account, or was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name, which also says when.
    pub id: EventId,
    /// What.
    pub kind: EventKind,
    /// Whose account it concerns, where there is one.
    pub user: Option<UserId>,
    /// The signed-in device it concerns.
    pub session: Option<SessionId>,
    /// From which address it was asked for, where that is known here.
    pub ip: Option<IpAddr>,
    /// The request that asked for it, if one did.
    pub origin: Option<Origin>,
}

/// What happened. No value holds a secret, an address or a name.
#[derive(Clone, Debug, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// Somebody signed up; the account is made when the address is confirmed.
    SignedUp {
        /// The sign-up's id.
        sign_up: UserId,
    },
    /// An account was made.
    Registered {
        /// The provider that its owner came through, if any.
        provider: Option<ProviderId>,
    },
    /// An address was confirmed, and its owner signed in.
    EmailConfirmed,
    /// Somebody signed in.
    SignedIn {
        /// What the sign-in began with.
        by: SignInMethod,
    },
    /// A sign-in was refused.
    SignInFailed {
        /// What it began with.
        by: SignInMethod,
        /// Why; the answer never tells.
        reason: &'static str,
    },
    /// The password that confirms a change was wrong.
    WrongCurrentPassword,
    /// A limit was reached.
    Throttled {
        /// The sign-in that was refused, if it was one.
        by: Option<SignInMethod>,
        /// What was counted, for which account or network.
        limit: String,
        /// How long to wait.
        retry_after: Duration,
    },
    /// A mailed token or a code was wrong.
    TokenRefused {
        /// What it was for.
        what: &'static str,
    },
    /// A credential was renewed.
    Refreshed,
    /// A credential was exchanged for one of another kind.
    ChangedOver {
        /// Of which.
        from: SchemeId,
        /// For which.
        to: SchemeId,
    },
    /// A strategy that decides beside the one in force was held against it.
    Shadowed {
        /// What came of it.
        judgement: Judgement,
    },
    /// A refresh token that was spent long ago came back; its session was ended.
    RefreshReused,
    /// A device was signed out by itself.
    SignedOut,
    /// Other devices of the user were signed out.
    SessionsRevoked {
        /// How many.
        count: u64,
    },
    /// Names were changed.
    ProfileChanged,
    /// A new address waits to be confirmed.
    EmailChangeRequested,
    /// The password was changed by who knows it.
    PasswordChanged,
    /// The password was set by a mailed link.
    PasswordReset,
    /// The owner deleted the account.
    AccountDeleted,
    /// An identity was linked.
    IdentityLinked {
        /// Where it is from.
        provider: ProviderId,
    },
    /// An identity was unlinked.
    IdentityUnlinked,
    /// A sign-in waits for its second step.
    StepAsked {
        /// What it began with.
        by: SignInMethod,
    },
    /// A second factor was wrong, or was used before.
    FactorRefused {
        /// The sign-in of which it was the only proof, if it was that.
        alone: Option<SignInMethod>,
    },
    /// A second factor was shown again.
    FactorShown,
    /// A second factor was added.
    FactorAdded {
        /// What kind.
        kind: FactorKind,
    },
    /// A second factor was removed.
    FactorRemoved,
    /// The time came at which an operator had all second factors go.
    FactorsReset,
    /// They stay, since their owner has shown one.
    FactorsKept,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// The recovery codes were replaced.
    RecoveryCodesReplaced,
    /// The operator's policy refused something.
    PolicyRefused {
        /// Before what it was asked.
        step: PolicyStep,
    },
    /// The operator's policy gave no answer.
    PolicyFailed {
        /// Before what it was asked.
        step: PolicyStep,
        /// Whether it was done all the same.
        allowed: bool,
    },
    /// A webhook was disabled by itself.
    WebhookDisabled {
        /// Which.
        webhook: WebhookId,
        /// Why.
        why: Disabled,
    },
    /// An operator did something.
    Admin {
        /// What.
        action: AdminAction,
        /// Who.
        by: Actor,
    },
}

impl Event {
    /// It concerns an account.
    #[must_use]
    pub fn of(self, user: UserId) -> Self {
        Self {
            user: Some(user),
            ..self
        }
    }

    /// It concerns a signed-in device.
    #[must_use]
    pub fn in_session(self, session: SessionId) -> Self {
        Self {
            session: Some(session),
            ..self
        }
    }

    /// It was asked for from this address.
    #[must_use]
    pub fn from_address(self, ip: IpAddr) -> Self {
        Self {
            ip: Some(ip),
            ..self
        }
    }
}

impl From<EventKind> for Event {
    fn from(kind: EventKind) -> Self {
        Self {
            id: EventId::generate(),
            kind,
            user: None,
            session: None,
            ip: None,
            origin: Origin::current(),
        }
    }
}

/// Hears of every event, in the task in which it happens, right after it did. What takes long
/// belongs elsewhere.
pub trait EventSink: Send + Sync {
    /// It happened.
    fn hear(&self, event: &Event);
}

/// Who hears of events. [`Log`] when nothing is said.
#[derive(Clone)]
pub struct Events {
    sinks: Arc<[Arc<dyn EventSink>]>,
    trail: Option<Arc<Trail>>,
}

impl Events {
    /// Tells all of these.
    pub fn to(sinks: impl IntoIterator<Item = Arc<dyn EventSink>>) -> Self {
        Self {
            sinks: sinks.into_iter().collect(),
            trail: None,
        }
    }

    /// The same, taken down in an audit trail too.
    #[must_use]
    pub fn with_trail(self, trail: Arc<Trail>) -> Self {
        let trail = Some(trail);
        Self { trail, ..self }
    }

    /// The audit trail, where there is one.
    pub fn trail(&self) -> Option<&Trail> {
        self.trail.as_deref()
    }

    /// Tells them.
    pub fn tell(&self, event: &Event) {
        if let Some(trail) = &self.trail {
            trail.hear(event);
        }
        self.sinks.iter().for_each(|sink| sink.hear(event));
    }

    /// Writes what is told into the audit trail, until it is dropped.
    pub async fn write_trail(self) {
        if let Some(trail) = &self.trail {
            trail.run().await;
        }
    }

    /// Runs a flow, and waits until what it tells is in the audit trail.
    pub async fn settling<F: Future>(&self, flow: F) -> F::Output {
        match &self.trail {
            Some(trail) => trail.settling(flow).await,
            None => flow.await,
        }
    }

    /// Waits until all that was told is in the audit trail.
    pub async fn settled(&self) {
        if let Some(trail) = &self.trail {
            trail.settled().await;
        }
    }
}

impl Default for Events {
    fn default() -> Self {
        Self::to([Arc::new(Log) as Arc<dyn EventSink>])
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Events({} sinks)", self.sinks.len())
    }
}
