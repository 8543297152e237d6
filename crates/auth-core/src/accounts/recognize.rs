//! Who sends a request: the way every request goes that needs somebody signed in.

use std::iter;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{Accounts, SignedIn};
use crate::cache::{Answer, Cache, CacheState, ChangeLog, Fence, Name, Validity};
use crate::credential::Credential;
use crate::error::AuthError;
use crate::strategy::{Description, Verdict, Who};
use crate::user::{ActiveUser, User};

/// Somebody who is signed in, and how the profile looks that is shown to them.
#[derive(Debug)]
pub struct Recognized {
    signed_in: SignedIn,
    shown: OnceLock<Bytes>,
}

impl Recognized {
    /// Who it is.
    pub fn signed_in(&self) -> &SignedIn {
        &self.signed_in
    }

    /// The profile as it is shown, which is made at most once.
    pub fn shown(&self, show: impl FnOnce(&User) -> Bytes) -> Bytes {
        let shown = self.shown.get_or_init(|| show(&self.signed_in.user));
        shown.clone()
    }
}

impl SignedIn {
    /// What was decided about the credential.
    fn verdict(&self) -> Verdict {
        Verdict::Accepted(Who {
            user: self.user.id,
            session: self.session_id,
            credentials_version: self.user.credentials_version,
        })
    }
}

impl From<SignedIn> for Recognized {
    fn from(signed_in: SignedIn) -> Self {
        let shown = OnceLock::new();
        Self { signed_in, shown }
    }
}

impl Deref for Recognized {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.signed_in
    }
}

impl Answer for Recognized {
    fn names(&self) -> [Name; 2] {
        [self.user.id.into(), self.session_id.into()]
    }

    fn heap_size(&self) -> usize {
        self.user.heap_size() + self.shown.get().map_or(0, Bytes::len)
    }
}

impl Accounts {
    /// Keeps credentials that were looked up in so many bytes of memory, if the stores tell of
    /// their changes.
    #[must_use]
    pub fn with_cache(mut self, bytes: u64) -> Self {
        if bytes == 0 {
            return self;
        }
        let sessions = self.strategy.sessions();
        let logs = self.stores.users.changes().zip(sessions.changes());
        let logs = logs.map(|(users, sessions_log)| {
            let is_one = Arc::ptr_eq(&users, &sessions_log);
            let sessions_log = (!is_one).then_some(sessions_log);
            let others: Arc<dyn ChangeLog> = sessions.peers().clone();
            iter::once(users)
                .chain(sessions_log)
                .chain([others])
                .collect()
        });
        let cache = logs.and_then(|logs| Cache::new(bytes, logs));
        self.cache = cache.map(Arc::new);
        self
    }

    /// What the strategy is and promises, and how many reads it takes with what is kept.
    pub fn description(&self) -> Description {
        let mut description = self.strategy.description();
        if self.cache.is_some() && self.strategy.sessions().peers().is_caught_up() {
            description.store_reads_per_request = 0;
        }
        description
    }

    /// What is known of the cache, if there is one.
    pub fn cache(&self) -> Option<CacheState> {
        self.cache.as_ref().map(|cache| cache.state())
    }

    /// Whether a read may be answered from memory now: all changes can be learned.
    pub async fn answers_from_memory(&self) -> bool {
        match &self.cache {
            Some(cache) => cache.catch_up().await.is_ok(),
            None => false,
        }
    }

    /// What is known of who presents this credential, without waiting for anything.
    pub fn recall(&self, credential: &Credential) -> Option<Arc<Recognized>> {
        let (cache, Credential::Access(transport, text)) = (self.cache.as_ref()?, credential)
        else {
            return None;
        };
        // In this order: what is learnt of changes afterwards is not in what was looked up.
        let present = self.strategy.present().ok()?;
        let known = cache.is_caught_up().then(|| cache.get(text, present))?;
        // What was kept of a cookie is nothing in a header.
        let known = known.filter(|known| known.scheme.transport == *transport)?;
        cache.note_hit();
        if let Some(shadow) = &self.shadow {
            shadow.note(credential, known.verdict());
        }
        Some(known)
    }

    /// Who presents this credential, for a request that changes nothing: from memory if it is
    /// there and still holds, else from the stores. `show` makes the profile that is kept
    /// along with it.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate).
    pub async fn recognize(
        &self,
        credential: &Credential,
        show: impl FnOnce(&User) -> Bytes,
    ) -> Result<Arc<Recognized>, AuthError> {
        let Some(cache) = &self.cache else {
            return Ok(Arc::new(self.look_up(credential).await?.0.into()));
        };
        // Whoever can't tell what changed asks the stores, which then answer for themselves.
        let is_caught_up = cache.catch_up().await.is_ok();
        if let Some(recognized) = self.recall(credential) {
            return Ok(recognized);
        }
        cache.note_miss(is_caught_up);
        let fence = cache.fence();
        let (signed_in, validity) = self.look_up(credential).await?;
        let recognized = Arc::new(Recognized::from(signed_in));
        recognized.shown(show);
        if is_caught_up {
            self.keep(cache, credential, &fence, &recognized, validity);
        }
        Ok(recognized)
    }

    /// Who presents this credential, by the stores, for a request that changes something.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] when it is not, or no longer, valid: the account may be
    /// gone or disabled, or have other credentials. It is not valid anywhere then: whoever signs
    /// out again, since the first answer was lost, is not told so too early.
    pub async fn authenticate(&self, credential: &Credential) -> Result<SignedIn, AuthError> {
        let found = self.look_up(credential).await;
        if matches!(found, Err(AuthError::Unauthenticated)) {
            let sessions = self.strategy.sessions();
            tokio::try_join!(self.stores.users.in_force(), sessions.in_force())?;
        }
        Ok(found?.0)
    }

    fn keep(
        &self,
        cache: &Cache<Recognized>,
        credential: &Credential,
        fence: &Fence,
        recognized: &Arc<Recognized>,
        validity: Validity,
    ) {
        if let Credential::Access(_, text) = credential {
            cache.insert(text, fence, recognized.clone(), validity);
        }
    }

    /// Who presents a credential, by the stores; whoever decides beside hears of it.
    async fn look_up(&self, credential: &Credential) -> Result<(SignedIn, Validity), AuthError> {
        let found = self.find(credential).await;
        let verdict = match &found {
            Ok((signed_in, _)) => Some(signed_in.verdict()),
            Err(AuthError::Unauthenticated) => Some(Verdict::Refused),
            Err(_) => None,
        };
        if let Some((shadow, verdict)) = self.shadow.as_ref().zip(verdict) {
            shadow.note(credential, verdict);
        }
        found
    }

    async fn find(&self, credential: &Credential) -> Result<(SignedIn, Validity), AuthError> {
        let who = self.strategy.authenticate(credential).await?;
        let who = who.ok_or(AuthError::Unauthenticated)?;
        let user = match who.user {
            Some(user) => Some(user),
            None => {
                let user = self.stores.users.find(who.user_id).await?;
                user.and_then(|user| ActiveUser::under(user, who.credentials_version))
            }
        };
        let signed_in = SignedIn {
            user: user.ok_or(AuthError::Unauthenticated)?,
            session_id: who.session_id,
            auth_time: who.auth_time,
            scheme: who.scheme,
        };
        Ok((signed_in, who.validity))
    }
}
