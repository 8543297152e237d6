//! What is written, step by step, and what is left of a step that is refused.

use super::*;

/// Takes every path through every script, and gives the number of steps. One session is
/// ended, one lives on.
pub(super) async fn use_everything(store: &RedisStore, now: Timestamp) -> u64 {
    let rule = Rule::fixed(1, Duration::from_secs(60));
    let (ended, live) = (session(now), session(now));
    let secrets = [live.user_id, live.user_id, ended.user_id].map(secret_of);
    let change = SecretChange {
        spent: secrets[0],
        next: secrets[1],
        salt: Salt::generate(),
        at: now,
    };

    store.insert(&live, &secrets[0]).await.unwrap();
    store.insert(&ended, &secrets[2]).await.unwrap();
    let found = get(store, SessionKey::Secret(secrets[0].secret)).await;
    assert_eq!(found.unwrap().session, live);
    assert!(touch(store, &ended, now).await.unwrap());
    let key = SessionKey::AnySecret(secrets[0]);
    let read = get(store, key).await.unwrap();
    let spent = store.replace(&read, &live, Some(&change), now).await;
    assert!(spent.unwrap());
    let read = get(store, key).await.unwrap();
    assert_eq!(read.secret, secrets[1].secret);
    let spent = read.spent.unwrap();
    assert!(spent.is_latest && spent.salt == change.salt && spent.at == now);
    assert_eq!(store.by_user(ended.user_id).await.unwrap().len(), 1);
    assert_eq!(end(store, &ended, now).await.unwrap(), 1);
    assert!(is_denied(store, &ended).await);
    assert_eq!(store.hit("key", &rule, now).await.unwrap(), None);
    assert!(store.hit("key", &rule, now).await.unwrap().is_some());
    store.refund("key").await.unwrap();
    store.clear("key").await.unwrap();
    assert_eq!(store.hit("key", &rule, now).await.unwrap(), None);
    16
}

#[tokio::test]
async fn without_memory_whoever_is_signed_in_stays_so() {
    let Some(server) = server("without_memory_whoever_is_signed_in_stays_so") else {
        return;
    };
    let (store, now) = (connect(&server).await, SystemClock.now());
    let (kept, secret) = (session(now), Secret::generate().fingerprint());
    store.insert(&kept, &secret).await.unwrap();
    let () = store.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    assert!(touch(&store, &kept, now).await.unwrap());
    assert_eq!(rotate(&store, secret, now).await.unwrap(), Some(true));
}

/// A step that is refused half-way takes nothing away.
#[tokio::test]
async fn half_a_rotation_is_none() {
    let Some(server) = server("half_a_rotation_is_none") else {
        return;
    };
    let (admin, now) = (connect(&server).await, SystemClock.now());
    let rights = ["ACL", "SETUSER", "ada", "on", ">word", "~auth:*", "+@all"];
    let () = admin.ask(&rights).await;
    let host = server.url().replace("redis://", "");
    let url = format!("redis://ada:word@{host}");
    let store = RedisStore::connect(&url, config()).await.unwrap();
    let (kept, secret) = (session(now), Secret::generate().fingerprint());
    store.insert(&kept, &secret).await.unwrap();
    for right in ["set", "hset", "hincrby", "hget", "pttl"] {
        let () = admin
            .ask(&["ACL", "SETUSER", "ada", &format!("-{right}")])
            .await;
        assert_unavailable(rotate(&store, secret, now).await);
        let () = admin
            .ask(&["ACL", "SETUSER", "ada", &format!("+{right}")])
            .await;
        assert!(get(&store, id(&kept)).await.is_some(), "{right}");
        let key = SessionKey::Secret(secret.secret);
        assert!(get(&store, key).await.is_some(), "{right}");
    }
    assert_eq!(rotate(&store, secret, now).await.unwrap(), Some(true));
}

/// Gives a session another secret of its family; nothing when there is no session.
async fn rotate(
    store: &RedisStore,
    spent: Fingerprint,
    now: Timestamp,
) -> Result<Option<bool>, StoreError> {
    let Some(read) = store.get(&SessionKey::AnySecret(spent)).await? else {
        return Ok(None);
    };
    let change = SecretChange {
        spent,
        next: Fingerprint {
            family: spent.family,
            ..Secret::generate().fingerprint()
        },
        salt: Salt::generate(),
        at: now,
    };
    let replaced = store.replace(&read, &read.session, Some(&change), now);
    replaced.await.map(Some)
}

/// Whatever stands there that this version does not know is carried over.
#[tokio::test]
async fn what_a_later_version_adds_to_a_record_stays_there() {
    let test = "what_a_later_version_adds_to_a_record_stays_there";
    let Some(server) = server(test) else { return };
    let (store, now) = (connect(&server).await, SystemClock.now());
    let (kept, secret) = (session(now), Secret::generate().fingerprint());
    store.insert(&kept, &secret).await.unwrap();
    let name = format!("auth:session:{}", secret.secret.to_text());
    let record: String = store.ask(&["GET", &name]).await;
    let later = format!("{record}\u{1e}3 field");
    let () = store.ask(&["SET", &name, &later]).await;
    let later_at = now + Duration::from_secs(9);
    assert!(touch(&store, &kept, later_at).await.unwrap());
    assert_eq!(rotate(&store, secret, now).await.unwrap(), Some(true));
    let read = get(&store, id(&kept)).await.unwrap();
    assert!(
        read.as_stored.ends_with("\u{1e}3 field"),
        "{}",
        read.as_stored
    );
    assert_eq!(read.session.last_seen_at, later_at);
    assert_eq!(read.session.device, kept.device);
}
