//! The worker on stores in memory, and SMTP against servers that are not ours.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod aiosmtpd;
mod fakes;
mod scripted;
mod smtp_delivery;
mod smtp_exchange;
mod smtp_outage;
mod worker;
mod worker_failures;
