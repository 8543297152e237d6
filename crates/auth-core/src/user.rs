//! Users and the trait of the place that keeps them.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;

use crate::authority::Authority;
use crate::cache::ChangeLog;
use crate::clock::Timestamp;
use crate::effects::Effects;
use crate::email::Email;
use crate::error::StoreError;
use crate::id::UserId;
use crate::identity::Identity;
use crate::language::{Language, Languages};
use crate::mail::{MailKind, NewMail, Notice};
use crate::name::PersonName;
use crate::password::{HashKind, PasswordHash};
use crate::profile::Profile;
use crate::role::Role;
use crate::token::TokenKey;
use crate::username::Username;

/// A person with an account. Not serialisable on purpose: it holds a password hash.
#[derive(Clone, Debug)]
pub struct User {
    /// The account's id.
    pub id: UserId,
    /// Given name.
    pub first_name: PersonName,
    /// Family name.
    pub last_name: PersonName,
    /// What the person signs in with and is shown as.
    pub username: Username,
    /// Where mail goes.
    pub email: Email,
    /// Whether the owner of `email` has confirmed it.
    pub email_verified: bool,
    /// Absent for accounts that sign in through a provider only.
    pub password_hash: Option<PasswordHash>,
    /// A disabled account can't sign in and its credentials are dead.
    pub disabled: bool,
    /// Grows whenever every credential of the account must die; a session made under
    /// an older version is refused, whatever its own record says.
    pub credentials_version: i64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// What the application keeps about the person.
    pub profile: Profile,
    /// What the person may do with accounts of others.
    pub role: Option<Role>,
    /// The language that the person has set; without, pages and mails follow the browser.
    pub language: Option<Language>,
}

impl User {
    /// What the person may do with accounts of others by now.
    pub fn role_in_force(&self) -> Option<Role> {
        self.role.filter(|_| !self.disabled)
    }

    /// A mail to the account's owner; none while nobody has shown that the address is theirs,
    /// so that nobody has notices sent to somebody else.
    pub fn notice(&self, notice: Notice, now: Timestamp) -> Option<NewMail> {
        let mail = || NewMail {
            languages: Languages::default().after(self.language.as_ref()),
            ..NewMail::new(MailKind::Notice(notice), &self.email, None, now)
        };
        self.email_verified.then(mail)
    }

    /// How many bytes it has elsewhere than in itself, as near as matters for a bound.
    pub(crate) fn heap_size(&self) -> usize {
        let names = self.first_name.as_str().len() + self.last_name.as_str().len();
        let keys = self.username.key().len() + self.email.key().len();
        let texts = self.username.as_str().len() + self.email.as_str().len();
        let hash = self
            .password_hash
            .as_ref()
            .map_or(0, |it| it.as_str().len());
        // The fields beside their text: nodes of a map, each with texts of its own.
        let profile = self.profile.stored().map_or(0, |text| 4 * text.len());
        let language = self.language.as_ref().map_or(0, |it| it.as_str().len());
        names + keys + texts + hash + profile + language
    }
}

/// An account that may act: it is not disabled, and what it was found by is in force. A flow
/// that takes one need not ask again; right before a change, the store does.
#[derive(Clone, Debug)]
pub struct ActiveUser(User);

impl ActiveUser {
    /// For whoever has just been proven to own the account, by a password, a provider or a
    /// mailed link.
    pub(crate) fn proven(user: User) -> Option<Self> {
        (!user.disabled).then_some(Self(user))
    }

    /// For credentials that were issued under this version.
    pub(crate) fn under(user: User, credentials_version: i64) -> Option<Self> {
        Self::proven(user).filter(|user| user.credentials_version == credentials_version)
    }

    /// The account alone.
    pub fn into_inner(self) -> User {
        self.0
    }
}

impl Deref for ActiveUser {
    type Target = User;

    fn deref(&self) -> &User {
        &self.0
    }
}

/// An account about to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The new account's id.
    pub id: UserId,
    /// Given name.
    pub first_name: PersonName,
    /// Family name.
    pub last_name: PersonName,
    /// The wanted username.
    pub username: Username,
    /// The wanted address.
    pub email: Email,
    /// Whether the address counts as confirmed from the start.
    pub email_verified: bool,
    /// Absent for accounts that sign in through a provider only.
    pub password_hash: Option<PasswordHash>,
    /// The identity that the account begins with, when it comes from a provider.
    pub identity: Option<Identity>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// What [`UserStore::create`] did.
#[derive(Clone, Debug)]
pub enum Created {
    /// The account exists now.
    Made(User),
    /// An account has the username or a sign-up holds it; nothing was changed.
    UsernameTaken,
    /// Somebody has the address; nothing was changed.
    EmailTaken,
    /// Some account has the identity; nothing was changed.
    IdentityTaken,
}

/// An account that is taken over from elsewhere, with all that belongs to it.
#[derive(Clone, Debug)]
pub struct ImportedUser {
    /// The account; its own `identity` is not looked at.
    pub user: NewUser,
    /// It can't sign in.
    pub disabled: bool,
    /// The identities that it can be signed in with.
    pub identities: Vec<Identity>,
}

/// What [`UserStore::take_over`] did with one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// The account exists now, with its identities.
    Taken,
    /// It was there: the id and one of the names, or the address and the password or an
    /// identity.
    AlreadyThere,
    /// An account has the id, and neither its names nor its password are these.
    IdTaken,
    /// An account has the username or a sign-up holds it.
    UsernameTaken,
    /// Another account has the address.
    EmailTaken,
    /// Some account has one of the identities.
    IdentityTaken,
}

/// What to change about an account. The default changes nothing.
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    /// A new given name.
    pub first_name: Option<PersonName>,
    /// A new family name.
    pub last_name: Option<PersonName>,
    /// A new username.
    pub username: Option<Username>,
    /// A new address.
    pub email: Option<Email>,
    /// Whether the address is confirmed.
    pub email_verified: Option<bool>,
    /// A new password.
    pub password_hash: Option<PasswordHash>,
    /// Disable or enable the account.
    pub disabled: Option<bool>,
    /// What the application keeps about the person, as a whole.
    pub profile: Option<Profile>,
    /// Another role, or none.
    pub role: Option<Option<Role>>,
    /// Another language for pages and mails, or none any more.
    pub language: Option<Option<Language>>,
    /// Kill every credential, and every mailed token and link that is under way, by
    /// giving the credentials another version.
    pub new_credentials: bool,
}

impl UserChanges {
    /// Whether anything changes that a profile shows or a credential depends on. A password
    /// that is merely hashed anew is neither.
    pub fn is_noticed(&self) -> bool {
        let Self {
            first_name,
            last_name,
            username,
            email,
            email_verified,
            password_hash: _,
            disabled,
            profile,
            role,
            language,
            new_credentials,
        } = self;
        *new_credentials
            || first_name.is_some()
            || last_name.is_some()
            || username.is_some()
            || email.is_some()
            || email_verified.is_some()
            || disabled.is_some()
            || profile.is_some()
            || role.is_some()
            || language.is_some()
    }

    /// Whether somebody may be an admin no longer after it.
    pub fn takes_powers(&self) -> bool {
        self.disabled == Some(true) || self.role.is_some()
    }
}

/// Under which condition, and together with what, a change is made: all in one
/// transaction, so that a crash leaves all of it or none.
#[derive(Clone, Debug, Default)]
pub struct UpdateConditions {
    /// What the change rests on; without, it is an operator's, and made in any case.
    pub by: Option<Authority>,
    /// A one-time token that the change spends; when it is gone, nothing happens.
    pub spend: Option<TokenKey>,
    /// The change is only made while the address is still this one.
    pub if_email: Option<Email>,
    /// The change is only made while the password hash is still this one.
    pub if_password_hash: Option<PasswordHash>,
    /// The change is only made while [`Profile::stored`] is still this one's.
    pub if_profile: Option<Profile>,
    /// Withdraws the link to another address that was asked for before, handed out or still
    /// to be mailed.
    pub withdraw_email_change: bool,
    /// Takes every identity from the account.
    pub forget_identities: bool,
    /// What is kept with the change.
    pub effects: Effects,
}

/// What [`UserStore::update`] did.
#[derive(Clone, Debug)]
pub enum Updated {
    /// The account as it is now.
    Changed(User),
    /// The account, the token or the sign-in is gone, or a condition did not hold; nothing
    /// was changed.
    Refused,
    /// Another account has the username or a sign-up holds it; nothing was changed.
    UsernameTaken,
    /// Somebody has the address; nothing was changed.
    EmailTaken,
    /// Nobody would be an admin any more; nothing was changed.
    LastAdmin,
}

/// What [`UserStore::delete`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// The account is gone.
    Done,
    /// There is none, or the sign-in does not stand; nothing was done.
    Refused,
    /// Nobody would be an admin any more; nothing was done.
    LastAdmin,
}

impl Deleted {
    /// Whether the account is gone by it.
    pub fn is_done(self) -> bool {
        self == Self::Done
    }
}

/// Which accounts are searched for, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSearch {
    /// By which of their names, and in whose order.
    pub by: SearchBy,
    /// What the name's key begins with; nothing begins every one.
    pub prefix: String,
    /// Starts behind this key.
    pub after: Option<String>,
    /// Only those that are, or are not, disabled.
    pub disabled: Option<bool>,
    /// Only those with this role.
    pub role: Option<Role>,
    /// At most so many.
    pub limit: u32,
}

/// The names by which accounts are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchBy {
    /// [`Username::key`].
    Username,
    /// [`Email::key`].
    Email,
}

/// Keeps users. Every method is one atomic step; uniqueness of [`Username::key`] and
/// [`Email::key`] is the store's to guarantee, also under races.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Makes an account, with what belongs to it.
    async fn create(&self, user: &NewUser, effects: &Effects) -> Result<Created, StoreError>;

    /// The account with this id.
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The account with this address.
    async fn find_by_email(&self, email: &Email) -> Result<Option<User>, StoreError>;

    /// The account with this username.
    async fn find_by_username(&self, username: &Username) -> Result<Option<User>, StoreError>;

    /// Changes an account under the conditions of `along`, and with what it brings. The last
    /// enabled admin stays one, also under races.
    async fn update(
        &self,
        id: UserId,
        changes: &UserChanges,
        along: &UpdateConditions,
    ) -> Result<Updated, StoreError>;

    /// Deletes an account with its identities, tokens, pending mail and API keys, and keeps
    /// `effects`. The last enabled admin stays, also under races.
    async fn delete(
        &self,
        id: UserId,
        by: Option<&Authority>,
        effects: &Effects,
    ) -> Result<Deleted, StoreError>;

    /// Accounts in order of creation, at most `limit`, starting behind `after`.
    async fn list(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError>;

    /// Accounts that are searched for, in the order of their key's bytes.
    async fn search(&self, search: &UserSearch) -> Result<Vec<User>, StoreError>;

    /// What tells that a user has changed; `None` where only a look at the user does.
    fn changes(&self) -> Option<Arc<dyn ChangeLog>> {
        None
    }

    /// Waits until every change of a user that is in the store is in force on every server, be
    /// it somebody else's, who may have died before that.
    async fn in_force(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Makes accounts as they were elsewhere, each with all its identities or not at all, one
    /// after the other; what becomes of each is told in their order. Nobody is mailed. With
    /// `dry_run` nothing is kept.
    async fn take_over(
        &self,
        accounts: &[ImportedUser],
        now: Timestamp,
        dry_run: bool,
    ) -> Result<Vec<Imported>, StoreError>;

    /// How the stored password hashes of accounts and sign-ups were made.
    async fn hash_kinds(&self) -> Result<Vec<HashKind>, StoreError>;
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An account for tests.
    pub(crate) fn user() -> User {
        User {
            id: UserId::generate(),
            first_name: PersonName::from_stored("Ada".into()),
            last_name: PersonName::from_stored("Lovelace".into()),
            username: Username::from_stored("ada".into()),
            email: Email::from_stored("ada@example.org".into()),
            email_verified: true,
            password_hash: None,
            disabled: false,
            credentials_version: 0,
            created_at: Timestamp::default(),
            profile: Profile::default(),
            role: None,
            language: None,
        }
    }
}
