//! Real server processes that are killed, stopped and cut off from what they depend on.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod admin;
mod backup;
mod breached;
mod bridge;
mod container;
mod crowd;
mod deployment;
mod description;
mod development;
mod docs;
mod doctor;
mod factors;
mod forgetting;
mod frontend;
mod halves;
mod hooks;
mod kill;
mod load;
mod locked;
mod logs;
mod metrics;
mod migrating;
mod moving_in;
mod naming;
mod nodes;
mod otlp;
mod outage;
mod provider_settings;
mod providers;
mod raw;
mod readme;
mod receiver;
mod record;
mod redis;
mod relay;
mod reload;
mod shadow;
mod sharing;
mod shutdown;
mod slow_peers;
mod smtp;
mod smuggling;
mod startup;
mod tap;
mod together;
mod trust;
mod under_load;
mod verification;
mod webhooks;

/// Runs a case as named tests, one for each deployment: the server binary and its stores.
macro_rules! on {
    ($($case:ident: $($deployment:ident),+;)+) => { $(
        mod $case {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $deployment() -> anyhow::Result<()> {
                    let test = concat!(module_path!(), "::", stringify!($deployment));
                    match crate::deployment::Deployment::$deployment(test).await {
                        Some(deployment) => {
                            crate::deployment::bounded(super::$case(deployment)).await
                        }
                        None => Ok(()),
                    }
                }
            )+
        }
    )+ };
}
pub(crate) use on;
