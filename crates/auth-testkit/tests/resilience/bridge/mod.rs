//! Changing over from sessions to tokens and back: one server of each kind on the same stores,
//! each of which honours the credentials of the other.

mod changing_over;
mod misplaced;

use std::time::Duration;

use anyhow::{Result, ensure};
use auth_testkit::process::{Launch, Program, ServerProcess};
use auth_testkit::target::Account;
use auth_testkit::{Client, Credential, Reply};
use serde_json::{Value, json};

use crate::deployment::Deployment;

const PUBLIC_URL: &str = "http://localhost:4000";

/// How long the old credential still gives its successor.
const WINDOW: Duration = Duration::from_secs(1);

/// Both servers, and a client of the one with tokens that has nothing to present.
struct Both {
    session: ServerProcess,
    jwt: ServerProcess,
    bearer: Client,
}

/// Which kind somebody has, and is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    ToTokens,
    ToSession,
}

const WAYS: [Way; 2] = [Way::ToTokens, Way::ToSession];

fn launch(on: &Deployment, program: Program) -> Launch {
    let launch = on.launch_as(program).flag("--public-url", PUBLIC_URL);
    launch.flag("--refresh-reuse-window", "1s")
}

fn session(on: &Deployment) -> Launch {
    launch(on, Program::SessionServer).flag("--bridge", "jwt")
}

fn jwt(on: &Deployment) -> Launch {
    launch(on, Program::JwtServer).flag("--bridge", "session")
}

impl Both {
    async fn start(session: Launch, jwt: Launch) -> Result<Self> {
        let (session, jwt) =
            tokio::try_join!(ServerProcess::start(session), ServerProcess::start(jwt))?;
        Ok(Self {
            bearer: jwt.client().await?,
            session,
            jwt,
        })
    }

    async fn on(on: &Deployment) -> Result<Self> {
        Self::start(session(on), jwt(on)).await
    }

    /// Somebody who signed in at the server that is to be left.
    async fn signed_up(&self, on: &Deployment, way: Way) -> Result<Account> {
        let mut target = on.target(self.left(way));
        target.base_url = self.left(way).url()?;
        target.signed_up("ada").await
    }

    fn left(&self, way: Way) -> &ServerProcess {
        match way {
            Way::ToTokens => &self.session,
            Way::ToSession => &self.jwt,
        }
    }

    fn kept(&self, way: Way) -> &ServerProcess {
        match way {
            Way::ToTokens => &self.jwt,
            Way::ToSession => &self.session,
        }
    }

    /// Whoever presents all of a credential, as a page does, to a server.
    fn page(&self, credential: Credential, at: &ServerProcess) -> Result<Client> {
        Ok(self.bearer.holding(credential).at(&at.url()?))
    }

    /// A page that has changed over, with what it keeps then.
    fn settled(&self, page: &Client, way: Way) -> Result<Client> {
        let kept = match way {
            Way::ToTokens => page.credential(),
            Way::ToSession => without_tokens(page),
        };
        self.page(kept, self.kept(way))
    }
}

/// Asks for the credential of the server's own kind, as a client does that can keep both.
async fn change_over(page: &Client, way: Way) -> Result<Reply> {
    let mut body = match way {
        Way::ToTokens => json!({ "transport": "bearer" }),
        Way::ToSession => json!({ "transport": "cookie" }),
    };
    if let Some(token) = page.credential().refresh {
        body["refresh_token"] = token.into();
    }
    page.post("/refresh", &body).await
}

/// What a page keeps that has got a cookie.
fn without_tokens(page: &Client) -> Credential {
    Credential {
        access: None,
        refresh: None,
        ..page.credential()
    }
}

/// What the server would rather have the client keep.
fn invitation(answer: &Reply) -> Option<String> {
    answer.header("auth-bridge").map(str::to_owned)
}

/// The only session there is, as it is shown.
async fn session_of(page: &Client) -> Result<Value> {
    let sessions = page.sessions().await?.ok()?;
    let list = sessions.json()["sessions"].as_array().cloned();
    let list = list.unwrap_or_default();
    ensure!(list.len() == 1, "{sessions}");
    Ok(list[0].clone())
}

fn transport(way: Way) -> &'static str {
    match way {
        Way::ToTokens => "bearer",
        Way::ToSession => "cookie",
    }
}
