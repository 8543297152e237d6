//! What the store does about its server: sharing connections, outages, credentials.

mod groups;
mod refusals;
mod steps;

use std::net::{IpAddr, TcpListener};
use std::time::Duration;

use auth_core::limit::Rule;
use auth_core::secret::Salt;
use auth_core::session::{Device, Found, SecretChange, SecretKind, SessionKey};
use auth_core::{
    Clock as _, Fingerprint, LimitStore as _, Secret, Session, SessionId, SessionStore as _,
    SystemClock, Timestamp, UserId,
};
use deadpool_redis::redis::FromRedisValue;
use futures_util::future::join_all;
use test_services::{REDIS, Redis, can_run};

use super::*;
use steps::use_everything;

/// A server of the test's own; none, and a word about it, where Redis is not installed.
fn server(test: &str) -> Option<Redis> {
    can_run(test, &[&REDIS]).then(|| Redis::start().unwrap())
}

/// One connection, and waits short enough to be waited for.
fn config() -> RedisConfig {
    RedisConfig {
        connect_timeout: Duration::from_millis(200),
        command_timeout: Duration::from_millis(200),
        connections: 1,
        ..RedisConfig::default()
    }
}

async fn connect(server: &Redis) -> RedisStore {
    RedisStore::connect(&server.url(), config()).await.unwrap()
}

impl RedisStore {
    async fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let mut command = Cmd::new();
        command.arg(words);
        self.connections.query(&command).await.unwrap()
    }

    /// A number from the server's statistics.
    async fn statistic(&self, name: &str) -> u64 {
        let info: String = self.ask(&["INFO", "stats"]).await;
        let value = info.lines().find_map(|line| line.strip_prefix(name));
        value.unwrap().trim_start_matches(':').parse().unwrap()
    }
}

/// Another would have to be woken up for each answer.
#[tokio::test]
async fn each_thread_that_asks_has_a_connection_of_its_own() {
    let Some(server) = server("each_thread_that_asks_has_a_connection_of_its_own") else {
        return;
    };
    let config = RedisConfig {
        connections: 3,
        ..config()
    };
    let open = async || RedisStore::connect(&server.url(), config.clone()).await;
    let (store, other) = (open().await.unwrap(), open().await.unwrap());
    let ask = |store: &RedisStore| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        let id: u64 = runtime.block_on(store.ask(&["CLIENT", "ID"]));
        id
    };
    let ids = std::thread::scope(|threads| {
        let asked = [&other, &other, &store, &store];
        asked.map(|store| threads.spawn(move || ask(store)).join().unwrap())
    });
    let own: u64 = store.ask(&["CLIENT", "ID"]).await;
    assert_ne!(ids[2], ids[3]);
    assert!(!ids.contains(&own), "{own} {ids:?}");
}

/// A secret that this user's sessions can have on a cluster.
fn secret_of(user: UserId) -> Fingerprint {
    loop {
        let secret = Secret::generate().fingerprint();
        if Shard::of_secret(&secret.secret) == Shard::of_user(user) {
            return secret;
        }
    }
}

fn session(now: Timestamp) -> Session {
    Session {
        id: SessionId::generate(),
        user_id: UserId::generate(),
        kind: SecretKind::Refresh,
        credentials_version: 0,
        created_at: now,
        last_seen_at: now,
        auth_time: now,
        idle: Duration::from_secs(60),
        ends_at: now + Duration::from_secs(600),
        remember: false,
        device: Device::new("test", IpAddr::from([127, 0, 0, 1])),
        tokens_until: now + Duration::from_secs(120),
        unused: false,
        identity: None,
        assurance: Default::default(),
    }
}

/// A session as this key finds it.
async fn get(store: &RedisStore, key: SessionKey) -> Option<Found> {
    store.get(&key).await.unwrap()
}

fn id(session: &Session) -> SessionKey {
    SessionKey::Id(session.id, session.user_id)
}

/// Uses a session; says whether it was there.
async fn touch(store: &RedisStore, one: &Session, now: Timestamp) -> Result<bool, StoreError> {
    let Some(read) = store.get(&id(one)).await? else {
        return Ok(false);
    };
    let next = Session {
        last_seen_at: now,
        ..read.session.clone()
    };
    store.replace(&read, &next, None, now).await
}

/// Ends a session, and gives the number of those that were ended.
async fn end(store: &RedisStore, one: &Session, now: Timestamp) -> Result<usize, StoreError> {
    let ended = store.delete(one.user_id, &[one.id], None, now).await?;
    Ok(ended.unwrap().len())
}

async fn is_denied(store: &RedisStore, session: &Session) -> bool {
    let denial = store.denial(session.id, session.user_id).await;
    denial.unwrap().denied
}

fn assert_unavailable<T: fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(
        matches!(answer, Err(StoreError::Unavailable(_))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_server_that_evicts_keys_is_recognised() {
    let Some(server) = server("a_server_that_evicts_keys_is_recognised") else {
        return;
    };
    let store = connect(&server).await;
    for (memory, policy, evicting) in [
        ("0", "allkeys-lru", false),
        ("100mb", "noeviction", false),
        ("100mb", "allkeys-lru", true),
        ("100mb", "volatile-ttl", true),
    ] {
        for (name, value) in [("maxmemory", memory), ("maxmemory-policy", policy)] {
            let () = store.ask(&["CONFIG", "SET", name, value]).await;
        }
        let info: String = store.ask(&["INFO", "memory"]).await;
        assert_eq!(evicts(&info), evicting, "{memory} {policy}");
    }
    assert!(!evicts("nothing we know"));
}

#[tokio::test]
async fn every_step_is_one_round_trip_on_a_connection_that_is_open() {
    let test = "every_step_is_one_round_trip_on_a_connection_that_is_open";
    let Some(server) = server(test) else { return };
    let (mut store, now) = (connect(&server).await, SystemClock.now());
    // Whoever makes a change waits for others, who come by connections of their own.
    store.leases = None;
    // The server learns the scripts.
    use_everything(&store, now).await;
    store.clear("key").await.unwrap();

    let connections = store.statistic("total_connections_received").await;
    let reads = store.statistic("total_reads_processed").await;
    let steps = use_everything(&store, now).await;
    // The last question is a read, too.
    let reads = store.statistic("total_reads_processed").await - reads - 1;
    assert_eq!(reads, steps);
    let after = store.statistic("total_connections_received").await;
    assert_eq!(after, connections);
}

#[tokio::test]
async fn many_requests_at_once_share_one_connection() {
    let Some(server) = server("many_requests_at_once_share_one_connection") else {
        return;
    };
    let store = connect(&server).await;
    let connections = store.statistic("total_connections_received").await;
    for answer in join_all((0..500).map(|_| store.ping())).await {
        answer.unwrap();
    }
    let after = store.statistic("total_connections_received").await;
    assert_eq!(after, connections);
}

#[tokio::test]
async fn every_key_expires_by_itself_but_not_before_its_time() {
    let test = "every_key_expires_by_itself_but_not_before_its_time";
    let Some(server) = server(test) else { return };
    let store = connect(&server).await;
    use_everything(&store, SystemClock.now()).await;
    // The grace that follows each time is much longer than this test.
    for (kind, seconds) in [
        ("session", 120),
        ("id", 120),
        ("user", 600),
        ("family", 600),
        ("spent", 600),
        ("chain", 600),
        ("denied", 120),
        ("limit", 60),
    ] {
        let keys: Vec<String> = store.ask(&["KEYS", &format!("auth:{kind}:*")]).await;
        assert_eq!(keys.len(), 1, "{kind}");
        let left: i64 = store.ask(&["PTTL", &keys[0]]).await;
        let least = seconds * 1000;
        assert!((least..least + 310_000).contains(&left), "{kind}: {left}");
    }
    let log: i64 = store.ask(&["PTTL", "auth:log:entries"]).await;
    assert!((0..=7_200_000).contains(&log), "{log}");
    // Where the log stands is the only thing that is never forgotten.
    let all: Vec<String> = store.ask(&["KEYS", "*"]).await;
    assert_eq!(all.len(), 8 + 2, "{all:?}");
}

#[tokio::test]
async fn absurd_lifetimes_are_kept_too() {
    let Some(server) = server("absurd_lifetimes_are_kept_too") else {
        return;
    };
    let (store, now) = (connect(&server).await, SystemClock.now());
    let eternal = Session {
        idle: Duration::from_millis(1_000_000_000_000_000),
        ends_at: Timestamp::from_millis(i64::MAX),
        tokens_until: Timestamp::from_millis(i64::MAX),
        ..session(now)
    };
    let secret = Secret::generate().fingerprint();
    store.insert(&eternal, &secret).await.unwrap();
    assert!(touch(&store, &eternal, now).await.unwrap());
    let found = get(&store, SessionKey::Secret(secret.secret)).await;
    assert_eq!(found.unwrap().session, eternal);
    assert_eq!(end(&store, &eternal, now).await.unwrap(), 1);

    let rule = Rule::fixed(1, Duration::MAX);
    assert_eq!(store.hit("key", &rule, now).await.unwrap(), None);
    assert!(store.hit("key", &rule, now).await.unwrap() > Some(now));
}

#[tokio::test]
async fn the_server_may_forget_the_scripts() {
    let Some(server) = server("the_server_may_forget_the_scripts") else {
        return;
    };
    let (store, now) = (connect(&server).await, SystemClock.now());
    use_everything(&store, now).await;
    let () = store.ask(&["SCRIPT", "FLUSH"]).await;
    store.clear("key").await.unwrap();
    use_everything(&store, now).await;
}

#[tokio::test]
async fn nobody_notices_a_restart_between_two_requests() {
    let Some(server) = server("nobody_notices_a_restart_between_two_requests") else {
        return;
    };
    let (store, now) = (connect(&server).await, SystemClock.now());
    let (kept, secret) = (session(now), Secret::generate().fingerprint());
    store.insert(&kept, &secret).await.unwrap();

    server.restart().unwrap();
    while store.connections.breaks() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(touch(&store, &kept, now).await.unwrap());
}

#[tokio::test]
async fn while_the_server_is_away_every_request_says_so() {
    let Some(server) = server("while_the_server_is_away_every_request_says_so") else {
        return;
    };
    let (store, now) = (connect(&server).await, SystemClock.now());
    let secret = SessionKey::Secret(Secret::generate().hash());
    server.stop().unwrap();
    for _ in 0..3 {
        assert_unavailable(store.ping().await);
        assert_unavailable(store.get(&secret).await);
        assert_unavailable(touch(&store, &session(now), now).await);
    }
    assert_unavailable(RedisStore::connect(&server.url(), config()).await);
    server.restart().unwrap();
    store.ping().await.unwrap();
}

#[tokio::test]
async fn callers_of_a_silent_server_wait_together_and_not_forever() {
    let test = "callers_of_a_silent_server_wait_together_and_not_forever";
    let Some(server) = server(test) else { return };
    let store = connect(&server).await;
    let connections = store.statistic("total_connections_received").await;
    let ask = || join_all((0..50).map(|_| store.ping()));

    server.pause().unwrap();
    // The first fifty find out that the connection is of no use, the others try a new one.
    for answer in ask().await.into_iter().chain(ask().await) {
        assert_unavailable(answer);
    }
    server.resume().unwrap();
    for answer in ask().await {
        answer.unwrap();
    }
    let after = store.statistic("total_connections_received").await;
    assert_eq!(after - connections, 2, "one in vain, one in use");
}

#[test]
fn a_runtime_that_ends_strands_nobody() {
    let Some(server) = server("a_runtime_that_ends_strands_nobody") else {
        return;
    };
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    let store = runtime().block_on(connect(&server));
    runtime().block_on(async {
        // Nobody told that the task behind the connection is gone, so one request may
        // find it out.
        if let Err(fault) = store.ping().await {
            assert_unavailable(Err::<(), _>(fault));
        }
        store.ping().await.unwrap();
    });
}

#[tokio::test]
async fn the_credentials_and_the_database_of_the_url_are_used() {
    let Some(server) = server("the_credentials_and_the_database_of_the_url_are_used") else {
        return;
    };
    let store = connect(&server).await;
    let () = store
        .ask(&["ACL", "SETUSER", "ada", "on", ">p@ss:word", "~*", "+@all"])
        .await;
    let () = store.ask(&["CONFIG", "SET", "requirepass", "secret"]).await;
    let host = server.url().replace("redis://", "");
    for credentials in [":secret", "ada:p%40ss%3Aword"] {
        let url = format!("redis://{credentials}@{host}/3");
        let store = RedisStore::connect(&url, config()).await.unwrap();
        store.ping().await.unwrap();
        let client: String = store.ask(&["CLIENT", "INFO"]).await;
        assert!(client.contains(" db=3 "), "{client}");
        assert_eq!(store.to_string(), format!("redis://{host}/3"));
    }
    for credentials in ["", ":wrong@", "ada:secret@"] {
        let url = format!("redis://{credentials}{host}");
        let refused = RedisStore::connect(&url, config()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
        assert!(!format!("{refused:?}").contains("wrong"));
    }
}

#[tokio::test]
async fn tls_refuses_a_server_that_does_not_speak_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || drop(listener.accept()));
    let url = format!("rediss://127.0.0.1:{port}");
    assert_unavailable(RedisStore::connect(&url, config()).await);
}

#[tokio::test]
async fn a_server_without_memory_is_away_and_not_broken() {
    let Some(server) = server("a_server_without_memory_is_away_and_not_broken") else {
        return;
    };
    let (store, now) = (connect(&server).await, SystemClock.now());
    let () = store.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let secret = Secret::generate().fingerprint();
    assert_unavailable(store.insert(&session(now), &secret).await);
    let () = store.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    store.insert(&session(now), &secret).await.unwrap();
}
