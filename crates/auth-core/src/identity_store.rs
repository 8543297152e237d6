//! Where identities at providers are kept.

use async_trait::async_trait;

use crate::authority::Authority;
use crate::effects::Effects;
use crate::error::StoreError;
use crate::id::{IdentityId, UserId};
use crate::identity::{Identity, Subject};
use crate::user::User;

/// What [`IdentityStore::link`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// The account has the identity now.
    Linked,
    /// The account had it already.
    Already,
    /// Another account has it; nothing was changed.
    Taken,
    /// The account is gone or unconfirmed, or the sign-in does not stand; nothing was changed.
    Refused,
}

/// What [`IdentityStore::unlink`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlinked {
    /// The account is without the identity now.
    Unlinked,
    /// The account has no such identity.
    NotFound,
    /// Without it nobody could sign in to the account any more; nothing was changed.
    LastSignInMethod,
    /// The sign-in does not stand; nothing was changed.
    Refused,
}

/// Keeps identities. Every method is one atomic step; that no two accounts share a
/// [`Subject`] is the store's to guarantee, also under races. The identity that a new
/// account begins with comes with [`NewUser`](crate::NewUser); identities go with their
/// account.
#[async_trait]
pub trait IdentityStore: Send + Sync {
    /// The account that has this identity, and the name of the link between them.
    async fn owner(&self, subject: &Subject) -> Result<Option<(User, IdentityId)>, StoreError>;

    /// The identities of an account, the first linked first.
    async fn list(&self, user: UserId) -> Result<Vec<Identity>, StoreError>;

    /// Gives an account one more identity, with what tells of it, while the
    /// account is confirmed and the sign-in stands.
    async fn link(
        &self,
        user: UserId,
        by: &Authority,
        identity: &Identity,
        effects: &Effects,
    ) -> Result<Linked, StoreError>;

    /// Takes an identity from an account, with what tells of it, while the
    /// sign-in stands, unless the account has no password and no other identity of one of
    /// `issuers`.
    async fn unlink(
        &self,
        user: UserId,
        by: &Authority,
        id: IdentityId,
        issuers: &[String],
        effects: &Effects,
    ) -> Result<Unlinked, StoreError>;
}
