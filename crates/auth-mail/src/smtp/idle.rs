//! Connections kept open for the next mail.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lettre::transport::smtp::client::AsyncSmtpConnection;

/// Servers hang up on idle clients, some after a minute.
const MAX_AGE: Duration = Duration::from_secs(30);
/// As many as the worker uses at once.
const MAX_COUNT: usize = 8;

/// Idle connections, the latest used last.
#[derive(Default)]
pub(super) struct IdleConnections(Mutex<Vec<(Instant, AsyncSmtpConnection)>>);

impl IdleConnections {
    /// Takes the latest used connection, unless all have been idle for too long.
    pub(super) fn take(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.lock();
        idle.retain(|(since, _)| since.elapsed() < MAX_AGE);
        idle.pop().map(|(_, connection)| connection)
    }

    /// Keeps a connection that has just finished an exchange.
    pub(super) fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.lock();
        if idle.len() < MAX_COUNT {
            idle.push((Instant::now(), connection));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Instant, AsyncSmtpConnection)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
