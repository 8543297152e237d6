//! Free ports.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};

/// Below the ports that systems give to outgoing connections: a server that is away for a
/// while must find its port free when it comes back.
const PORTS: Range<u32> = 20_000..32_000;

/// Ports from which one process chooses before it meets those of the next.
const SHARE: u32 = 64;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port of the loopback address that nobody uses, never the same twice in a row, for a
/// server that must come back on it.
///
/// # Errors
/// When every port is in use.
pub fn free() -> Result<u16> {
    let start = process::id().wrapping_mul(SHARE);
    let next = || start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    let listener = listen(std::iter::repeat_with(next).take(PORTS.len()))?;
    Ok(listener.local_addr()?.port())
}

/// Listens on the first free port among those that the numbers stand for.
fn listen(mut numbers: impl Iterator<Item = u32>) -> Result<TcpListener> {
    let count = PORTS.end - PORTS.start;
    numbers
        .find_map(|n| {
            let port = u16::try_from(PORTS.start + n % count).ok()?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
        })
        .context("no port of 127.0.0.1 is free")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_passed_over() {
        let listener = listen(0..SHARE).unwrap();
        let taken = listener.local_addr().unwrap().port();
        let number = u32::from(taken) - PORTS.start;
        assert!(listen([number].into_iter()).is_err());
        let next = listen(number..number + SHARE).unwrap();
        assert_ne!(next.local_addr().unwrap().port(), taken);
    }

    #[test]
    fn every_number_stands_for_a_port_of_the_range() {
        let listener = listen(u32::MAX - SHARE..u32::MAX).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(PORTS.contains(&u32::from(port)));
    }
}
