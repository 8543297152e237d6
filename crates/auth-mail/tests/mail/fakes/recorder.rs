//! A transport that remembers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::mail::MailError;
use auth_core::{Clock, Timestamp};
use auth_mail::{Message, MessageTransport};

use super::TestClock;

/// What a [`Recorder`] does with the next message.
pub enum Answer {
    Accept,
    Transient,
    Permanent,
    AfterWaiting(Duration),
    Never,
}

/// Remembers when it was given which message. Without answers it accepts.
pub struct Recorder {
    clock: Arc<dyn Clock>,
    pub answers: Mutex<VecDeque<Answer>>,
    pub tried: Mutex<Vec<(Timestamp, Message)>>,
    pub accepted: Mutex<Vec<Message>>,
    at_once: AtomicU32,
    pub most_at_once: AtomicU32,
}

impl Recorder {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            answers: Mutex::default(),
            tried: Mutex::default(),
            accepted: Mutex::default(),
            at_once: AtomicU32::new(0),
            most_at_once: AtomicU32::new(0),
        }
    }

    /// Seconds since the start of the test, for each message it was given.
    pub fn tried_at(&self) -> Vec<u64> {
        let tried = self.tried.lock().unwrap();
        let seconds = |(at, _): &(Timestamp, Message)| at.since(TestClock::START).as_secs();
        tried.iter().map(seconds).collect()
    }

    pub fn accepted(&self) -> Vec<Message> {
        self.accepted.lock().unwrap().clone()
    }

    async fn answer(&self) -> Result<(), MailError> {
        let answer = self.answers.lock().unwrap().pop_front();
        match answer.unwrap_or(Answer::Accept) {
            Answer::Accept => Ok(()),
            Answer::Transient => Err(MailError::Transient("busy".into())),
            Answer::Permanent => Err(MailError::Permanent("unknown".into())),
            Answer::AfterWaiting(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Answer::Never => std::future::pending().await,
        }
    }
}

#[async_trait]
impl MessageTransport for Recorder {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let now = self.clock.now();
        self.tried.lock().unwrap().push((now, message.clone()));
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        let answer = self.answer().await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        if answer.is_ok() {
            self.accepted.lock().unwrap().push(message.clone());
        }
        answer
    }
}
