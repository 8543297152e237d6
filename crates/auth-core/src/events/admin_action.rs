//! What operators do.

use strum::{IntoStaticStr, VariantNames};

use crate::clock::Timestamp;
use crate::id::{ApiKeyId, WebhookId};
use crate::role::{Permission, Role};

/// What an operator did.
#[derive(Clone, Debug, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case", prefix = "admin_")]
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
    FactorResetScheduled {
        /// When they go.
        at: Timestamp,
    },
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
    /// Had a mail that waits be tried at once.
    MailRetried {
        /// Which, by the queue's id.
        mail: String,
    },
    /// Had mails that failed be tried at once.
    MailsRetried {
        /// How many.
        count: u64,
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
    /// Wanted to do something that is not permitted to them.
    Refused {
        /// What that takes; nothing where any role will do.
        permission: Option<Permission>,
    },
    /// Looked at data of persons, or at what the server has been told.
    Looked {
        /// At what.
        at: Looked,
    },
}

/// What an operator did with a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case", prefix = "admin_webhook_")]
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

/// At what an operator has looked.
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
    /// The mails that wait.
    Mails,
    /// The API keys.
    ApiKeys,
    /// Webhooks, or what they were sent.
    Webhooks,
    /// The settings in force.
    Settings,
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
            Self::Mails => "mails",
            Self::ApiKeys => "api_keys",
            Self::Webhooks => "webhooks",
            Self::Settings => "settings",
        }
    }
}
