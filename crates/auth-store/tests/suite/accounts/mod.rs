//! Cases for every [`UserStore`], [`SignUpStore`], [`TokenStore`] and [`Outbox`], which live in one place so
//! that a change and what goes along with it are one step.

pub mod admins;
pub mod api_keys;
pub mod audit;
pub mod authority;
pub mod changes;
pub mod creation;
pub mod deletion;
pub mod factors;
pub mod flows;
pub mod identities;
pub mod listing;
pub mod outbox;
pub mod owners;
pub mod profile;
pub mod search;
pub mod sign_ups;
pub mod take_over;
pub mod tokens;
pub mod told;
pub mod waiting;
pub mod webhook_deliveries;
pub mod webhooks;
pub mod withdrawal;

use auth_core::identity::Subject;
use auth_core::mail::{NewMail, Room};
use auth_core::token::TokenKey;
use auth_core::user::{Created, UpdateConditions, Updated, UserChanges};
use auth_core::{
    AuditStore, Effects, Email, FactorStore, FlowStore, Identity, IdentityId, IdentityStore,
    MailKind, NewToken, NewUser, Notice, Outbox, OutboxEntry, PasswordHash, PersonName, Purpose,
    Secret, SignUpStore, Timestamp, TokenStore, User, UserId, UserStore, Username,
};

use super::at;
use crate::backend::{Accounts, World};

/// An unconfirmed account, made at `at(0)`.
pub fn account(username: &str, email: &str) -> NewUser {
    NewUser {
        id: UserId::generate(),
        first_name: PersonName::parse("first_name", "Ada").unwrap(),
        last_name: PersonName::parse("last_name", "Lovelace").unwrap(),
        username: name(username),
        email: address(email),
        email_verified: false,
        password_hash: Some(PasswordHash::from_stored("a hash".to_owned())),
        identity: None,
        created_at: at(0),
    }
}

/// A confirmed account.
pub fn confirmed(username: &str, email: &str) -> NewUser {
    NewUser {
        email_verified: true,
        ..account(username, email)
    }
}

pub fn name(text: &str) -> Username {
    Username::parse("username", text).unwrap()
}

pub fn address(text: &str) -> Email {
    Email::parse("email", text).unwrap()
}

/// A notice that belongs to this account, or to none.
pub fn mail(to: &Email, user: Option<UserId>) -> NewMail {
    NewMail::new(MailKind::Notice(Notice::PasswordChanged), to, user, at(0))
}

/// An identity of the person whom the issuer calls `name`.
pub fn identity(name: &str) -> Identity {
    Identity {
        id: IdentityId::generate(),
        provider: "google".parse().unwrap(),
        subject: subject(name),
        email: Some(format!("{name}@example.org")),
        linked_at: at(5),
    }
}

pub fn subject(name: &str) -> Subject {
    Subject {
        issuer: ISSUER.to_owned(),
        name: name.to_owned(),
    }
}

pub const ISSUER: &str = "https://id.example.org";

/// A token with a new secret that works for an hour.
pub fn token(user_id: UserId, purpose: Purpose) -> NewToken {
    NewToken {
        key: TokenKey {
            purpose,
            hash: Secret::generate().hash(),
        },
        user_id,
        data: "ada@example.org".to_owned(),
        expires_at: at(3_600_000),
        mail: None,
    }
}

/// Everything about an account, in a form that can be compared.
pub fn facts(user: &User) -> impl PartialEq + std::fmt::Debug + use<> {
    let user = user.clone();
    (
        (user.id, user.first_name, user.last_name, user.created_at),
        (user.username, user.email, user.email_verified),
        (user.password_hash, user.disabled, user.credentials_version),
        (user.profile.fields().clone(), user.role),
        (user.profile.fields().clone(), user.language),
    )
}

/// What the cases ask the first handles of a world.
impl World {
    pub fn accounts(&self) -> &Accounts {
        self.accounts.as_ref().unwrap()
    }

    pub fn users(&self) -> &dyn UserStore {
        &*self.accounts().users.0
    }

    pub fn sign_ups(&self) -> &dyn SignUpStore {
        &*self.accounts().sign_ups.0
    }

    pub fn tokens(&self) -> &dyn TokenStore {
        &*self.accounts().tokens.0
    }

    pub fn outbox(&self) -> &dyn Outbox {
        &*self.accounts().outbox.0
    }

    pub fn identities(&self) -> &dyn IdentityStore {
        &*self.accounts().identities.0
    }

    pub fn flows(&self) -> &dyn FlowStore {
        &*self.accounts().flows.0
    }

    pub fn audit(&self) -> &dyn AuditStore {
        &*self.accounts().audit.0
    }

    pub fn factors(&self) -> &dyn FactorStore {
        &*self.accounts().factors.0
    }

    pub async fn create(&self, new: &NewUser, mail: &[NewMail]) -> Created {
        self.users()
            .create(new, &Effects::mail(mail.to_vec()))
            .await
            .unwrap()
    }

    /// Makes an account that nothing stands in the way of.
    pub async fn made(&self, new: &NewUser) -> User {
        match self.create(new, &[]).await {
            Created::Made(user) => user,
            other => panic!("expected a new account, got {other:?}"),
        }
    }

    pub async fn user_with_id(&self, id: UserId) -> Option<User> {
        self.users().find(id).await.unwrap()
    }

    pub async fn update(
        &self,
        id: UserId,
        changes: &UserChanges,
        along: &UpdateConditions,
    ) -> Updated {
        self.users().update(id, changes, along).await.unwrap()
    }

    /// Keeps a token.
    pub async fn hand_out(&self, user: UserId, purpose: Purpose) -> TokenKey {
        let token = token(user, purpose);
        self.tokens().put(&token).await.unwrap();
        token.key
    }

    pub async fn is_in_force(&self, token: &TokenKey) -> bool {
        self.tokens().find(token, at(1)).await.unwrap().is_some()
    }

    pub async fn queue(&self, mail: &NewMail) {
        self.outbox().queue(mail).await.unwrap();
    }

    /// Claims everything that is due, for ten seconds.
    pub async fn claim(&self, now: Timestamp) -> Vec<OutboxEntry> {
        let lease = now + std::time::Duration::from_secs(10);
        let mut claimed = vec![];
        loop {
            let some = self.outbox().claim(now, lease, &Room::for_any(100)).await;
            let some = some.unwrap();
            if some.is_empty() {
                return claimed;
            }
            claimed.extend(some);
        }
    }

    pub async fn pending(&self) -> u64 {
        self.outbox().pending().await.unwrap()
    }
}
