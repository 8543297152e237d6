//! A server, the provider that it sends people to, and their browsers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use auth_testkit::Target;
use auth_testkit::mailbox::MailDir;
use auth_testkit::process::{Launch, Program, ServerProcess};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use crate::browser::Browser;
use crate::provider::{ID, Provider, Registration};

/// The origin that servers believe to be their own. The provider knows it.
pub const ORIGIN: &str = "http://localhost:4000";

/// No test takes this long, unless something hangs.
const PATIENCE: Duration = Duration::from_secs(150);

/// How long an awaited condition may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

const POLL: Duration = Duration::from_millis(100);

/// A provider, a strategy to hand over to, and a folder for a server's data.
pub struct Scene {
    /// The provider.
    pub provider: Provider,
    issue: &'static str,
    folder: TempDir,
}

/// A scene with its server.
pub struct Stage {
    /// The server.
    pub server: ServerProcess,
    /// The same, as the flows of the contract suite see it.
    pub target: Target,
}

impl Scene {
    /// Sessions, and the provider that tests share.
    pub fn session(test: &str) -> Result<Option<Self>> {
        Self::new("session", Provider::shared(test))
    }

    /// Tokens, and the provider that tests share.
    pub fn jwt(test: &str) -> Result<Option<Self>> {
        Self::new("jwt", Provider::shared(test))
    }

    /// Sessions, and a provider that may be stopped and changed.
    pub fn session_with_own_provider(test: &str) -> Result<Option<Self>> {
        Self::new("session", Provider::own(test)?)
    }

    /// Tokens, and a provider that may be stopped and changed.
    pub fn jwt_with_own_provider(test: &str) -> Result<Option<Self>> {
        Self::new("jwt", Provider::own(test)?)
    }

    fn new(issue: &'static str, provider: Option<Provider>) -> Result<Option<Self>> {
        let Some(provider) = provider else {
            return Ok(None);
        };
        // Compiling is not part of what a test may take.
        Program::OauthServer.path()?;
        Ok(Some(Self {
            provider,
            issue,
            folder: TempDir::new()?,
        }))
    }

    /// A server that is registered at the provider, and has a secret.
    pub async fn start(&self) -> Result<Stage> {
        let registration = self.provider.register(ORIGIN).await?;
        self.start_with(self.launch(&registration)?).await
    }

    /// A server that was registered before, with further settings.
    pub async fn start_with(&self, launch: Launch) -> Result<Stage> {
        let server = ServerProcess::start(launch).await?;
        let mailbox = Arc::new(MailDir::new(self.folder.path().join("mail")));
        let mut target = Target::new("oauth-server", server.url()?, mailbox);
        target.origin = ORIGIN.to_owned();
        Ok(Stage { server, target })
    }

    /// What such a server is started with.
    pub fn launch(&self, registration: &Registration) -> Result<Launch> {
        let data = self.folder.path();
        Ok(Launch::quick(Program::OauthServer)
            .flag("--data-dir", data.display())
            .flag("--mail", format!("file:{}", data.join("mail").display()))
            .flag("--public-url", ORIGIN)
            .flag("--issue", self.issue)
            .flag("--provider", self.setting(registration)?))
    }

    /// The same, which logs all there is to log.
    pub fn talkative(&self, registration: &Registration) -> Result<Launch> {
        let launch = self.launch(registration)?;
        Ok(launch.flag("--log", "json").env("RUST_LOG", "trace"))
    }

    /// The value of `--provider`; the secret goes to a file.
    pub fn setting(&self, registration: &Registration) -> Result<String> {
        let (issuer, client) = (self.provider.issuer(), &registration.client_id);
        let public = format!("oidc,id={ID},issuer={issuer},client_id={client}");
        let Some(secret) = &registration.secret else {
            return Ok(public);
        };
        let file = self.folder.path().join(format!("{client}.secret"));
        std::fs::write(&file, secret)?;
        Ok(format!("{public},client_secret_file={}", file.display()))
    }

    /// How many accounts there are.
    pub async fn accounts(&self) -> Result<i64> {
        let launch = Launch::of(Program::Authctl)
            .words(["db", "info", "--json"])
            .flag("--data-dir", self.folder.path().display());
        let ended = launch.run().await?;
        let info: Value = serde_json::from_str(&ended.output.out().concat())?;
        let tables = info["tables"].as_array().unwrap();
        let users = tables.iter().find(|one| one["name"] == "users").unwrap();
        Ok(users["rows"].as_i64().unwrap())
    }
}

impl Stage {
    /// A browser that has been nowhere yet.
    pub async fn browser(&self) -> Result<Browser> {
        Browser::new(self.target.client().await?)
    }

    /// Stops the server; expects that it logged `event`, and none of the secrets. It must
    /// have been started with [`Scene::talkative`].
    pub async fn logged(mut self, event: &str, secrets: &[String]) -> Result<()> {
        self.server.terminate().await?;
        let output = self.server.output();
        let log = [output.out(), output.err()].concat();
        for word in ["TRACE", event] {
            assert!(log.iter().any(|line| line.contains(word)), "{word}");
        }
        for secret in secrets {
            let line = log.iter().find(|line| line.contains(secret.as_str()));
            assert_eq!(line, None, "{secret}");
        }
        Ok(())
    }
}

/// Waits until something is so.
pub async fn eventually(what: &str, is_so: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + DEADLINE;
    while !is_so().await? {
        assert!(Instant::now() < deadline, "waited for {what} in vain");
        sleep(POLL).await;
    }
    Ok(())
}

/// Ends a test that hangs.
pub async fn bounded<T>(test: impl Future<Output = T>) -> T {
    timeout(PATIENCE, test).await.expect("the test hangs")
}
