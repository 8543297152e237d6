//! The strategy lab: load tests that compare ways to stay signed in.
//!
//! It starts servers on throwaway stores, sends them requests, and keeps what it measured in
//! a [`record::Record`], from which every report is made.
//!
//! **Why a generator of its own.** Three things decide: the bytes of whole messages as they
//! travel, arrivals at a fixed rate whose latency counts from when they were due, and users
//! that are bound to one of several nodes. goose sends through reqwest, which shows bodies but
//! not the bytes around them, and makes up for waiting users by adding requests that were never
//! sent; rlt leaves both clock and connection to a closure and knows one number of bytes. So
//! the lab speaks HTTP/1.1 itself, in a few hundred lines, and `lab selfcheck` holds them
//! against wrk.

pub mod alarm;
pub mod compare;
pub mod diff;
pub mod environment;
pub mod generator;
pub mod growth;
pub mod model;
pub mod plan;
pub mod proxy;
pub mod record;
pub mod report;
pub mod runner;
pub mod stats;
pub mod switch;
pub mod system;
