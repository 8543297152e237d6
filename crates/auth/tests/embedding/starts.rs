//! What keeps authentication from starting, and what it does without being asked.

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::App;
use async_trait::async_trait;
use auth_core::mail::{Mail, MailError};
use comprehensive_auth::{Auth, AuthBuilder, Event, EventSink, Mailer, StartError};
use tempfile::TempDir;

use crate::host::{Host, builder};

/// A mailer that keeps nothing.
pub(crate) struct Nowhere;

#[async_trait]
impl Mailer for Nowhere {
    async fn send(&self, _mail: &Mail) -> Result<(), MailError> {
        Ok(())
    }
}

async fn refusal(auth: AuthBuilder) -> String {
    match auth.build().await {
        Ok(_) => panic!("it started"),
        Err(error) => error.to_string(),
    }
}

#[actix_web::test]
async fn what_cant_be_used_is_named_at_the_start() {
    let dir = TempDir::new().unwrap();
    let set = || builder(dir.path(), "http://localhost:8080");
    let refusals = [
        (set().public_url("localhost"), "public_url"),
        (set().public_url("http://app.example.org"), "https"),
        (
            set().public_url("https://app.example.org/auth"),
            "without a path",
        ),
        (set().public_url("https://app.example.org"), "mail"),
        (set().base_path("api"), "base path"),
        (set().database("mysql://x"), "AuthBuilder::database"),
        (
            set().session_store("memcached://x"),
            "AuthBuilder::session_store",
        ),
        (set().trusted_origin("*"), "AuthBuilder::trusted_origin"),
        (
            set().breached_passwords("/nowhere/pwned.txt"),
            "AuthBuilder::breached_passwords: /nowhere/pwned.txt",
        ),
        (set().smtp("dev", "a@example.org"), "mail"),
        (
            set().provider("Not An Id", |_| Err("unused".into())),
            "AuthBuilder::provider",
        ),
        (
            set().provider("mine", |_| Err("no client".into())),
            "no client",
        ),
    ];
    for (auth, named) in refusals {
        let sentence = refusal(auth).await;
        assert!(sentence.contains(named), "{named}: {sentence}");
    }
    assert!(
        !dir.path().join("app.db").exists(),
        "nothing was made before all was well"
    );
}

#[actix_web::test]
async fn a_database_that_cant_be_used_is_named_without_its_password() {
    let url = "postgres://ada:hunter2@127.0.0.1:1/nothing";
    let error = Auth::builder().database(url).build().await.err().unwrap();
    assert!(matches!(error, StartError::Outdated { .. }));
    let sentence = error.to_string();
    assert!(
        sentence.contains("127.0.0.1:1") && !sentence.contains("hunter2"),
        "{sentence}"
    );
}

#[actix_web::test]
#[should_panic(expected = "AuthBuilder::base_path")]
async fn another_path_than_it_was_built_for_is_refused() {
    let dir = TempDir::new().unwrap();
    let auth = builder(dir.path(), "http://localhost:8080")
        .build()
        .await
        .unwrap();
    drop(App::new().configure(auth.routes("/auth")));
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    fn names(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl EventSink for Heard {
    fn hear(&self, event: &Event) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.push(event.kind.name().to_owned());
    }
}

#[actix_web::test]
async fn the_host_hears_of_what_happens() {
    let heard = Arc::new(Heard::default());
    let sink: Arc<dyn EventSink> = heard.clone();
    let host = Host::with(|auth, _| auth.on_events(sink)).await;
    host.signed_in().await;
    assert_eq!(heard.names(), ["admin_account_created", "signed_in"]);
}
