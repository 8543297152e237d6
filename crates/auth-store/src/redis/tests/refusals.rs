//! Servers that can't be used, which shows at the start.

use super::*;

async fn refusal(url: &str) -> String {
    let refused = RedisStore::connect(url, config()).await.unwrap_err();
    format!("{refused:?}")
}

#[tokio::test]
async fn a_server_that_can_not_be_written_to_is_refused() {
    let test = "a_server_that_can_not_be_written_to_is_refused";
    let (Some(server), Some(master)) = (server(test), server(test)) else {
        return;
    };
    let store = connect(&server).await;
    let () = store.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    assert!(refusal(&server.url()).await.contains("OOM"));
    assert_unavailable(store.check().await);
    let () = store.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    store.check().await.unwrap();
    let port = master.place().port().to_string();
    let () = store.ask(&["REPLICAOF", "127.0.0.1", &port]).await;
    assert!(refusal(&server.url()).await.contains("read only replica"));
    assert_unavailable(store.check().await);
}

#[tokio::test]
async fn a_user_who_lacks_a_right_is_refused() {
    let Some(server) = server("a_user_who_lacks_a_right_is_refused") else {
        return;
    };
    let admin = connect(&server).await;
    let host = server.url().replace("redis://", "");
    let url = format!("redis://ada:word@{host}");
    for rights in [
        "~auth:* +@all -@write",
        "~auth:* +@all -zrange",
        "~auth:* +@all -get",
        "~auth:* +@all -evalsha -eval",
        "~other:* +@all",
    ] {
        let words = ["ACL", "SETUSER", "ada", "reset", "on", ">word"];
        let words: Vec<_> = words.into_iter().chain(rights.split(' ')).collect();
        let () = admin.ask(&words).await;
        let fault = RedisStore::connect(&url, config()).await;
        assert_unavailable(fault);
    }
    let () = admin
        .ask(&[
            "ACL", "SETUSER", "ada", "reset", "on", ">word", "~auth:*", "+@all",
        ])
        .await;
    let store = RedisStore::connect(&url, config()).await.unwrap();
    use_everything(&store, SystemClock.now()).await;
    // Rights that are taken away later make it unavailable, and no step half done.
    let () = admin.ask(&["ACL", "SETUSER", "ada", "-set"]).await;
    let now = SystemClock.now();
    let kept = session(now);
    let secret = secret_of(kept.user_id);
    assert_unavailable(store.insert(&kept, &secret).await);
    assert_unavailable(store.check().await);
}

#[tokio::test]
async fn half_a_revocation_is_none() {
    let Some(server) = server("half_a_revocation_is_none") else {
        return;
    };
    let admin = connect(&server).await;
    let (now, host) = (SystemClock.now(), server.url().replace("redis://", ""));
    let () = admin
        .ask(&["ACL", "SETUSER", "ada", "on", ">word", "~auth:*", "+@all"])
        .await;
    let url = format!("redis://ada:word@{host}");
    let store = RedisStore::connect(&url, config()).await.unwrap();
    let kept = session(now);
    let secret = secret_of(kept.user_id);
    store.insert(&kept, &secret).await.unwrap();
    // What denies the access tokens can't be written.
    let () = admin.ask(&["ACL", "SETUSER", "ada", "-set"]).await;
    assert_unavailable(end(&store, &kept, now).await);
    let () = admin.ask(&["ACL", "SETUSER", "ada", "+set"]).await;
    assert_eq!(end(&store, &kept, now).await.unwrap(), 1);
    assert!(is_denied(&store, &kept).await);
    // A server without memory signs people out all the same.
    store.insert(&kept, &secret).await.unwrap();
    let () = admin.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    assert_eq!(end(&store, &kept, now).await.unwrap(), 1);
    assert!(is_denied(&store, &kept).await);
    let key = SessionKey::Secret(secret.secret);
    assert!(get(&store, key).await.is_none());
}

#[tokio::test]
async fn a_url_that_fits_no_server_is_refused() {
    let test = "a_url_that_fits_no_server_is_refused";
    let (Some(one), Some(other)) = (server(test), server(test)) else {
        return;
    };
    let port = other.place().port();
    let two = format!("{},127.0.0.1:{port}", one.url());
    assert!(refusal(&two).await.contains("no cluster"));
    let cluster = test_services::RedisCluster::start().unwrap();
    let with_database = format!("{}/3", cluster.url());
    assert!(refusal(&with_database).await.contains("no databases"));
    // The first one does not answer, which is what the second is for.
    one.stop().unwrap();
    let first = one.url();
    let second = cluster.url().replace("redis://", "");
    let store = RedisStore::connect(&format!("{first},{second}"), config()).await;
    store.unwrap().ping().await.unwrap();
}
