//! People of this project's ancestor, an app of Flask that was built three times, sign in with
//! the passwords that they had there.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::process::ServerProcess;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use serde_json::Value;

use crate::deployment::Deployment;
use crate::on;

on! {
    people_of_the_ancestor_sign_in_with_their_passwords:
        session_on_sqlite, oauth_jwt_on_services;
}

const PASSWORD: &str = "Analytical-Engine ﬁ 1843 ñ";

/// Hashes of the password by werkzeug 3.1.9.
const SCRYPT: &str = "scrypt:32768:8:1$rxpP3DI6JZQSOi6s$f62a2160b8a9d352a66aa804df5da2ca105eab95396d79ead053913c2be1b1f78abe0775c53cd481df9164b8287eb25026dfa776ca02a13c45b19c2c3f5ea728";
const PBKDF2: &str = "pbkdf2:sha256:600000$3S4nsj6340DC75zF$aa877d9f34f86e7dff53f9850bd4fcddffde00a30c20dfdc020b9cf702de0de3";

/// Its tables, as its migrations and models make them; the last one was for sign-ins by Google
/// as well, of which it kept no more than the address.
const SCHEMAS: [&str; 3] = [
    "CREATE TABLE session_users (id VARCHAR NOT NULL, first_name VARCHAR NOT NULL,
         last_name VARCHAR NOT NULL, username VARCHAR NOT NULL, email VARCHAR NOT NULL,
         password_hash VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE (email), UNIQUE (username));
     INSERT INTO session_users VALUES ('5f0e0037-30fa-4b1c-8f3e-1d2c3b4a5968', 'Ada', 'Lovelace',
         'ada', 'ada@example.org', '@SCRYPT@');",
    "CREATE TABLE jwt_users (id VARCHAR NOT NULL, first_name VARCHAR NOT NULL,
         last_name VARCHAR NOT NULL, username VARCHAR NOT NULL, email VARCHAR NOT NULL,
         password_hash VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE (email), UNIQUE (username));
     INSERT INTO jwt_users VALUES ('cb9852e8-ebea-4d3c-9a1b-2c3d4e5f6a7b', 'Grace', 'Hopper',
         'grace', 'grace@example.org', '@PBKDF2@');",
    "CREATE TABLE \"user\" (id VARCHAR NOT NULL, first_name VARCHAR NOT NULL,
         last_name VARCHAR NOT NULL, username VARCHAR NOT NULL, email VARCHAR NOT NULL,
         password_hash VARCHAR, is_verified BOOLEAN, is_active BOOLEAN NOT NULL,
         is_oauth BOOLEAN NOT NULL, PRIMARY KEY (id), UNIQUE (email));
     INSERT INTO \"user\" VALUES
         ('0b1f6a52-6c3d-4e8f-a1b2-c3d4e5f60718', 'Hedy', 'Lamarr', 'hedy', 'hedy@example.org',
          '@SCRYPT@', 1, 1, 0),
         ('1c2e7b63-7d4e-4f90-b2c3-d4e5f6071829', 'Mary', 'Shelley', 'mary@example.org',
          'mary@example.org', '', 1, 1, 1),
         ('2d3f8c74-8e5f-4a01-83d4-e5f607182930', 'Joan', 'Clarke', 'joan', 'joan@example.org',
          '@SCRYPT@', 1, 0, 0);",
];

async fn people_of_the_ancestor_sign_in_with_their_passwords(on: Deployment) -> Result<()> {
    on.authctl(&["db", "migrate"]).await;
    for (number, schema) in SCHEMAS.iter().enumerate() {
        let file = made(&on, number, schema)?;
        let file = file.to_str().context("no UTF-8")?;
        let import = ["import", "--from", "flask", "--trust-addresses", file];
        on.authctl(&import).await;
    }
    let server = ServerProcess::start(on.launch()).await?;
    let client = server.client().await?;
    for name in ["ada", "grace", "hedy"] {
        let kept = user(&on, name).await?;
        ensure!(!is_ours(&kept), "{kept}");
        let wrong = client.copy().login(name, "Analytical-Engine").await?;
        wrong.refused(401, "invalid_credentials")?;
        let device = client.copy();
        device.login(name, PASSWORD).await?.ok()?;
        device.profile().await?.ok()?;
        let kept = user(&on, name).await?;
        ensure!(is_ours(&kept), "{kept}");
        let address = format!("{name}@example.org");
        client.copy().login(&address, PASSWORD).await?.ok()?;
    }
    let disabled = client.copy().login("joan", PASSWORD).await?;
    disabled.refused(401, "invalid_credentials")?;
    let by_google = user(&on, "mary").await?;
    ensure!(by_google["password_hash"].is_null() && by_google["email_verified"] == true);
    again(&on).await
}

/// Who has signed in meanwhile is there already, although the hash is another one.
async fn again(on: &Deployment) -> Result<()> {
    for number in 0..SCHEMAS.len() {
        let file = on.folder().join(format!("ancestor-{number}.db"));
        let file = file.to_str().context("no UTF-8")?;
        let ended = on
            .authctl(&["import", "--json", "--from", "flask", file])
            .await;
        let counts: Value = serde_json::from_str(&ended.output.out().concat())?;
        ensure!(counts["taken"] == 0 && counts["refused"] == 0, "{counts}");
    }
    Ok(())
}

fn made(on: &Deployment, number: usize, schema: &str) -> Result<PathBuf> {
    let file = on.folder().join(format!("ancestor-{number}.db"));
    let mut database = SqliteConnection::establish(file.to_str().context("no UTF-8")?)?;
    let filled = schema
        .replace("@SCRYPT@", SCRYPT)
        .replace("@PBKDF2@", PBKDF2);
    database.batch_execute(&filled)?;
    Ok(file)
}

/// The account as it is exported.
async fn user(on: &Deployment, name: &str) -> Result<Value> {
    let exported = on.authctl(&["export"]).await.output.out();
    let users = exported
        .iter()
        .map(|line| serde_json::from_str::<Value>(line));
    let users = users.collect::<Result<Vec<_>, _>>()?;
    let user = users.into_iter().find(|user| user["username"] == name);
    user.with_context(|| format!("there is no {name}"))
}

fn is_ours(user: &Value) -> bool {
    let hash = user["password_hash"].as_str();
    hash.is_some_and(|hash| hash.starts_with("$argon2id$v=19$"))
}
