//! People who sign in through the built-in provider, all at once.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use reqwest::header::LOCATION;
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::median;
use crate::server::{Kind, OAUTH_JWT, OAUTH_SESSION, Running, Stores};

/// How many people, and how often.
#[derive(clap::Args)]
pub struct Arrivals {
    /// People who sign in at once, each with a browser of their own.
    #[arg(long, default_value_t = 200)]
    people: usize,
    /// Rounds, each with new people; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// What came of a crowd's arrival.
struct Outcome {
    rate: f64,
    errors: Vec<anyhow::Error>,
}

impl Arrivals {
    /// Measures both strategies and prints Markdown.
    pub fn measure(&self) -> anyhow::Result<()> {
        println!(
            "| {} people sign in at once | sign-ins/s | errors |\n|---|---|---|",
            self.people
        );
        for kind in [OAUTH_SESSION, OAUTH_JWT] {
            Runtime::new()?.block_on(self.measure_one(kind))?;
        }
        Ok(())
    }

    async fn measure_one(&self, kind: Kind) -> anyhow::Result<()> {
        let start = move || Running::start_empty(kind, &Stores::Embedded);
        let server = tokio::task::spawn_blocking(start).await??;
        let (mut first, mut again) = (vec![], vec![]);
        for round in 0..self.rounds {
            let names = (0..self.people).map(|n| format!("person-{round}-{n}"));
            let names: Vec<_> = names.collect();
            first.push(crowd(server.api(), &names).await?);
            again.push(crowd(server.api(), &names).await?);
        }
        print(&server.name, "for the first time", &first);
        print(&server.name, "again", &again);
        Ok(())
    }
}

fn print(server: &str, when: &str, outcomes: &[Outcome]) {
    let rate = median(outcomes.iter().map(|outcome| outcome.rate));
    let errors: Vec<_> = outcomes.iter().flat_map(|one| &one.errors).collect();
    println!("| {server}, {when} | {rate:.0} | {} |", errors.len());
    if let Some(error) = errors.first() {
        eprintln!("for example: {error:#}");
    }
}

/// Everybody signs in at once; then everybody looks whose account it is.
async fn crowd(api: &str, names: &[String]) -> anyhow::Result<Outcome> {
    let mut arrivals = JoinSet::new();
    let browsers = names.iter().map(|name| Browser::new(api, name));
    let browsers = browsers.collect::<anyhow::Result<Vec<_>>>()?;
    let started = Instant::now();
    for browser in browsers {
        arrivals.spawn(browser.arrive());
    }
    let arrived = arrivals.join_all().await;
    let rate = per_second(names.len(), started.elapsed());
    let mut errors = vec![];
    for arrival in arrived {
        let looked = match arrival {
            Ok(signed_in) => signed_in.is_the_right_one().await,
            Err(error) => Err(error),
        };
        errors.extend(looked.err());
    }
    Ok(Outcome { rate, errors })
}

/// Counts fit a float exactly up to 2^53.
#[allow(clippy::cast_precision_loss)]
fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// A browser with nothing in it yet, and the person in front of it.
struct Browser {
    http: Client,
    api: String,
    name: String,
}

/// A browser that is signed in, by its cookie or by a token.
struct SignedIn {
    browser: Browser,
    token: Option<String>,
}

impl Browser {
    fn new(api: &str, name: &str) -> anyhow::Result<Self> {
        let http = Client::builder().cookie_store(true).no_proxy();
        Ok(Self {
            http: http.redirect(reqwest::redirect::Policy::none()).build()?,
            api: api.to_owned(),
            name: name.to_owned(),
        })
    }

    /// To the provider, to its page, back, and on to the credential.
    async fn arrive(self) -> anyhow::Result<SignedIn> {
        let start = format!("{}/oauth/dev/start?return_to=/", self.api);
        let page = next(&self.http.get(start).send().await?)?;
        let callback = self.decide(page).await?;
        let landing = next(&self.http.get(callback).send().await?)?;
        let token = match landing.fragment() {
            Some(fragment) => Some(self.exchange(fragment).await?),
            None => None,
        };
        Ok(SignedIn {
            browser: self,
            token,
        })
    }

    /// Where the provider sends the browser when the person has decided at its page.
    async fn decide(&self, page: Url) -> anyhow::Result<Url> {
        let email = self.email();
        let mut form = page.clone();
        form.query_pairs_mut()
            .append_pair("subject", &self.name)
            .append_pair("email", &email)
            .append_pair("email_verified", "true")
            .append_pair("given_name", "Ada")
            .append_pair("family_name", "Lovelace");
        let body = form.query().unwrap_or_default().to_owned();
        form.set_query(None);
        let call = self.http.post(form).body(body);
        let form_type = "application/x-www-form-urlencoded";
        next(&call.header("content-type", form_type).send().await?)
    }

    /// The access token for the code of the hand-over.
    async fn exchange(&self, fragment: &str) -> anyhow::Result<String> {
        let code = fragment.strip_prefix("code=");
        let code = code.with_context(|| format!("the sign-in ended with {fragment}"))?;
        let call = self.http.post(format!("{}/oauth/exchange", self.api));
        let answer = call.json(&json!({ "code": code })).send().await?;
        let grant: Value = answer.error_for_status()?.json().await?;
        let token = grant["access_token"].as_str().map(str::to_owned);
        token.context("the grant has no access token")
    }

    fn email(&self) -> String {
        format!("{}@example.org", self.name)
    }
}

impl SignedIn {
    /// Whether the account is that of the person.
    async fn is_the_right_one(&self) -> anyhow::Result<()> {
        let browser = &self.browser;
        let mut call = browser.http.get(format!("{}/profile", browser.api));
        if let Some(token) = &self.token {
            call = call.bearer_auth(token);
        }
        let profile: Value = call.send().await?.error_for_status()?.json().await?;
        let (email, own) = (&profile["email"], browser.email());
        ensure!(*email == own, "{own} is signed in as {email}");
        Ok(())
    }
}

fn next(answer: &Response) -> anyhow::Result<Url> {
    let (status, from) = (answer.status(), answer.url());
    ensure!(
        status == StatusCode::SEE_OTHER,
        "{} answered {status}",
        from.path()
    );
    let location = answer.headers().get(LOCATION);
    let location = location.context("a redirect without a Location")?;
    Ok(from.join(location.to_str()?)?)
}
