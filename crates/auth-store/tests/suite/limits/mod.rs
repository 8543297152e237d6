//! Cases for every [`LimitStore`](auth_core::LimitStore).

pub mod counting;
