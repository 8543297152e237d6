//! What one node takes back is worth nothing on the other at the very next request.

use anyhow::{Context as _, Result};
use auth_testkit::account::new_password;
use auth_testkit::process::ServerProcess;
use auth_testkit::target::Account;
use auth_testkit::{Client, Target};

use crate::deployment::Deployment;
use crate::on;

on! {
    a_credential_revoked_on_one_node_is_dead_on_the_other:
        session_on_sqlite, jwt_on_sqlite, session_on_services, jwt_on_services;
    what_is_kept_is_told_and_can_be_turned_off: session_on_sqlite, jwt_on_sqlite;
}

/// Everything that ends a session.
#[derive(Clone, Copy, Debug)]
enum Way {
    SignOut,
    RevokeThis,
    RevokeOthers,
    ChangePassword,
    ResetPassword,
    DeleteAccount,
    Disable,
}

const WAYS: [Way; 7] = [
    Way::SignOut,
    Way::RevokeThis,
    Way::RevokeOthers,
    Way::ChangePassword,
    Way::ResetPassword,
    Way::DeleteAccount,
    Way::Disable,
];

async fn a_credential_revoked_on_one_node_is_dead_on_the_other(on: Deployment) -> Result<()> {
    let (one, other) = two_nodes(&on).await?;
    let (target, other) = (on.target(&one), other.url()?);
    for way in WAYS {
        let ada = target.signed_up("ada").await?;
        let desk = target.signed_in(ada.person.clone()).await?.client;
        // Whatever the other node remembers of the credential, it has by now.
        let there = ada.client.at(&other);
        there.profile().await?.ok()?;

        way.end(&on, &target, &ada, &desk).await?;
        for answer in [
            there.copy().profile().await?,
            there.copy().refresh().await?,
            ada.client.copy().profile().await?,
        ] {
            let dead = answer.unauthenticated();
            dead.with_context(|| format!("after {way:?}"))?;
        }
    }
    Ok(())
}

async fn what_is_kept_is_told_and_can_be_turned_off(on: Deployment) -> Result<()> {
    for (cache, reads) in [("on", 0), ("off", 1)] {
        let server = ServerProcess::start(on.launch().flag("--cache", cache)).await?;
        let ada = on.target(&server).signed_up("ada").await?.client;
        let told = ada.get("/strategy").await?.ok()?;
        let guarantees = &told.json()["guarantees"];
        assert_eq!(guarantees["store_reads_per_request"], reads, "{told}");
        assert_eq!(guarantees["revocation"], "before_answer", "{told}");
        for _ in 0..2 {
            ada.profile().await?.ok()?;
        }
        let copy = ada.copy();
        ada.logout().await?.ok()?;
        copy.profile().await?.unauthenticated()?;
    }
    Ok(())
}

impl Way {
    /// Ends the session of `ada`, who also sits at a `desk`, by the first node.
    async fn end(
        self,
        on: &Deployment,
        target: &Target,
        ada: &Account,
        desk: &Client,
    ) -> Result<()> {
        let password = &ada.person.password;
        match self {
            Self::SignOut => ada.client.copy().logout().await,
            Self::RevokeThis => desk.revoke(&ada.session).await,
            Self::RevokeOthers => desk.revoke_others().await,
            Self::ChangePassword => desk.change_password(password, &new_password()).await,
            Self::DeleteAccount => desk.delete_profile(Some(password)).await,
            Self::ResetPassword => {
                let mut inbox = target.inbox(&ada.person.email).await?;
                desk.forgot(&ada.person.email).await?.is(202)?;
                let token = inbox.token().await?;
                desk.reset(&token, &new_password()).await
            }
            Self::Disable => {
                on.authctl(&["user", "disable", "--yes", &ada.person.username])
                    .await;
                return Ok(());
            }
        }?
        .ok()?;
        Ok(())
    }
}

/// Two nodes behind one public URL, on the same stores.
async fn two_nodes(on: &Deployment) -> Result<(ServerProcess, ServerProcess)> {
    let launch = on.launch().flag("--public-url", "http://localhost:4000");
    let start = || ServerProcess::start(launch.clone());
    tokio::try_join!(start(), start())
}
