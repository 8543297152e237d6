//! A client of the contract. One and the same program talks to every server: the client asks
//! it what it is (`GET /strategy`) and then knows how the credential travels, in a cookie or in
//! the `Authorization` header. It keeps the credential, renews it when its time is up (one
//! renewal at a time, however many calls wait for it), and signs calls to one's own API too.
//!
//! ```no_run
//! use auth_client::{Client, Code, Error, Login};
//!
//! # async fn example() -> Result<(), Error> {
//! let client = Client::connect("https://app.example.org/api/auth").await?;
//! match client.login(&Login::new("ada", "analytical engine no. 1")).await {
//!     Ok(answer) => println!("Welcome, {}", answer.done()?.user.first_name),
//!     Err(Error::Problem(problem)) if problem.code == Code::InvalidCredentials => {
//!         println!("{}", problem.detail);
//!     }
//!     Err(error) => return Err(error),
//! }
//! for device in client.sessions().await? {
//!     println!("{} since {}", device.user_agent, device.created_at);
//! }
//!
//! // The application's own API, signed the way this server wants it.
//! let notes = client.http().get("https://app.example.org/api/notes");
//! println!("{}", client.send(notes).await?.status());
//!
//! client.logout().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Shapes may gain fields: they are `#[non_exhaustive]`, and fields that this version does not
//! know are passed over.

mod client;
mod cookie;
mod credential;
mod dto;
mod error;
mod problem;
mod rfc3339;
mod secret;

pub use client::Client;
pub use cookie::{NoCookie, SetCookie};
pub use credential::Credential;
pub use dto::*;
pub use error::Error;
pub use problem::{Code, FieldCode, FieldProblem, Problem};
pub use reqwest;
pub use secret::Secret;
