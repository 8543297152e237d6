//! PostgreSQL crashes: what was answered for is there afterwards.

use std::net::IpAddr;
use std::time::Duration;

use auth_core::secret::Salt;
use auth_core::session::{Device, SecretChange, SecretKind, SessionKey};
use auth_core::{
    Clock as _, Fingerprint, Secret, Session, SessionId, SessionStore as _, SystemClock, Timestamp,
    UserId,
};
use auth_store::{Database, DatabaseConfig};
use test_services::Postgres;

use crate::accounts::register;
use crate::place::{administer, connect, postgres, postgres_url};

/// How many changes are made before the crash, of which only the last could be lost.
const CHANGES: usize = 20;

/// A server that keeps what it answered for, and nothing that it need not.
async fn careful_server(server: &Postgres) -> Database {
    let settings = [
        "ALTER ROLE postgres SET synchronous_commit = 'on'",
        "ALTER SYSTEM SET wal_writer_delay = '10s'",
        "SELECT pg_reload_conf()",
    ];
    administer(server, &settings).await;
    connect(&postgres_url(server), &DatabaseConfig::default()).await
}

fn session(user: UserId, kind: SecretKind) -> Session {
    let now = SystemClock.now();
    Session {
        id: SessionId::generate(),
        user_id: user,
        kind,
        credentials_version: 0,
        created_at: now,
        last_seen_at: now,
        auth_time: now,
        idle: Duration::from_secs(1800),
        ends_at: now + Duration::from_secs(3600),
        remember: false,
        device: Device::new("test", IpAddr::from([192, 0, 2, 1])),
        tokens_until: Timestamp::default(),
        unused: false,
        identity: None,
        assurance: Default::default(),
    }
}

async fn kept(database: &Database, user: UserId, kind: SecretKind) -> (Session, Fingerprint) {
    let (session, secret) = (session(user, kind), Secret::generate().fingerprint());
    database.insert(&session, &secret).await.unwrap();
    (session, secret)
}

/// Crashes while the connections are open: to leave would write.
async fn crash(server: &Postgres, database: Database) -> Database {
    server.crash().unwrap();
    drop(database);
    server.restart().unwrap();
    connect(&postgres_url(server), &DatabaseConfig::default()).await
}

/// Ends sessions, crashes, and expects that none of them came back.
async fn sign_outs(server: &Postgres, holds_a_lease: bool) {
    let database = careful_server(server).await;
    let user = register(&database, "ada").await.unwrap().id;
    if holds_a_lease {
        let _ = database.changes();
    }
    let mut ended = vec![];
    for _ in 0..CHANGES {
        let (session, _) = kept(&database, user, SecretKind::Cookie).await;
        let now = SystemClock.now();
        let deleted = database.delete(user, &[session.id], None, now).await;
        assert_eq!(deleted.unwrap().unwrap().len(), 1);
        ended.push(session.id);
    }
    let database = crash(server, database).await;
    for id in ended {
        let found = database.get(&SessionKey::Id(id, user)).await.unwrap();
        assert!(found.is_none(), "a sign-out was lost");
    }
}

#[tokio::test]
async fn a_sign_out_is_not_lost() {
    if let Some(server) = postgres("a_sign_out_is_not_lost") {
        sign_outs(&server, false).await;
    }
}

#[tokio::test]
async fn a_sign_out_that_others_were_told_of_is_not_lost() {
    if let Some(server) = postgres("a_sign_out_that_others_were_told_of_is_not_lost") {
        sign_outs(&server, true).await;
    }
}

/// Exchanges secrets of sessions of a kind, crashes, and expects that it was for good.
async fn exchanges(
    server: &Postgres,
    database: Database,
    user: UserId,
    kind: SecretKind,
) -> Database {
    let mut exchanged = vec![];
    for _ in 0..CHANGES {
        let (session, spent) = kept(&database, user, kind).await;
        let key = SessionKey::Id(session.id, user);
        let read = database.get(&key).await.unwrap().unwrap();
        let change = SecretChange {
            spent,
            next: Fingerprint {
                family: spent.family,
                ..Secret::generate().fingerprint()
            },
            salt: Salt::generate(),
            at: SystemClock.now(),
        };
        let now = change.at;
        let replaced = database.replace(&read, &session, Some(&change), now).await;
        assert!(replaced.unwrap());
        exchanged.push(change);
    }
    let database = crash(server, database).await;
    for SecretChange { spent, next, .. } in exchanged {
        let old = database.get(&SessionKey::Secret(spent.secret)).await;
        assert!(old.unwrap().is_none(), "a spent secret works again");
        let new = database.get(&SessionKey::Secret(next.secret)).await;
        assert!(new.unwrap().is_some(), "a new secret was lost");
    }
    database
}

#[tokio::test]
async fn a_spent_secret_does_not_work_again() {
    let Some(server) = postgres("a_spent_secret_does_not_work_again") else {
        return;
    };
    let mut database = careful_server(&server).await;
    let user = register(&database, "ada").await.unwrap().id;
    for kind in [SecretKind::Cookie, SecretKind::Refresh] {
        database = exchanges(&server, database, user, kind).await;
    }
}
