//! Adding, naming and removing second factors.

use std::time::Duration;

use super::check::{ShownBy, strengthened};
use super::finish::Awaited;
use super::{Accounts, SignedIn};
use crate::authority::Authority;
use crate::effects::Effects;
use crate::error::{AuthError, FieldCode, FieldError};
use crate::events::{Event, EventKind};
use crate::factor::{
    Added, Check, Factor, FactorChange, Held, MOST_FACTORS, RecoveryCode, Removed, Totp, Waiting,
    WaitingFor, place,
};
use crate::id::{FactorId, SessionId};
use crate::identity::FlowKey;
use crate::mail::Notice;
use crate::password::Password;
use crate::secret::{Secret, SecretText};
use crate::session::{Assurance, Device, Method};
use crate::user::{ActiveUser, User};

/// An authenticator app that is to be added: its seed, to be shown once.
#[derive(Clone, Debug)]
pub struct NewTotp {
    /// Names it until it is confirmed.
    pub handle: Secret,
    /// The seed in base 32, for who types it.
    pub secret: SecretText,
    /// The `otpauth` URI for a QR code.
    pub uri: SecretText,
    /// How long it waits to be confirmed.
    pub lifetime: Duration,
}

/// A factor that was added.
#[derive(Debug)]
pub struct AddedFactor {
    /// The factor.
    pub factor: Factor,
    /// Recovery codes, where the account had none; they are shown this once.
    pub recovery_codes: Vec<RecoveryCode>,
}

/// The length of the seeds of authenticator apps.
const SEED_LEN: usize = 20;

impl Accounts {
    /// Begins to add an authenticator app. It takes the password or a fresh sign-in, and a second
    /// factor if the account has one.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] where nobody can add one, [`AuthError::ReauthRequired`],
    /// [`AuthError::FactorRequired`], [`AuthError::TooManyFactors`], or a limit.
    pub async fn begin_totp(
        &self,
        who: &SignedIn,
        current_password: Option<&Password>,
        device: &Device,
    ) -> Result<NewTotp, AuthError> {
        self.addable_factors()?.cipher()?;
        self.may_add(who, current_password, device).await?;
        let handle = self.begin_step(who, WaitingFor::Totp).await?;
        self.new_totp(&handle, &who.user)
    }

    /// Adds the authenticator app that shows this code.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when nothing waits under the handle,
    /// [`AuthError::InvalidFactor`], or a limit.
    pub async fn confirm_totp(
        &self,
        who: &SignedIn,
        handle: &str,
        code: &SecretText,
        name: Option<&str>,
        device: &Device,
    ) -> Result<AddedFactor, AuthError> {
        let name = factor_name(name, "Authenticator app")?;
        let (handle, key) = self.begun_by(who, handle, WaitingFor::Totp).await?;
        let totp = totp_of(&handle);
        let step = self.counted(None, &who.user, device, async {
            Ok(totp.matched_step(code.reveal(), self.now()))
        });
        let step = step.await?;
        self.end_wait(&key).await?;
        let factor = self.totp_factor(&who.user, &totp, name)?;
        let added = self.add(who, factor, &[Method::Totp]).await?;
        self.took(&added.factor, step).await?;
        Ok(added)
    }

    /// Gives a factor another name.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] or [`AuthError::Invalid`].
    pub async fn rename_factor(
        &self,
        who: &SignedIn,
        id: FactorId,
        name: &str,
    ) -> Result<Factor, AuthError> {
        let factors = self.known_factors()?;
        let name = factor_name(Some(name), "")?;
        if !factors.store.rename(who.user.id, id, &name).await? {
            return Err(AuthError::NotFound);
        }
        let held = self.held_in(factors, who.user.id).await?;
        let factor = held.factors.into_iter().find(|factor| factor.id == id);
        factor.ok_or(AuthError::NotFound)
    }

    /// Removes a factor; the owner is told. With the last one the recovery codes go too.
    ///
    /// # Errors
    /// [`AuthError::ReauthRequired`], [`AuthError::FactorRequired`], [`AuthError::NotFound`],
    /// [`AuthError::LastFactor`] where the account has to have one, or
    /// [`AuthError::LastSignInMethod`] when nobody could sign in any more.
    pub async fn remove_factor(
        &self,
        who: &SignedIn,
        id: FactorId,
        current_password: Option<&Password>,
        device: &Device,
    ) -> Result<(), AuthError> {
        let factors = self.known_factors()?;
        self.reauthenticate(who, current_password, device).await?;
        let held = self.held_in(factors, who.user.id).await?;
        let keep_last = factors.is_required_of(&held);
        let by = self.authority(who).await?;
        let event = Event::from(EventKind::FactorRemoved).of(who.user.id);
        let event = event.in_session(who.session_id);
        let change = self.change(&who.user, by, Notice::FactorRemoved, &event);
        let issuers = self.usable_issuers(&who.user).await?;
        match factors
            .store
            .remove(&change, id, keep_last, &issuers)
            .await?
        {
            Removed::Removed => {
                self.show_again(who.session_id, &who.user, &[]).await?;
                self.tell(&event);
                Ok(())
            }
            Removed::NotFound => Err(AuthError::NotFound),
            Removed::Last if keep_last => Err(AuthError::LastFactor),
            Removed::Last => Err(AuthError::LastSignInMethod),
            Removed::Refused => Err(AuthError::Unauthenticated),
        }
    }

    /// Makes new recovery codes in place of those there are; the owner is told.
    ///
    /// # Errors
    /// [`AuthError::ReauthRequired`], [`AuthError::FactorRequired`], or
    /// [`AuthError::NotFound`] when the account has no factor.
    pub async fn replace_recovery_codes(
        &self,
        who: &SignedIn,
        current_password: Option<&Password>,
        device: &Device,
    ) -> Result<Vec<RecoveryCode>, AuthError> {
        let factors = self.known_factors()?;
        self.reauthenticate(who, current_password, device).await?;
        if self.held_in(factors, who.user.id).await?.factors.is_empty() {
            return Err(AuthError::NotFound);
        }
        let codes = RecoveryCode::set();
        let by = self.authority(who).await?;
        let event = Event::from(EventKind::RecoveryCodesReplaced).of(who.user.id);
        let event = event.in_session(who.session_id);
        let change = self.change(&who.user, by, Notice::RecoveryCodesReplaced, &event);
        let hashes = hashes(&codes, &who.user);
        if !factors
            .store
            .replace_recovery_codes(&change, &hashes)
            .await?
        {
            return Err(AuthError::Unauthenticated);
        }
        self.tell(&event);
        Ok(codes)
    }

    /// Whether somebody may add one more factor.
    pub(super) async fn may_add(
        &self,
        who: &SignedIn,
        current_password: Option<&Password>,
        device: &Device,
    ) -> Result<Held, AuthError> {
        self.reauthenticate(who, current_password, device).await?;
        let held = self.held_in(self.known_factors()?, who.user.id).await?;
        match held.factors.len() < MOST_FACTORS {
            true => Ok(held),
            false => Err(AuthError::TooManyFactors),
        }
    }

    /// Has something of somebody who is signed in wait, under a handle that only this device
    /// can use.
    pub(super) async fn begin_step(
        &self,
        who: &SignedIn,
        waits_for: WaitingFor,
    ) -> Result<Secret, AuthError> {
        let factors = self.known_factors()?;
        let handle = Secret::generate();
        let key = key_in(who.session_id, &handle);
        let until = self.now() + factors.policy.step_lifetime;
        let waiting = Waiting::of(waits_for, Some(who.user.id));
        factors.store.wait(&key, &waiting, until).await?;
        Ok(handle)
    }

    /// The handle and the key of what somebody has begun.
    pub(super) async fn begun_by(
        &self,
        who: &SignedIn,
        handle: &str,
        waits_for: WaitingFor,
    ) -> Result<(Secret, FlowKey), AuthError> {
        let handle: Secret = handle.parse().map_err(|_| AuthError::InvalidToken)?;
        let key = key_in(who.session_id, &handle);
        let store = &self.known_factors()?.store;
        let waiting = store.waiting(&key, self.now()).await?;
        let is_theirs = waiting.is_some_and(|waiting| {
            waiting.waits_for == waits_for && waiting.user == Some(who.user.id)
        });
        match is_theirs {
            true => Ok((handle, key)),
            false => Err(AuthError::InvalidToken),
        }
    }

    /// Adds a factor on behalf of somebody who is signed in, who has just shown it.
    pub(super) async fn add(
        &self,
        who: &SignedIn,
        factor: Factor,
        by: &[Method],
    ) -> Result<AddedFactor, AuthError> {
        let authority = self.authority(who).await?;
        let added = self.add_for(&who.user, authority, factor).await?;
        self.show_again(who.session_id, &who.user, by).await?;
        Ok(added)
    }

    /// Adds a factor to an account.
    async fn add_for(
        &self,
        user: &ActiveUser,
        by: Authority,
        factor: Factor,
    ) -> Result<AddedFactor, AuthError> {
        let factors = self.known_factors()?;
        let held = self.held_in(factors, user.id).await?;
        let is_first = held.factors.is_empty() || held.recovery_codes == 0;
        let recovery_codes = match is_first {
            true => RecoveryCode::set(),
            false => vec![],
        };
        let hashes = hashes(&recovery_codes, user);
        let hashes = is_first.then_some(&hashes[..]);
        let kind = factor.kind();
        let event = Event::from(EventKind::FactorAdded { kind }).of(user.id);
        let change = self.change(user, by, Notice::FactorAdded, &event);
        match factors.store.add(&change, &factor, hashes).await? {
            Added::Added => {
                self.tell(&event);
                Ok(AddedFactor {
                    factor,
                    recovery_codes,
                })
            }
            Added::TooMany => Err(AuthError::TooManyFactors),
            Added::Taken => Err(AuthError::FactorTaken),
            Added::Refused => Err(AuthError::Unauthenticated),
        }
    }

    /// Adds the authenticator app without which somebody can't sign in any more.
    pub(super) async fn add_on_the_way(
        &self,
        awaited: &Awaited,
        user: &ActiveUser,
        held: &Held,
        code: &SecretText,
        device: &Device,
    ) -> Result<(ShownBy, Vec<RecoveryCode>), AuthError> {
        if !held.factors.is_empty() {
            return Err(AuthError::InvalidFactor);
        }
        let totp = totp_of(&awaited.handle);
        let step = self.counted(None, user, device, async {
            Ok(totp.matched_step(code.reveal(), self.now()))
        });
        let step = step.await?;
        self.end_wait(&awaited.key).await?;
        let factor = self.totp_factor(user, &totp, "Authenticator app".to_owned())?;
        let added = self.add_for(user, self.proven(user), factor).await?;
        self.took(&added.factor, step).await?;
        Ok((vec![Method::Totp], added.recovery_codes))
    }

    /// What an authenticator app needs that is to be added under a handle. Its seed derives from
    /// the handle, so that it need not be kept before it is confirmed.
    pub(super) fn new_totp(&self, handle: &Secret, user: &User) -> Result<NewTotp, AuthError> {
        let factors = self.known_factors()?;
        factors.cipher()?;
        let totp = totp_of(handle);
        let service = &self.config.mailing.service_name;
        let uri = totp.uri(service, user.email.as_str());
        Ok(NewTotp {
            handle: handle.clone(),
            secret: SecretText::new(totp.secret()),
            uri: SecretText::new(uri.map_err(AuthError::Internal)?),
            lifetime: factors.policy.step_lifetime,
        })
    }

    fn totp_factor(
        &self,
        user: &ActiveUser,
        totp: &Totp,
        name: String,
    ) -> Result<Factor, AuthError> {
        let id = FactorId::generate();
        let cipher = self.known_factors()?.cipher()?;
        let seed = cipher.encrypt(totp.seed(), &place(user.id, id));
        Ok(Factor {
            id,
            name,
            created_at: self.now(),
            last_used_at: None,
            check: Check::Totp(seed),
        })
    }

    /// The code that confirmed a factor works no second time.
    async fn took(&self, factor: &Factor, step: i64) -> Result<(), AuthError> {
        let store = &self.known_factors()?.store;
        store.take_step(factor.id, step, self.now()).await?;
        Ok(())
    }

    /// A change of factors, of which the owner is told.
    fn change(&self, user: &User, by: Authority, notice: Notice, event: &Event) -> FactorChange {
        FactorChange {
            user: user.id,
            by: Some(by),
            at: self.now(),
            effects: Effects::mail(self.notice(notice, user)).told_by(event.record()),
        }
    }

    /// Notes in a session that a second factor was shown, by these methods: its owner has just
    /// changed the factors, and stays as fresh as that.
    pub(super) async fn show_again(
        &self,
        session: SessionId,
        user: &ActiveUser,
        by: &[Method],
    ) -> Result<(), AuthError> {
        let now = self.now();
        let strengthen = |before| match by.is_empty() {
            true => Assurance::refreshed(before, now),
            false => strengthened(before, by, now),
        };
        let sessions = self.strategy.sessions();
        sessions.strengthen(session, user.id, strengthen).await
    }
}

/// Finds what was begun in a session.
fn key_in(session: SessionId, handle: &Secret) -> FlowKey {
    FlowKey::of(handle, &handle.joined_with(handle, &session.to_string()))
}

fn totp_of(handle: &Secret) -> Totp {
    let seed = handle.keyed(&[b"totp seed"]);
    Totp::from_seed(seed[..SEED_LEN].to_vec())
}

fn hashes(codes: &[RecoveryCode], user: &User) -> Vec<String> {
    codes.iter().map(|code| code.hash(user.id)).collect()
}

/// A factor's name: what its owner says, or what it is.
pub(super) fn factor_name(name: Option<&str>, unnamed: &str) -> Result<String, AuthError> {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    let name = name.unwrap_or(unnamed);
    let refuse = |code, detail: &str| Err(FieldError::new("name", code, detail).into());
    if name.is_empty() {
        return refuse(FieldCode::Required, "This field is needed.");
    }
    if name.chars().count() > Factor::MAX_NAME {
        return refuse(FieldCode::TooLong, "Use at most 60 characters.");
    }
    if name.chars().any(char::is_control) {
        return refuse(FieldCode::InvalidCharacters, "Use no control characters.");
    }
    Ok(name.to_owned())
}
