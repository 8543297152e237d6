//! Webhooks: receivers that are told of what the audit trail tells, signed as Standard Webhooks
//! (<https://www.standardwebhooks.com>) says.
//!
//! A line of the trail and what is to be delivered of it are kept in one transaction, so that
//! neither is there without the other. What is delivered is written down then, so that each try
//! sends the same bytes under the same id: the event's.

mod secret;
mod store;

pub use secret::{NotAWebhookSecret, WebhookSecret};
pub use store::{
    Batch, Claimed, Deliveries, Delivery, DeliveryState, Fault, SealedSecrets, Settlement,
    WebhookBacklog, WebhookChange, WebhookStore,
};

use crate::clock::Timestamp;
use crate::id::WebhookId;

/// The most webhooks that there may be, and so how many receivers are called at once.
pub const MOST_WEBHOOKS: u32 = 50;

/// What a delivery is called that an operator asks for to try a receiver.
pub const TEST_EVENT: &str = "webhook.test";

/// The longest URL, in bytes.
pub const MAX_URL: usize = 2048;

/// The longest description, in characters.
pub const MAX_DESCRIPTION: usize = 200;

/// A receiver, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Names it.
    pub id: WebhookId,
    /// Where it is.
    pub url: String,
    /// What it is for, in its maker's words.
    pub description: String,
    /// What it is told of.
    pub events: WebhookEvents,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Since when it is not.
    pub disabled_at: Option<Timestamp>,
    /// Why it is not, as a word: by an `operator`, since it said that it is `gone`, or for
    /// `failing` too long.
    pub disabled_reason: Option<String>,
}

/// Why a webhook is no longer told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disabled {
    /// Somebody wanted it so.
    Operator,
    /// The receiver answered with the status 410.
    Gone,
    /// No delivery has succeeded for days.
    Failing,
}

impl Disabled {
    /// The form in stores and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// Which events a receiver is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookEvents {
    /// All, also those that only later versions know.
    All,
    /// Those of these names.
    Named(Vec<String>),
}

/// These are no events.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEvents {
    /// Nothing is named, or `*` among others.
    #[error("events are `*`, or names such as signed_in")]
    Names,
    /// No event is called that.
    #[error("events are `*`, or names such as signed_in; none is called {0:?}")]
    Unknown(String),
}

impl WebhookEvents {
    /// The events of these names, of which `is_event` knows which there are; `*` means all of
    /// them.
    ///
    /// # Errors
    /// [`NotEvents`].
    pub fn parse(names: &[String], is_event: impl Fn(&str) -> bool) -> Result<Self, NotEvents> {
        if names == ["*"] {
            return Ok(Self::All);
        }
        if names.is_empty() || names.iter().any(|name| name == "*") {
            return Err(NotEvents::Names);
        }
        if let Some(unknown) = names.iter().find(|name| !is_event(name)) {
            return Err(NotEvents::Unknown(unknown.chars().take(64).collect()));
        }
        let mut names = names.to_vec();
        names.sort_unstable();
        names.dedup();
        Ok(Self::Named(names))
    }

    /// The names, or `*`.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::All => vec!["*".to_owned()],
            Self::Named(names) => names.clone(),
        }
    }

    /// The form in stores: `*`, or the names with a blank before and after each.
    pub fn to_stored(&self) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::Named(names) => format!(" {} ", names.join(" ")),
        }
    }

    /// What a stored text means.
    pub fn from_stored(text: &str) -> Self {
        match text {
            "*" => Self::All,
            names => Self::Named(names.split_whitespace().map(str::to_owned).collect()),
        }
    }
}

/// Which receivers may be called.
pub trait ReceiverRules: Send + Sync {
    /// Whether this URL may be one.
    ///
    /// # Errors
    /// A sentence that says what to do.
    fn check(&self, url: &str) -> Result<(), String>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_all_or_have_names() {
        let parse = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
            WebhookEvents::parse(&names, |name| ["signed_in", "signed_out"].contains(&name))
        };
        assert_eq!(parse(&["*"]), Ok(WebhookEvents::All));
        for wrong in [&[][..], &["*", "signed_in"]] {
            assert_eq!(parse(wrong), Err(NotEvents::Names), "{wrong:?}");
        }
        for unknown in ["", "Signed in", "%", "signed_inn", "refreshed"] {
            let expected = Err(NotEvents::Unknown(unknown.to_owned()));
            assert_eq!(parse(&["signed_out", unknown]), expected);
        }
        let named = parse(&["signed_out", "signed_in", "signed_in"]).unwrap();
        assert_eq!(named.to_stored(), " signed_in signed_out ");
        for events in [named, WebhookEvents::All] {
            assert_eq!(WebhookEvents::from_stored(&events.to_stored()), events);
        }
    }
}
