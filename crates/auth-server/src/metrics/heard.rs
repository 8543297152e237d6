//! What is told: events, and how long work took.

use auth_core::events::{EventKind, SignInMethod};
use auth_core::measure::{HashRefusal, Measurement, Recorder, StoreCall, StoreFailure};
use auth_core::{Event, EventSink};

use super::Metrics;

/// What may come of a sign-in.
const OUTCOMES: [&str; 4] = ["success", "failed", "pending", "throttled"];

/// What a sign-in begins with; providers come in with their first one.
const METHODS: [SignInMethod; 4] = [
    SignInMethod::Password,
    SignInMethod::Passkey,
    SignInMethod::MailCode,
    SignInMethod::MailedLink,
];

impl Metrics {
    /// Has what is known beforehand begin at zero, since nobody can tell from a series that is
    /// not there how much it has grown.
    pub(super) fn begin_at_zero(&self) {
        for outcome in OUTCOMES {
            for method in &METHODS {
                let labels = [outcome, method.as_str()];
                self.families.sign_ins.with_label_values(&labels);
            }
        }
        for limit in ["account", "ip"] {
            let labels = ["sign-in", limit];
            self.families.throttled.with_label_values(&labels);
        }
        for refusal in [HashRefusal::QueueFull, HashRefusal::Deadline] {
            let labels = [refusal.as_str()];
            self.families.hash_refusals.with_label_values(&labels);
        }
        for event in ["signed_in", "sign_in_failed", "refresh_reused"] {
            self.families.events.with_label_values(&[event]);
        }
        for outcome in ["sent", "delayed", "sender_refused", "given_up"] {
            let labels = ["reset", outcome];
            self.families.mails.with_label_values(&labels);
        }
        let none: [&str; 0] = [];
        for seconds in [
            &self.families.hash_wait,
            &self.families.hash_time,
            &self.families.revocation_wait,
        ] {
            seconds.with_label_values(&none);
        }
    }

    fn store_call(&self, call: &StoreCall) {
        let outcome = call.failure.map_or("ok", StoreFailure::as_str);
        let what = call.what;
        let labels = [what.system, what.store, what.operation, outcome];
        let calls = self.families.store_calls.with_label_values(&labels);
        calls.observe(call.took.as_secs_f64());
    }
}

impl EventSink for Metrics {
    fn hear(&self, event: &Event) {
        let kind = &event.kind;
        self.families.events.with_label_values(&[kind.name()]).inc();
        if let Some((outcome, method)) = sign_in(kind) {
            let labels = [outcome, method.as_str()];
            self.families.sign_ins.with_label_values(&labels).inc();
        }
        if let EventKind::Throttled { limit, .. } = kind {
            self.families
                .throttled
                .with_label_values(&class(limit))
                .inc();
        }
    }
}

impl Recorder for Metrics {
    fn record(&self, measurement: &Measurement) {
        let families = &self.families;
        let none: [&str; 0] = [];
        match measurement {
            Measurement::Hashed { waited, took } => {
                let wait = families.hash_wait.with_label_values(&none);
                wait.observe(waited.as_secs_f64());
                let time = families.hash_time.with_label_values(&none);
                time.observe(took.as_secs_f64());
            }
            Measurement::HashRefused(why) => {
                let refusals = &families.hash_refusals;
                refusals.with_label_values(&[why.as_str()]).inc();
            }
            Measurement::StoreCall(call) => self.store_call(call),
            Measurement::RevocationWait(wait) => {
                let waits = families.revocation_wait.with_label_values(&none);
                waits.observe(wait.as_secs_f64());
            }
            Measurement::MailDelivery { kind, outcome } => {
                let labels = [kind, outcome.as_str()];
                families.mails.with_label_values(&labels).inc();
            }
            _ => {}
        }
    }
}

/// What an event says of a sign-in, if it is about one: what came of it, and what it began with.
pub(crate) fn sign_in(kind: &EventKind) -> Option<(&'static str, &SignInMethod)> {
    match kind {
        EventKind::SignedIn { by } => Some(("success", by)),
        EventKind::SignInFailed { by, .. } => Some(("failed", by)),
        EventKind::FactorRefused { alone: Some(by) } => Some(("failed", by)),
        EventKind::StepAsked { by } => Some(("pending", by)),
        EventKind::Throttled { by: Some(by), .. } => Some(("throttled", by)),
        _ => None,
    }
}

/// What a limit is on, and whose share it is: a key is made of both, and of a name, which is
/// left out.
fn class(limit: &str) -> [&str; 2] {
    let mut parts = limit.split(':');
    let mut next = || parts.next().unwrap_or("other");
    [next(), next()]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_limit_is_counted_without_whom_it_refused() {
        let metrics = Metrics::new().unwrap();
        let throttled = |limit: &str| EventKind::Throttled {
            by: Some(SignInMethod::Password),
            limit: limit.to_owned(),
            retry_after: Duration::ZERO,
        };
        for limit in ["sign-in:ip:2001:db8::/64", "sign-in:ip:192.0.2.1"] {
            metrics.hear(&throttled(limit).into());
        }
        let counted = |family: &prometheus::IntCounterVec, labels: [&str; 2]| {
            family.with_label_values(&labels).get()
        };
        assert_eq!(counted(&metrics.families.throttled, ["sign-in", "ip"]), 2);
        let sign_ins = &metrics.families.sign_ins;
        assert_eq!(counted(sign_ins, ["throttled", "password"]), 2);
    }
}
