//! Authentication in apps of other people's: over real sockets, as a host and its browsers
//! meet it, and the examples as processes.
#![cfg(test)]

mod examples;
mod hooks;
mod host;
mod identity;
mod profile;
mod starts;
