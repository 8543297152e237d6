//! `authctl api-key`: keys by which programs use the admin API.

use std::time::Duration;

use auth_core::accounts::admin::{Admin, ApiKeyForm};
use auth_core::{ApiKey, ApiKeyId, Permission};
use auth_server::settings::{DAY, SECOND, between};
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::Context;
use super::stores::open_admin;
use super::user::operator;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::table::table;

/// The most keys that are listed.
const MOST: u32 = 10_000;

/// Keys by which programs use the admin API.
#[derive(Subcommand)]
pub enum Command {
    /// Make a key, and print it this once.
    Create(Create),

    /// List the keys that are not over.
    List,

    /// Revoke a key, at once.
    Revoke(Revoke),
}

/// The key to make.
#[derive(Args)]
pub struct Create {
    /// What to call it.
    #[arg(value_name = "NAME")]
    name: String,

    /// What it may be used for (repeatable).
    #[arg(long = "scope", required = true, value_delimiter = ',', value_parser = scope())]
    scopes: Vec<Permission>,

    /// How long it works: a year at most.
    #[arg(long, value_parser = between(SECOND, DAY * 366))]
    lifetime: Duration,
}

/// The permissions that a key may have.
fn scope() -> impl clap::builder::TypedValueParser<Value = Permission> {
    let all = Permission::ALL.into_iter();
    let names = all.filter(|one| one.is_for_keys()).map(Permission::as_str);
    PossibleValuesParser::new(names).try_map(|name| {
        // Only names of permissions come so far.
        Permission::of_name(&name).ok_or("no such permission")
    })
}

/// Which key.
#[derive(Args)]
pub struct Revoke {
    /// Its id.
    #[arg(value_name = "ID")]
    id: ApiKeyId,
}

#[derive(Serialize)]
struct KeyShape {
    id: String,
    name: String,
    scopes: Vec<&'static str>,
    created_by: String,
    created_at: String,
    expires_at: String,
    last_used_at: Option<String>,
}

#[derive(Serialize)]
struct NewKeyShape {
    api_key: KeyShape,
    /// What to present as a bearer.
    key: String,
}

#[derive(Serialize)]
struct KeysShape {
    api_keys: Vec<KeyShape>,
}

#[derive(Serialize)]
struct RevokedShape {
    revoked: String,
}

impl From<&ApiKey> for KeyShape {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            created_by: key.created_by.clone(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.to_string(),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
        }
    }
}

impl KeyShape {
    fn row(&self) -> [String; 6] {
        let never = || "never".to_owned();
        [
            self.id.clone(),
            self.name.clone(),
            self.scopes.join(","),
            self.created_by.clone(),
            self.expires_at.clone(),
            self.last_used_at.clone().unwrap_or_else(never),
        ]
    }
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// When a rule is broken, there is no such key, or a store fails.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        let settings = &context.settings;
        auth_server::log_to_stderr(settings.log, settings.log_level.as_deref());
        let admin = open_admin(settings).await?;
        match self {
            Self::Create(create) => create.run(&admin).await,
            Self::List => list(&admin).await,
            Self::Revoke(revoke) => revoke.run(&admin).await,
        }
    }
}

impl Create {
    async fn run(&self, admin: &Admin) -> anyhow::Result<Answer> {
        let form = ApiKeyForm {
            name: self.name.clone(),
            scopes: self.scopes.clone(),
            lifetime: self.lifetime,
        };
        let (key, text) = admin.create_api_key(&operator(), &form).await?;
        let shape = NewKeyShape {
            api_key: (&key).into(),
            key: text.reveal().to_owned(),
        };
        let shown = format!(
            "{}\n\nNobody is shown this again. It works until {}.",
            shape.key, shape.api_key.expires_at
        );
        Answer::new(&shape, shown)
    }
}

async fn list(admin: &Admin) -> anyhow::Result<Answer> {
    let keys = admin.api_keys(None, MOST).await?;
    let shape = KeysShape {
        api_keys: keys.iter().map(Into::into).collect(),
    };
    let rows: Vec<_> = shape.api_keys.iter().map(KeyShape::row).collect();
    let heading = ["ID", "NAME", "SCOPES", "MADE BY", "EXPIRES", "LAST USED"];
    Answer::new(&shape, table(heading, &rows))
}

impl Revoke {
    async fn run(&self, admin: &Admin) -> anyhow::Result<Answer> {
        let revoked = admin.revoke_api_key(&operator(), self.id).await;
        revoked.map_err(|error| match error {
            auth_core::AuthError::NotFound => {
                Failure::not_found("there is no such key: see `authctl api-key list`").into()
            }
            other => anyhow::Error::from(other),
        })?;
        let shape = RevokedShape {
            revoked: self.id.to_string(),
        };
        Answer::new(&shape, format!("The key {} is revoked.", self.id))
    }
}
