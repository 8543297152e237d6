//! The strategy as its callers see it.

#![allow(clippy::unwrap_used)]

mod arbitrary_tokens;
mod forge;
mod forged_claims;
mod forged_headers;
mod forged_shapes;
mod given_keys;
mod key_directory;
mod lab;
mod modes;
mod remembered_tokens;
mod rotation;
mod sessions;
mod shadow;
mod stores;
