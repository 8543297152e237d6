//! The forms that settings take.

mod explained;
mod lists;

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use auth_core::Rule;
use auth_store::Lease;
use bytesize::ByteSize;
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use ipnet::IpNet;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

pub(super) use explained::explained;
pub(super) use lists::{is_untidy, tidied};

/// Which mistakes are forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Environment {
    /// For one's own machine.
    Development,
    /// For everybody else's.
    Production,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// What is logged: a level, or targets with one, separated by commas. A word alone is a level, so
/// that a misspelt one is not taken for a target.
pub(super) fn log_level(text: &str) -> Result<String, &'static str> {
    let is_meant = |part: &str| {
        let is_level = !part.is_empty() && part.parse::<LevelFilter>().is_ok();
        is_level || part.contains(['=', '['])
    };
    let is_level = text.split(',').all(is_meant) && EnvFilter::builder().parse(text).is_ok();
    is_level.then(|| text.to_owned()).ok_or(
        "use off, error, warn, info, debug or trace, for a part of the server such as \
         info,auth_store=debug",
    )
}

/// A network, or a single address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse().map(IpAddr::into));
    network.map_err(|_| "expected a network as 10.0.0.0/8 or an address as 10.0.0.1".to_owned())
}

/// One of a closed list of words, which the help names.
pub fn one_of<T>(
    values: impl IntoIterator<Item = T>,
    word: impl Fn(&T) -> &'static str,
) -> impl TypedValueParser<Value = T>
where
    T: Clone + Send + Sync + 'static,
{
    let values: Vec<_> = values
        .into_iter()
        .map(|value| (word(&value), value))
        .collect();
    let words: Vec<_> = values.iter().map(|(word, _)| *word).collect();
    PossibleValuesParser::new(words).try_map(move |text| {
        let meant = values.iter().find(|(word, _)| *word == text);
        meant
            .map(|(_, value)| value.clone())
            .ok_or("an unknown word")
    })
}

/// Whether a built-in list is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BuiltIn {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// Whether the web pages are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pages {
    /// They are, as people use them.
    On,
    /// They are not: for a front end of one's own.
    Off,
    /// They are, and show how the strategy in use works and how others differ.
    Demo,
}

/// Whether the API is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Docs {
    /// It is.
    On,
    /// It is not.
    Off,
}

impl Pages {
    /// The default: on, where they are built in.
    pub const BUILT_IN: Self = match cfg!(feature = "pages") {
        true => Self::On,
        false => Self::Off,
    };
}

/// Whether credentials that were looked up are kept in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Caching {
    /// They are.
    On,
    /// They are not: each request asks the store.
    Off,
}

/// Whether a server brings its database up to date when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Migrating {
    /// It does.
    On,
    /// It does not: somebody else runs `authctl db migrate`.
    Off,
}

/// Whether limits apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Limiting {
    /// They do.
    On,
    /// They don't: for load tests.
    Off,
}

/// So many in such a time: `20/10m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In which time.
    pub window: Duration,
}

impl From<Rate> for Rule {
    fn from(rate: Rate) -> Self {
        Self::fixed(rate.count, rate.window)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let rate = parts.and_then(|(count, window)| {
            Some(Self {
                count: count.parse().ok().filter(|n| *n > 0)?,
                window: between(MILLISECOND, TEN_YEARS)(window).ok()?,
            })
        });
        rate.ok_or_else(|| "use a count from 1 and a time up to ten years, such as 20/10m".into())
    }
}

/// Reads `30m`, `12h`, `500ms`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "use a number with its unit, such as 30m, 12h or 500ms".into())
}

pub(super) const MILLISECOND: Duration = Duration::from_millis(1);
/// The shortest of most times.
pub const SECOND: Duration = Duration::from_secs(1);
pub(super) const HOUR: Duration = Duration::from_secs(3600);
/// The longest of short times.
pub const DAY: Duration = Duration::from_secs(86_400);
/// Longer than anything here should last, and short enough for every calendar.
pub(super) const TEN_YEARS: Duration = Duration::from_secs(3650 * 86_400);

/// Reads a time that lies between two others, both included.
pub fn between(
    least: Duration,
    most: Duration,
) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    move |text| {
        let read = duration(text)?;
        if (least..=most).contains(&read) {
            return Ok(read);
        }
        let [least, most] = [least, most].map(in_one_unit);
        Err(format!("use a time between {least} and {most}"))
    }
}

/// A time as it can be given, in the largest unit that it is a whole number of.
fn in_one_unit(time: Duration) -> String {
    const UNITS: [(u128, &str); 4] = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1_000, "s"),
    ];
    let millis = time.as_millis();
    let is_whole = |(length, _): &&(u128, &str)| millis > 0 && millis.is_multiple_of(*length);
    match UNITS.iter().find(is_whole) {
        Some((length, unit)) => format!("{}{unit}", millis / length),
        None if millis == 0 => "0s".to_owned(),
        None => format!("{millis}ms"),
    }
}

/// Reads the length of a lease.
pub(super) fn lease(text: &str) -> Result<Lease, String> {
    let lease = Lease::new(duration(text)?);
    lease.map_err(|_| "use a time between 100ms and 1s, such as 1s".into())
}

/// Reads a count within a range.
pub(super) fn count(
    range: RangeInclusive<usize>,
) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| {
        let (least, most) = (range.start(), range.end());
        let count: Option<usize> = text.parse().ok();
        let count = count.ok_or_else(|| format!("use a whole number from {least} to {most}"))?;
        match range.contains(&count) {
            true => Ok(count),
            false => Err(format!("{count} is not in {least}..={most}")),
        }
    }
}

/// Reads a size of memory that a profile or two fit into, and that memory can have.
pub(super) fn size(text: &str) -> Result<ByteSize, String> {
    let size: Option<ByteSize> = text.parse().ok();
    let size = size.filter(|size| (ByteSize::mib(1)..=ByteSize::tib(1)).contains(size));
    size.ok_or_else(|| "use a size between 1MiB and 1TiB, such as 64MiB".into())
}

/// Reads an address to listen on: `127.0.0.1:4001`, `[::1]:4001` or `localhost:4001`.
pub(super) fn socket_address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
    let found = found.unwrap_or_default();
    // A name may stand for an address of each kind; clients try the older kind at the latest.
    let first = found.iter().find(|at| at.is_ipv4()).or(found.first());
    let first = first.copied();
    first.ok_or_else(|| "use an address and a port, such as 127.0.0.1:4001".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_a_count_and_a_time() {
        let rate: Rate = "20/10m".parse().unwrap();
        assert_eq!((rate.count, rate.window.as_secs()), (20, 600));
        for bad in ["", "20", "0/1h", "20/0s", "x/1h", "20/1 fortnight"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_time_outside_its_range_is_refused_with_the_range() {
        let read = between(SECOND, DAY);
        assert_eq!(read("30m"), Ok(Duration::from_secs(1800)));
        for text in ["0s", "25h", "100 years"] {
            assert_eq!(read(text).unwrap_err(), "use a time between 1s and 1d");
        }
        assert!(read("30").unwrap_err().contains("unit"));
    }

    #[test]
    fn a_time_is_told_as_it_can_be_given() {
        for (time, told) in [
            (TEN_YEARS, "3650d"),
            (HOUR, "1h"),
            (Duration::from_secs(90), "90s"),
            (MILLISECOND, "1ms"),
            (Duration::ZERO, "0s"),
        ] {
            assert_eq!(in_one_unit(time), told);
            assert_eq!(duration(told), Ok(time));
        }
    }

    #[test]
    fn a_count_is_a_whole_number_within_its_range() {
        let read = count(1..=1024);
        assert_eq!(read("1024"), Ok(1024));
        for text in ["4.5", "", "-1", "four", "99999999999999999999999"] {
            assert_eq!(read(text).unwrap_err(), "use a whole number from 1 to 1024");
        }
        assert_eq!(read("0").unwrap_err(), "0 is not in 1..=1024");
    }

    #[test]
    fn a_misspelt_level_is_no_target() {
        for text in ["debug", "info,auth_store=debug", "warn,[request]=trace"] {
            assert_eq!(log_level(text).as_deref(), Ok(text));
        }
        for text in ["", "debgu", "info,auth_store", "auth_store=loud", "info,"] {
            assert!(log_level(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_is_one_that_memory_can_have() {
        assert_eq!(size("64MiB"), Ok(ByteSize::mib(64)));
        for text in ["", "0", "64", "1023KiB", "2TiB", "-1MiB", "64 fortnights"] {
            let remedy = size(text).unwrap_err();
            assert!(remedy.contains("such as 64MiB"), "{text}: {remedy}");
        }
    }

    #[test]
    fn an_address_to_listen_on_may_be_a_name() {
        let local = socket_address("localhost:4001").unwrap();
        assert!(local.ip().is_loopback() && local.port() == 4001, "{local}");
        assert!(socket_address("[::1]:4001").unwrap().is_ipv6());
        for text in ["localhost", "4001", ":4001", "127.0.0.1", "127.0.0.1:70000"] {
            assert!(socket_address(text).is_err(), "{text}");
        }
    }
}
