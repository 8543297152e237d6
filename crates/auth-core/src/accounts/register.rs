//! Signing up.

use std::net::IpAddr;

use super::{Accounts, NewRegistration, Verification, unexpected};
use crate::effects::Effects;
use crate::email::Email;
use crate::error::{AuthError, Problems};
use crate::events::{Event, EventKind};
use crate::id::UserId;
use crate::mail::MailKind;
use crate::name::PersonName;
use crate::password::Password;
use crate::sign_up::SignUp;
use crate::user::{Created, NewUser, User};
use crate::username::Username;

/// What a person fills in.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The wanted username.
    pub username: String,
    /// The person's address.
    pub email: String,
    /// The wanted password.
    pub password: Password,
}

/// What a sign-up led to.
#[derive(Clone, Debug)]
pub enum Registered {
    /// The account can be used.
    Ready(Box<User>),
    /// A mail is on its way, whoever has the address.
    VerificationSent,
}

/// A form whose every field keeps the rules.
struct Filled {
    first_name: PersonName,
    last_name: PersonName,
    username: Username,
    email: Email,
}

impl Filled {
    fn described(&self) -> NewRegistration {
        NewRegistration {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            username: Some(self.username.clone()),
            email: self.email.clone(),
            provider: None,
        }
    }
}

impl Accounts {
    /// Takes a sign-up: it waits for its link, or, with optional verification, becomes an
    /// account at once.
    ///
    /// # Errors
    /// [`AuthError::Invalid`], [`AuthError::UsernameTaken`], with optional verification
    /// [`AuthError::EmailTaken`], a limit, or what the application answers.
    pub async fn register(&self, form: Registration, ip: IpAddr) -> Result<Registered, AuthError> {
        let filled = self.parse(&form).await?;
        self.limits.register(ip, self.now()).await?;
        self.before_registration(&filled.described(), Some(ip))
            .await?;
        match self.config.verification {
            Verification::Required => self.register_to_wait(filled, &form.password).await,
            Verification::Optional => self.register_at_once(filled, &form.password).await,
        }
    }

    async fn parse(&self, form: &Registration) -> Result<Filled, AuthError> {
        let mut problems = Problems::default();
        let first_name = problems.check(PersonName::parse("first_name", &form.first_name));
        let last_name = problems.check(PersonName::optional("last_name", &form.last_name));
        let username = Username::parse("username", &form.username)
            .and_then(|name| self.config.reserved.check("username", name));
        let username = problems.check(username);
        let email = problems.check(Email::parse("email", &form.email));
        // As the account will hold them, which is what a later password is compared with.
        let words = [
            first_name
                .as_ref()
                .map_or(&*form.first_name, PersonName::as_str),
            last_name
                .as_ref()
                .map_or(&*form.last_name, PersonName::as_str),
            username.as_ref().map_or(&*form.username, Username::as_str),
            email.as_ref().map_or(&*form.email, Email::as_str),
        ];
        let policy = &self.config.password;
        let password = policy.check("password", &form.password, &words).await;
        let password = problems.gather(password)?;
        match (first_name, last_name, username, email, password) {
            (Some(first_name), Some(last_name), Some(username), Some(email), Some(())) => {
                Ok(Filled {
                    first_name,
                    last_name,
                    username,
                    email,
                })
            }
            _ => Err(problems.into_error()),
        }
    }

    /// The address must be confirmed first. Whether it has an account is found out when the
    /// mail is delivered, so that neither the answer nor its time tells.
    async fn register_to_wait(
        &self,
        form: Filled,
        password: &Password,
    ) -> Result<Registered, AuthError> {
        let sign_ups = &self.stores.sign_ups;
        let salt = sign_ups.salt(&form.email).await?;
        let password_hash = self.hasher.hash_with(password, salt).await?;
        let now = self.now();
        let sign_up = SignUp {
            id: UserId::generate(),
            first_name: form.first_name,
            last_name: form.last_name,
            username: form.username,
            email: form.email,
            password_hash,
            created_at: now,
            expires_at: now + self.config.mailing.lifetimes.verify,
        };
        let mail = self.mail(MailKind::SignUp, &sign_up.email, Some(sign_up.id));
        let event = Event::from(EventKind::SignedUp {
            sign_up: sign_up.id,
        });
        let effects = Effects::mail([mail]).told_by(event.record());
        if !sign_ups.keep(&sign_up, &effects).await? {
            return Err(AuthError::UsernameTaken);
        }
        self.tell(&event);
        Ok(Registered::VerificationSent)
    }

    async fn register_at_once(
        &self,
        form: Filled,
        password: &Password,
    ) -> Result<Registered, AuthError> {
        let new = NewUser {
            id: UserId::generate(),
            first_name: form.first_name,
            last_name: form.last_name,
            username: form.username,
            email: form.email,
            email_verified: false,
            password_hash: Some(self.hasher.hash(password).await?),
            identity: None,
            created_at: self.now(),
        };
        let confirm = self.mail(MailKind::Confirm, &new.email, Some(new.id));
        let event = Event::from(EventKind::Registered { provider: None }).of(new.id);
        let effects = Effects::mail([confirm]).told_by(event.record());
        match self.stores.users.create(&new, &effects).await? {
            Created::Made(user) => {
                self.tell(&event);
                self.hooks.after(&user).await;
                Ok(Registered::Ready(Box::new(user)))
            }
            Created::UsernameTaken => Err(AuthError::UsernameTaken),
            Created::EmailTaken => Err(AuthError::EmailTaken),
            Created::IdentityTaken => Err(unexpected("a sign-up ran into an identity")),
        }
    }
}
