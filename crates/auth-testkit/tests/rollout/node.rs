//! A server of one version.

use anyhow::{Context as _, Result, ensure};
use auth_testkit::Client;
use auth_testkit::client::{Format, Strategy, Transport};
use auth_testkit::process::{Launch, Program, ServerProcess};
use serde_json::json;
use url::Url;

use crate::mail_server::MailServer;

/// A server that may be away, and the mail server that it alone uses.
pub struct Node {
    pub mail: MailServer,
    launch: Launch,
    strategy: Strategy,
    server: Option<ServerProcess>,
}

impl Node {
    pub fn new(program: Program, launch: Launch) -> Result<Self> {
        let mail = MailServer::start()?;
        Ok(Self {
            launch: launch.flag("--mail", mail.url()),
            mail,
            strategy: strategy(program)?,
            server: None,
        })
    }

    /// Starts it beside whatever runs already.
    pub async fn start(&mut self) -> Result<()> {
        self.server = Some(ServerProcess::start(self.launch.clone()).await?);
        Ok(())
    }

    /// Stops it in good order.
    pub async fn stop(&mut self) -> Result<()> {
        let mut server = self.server.take().context("it does not run")?;
        let status = server.terminate().await?;
        ensure!(status.success(), "{status}");
        Ok(())
    }

    /// A device that nobody has used yet.
    pub fn device(&self) -> Result<Client> {
        Client::of_known(&self.url()?, self.strategy.clone())
    }

    /// The same device, with what it holds now, calling this node.
    pub fn take(&self, device: &Client) -> Result<Client> {
        Ok(device.at(&self.url()?))
    }

    /// Expects that it knows of no other node that keeps its sessions elsewhere.
    pub async fn revokes_at_once(&self) -> Result<()> {
        let told = self.device()?.get("/strategy").await?.ok()?;
        let revocation = told.string("/guarantees/revocation")?;
        // As the earlier version and this one say it.
        let at_once = ["immediate", "before_answer"];
        ensure!(at_once.contains(&revocation.as_str()), "{told}");
        Ok(())
    }

    /// Whether it says how credentials travel, as only the later version does.
    pub async fn is_later(&self) -> Result<bool> {
        let told = self.device()?.get("/strategy").await?.ok()?;
        Ok(told.json()["transport"].is_string())
    }

    /// Expects that it keeps nothing that it looked up, beside one that does not tell of its
    /// changes.
    pub async fn asks_the_stores(&self) -> Result<()> {
        let told = self.device()?.get("/strategy").await?.ok()?;
        ensure!(told.json()["store_reads_per_request"] != 0, "{told}");
        Ok(())
    }

    /// Waits until a mail could not be delivered, now or before.
    pub async fn mail_is_delayed(&self) -> Result<()> {
        let output = self.server()?.output();
        output.line(|line| line.contains("mail_delayed")).await?;
        Ok(())
    }

    fn server(&self) -> Result<&ServerProcess> {
        self.server.as_ref().context("it does not run")
    }

    fn url(&self) -> Result<Url> {
        self.server()?.url()
    }
}

/// What both versions are by default; the earlier one does not say all of it.
fn strategy(program: Program) -> Result<Strategy> {
    let (name, format, transport) = match program {
        Program::JwtServer => ("jwt", Format::Jwt, Transport::Bearer),
        _ => ("session", Format::Opaque, Transport::Cookie),
    };
    let told = json!({
        "strategy": name,
        "format": format,
        "transport": transport,
        "token_type": transport.token_type(),
        "verification": "required",
        "password": { "min_length": 8, "max_length": 128 },
        "providers": [],
        "guarantees": {
            "revocation": "immediate",
            "revocation_bound_seconds": 0,
            "store_reads_per_request": 1,
        },
    });
    Ok(serde_json::from_value(told)?)
}
