//! Hooks: an operator's own service that is asked before somebody registers or is signed in.

mod answer;
mod circuit;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::policy::{Applicant, NoRuling, Policy, PolicyStep, Ruling};
use auth_core::webhook::WebhookSecret;
use auth_core::{Clock, EventId, Timestamp};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::call::{CallError, Caller, Message, named};
use crate::reach::Reach;
use circuit::Circuit;

/// The largest answer.
const MAX_ANSWER: usize = 16 << 10;

/// How many people may wait for a hook at once: each of them holds a connection.
const MOST_WAITING: usize = 64;

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
    config: HookConfig,
    caller: Caller,
    clock: Arc<dyn Clock>,
    waiting: Semaphore,
    registration: Circuit,
    sign_in: Circuit,
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
        Self {
            caller: Caller::new(Reach::ANYWHERE, config.timeout, MAX_ANSWER),
            config,
            clock,
            waiting: Semaphore::new(MOST_WAITING),
            registration: Circuit::default(),
            sign_in: Circuit::default(),
        }
    }

    fn url(&self, step: PolicyStep) -> Option<&str> {
        match step {
            PolicyStep::Registration => self.config.before_registration.as_deref(),
            PolicyStep::SignIn => self.config.before_sign_in.as_deref(),
        }
    }

    fn circuit(&self, step: PolicyStep) -> &Circuit {
        match step {
            PolicyStep::Registration => &self.registration,
            PolicyStep::SignIn => &self.sign_in,
        }
    }

    async fn ask(&self, url: &str, applicant: &Applicant) -> Result<Ruling, NoRuling> {
        let circuit = self.circuit(applicant.step);
        if !circuit.lets_through(self.clock.now()) {
            return Err(NoRuling(
                "it has not answered in time again and again".into(),
            ));
        }
        let Ok(_place) = self.waiting.try_acquire() else {
            return Err(NoRuling("too many wait for it already".into()));
        };
        let (at, id) = (self.clock.now(), EventId::generate().to_string());
        let body = question(applicant, at).to_string();
        let message = Message {
            url,
            id: &id,
            at,
            body: &body,
            secrets: std::slice::from_ref(&self.config.secret),
        };
        let answered = self.caller.post(&message).await;
        let in_time = match &answered {
            // Its headers were in time, and nothing more came.
            Ok(answered) => answered.body.is_some() || answered.status != 200,
            Err(error) => !matches!(error, CallError::TimedOut(_)),
        };
        circuit.note(self.clock.now(), in_time);
        let answered = answered.map_err(|error| NoRuling(error.to_string()))?;
        answer::read(&answered)
    }
}

#[async_trait]
impl Policy for Hooks {
    fn rules_on(&self, step: PolicyStep) -> bool {
        self.url(step).is_some()
    }

    fn allows_without_ruling(&self) -> bool {
        self.config.allow_on_failure
    }

    async fn rule(&self, applicant: &Applicant) -> Result<Ruling, NoRuling> {
        match self.url(applicant.step) {
            Some(url) => self.ask(url, applicant).await,
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
