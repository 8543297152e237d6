//! The domain of authentication: users, credentials, mail, the account flows,
//! and the traits that backends implement.
//!
//! A sign-in has two halves. A **proof** ends in "this is user U, proven at T": a
//! password, or an [`IdentityProvider`]. A **[`Strategy`]** keeps the client signed in: a
//! [`Format`], a [`Transport`], and a check over the [`SessionManager`] of sessions. [`Accounts`]
//! holds the flows that join the two; it knows neither HTTP nor SQL nor the environment.

pub mod accounts;
pub mod api_key;
pub mod assurance;
pub mod audit;
mod authority;
pub mod cache;
pub mod clock;
pub mod credential;
pub mod effects;
pub mod email;
pub mod error;
pub mod events;
pub mod factor;
pub mod id;
pub mod identity;
pub mod identity_store;
pub mod language;
pub mod limit;
mod live;
pub mod mail;
pub mod measure;
pub mod name;
pub mod password;
pub mod policy;
pub mod profile;
pub mod reserved;
pub mod role;
pub mod secret;
pub mod session;
pub mod shadow;
pub mod sign_up;
pub mod strategy;
mod text;
pub mod token;
pub mod user;
pub mod username;
pub mod webhook;

pub use accounts::{Accounts, AccountsConfig, NewRegistration, RegistrationHooks};
pub use api_key::{ApiKey, ApiKeyStore};
pub use audit::{AuditRecord, AuditStore};
pub use authority::Authority;
pub use clock::{Clock, SystemClock, Timestamp};
pub use credential::{Credential, Format, TokenSet, Transport};
pub use effects::Effects;
pub use email::Email;
pub use error::{AuthError, FieldCode, FieldError, StoreError};
pub use events::{Event, EventKind, EventSink, Events};
pub use factor::FactorStore;
pub use id::{ApiKeyId, EventId, FactorId, IdentityId, SessionId, UserId, WebhookId};
pub use identity::{
    FlowStore, Identity, IdentityProvider, ProvenIdentity, ProviderError, Providers,
};
pub use identity_store::IdentityStore;
pub use language::{Language, Languages};
pub use limit::{DeviceCookie, DeviceCookies, LimitStore, Limits, Rule};
pub use live::Live;
pub use mail::{Mail, MailKind, Mailer, Notice, Outbox, OutboxEntry};
pub use measure::{Measurement, Meter, Recorder};
pub use name::PersonName;
pub use password::{
    Argon2Cost, BreachedPasswords, HashKind, Hasher, HasherConfig, HasherLoad, Password,
    PasswordHash, PasswordPolicy, PasswordSalt, Sha1Hex,
};
pub use policy::Policy;
pub use profile::{Profile, ProfileFields};
pub use reserved::ReservedNames;
pub use role::{Permission, Role};
pub use secret::{Fingerprint, Secret, SecretHash, SecretText};
pub use session::{Device, Session, SessionManager, SessionStore};
pub use sign_up::{SignUp, SignUpStore};
pub use strategy::{Authenticated, Bridge, Issued, RevocationMode, Scheme, SchemeId, Strategy};
pub use token::{NewToken, Purpose, Token, TokenLifetimes, TokenStore};
pub use user::{ActiveUser, Imported, ImportedUser, NewUser, User, UserStore};
pub use username::Username;
pub use webhook::{Webhook, WebhookStore};
