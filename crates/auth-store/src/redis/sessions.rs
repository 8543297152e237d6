//! Sessions on Redis. The scripts explain which keys there are.

use async_trait::async_trait;
use auth_core::session::{
    Changed, Found, KEPT_SPENT, Revoke, RevokedSession, SecretChange, SecretKind, Shard,
};
use auth_core::{
    Fingerprint, SecretHash, Session, SessionId, SessionStore, StoreError, Timestamp, UserId,
};
use deadpool_redis::redis::{Cmd, FromRedisValue};
use uuid::Uuid;

use super::RedisStore;
use super::record::{broken, decode, decode_salt, encode, millis};
use super::scripts::{Call, Script};

impl RedisStore {
    /// A call of a script on sessions, with the arguments that all of them take.
    fn call<'a>(&self, script: &'a Script, shard: Shard, now: Timestamp) -> Call<'a> {
        let keys = self.keys_of(shard);
        let mut call = script.key(keys.to_string());
        call.arg(&*keys).arg(now.as_millis());
        call
    }

    async fn get<T: FromRedisValue>(
        &self,
        shard: Shard,
        kind: &str,
        name: &str,
    ) -> Result<T, StoreError> {
        let mut get = Cmd::new();
        get.arg("GET");
        get.arg(format!("{}{kind}:{name}", self.keys_of(shard)));
        self.connections.query(&get).await
    }
}

#[async_trait]
impl SessionStore for RedisStore {
    fn is_sharded(&self) -> bool {
        self.is_cluster
    }

    async fn insert(
        &self,
        session: &Session,
        secret: &Fingerprint,
        max: u32,
    ) -> Result<(), StoreError> {
        let shard = Shard::of_user(session.user_id);
        if self.is_cluster && Shard::of_secret(&secret.secret) != shard {
            return Err(broken("a secret of another shard"));
        }
        let mut script = self.call(&self.scripts.insert, shard, session.created_at);
        script
            .arg(secret.secret.to_text())
            .arg(encode(session))
            .arg(session.created_at.as_millis())
            .arg(max)
            .arg(secret.family.to_text());
        self.connections.invoke(&script).await
    }

    async fn find(
        &self,
        kind: SecretKind,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError> {
        let record: Option<String> = self
            .get(Shard::of_secret(secret), "session", &secret.to_text())
            .await?;
        let found = live(record.as_deref(), now)?;
        Ok(found.filter(|found| found.session.kind == kind))
    }

    async fn find_by_id(
        &self,
        id: SessionId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError> {
        let mut script = self.call(&self.scripts.find_by_id, Shard::of_user(user), now);
        script.arg(id.to_string());
        let record: Option<String> = self.connections.invoke(&script).await?;
        let found = live(record.as_deref(), now)?;
        Ok(found.filter(|found| found.session.user_id == user))
    }

    async fn trace(
        &self,
        kind: SecretKind,
        secret: &Fingerprint,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let shard = Shard::of_secret(&secret.secret);
        let mut script = self.call(&self.scripts.trace, shard, now);
        script
            .arg(secret.secret.to_text())
            .arg(secret.family.to_text());
        let record: Option<String> = self.connections.invoke(&script).await?;
        let found = live(record.as_deref(), now)?.map(|found| found.session);
        Ok(found.filter(|session| session.kind == kind))
    }

    async fn touch(
        &self,
        id: SessionId,
        user: UserId,
        secret: Option<&SecretHash>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut script = self.call(&self.scripts.touch, Shard::of_user(user), now);
        let secret = secret.map(|secret| secret.to_text()).unwrap_or_default();
        script.arg(id.to_string()).arg(secret);
        self.connections.invoke(&script).await
    }

    async fn change_secret(
        &self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        let shard = Shard::of_secret(&change.spent.secret);
        if self.is_cluster && Shard::of_secret(&change.next.secret) != shard {
            return Err(broken("a successor of another shard"));
        }
        let mut script = self.call(&self.scripts.change_secret, shard, now);
        script
            .arg(kind.as_str())
            .arg(change.spent.secret.to_text())
            .arg(change.spent.family.to_text())
            .arg(change.next.secret.to_text())
            .arg(change.next.family.to_text())
            .arg(change.salt.to_text())
            .arg(change.tokens_until.as_millis())
            .arg(millis(change.reuse_window))
            .arg(KEPT_SPENT);
        let answer: Vec<String> = self.connections.invoke(&script).await?;
        changed(&answer.iter().map(String::as_str).collect::<Vec<_>>())
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let mut script = self.call(&self.scripts.list, Shard::of_user(user), now);
        script.arg(user.to_string());
        let records: Vec<String> = self.connections.invoke(&script).await?;
        let sessions: Result<Vec<_>, _> = records.iter().map(|record| decode(record)).collect();
        let mut sessions = sessions?;
        sessions.retain(|session| session.expires_at() > now);
        sessions.sort_by_key(|session| std::cmp::Reverse((session.last_seen_at, session.id)));
        Ok(sessions)
    }

    async fn revoke(&self, user: UserId, which: Revoke, now: Timestamp) -> Result<u64, StoreError> {
        let (which, id) = match which {
            Revoke::One(id) => ("one", id.to_string()),
            Revoke::Others(id) => ("others", id.to_string()),
            Revoke::All => ("all", String::new()),
        };
        let mut script = self.call(&self.scripts.revoke, Shard::of_user(user), now);
        script.arg(user.to_string()).arg(which).arg(id);
        self.connections.invoke(&script).await
    }

    async fn denial(
        &self,
        id: SessionId,
        user: UserId,
        _now: Timestamp,
    ) -> Result<RevokedSession, StoreError> {
        // A session is among its user's for as long as its access tokens are valid, so that
        // one which is not was ended, or went with all data of a server without persistence.
        let mut score = Cmd::new();
        let sessions = format!("{}user:{user}", self.keys_of(Shard::of_user(user)));
        score.arg("ZSCORE").arg(sessions).arg(id.to_string());
        let kept: Option<f64> = self.connections.query(&score).await?;
        Ok(RevokedSession {
            denied: kept.is_none(),
            user: None,
        })
    }

    async fn identity(&self) -> Result<Option<String>, StoreError> {
        let name = format!("{}identity", self.prefix);
        let proposal = Uuid::now_v7().to_string();
        let mut claim = Cmd::new();
        claim.arg("SET").arg(&name).arg(&proposal).arg("NX");
        let _: Option<String> = self.connections.query(&claim).await?;
        let mut get = Cmd::new();
        get.arg("GET").arg(&name);
        let identity: Option<String> = self.connections.query(&get).await?;
        Ok(Some(format!("redis:{}", identity.unwrap_or(proposal))))
    }

    /// Nothing to do: sessions and denials expire by themselves.
    async fn purge(&self, _now: Timestamp) -> Result<u64, StoreError> {
        Ok(0)
    }
}

/// The session of a record, if it is still alive.
fn live(record: Option<&str>, now: Timestamp) -> Result<Option<Found>, StoreError> {
    let session = record.map(decode).transpose()?;
    let session = session.filter(|session| session.expires_at() > now);
    Ok(session.map(|session| Found {
        session,
        user: None,
    }))
}

/// What the script says of a change.
fn changed(answer: &[&str]) -> Result<Changed, StoreError> {
    match answer {
        ["fresh", record] => Ok(Changed::Fresh(decode(record)?)),
        ["again", record, salt] => Ok(Changed::Again(decode(record)?, decode_salt(salt)?)),
        ["reused", record] => Ok(Changed::Reused(decode(record)?)),
        ["unknown"] => Ok(Changed::Unknown),
        _ => Err(broken("a changed secret")),
    }
}
