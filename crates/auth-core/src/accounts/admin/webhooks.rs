//! Webhooks.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{Actor, Admin};
use crate::clock::Timestamp;
use crate::error::{AuthError, FieldCode, FieldError, Problems};
use crate::events::{AdminAction, Event, EventKind, WebhookAction};
use crate::factor::Cipher;
use crate::id::{EventId, WebhookId};
use crate::secret::SecretText;
use crate::text::trimmed;
use crate::webhook::{
    Deliveries, Delivery, MAX_DESCRIPTION, MAX_URL, MOST_WEBHOOKS, ReceiverRules, SealedSecrets,
    TEST_EVENT, Webhook, WebhookChange, WebhookEvents, WebhookSecret, WebhookStore,
};

/// How many deliveries are made once more at once: each is a row that is written.
const MANY: u32 = 1000;

/// How long messages are signed with the secret before, too.
const BOTH_SECRETS: Duration = Duration::from_secs(86_400);

/// What webhooks take.
#[derive(Clone)]
pub struct Webhooks {
    /// Where they are kept.
    pub store: Arc<dyn WebhookStore>,
    /// What their secrets are encrypted under; without it none can be made.
    pub cipher: Option<Cipher>,
    /// Which receivers may be called.
    pub rules: Arc<dyn ReceiverRules>,
}

/// A webhook that is wanted, or what is to be changed about one. What is `None` stays as it is,
/// or takes its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookForm {
    /// Where it is; a new one needs that.
    pub url: Option<String>,
    /// What it is told of: names of events, or `*`; all of them by default.
    pub events: Option<Vec<String>>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is told anything; it is by default.
    pub enabled: Option<bool>,
}

impl Admin {
    /// The same with webhooks.
    #[must_use]
    pub fn with_webhooks(self, webhooks: Webhooks) -> Self {
        let webhooks = Some(webhooks);
        Self { webhooks, ..self }
    }

    fn known_webhooks(&self) -> Result<&Webhooks, AuthError> {
        self.webhooks.as_ref().ok_or(AuthError::NotFound)
    }

    /// Makes a webhook, and gives its secret, which nobody is shown again.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] with every rule that is broken, or a failing store.
    pub async fn create_webhook(
        &self,
        by: &Actor,
        form: &WebhookForm,
    ) -> Result<(Webhook, SecretText), AuthError> {
        let webhooks = self.known_webhooks()?;
        let wanted = webhooks.wanted(form)?;
        let url = wanted.url.ok_or_else(url_needed)?;
        let cipher = webhooks.cipher()?;
        let now = self.sessions.now();
        let enabled = wanted.enabled.unwrap_or(true);
        let webhook = Webhook {
            id: WebhookId::generate(),
            url,
            description: wanted.description.unwrap_or_default(),
            events: wanted.events.unwrap_or(WebhookEvents::All),
            created_at: now,
            enabled,
            disabled_at: (!enabled).then_some(now),
            disabled_reason: (!enabled).then(|| "operator".to_owned()),
        };
        let secret = WebhookSecret::generate();
        let sealed = secret.seal(cipher, webhook.id);
        let event = webhook_event(by, webhook.id, WebhookAction::Created);
        let added = webhooks
            .store
            .add(&webhook, &sealed, MOST_WEBHOOKS, event.record());
        if !added.await? {
            return Err(too_many().into());
        }
        self.told(&event).await;
        Ok((webhook, secret.reveal()))
    }

    /// All webhooks, the oldest first.
    ///
    /// # Errors
    /// A failing store.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, AuthError> {
        Ok(self.known_webhooks()?.store.list().await?)
    }

    /// The webhook of this id.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn webhook(&self, id: WebhookId) -> Result<Webhook, AuthError> {
        let found = self.known_webhooks()?.store.find(id).await?;
        found.ok_or(AuthError::NotFound)
    }

    /// Changes a webhook.
    ///
    /// # Errors
    /// [`AuthError::Invalid`], [`AuthError::NotFound`], or a failing store.
    pub async fn change_webhook(
        &self,
        by: &Actor,
        id: WebhookId,
        form: &WebhookForm,
    ) -> Result<Webhook, AuthError> {
        if *form == WebhookForm::default() {
            return self.webhook(id).await;
        }
        let webhooks = self.known_webhooks()?;
        let change = webhooks.wanted(form)?;
        let (event, now) = (
            webhook_event(by, id, WebhookAction::Changed),
            self.sessions.now(),
        );
        let changed = webhooks.store.change(id, &change, now, event.record());
        let changed = changed.await?.ok_or(AuthError::NotFound)?;
        self.told(&event).await;
        Ok(changed)
    }

    /// Deletes a webhook, with what was still to be delivered to it.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn delete_webhook(&self, by: &Actor, id: WebhookId) -> Result<(), AuthError> {
        let event = webhook_event(by, id, WebhookAction::Deleted);
        let removed = self.known_webhooks()?.store.remove(id, event.record());
        found(removed.await?)?;
        self.told(&event).await;
        Ok(())
    }

    /// Gives a webhook another secret, which is shown this once. For a day messages are signed
    /// with the one before, too.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::Invalid`] without a key to encrypt it under, or a
    /// failing store.
    pub async fn rotate_webhook(
        &self,
        by: &Actor,
        id: WebhookId,
    ) -> Result<(Webhook, SecretText), AuthError> {
        let webhook = self.webhook(id).await?;
        let webhooks = self.known_webhooks()?;
        let secret = WebhookSecret::generate();
        let sealed = secret.seal(webhooks.cipher()?, id);
        let until = self.sessions.now() + BOTH_SECRETS;
        let event = webhook_event(by, id, WebhookAction::SecretRotated);
        let rotated = webhooks.store.rotate(id, &sealed, until, event.record());
        found(rotated.await?)?;
        self.told(&event).await;
        Ok((webhook, secret.reveal()))
    }

    /// Queues something for this webhook alone, to try it; gives its id.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::Invalid`] when it is disabled, or a failing store.
    pub async fn test_webhook(&self, by: &Actor, id: WebhookId) -> Result<EventId, AuthError> {
        if !self.webhook(id).await?.enabled {
            let detail = "The webhook is disabled, so it is sent nothing: enable it first.";
            return Err(FieldError::new("enabled", FieldCode::Required, detail).into());
        }
        let event = EventId::generate();
        let payload = json!({
            "type": TEST_EVENT,
            "timestamp": event.at().to_string(),
            "data": { "id": event.to_string(), "actor": by.to_string() },
        });
        let payload = payload.to_string();
        let store = &self.known_webhooks()?.store;
        let told = webhook_event(by, id, WebhookAction::Tested);
        let queued = store.queue(id, event, TEST_EVENT, &payload, told.record());
        found(queued.await?)?;
        self.told(&told).await;
        Ok(event)
    }

    /// What was, or is to be, delivered to a webhook, the latest first.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn webhook_deliveries(
        &self,
        id: WebhookId,
        which: &Deliveries,
    ) -> Result<Vec<Delivery>, AuthError> {
        self.webhook(id).await?;
        Ok(self.known_webhooks()?.store.deliveries(id, which).await?)
    }

    /// Has a delivery made once more.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn replay_delivery(
        &self,
        by: &Actor,
        id: WebhookId,
        event: EventId,
    ) -> Result<(), AuthError> {
        let (store, now) = (&self.known_webhooks()?.store, self.sessions.now());
        let told = webhook_event(by, id, WebhookAction::Replayed(1));
        found(store.replay(id, event, now, told.record()).await?)?;
        self.told(&told).await;
        Ok(())
    }

    /// Has deliveries made once more that failed and were queued then or later, a thousand at most
    /// and the oldest first; gives their number.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn replay_failed(
        &self,
        by: &Actor,
        id: WebhookId,
        since: Timestamp,
    ) -> Result<u64, AuthError> {
        self.webhook(id).await?;
        let (store, now) = (&self.known_webhooks()?.store, self.sessions.now());
        let told = Self::event_of_count(by, move |count| AdminAction::Webhook {
            webhook: id,
            change: WebhookAction::Replayed(count),
        });
        let record = told.clone();
        let record = Arc::new(move |count| record(count).record());
        let count = store.replay_failed(id, since, now, MANY, record).await?;
        self.told(&told(count)).await;
        Ok(count)
    }

    /// Encrypts the secrets of all webhooks anew under the current key.
    pub(super) async fn encrypt_webhooks_anew(&self, cipher: &Cipher) -> Result<(), AuthError> {
        let Some(webhooks) = &self.webhooks else {
            return Ok(());
        };
        for (id, before) in webhooks.store.secrets().await? {
            let anew = |sealed: &str| {
                let secret = WebhookSecret::open(cipher, sealed, id);
                let secret = secret.map_err(|error| AuthError::Internal(error.into()))?;
                Ok::<_, AuthError>(secret.seal(cipher, id))
            };
            // One whose time is over signs nothing any more, and the key that reads it may be lost.
            let now = self.sessions.now();
            let previous = before.previous.as_ref().filter(|(_, until)| *until > now);
            let previous =
                previous.map(|(sealed, until)| Ok::<_, AuthError>((anew(sealed)?, *until)));
            let after = SealedSecrets {
                current: anew(&before.current)?,
                previous: previous.transpose()?,
            };
            // One that was given another secret meanwhile is encrypted under a key that servers
            // have: the next run takes it along.
            webhooks.store.reseal(id, &before, &after).await?;
        }
        Ok(())
    }
}

fn webhook_event(by: &Actor, webhook: WebhookId, change: WebhookAction) -> Event {
    Admin::event_of_many(by, AdminAction::Webhook { webhook, change })
}

impl Webhooks {
    fn cipher(&self) -> Result<&Cipher, FieldError> {
        self.cipher.as_ref().ok_or_else(|| {
            let detail = "The secret of a webhook is encrypted, and there is no key for that: \
                          give --encryption-key-file.";
            FieldError::new("secret", FieldCode::Required, detail)
        })
    }

    fn wanted(&self, form: &WebhookForm) -> Result<WebhookChange, AuthError> {
        let mut problems = Problems::default();
        let url = form.url.as_deref().map(|url| self.url(url)).transpose();
        let url = problems.check(url);
        let description = form.description.as_deref().map(description).transpose();
        let description = problems.check(description);
        let events = problems.check(form.events.as_deref().map(events).transpose());
        match (url, description, events) {
            (Some(url), Some(description), Some(events)) => Ok(WebhookChange {
                url,
                description,
                events,
                enabled: form.enabled,
            }),
            _ => Err(problems.into_error()),
        }
    }

    fn url(&self, text: &str) -> Result<String, FieldError> {
        let refuse = |code, detail: String| Err(FieldError::new("url", code, detail));
        let text = trimmed(text);
        if text.is_empty() {
            return Err(url_needed());
        }
        if text.len() > MAX_URL {
            return refuse(FieldCode::TooLong, "A URL has at most 2048 bytes.".into());
        }
        if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            let detail = "A URL holds neither blanks nor control characters.";
            return refuse(FieldCode::InvalidCharacters, detail.into());
        }
        match self.rules.check(text) {
            Ok(()) => Ok(text.to_owned()),
            Err(detail) => refuse(FieldCode::InvalidFormat, detail),
        }
    }
}

fn found(is_there: bool) -> Result<(), AuthError> {
    is_there.then_some(()).ok_or(AuthError::NotFound)
}

fn url_needed() -> FieldError {
    let detail = "The https URL of the receiver is needed.";
    FieldError::new("url", FieldCode::Required, detail)
}

fn too_many() -> FieldError {
    let detail = format!("There are {MOST_WEBHOOKS} webhooks, the most that there can be.");
    FieldError::new("url", FieldCode::TooLong, detail)
}

fn events(names: &[String]) -> Result<WebhookEvents, FieldError> {
    let is_event = |name: &str| EventKind::names().any(|known| known == name);
    WebhookEvents::parse(names, is_event).map_err(|error| {
        let detail = format!("{error}.").replacen("events", "Events", 1);
        FieldError::new("events", FieldCode::InvalidFormat, detail)
    })
}

fn description(text: &str) -> Result<String, FieldError> {
    let refuse = |code, detail| Err(FieldError::new("description", code, detail));
    let text = trimmed(text);
    match text {
        text if text.chars().count() > MAX_DESCRIPTION => refuse(
            FieldCode::TooLong,
            "A description has at most 200 characters.",
        ),
        text if text.contains(char::is_control) => refuse(
            FieldCode::InvalidCharacters,
            "A description may hold no control characters.",
        ),
        text => Ok(text.to_owned()),
    }
}
