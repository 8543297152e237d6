//! The examples, each as the process that a reader starts.

use std::path::PathBuf;
use std::process::Command;

use auth_dev_provider::{Client, Config, spawn};
use auth_testkit::process::{Output, Process};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use test_services::free_port;

use crate::host::browser;

/// A running example, in a folder of its own.
struct Example {
    url: String,
    output: Output,
    _process: Process,
    _dir: TempDir,
}

/// Beside this test: cargo builds the examples of a package with its tests.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(2).unwrap();
    target.join("examples").join(name)
}

impl Example {
    async fn start(name: &str, more: &[String], variables: &[(&str, &str)]) -> Self {
        let at = format!("localhost:{}", free_port().unwrap());
        let (dir, output) = (TempDir::new().unwrap(), Output::default());
        let mut command = Command::new(program(name));
        command.arg(&at).args(more).current_dir(dir.path());
        command.envs(variables.iter().copied());
        let mut process = Process::spawn(&mut command, &output).unwrap();
        let url = format!("http://{at}");
        let answers = process.answers(&format!("{url}/api/auth/strategy")).await;
        assert!(answers.is_ok(), "{answers:?}\n{}", output.tail());
        Self {
            url,
            output,
            _process: process,
            _dir: dir,
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The token of the first mail's link.
    async fn mailed_token(&self) -> String {
        let line = self.output.error_line(|line| line.contains("token="));
        let line = line.await.unwrap();
        let (_, token) = line.split_once("token=").unwrap();
        token.trim().to_owned()
    }

    /// Somebody who signs up, confirms the address and signs in.
    async fn signed_in(&self) -> (reqwest::Client, Value) {
        let client = browser();
        let password = "correct horse battery";
        let form = json!({
            "first_name": "Ada", "last_name": "Lovelace", "username": "ada",
            "email": "ada@example.org", "password": password,
        });
        let register = client.post(self.at("/api/auth/register")).json(&form);
        ok(register).await;
        let confirm = json!({"token": self.mailed_token().await, "password": password});
        ok(client.post(self.at("/api/auth/verify")).json(&confirm)).await;
        let login = json!({"identifier": "ada", "password": password});
        let login = client.post(self.at("/api/auth/login")).json(&login);
        let grant = serde_json::from_str(&ok(login).await).unwrap();
        (client, grant)
    }
}

async fn ok(call: RequestBuilder) -> String {
    let answer = call.send().await.unwrap();
    let (status, url) = (answer.status(), answer.url().clone());
    let body = answer.text().await.unwrap();
    assert!(status.is_success(), "{url} {status}: {body}");
    body
}

#[actix_web::test]
async fn minimal_signs_up_and_in_and_protects_a_route() {
    let example = Example::start("minimal", &[], &[]).await;
    let stranger = browser().get(example.at("/me")).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    let (client, _) = example.signed_in().await;
    assert_eq!(ok(client.get(example.at("/me"))).await, "Hello Ada!");
}

#[test]
fn minimal_is_minimal() {
    let text = include_str!("../../examples/minimal.rs");
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    assert!(text.lines().filter(is_code).count() <= 15, "{text}");
    let readme = include_str!("../../../../README.md");
    assert!(
        readme.contains(text.trim()),
        "README.md quotes examples/minimal.rs as it is"
    );
}

#[actix_web::test]
async fn orders_keeps_data_beside_the_accounts() {
    let example = Example::start("orders", &[], &[]).await;
    let (client, _) = example.signed_in().await;
    let order = json!({"article": "tea"});
    let placed = ok(client.post(example.at("/orders")).json(&order)).await;
    assert!(placed.contains("tea"), "{placed}");
    let foreign = client.post(example.at("/orders")).json(&order);
    let foreign = foreign.header("sec-fetch-site", "cross-site");
    let foreign = foreign
        .header("origin", "https://evil.example")
        .send()
        .await;
    assert_eq!(foreign.unwrap().status(), StatusCode::FORBIDDEN);
    let listed: Value = serde_json::from_str(&ok(client.get(example.at("/orders"))).await).unwrap();
    assert_eq!(listed, json!([{"id": 1, "article": "tea"}]));
    let gone = ok(client.delete(example.at("/orders"))).await;
    assert_eq!(gone, "1 cancelled");

    ok(client.post(example.at("/orders")).json(&order)).await;
    let delete = json!({"current_password": "correct horse battery"});
    ok(client.delete(example.at("/api/auth/profile")).json(&delete)).await;
    let database = example._dir.path().join("shop.db");
    let mut conn =
        <diesel::SqliteConnection as diesel::Connection>::establish(database.to_str().unwrap());
    let left = diesel::RunQueryDsl::execute(
        diesel::sql_query("DELETE FROM orders"),
        conn.as_mut().unwrap(),
    );
    assert_eq!(left.unwrap(), 0, "the orders of an account go with it");
}

#[actix_web::test]
async fn jwt_api_is_believed_by_another_service() {
    let reports_at = format!("localhost:{}", free_port().unwrap());
    let example = Example::start("jwt_api", std::slice::from_ref(&reports_at), &[]).await;
    let (client, grant) = example.signed_in().await;
    let report = format!("http://{reports_at}/report");
    let token = grant["access_token"].as_str().unwrap();
    let id = grant["user"]["id"].as_str().unwrap();
    let reported = ok(client.get(&report).bearer_auth(token)).await;
    assert_eq!(reported, format!("a report for {id}"));
    let forged = client.get(&report).bearer_auth(format!("{token}x"));
    assert_eq!(
        forged.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    let stranger = client.get(&report).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn oauth_signs_in_through_a_provider() {
    let provider = spawn(Config::new).unwrap();
    let variables = [
        ("OIDC_ISSUER", provider.issuer()),
        ("OIDC_CLIENT_ID", "example"),
        ("OIDC_CLIENT_SECRET", "secret"),
    ];
    let example = Example::start("oauth", &[], &variables).await;
    let callback = example.at("/api/auth/oauth/company/callback");
    let client = Client::confidential("example", "secret", [callback]);
    provider.add_client(client).unwrap();
    let browser = browser();
    assert_eq!(ok(browser.get(example.at("/"))).await, "Hello stranger!");
    let start = browser.get(example.at("/api/auth/oauth/company/start"));
    let page = start.send().await.unwrap();
    let consent = page.url().clone();
    assert!(consent.as_str().starts_with(provider.issuer()), "{consent}");
    let mut form: Vec<(String, String)> = consent.query_pairs().into_owned().collect();
    let person = [
        ("subject", "1"),
        ("email", "ada@example.org"),
        ("email_verified", "true"),
        ("given_name", "Ada"),
        ("family_name", "Lovelace"),
    ];
    form.extend(person.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let mut action = consent;
    action.set_query(None);
    browser.post(action).form(&form).send().await.unwrap();
    assert_eq!(ok(browser.get(example.at("/"))).await, "Hello Ada!");
}
