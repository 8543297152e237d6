//! The identities of an account: the first, one more, one less.

use tracing::warn;

use super::newcomer::{Newcomer, usernames};
use super::{Accounts, NewRegistration, SignInOutcome, SignedIn};
use crate::effects::Effects;
use crate::error::AuthError;
use crate::events::{Event, EventKind, SignInMethod};
use crate::id::{IdentityId, SessionId, UserId};
use crate::identity::{Identity, IdentityProvider, ProvenIdentity, Providers};
use crate::identity_store::{Linked, Unlinked};
use crate::mail::Notice;
use crate::password::Password;
use crate::session::{Device, Revoke};
use crate::strategy::AuthenticationEvent;
use crate::user::{ActiveUser, Created, NewUser, User};

impl Accounts {
    /// The providers that people can sign in with.
    pub fn providers(&self) -> &Providers {
        &self.federation.providers
    }

    /// The identities that the account can be signed in with.
    ///
    /// # Errors
    /// A failing store.
    pub async fn identities(&self, who: &SignedIn) -> Result<Vec<Identity>, AuthError> {
        Ok(self.federation.identities.list(who.user.id).await?)
    }

    /// Takes an identity from the account; its owner is told. The sessions that it opened
    /// end, but for the one that has just shown whose it is.
    ///
    /// # Errors
    /// [`AuthError::ReauthRequired`], [`AuthError::NotFound`], or
    /// [`AuthError::LastSignInMethod`] when no password and no other identity would be left.
    pub async fn unlink(
        &self,
        who: &SignedIn,
        id: IdentityId,
        current_password: Option<&Password>,
        device: &Device,
    ) -> Result<(), AuthError> {
        self.reauthenticate(who, current_password, device).await?;
        let user = &who.user;
        let identities = &self.federation.identities;
        let issuers = self.usable_issuers(user).await?;
        let event = Event::from(EventKind::IdentityUnlinked).of(user.id);
        let event = event.in_session(who.session_id);
        let effects = Effects::mail(self.notice(Notice::IdentityUnlinked, user));
        let effects = effects.told_by(event.record());
        let by = self.authority(who).await?;
        let unlinked = identities.unlink(user.id, &by, id, &issuers, &effects);
        match unlinked.await? {
            Unlinked::Unlinked => {
                self.tell(&event);
                self.end_sessions_of(who, id).await
            }
            Unlinked::NotFound => Err(AuthError::NotFound),
            Unlinked::LastSignInMethod => Err(AuthError::LastSignInMethod),
            Unlinked::Refused => Err(AuthError::Unauthenticated),
        }
    }

    /// The issuers of the account's identities that a provider of this server vouches for.
    pub(super) async fn usable_issuers(&self, user: &User) -> Result<Vec<String>, AuthError> {
        let held = self.federation.identities.list(user.id).await?;
        let issuers = held.into_iter().map(|identity| identity.subject.issuer);
        let usable = issuers.filter(|issuer| {
            let mut providers = self.federation.providers.iter();
            providers.any(|provider| provider.vouches_as(issuer))
        });
        Ok(usable.collect())
    }

    async fn end_sessions_of(&self, who: &SignedIn, id: IdentityId) -> Result<(), AuthError> {
        let sessions = self.strategy.sessions().list(&who.user).await?;
        let opened = sessions.iter().filter(|one| one.identity == Some(id));
        for session in opened.filter(|one| one.id != who.session_id) {
            let one = Revoke::One(session.id);
            self.strategy.sessions().revoke(who.user.id, one).await?;
        }
        Ok(())
    }

    /// A sign-in through a provider ends with its identity: whoever unlinks takes the identity
    /// first, then ends its sessions. Looking after the session was opened leaves no gap.
    pub(super) async fn of_a_live_identity(
        &self,
        outcome: SignInOutcome,
        user: &ActiveUser,
        proof: AuthenticationEvent,
        device: &Device,
    ) -> Result<SignInOutcome, AuthError> {
        let mut by = SignInMethod::of(proof.assurance);
        if let Some(identity) = proof.identity {
            let linked = self.federation.identities.list(user.id).await?;
            let linked = linked.into_iter().find(|one| one.id == identity);
            match (linked, outcome.issued()) {
                (Some(identity), _) => by = SignInMethod::Provider(identity.provider),
                // It is looked for once more when the next step is taken.
                (None, None) => {}
                (None, Some(issued)) => {
                    let one = Revoke::One(issued.session.id);
                    self.strategy.sessions().revoke(user.id, one).await?;
                    return Err(AuthError::InvalidToken);
                }
            }
        }
        self.tell_entered(&outcome, user, by, device);
        Ok(outcome)
    }

    /// Gives the account that began a flow the identity that the flow proved, while the
    /// device that began it is still signed in.
    pub(super) async fn link(
        &self,
        provider: &dyn IdentityProvider,
        proven: &ProvenIdentity,
        user_id: UserId,
        session_id: SessionId,
        credentials_version: i64,
    ) -> Result<(), AuthError> {
        let user = self.stores.users.find(user_id).await?;
        let user = user.and_then(|user| ActiveUser::under(user, credentials_version));
        let user = user.ok_or(AuthError::Unauthenticated)?;
        let by = self
            .strategy
            .sessions()
            .authority(session_id, &user)
            .await?;
        let by = by.ok_or(AuthError::Unauthenticated)?;
        let identity = self.identity(provider, proven);
        let provider = identity.provider.clone();
        let event = Event::from(EventKind::IdentityLinked { provider });
        let event = event.of(user_id).in_session(session_id);
        let effects = Effects::mail(self.notice(Notice::IdentityLinked, &user));
        let effects = effects.told_by(event.record());
        let identities = &self.federation.identities;
        match identities.link(user_id, &by, &identity, &effects).await? {
            Linked::Linked => {
                self.tell(&event);
                Ok(())
            }
            Linked::Already => Ok(()),
            Linked::Taken => Err(AuthError::IdentityTaken),
            Linked::Refused => Err(AuthError::Unauthenticated),
        }
    }

    /// Makes an account for somebody who comes for the first time.
    ///
    /// The address has to be proven, since accounts are found by it. One that belongs to
    /// another account already is never merged silently: its owner signs in and links.
    pub(super) async fn provision(
        &self,
        provider: &dyn IdentityProvider,
        proven: &ProvenIdentity,
    ) -> Result<(User, IdentityId), AuthError> {
        let Some(newcomer) = Newcomer::of(proven) else {
            let cause = proven.doubt.as_deref().unwrap_or("no address was told");
            warn!(event = "address_not_vouched_for", provider = %provider.id(), cause);
            return Err(AuthError::EmailUnverified);
        };
        let new = NewRegistration {
            first_name: newcomer.first_name.clone(),
            last_name: newcomer.last_name.clone(),
            username: None,
            email: newcomer.email.clone(),
            provider: Some(provider.id().clone()),
        };
        self.before_registration(&new, None).await?;
        for username in usernames(proven, &self.config.reserved) {
            let identity = self.identity(provider, proven);
            let id = identity.id;
            let new = NewUser {
                id: UserId::generate(),
                first_name: newcomer.first_name(&username),
                last_name: newcomer.last_name.clone(),
                username,
                email: newcomer.email.clone(),
                email_verified: true,
                password_hash: None,
                identity: Some(identity),
                created_at: self.now(),
            };
            let provider = Some(provider.id().clone());
            let event = Event::from(EventKind::Registered { provider }).of(new.id);
            let effects = Effects::default().told_by(event.record());
            match self.stores.users.create(&new, &effects).await? {
                Created::Made(user) => {
                    self.tell(&event);
                    self.hooks.after(&user).await;
                    return Ok((user, id));
                }
                Created::UsernameTaken => {}
                // Somebody may have come through the same provider a moment ago.
                Created::EmailTaken | Created::IdentityTaken => {
                    let owner = self.federation.identities.owner(&proven.subject).await?;
                    return owner.ok_or(AuthError::LinkRequired);
                }
            }
        }
        Err(AuthError::UsernameTaken)
    }

    fn identity(&self, provider: &dyn IdentityProvider, proven: &ProvenIdentity) -> Identity {
        Identity {
            id: IdentityId::generate(),
            provider: provider.id().clone(),
            subject: proven.subject.clone(),
            email: proven.email.as_ref().map(ToString::to_string),
            linked_at: self.now(),
        }
    }
}
