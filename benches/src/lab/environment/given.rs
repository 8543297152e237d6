//! Servers that run already.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, anyhow, bail, ensure};
use auth_core::Secret;
use serde_json::{Value, json};

use crate::lab::generator::{Account, Address, Connection, Person};
use crate::lab::record::Setup;

/// What stands in the record for a store that is not the lab's to know.
const STORE: &str = "as given";

/// A server, or several nodes of one, that somebody else started: `name=url,url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenTarget {
    /// What it is called in the record.
    pub name: String,
    /// The nodes.
    pub nodes: Vec<Address>,
}

impl FromStr for GivenTarget {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let form = "use name=http://host:port, with commas between nodes";
        let (name, urls) = text.split_once('=').context(form)?;
        ensure!(!name.is_empty(), form);
        let nodes = urls.split(',').map(str::parse);
        Ok(Self {
            name: name.to_owned(),
            nodes: nodes.collect::<anyhow::Result<_>>()?,
        })
    }
}

impl GivenTarget {
    /// The same in the record.
    pub fn setup(&self) -> Setup {
        Setup {
            strategy: self.name.clone(),
            store: STORE.to_owned(),
            nodes: u32::try_from(self.nodes.len()).unwrap_or(u32::MAX),
            store_rtt_us: 0,
            algorithm: None,
        }
    }

    /// Registers people who can sign in at once, until there are so many.
    ///
    /// # Errors
    /// When it does not answer, or takes no such registrations.
    pub async fn register(&self, accounts: &mut Vec<Account>, count: usize) -> anyhow::Result<()> {
        let node = self.node()?;
        let mut connection = Connection::to(node.socket);
        let request = node.request("GET", "/strategy", "", "");
        let answer = connection.exchange(&request).await;
        let answer = answer.map_err(|failure| anyhow!("GET /strategy: {failure}"))?;
        let about: Value = serde_json::from_slice(&answer.body())?;
        ensure!(
            about["verification"] == "optional",
            "{} wants addresses confirmed: give --users-file, or start it with --verification optional",
            self.name
        );
        for number in accounts.len()..count {
            let name = format!("lab-{}-{number:05}", std::process::id());
            // The server may be open to others, and an account may be left behind.
            let password = Secret::generate().reveal();
            let form = json!({
                "first_name": "Ada", "last_name": "Lovelace", "username": name,
                "email": format!("{name}@example.org"), "password": password,
            });
            let request = node.request("POST", "/register", "", &form.to_string());
            let answer = connection.exchange(&request).await;
            match answer.map(|answer| answer.status()) {
                Ok(201) => {}
                Ok(429) => bail!(
                    "{} limits registrations: start it with --limits off",
                    self.name
                ),
                Ok(status) => bail!("{} refuses to register users: status {status}", self.name),
                Err(failure) => bail!("{} registers no users: {failure}", self.name),
            }
            accounts.push(Account {
                name,
                password: password.into(),
            });
        }
        Ok(())
    }

    /// Deletes accounts that were registered, and gives the names of those it could not.
    pub async fn forget(&self, accounts: &[Account]) -> Vec<String> {
        let mut left = vec![];
        for account in accounts {
            if self.delete(account).await.is_err() {
                left.push(account.name.clone());
            }
        }
        left
    }

    async fn delete(&self, account: &Account) -> anyhow::Result<()> {
        let node = self.node()?;
        let mut person = Person::new(node, account);
        person.sign_in().await?;
        let credential = person.credential().unwrap_or_default();
        let proof = json!({"current_password": &*account.password}).to_string();
        let request = node.request("DELETE", "/profile", &credential, &proof);
        let mut connection = Connection::to(node.socket);
        let answer = connection.exchange(&request).await;
        ensure!(answer.map(|answer| answer.status()) == Ok(200));
        Ok(())
    }

    fn node(&self) -> anyhow::Result<&Address> {
        self.nodes.first().context("the target has no node")
    }
}

/// Accounts from a file with a `name:password` in each line.
///
/// # Errors
/// When it can't be read, or holds none.
pub fn accounts_in(file: &Path) -> anyhow::Result<Vec<Account>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("--users-file {} can't be read", file.display()))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let accounts = lines.map(|line| {
        let (name, password) = line.split_once(':').context("a line is no name:password")?;
        Ok(Account {
            name: name.to_owned(),
            password: password.into(),
        })
    });
    let accounts: Vec<_> = accounts.collect::<anyhow::Result<_>>()?;
    ensure!(
        !accounts.is_empty(),
        "--users-file {} names nobody",
        file.display()
    );
    Ok(accounts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_name_and_its_nodes() {
        let target: GivenTarget = "mine=http://127.0.0.1:1,http://127.0.0.1:2/api"
            .parse()
            .unwrap();
        assert_eq!((target.name.as_str(), target.nodes.len()), ("mine", 2));
        assert_eq!(target.setup().nodes, 2);
        for text in ["mine", "=http://127.0.0.1:1", "mine=", "mine=127.0.0.1:1"] {
            assert!(text.parse::<GivenTarget>().is_err(), "{text}");
        }
    }
}
