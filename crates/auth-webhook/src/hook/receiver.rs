//! One hook: where it is, and what keeps it from being asked too much.

use std::sync::Arc;

use auth_core::policy::{Applicant, NoRuling, Ruling};
use auth_core::webhook::WebhookSecret;
use auth_core::{Clock, EventId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument as _;

use super::circuit::Circuit;
use super::{answer, question};
use crate::call::{Answered, CallError, Caller, Message};

/// How many calls of one hook may be under way at once: each of them holds a connection.
pub(super) const MOST_CALLS: usize = 64;

/// A hook. Each has places and a circuit of its own, so that neither a flood of registrations nor
/// a hook that hangs there keeps anybody from being signed in.
pub(super) struct Receiver {
    url: String,
    secret: WebhookSecret,
    caller: Caller,
    clock: Arc<dyn Clock>,
    places: Arc<Semaphore>,
    circuit: Circuit,
}

impl Receiver {
    /// The hook at this URL.
    pub(super) fn new(
        url: String,
        secret: WebhookSecret,
        caller: Caller,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        Arc::new(Self {
            url,
            secret,
            caller,
            clock,
            places: Arc::new(Semaphore::new(MOST_CALLS)),
            circuit: Circuit::default(),
        })
    }

    /// Asks it.
    ///
    /// # Errors
    /// When too many calls are under way, when it is not asked since it was too late again and
    /// again, and when it gives no answer that counts.
    pub(super) async fn ask(self: &Arc<Self>, applicant: &Applicant) -> Result<Ruling, NoRuling> {
        let place = self.places.clone().try_acquire_owned();
        let place =
            place.map_err(|_| NoRuling("too many calls of it are under way already".into()))?;
        if !self.circuit.lets_through(self.clock.now()) {
            let sentence = "it has not answered in time again and again";
            return Err(NoRuling(sentence.into()));
        }
        // A call goes on when whoever waits for it goes away, and so ends with what it tells of the
        // hook. If it were dropped, clients that leave early would hide that a hook hangs; if it
        // were counted as too late, they could have a hook that is well not asked.
        let call = self.clone().call(place, applicant.clone());
        let call = tokio::spawn(call.in_current_span());
        let answered = call
            .await
            .map_err(|failure| NoRuling(failure.to_string()))?;
        answer::read(&answered.map_err(|error| NoRuling(error.to_string()))?)
    }

    /// Calls it, takes note of whether it was in time, and then gives the place back.
    async fn call(
        self: Arc<Self>,
        place: OwnedSemaphorePermit,
        applicant: Applicant,
    ) -> Result<Answered, CallError> {
        let (at, id) = (self.clock.now(), EventId::generate().to_string());
        let body = question(&applicant, at).to_string();
        let message = Message {
            url: &self.url,
            id: &id,
            at,
            body: &body,
            secrets: std::slice::from_ref(&self.secret),
        };
        let answered = self.caller.post(&message).await;
        self.circuit.note(self.clock.now(), is_in_time(&answered));
        drop(place);
        answered
    }
}

fn is_in_time(answered: &Result<Answered, CallError>) -> bool {
    match answered {
        // Its headers were in time, and nothing more came.
        Ok(answered) => answered.body.is_some() || answered.status != 200,
        Err(error) => !matches!(error, CallError::TimedOut(_)),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use auth_core::SystemClock;
    use auth_core::policy::PolicyStep;
    use futures_util::future::join_all;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::reach::Reach;

    /// Somebody who comes to this step.
    pub(in crate::hook) fn applicant(step: PolicyStep) -> Applicant {
        Applicant {
            step,
            user: None,
            username: None,
            email: "ada@example.org".to_owned(),
            first_name: String::new(),
            last_name: String::new(),
            provider: None,
            methods: vec![],
            ip: None,
            user_agent: None,
            request_id: None,
        }
    }

    /// The URL of a service that says yes after so long.
    pub(in crate::hook) async fn agrees_after(wait: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 4096]).await;
                    sleep(wait).await;
                    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\
                                  connection: close\r\n\r\n{\"allow\":true}";
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        url
    }

    /// A hook that says yes after so long, and may take so long.
    async fn hook(wait: Duration, patience: Duration) -> Arc<Receiver> {
        let caller = Caller::new(Reach::ANYWHERE, patience, 1 << 10);
        let (url, secret) = (agrees_after(wait).await, WebhookSecret::generate());
        Receiver::new(url, secret, caller, Arc::new(SystemClock))
    }

    /// Asks some times, goes away each time, and waits until no call is under way any more.
    async fn asked_in_haste(receiver: &Arc<Receiver>, times: usize) {
        let applicant = applicant(PolicyStep::SignIn);
        for _ in 0..times {
            let haste = Duration::from_millis(10);
            let asked = timeout(haste, receiver.ask(&applicant)).await;
            assert!(asked.is_err(), "{asked:?}");
        }
        while receiver.places.available_permits() < MOST_CALLS {
            sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn who_goes_away_hides_no_hook_that_hangs() {
        let hour = Duration::from_secs(3600);
        let receiver = hook(hour, Duration::from_millis(300)).await;
        asked_in_haste(&receiver, 5).await;
        let refused = receiver
            .ask(&applicant(PolicyStep::SignIn))
            .await
            .unwrap_err();
        assert!(refused.0.contains("again and again"), "{refused}");
    }

    #[tokio::test]
    async fn who_goes_away_keeps_no_hook_from_being_asked() {
        let (wait, patience) = (Duration::from_millis(200), Duration::from_secs(60));
        let receiver = hook(wait, patience).await;
        asked_in_haste(&receiver, 12).await;
        assert_eq!(
            receiver.ask(&applicant(PolicyStep::SignIn)).await,
            Ok(Ruling::Allowed)
        );
    }

    #[tokio::test]
    async fn a_flood_is_refused_beyond_the_places() {
        let (wait, patience) = (Duration::from_millis(500), Duration::from_secs(60));
        let receiver = hook(wait, patience).await;
        let applicant = applicant(PolicyStep::SignIn);
        let asked = (0..=MOST_CALLS).map(|_| receiver.ask(&applicant));
        let answers = join_all(asked).await;
        let allowed = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(allowed, MOST_CALLS);
        let refused = answers.into_iter().find_map(Result::err).unwrap();
        assert!(refused.0.contains("too many"), "{refused}");
    }
}
