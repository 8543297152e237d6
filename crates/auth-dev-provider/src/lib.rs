//! An OpenID Connect provider for development and tests: a real one (discovery, JWKS,
//! authorization code with PKCE, RS256, userinfo) that lets you arrive as anybody and
//! misbehaves on request. It also speaks the OAuth dialect of GitHub.
//!
//! It believes whatever it is told, so it runs on a loopback address only
//! ([`ConfigError::NotLoopback`]).
//!
//! On a port of its own, for tests:
//!
//! ```no_run
//! # fn main() -> Result<(), auth_dev_provider::SpawnError> {
//! use auth_dev_provider::{Client, Config, Endpoint, spawn};
//!
//! let callback = "http://127.0.0.1:4003/callback";
//! let provider = spawn(|issuer| Config {
//!     clients: vec![Client::confidential("my-app", "my-secret", [callback])],
//!     ..Config::new(issuer)
//! })?;
//! println!("{}/.well-known/openid-configuration", provider.issuer());
//! provider.rotate_key();
//! assert_eq!(provider.requests(Endpoint::Jwks), 0);
//! # Ok(())
//! # }
//! ```
//!
//! Or inside an actix app of yours, under the path of the issuer:
//! `App::new().configure(provider.routes())` with [`DevProvider::routes`].
//!
//! # Signing in without a browser
//!
//! The decision is one `POST {issuer}/authorize` whose form holds the parameters of the
//! authorization request (OpenID Connect Core 1.0, 3.1.2.1; PKCE S256 is mandatory) and
//!
//! - `person`: the subject of a person on the list; or for somebody else `email`,
//!   `email_verified` (`true` or nothing), `given_name`, `family_name`,
//!   `preferred_username` and `subject`, of which `email` or `subject` is needed (one
//!   follows from the other);
//! - `misbehave`: the name of a [`Misbehaviour`], for this sign-in only;
//! - `decline`: anything, to refuse.
//!
//! The answer is the 303 to the redirect URI. GitHub's twin is
//! `POST {issuer}/login/oauth/authorize`.

mod authorize;
mod claims;
mod client_auth;
mod config;
mod decision;
mod discovery;
mod endpoint;
mod gate;
mod github;
mod grants;
mod id_token;
mod keys;
mod misbehaviour;
mod oauth_error;
mod page;
mod params;
mod people;
mod provider;
mod random;
mod request;
mod routes;
mod spawn;
mod token;
mod userinfo;

pub use config::{Client, ClientSecret, Config, ConfigError};
pub use endpoint::Endpoint;
pub use misbehaviour::{Misbehaviour, UnknownMisbehaviour};
pub use people::Person;
pub use provider::{DevProvider, ProviderError};
pub use spawn::{SpawnError, Spawned, spawn};
