//! What the benches share: a user in a throwaway store, and a server that does nothing.

pub mod bare;
pub mod fixture;
pub mod lab;
pub mod wrk;
