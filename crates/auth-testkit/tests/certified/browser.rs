//! A browser, and the person in front of it.

use anyhow::{Context as _, Result, bail};
use auth_testkit::{Client, Reply};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::provider::ID;

/// Requests at the provider that no sign-in needs.
const TOO_MANY: usize = 20;

/// What the provider asks a person for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Who they are.
    Login,
    /// Whether the server may know.
    Consent,
}

/// A person at the provider.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    login: &'a str,
    denies: Option<Page>,
}

/// A person who logs in under this name and consents.
pub const fn person(login: &str) -> Person<'_> {
    let denies = None;
    Person { login, denies }
}

impl Person<'_> {
    /// The same, who leaves at this page.
    pub const fn who_denies(self, page: Page) -> Self {
        let denies = Some(page);
        Self { denies, ..self }
    }
}

/// What came of going to the provider.
pub struct Visit {
    /// What it asked for, in order.
    pub pages: Vec<Page>,
    /// Where it sends the browser back to.
    pub back: Url,
}

impl Visit {
    /// The state, and the code if there is one.
    pub fn secrets(&self) -> Vec<String> {
        let pairs = self.back.query_pairs();
        let secrets = pairs.filter(|(name, _)| matches!(&**name, "state" | "code"));
        secrets.map(|(_, value)| value.into_owned()).collect()
    }
}

/// A browser. It keeps the cookies of the server and those of the provider.
pub struct Browser {
    /// At the server.
    pub client: Client,
    provider: reqwest::Client,
}

impl Browser {
    /// One that has been nowhere yet.
    pub fn new(client: Client) -> Result<Self> {
        let provider = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .no_proxy()
            .tls_certs_only([]);
        Ok(Self {
            client,
            provider: provider.build()?,
        })
    }

    /// Goes to the provider from the server's start, with a query such as `?prompt=login`.
    pub async fn visit(&self, query: &str, person: Person<'_>) -> Result<Visit> {
        let start = self.client.start(ID, query).await?;
        self.follow(start.location()?, person).await
    }

    /// Goes to the provider and comes back.
    pub async fn through(&self, person: Person<'_>) -> Result<Reply> {
        let visit = self.visit("", person).await?;
        self.client.come_back(&visit.back).await
    }

    /// Signs in, and tells what the provider asked for.
    pub async fn sign_in(&self, person: Person<'_>) -> Result<Vec<Page>> {
        self.sign_in_by("", person).await
    }

    /// The same from a start with a query.
    pub async fn sign_in_by(&self, query: &str, person: Person<'_>) -> Result<Vec<Page>> {
        let visit = self.visit(query, person).await?;
        let callback = self.client.come_back(&visit.back).await?;
        self.client.land(&callback).await?;
        Ok(visit.pages)
    }

    /// The account that it is signed in to.
    pub async fn account(&self) -> Result<String> {
        self.client.profile().await?.ok()?.string("/id")
    }

    /// Does what the provider wants, until it sends the browser somewhere else.
    pub async fn follow(&self, address: &str, person: Person<'_>) -> Result<Visit> {
        let mut at: Url = address.parse()?;
        let provider = at.origin();
        let mut pages = vec![];
        for _ in 0..TOO_MANY {
            at = match self.open(&at).await? {
                Opened::Redirect(next) => next,
                Opened::Page(page) => {
                    pages.push(page);
                    self.answer(&at, page, person).await?
                }
            };
            if at.origin() != provider {
                return Ok(Visit { pages, back: at });
            }
        }
        bail!("the provider asks for ever: {pages:?}")
    }

    async fn open(&self, url: &Url) -> Result<Opened> {
        let answer = self.provider.get(url.clone()).send().await?;
        match redirect(url, &answer)? {
            Some(next) => Ok(Opened::Redirect(next)),
            None => Ok(Opened::Page(Page::read(&answer.text().await?)?)),
        }
    }

    /// Where the person's answer to a page leads to.
    async fn answer(&self, url: &Url, page: Page, person: Person<'_>) -> Result<Url> {
        let sent = match person.denies == Some(page) {
            true => self.provider.get(format!("{url}/abort")),
            false => {
                let mut form = Serializer::new(String::new());
                form.append_pair("prompt", page.prompt());
                if page == Page::Login {
                    form.append_pair("login", person.login);
                    form.append_pair("password", "any");
                }
                let call = self.provider.post(url.clone()).body(form.finish());
                call.header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            }
        };
        let answer = sent.send().await?;
        redirect(url, &answer)?.with_context(|| format!("{answer:?} leads nowhere"))
    }
}

enum Opened {
    Redirect(Url),
    Page(Page),
}

impl Page {
    const fn prompt(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
        }
    }

    /// Finds out which page a document is, by the hidden field of its form.
    fn read(html: &str) -> Result<Self> {
        let is = |page: &Self| {
            let field = format!(r#"name="prompt" value="{}""#, page.prompt());
            html.contains(&field)
        };
        let page = [Self::Login, Self::Consent].into_iter().find(is);
        page.with_context(|| format!("the provider shows something else:\n{html}"))
    }
}

fn redirect(from: &Url, answer: &reqwest::Response) -> Result<Option<Url>> {
    match answer.headers().get(LOCATION) {
        Some(location) => Ok(Some(from.join(location.to_str()?)?)),
        None => Ok(None),
    }
}
