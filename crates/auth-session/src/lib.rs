//! The session strategy: an opaque secret in a cookie, everything else in the registry.
//!
//! actix-session's middleware carries the cookie. Its state holds the secret and nothing
//! else; who the secret belongs to, and for how long, is kept by [`Registry`], which is
//! asked when a handler wants to know. So a store that is away is an answer of the
//! handler, and a route that needs no user makes no round trip.

mod cookie;
mod strategy;

pub use cookie::{CookieState, middleware};
pub use strategy::SessionStrategy;

#[cfg(doc)]
use auth_core::Registry;
