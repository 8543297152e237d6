//! Settings of providers that stop the start, with a sentence and without the secret.

use std::path::Path;

use auth_dev_provider::{Config, spawn};
use auth_testkit::process::{Launch, Program, ServerProcess};
use tempfile::TempDir;

use crate::startup::{PASSWORD, plain, refuses};

const SERVERS: [Program; 3] = [
    Program::SessionServer,
    Program::JwtServer,
    Program::OauthServer,
];

const OIDC: &str = "oidc,client_id=x,issuer=https://id.example.org";

/// Providers that can't be set up, in development.
const MISTAKES: [&str; 29] = [
    "gogle,client_id=x",
    "",
    "google",
    "google,client_id=x",
    "github,client_id=x",
    "google,client_id=x,secret=hunter2",
    "google,client_id=x,client_secret=hunter2",
    "google,client_id=x,client_secret_file=/nowhere/hunter",
    "google,client_id",
    "oidc,client_id=x",
    "oidc,issuer=https://id.example.org",
    "oidc,client_id=x,issuer=id.example.org",
    "oidc,client_id=x,issuer=ftp://id.example.org",
    "oidc,client_id=x,issuer=http://id.example.org",
    "oidc,client_id=x,issuer=https://me:hunter2@id.example.org",
    "oidc,id=No Good,client_id=x,issuer=https://id.example.org",
    "dev;dev",
    "oidc,client_id=x,issuer=https://id.example.org,nonce=maybe",
    "oidc,client_id=x,issuer=https://id.example.org,leeway=1d",
    "oidc,client_id=x,issuer=https://id.example.org,client_auth=private_key_jwt",
    "oidc,client_id=x,issuer=https://id.example.org,tenants=one",
    "oidc,client_id=x,issuer=https://id.example.org/{tenantid},trust_email=true",
    "oidc,client_id=x,issuer=https://id.example.org,discovery=http://id.example.org/x",
    "github,client_id=x,trust_email=true",
    "microsoft,client_id=x",
    "keycloak,client_id=x,base_url=https://id.example.org",
    "auth0,client_id=x",
    "apple,client_id=x,team_id=T,key_id=K",
    "apple,client_id=x,team_id=T,key_id=K,key_file=/nowhere/key.p8",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_provider_stops_the_start_with_a_sentence_that_names_it() {
    let data = TempDir::new().unwrap();
    for server in SERVERS {
        for value in MISTAKES {
            let launch = plain(server, data.path()).flag("--provider", value);
            refuses("--provider", launch).await;
        }
        for flag in [
            "--oauth-flow-lifetime",
            "--oauth-code-lifetime",
            "--oauth-timeout",
        ] {
            refuses(flag, plain(server, data.path()).flag(flag, "0s")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_of_providers_is_named_and_its_secrets_are_not_shown() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("providers.toml");
    let table = "[[provider]]\npreset = \"google\"\nclient_id = \"x\"\n";
    for text in [
        format!("{table}client_secret = {PASSWORD}"),
        format!("{table}client_secrets = \"{PASSWORD}\""),
        format!("{table}client_secret = \"{PASSWORD}\"\n{table}"),
        format!("{PASSWORD}\n{table}"),
        table.to_owned(),
    ] {
        std::fs::write(&file, text).unwrap();
        for server in SERVERS {
            let launch = plain(server, data.path());
            refuses(
                "--provider",
                launch.flag("--providers-file", file.display()),
            )
            .await;
        }
    }
    for server in SERVERS {
        let launch = plain(server, data.path()).flag("--providers-file", "/nowhere/p.toml");
        refuses("--providers-file", launch).await;
    }
}

/// Everything that production asks for beside providers.
fn production(server: Program, data: &Path) -> Launch {
    plain(server, data)
        .flag("--env", "production")
        .flag("--public-url", "https://auth.example.org")
        .flag("--mail", format!("file:{}", data.join("mail").display()))
        .flag("--mail-from", "accounts@example.org")
}

#[tokio::test(flavor = "multi_thread")]
async fn production_takes_no_provider_that_is_made_for_development() {
    let data = TempDir::new().unwrap();
    for server in SERVERS {
        for value in [
            "dev",
            "dev,id=google",
            "oidc,client_id=x,issuer=http://localhost:1",
            "oidc,client_id=x,issuer=http://127.0.0.1:1",
        ] {
            let launch = production(server, data.path()).flag("--provider", value);
            refuses("--provider", launch).await;
        }
    }
    let lonely = production(Program::OauthServer, data.path());
    refuses("--provider", lonely).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_providers_of_one_name_are_refused() {
    let data = TempDir::new().unwrap();
    for server in SERVERS {
        let launch = plain(server, data.path()).flag("--provider", format!("{OIDC};{OIDC}"));
        refuses("--provider", launch).await;
    }
}

/// The server starts, since the provider may be set right meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_with_another_issuer_is_warned_of_at_start() {
    let (data, provider) = (TempDir::new().unwrap(), spawn(Config::new).unwrap());
    let (own, other) = (provider.issuer(), format!("{}/", provider.issuer()));
    provider.discovery_issuer(Some(&other));
    let value = format!("oidc,id=acme,client_id=x,issuer={own}");
    let launch = plain(Program::SessionServer, data.path()).flag("--provider", value);
    let server = ServerProcess::start(launch).await.unwrap();
    let warned = |line: &str| {
        let both = line.contains(&format!("`{other}`")) && line.contains(&format!("`{own}`"));
        both && line.contains("provider=acme")
    };
    server.output().line(warned).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_does_not_stop_the_start() {
    let data = TempDir::new().unwrap();
    let value = "oidc,id=acme,client_id=x,issuer=http://127.0.0.1:9";
    let launch = plain(Program::SessionServer, data.path()).flag("--provider", value);
    let server = ServerProcess::start(launch).await.unwrap();
    let warned = |line: &str| line.contains("127.0.0.1:9") && line.contains("provider=acme");
    server.output().line(warned).await.unwrap();
}
