//! Signing in, staying signed in, signing out.

use sha2::{Digest as _, Sha256};

use super::{Accounts, SignInOutcome, SignedIn, Verification};
use crate::credential::Credential;
use crate::email::Email;
use crate::error::AuthError;
use crate::events::{Event, EventKind, SignInMethod};
use crate::id::{SessionId, UserId};
use crate::limit::{Guess, GuessOf};
use crate::mail::Notice;
use crate::password::{Candidates, Comparison, Password};
use crate::session::{Assurance, Device, Method, Revoke, Session};
use crate::sign_up::SignUp;
use crate::strategy::{AuthenticationEvent, Issued, RefreshRequest, Refreshed, SchemeId};
use crate::user::{ActiveUser, UpdateConditions, User, UserChanges};
use crate::username::Username;

/// How many sign-ups with one address a sign-in looks at, the newest first.
const MOST_SIGN_UPS: u32 = 50;

/// What a person signs in with.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// A username or an e-mail address.
    pub identifier: String,
    /// The password.
    pub password: Password,
    /// Whether to stay signed in for long.
    pub remember: bool,
}

impl Accounts {
    /// Signs in by password.
    ///
    /// Unknown, wrong, disabled and not yet confirmed take the same path: the same limits
    /// counted before the same hashing (OWASP ASVS 5.0, 6.3.8). The password of a sign-up
    /// that waits is told as such, whether or not its address has an account.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`], [`AuthError::EmailUnverified`], a limit, or
    /// [`AuthError::Overloaded`].
    pub async fn sign_in(&self, form: SignIn, device: &Device) -> Result<SignInOutcome, AuthError> {
        let (user, sign_ups) = self.find_by_identifier(&form.identifier).await?;
        let account = match &user {
            Some(user) => user.id.to_string(),
            None => unknown_account(&form.identifier),
        };
        let guess = Guess {
            of: GuessOf::Password,
            by: Some(SignInMethod::Password),
            account: &account,
            user: user.as_ref(),
            device,
        };
        let attempt = self.limits.sign_in(guess, self.now()).await?;
        let candidates = self.candidates(user.as_ref(), sign_ups);
        let compared = match self.compare(&form.password, candidates).await {
            Ok(compared) => compared,
            Err(fault) => {
                self.limits.refund(attempt).await?;
                return Err(fault);
            }
        };
        let admitted = admit(user, compared.account);
        let waits = match &admitted {
            Ok(user) => !self.is_confirmed_enough(user),
            Err(_) => compared.sign_up,
        };
        if waits {
            // It was no failure. But whoever signed up with the address of somebody else
            // must not wipe out the failures counted for that account.
            self.limits.refund(attempt).await?;
            return Err(AuthError::EmailUnverified);
        }
        let user = match admitted {
            Ok(user) => user,
            Err(refused) => {
                self.limits.settle(attempt).await?;
                self.tell_refused(&refused, device);
                return Err(AuthError::InvalidCredentials);
            }
        };
        self.limits.forgive(attempt).await?;
        if compared.outdated {
            self.rehash(&user, &form.password).await?;
        }
        let proof = AuthenticationEvent {
            at: self.now(),
            remember: form.remember,
            identity: None,
            assurance: Assurance::by(Method::Password),
        };
        let outcome = self.enter(&user, proof, device).await?;
        self.tell_entered(&outcome, &user, SignInMethod::Password, device);
        Ok(outcome)
    }

    fn tell_refused(&self, refused: &SignInFailure, device: &Device) {
        let kind = EventKind::SignInFailed {
            by: SignInMethod::Password,
            reason: refused.reason,
        };
        let event = Event::from(kind).from_address(device.ip);
        let user = refused.user_id;
        self.tell(&Event { user, ..event });
    }

    /// What every proof of an identity leads to, and nothing else does.
    pub(super) async fn enter(
        &self,
        user: &ActiveUser,
        proof: AuthenticationEvent,
        device: &Device,
    ) -> Result<SignInOutcome, AuthError> {
        let own = self.strategy.own();
        self.enter_like(own, user, proof, device).await
    }

    /// The same for a client that keeps credentials of this kind.
    pub(super) async fn enter_like(
        &self,
        like: SchemeId,
        user: &ActiveUser,
        proof: AuthenticationEvent,
        device: &Device,
    ) -> Result<SignInOutcome, AuthError> {
        if let Some(methods) = self.missing_step(user, &proof, device).await? {
            let pending = self.wait_for_factor(like, user, proof, methods, device);
            return Ok(SignInOutcome::Pending(pending.await?));
        }
        self.before_sign_in(user, &proof, device).await?;
        let issued = self.strategy.issue_like(like, user, proof, device).await?;
        Ok(SignInOutcome::Done(Box::new(issued)))
    }

    /// Tells of a sign-in that is done, or waits for one more step.
    pub(super) fn tell_entered(
        &self,
        outcome: &SignInOutcome,
        user: &ActiveUser,
        by: SignInMethod,
        device: &Device,
    ) {
        let event = match outcome {
            SignInOutcome::Done(issued) => {
                Event::from(EventKind::SignedIn { by }).in_session(issued.session.id)
            }
            SignInOutcome::Pending(_) => EventKind::StepAsked { by }.into(),
        };
        self.tell(&event.of(user.id).from_address(device.ip));
    }

    /// Exchanges a long-lived secret for a fresh credential.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] when the secret is unknown, dead or spent, or a limit.
    pub async fn refresh(&self, request: RefreshRequest<'_>) -> Result<Issued, AuthError> {
        match self.strategy.refresh(request).await? {
            // Whoever is refused here still has the old secret, which is as good, since
            // nobody has used its successor.
            Refreshed::Granted(issued) => {
                self.limits.refresh(issued.session.id, self.now()).await?;
                let kind = match (issued.from, issued.scheme) {
                    (from, to) if from == to => EventKind::Refreshed,
                    (from, to) => EventKind::ChangedOver { from, to },
                };
                let event = Event::from(kind).of(issued.user.id);
                self.tell(&event.in_session(issued.session.id));
                Ok(*issued)
            }
            Refreshed::Refused => Err(AuthError::Unauthenticated),
            Refreshed::Reused(user_id) => {
                self.tell(&Event::from(EventKind::RefreshReused).of(user_id));
                if let Some(user) = self.stores.users.find(user_id).await? {
                    for notice in self.notice(Notice::RefreshReused, &user) {
                        self.stores.outbox.queue(&notice).await?;
                    }
                }
                Err(AuthError::Unauthenticated)
            }
        }
    }

    /// Signs this device out, on every node at once.
    ///
    /// # Errors
    /// A failing store.
    pub async fn sign_out(&self, who: &SignedIn) -> Result<(), AuthError> {
        let one = Revoke::One(who.session_id);
        self.strategy.sessions().revoke(who.user.id, one).await?;
        let event = Event::from(EventKind::SignedOut).of(who.user.id);
        self.tell(&event.in_session(who.session_id));
        Ok(())
    }

    /// The sessions that these credentials belong to, be they in force, expired or replaced,
    /// and whose they are.
    ///
    /// # Errors
    /// A failing store.
    pub async fn trace(
        &self,
        credentials: &[Credential],
    ) -> Result<Vec<(UserId, SessionId)>, AuthError> {
        let mut sessions = vec![];
        for credential in credentials {
            sessions.extend(self.strategy.trace(credential).await?);
        }
        Ok(sessions)
    }

    /// Ends these sessions on every node at once.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] when none of them lives, or a failing store.
    pub async fn sign_out_of(&self, sessions: &[(UserId, SessionId)]) -> Result<(), AuthError> {
        let mut ended = false;
        for (user_id, session_id) in sessions {
            let one = Revoke::One(*session_id);
            if self.strategy.sessions().revoke(*user_id, one).await? > 0 {
                let event = Event::from(EventKind::SignedOut).of(*user_id);
                self.tell(&event.in_session(*session_id));
                ended = true;
            }
        }
        ended.then_some(()).ok_or(AuthError::Unauthenticated)
    }

    /// The user's signed-in devices.
    ///
    /// # Errors
    /// A failing store.
    pub async fn sessions(&self, who: &SignedIn) -> Result<Vec<Session>, AuthError> {
        self.strategy.sessions().list(&who.user).await
    }

    /// Signs another device of the user out.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] when it is unknown or somebody else's.
    pub async fn revoke_session(&self, who: &SignedIn, id: SessionId) -> Result<(), AuthError> {
        match self.revoke_by(who, Revoke::One(id)).await? {
            0 => Err(AuthError::NotFound),
            _ => Ok(()),
        }
    }

    /// Signs all other devices of the user out; gives their number.
    ///
    /// # Errors
    /// A failing store.
    pub async fn revoke_other_sessions(&self, who: &SignedIn) -> Result<u64, AuthError> {
        self.revoke_by(who, Revoke::Others(who.session_id)).await
    }

    async fn revoke_by(&self, who: &SignedIn, which: Revoke) -> Result<u64, AuthError> {
        let by = self.authority(who).await?;
        let revoked = self
            .strategy
            .sessions()
            .revoke_by(&by, who.user.id, which)
            .await?;
        let count = revoked.ok_or(AuthError::Unauthenticated)?;
        if count > 0 {
            let event = Event::from(EventKind::SessionsRevoked { count }).of(who.user.id);
            self.tell(&event.in_session(who.session_id));
        }
        Ok(count)
    }

    /// The account that a username or an address names, if any, and the sign-ups that wait
    /// under the same name.
    async fn find_by_identifier(
        &self,
        identifier: &str,
    ) -> Result<(Option<User>, Vec<SignUp>), AuthError> {
        let (users, sign_ups, now) = (&self.stores.users, &self.stores.sign_ups, self.now());
        Ok(if identifier.contains('@') {
            match Email::parse("identifier", identifier) {
                Ok(email) => (
                    users.find_by_email(&email).await?,
                    sign_ups.find_by_email(&email, MOST_SIGN_UPS, now).await?,
                ),
                Err(_) => (None, vec![]),
            }
        } else {
            match Username::meant(identifier) {
                Some(username) => (
                    users.find_by_username(&username).await?,
                    Vec::from_iter(sign_ups.find_by_username(&username, now).await?),
                ),
                None => (None, vec![]),
            }
        })
    }

    /// Whether the account may be used although its address may not be confirmed.
    pub(super) fn is_confirmed_enough(&self, user: &User) -> bool {
        user.email_verified || self.config.verification == Verification::Optional
    }

    fn candidates(&self, user: Option<&User>, sign_ups: Vec<SignUp>) -> Candidates {
        let sign_ups = sign_ups.into_iter();
        Candidates {
            account: user.and_then(|user| user.password_hash.clone()),
            admits: user.is_some_and(|user| !user.disabled && self.is_confirmed_enough(user)),
            sign_ups: sign_ups.map(|sign_up| sign_up.password_hash).collect(),
        }
    }

    /// Compares a password that could be one; an absurd one is wrong without hashing,
    /// which depends on nothing but the request.
    async fn compare(
        &self,
        password: &Password,
        candidates: Candidates,
    ) -> Result<Comparison, AuthError> {
        if self.config.password.could_be_a_password(password) {
            self.hasher.compare(password, candidates).await
        } else {
            Ok(Comparison::default())
        }
    }

    /// Brings a hash up to today's parameters; a password changed meanwhile stays.
    async fn rehash(&self, user: &ActiveUser, password: &Password) -> Result<(), AuthError> {
        let changes = UserChanges {
            password_hash: Some(self.hasher.hash(password).await?),
            ..UserChanges::default()
        };
        let along = UpdateConditions {
            if_password_hash: user.password_hash.clone(),
            ..UpdateConditions::default()
        };
        let by = self.proven(user);
        self.update(user.id, by, &changes, along).await?;
        Ok(())
    }
}

/// Why a sign-in failed. The log tells; the answer never does.
struct SignInFailure {
    user_id: Option<UserId>,
    reason: &'static str,
}

/// The user, if the sign-in may go on.
fn admit(user: Option<User>, password_matches: bool) -> Result<ActiveUser, SignInFailure> {
    let failure = |user_id, reason| Err(SignInFailure { user_id, reason });
    match user {
        None => failure(None, "unknown_account"),
        Some(user) if user.password_hash.is_none() => failure(Some(user.id), "no_password"),
        Some(user) if !password_matches => failure(Some(user.id), "wrong_password"),
        Some(user) => {
            let id = user.id;
            ActiveUser::proven(user).map_or_else(|| failure(Some(id), "account_disabled"), Ok)
        }
    }
}

/// What failed sign-ins to an account that does not exist are counted under: one key for
/// each spelling of the same identifier, of bounded length and without the identifier.
pub(super) fn unknown_account(identifier: &str) -> String {
    let key = match Email::parse("identifier", identifier) {
        Ok(email) => email.key().to_owned(),
        Err(_) => match Username::meant(identifier) {
            Some(username) => username.key().to_owned(),
            None => identifier.to_owned(),
        },
    };
    let digest = Sha256::digest(key.as_bytes());
    digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
