//! The servers that the flows visit.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::Target;
use auth_testkit::mailbox::DevMailbox;
use auth_testkit::process::{Launch, Program, ServerProcess};
use tempfile::TempDir;
use test_services::free_port;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;
use url::Url;

use crate::browsers::Browsers;
use crate::together::Together;

/// A server with its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// session-server.
    Session,
    /// jwt-server.
    Jwt,
    /// oauth-server, which hands over to sessions.
    Oauth,
    /// oauth-server, which hands over to tokens.
    OauthJwt,
}

impl Site {
    /// Its name in the names of tests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Jwt => "jwt",
            Self::Oauth => "oauth",
            Self::OauthJwt => "oauth_jwt",
        }
    }

    /// Whether it hands out tokens.
    pub const fn is_bearer(self) -> bool {
        matches!(self, Self::Jwt | Self::OauthJwt)
    }

    /// What such a server is started with.
    pub fn launch(self) -> Launch {
        let launch = match self {
            Self::Session => Launch::quick(Program::SessionServer),
            Self::Jwt => Launch::quick(Program::JwtServer),
            Self::Oauth => Launch::quick(Program::OauthServer),
            Self::OauthJwt => Launch::quick(Program::OauthServer).flag("--issue", "jwt"),
        };
        launch.flag("--pages", "demo")
    }
}

/// A server of one's own, with its data. Dropping it ends it.
pub struct Own {
    /// Where its pages are.
    pub origin: String,
    port: u16,
    process: ServerProcess,
    folder: TempDir,
}

impl Own {
    /// Starts a server that nobody else uses.
    pub async fn start(launch: Launch) -> Result<Self> {
        Self::start_on(free_port()?, launch).await
    }

    /// The same on a port that others know already.
    pub async fn start_on(port: u16, launch: Launch) -> Result<Self> {
        let folder = TempDir::new()?;
        let process = Self::run(launch, port, &folder).await?;
        Ok(Self {
            origin: localhost(port),
            port,
            process,
            folder,
        })
    }

    /// Has another server take its place, with its address and its data.
    pub async fn replace(&mut self, launch: Launch) -> Result<()> {
        self.process.terminate().await?;
        self.process = Self::run(launch, self.port, &self.folder).await?;
        Ok(())
    }

    /// Runs authctl on its data.
    pub async fn authctl(&self, words: &[&str]) -> Result<()> {
        let launch = Launch::of(Program::Authctl).words(words.iter().copied());
        let launch = launch.flag("--data-dir", self.folder.path().display());
        let ended = launch.run().await?;
        ensure!(ended.status.success(), "{words:?}: {}", ended.output.tail());
        Ok(())
    }

    async fn run(launch: Launch, port: u16, folder: &TempDir) -> Result<ServerProcess> {
        let launch = launch
            .flag("--data-dir", folder.path().display())
            .flag("--bind", format!("127.0.0.1:{port}"));
        ServerProcess::start_on(launch, port).await
    }
}

/// The servers that all flows share, each started for the first flow that visits it.
pub struct Servers {
    /// What they are visited with.
    pub browsers: Browsers,
    together: OnceCell<Together>,
    oauth_jwt: OnceCell<Own>,
    runtime: Arc<Runtime>,
}

impl Servers {
    /// None runs yet.
    pub fn new() -> Result<Self> {
        Ok(Self {
            browsers: Browsers::default(),
            together: OnceCell::new(),
            oauth_jwt: OnceCell::new(),
            runtime: Arc::new(Runtime::new()?),
        })
    }

    /// What all flows run on.
    pub fn runtime(&self) -> Arc<Runtime> {
        Arc::clone(&self.runtime)
    }

    /// Where the pages of a server are.
    pub async fn origin(&self, site: Site) -> Result<String> {
        let place = match site {
            Site::Session => 0,
            Site::Jwt => 1,
            Site::Oauth => 2,
            Site::OauthJwt => {
                let start = || Own::start(site.launch());
                let own = self.oauth_jwt.get_or_try_init(start).await?;
                return Ok(own.origin.clone());
            }
        };
        let together = self.together.get_or_try_init(Together::start).await?;
        Ok(localhost(together.ports[place]))
    }
}

/// The server behind pages, as other programs see it.
pub fn target(origin: &str) -> Result<Target> {
    let base: Url = format!("{origin}/api/auth").parse()?;
    let mailbox = DevMailbox::of(&base).context("no mailbox")?;
    Ok(Target::new(origin, base, Arc::new(mailbox)))
}

/// Servers listen on 127.0.0.1 and call themselves localhost.
fn localhost(port: u16) -> String {
    format!("http://localhost:{port}")
}
