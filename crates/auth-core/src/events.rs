//! What happened, told once by the domain: to the audit trail, the log, metrics, and to whoever else
//! listens.

mod actor;
mod log;
mod origin;
mod record;
mod trail;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub use actor::Actor;
pub use log::Log;
pub use origin::Origin;
pub use trail::Trail;

use crate::factor::FactorKind;
use crate::id::{ApiKeyId, EventId, SessionId, UserId, WebhookId};
use crate::identity::ProviderId;
use crate::policy::PolicyStep;
use crate::role::Role;
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    SignedIn,
    /// A sign-in was refused.
    SignInFailed {
        /// Why; the answer never tells.
        reason: &'static str,
    },
    /// The password that confirms a change was wrong.
    WrongCurrentPassword,
    /// A limit was reached.
    Throttled {
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
    StepAsked,
    /// A second factor was wrong, or was used before.
    FactorRefused,
    /// A second factor was shown again.
    FactorShown,
    /// A second factor was added.
    FactorAdded {
        /// What kind.
        kind: FactorKind,
    },
    /// A second factor was removed.
    FactorRemoved,
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

/// What an operator did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdminAction {
    /// Made an account with a password.
    AccountCreated,
    /// Made an account, and had its owner invited.
    AccountInvited,
    /// Took accounts over from elsewhere.
    AccountsImported {
        /// From what.
        source: &'static str,
        /// How many accounts were made.
        taken: u64,
        /// How many were there.
        already_there: u64,
        /// How many could not be taken.
        refused: u64,
        /// Whether it came to the end.
        complete: bool,
    },
    /// Handed all accounts out, with their password hashes.
    AccountsExported {
        /// How many.
        users: u64,
        /// Whether it came to the end.
        complete: bool,
    },
    /// Disabled it.
    AccountDisabled,
    /// Enabled it.
    AccountEnabled,
    /// Deleted it.
    AccountDeleted,
    /// Let its owner try to sign in again.
    AccountUnlocked,
    /// Changed names or the address.
    ProfileChanged {
        /// The names of the fields, with commas between.
        fields: String,
        /// Whether the operator vouched for the address.
        verified: bool,
    },
    /// Had its owner mailed a link to set a password.
    ResetRequested,
    /// Said whether it has to have a second factor.
    FactorRequirement {
        /// Whether it does.
        required: bool,
    },
    /// Had its second factors go at a time.
    FactorResetScheduled,
    /// Took that back.
    FactorResetCancelled,
    /// Encrypted the seeds of authenticator apps under another key.
    SeedsEncryptedAnew {
        /// How many.
        seeds: u64,
    },
    /// Signed it out everywhere.
    SignedOut,
    /// Signed all accounts out.
    SignedOutAll {
        /// How many.
        users: u64,
        /// The sessions that ended.
        sessions: u64,
        /// Whether it came to the end.
        complete: bool,
    },
    /// Ended one of its sessions.
    DeviceSignedOut,
    /// Gave it a role, or took its role.
    RoleChanged {
        /// The role, or none.
        to: Option<Role>,
    },
    /// Made an API key.
    ApiKeyCreated {
        /// Which.
        key: ApiKeyId,
    },
    /// Revoked an API key.
    ApiKeyRevoked {
        /// Which.
        key: ApiKeyId,
    },
    /// Did something with a webhook.
    Webhook {
        /// With which.
        webhook: WebhookId,
        /// What.
        change: WebhookAction,
    },
    /// Had all that is kept about a person.
    PersonExported,
    /// Looked at data of persons, of one account or of many.
    Looked {
        /// At what.
        at: Looked,
    },
}

/// What an operator did with a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookAction {
    /// Made it.
    Created,
    /// Changed it.
    Changed,
    /// Deleted it.
    Deleted,
    /// Gave it another secret.
    SecretRotated,
    /// Had something sent to try it.
    Tested,
    /// Had so many deliveries made once more.
    Replayed(u64),
}

impl WebhookAction {
    const fn name(self) -> &'static str {
        match self {
            Self::Created => "admin_webhook_created",
            Self::Changed => "admin_webhook_changed",
            Self::Deleted => "admin_webhook_deleted",
            Self::SecretRotated => "admin_webhook_secret_rotated",
            Self::Tested => "admin_webhook_tested",
            Self::Replayed(_) => "admin_webhook_replayed",
        }
    }
}

/// At what data of persons an operator has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Accounts, listed or searched for.
    Accounts,
    /// One account.
    Account,
    /// Where it is signed in.
    Devices,
    /// The identities that it can be signed in with.
    Identities,
    /// Its second factors.
    Factors,
    /// The audit trail.
    Audit,
}

impl Looked {
    /// The form in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Account => "account",
            Self::Devices => "devices",
            Self::Identities => "identities",
            Self::Factors => "factors",
            Self::Audit => "audit",
        }
    }
}

impl EventKind {
    /// Its name in the log and in metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SignedUp { .. } => "signed_up",
            Self::Registered { .. } => "registered",
            Self::EmailConfirmed => "email_confirmed",
            Self::SignedIn => "signed_in",
            Self::SignInFailed { .. } => "sign_in_failed",
            Self::WrongCurrentPassword => "wrong_current_password",
            Self::Throttled { .. } => "throttled",
            Self::TokenRefused { .. } => "token_refused",
            Self::Refreshed => "refreshed",
            Self::ChangedOver { .. } => "changed_over",
            Self::Shadowed { judgement } => match judgement {
                Judgement::Agrees => "shadow_agrees",
                Judgement::Differs { .. } => "shadow_differs",
                Judgement::Unknown => "shadow_unknown",
            },
            Self::RefreshReused => "refresh_reused",
            Self::SignedOut => "signed_out",
            Self::SessionsRevoked { .. } => "sessions_revoked",
            Self::ProfileChanged => "profile_changed",
            Self::EmailChangeRequested => "email_change_requested",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::AccountDeleted => "account_deleted",
            Self::IdentityLinked { .. } => "identity_linked",
            Self::IdentityUnlinked => "identity_unlinked",
            Self::StepAsked => "step_asked",
            Self::FactorRefused => "factor_refused",
            Self::FactorShown => "factor_shown",
            Self::FactorAdded { .. } => "factor_added",
            Self::FactorRemoved => "factor_removed",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::RecoveryCodesReplaced => "recovery_codes_replaced",
            Self::PolicyRefused { .. } => "policy_refused",
            Self::PolicyFailed { .. } => "policy_failed",
            Self::WebhookDisabled { .. } => "webhook_disabled",
            Self::Admin { action, .. } => action.name(),
        }
    }
}

impl AdminAction {
    const fn name(&self) -> &'static str {
        match self {
            Self::AccountCreated => "admin_account_created",
            Self::AccountInvited => "admin_account_invited",
            Self::AccountsImported { .. } => "admin_accounts_imported",
            Self::AccountsExported { .. } => "admin_accounts_exported",
            Self::AccountDisabled => "admin_account_disabled",
            Self::AccountEnabled => "admin_account_enabled",
            Self::AccountDeleted => "admin_account_deleted",
            Self::AccountUnlocked => "admin_account_unlocked",
            Self::ProfileChanged { .. } => "admin_profile_changed",
            Self::ResetRequested => "admin_reset_requested",
            Self::FactorRequirement { .. } => "admin_factor_requirement",
            Self::FactorResetScheduled => "admin_factor_reset_scheduled",
            Self::FactorResetCancelled => "admin_factor_reset_cancelled",
            Self::SeedsEncryptedAnew { .. } => "admin_seeds_encrypted_anew",
            Self::SignedOut => "admin_signed_out",
            Self::SignedOutAll { .. } => "admin_signed_out_all",
            Self::DeviceSignedOut => "admin_device_signed_out",
            Self::RoleChanged { .. } => "admin_role_changed",
            Self::ApiKeyCreated { .. } => "admin_api_key_created",
            Self::ApiKeyRevoked { .. } => "admin_api_key_revoked",
            Self::Webhook { change, .. } => change.name(),
            Self::PersonExported => "admin_person_exported",
            Self::Looked { .. } => "admin_looked",
        }
    }
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

    /// Takes down in the audit trail what is told, until it is dropped.
    pub async fn take_down(self) {
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
