//! Changing over from sessions to tokens and back: one server of each kind on the same stores,
//! each of which honours the credentials of the other.

use std::time::Duration;

use anyhow::{Result, ensure};
use auth_testkit::account::{Person, new_password};
use auth_testkit::mailbox::Inbox;
use auth_testkit::process::{Launch, Program, ServerProcess};
use auth_testkit::target::Account;
use auth_testkit::{Client, Credential, Reply};
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::sleep;

use crate::deployment::{Deployment, eventually};
use crate::on;

on! {
    whoever_can_keep_another_credential_gets_one_in_the_same_session:
        session_on_sqlite, session_on_services;
    whoever_can_not_goes_on_as_before: session_on_sqlite, session_on_services;
    a_lost_answer_is_given_again_by_either_server: session_on_sqlite, session_on_services;
    a_stolen_credential_ends_the_session_when_it_comes_too_late: session_on_sqlite;
    what_is_ended_is_ended_for_both_kinds: session_on_sqlite, session_on_services;
    a_retry_that_asks_for_more_gets_what_was_handed_out: session_on_sqlite, session_on_services;
    who_confirms_by_a_cookie_keeps_a_cookie: session_on_sqlite;
    nobody_elses_refresh_token_outlives_a_sign_in: session_on_sqlite;
    an_access_token_is_no_refresh_token: session_on_sqlite, session_on_services;
    a_token_in_a_cookie_stays_there: session_on_sqlite;
    a_dead_cookie_does_not_stand_in_the_way_of_a_token: session_on_sqlite;
    a_percentage_and_an_end_are_kept_to: session_on_sqlite;
    a_cookie_that_is_still_honoured_speaks_for_no_other_site: session_on_sqlite;
    a_credential_is_taken_in_its_own_place_only: session_on_sqlite;
    a_killed_server_loses_nobody_on_the_way: session_on_sqlite, session_on_services;
    a_bridge_that_leads_nowhere_is_refused: session_on_sqlite;
}

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
}

impl Both {
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

async fn whoever_can_keep_another_credential_gets_one_in_the_same_session(
    on: Deployment,
) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        let account = both.signed_up(&on, way).await?;
        let old = account.client.credential();
        let page = both.page(old.clone(), both.kept(way))?;
        for _ in 0..2 {
            let profile = page.profile().await?.ok()?;
            ensure!(invitation(&profile).as_deref() == Some(transport(way)));
        }
        let before = session_of(&page).await?;
        let grant = change_over(&page, way).await?.ok()?;
        ensure!(grant.json()["access_token"].is_string() == (way == Way::ToTokens));
        ensure!(grant.string("/session/id")? == account.session);
        // What the new one replaces is taken from the browser.
        let cookies = page.credential().cookies;
        ensure!(cookies.is_empty() == (way == Way::ToTokens), "{cookies:?}");
        let page = both.settled(&page, way)?;
        for server in [both.kept(way), both.left(way)] {
            let page = page.at(&server.url()?);
            let profile = page.profile().await?.ok()?;
            // Each server would rather have its own kind.
            let own = server.url()? == both.kept(way).url()?;
            ensure!(invitation(&profile).is_none() == own, "{profile}");
        }
        let after = session_of(&page).await?;
        for same in ["id", "created_at", "ip", "user_agent"] {
            ensure!(before[same] == after[same], "{before} {after}");
        }
        if way == Way::ToTokens {
            let left = both.page(old, both.kept(way))?.profile().await?;
            left.unauthenticated()?;
        }
    }
    Ok(())
}

async fn whoever_can_not_goes_on_as_before(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        let account = both.signed_up(&on, way).await?;
        let page = both.page(account.client.credential(), both.kept(way))?;
        page.profile().await?.ok()?;
        let grant = page.refresh().await?.ok()?;
        let has_token = grant.json()["access_token"].is_string();
        ensure!(has_token == (way == Way::ToSession), "{grant}");
        ensure!(grant.string("/session/id")? == account.session);
        let (old, new) = (&account.person.password, new_password());
        let changed = page.change_password(old, &new).await?.ok()?;
        let has_token = changed.json()["access_token"].is_string();
        ensure!(has_token == (way == Way::ToSession), "{changed}");
        page.at(&both.left(way).url()?).profile().await?.ok()?;
        page.refresh().await?.ok()?;
        page.logout().await?.ok()?;
        page.copy().profile().await?.unauthenticated()?;
    }
    Ok(())
}

async fn a_lost_answer_is_given_again_by_either_server(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        let account = both.signed_up(&on, way).await?;
        let page = both.page(account.client.credential(), both.kept(way))?;
        let tabs = [page.copy(), page.copy(), page.copy()];
        let asked = tabs.iter().map(|tab| change_over(tab, way));
        for answer in futures_util::future::join_all(asked).await {
            answer?.ok()?;
        }
        // The old server knows what the old credential was exchanged for.
        let again = page.copy().at(&both.left(way).url()?);
        change_over(&again, way).await?.ok()?;
        for tab in tabs.iter().chain([&again]) {
            tab.profile().await?.ok()?;
        }
        let secrets = |client: &Client| {
            let credential = client.credential();
            let kept = credential.cookies.iter().map(|cookie| cookie.value.clone());
            kept.chain(credential.refresh).collect::<Vec<_>>()
        };
        ensure!(tabs.iter().all(|tab| secrets(tab) == secrets(&again)));
    }
    Ok(())
}

async fn a_stolen_credential_ends_the_session_when_it_comes_too_late(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        let account = both.signed_up(&on, way).await?;
        let page = both.page(account.client.credential(), both.kept(way))?;
        let thief = page.copy();
        change_over(&page, way).await?.ok()?;
        let page = both.settled(&page, way)?;
        page.refresh().await?.ok()?;
        page.profile().await?.ok()?;
        sleep(WINDOW).await;
        change_over(&thief, way).await?.unauthenticated()?;
        page.profile().await?.unauthenticated()?;
    }
    Ok(())
}

async fn what_is_ended_is_ended_for_both_kinds(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        for changed in [false, true] {
            for at in [both.left(way), both.kept(way)] {
                let account = both.signed_up(&on, way).await?;
                let page = both.page(account.client.credential(), both.kept(way))?;
                let old = page.copy();
                page.profile().await?.ok()?;
                if changed {
                    change_over(&page, way).await?.ok()?;
                    page.profile().await?.ok()?;
                }
                page.copy().at(&at.url()?).logout().await?.ok()?;
                for client in [&page, &old] {
                    for server in [both.left(way), both.kept(way)] {
                        let client = client.copy().at(&server.url()?);
                        client.profile().await?.unauthenticated()?;
                        change_over(&client, way).await?.unauthenticated()?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// The first answer was lost, or another tab had it.
async fn a_retry_that_asks_for_more_gets_what_was_handed_out(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        for asked_at in [both.left(way), both.kept(way)] {
            let account = both.signed_up(&on, way).await?;
            let page = both.page(account.client.credential(), both.kept(way))?;
            let tab = page.copy().at(&asked_at.url()?);
            tab.refresh().await?.ok()?;
            let again = change_over(&page, way).await?.ok()?;
            let has_token = again.json()["access_token"].is_string();
            ensure!(has_token == (way == Way::ToSession), "{again}");
            // Both have the same, which goes on.
            for client in [&tab, &page] {
                client.profile().await?.ok()?;
            }
            change_over(&page, way).await?.ok()?;
            let page = both.settled(&page, way)?;
            page.profile().await?.ok()?;
            page.refresh().await?.ok()?;
            page.profile().await?.ok()?;
        }
    }
    Ok(())
}

async fn who_confirms_by_a_cookie_keeps_a_cookie(on: Deployment) -> Result<()> {
    let optional = |launch: Launch| launch.flag("--verification", "optional");
    let both = Both::start(optional(session(&on)), optional(jwt(&on))).await?;
    let (target, person) = (on.target(&both.session), Person::new("ada"));
    let mut inbox = Inbox::open(&*target.mailbox, &person.email).await?;
    let client = both.session.client().await?;
    client.register(&person).await?;
    client
        .login(&person.username, &person.password)
        .await?
        .ok()?;
    let token = inbox.token().await?;
    let page = both.page(client.credential(), &both.jwt)?;
    let grant = page.verify(&token).await?.ok()?;
    ensure!(grant.json()["access_token"].is_null(), "{grant}");
    page.profile().await?.ok()?;
    Ok(())
}

async fn nobody_elses_refresh_token_outlives_a_sign_in(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    let ada = both.signed_up(&on, Way::ToSession).await?;
    let bob = both.signed_up(&on, Way::ToSession).await?;
    let page = both.page(ada.client.credential(), &both.jwt)?;
    let kept = json!({ "refresh_token": page.credential().refresh, "refresh": "cookie" });
    page.post("/refresh", &kept).await?.ok()?;
    // Her page is gone, his begins.
    let page = both.page(without_tokens(&page), &both.session)?;
    ensure!(page.credential().cookies.len() == 1, "no refresh cookie");
    let login = page
        .login(&bob.person.username, &bob.person.password)
        .await?;
    login.ok()?;
    let names: Vec<_> = page
        .credential()
        .cookies
        .iter()
        .map(|one| one.name.clone())
        .collect();
    ensure!(names == ["session-4000"], "{names:?}");
    page.logout().await?.ok()?;
    change_over(&page, Way::ToSession)
        .await?
        .unauthenticated()?;
    Ok(())
}

async fn an_access_token_is_no_refresh_token(on: Deployment) -> Result<()> {
    let opaque = launch(&on, Program::SessionServer).flag("--transport", "bearer");
    let tokens = launch(&on, Program::JwtServer).flag("--bridge", "session-bearer");
    let both = Both::start(opaque, tokens).await?;
    let account = both.signed_up(&on, Way::ToTokens).await?;
    let page = both.page(account.client.credential(), &both.jwt)?;
    let access = page.credential().access.unwrap();
    let stolen = json!({ "refresh_token": access });
    let thief = page.copy();
    thief.post("/refresh", &stolen).await?.unauthenticated()?;
    page.refresh().await?.ok()?;
    for _ in 0..2 {
        thief.post("/refresh", &stolen).await?.unauthenticated()?;
        page.profile().await?.ok()?;
        sleep(WINDOW).await;
    }
    Ok(())
}

async fn a_token_in_a_cookie_stays_there(on: Deployment) -> Result<()> {
    for percent in ["0", "100"] {
        let by_cookie = launch(&on, Program::JwtServer).flag("--transport", "cookie");
        let bridge = launch(&on, Program::JwtServer).flag("--bridge", "jwt-cookie");
        let bridge = bridge.flag("--bridge-percent", percent);
        let both = Both::start(by_cookie, bridge).await?;
        let account = both.signed_up(&on, Way::ToTokens).await?;
        let page = both.page(account.client.credential(), &both.jwt)?;
        page.profile().await?.ok()?;
        let grant = page.refresh().await?.ok()?;
        ensure!(grant.json()["access_token"].is_null(), "{grant}");
        page.profile().await?.ok()?;
        let grant = change_over(&page, Way::ToTokens).await?.ok()?;
        let changed = grant.json()["access_token"].is_string();
        ensure!(changed == (percent == "100"), "{grant}");
        page.profile().await?.ok()?;
    }
    Ok(())
}

async fn a_dead_cookie_does_not_stand_in_the_way_of_a_token(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    let ada = both.signed_up(&on, Way::ToTokens).await?;
    let dead = ada.client.credential();
    ada.client.copy().logout().await?.ok()?;
    let bob = both.signed_up(&on, Way::ToSession).await?;
    let page = both.page(
        Credential {
            cookies: dead.cookies,
            ..bob.client.credential()
        },
        &both.session,
    )?;
    let profile = page.profile().await?.ok()?;
    ensure!(
        profile.string("/username")? == bob.person.username,
        "{profile}"
    );
    Ok(())
}

async fn a_percentage_and_an_end_are_kept_to(on: Deployment) -> Result<()> {
    let nobody = jwt(&on).flag("--bridge-percent", "0");
    let both = Both::start(session(&on), nobody).await?;
    let account = both.signed_up(&on, Way::ToTokens).await?;
    let page = both.page(account.client.credential(), &both.jwt)?;
    ensure!(invitation(&page.profile().await?.ok()?).is_none());
    let grant = change_over(&page, Way::ToTokens).await?.ok()?;
    ensure!(grant.json()["access_token"].is_null(), "{grant}");
    let strategy = both.bearer.get("/strategy").await?.ok()?;
    let bridge = json!({ "accepts": ["session"], "percent": 0 });
    ensure!(strategy.json()["bridge"] == bridge, "{strategy}");

    let soon = OffsetDateTime::now_utc() + Duration::from_secs(2);
    let until = jwt(&on).flag("--bridge-until", soon.format(&Rfc3339)?);
    let both = Both::start(session(&on), until).await?;
    let page = both.page(page.credential(), &both.jwt)?;
    page.profile().await?.ok()?;
    // Also what is kept is not believed for longer.
    eventually("the end of the bridge", async || {
        page.profile().await.unwrap().status == 401
    })
    .await;
    change_over(&page, Way::ToTokens).await?.unauthenticated()?;
    page.at(&both.session.url()?).profile().await?.ok()?;
    Ok(())
}

async fn a_cookie_that_is_still_honoured_speaks_for_no_other_site(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    let account = both.signed_up(&on, Way::ToTokens).await?;
    let page = both.page(account.client.credential(), &both.jwt)?;
    for (method, path) in [
        (Method::POST, "/logout"),
        (Method::POST, "/refresh"),
        (Method::DELETE, "/sessions"),
    ] {
        let call = page
            .call(method, path)
            .header("origin", "https://evil.example");
        let call = call.header("sec-fetch-site", "cross-site");
        ensure!(call.send().await?.status == 403, "{path}");
    }
    page.profile().await?.ok()?;
    Ok(())
}

async fn a_credential_is_taken_in_its_own_place_only(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    let account = both.signed_up(&on, Way::ToTokens).await?;
    let cookie = account.client.credential().cookies[0].value.clone();
    let secret = cookie
        .split_once("%3D")
        .map_or(&*cookie, |(_, secret)| secret);
    let page = both.page(account.client.credential(), &both.jwt)?;
    page.profile().await?.ok()?;
    let stolen = Credential {
        access: Some(secret.to_owned()),
        refresh: Some(secret.to_owned()),
        ..Credential::default()
    };
    for server in [&both.session, &both.jwt] {
        let thief = both.page(stolen.clone(), server)?;
        thief.profile().await?.unauthenticated()?;
        thief.refresh().await?.unauthenticated()?;
    }
    page.profile().await?.ok()?;
    Ok(())
}

async fn a_killed_server_loses_nobody_on_the_way(on: Deployment) -> Result<()> {
    let mut both = Both::on(&on).await?;
    for way in WAYS {
        let mut pages = vec![];
        for _ in 0..6 {
            let account = both.signed_up(&on, way).await?;
            pages.push(both.page(account.client.credential(), both.kept(way))?);
        }
        for (n, page) in pages.iter().enumerate() {
            let lost = page.copy();
            let asked = tokio::spawn(async move { change_over(&lost, way).await.is_ok() });
            sleep(Duration::from_millis(n as u64)).await;
            let server = match way {
                Way::ToTokens => &mut both.jwt,
                Way::ToSession => &mut both.session,
            };
            server.kill();
            let _ = asked.await?;
            server.restart().await?;
            change_over(page, way).await?.ok()?;
            page.profile().await?.ok()?;
        }
    }
    Ok(())
}

async fn a_bridge_that_leads_nowhere_is_refused(on: Deployment) -> Result<()> {
    for (program, flag, value, told) in [
        (
            Program::SessionServer,
            "--bridge",
            "session",
            "--bridge session names",
        ),
        (
            Program::JwtServer,
            "--bridge",
            "session,session",
            "--bridge session names",
        ),
        (
            Program::JwtServer,
            "--bridge",
            "cookies",
            "invalid value 'cookies'",
        ),
        (
            Program::JwtServer,
            "--bridge-percent",
            "101",
            "101 is not in",
        ),
        (
            Program::JwtServer,
            "--bridge-until",
            "tomorrow",
            "it wants a time",
        ),
    ] {
        let ended = launch(&on, program).flag(flag, value).run().await?;
        let output = ended.output.tail();
        ensure!(!ended.status.success() && output.contains(told), "{output}");
    }
    Ok(())
}
