//! Events in the log.

use tracing::field::display;
use tracing::{debug, info, warn};

use super::{Actor, AdminAction, Event, EventKind, EventSink, WebhookAction};
use crate::role::{Permission, Role};
use crate::strategy::Judgement;

/// Writes a line for each event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log;

impl EventSink for Log {
    fn hear(&self, event: &Event) {
        let name = event.kind.name();
        let user_id = event.user.map(display);
        let session_id = event.session.map(display);
        let ip = event.ip.map(display);
        match &event.kind {
            EventKind::SignedUp { sign_up } => info!(event = name, sign_up_id = %sign_up, ip),
            EventKind::Registered { provider } => {
                let provider = provider.as_ref().map(display);
                info!(event = name, user_id, ip, provider);
            }
            EventKind::SignedIn { by } | EventKind::StepAsked { by } => {
                info!(event = name, user_id, session_id, ip, method = by.as_str());
            }
            EventKind::SignInFailed { by, reason } => {
                info!(event = name, user_id, ip, method = by.as_str(), reason);
            }
            EventKind::Throttled {
                limit, retry_after, ..
            } => {
                let seconds = retry_after.as_secs();
                info!(event = name, limit, user_id, ip, seconds);
            }
            EventKind::TokenRefused { what } => info!(event = name, what, ip),
            EventKind::SessionsRevoked { count } => info!(event = name, user_id, session_id, count),
            EventKind::ChangedOver { from, to } => {
                info!(event = name, user_id, session_id, %from, %to);
            }
            EventKind::Shadowed { judgement } => match judgement {
                Judgement::Differs { first, second } => {
                    let (first, second) = (first.as_str(), second.as_str());
                    warn!(event = name, user_id, session_id, first, second);
                }
                _ => debug!(event = name, user_id, session_id),
            },
            EventKind::IdentityLinked { provider } => {
                info!(event = name, user_id, provider = %provider);
            }
            EventKind::FactorAdded { kind } => {
                info!(event = name, user_id, session_id, ip, kind = kind.as_str());
            }
            EventKind::PolicyRefused { step } => {
                info!(event = name, user_id, ip, step = step.as_str());
            }
            EventKind::PolicyFailed { step, allowed } => {
                warn!(event = name, user_id, ip, step = step.as_str(), allowed);
            }
            EventKind::WebhookDisabled { webhook, why } => {
                warn!(event = name, %webhook, why = why.as_str());
            }
            EventKind::Admin { action, by } => hear_admin(event, action, by),
            _ => info!(event = name, user_id, session_id, ip),
        }
    }
}

/// A line for what an operator did.
fn hear_admin(event: &Event, action: &AdminAction, by: &Actor) {
    let name = event.kind.name();
    let user_id = event.user.map(display);
    match action {
        AdminAction::SignedOutAll {
            users,
            sessions,
            complete,
        } => info!(event = name, actor = %by, users, sessions_ended = sessions, complete),
        AdminAction::ProfileChanged { fields, verified } => {
            info!(event = name, user_id, actor = %by, fields, verified);
        }
        AdminAction::AccountsImported {
            source,
            taken,
            already_there,
            refused,
            complete,
        } => {
            info!(event = name, actor = %by, source, taken, already_there, refused, complete);
        }
        AdminAction::AccountsExported { users, complete } => {
            info!(event = name, actor = %by, users, complete);
        }
        AdminAction::RoleChanged { to } => {
            info!(event = name, user_id, actor = %by, role = to.map_or("none", Role::as_str));
        }
        AdminAction::ApiKeyCreated { key } | AdminAction::ApiKeyRevoked { key } => {
            info!(event = name, actor = %by, api_key_id = %key);
        }
        AdminAction::MailRetried { mail } => info!(event = name, actor = %by, mail_id = mail),
        AdminAction::MailsRetried { count } => info!(event = name, actor = %by, count),
        AdminAction::FactorRequirement { required } => {
            info!(event = name, user_id, actor = %by, required);
        }
        AdminAction::SeedsEncryptedAnew { seeds } => info!(event = name, actor = %by, seeds),
        AdminAction::Webhook { webhook, change } => {
            let count = match change {
                WebhookAction::Replayed(count) => Some(count),
                _ => None,
            };
            info!(event = name, actor = %by, %webhook, count);
        }
        AdminAction::DeviceSignedOut => {
            let session_id = event.session.map(display);
            info!(event = name, user_id, session_id, actor = %by);
        }
        AdminAction::Refused { permission } => {
            let permission = permission.map(Permission::as_str);
            info!(event = name, actor = %by, permission);
        }
        AdminAction::Looked { at } => info!(event = name, user_id, actor = %by, at = at.as_str()),
        _ => info!(event = name, user_id, actor = %by),
    }
}
