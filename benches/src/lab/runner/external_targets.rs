//! Accounts on servers that somebody else started.

use std::path::Path;

use crate::lab::environment::{Environment, GivenTarget, accounts_in};
use crate::lab::generator::Account;

/// Who was registered where, to be deleted at the end.
#[derive(Default)]
pub struct ExternalTargets(Vec<(GivenTarget, Vec<Account>)>);

impl ExternalTargets {
    /// Gets ready to measure a target, with the accounts of a file or with so many that are
    /// registered once.
    ///
    /// # Errors
    /// When there is nobody to sign in.
    pub async fn environment(
        &mut self,
        target: &GivenTarget,
        users: Option<&Path>,
        count: usize,
    ) -> anyhow::Result<Environment> {
        let accounts = match users {
            Some(file) => accounts_in(file)?,
            None => {
                let known = self.of(target);
                if known.len() < count {
                    target.register(known, count).await?;
                }
                known.clone()
            }
        };
        Ok(Environment::at(target.nodes.clone(), accounts))
    }

    /// Deletes everybody who was registered, and says what came in the way.
    pub async fn leave(self) -> Vec<String> {
        let mut troubles = vec![];
        for (target, accounts) in self.0 {
            let left = target.forget(&accounts).await;
            if !left.is_empty() {
                let (name, left) = (&target.name, left.join(", "));
                troubles.push(format!("{name}: these accounts were left behind: {left}"));
            }
        }
        troubles
    }

    fn of(&mut self, target: &GivenTarget) -> &mut Vec<Account> {
        let known = self.0.iter().position(|(known, _)| known == target);
        let place = known.unwrap_or_else(|| {
            self.0.push((target.clone(), vec![]));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }
}
