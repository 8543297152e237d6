//! Authenticator apps, and people who have one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::sleep;
use totp_rs::{Builder, Secret};

use crate::client::{Client, Reply};
use crate::target::{Account, Target};

/// The length of a step (RFC 6238, 4).
const STEP: u64 = 30;

/// So close to the end of a step no code is made: it may be another step when it arrives.
const MARGIN: u64 = 4;

/// How long it takes to sign up and add an app, with time to spare.
const BEFOREHAND: u64 = 10;

/// An authenticator app that was given a seed.
#[derive(Debug)]
pub struct App {
    secret: String,
    /// The step of the last code.
    last: AtomicU64,
}

/// What somebody has who has added an app.
#[derive(Debug)]
pub struct Added {
    /// The app.
    pub app: App,
    /// The id of the factor.
    pub id: String,
    /// The recovery codes, where there were none.
    pub recovery_codes: Vec<String>,
}

impl App {
    /// One with this seed, in base 32.
    pub fn new(secret: &str) -> Self {
        Self {
            secret: secret.to_owned(),
            last: AtomicU64::new(0),
        }
    }

    /// A code that works and was not used: of one step before, of this one, or of the next. When
    /// all three are used, it waits for the step after.
    ///
    /// # Errors
    /// When the seed is none.
    pub async fn code(&self) -> Result<String> {
        loop {
            let now = seconds();
            if now % STEP >= STEP - MARGIN {
                sleep(Duration::from_secs(STEP - now % STEP)).await;
                continue;
            }
            let next = (now / STEP - 1).max(self.last.load(Ordering::Relaxed) + 1);
            if next <= now / STEP + 1 {
                self.last.store(next, Ordering::Relaxed);
                return self.at(next);
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// The code so many steps from now; the present step lasts a while.
    ///
    /// # Errors
    /// When the seed is none.
    pub async fn code_in(&self, steps: i64) -> Result<String> {
        while seconds() % STEP >= STEP - MARGIN {
            sleep(Duration::from_secs(1)).await;
        }
        let step = (seconds() / STEP).checked_add_signed(steps);
        self.at(step.context("no such step")?)
    }

    /// A code that works neither now nor around now.
    ///
    /// # Errors
    /// When the seed is none.
    pub async fn wrong_code(&self) -> Result<String> {
        let mut right = vec![];
        for steps in -2..=2 {
            right.push(self.code_in(steps).await?);
        }
        let mut all = (0..).map(|n| format!("{n:06}"));
        all.find(|code| !right.contains(code)).context("no code")
    }

    fn at(&self, step: u64) -> Result<String> {
        let secret = Secret::try_from_base32(&self.secret);
        let secret = secret.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let totp = Builder::new().with_secret(secret).build_noncompliant();
        Ok(totp.generate(step * STEP).to_string())
    }
}

fn seconds() -> u64 {
    u64::try_from(OffsetDateTime::now_utc().unix_timestamp()).unwrap_or_default()
}

impl Target {
    /// A new person with an account, on a device that has added an app.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn with_app(&self, name: &str) -> Result<(Account, Added)> {
        // Where things end soon there is no time to wait for a step in between.
        while seconds() % STEP >= STEP - BEFOREHAND {
            sleep(Duration::from_secs(1)).await;
        }
        let account = self.signed_up(name).await?;
        let added = add_app(&account.client, Some(&account.person.password)).await?;
        Ok((account, added))
    }

    /// A sign-in of somebody with the password that waits for a second step, on a new device.
    ///
    /// # Errors
    /// When it does not wait.
    pub async fn half_signed_in(&self, account: &Account) -> Result<(Client, Waiting)> {
        let client = self.client().await?;
        let person = &account.person;
        let reply = client.login(&person.username, &person.password).await?;
        Ok((client, Waiting::of(&reply.ok()?)?))
    }
}

/// Adds an authenticator app.
///
/// # Errors
/// When it is refused.
pub async fn add_app(client: &Client, password: Option<&str>) -> Result<Added> {
    let body = password.map_or_else(|| json!({}), |it| json!({ "current_password": it }));
    let new = client.post("/factors/totp", &body).await?.ok()?;
    let app = App::new(&new.string("/secret")?);
    let confirm = json!({ "id": new.string("/id")?, "code": app.code().await? });
    let added = client
        .post("/factors/totp/confirm", &confirm)
        .await?
        .is(201)?;
    Ok(Added {
        app,
        id: added.string("/factor/id")?,
        recovery_codes: texts(&added.json()["recovery_codes"]),
    })
}

/// The texts of a list.
pub fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A sign-in that waits for one more step.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its handle.
    pub id: String,
    /// What ends it.
    pub methods: Vec<String>,
}

impl Waiting {
    /// That of an answer, which has to hold nothing else.
    ///
    /// # Errors
    /// When it is another answer.
    pub fn of(reply: &Reply) -> Result<Self> {
        let fields = reply.json().as_object().map(serde_json::Map::len);
        ensure!(
            fields == Some(1),
            "{reply} is more than something that waits"
        );
        let seconds = reply.json()["pending"]["expires_in"].as_u64();
        ensure!(seconds.is_some_and(|it| it > 0), "{reply}");
        Ok(Self {
            id: reply.string("/pending/id")?,
            methods: texts(&reply.json()["pending"]["methods"]),
        })
    }

    /// The body that ends it by a code.
    pub fn by(&self, method: &str, code: &str) -> Value {
        json!({ "pending": self.id, "method": method, "code": code })
    }

    /// Ends it by a code.
    ///
    /// # Errors
    /// When no valid answer comes.
    pub async fn end(&self, client: &Client, method: &str, code: &str) -> Result<Reply> {
        client.post("/login/factor", &self.by(method, code)).await
    }
}
