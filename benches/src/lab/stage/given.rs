//! Servers that run already.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::Stage;
use crate::lab::generator::{Account, Address, Connection};
use crate::lab::record::Setup;

/// The password of users that are registered for the comparison.
const PASSWORD: &str = "analytical engine no. 1";

/// What stands in the record where nothing is known.
const UNKNOWN: &str = "unknown";

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
            store: UNKNOWN.to_owned(),
            nodes: u32::try_from(self.nodes.len()).unwrap_or(u32::MAX),
            store_rtt_us: 0,
            algorithm: None,
        }
    }

    /// Gets ready to measure it, with these accounts or with new ones.
    ///
    /// # Errors
    /// When it does not answer, or takes no registrations that work at once.
    pub async fn stage(&self, users: Option<&Path>, count: usize) -> anyhow::Result<Stage> {
        let accounts = match users {
            Some(file) => read(file)?,
            None => self.register(count).await?,
        };
        ensure!(!accounts.is_empty(), "there is nobody to sign in");
        Ok(Stage::at(self.nodes.clone(), accounts))
    }

    async fn register(&self, count: usize) -> anyhow::Result<Vec<Account>> {
        let node = self.nodes.first().context("the target has no node")?;
        let mut connection = Connection::to(node.socket);
        let request = node.request("GET", "/strategy", "", "");
        let answer = connection.exchange(&request).await;
        let answer = answer.map_err(|failure| anyhow::anyhow!("GET /strategy: {failure}"))?;
        let about: Value = serde_json::from_slice(&answer.body())?;
        ensure!(
            about["verification"] == "optional",
            "{} wants addresses confirmed: give --users-file, or start it with --verification optional",
            self.name
        );
        let mut accounts = vec![];
        for number in 0..count {
            let name = format!("lab-{}-{number:05}", std::process::id());
            let person = json!({
                "first_name": "Ada", "last_name": "Lovelace", "username": name,
                "email": format!("{name}@example.org"), "password": PASSWORD,
            });
            let request = node.request("POST", "/register", "", &person.to_string());
            match connection
                .exchange(&request)
                .await
                .map(|answer| answer.status())
            {
                Ok(201) => {}
                Ok(status) => bail!("{} refuses to register users: status {status}", self.name),
                Err(failure) => bail!("{} registers no users: {failure}", self.name),
            }
            accounts.push(Account {
                name,
                password: PASSWORD.into(),
            });
        }
        Ok(accounts)
    }
}

/// Reads a file with a `name:password` in each line.
fn read(file: &Path) -> anyhow::Result<Vec<Account>> {
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
    accounts.collect()
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
