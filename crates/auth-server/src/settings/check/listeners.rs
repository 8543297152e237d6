//! Whether every listener has a place of its own.

use std::net::SocketAddr;

use anyhow::ensure;

use crate::settings::Settings;

/// Refuses two listeners in one place: the second one could not be opened.
pub(super) fn check(settings: &Settings) -> anyhow::Result<()> {
    let all = [
        ("--bind", settings.bind),
        ("--admin-bind", settings.admin.admin_bind),
        ("--metrics-bind", settings.metrics_bind),
    ];
    let all = all.map(|(name, at)| at.map(|at| (name, at)));
    let all: Vec<_> = all.into_iter().flatten().collect();
    for (n, (name, at)) in all.iter().enumerate() {
        let taken = all.iter().take(n).find(|(_, other)| collide(*other, *at));
        ensure!(
            taken.is_none(),
            "{name} {at} is where {} is: give it a port of its own",
            taken.map_or("", |(other, _)| other)
        );
    }
    Ok(())
}

/// Whether only one of two can be listened on. Whether `[::]` takes addresses of IPv4 as well is
/// up to the machine, so that is found out when it is tried.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let is_everywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
    let is_same = one.ip() == other.ip() || (is_everywhere && one.is_ipv4() == other.is_ipv4());
    // The system gives each that asks for port 0 another one.
    is_same && one.port() == other.port() && one.port() != 0
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn refusal(args: &[&str]) -> Option<String> {
        let settings = Settings::try_parse_from(["server"].iter().chain(args)).unwrap();
        check(&settings).err().map(|error| error.to_string())
    }

    #[test]
    fn two_listeners_need_two_places() {
        let own = ["--bind", "127.0.0.1:4001"];
        for other in ["--metrics-bind", "--admin-bind"] {
            for at in ["127.0.0.1:4001", "0.0.0.0:4001"] {
                let refused = refusal(&[&own[..], &[other, at]].concat()).unwrap();
                assert!(refused.starts_with(&format!("{other} {at}")), "{refused}");
                assert!(refused.contains("--bind is"), "{refused}");
            }
            for at in ["127.0.0.1:4002", "127.0.0.2:4001", "[::1]:4001"] {
                assert_eq!(refusal(&[&own[..], &[other, at]].concat()), None, "{at}");
            }
        }
        let beside = ["--admin-bind", "[::1]:4009", "--metrics-bind", "[::]:4009"];
        let refused = refusal(&beside).unwrap();
        assert!(refused.contains("--admin-bind is"), "{refused}");
        let any = ["--bind", "127.0.0.1:0", "--metrics-bind", "127.0.0.1:0"];
        assert_eq!(refusal(&any), None);
    }
}
