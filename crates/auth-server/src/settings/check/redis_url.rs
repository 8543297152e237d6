//! Whether the URL of a Redis names where it is.

use anyhow::ensure;
use url::Url;

use crate::settings::{SessionStoreUrl, Settings};

/// Refuses a URL whose hosts can't be read. It may hold a password, so it is not repeated.
pub(super) fn check(settings: &Settings) -> anyhow::Result<()> {
    // A file that can't be read is told of where it is needed.
    let Ok(SessionStoreUrl::Redis(url)) = settings.session_store() else {
        return Ok(());
    };
    ensure!(
        hosts(&url).all(is_host),
        "--session-store has to name the host of Redis, with a number for a port, as in \
         redis://localhost:6379"
    );
    Ok(())
}

/// One, or several with commas between them.
fn hosts(url: &str) -> impl Iterator<Item = &str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let hosts = authority.rsplit_once('@').map(|(_, hosts)| hosts);
    hosts.unwrap_or(authority).split(',')
}

fn is_host(text: &str) -> bool {
    let url = Url::parse(&format!("redis://{text}"));
    url.is_ok_and(|url| url.host_str().is_some_and(|host| !host.is_empty()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn refusal(url: &str) -> Option<String> {
        let settings = Settings::try_parse_from(["server", "--session-store", url]).unwrap();
        check(&settings).err().map(|error| error.to_string())
    }

    #[test]
    fn every_host_is_named() {
        for url in [
            "memory",
            "redis://localhost",
            "rediss://me:p%40ss@redis.example.org:6380/1",
            "redis://:p@ss@[::1]:6379",
            "redis://a:1,b:2/0?protocol=resp3",
            "redis-sentinel://:secret@a,b:26379/mymaster/1",
        ] {
            assert_eq!(refusal(url), None, "{url}");
        }
        for url in [
            "redis://",
            "redis:///1",
            "redis://me:hunter2@",
            "redis://:6379",
            "redis://a,,b",
            "redis://me:hunter2@127.0.0.1:nope",
            "redis-sentinel:///mymaster",
        ] {
            let refused = refusal(url).unwrap_or_else(|| panic!("{url} is taken"));
            assert!(refused.starts_with("--session-store"), "{refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}
