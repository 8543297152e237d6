//! Sign-in against a provider that misbehaves on request, and against one whose every
//! answer is scripted.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod apple;
mod browser;
mod callback;
mod discord;
mod discovery;
mod fresh;
mod github;
mod id_token;
mod keys;
mod outbound;
mod people;
mod profile;
mod scripted;
mod secrecy;
mod server;
mod shapes;
mod token;
