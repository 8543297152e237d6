//! Several servers that act as one: a cluster, and a server behind Sentinel.

use test_services::{RedisCluster, RedisSentinel};
use tokio::time::{Instant, sleep};

use super::*;

/// How long servers may take to notice that one of them is gone, on a busy machine.
const FAIL_OVER: Duration = Duration::from_secs(60);

/// Sessions of so many users are on every shard, next to certainly.
const USERS: usize = 24;

/// Longer waits than the other tests': several servers share this machine.
fn patient() -> RedisConfig {
    RedisConfig {
        connect_timeout: Duration::from_secs(3),
        command_timeout: Duration::from_secs(3),
        ..config()
    }
}

async fn connect(url: &str) -> RedisStore {
    RedisStore::connect(url, patient()).await.unwrap()
}

/// Keeps a session of each of many users.
async fn keep_many(store: &RedisStore, now: Timestamp) -> Vec<(Session, Fingerprint)> {
    let mut kept = vec![];
    for _ in 0..USERS {
        let session = Session {
            idle: Duration::from_secs(600),
            ..session(now)
        };
        let secret = secret_of(session.user_id);
        store.insert(&session, &secret).await.unwrap();
        kept.push((session, secret));
    }
    kept
}

/// Uses every session, again and again until each could be used, and says how many there
/// were. In between the store is unavailable, and nothing else.
async fn touch_in_the_end(store: &RedisStore, kept: &[(Session, Fingerprint)]) -> usize {
    let (deadline, mut live) = (Instant::now() + FAIL_OVER, 0);
    for (session, _) in kept {
        loop {
            let now = SystemClock.now();
            match touch(store, session, now).await {
                Ok(is_live) => {
                    live += usize::from(is_live);
                    break;
                }
                fault => assert_unavailable(fault),
            }
            assert!(Instant::now() < deadline, "nobody stepped in");
            sleep(Duration::from_millis(50)).await;
        }
    }
    live
}

fn cluster(test: &str) -> Option<RedisCluster> {
    can_run(test, &[&REDIS]).then(|| RedisCluster::start().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_does_every_step_on_every_shard() {
    let Some(cluster) = cluster("a_cluster_does_every_step_on_every_shard") else {
        return;
    };
    let (store, now) = (connect(&cluster.url()).await, SystemClock.now());
    store.check().await.unwrap();
    for _ in 0..USERS {
        use_everything(&store, now).await;
        store.clear("key").await.unwrap();
    }
    for node in cluster.nodes() {
        let redis = deadpool_redis::redis::Client::open(node.url()).unwrap();
        let mut connection = redis.get_multiplexed_async_connection().await.unwrap();
        let keys: u64 = Cmd::new()
            .arg("DBSIZE")
            .query_async(&mut connection)
            .await
            .unwrap();
        assert!(keys > 0, "{} has nothing to do", node.url());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_another_shard_is_refused() {
    let Some(cluster) = cluster("a_secret_of_another_shard_is_refused") else {
        return;
    };
    let (store, now) = (connect(&cluster.url()).await, SystemClock.now());
    let (one, other) = (session(now), secret_of(UserId::generate()));
    assert_ne!(Shard::of_user(one.user_id), Shard::of_secret(&other.secret));
    let refused = store.insert(&one, &other).await;
    assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_survives_the_loss_of_a_server() {
    let test = "a_cluster_survives_the_loss_of_a_server";
    if !can_run(test, &[&REDIS]) {
        return;
    }
    let cluster = RedisCluster::start_with_replica().unwrap();
    let (store, now) = (connect(&cluster.url()).await, SystemClock.now());
    let kept = keep_many(&store, now).await;
    // The one that the URL names.
    cluster.nodes()[0].stop().unwrap();
    assert_eq!(touch_in_the_end(&store, &kept).await, USERS);
    // It comes back as a replica, which sends everybody away.
    cluster.nodes()[0].restart().unwrap();
    assert_eq!(touch_in_the_end(&store, &kept).await, USERS);
    for (session, _) in &kept {
        assert_eq!(end(&store, session, now).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_that_is_away_makes_its_sessions_unavailable() {
    let test = "a_shard_that_is_away_makes_its_sessions_unavailable";
    let Some(cluster) = cluster(test) else { return };
    let store = RedisStore::connect(&cluster.url(), config()).await.unwrap();
    let kept = keep_many(&store, SystemClock.now()).await;
    cluster.nodes()[2].stop().unwrap();
    let (mut live, mut away) = (0, 0);
    for (_, secret) in &kept {
        match store.get(&SessionKey::Secret(secret.secret)).await {
            Ok(found) => live += usize::from(found.is_some()),
            fault => {
                assert_unavailable(fault);
                away += 1;
            }
        }
    }
    assert!(
        live > 0 && away > 0 && live + away == USERS,
        "{live} {away}"
    );
    assert_unavailable(store.check().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_sentinel_the_next_master_is_found() {
    if !can_run("behind_sentinel_the_next_master_is_found", &[&REDIS]) {
        return;
    }
    let sentinel = RedisSentinel::start().unwrap();
    let (store, now) = (connect(&sentinel.url()).await, SystemClock.now());
    use_everything(&store, now).await;
    let kept = keep_many(&store, now).await;
    sentinel.master().stop().unwrap();
    assert_eq!(touch_in_the_end(&store, &kept).await, USERS);
    store.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_are_not_taken_for_what_they_watch() {
    if !can_run("sentinels_are_not_taken_for_what_they_watch", &[&REDIS]) {
        return;
    }
    let sentinel = RedisSentinel::start().unwrap();
    let port = sentinel.port();
    for (url, remedy) in [
        (format!("redis://127.0.0.1:{port}"), "redis-sentinel://"),
        (format!("redis-sentinel://127.0.0.1:{port}/other"), ""),
    ] {
        let refused = RedisStore::connect(&url, patient()).await.unwrap_err();
        assert!(format!("{refused:?}").contains(remedy), "{refused:?}");
    }
}
