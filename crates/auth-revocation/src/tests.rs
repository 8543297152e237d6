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
