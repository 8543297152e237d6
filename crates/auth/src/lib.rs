//! Sign-up, sign-in and account management in an actix-web app of one's own.
//!
//! ```no_run
//! use actix_web::{App, HttpServer, get, web};
//! use comprehensive_auth::{Auth, CurrentUser, Session};
//!
//! #[get("")]
//! async fn mine(user: CurrentUser) -> String {
//!     format!("the orders of {}", user.username)
//! }
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let auth = Auth::builder()
//!         .database("sqlite:app.db")
//!         .strategy(Session::default())
//!         .public_url("http://localhost:8080")
//!         .build() // brings the database up to date, starts mail and maintenance
//!         .await?;
//!     let app = move || {
//!         App::new()
//!             .configure(auth.routes("/api/auth"))
//!             .service(web::scope("/orders").wrap(auth.guard()).service(mine))
//!     };
//!     Ok(HttpServer::new(app).bind("127.0.0.1:8080")?.run().await?)
//! }
//! ```
//!
//! - [`CurrentUser`], [`OptionalUser`], [`RecentlyAuthenticated`] and [`Signed`] say in a
//!   handler who sends a request.
//! - [`Auth::guard`] keeps pages of other sites from sending writes by somebody's cookie.
//! - [`Auth::admin`] is what an operator does with accounts.
//! - [`AuthBuilder::mailer`] and [`AuthBuilder::mail_templates`] write mails in other words.
//! - [`AuthBuilder::on_events`] hears of everything that happens.

mod assemble;
mod auth;
mod breached;
mod bridge;
mod builder;
pub mod config;
mod encryption;
mod error;
mod mail_way;
mod node;
mod passkeys;
mod providers;
mod redis;
mod shared_store;
mod state;
mod stderr_mailer;
mod stores;
mod strategy;
mod tasks;
mod webhooks;

pub use assemble::admin;
pub use auth::Auth;
pub use auth_core::accounts::admin::{AccountForm, Actor, Admin};
pub use auth_core::accounts::{NewRegistration, RegistrationHooks};
pub use auth_core::{
    BreachedPasswords, Clock, Event, EventKind, EventSink, IdentityProvider, Mailer, Profile,
    ProfileFields, RevocationMode, SecretText, Sha1Hex, Transport, User, UserId,
};
pub use auth_http::{
    Code, CurrentUser, Guard, OptionalUser, Problem, RecentlyAuthenticated, RequestId, Signed,
};
pub use auth_jwt::Algorithm;
pub use breached::{BreachedList, UnfitList};
pub use bridge::{Bridge, Shadow};
pub use encryption::encryption_keys;
/// What mails are about and how they leave, for [`AuthBuilder::mailer`],
/// [`AuthBuilder::mail_templates`] and [`AuthBuilder::mail_transport`].
pub mod mail {
    pub use auth_core::Purpose;
    pub use auth_core::mail::{Content, Link, Mail, MailError, Notice};
    pub use auth_mail::{BuiltInTemplates, Composed, Message, MessageTransport, Templates};
}
/// Providers to sign in with, for [`AuthBuilder::provider`].
pub use auth_oauth as oauth;
pub use builder::AuthBuilder;
pub use config::{Config, HookConfig, WebhookConfig};
pub use error::StartError;
pub use providers::ProviderSetup;
pub use state::{NodeState, OwnState, StoreState};
pub use strategy::{Backend, Jwt, Keys, Parts, Session, Strategy};
