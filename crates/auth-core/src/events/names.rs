//! What events are called: in the log, in metrics, in the audit trail, and to webhooks.

use strum::VariantNames as _;

use super::{AdminAction, EventKind, WebhookAction};
use crate::strategy::Judgement;

impl EventKind {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Shadowed { judgement } => match judgement {
                Judgement::Agrees => "shadow_agrees",
                Judgement::Differs { .. } => "shadow_differs",
                Judgement::Unknown => "shadow_unknown",
            },
            Self::Admin { action, .. } => action.name(),
            kind => kind.into(),
        }
    }

    /// The names of all that the audit trail and webhooks can tell.
    pub fn names() -> impl Iterator<Item = &'static str> {
        // Names of many others, and what is told in the log alone.
        let no_names = ["admin", "admin_webhook", "refreshed", "shadowed"];
        [
            Self::VARIANTS,
            AdminAction::VARIANTS,
            WebhookAction::VARIANTS,
        ]
        .into_iter()
        .flatten()
        .copied()
        .filter(move |name| !no_names.contains(name))
    }
}

impl AdminAction {
    fn name(&self) -> &'static str {
        match self {
            Self::Webhook { change, .. } => change.into(),
            action => action.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Actor, Event};
    use crate::id::WebhookId;

    #[test]
    fn what_is_kept_has_a_name_that_is_known() {
        let by = Actor::Key(crate::id::ApiKeyId::generate());
        let webhook = WebhookId::generate();
        let actions = [
            (AdminAction::AccountCreated, "admin_account_created"),
            (
                AdminAction::Webhook {
                    webhook,
                    change: WebhookAction::Replayed(3),
                },
                "admin_webhook_replayed",
            ),
        ];
        let actions = actions.map(|(action, name)| {
            let by = by.clone();
            (EventKind::Admin { action, by }, name)
        });
        let judgement = Judgement::Agrees;
        let kinds = [
            (EventKind::EmailConfirmed, "email_confirmed"),
            (EventKind::Refreshed, "refreshed"),
            (EventKind::Shadowed { judgement }, "shadow_agrees"),
        ];
        for (kind, name) in actions.into_iter().chain(kinds) {
            assert_eq!(kind.name(), name);
            let is_kept = Event::from(kind).record().is_some();
            assert_eq!(EventKind::names().any(|one| one == name), is_kept, "{name}");
        }
    }
}
