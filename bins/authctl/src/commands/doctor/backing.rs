//! The stores behind the servers: their clocks, and how Redis is set up.

use auth_core::{Clock as _, SystemClock};
use auth_server::settings::SessionStoreUrl;
use auth_server::{Settings, config};
use auth_store::Database;
use url::Url;

use super::clocks;
use super::finding::Finding;

/// Asks each store that the settings name. A database that is away is told of elsewhere.
pub async fn look(settings: &Settings) -> Vec<Finding> {
    let mut found: Vec<_> = database(settings).await.into_iter().collect();
    match settings.session_store() {
        Ok(SessionStoreUrl::Redis(url)) => found.extend(redis::look(settings, &url).await),
        Ok(_) => {}
        Err(error) => {
            let remedy = "correct --session-store";
            found.push(Finding::problem("redis", format!("{error:#}"), remedy));
        }
    }
    found
}

async fn database(settings: &Settings) -> Option<Finding> {
    let any = Url::parse("http://localhost").ok()?;
    let stores = config(settings, any).ok()?.stores;
    if stores.database.sqlite_file().is_some() {
        return None;
    }
    let database = Database::connect(&stores.database, &stores.database_config);
    let theirs = database.await.ok()?.clock().await.ok()??;
    let leeway = settings.sessions.clock_leeway;
    Some(clocks::judge(
        "PostgreSQL",
        theirs,
        SystemClock.now(),
        leeway,
    ))
}

#[cfg(feature = "redis")]
mod redis {
    use auth_core::StoreError;
    use auth_store::redis::{RedisConfig, RedisState, RedisStore};

    use super::*;

    const CHECK: &str = "redis";

    pub async fn look(settings: &Settings, url: &str) -> Vec<Finding> {
        match state(settings, url).await {
            Ok(state) => {
                let leeway = settings.sessions.clock_leeway;
                let clock = state
                    .time
                    .map(|theirs| clocks::judge("Redis", theirs, SystemClock.now(), leeway));
                judge(&state).into_iter().chain(clock).collect()
            }
            Err(error) => {
                let remedy = "see that it runs, and that --session-store names it and a user who \
                              may use it";
                vec![Finding::problem(CHECK, error.to_string(), remedy)]
            }
        }
    }

    async fn state(settings: &Settings, url: &str) -> Result<RedisState, StoreError> {
        let config = RedisConfig {
            connect_timeout: settings.stores.store_timeout,
            command_timeout: settings.stores.store_timeout,
            lease: settings.stores.lease,
            ..RedisConfig::default()
        };
        RedisStore::connect(url, config).await?.state().await
    }

    fn judge(state: &RedisState) -> Vec<Finding> {
        let mut found = vec![];
        if state.evicts {
            found.push(Finding::problem(
                CHECK,
                "it may delete keys for want of memory, and ended sessions come back by that",
                "set its maxmemory-policy to noeviction",
            ));
        }
        if !state.persists {
            found.push(Finding::warning(
                CHECK,
                "it writes nothing down, so a restart of it signs everybody out",
                "set its appendonly to yes",
            ));
        }
        let kind = if state.is_cluster {
            "a cluster, asked for every session"
        } else {
            "one server"
        };
        found.push(Finding::ok(
            CHECK,
            format!("{kind}, with {} replicas", state.replicas),
        ));
        found
    }

    #[cfg(test)]
    mod tests {
        use super::super::super::finding::Level;
        use super::*;

        #[test]
        fn a_redis_that_forgets_is_told() {
            let state = |is_cluster, evicts, persists| RedisState {
                is_cluster,
                evicts,
                persists,
                replicas: 2,
                time: None,
            };
            let mode = |is_cluster| judge(&state(is_cluster, false, true)).remove(0).found;
            assert_eq!(mode(false), "one server, with 2 replicas");
            assert_eq!(
                mode(true),
                "a cluster, asked for every session, with 2 replicas"
            );
            let levels = |evicts, persists| {
                let found = judge(&state(false, evicts, persists)).into_iter();
                found.map(|one| one.level).collect::<Vec<_>>()
            };
            assert_eq!(levels(false, true), [Level::Ok]);
            assert_eq!(levels(true, true), [Level::Problem, Level::Ok]);
            assert_eq!(levels(false, false), [Level::Warning, Level::Ok]);
        }
    }
}

#[cfg(not(feature = "redis"))]
mod redis {
    use super::{Finding, Settings};

    pub async fn look(_: &Settings, _: &str) -> Vec<Finding> {
        let remedy = "build it with the feature `redis`";
        vec![Finding::problem("redis", "this build has none", remedy)]
    }
}
