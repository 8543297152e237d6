//! Hooks: an operator's own service that is asked before somebody registers or is signed in.

mod answer;
mod circuit;
mod receiver;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::policy::{Applicant, NoRuling, Policy, PolicyStep, Ruling};
use auth_core::webhook::WebhookSecret;
use auth_core::{Clock, Timestamp};
use serde_json::{Value, json};

use crate::call::{Caller, named};
use crate::reach::Reach;
use receiver::Receiver;

/// The largest answer.
const MAX_ANSWER: usize = 16 << 10;

/// Which hooks there are, and how they are asked.
#[derive(Clone, Debug)]
pub struct HookConfig {
    /// What is asked before anything of a registration is kept.
    pub before_registration: Option<String>,
    /// What is asked before somebody gets a credential.
    pub before_sign_in: Option<String>,
    /// What messages are signed with.
    pub secret: WebhookSecret,
    /// How long an answer may take in all.
    pub timeout: Duration,
    /// Whether a hook that gives no answer counts as one that agrees.
    pub allow_on_failure: bool,
}

/// Asks the hooks.
pub struct Hooks {
    registration: Option<Arc<Receiver>>,
    sign_in: Option<Arc<Receiver>>,
    allow_on_failure: bool,
}

impl HookConfig {
    /// Whether this may be the URL of a hook: https, or this machine.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn check_url(url: &str) -> Result<(), String> {
        named(url).map(drop)
    }
}

impl Hooks {
    /// Hooks with these settings.
    pub fn new(config: HookConfig, clock: Arc<dyn Clock>) -> Self {
        let caller = Caller::new(Reach::ANYWHERE, config.timeout, MAX_ANSWER);
        let secret = config.secret;
        let receiver = |url| Receiver::new(url, secret.clone(), caller.clone(), clock.clone());
        Self {
            registration: config.before_registration.map(receiver),
            sign_in: config.before_sign_in.map(receiver),
            allow_on_failure: config.allow_on_failure,
        }
    }

    fn receiver(&self, step: PolicyStep) -> Option<&Arc<Receiver>> {
        match step {
            PolicyStep::Registration => self.registration.as_ref(),
            PolicyStep::SignIn => self.sign_in.as_ref(),
        }
    }
}

#[async_trait]
impl Policy for Hooks {
    fn rules_on(&self, step: PolicyStep) -> bool {
        self.receiver(step).is_some()
    }

    fn allows_without_ruling(&self) -> bool {
        self.allow_on_failure
    }

    async fn rule(&self, applicant: &Applicant) -> Result<Ruling, NoRuling> {
        match self.receiver(applicant.step) {
            Some(receiver) => receiver.ask(applicant).await,
            None => Ok(Ruling::Allowed),
        }
    }
}

/// What a hook is asked.
fn question(applicant: &Applicant, at: Timestamp) -> Value {
    json!({
        "type": applicant.step.as_str(),
        "timestamp": at.to_string(),
        "data": {
            "user_id": applicant.user.map(|id| id.to_string()),
            "username": applicant.username,
            "email": applicant.email,
            "first_name": applicant.first_name,
            "last_name": applicant.last_name,
            "provider": applicant.provider,
            "methods": applicant.methods,
            "ip": applicant.ip.map(|ip| ip.to_string()),
            "user_agent": applicant.user_agent,
            "request_id": applicant.request_id,
        },
    })
}

#[cfg(test)]
mod tests {
    use auth_core::SystemClock;
    use futures_util::future::{join, join_all};

    use super::receiver::MOST_CALLS;
    use super::receiver::tests::{agrees_after, applicant};
    use super::*;

    #[tokio::test]
    async fn a_flood_of_registrations_keeps_nobody_from_being_signed_in() {
        let hooks = HookConfig {
            before_registration: Some(agrees_after(Duration::from_millis(500)).await),
            before_sign_in: Some(agrees_after(Duration::ZERO).await),
            secret: WebhookSecret::generate(),
            timeout: Duration::from_secs(60),
            allow_on_failure: false,
        };
        let hooks = Hooks::new(hooks, Arc::new(SystemClock));
        let newcomer = applicant(PolicyStep::Registration);
        let flood = join_all((0..=MOST_CALLS).map(|_| hooks.rule(&newcomer)));
        let person = applicant(PolicyStep::SignIn);
        // The flood is asked first, and has taken all places of its hook by then.
        let (flood, signed_in) = join(flood, hooks.rule(&person)).await;
        let refused = flood.iter().filter(|answer| answer.is_err()).count();
        assert_eq!(refused, 1);
        assert_eq!(signed_in, Ok(Ruling::Allowed));
    }
}
