//! The admin API: who may call what, and what comes of it.

mod accounts;
mod api_keys;
mod holders;
mod overview;
mod powers;
mod server;

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use auth_testkit::account::Person;
use auth_testkit::authenticator::Added;
use auth_testkit::process::{Launch, ServerProcess};
use auth_testkit::target::Account;
use auth_testkit::{Client, Reply, Target};
use reqwest::Method;
use serde_json::Value;

use crate::deployment::Deployment;

/// A server with an admin API, and people who may use it.
pub(crate) struct Scene {
    pub(crate) on: Deployment,
    pub(crate) server: ServerProcess,
    /// The contract on the listener of the admin API.
    pub(crate) target: Target,
}

impl Scene {
    pub(crate) async fn start(
        on: Deployment,
        launch: impl FnOnce(Launch) -> Launch,
    ) -> Result<Self> {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, test_services::free_port()?));
        let launch = launch(on.launch()).flag("--admin-bind", at);
        let server = ServerProcess::start(launch).await?;
        let target = on.target_at(format!("http://{at}/api/auth").parse()?);
        Ok(Self { on, server, target })
    }

    /// Somebody with an authenticator app, and with a role.
    pub(crate) async fn with_role(&self, name: &str, role: &str) -> Result<(Account, Added)> {
        let (account, added) = self.target.with_app(name).await?;
        self.give(&account.person, role).await;
        Ok((account, added))
    }

    pub(crate) async fn give(&self, person: &Person, role: &str) {
        let name = &person.username;
        self.on.authctl(&["user", "role", name, role]).await;
    }

    /// A key with these scopes, as authctl makes one.
    pub(crate) async fn key(&self, scopes: &[&str]) -> Result<Client> {
        let scopes = scopes.join(",");
        let words = ["api-key", "create", "program", "--scope", &scopes];
        let words = [&words[..], &["--lifetime", "1h", "--json"]].concat();
        let made = self.on.authctl(&words).await;
        let made: Value = serde_json::from_str(&made.output.out().concat())?;
        self.program(made["key"].as_str().context("no key")?).await
    }

    /// A program that presents this.
    pub(crate) async fn program(&self, key: &str) -> Result<Client> {
        let client = self.target.client().await?;
        Ok(client.named(&format!("key {key}")))
    }

    pub(crate) fn log(&self) -> String {
        self.server.output().out().concat()
    }
}

/// Calls the admin API; a program is known by what it calls itself.
pub(crate) async fn ask(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<Reply> {
    let mut call = client.call(method, &format!("^/api/admin{path}"));
    if let Some(key) = client.user_agent().strip_prefix("key ") {
        call = call
            .anonymous()
            .header("authorization", &format!("Bearer {key}"))
            // What a client calls itself is told, and a key must not be.
            .header("user-agent", "a program");
    }
    match body {
        Some(body) => call.json(body).send().await,
        None => call.send().await,
    }
}

pub(crate) async fn get(client: &Client, path: &str) -> Result<Reply> {
    ask(client, Method::GET, path, None).await
}

pub(crate) async fn post(client: &Client, path: &str, body: &Value) -> Result<Reply> {
    ask(client, Method::POST, path, Some(body)).await
}

pub(crate) async fn put(client: &Client, path: &str, body: &Value) -> Result<Reply> {
    ask(client, Method::PUT, path, Some(body)).await
}

pub(crate) async fn delete(client: &Client, path: &str) -> Result<Reply> {
    ask(client, Method::DELETE, path, None).await
}
