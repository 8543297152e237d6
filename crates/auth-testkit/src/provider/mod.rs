//! The providers that people come through, run by the suite itself, so that a case can
//! say what they do.

mod decision;

use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use auth_dev_provider::{Client, Config, Spawned, spawn};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use url::Url;
use url::form_urlencoded::Serializer;

pub use auth_dev_provider::Misbehaviour;
pub use decision::Decision;

/// The client that the servers under test are to the providers.
const CLIENT: &str = "contract";

/// How late a slow provider answers: later than any server waits.
const SLOW: Duration = Duration::from_secs(20);

/// A development provider under the name that the server knows it by. It dereferences to
/// the provider.
pub struct Provider {
    id: &'static str,
    secret: String,
    http: reqwest::Client,
    spawned: Spawned,
}

/// The providers of a target, in the order in which the server lists them.
#[derive(Debug)]
pub struct Providers {
    /// Where people come from who come by themselves. Its ID tokens hold all it knows.
    pub one: Provider,
    /// Another one. What it knows of people, its userinfo endpoint tells.
    pub two: Provider,
    /// One that may be out of order; for one case at a time.
    pub spare: Provider,
}

impl Providers {
    /// Starts them for servers with this public base URL.
    ///
    /// # Errors
    /// When one can't be started.
    pub fn start(public_base: &str) -> Result<Self> {
        Self::behind(public_base, |own| own)
    }

    /// The same, each reached by another address than its own.
    ///
    /// # Errors
    /// When one can't be started.
    pub fn behind(public_base: &str, front: impl Fn(Url) -> Url) -> Result<Self> {
        let start = |id, detailed| Provider::start(id, public_base, detailed, &front);
        Ok(Self {
            one: start("one", true)?,
            two: start("two", false)?,
            spare: start("spare", true)?,
        })
    }

    /// Every one, in order.
    pub fn all(&self) -> [&Provider; 3] {
        [&self.one, &self.two, &self.spare]
    }

    /// The value of `--provider` that sets them up; their secrets go to files in `folder`.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn setting(&self, folder: &Path) -> Result<String> {
        let settings = self.all().map(|provider| provider.setting(folder));
        let settings = settings.into_iter().collect::<Result<Vec<_>>>()?;
        Ok(settings.join(";"))
    }
}

impl Provider {
    fn start(
        id: &'static str,
        public_base: &str,
        claims_in_id_token: bool,
        front: impl Fn(Url) -> Url,
    ) -> Result<Self> {
        let base = public_base.trim_end_matches('/');
        let callback = format!("{base}/oauth/{id}/callback");
        let secret = format!("client-secret-{}", crate::account::unique());
        let spawned = spawn(|own| Config {
            clients: vec![Client::confidential(CLIENT, secret.clone(), [callback])],
            claims_in_id_token,
            slow_answer: SLOW,
            ..Config::new(front(own))
        })?;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only([])
            .build()?;
        Ok(Self {
            id,
            secret,
            http,
            spawned,
        })
    }

    /// Its name in the server's URLs.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Its name for people.
    pub fn name(&self) -> String {
        format!("Provider {}", self.id)
    }

    /// What the server proves itself with.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    fn setting(&self, folder: &Path) -> Result<String> {
        let file = folder.join(format!("{}.secret", self.id));
        std::fs::write(&file, &self.secret)?;
        // One of them is trusted for it.
        let trust = match self.id == "two" {
            true => ",trust_factor=mfa",
            false => "",
        };
        Ok(format!(
            "oidc,id={},name={},issuer={},client_id={CLIENT},client_secret_file={}{trust}",
            self.id,
            self.name(),
            self.issuer(),
            file.display()
        ))
    }

    /// Decides at the provider's page, where the server sent the browser: gives where the
    /// provider sends it back to.
    ///
    /// # Errors
    /// When the address is not this provider's, or it does not take the decision.
    pub async fn decide(&self, address: &str, decision: &Decision) -> Result<Url> {
        let mut page: Url = address.parse()?;
        let expected = format!("{}/authorize", self.issuer());
        let form = Serializer::new(String::new())
            .extend_pairs(page.query_pairs())
            .extend_pairs(decision.fields())
            .finish();
        page.set_query(None);
        ensure!(page.as_str() == expected, "{page} is not {expected}");
        let call = self.http.post(page).body(form);
        let form_type = "application/x-www-form-urlencoded";
        let answer = call.header(CONTENT_TYPE, form_type).send().await?;
        let location = answer.headers().get(LOCATION);
        let location = location.with_context(|| format!("{answer:?} leads nowhere"))?;
        Ok(location.to_str()?.parse()?)
    }
}

impl Deref for Provider {
    type Target = Spawned;

    fn deref(&self) -> &Spawned {
        &self.spawned
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({} at {})", self.id, self.issuer())
    }
}
