//! Who may act on accounts of others over the network: a person with a role, or a program with
//! an API key.

use tracing::warn;

use super::{Actor, Admin};
use crate::accounts::{Accounts, SignedIn};
use crate::api_key::{self, ApiKey};
use crate::error::AuthError;
use crate::events::{AdminAction, EventKind};
use crate::id::SessionId;
use crate::role::{Permission, Role};

/// Who acts on accounts of others.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Somebody who is signed in, and has a role.
    Person(Box<SignedIn>, Role),
    /// A program.
    Program(ApiKey),
}

impl Caller {
    /// As events name them.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Person(who, _) => Actor::User(who.user.id),
            Self::Program(key) => Actor::Key(key.id),
        }
    }

    /// The session of a person.
    pub fn session(&self) -> Option<SessionId> {
        match self {
            Self::Person(who, _) => Some(who.session_id),
            Self::Program(_) => None,
        }
    }

    /// What they may do.
    pub fn permissions(&self) -> Vec<Permission> {
        let all = Permission::ALL.into_iter();
        match self {
            Self::Person(_, role) => all.filter(|one| role.may(*one)).collect(),
            Self::Program(key) => all.filter(|one| key.may(*one)).collect(),
        }
    }
}

impl Accounts {
    /// Somebody who is signed in and has a role that permits this; without a permission, any
    /// role does. `who` was looked up in the stores for this very request, so a role that was
    /// taken a moment ago is none.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] without such a role, [`AuthError::FactorRequired`] where the session
    /// has no second factor, or none that was shown lately for what is
    /// [grave](Permission::is_grave). Both are told.
    pub async fn administrator(
        &self,
        who: &SignedIn,
        permission: Option<Permission>,
    ) -> Result<Caller, AuthError> {
        let by = Actor::User(who.user.id);
        let role = who.user.role_in_force();
        let role = role.filter(|role| permission.is_none_or(|one| role.may(one)));
        let Some(role) = role else {
            self.tell_denied(by, permission);
            return Err(AuthError::Forbidden);
        };
        let is_grave = permission.is_some_and(Permission::is_grave);
        let strong = self.require_strong(who, is_grave).await;
        if matches!(strong, Err(AuthError::FactorRequired)) {
            self.tell_denied(by, permission);
        }
        strong?;
        Ok(Caller::Person(Box::new(who.clone()), role))
    }

    fn tell_denied(&self, by: Actor, permission: Option<Permission>) {
        let action = AdminAction::Refused { permission };
        self.tell(&EventKind::Admin { action, by }.into());
    }

    /// Whether somebody who called for something else may do this too.
    ///
    /// # Errors
    /// As of [`administrator`](Self::administrator).
    pub async fn permit(&self, caller: &Caller, permission: Permission) -> Result<(), AuthError> {
        match caller {
            Caller::Person(who, _) => self.administrator(who, Some(permission)).await.map(drop),
            Caller::Program(key) if key.may(permission) => Ok(()),
            Caller::Program(key) => {
                self.tell_denied(Actor::Key(key.id), Some(permission));
                Err(AuthError::Forbidden)
            }
        }
    }
}

impl Admin {
    /// The program that presents this text, which has to be meant as an API key, with a scope
    /// that permits this.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] when the key is unknown, revoked or over, or its maker may
    /// make keys no longer; [`AuthError::Forbidden`] when it is not for this.
    pub async fn program(
        &self,
        text: &str,
        permission: Option<Permission>,
    ) -> Result<Caller, AuthError> {
        let secret = api_key::parse(text).map_err(|_| AuthError::Unauthenticated)?;
        let store = self.api_key_store()?;
        let key = store.find(secret.hash()).await?;
        let now = self.sessions.now();
        let key = key.filter(|key| now < key.expires_at);
        let key = key.ok_or(AuthError::Unauthenticated)?;
        // Its maker's powers end a key where they do; servers of an earlier version leave it.
        if let Some(maker) = key.maker {
            let maker = self.stores.users.find(maker).await?;
            let role = maker.and_then(|user| user.role_in_force());
            if !role.is_some_and(|role| role.may(Permission::ApiKeysWrite)) {
                return Err(AuthError::Unauthenticated);
            }
        }
        if permission.is_some_and(|one| !key.may(one)) {
            let action = AdminAction::Refused { permission };
            self.tell_of_many(&Actor::Key(key.id), action).await;
            return Err(AuthError::Forbidden);
        }
        if key.is_use_news(now)
            && let Err(error) = store.note_use(key.id, now).await
        {
            warn!(api_key_id = %key.id, %error, "the use of a key could not be noted");
        }
        Ok(Caller::Program(key))
    }
}
