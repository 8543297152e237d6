//! Events as lines of the audit trail.

use serde_json::{Map, Value, json};

use super::{AdminAction, Event, EventKind, WebhookAction};
use crate::audit::{AuditOutcome, AuditRecord};
use crate::role::{Permission, Role};

impl Event {
    /// The line of the audit trail that tells of it; `None` for what changes nothing for
    /// anybody: a credential that was renewed, and what a shadow strategy thinks.
    pub fn record(&self) -> Option<AuditRecord> {
        if matches!(self.kind, EventKind::Refreshed | EventKind::Shadowed { .. }) {
            return None;
        }
        let details = details(&self.kind);
        let details = (!details.is_empty()).then(|| Value::Object(details).to_string());
        let user = match self.kind {
            EventKind::SignedUp { sign_up } => Some(sign_up),
            _ => self.user,
        };
        Some(AuditRecord {
            id: self.id,
            event: self.kind.name().to_owned(),
            outcome: outcome(&self.kind),
            actor: self.actor(),
            user,
            session: self.session,
            ip: self.ip.or(self.origin.as_ref().map(|origin| origin.ip)),
            user_agent: self.origin.as_ref().map(|it| it.user_agent.clone()),
            request_id: self.origin.as_ref().map(|it| it.request_id.clone()),
            details,
        })
    }

    /// Who did it, if they have shown who they are.
    fn actor(&self) -> Option<String> {
        match &self.kind {
            EventKind::Admin { by, .. } => Some(by.to_string()),
            EventKind::SignedUp { .. }
            | EventKind::SignInFailed { .. }
            | EventKind::Throttled { .. }
            | EventKind::TokenRefused { .. }
            | EventKind::RefreshReused
            | EventKind::FactorRefused { .. }
            | EventKind::FactorsReset
            | EventKind::PolicyFailed { .. } => None,
            _ => self.user.map(|id| format!("user:{id}")),
        }
    }
}

fn outcome(kind: &EventKind) -> AuditOutcome {
    match kind {
        EventKind::SignInFailed { .. }
        | EventKind::WrongCurrentPassword
        | EventKind::Throttled { .. }
        | EventKind::TokenRefused { .. }
        | EventKind::RefreshReused
        | EventKind::PolicyRefused { .. }
        | EventKind::PolicyFailed { .. }
        | EventKind::WebhookDisabled { .. }
        | EventKind::FactorRefused { .. }
        | EventKind::Admin {
            action: AdminAction::Refused { .. },
            ..
        } => AuditOutcome::Failure,
        _ => AuditOutcome::Success,
    }
}

fn details(kind: &EventKind) -> Map<String, Value> {
    let details = match kind {
        EventKind::Registered {
            provider: Some(provider),
        } => json!({ "provider": provider.to_string() }),
        EventKind::SignedIn { by } | EventKind::StepAsked { by } => {
            json!({ "method": by.as_str() })
        }
        EventKind::SignInFailed { by, reason } => {
            json!({ "method": by.as_str(), "reason": reason })
        }
        EventKind::Throttled {
            by: _,
            limit,
            retry_after,
        } => {
            json!({ "limit": limit, "retry_after_seconds": retry_after.as_secs() })
        }
        EventKind::TokenRefused { what } => json!({ "what": what }),
        EventKind::ChangedOver { from, to } => {
            json!({ "from": from.to_string(), "to": to.to_string() })
        }
        EventKind::SessionsRevoked { count } => json!({ "count": count }),
        EventKind::IdentityLinked { provider } => json!({ "provider": provider.to_string() }),
        EventKind::FactorAdded { kind } => json!({ "kind": kind.as_str() }),
        EventKind::PolicyRefused { step } => json!({ "step": step.as_str() }),
        EventKind::PolicyFailed { step, allowed } => {
            json!({ "step": step.as_str(), "allowed": allowed })
        }
        EventKind::WebhookDisabled { webhook, why } => {
            json!({ "webhook": webhook.to_string(), "why": why.as_str() })
        }
        EventKind::Admin { action, .. } => admin_details(action),
        _ => Value::Null,
    };
    match details {
        Value::Object(details) => details,
        _ => Map::new(),
    }
}

fn admin_details(action: &AdminAction) -> Value {
    match action {
        AdminAction::AccountsImported {
            source,
            taken,
            already_there,
            refused,
            complete,
        } => json!({
            "source": source,
            "taken": taken,
            "already_there": already_there,
            "refused": refused,
            "complete": complete,
        }),
        AdminAction::AccountsExported { users, complete } => {
            json!({ "users": users, "complete": complete })
        }
        AdminAction::ProfileChanged { fields, verified } => {
            json!({ "fields": fields, "verified": verified })
        }
        AdminAction::FactorRequirement { required } => json!({ "required": required }),
        AdminAction::FactorResetScheduled { at } => json!({ "at": at.to_string() }),
        AdminAction::SeedsEncryptedAnew { seeds } => json!({ "seeds": seeds }),
        AdminAction::SignedOutAll {
            users,
            sessions,
            complete,
        } => json!({ "users": users, "sessions": sessions, "complete": complete }),
        AdminAction::RoleChanged { to } => json!({ "role": to.map(Role::as_str) }),
        AdminAction::ApiKeyCreated { key } | AdminAction::ApiKeyRevoked { key } => {
            json!({ "api_key": key.to_string() })
        }
        AdminAction::MailRetried { mail } => json!({ "mail_id": mail }),
        AdminAction::MailsRetried { count } => json!({ "count": count }),
        AdminAction::Webhook { webhook, change } => match change {
            WebhookAction::Replayed(count) => {
                json!({ "webhook": webhook.to_string(), "count": count })
            }
            _ => json!({ "webhook": webhook.to_string() }),
        },
        AdminAction::Refused { permission } => {
            json!({ "permission": permission.map(Permission::as_str) })
        }
        AdminAction::Looked { at } => json!({ "at": at.as_str() }),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::super::SignInMethod;
    use super::*;

    #[test]
    fn a_line_tells_by_what_a_sign_in_began() {
        let by = SignInMethod::MailCode;
        let reason = "unknown_account";
        for kind in [
            EventKind::SignedIn { by: by.clone() },
            EventKind::StepAsked { by: by.clone() },
            EventKind::SignInFailed { by, reason },
        ] {
            let line = Event::from(kind).record().unwrap();
            let details: Value = serde_json::from_str(&line.details.unwrap()).unwrap();
            assert_eq!(details["method"], "mail_code", "{}", line.event);
        }
    }
}
