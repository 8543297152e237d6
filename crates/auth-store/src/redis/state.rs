//! How a Redis is set up, for whoever operates it.

use std::time::Duration;

use auth_core::{StoreError, Timestamp};
use deadpool_redis::redis::{Cmd, Value};

use super::{RedisStore, evicts};

/// How a Redis is set up, as far as it says. Of a cluster this holds if it holds of any server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisState {
    /// Whether it is a cluster.
    pub is_cluster: bool,
    /// Whether it may delete keys before their time, for want of memory.
    pub evicts: bool,
    /// Whether it writes down what it keeps; otherwise a restart signs everybody out.
    pub persists: bool,
    /// How many replicas follow.
    pub replicas: u64,
    /// What time it is there; not of a cluster, which has many clocks.
    pub time: Option<Timestamp>,
}

impl RedisStore {
    /// How the server is set up.
    ///
    /// # Errors
    /// When it does not answer, or its user may not use `INFO`.
    pub async fn state(&self) -> Result<RedisState, StoreError> {
        let mut info = Cmd::new();
        info.arg("INFO");
        let info: Value = self.connections.query(&info).await?;
        let time = match self.is_cluster {
            true => None,
            false => Some(self.time().await?),
        };
        Ok(RedisState::read(&texts(&info), self.is_cluster, time))
    }

    async fn time(&self) -> Result<Timestamp, StoreError> {
        let mut time = Cmd::new();
        time.arg("TIME");
        let (seconds, micros): (u64, u64) = self.connections.query(&time).await?;
        let since = Duration::from_secs(seconds) + Duration::from_micros(micros);
        let millis = i64::try_from(since.as_millis());
        let millis = millis.map_err(|error| StoreError::Failed(error.into()))?;
        Ok(Timestamp::from_millis(millis))
    }
}

impl RedisState {
    /// Reads what each server says.
    fn read(servers: &[String], is_cluster: bool, time: Option<Timestamp>) -> Self {
        let replicas = |info: &String| field(info, "connected_slaves:")?.parse::<u64>().ok();
        Self {
            is_cluster,
            evicts: servers.iter().any(|info| evicts(info)),
            persists: servers.iter().any(|info| persists(info)),
            replicas: servers.iter().filter_map(replicas).sum(),
            time,
        }
    }
}

fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name))
}

/// Whether a server appends what happens to a file, or has taken a snapshot.
fn persists(info: &str) -> bool {
    let is_on = |name, off| field(info, name).is_some_and(|value| value != off);
    is_on("aof_enabled:", "0") || is_on("rdb_saves:", "0")
}

/// All texts of an answer, which of a cluster is one of each server.
fn texts(answer: &Value) -> Vec<String> {
    match answer {
        Value::BulkString(bytes) => vec![String::from_utf8_lossy(bytes).into_owned()],
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => vec![text.clone()],
        Value::Array(values) | Value::Set(values) => values.iter().flat_map(texts).collect(),
        Value::Map(pairs) => pairs.iter().flat_map(|(_, value)| texts(value)).collect(),
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_from_what_any_server_says() {
        let one =
            "maxmemory:0\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\nconnected_slaves:1";
        let other = "maxmemory:100\r\nmaxmemory_policy:allkeys-lru\r\nconnected_slaves:2";
        let answer = Value::Array(vec![
            Value::BulkString(one.into()),
            Value::BulkString(other.into()),
        ]);
        let state = RedisState::read(&texts(&answer), true, None);
        let expected = RedisState {
            is_cluster: true,
            evicts: true,
            persists: true,
            replicas: 3,
            time: None,
        };
        assert_eq!(state, expected);
        assert!(!RedisState::read(&[one.to_owned()], false, None).evicts);
    }
}
