//! Counting sessions.

use super::SessionManager;
use crate::error::AuthError;
use crate::id::UserId;
use crate::session::Tally;

impl SessionManager {
    /// The live sessions, counted; `None` when those of each user have to be
    /// [counted](Self::count) one by one.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn tally(&self) -> Result<Option<Tally>, AuthError> {
        Ok(self.sessions.tally(self.now()).await?)
    }

    /// Counts the live sessions of a user.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn count(&self, user: UserId, into: &mut Tally) -> Result<(), AuthError> {
        into.count(&self.sessions.by_user(user).await?, self.now());
        Ok(())
    }
}
