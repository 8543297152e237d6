//! The protocol explored: nodes with the real types, a store in memory, and whatever can go wrong.

mod config;
mod explore;
mod faults;
mod fence;
mod node;
mod reader;
mod revoker;
mod simulate;
mod store;
mod world;

/// How many of something a test looks at: what the environment says, since more than usual takes
/// minutes.
fn asked_for(name: &str, usual: usize) -> usize {
    let asked = std::env::var(name).ok();
    asked.map_or(usual, |asked| asked.parse().expect(name))
}
