//! The people of the flows, and how they sign in.

use anyhow::Result;
use auth_testkit::account::Person;
use auth_testkit::{Client, Target};
use serde_json::json;

use crate::case::Visit;
use crate::locate::{button, field, main, nav};
use crate::servers::target;

impl Visit {
    /// The address of a page.
    pub async fn url(&self, path: &str) -> Result<String> {
        Ok(format!("{}{path}", self.servers.origin(self.site).await?))
    }

    /// Opens a page.
    pub async fn open(&self, path: &str) -> Result<()> {
        self.browser.open(&self.url(path).await?).await
    }

    /// The server as other programs see it.
    pub async fn target(&self) -> Result<Target> {
        target(&self.servers.origin(self.site).await?)
    }

    /// Somebody whose account is confirmed, and who is signed in nowhere.
    pub async fn account(&self) -> Result<Person> {
        let person = Person::new("ada");
        self.target().await?.confirmed_by_mail(&person).await?;
        Ok(person)
    }

    /// Somebody with an account, signed in in this browser, on the page of this path and
    /// title.
    pub async fn member_on(&self, path: &str, title: &str) -> Result<Person> {
        let person = self.account().await?;
        self.open(path).await?;
        self.browser.sign_in(&person).await?;
        self.browser.on(title).await?;
        Ok(person)
    }

    /// Another device of the person, signed in.
    pub async fn device(&self, person: &Person, name: &str) -> Result<Client> {
        let client = self.target().await?.client().await?.named(name);
        client
            .login(&person.username, &person.password)
            .await?
            .ok()?;
        Ok(client)
    }
}

/// Signs in as another front end does, and gives the user or what the client says.
pub fn sign_in_script(base_url: &str, person: &Person) -> String {
    let credentials = json!({ "identifier": person.username, "password": person.password });
    format!(
        "return import('/client.js').then(({{ createClient }}) =>
            createClient('{base_url}').signIn({credentials}))
            .catch(({{ code, message }}) => ({{ code, message }}));"
    )
}

impl crate::browser::Browser {
    /// Fills in the sign-in page.
    pub async fn sign_in(&self, person: &Person) -> Result<()> {
        self.sign_in_with(&person.username, &person.password).await
    }

    /// The same with any name and password.
    pub async fn sign_in_with(&self, identifier: &str, password: &str) -> Result<()> {
        self.on("Sign in").await?;
        self.fill(&field("Username or e-mail"), identifier).await?;
        self.fill(&field("Password"), password).await?;
        self.press(&button("Sign in").within(&main())).await
    }

    /// Follows a link between the pages.
    pub async fn go(&self, label: &str, title: &str) -> Result<()> {
        self.press(&crate::locate::link(label).within(&nav()))
            .await?;
        self.on(title).await
    }

    /// Signs out.
    pub async fn sign_out(&self) -> Result<()> {
        self.press(&button("Sign out").within(&nav())).await
    }
}
