//! The database of one environment, made for it and gone with it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::ensure;
use auth_core::user::Created;
use auth_core::{
    Argon2Cost, Clock as _, Effects, Email, FieldError, Hasher, HasherConfig, NewUser, Password,
    PasswordHash, PersonName, SystemClock, UserId, UserStore as _, Username,
};
use auth_store::{Database, DatabaseConfig, migrate};
use tokio::time::sleep;
use url::Url;

use super::services::{Service, connect};
use crate::lab::generator::Account;

/// How long connections may take to close.
const PATIENCE: Duration = Duration::from_secs(10);

const POLL: Duration = Duration::from_millis(5);

/// The password of everybody in a throwaway database.
pub(crate) const PASSWORD: &str = "analytical engine no. 1";

/// Where users are kept.
pub enum StageDatabase {
    /// In this file.
    Sqlite(PathBuf),
    /// In a database on a server.
    Postgres {
        /// The server.
        server: Url,
        /// The name of the database.
        name: String,
    },
}

impl StageDatabase {
    /// A file in a folder.
    pub fn sqlite(folder: &Path) -> Self {
        Self::Sqlite(folder.join("auth.db"))
    }

    /// A new database on a server.
    ///
    /// # Errors
    /// When the server makes none.
    pub async fn postgres(server: &Service) -> anyhow::Result<Self> {
        let name = format!("lab_{}", UserId::generate().to_string().replace('-', ""));
        let client = connect(server.url.as_str()).await?;
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        client.batch_execute(&create).await?;
        Ok(Self::Postgres {
            server: server.url.clone(),
            name,
        })
    }

    /// Its URL, on its own server or on what stands for it.
    pub fn url(&self, server: Option<&Url>) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres { server: own, name } => {
                let mut url = server.unwrap_or(own).clone();
                url.set_path(name);
                url.into()
            }
        }
    }

    /// Makes the tables, and so many accounts with a confirmed address, that share one hash
    /// of this cost.
    ///
    /// # Errors
    /// When the database does not take them.
    pub async fn populate(&self, count: usize, cost: Argon2Cost) -> anyhow::Result<Vec<Account>> {
        let url = self.url(None).parse()?;
        migrate::apply(&url).await?;
        let database = Database::connect(&url, &DatabaseConfig::default()).await?;
        let hash = hash(cost).await?;
        let mut accounts = vec![];
        for number in 0..count {
            let name = format!("user-{number:05}");
            let user = user(&name, &hash)?;
            let created = database.create(&user, Effects::none()).await?;
            ensure!(
                matches!(created, Created::Made(_)),
                "the database has a user {name} already"
            );
            accounts.push(Account {
                name,
                password: PASSWORD.into(),
            });
        }
        Ok(accounts)
    }

    /// Bytes of what a session needs. While servers work on SQLite, part of it may still be
    /// in the log; open it once when they have stopped, and it is all in the file.
    ///
    /// # Errors
    /// When it does not tell.
    pub async fn session_bytes(&self) -> anyhow::Result<u64> {
        match self {
            Self::Sqlite(path) => sqlite_bytes(path).await,
            Self::Postgres { .. } => {
                let client = connect(&self.url(None)).await?;
                let size = "SELECT (pg_total_relation_size('sessions') + \
                            pg_total_relation_size('spent_secrets'))::bigint";
                let size: i64 = client.query_one(size, &[]).await?.try_get(0)?;
                Ok(u64::try_from(size)?)
            }
        }
    }

    /// Deletes it. The file goes with its folder.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn drop_it(&self) -> anyhow::Result<()> {
        if let Self::Postgres { server, name } = self {
            let client = connect(server.as_str()).await?;
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            client.batch_execute(&drop).await?;
        }
        Ok(())
    }
}

/// The last connection that closes moves the log into the file and deletes it.
async fn sqlite_bytes(path: &Path) -> anyhow::Result<u64> {
    let url = format!("sqlite:{}", path.display()).parse()?;
    let database = Database::connect(&url, &DatabaseConfig::default()).await?;
    database.ping().await?;
    drop(database);
    let log = path.with_extension("db-wal");
    let deadline = Instant::now() + PATIENCE;
    while log.exists() {
        ensure!(
            Instant::now() < deadline,
            "somebody still uses the database"
        );
        sleep(POLL).await;
    }
    Ok(path.metadata()?.len())
}

/// The hash of everybody's password.
pub(crate) async fn hash(cost: Argon2Cost) -> anyhow::Result<PasswordHash> {
    let config = HasherConfig {
        cost,
        threads: 1,
        queue: 1,
        deadline: Duration::from_secs(60),
    };
    let hasher = Hasher::start(config).map_err(anyhow::Error::from_boxed)?;
    Ok(hasher.hash(&Password::new(PASSWORD)).await?)
}

/// A confirmed account, made now.
pub(crate) fn user(name: &str, hash: &PasswordHash) -> anyhow::Result<NewUser> {
    let refused = |error: FieldError| anyhow::anyhow!(error.detail);
    Ok(NewUser {
        id: UserId::generate(),
        first_name: PersonName::parse("first_name", "Ada").map_err(refused)?,
        last_name: PersonName::parse("last_name", "Lovelace").map_err(refused)?,
        username: Username::parse("username", name).map_err(refused)?,
        email: Email::parse("email", &format!("{name}@example.org")).map_err(refused)?,
        email_verified: true,
        password_hash: Some(hash.clone()),
        identity: None,
        created_at: SystemClock.now(),
    })
}
