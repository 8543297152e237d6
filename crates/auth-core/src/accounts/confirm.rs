//! Confirming addresses.

use std::net::IpAddr;

use super::{Accounts, SignInOutcome, SignedIn, unexpected};
use crate::effects::Effects;
use crate::email::Email;
use crate::error::AuthError;
use crate::events::{Event, EventKind, SignInMethod};
use crate::id::UserId;
use crate::mail::{MailKind, Notice};
use crate::password::Password;
use crate::secret::Secret;
use crate::session::{Assurance, Device, Method, Revoke};
use crate::sign_up::{Activated, SignUp};
use crate::strategy::AuthenticationEvent;
use crate::token::{Purpose, Token, TokenKey};
use crate::user::{ActiveUser, UpdateConditions, Updated, User, UserChanges};

/// What a person brings who followed a mailed link.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// The token from the link.
    pub token: String,
    /// The password chosen at the sign-up, or that of the account; a device that is signed
    /// in to the account needs none.
    pub password: Option<Password>,
    /// Whether to stay signed in for long.
    pub remember: bool,
}

/// What a mailed link is good for.
enum Link {
    /// It makes an account of a sign-up.
    SignUp(Box<SignUp>),
    /// It confirms the address that an account has.
    Present(Box<ActiveUser>, Email),
    /// It gives an account another address.
    New(Box<ActiveUser>, Email),
}

impl Link {
    /// The account, or what will be one.
    fn user(&self) -> UserId {
        match self {
            Self::SignUp(sign_up) => sign_up.id,
            Self::Present(user, _) | Self::New(user, _) => user.id,
        }
    }
}

impl Accounts {
    /// Confirms the address that a mailed token was sent to, and signs in. Reading the mail
    /// is not enough, since whoever asked for it may be somebody else than whoever reads
    /// it: it takes the password chosen at the sign-up, or the account's, or a session
    /// of the account. Whoever fails to show that has not spent the token.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], [`AuthError::InvalidCredentials`] without the right
    /// password, a limit, or [`AuthError::EmailTaken`] when somebody else confirmed the new
    /// address first.
    pub async fn verify(
        &self,
        form: Confirmation,
        who: Option<&SignedIn>,
        device: &Device,
    ) -> Result<SignInOutcome, AuthError> {
        let attempt = self.limits.token(device.ip, self.now()).await?;
        let found = self.mailed_link(&form.token).await;
        // A real token is no failure, whatever becomes of the password.
        let ip = device.ip;
        let found = self.limits.conclude("verify", ip, attempt, found).await;
        let (key, link) = found?;
        let event = Event::from(EventKind::EmailConfirmed).of(link.user());
        let event = event.from_address(ip);
        let effects = Effects::default().told_by(event.record());
        let (user, proof) = match link {
            Link::SignUp(sign_up) => self.activate(key, &sign_up, effects, &form, device).await?,
            Link::Present(user, email) => {
                let proof = self.prove(&user, &form, who, device).await?;
                (
                    self.confirm_present(key, &user, email, effects).await?,
                    proof,
                )
            }
            Link::New(user, email) => {
                let proof = self.prove(&user, &form, who, device).await?;
                (self.confirm_new(key, &user, email, effects).await?, proof)
            }
        };
        // It is so, whoever is let in by it or not.
        self.tell(&event);
        let user = ActiveUser::proven(user).ok_or(AuthError::InvalidToken)?;
        let like = who.map_or(self.strategy.own(), |who| who.scheme);
        let outcome = self.enter_like(like, &user, proof, device).await?;
        self.tell_entered(&outcome, &user, SignInMethod::MailedLink, device);
        Ok(outcome)
    }

    /// Mails new confirmation links, if an account or sign-ups with the address wait for
    /// one. Which do, is found out at delivery.
    ///
    /// # Errors
    /// A limit or a failing store.
    pub async fn resend_verification(&self, email: &str, ip: IpAddr) -> Result<(), AuthError> {
        self.request_mail(MailKind::Confirm, email, ip).await
    }

    /// Queues a mail for an address whose owner, if any, is looked up at delivery. While one
    /// waits another would bring nothing new.
    pub(super) async fn request_mail(
        &self,
        kind: MailKind,
        email: &str,
        ip: IpAddr,
    ) -> Result<(), AuthError> {
        let email = Email::parse("email", email)?;
        self.limits.mail_request(ip, self.now()).await?;
        let mail = self.mail(kind, &email, None).once_for_recipient();
        Ok(self.stores.outbox.queue(&mail).await?)
    }

    /// Finds a mailed token.
    pub(super) async fn mailed_token(
        &self,
        purpose: Purpose,
        token: &str,
    ) -> Result<(TokenKey, Option<Token>), AuthError> {
        let secret: Secret = token.parse().map_err(|_| AuthError::InvalidToken)?;
        let key = TokenKey {
            purpose,
            hash: secret.hash(),
        };
        let token = self.stores.tokens.find(&key, self.now()).await?;
        Ok((key, token))
    }

    /// What a token confirms. One that belongs to nobody, or to a disabled account, is none.
    async fn mailed_link(&self, token: &str) -> Result<(TokenKey, Link), AuthError> {
        for purpose in [Purpose::SignUp, Purpose::Verify, Purpose::ChangeEmail] {
            let (key, Some(token)) = self.mailed_token(purpose, token).await? else {
                continue;
            };
            let email = Email::from_stored(token.data);
            if purpose == Purpose::SignUp {
                let sign_up = self.stores.sign_ups.find(token.user_id, self.now()).await?;
                let sign_up = sign_up.ok_or(AuthError::InvalidToken)?;
                return Ok((key, Link::SignUp(Box::new(sign_up))));
            }
            let user = self.stores.users.find(token.user_id).await?;
            let user = user.and_then(ActiveUser::proven);
            let user = Box::new(user.ok_or(AuthError::InvalidToken)?);
            let link = match purpose {
                Purpose::ChangeEmail => Link::New(user, email),
                _ => Link::Present(user, email),
            };
            return Ok((key, link));
        }
        Err(AuthError::InvalidToken)
    }

    /// Makes an account of a sign-up, for whoever knows the password chosen there.
    async fn activate(
        &self,
        key: TokenKey,
        sign_up: &SignUp,
        effects: Effects,
        form: &Confirmation,
        device: &Device,
    ) -> Result<(User, AuthenticationEvent), AuthError> {
        let password = form.password.as_ref();
        let password = password.ok_or(AuthError::InvalidCredentials)?;
        let hash = Some(&sign_up.password_hash);
        if !self
            .try_password(sign_up.id, None, hash, password, device)
            .await?
        {
            return Err(AuthError::InvalidCredentials);
        }
        let event = Event::from(EventKind::Registered { provider: None });
        let event = event.of(sign_up.id).from_address(device.ip);
        let effects = effects.told_by(event.record());
        let sign_ups = &self.stores.sign_ups;
        match sign_ups.activate(sign_up.id, key, &effects).await? {
            Activated::Made(user) => {
                self.tell(&event);
                self.hooks.after(&user).await;
                Ok((user, self.proof_by_password(form)))
            }
            Activated::Refused => Err(AuthError::InvalidToken),
            Activated::UsernameTaken => Err(AuthError::UsernameTaken),
        }
    }

    /// Shows that whoever follows a link is the account's owner: by a session of the account,
    /// or by its password. A session proves no more than it did when it began.
    async fn prove(
        &self,
        user: &User,
        form: &Confirmation,
        who: Option<&SignedIn>,
        device: &Device,
    ) -> Result<AuthenticationEvent, AuthError> {
        if let Some(who) = who.filter(|who| who.user.id == user.id) {
            let session = self.current(who).await?;
            let session = session.ok_or(AuthError::InvalidCredentials)?;
            return Ok(AuthenticationEvent {
                at: who.auth_time,
                remember: session.remember,
                identity: session.identity,
                assurance: session.assurance,
            });
        }
        let password = form.password.as_ref();
        let password = password.ok_or(AuthError::InvalidCredentials)?;
        let hash = user.password_hash.as_ref();
        match self
            .try_password(user.id, Some(user), hash, password, device)
            .await?
        {
            true => Ok(self.proof_by_password(form)),
            false => Err(AuthError::InvalidCredentials),
        }
    }

    fn proof_by_password(&self, form: &Confirmation) -> AuthenticationEvent {
        AuthenticationEvent {
            at: self.now(),
            remember: form.remember,
            identity: None,
            assurance: Assurance::by(Method::Password),
        }
    }

    async fn confirm_present(
        &self,
        key: TokenKey,
        user: &ActiveUser,
        email: Email,
        effects: Effects,
    ) -> Result<User, AuthError> {
        let along = UpdateConditions {
            spend: Some(key),
            if_email: Some(email),
            effects,
            ..UpdateConditions::default()
        };
        self.confirm(user, UserChanges::default(), along).await
    }

    async fn confirm_new(
        &self,
        key: TokenKey,
        user: &ActiveUser,
        email: Email,
        mut effects: Effects,
    ) -> Result<User, AuthError> {
        effects.mail = self.notice(Notice::EmailChanged, user);
        let changes = UserChanges {
            email: Some(email),
            ..UserChanges::default()
        };
        let along = UpdateConditions {
            spend: Some(key),
            if_email: Some(user.email.clone()),
            effects,
            ..UpdateConditions::default()
        };
        self.confirm(user, changes, along).await
    }

    /// Marks the address as confirmed. The first time, the account's credentials begin anew:
    /// whoever was signed in before may have been somebody else than the address's owner.
    async fn confirm(
        &self,
        user: &ActiveUser,
        changes: UserChanges,
        along: UpdateConditions,
    ) -> Result<User, AuthError> {
        let changes = UserChanges {
            email_verified: Some(true),
            new_credentials: !user.email_verified,
            ..changes
        };
        let along = UpdateConditions {
            if_password_hash: user.password_hash.clone(),
            ..along
        };
        let by = self.proven(user);
        match self.update(user.id, by, &changes, along).await? {
            Updated::Changed(confirmed) => {
                if !user.email_verified {
                    self.strategy
                        .sessions()
                        .revoke(user.id, Revoke::All)
                        .await?;
                }
                Ok(confirmed)
            }
            Updated::Refused => Err(AuthError::InvalidToken),
            Updated::EmailTaken => Err(AuthError::EmailTaken),
            Updated::UsernameTaken | Updated::LastAdmin => {
                Err(unexpected("a new address ran into a username"))
            }
        }
    }
}
