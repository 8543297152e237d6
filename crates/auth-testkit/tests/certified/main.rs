//! Sign-in through a provider that nobody here wrote: oidc-provider, which the OpenID
//! Foundation certified, driven as a browser would.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accounts;
mod browser;
mod keys;
mod outage;
mod provider;
mod refusal;
mod scene;
mod sign_in;

/// Runs a case as named tests, one for each strategy that a sign-in hands over to.
macro_rules! on {
    ($($case:ident: $($scene:ident),+;)+) => { $(
        mod $case {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $scene() -> anyhow::Result<()> {
                    let test = concat!(module_path!(), "::", stringify!($scene));
                    match crate::scene::Scene::$scene(test)? {
                        Some(scene) => {
                            crate::scene::bounded(super::$case(scene)).await
                        }
                        None => Ok(()),
                    }
                }
            )+
        }
    )+ };
}
pub(crate) use on;
