//! Second factors of accounts.

use std::time::Duration;

use auth_core::factor::Held;
use auth_server::settings::{DAY, between};
use clap::Args;
use serde::Serialize;

use super::{Desk, Name};
use crate::answer::Answer;
use crate::table::table;

/// Which account, and what it has to have.
#[derive(Args)]
pub struct Require {
    #[command(flatten)]
    name: Name,

    /// It need not have one any more, unless all accounts have to.
    #[arg(long)]
    not: bool,
}

/// Which account, and when.
#[derive(Args)]
pub struct Reset {
    #[command(flatten)]
    name: Name,

    /// How long the owner, who is told by mail, has time to object, by using one of them.
    #[arg(long, value_parser = between(Duration::ZERO, DAY * 90), default_value = "24h")]
    delay: Duration,

    /// Take it back: nothing is removed.
    #[arg(long, conflicts_with = "delay")]
    cancel: bool,
}

#[derive(Serialize)]
struct FactorsShape {
    factors: Vec<FactorShape>,
    recovery_codes: u32,
    required: bool,
    removed_at: Option<String>,
}

#[derive(Serialize)]
struct FactorShape {
    id: String,
    kind: &'static str,
    name: String,
    created_at: String,
    last_used_at: Option<String>,
}

impl From<&Held> for FactorsShape {
    fn from(held: &Held) -> Self {
        let factors = held.factors.iter().map(|factor| FactorShape {
            id: factor.id.to_string(),
            kind: factor.kind().as_str(),
            name: factor.name.clone(),
            created_at: factor.created_at.to_string(),
            last_used_at: factor.last_used_at.map(|at| at.to_string()),
        });
        Self {
            factors: factors.collect(),
            recovery_codes: held.recovery_codes,
            required: held.required,
            removed_at: held.reset_at.map(|at| at.to_string()),
        }
    }
}

/// Shows the second factors of an account.
///
/// # Errors
/// When there is no such account, or a store fails.
pub async fn show(desk: &Desk<'_>, name: &Name) -> anyhow::Result<Answer> {
    let user = desk.admin.find(&name.user).await?;
    let shape = FactorsShape::from(&desk.admin.held_factors(&user).await?);
    let rows: Vec<_> = shape.factors.iter().map(FactorShape::row).collect();
    let mut text = table(["ID", "KIND", "NAME", "ADDED", "LAST USED"], &rows);
    text += &format!("\n{} recovery codes are left.", shape.recovery_codes);
    if let Some(at) = &shape.removed_at {
        text += &format!("\nAll of them are removed at {at}, unless one is used before.");
    }
    Answer::new(&shape, text)
}

impl FactorShape {
    fn row(&self) -> [String; 5] {
        [
            self.id.clone(),
            self.kind.to_owned(),
            self.name.clone(),
            self.created_at.clone(),
            self.last_used_at
                .clone()
                .unwrap_or_else(|| "never".to_owned()),
        ]
    }
}

impl Require {
    /// Says whether an account has to have a second factor.
    ///
    /// # Errors
    /// When there is no such account, or a store fails.
    pub async fn run(&self, desk: &Desk<'_>) -> anyhow::Result<Answer> {
        let user = desk.admin.find(&self.name.user).await?;
        let required = !self.not;
        desk.admin
            .require_factor(&desk.actor, &user, required)
            .await?;
        let shape = FactorsShape::from(&desk.admin.held_factors(&user).await?);
        let has_to = match required {
            true => "has to have a second factor",
            false => "need not have a second factor, unless all accounts have to",
        };
        Answer::new(&shape, format!("{} {has_to}.", user.username))
    }
}

impl Reset {
    /// Has all second factors of an account go, since its owner has lost them.
    ///
    /// # Errors
    /// When there is no such account, it has none, nobody confirms, or a store fails.
    pub async fn run(&self, desk: &Desk<'_>) -> anyhow::Result<Answer> {
        let user = desk.admin.find(&self.name.user).await?;
        let name = &user.username;
        let text = match self.cancel {
            true => {
                desk.admin.cancel_factor_reset(&desk.actor, &user).await?;
                format!("The second factors of {name} stay.")
            }
            false => {
                desk.confirm(&format!("Remove all second factors of user {name}?"))?;
                let reset = desk
                    .admin
                    .schedule_factor_reset(&desk.actor, &user, self.delay);
                let at = reset.await?;
                format!("All second factors of {name} are removed at {at}; its owner is told.")
            }
        };
        let shape = FactorsShape::from(&desk.admin.held_factors(&user).await?);
        Answer::new(&shape, text)
    }
}
