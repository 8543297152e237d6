//! Something to keep.

use auth_core::mail::NewMail;
use auth_core::user::Created;
use auth_core::{
    Clock as _, Effects, Email, MailKind, NewUser, PersonName, StoreError, SystemClock, User,
    UserId, UserStore as _, Username,
};
use auth_store::Database;

pub fn account(name: &str) -> NewUser {
    NewUser {
        id: UserId::generate(),
        first_name: PersonName::parse("first_name", "Ada").unwrap(),
        last_name: PersonName::parse("last_name", "Lovelace").unwrap(),
        username: Username::parse("username", name).unwrap(),
        email: Email::parse("email", &format!("{name}@example.org")).unwrap(),
        email_verified: false,
        password_hash: None,
        identity: None,
        created_at: SystemClock.now(),
    }
}

/// Makes an account, with a mail that belongs to it.
pub async fn register(database: &Database, name: &str) -> Result<User, StoreError> {
    let new = account(name);
    let mail = NewMail::new(MailKind::Confirm, &new.email, Some(new.id), new.created_at);
    match database.create(&new, &Effects::mail([mail])).await? {
        Created::Made(user) => Ok(user),
        taken => panic!("{taken:?}"),
    }
}

/// Reads something.
pub async fn look_up(database: &Database, name: &str) -> Result<Option<User>, StoreError> {
    let name = Username::parse("username", name).unwrap();
    database.find_by_username(&name).await
}
