//! Sessions on Redis. The scripts explain which keys there are.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::cache::ChangeLog;
use auth_core::session::{
    Found, KEPT_SPENT, RevokedSession, SecretChange, SessionKey, SessionStore, Shard,
};
use auth_core::{
    Authority, Fingerprint, SecretHash, Session, SessionId, StoreError, Timestamp, UserId,
};
use deadpool_redis::redis::Cmd;
use uuid::Uuid;

use super::RedisStore;
use super::expiry::{GRACE, LONGEST, Spans};
use super::record::{broken, decode, decode_spent, encode, encode_spent, renew};
use super::scripts::{Call, Script};

impl RedisStore {
    /// A call of a script on sessions, with the argument that all of them take.
    fn call<'a>(&self, script: &'a Script, shard: Shard) -> Call<'a> {
        let keys = self.keys_of(shard);
        let mut call = script.key(keys.to_string());
        call.arg(&*keys);
        call
    }

    /// Refuses a secret that is to be kept where its owner is not.
    fn check_shard(&self, secret: &Fingerprint, user: UserId) -> Result<(), StoreError> {
        if self.is_cluster && Shard::of_secret(&secret.secret) != Shard::of_user(user) {
            return Err(broken("a secret of another shard"));
        }
        Ok(())
    }

    async fn with_secret(&self, secret: &SecretHash) -> Result<Option<Found>, StoreError> {
        let keys = self.keys_of(Shard::of_secret(secret));
        let mut get = Cmd::new();
        get.arg("MGET");
        get.arg(format!("{keys}session:{}", secret.to_text()));
        get.arg(format!("{keys}log:server"));
        let (record, server): (Option<String>, _) = self.connections.query(&get).await?;
        self.judge(server);
        record.map(|record| as_read(*secret, record)).transpose()
    }

    async fn with_id(&self, id: SessionId, user: UserId) -> Result<Option<Found>, StoreError> {
        let mut script = self.call(&self.scripts.get, Shard::of_user(user));
        script.arg(id.to_string());
        let (found, server): (Vec<String>, _) = self.connections.invoke(&script).await?;
        self.judge(server);
        let found = found_in(found)?;
        Ok(found.filter(|found| found.session.user_id == user))
    }

    async fn with_any_secret(&self, secret: &Fingerprint) -> Result<Option<Found>, StoreError> {
        let shard = Shard::of_secret(&secret.secret);
        let mut script = self.call(&self.scripts.trace, shard);
        let hash = secret.secret.to_text();
        script.arg(&hash).arg(secret.family.to_text());
        found_in(self.connections.invoke(&script).await?)
    }

    async fn sessions(&self, script: &Call<'_>) -> Result<Vec<Session>, StoreError> {
        let records: Vec<String> = self.connections.invoke(script).await?;
        records.iter().map(|record| decode(record)).collect()
    }
}

/// What a script finds: the hash of the secret in force, the record, and of a secret that was
/// spent what is kept of it and whether it was the latest.
fn found_in(answer: Vec<String>) -> Result<Option<Found>, StoreError> {
    let mut answer = answer.into_iter();
    let (Some(secret), Some(record)) = (answer.next(), answer.next()) else {
        return Ok(None);
    };
    let secret = SecretHash::from_text(&secret).map_err(|_| broken("a secret"))?;
    let mut found = as_read(secret, record)?;
    if let (Some(mark), Some(is_latest)) = (answer.next(), answer.next()) {
        found.spent = Some(decode_spent(&mark, is_latest == "1")?);
    }
    Ok(Some(found))
}

/// A session of which nobody asked by a spent secret.
fn as_read(secret: SecretHash, record: String) -> Result<Found, StoreError> {
    Ok(Found {
        session: decode(&record)?,
        secret,
        spent: None,
        as_stored: record,
        user: None,
    })
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
    ) -> Result<Vec<Session>, StoreError> {
        self.check_shard(secret, session.user_id)?;
        let shard = Shard::of_user(session.user_id);
        let spans = Spans::of(session, session.created_at);
        let mut script = self.call(&self.scripts.insert, shard);
        script
            .arg(session.id.to_string())
            .arg(session.user_id.to_string())
            .arg(session.created_at.as_millis())
            .arg(secret.secret.to_text())
            .arg(secret.family.to_text())
            .arg(encode(session));
        script.arg(spans.record).arg(spans.user).arg(spans.secrets);
        self.sessions(&script).await
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Found>, StoreError> {
        match key {
            SessionKey::Secret(secret) => self.with_secret(secret).await,
            SessionKey::Id(id, user) => self.with_id(*id, *user).await,
            SessionKey::AnySecret(secret) => self.with_any_secret(secret).await,
        }
    }

    async fn replace(
        &self,
        read: &Found,
        next: &Session,
        change: Option<&SecretChange>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let spans = Spans::of(next, now);
        let shard = Shard::of_user(next.user_id);
        let mut script = self.call(&self.scripts.replace, shard);
        script
            .arg(next.id.to_string())
            .arg(next.user_id.to_string())
            .arg(read.secret.to_text())
            .arg(&read.as_stored)
            .arg(renew(&read.as_stored, next)?);
        script.arg(spans.record).arg(spans.user).arg(spans.secrets);
        if let Some(change) = change {
            self.check_shard(&change.next, next.user_id)?;
            script
                .arg(change.spent.family.to_text())
                .arg(change.next.secret.to_text())
                .arg(change.next.family.to_text())
                .arg(encode_spent(next, change.salt, change.at))
                .arg(KEPT_SPENT);
        }
        let is_logged = change.is_some() && read.is_changed_for_all(next);
        if is_logged {
            script.arg(now.as_millis());
        }
        let replaced = self.connections.invoke(&script).await?;
        match is_logged {
            true => self.once_in_force(replaced).await,
            false => Ok(replaced),
        }
    }

    async fn delete(
        &self,
        user: UserId,
        ids: &[SessionId],
        _by: Option<&Authority>,
        now: Timestamp,
    ) -> Result<Option<Vec<Session>>, StoreError> {
        let mut script = self.call(&self.scripts.delete, Shard::of_user(user));
        script.arg(user.to_string()).arg(now.as_millis());
        script.arg(GRACE).arg(LONGEST);
        for id in ids {
            script.arg(id.to_string());
        }
        let ended = self.sessions(&script).await?;
        // Also where there was nothing to end: somebody else may have ended it just now.
        self.once_in_force(Some(ended)).await
    }

    async fn by_user(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let mut script = self.call(&self.scripts.by_user, Shard::of_user(user));
        script.arg(user.to_string());
        self.sessions(&script).await
    }

    async fn denial(&self, id: SessionId, user: UserId) -> Result<RevokedSession, StoreError> {
        // A session is among its user's for as long as its access tokens are valid, so that
        // one which is not was ended, or went with all data of a server without persistence.
        let mut script = self.call(&self.scripts.denial, Shard::of_user(user));
        script.arg(user.to_string()).arg(id.to_string());
        let (kept, server): (Option<String>, _) = self.connections.invoke(&script).await?;
        self.judge(server);
        Ok(RevokedSession {
            denied: kept.is_none(),
            user: None,
        })
    }

    /// Nothing to do: sessions and denials expire by themselves.
    async fn purge(&self, _now: Timestamp) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn changes(&self) -> Option<Arc<dyn ChangeLog>> {
        self.leases.as_ref()?.hold()
    }

    async fn in_force(&self) -> Result<(), StoreError> {
        self.once_in_force(()).await
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
}
