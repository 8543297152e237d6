//! wrk, the load generator.

use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// What to send.
pub struct Load {
    url: String,
    connections: u32,
    threads: usize,
    script: String,
}

/// What came of it.
pub struct Outcome {
    /// Answers a second.
    pub rate: f64,
    /// The 99th percentile of the latency in milliseconds.
    pub p99_ms: f64,
    /// Answers that were no success.
    pub failed: u64,
}

/// A load under way.
pub struct Running {
    child: Child,
    _script: tempfile::NamedTempFile,
}

impl Load {
    /// Reads this URL with this header (`Name: value`).
    pub fn reading(url: &str, header: Option<&str>, connections: u32) -> Self {
        let mut script = String::new();
        if let Some((name, value)) = header.and_then(|header| header.split_once(": ")) {
            // Writing to a string can't fail.
            let _ = writeln!(script, "wrk.headers[\"{name}\"] = \"{value}\"");
        }
        Self {
            url: url.to_owned(),
            connections,
            threads: 1,
            script,
        }
    }

    /// Posts this JSON to this URL.
    pub fn posting(url: &str, json: &str, connections: u32) -> Self {
        let script = format!(
            "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\nwrk.body = [[{json}]]\n"
        );
        Self {
            url: url.to_owned(),
            connections,
            threads: 1,
            script,
        }
    }

    /// Sends from so many threads instead of one.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Sends for this long.
    ///
    /// # Errors
    /// As [`start`](Self::start) and [`Running::finish`].
    pub fn run(&self, time: Duration) -> anyhow::Result<Outcome> {
        self.start(time)?.finish()
    }

    /// Starts sending for this long.
    ///
    /// # Errors
    /// When wrk is not installed.
    pub fn start(&self, time: Duration) -> anyhow::Result<Running> {
        let script = tempfile::Builder::new().suffix(".lua").tempfile()?;
        std::fs::write(script.path(), &self.script)?;
        let child = Command::new("wrk")
            .args(["--threads", &self.threads.to_string()])
            .args(["--latency", "--timeout", "20s"])
            .args(["--connections", &self.connections.to_string()])
            .args(["--duration", &format!("{}s", time.as_secs())])
            .arg("--script")
            .arg(script.path())
            .arg(&self.url)
            .stdout(Stdio::piped())
            .spawn()
            .context("wrk is needed: install it, on Debian with apt-get install wrk")?;
        Ok(Running {
            child,
            _script: script,
        })
    }
}

impl Running {
    /// Waits for the end.
    ///
    /// # Errors
    /// When wrk fails.
    pub fn finish(self) -> anyhow::Result<Outcome> {
        let output = self.child.wait_with_output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "wrk failed: {text}");
        parse(&text).with_context(|| format!("wrk said something unexpected: {text}"))
    }
}

fn parse(text: &str) -> Option<Outcome> {
    let field = |label: &str| {
        let line = text.lines().map(str::trim).find(|l| l.starts_with(label))?;
        Some(line[label.len()..].trim().to_owned())
    };
    let failed = field("Non-2xx or 3xx responses:").map_or(Some(0), |n| n.parse().ok())?;
    Some(Outcome {
        rate: field("Requests/sec:")?.parse().ok()?,
        p99_ms: milliseconds(&field("99%")?)?,
        failed,
    })
}

/// Reads `812.00us`, `1.23ms`, `1.23s`.
fn milliseconds(text: &str) -> Option<f64> {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1000.0)];
    units.iter().find_map(|(unit, factor)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * factor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_wrk_says() {
        let said = "  Latency Distribution\n     50%  315.00us\n     99%    1.42ms\n  \
                    35012 requests in 5.00s, 10MB read\n  Non-2xx or 3xx responses: 7\n\
                    Requests/sec:   7002.40\nTransfer/sec: 2MB\n";
        let outcome = parse(said).unwrap();
        assert!((outcome.rate - 7002.4).abs() < 0.01);
        assert!((outcome.p99_ms - 1.42).abs() < 0.001);
        assert_eq!(outcome.failed, 7);
        assert_eq!(milliseconds("1.50s"), Some(1500.0));
    }
}
