//! How far it is, and how long it will take.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on a terminal, plain lines elsewhere; both on standard error.
pub struct Progress {
    bar: Option<ProgressBar>,
    begun: Instant,
    done: Duration,
    total: Duration,
}

impl Progress {
    /// The beginning of something that will probably take `total`.
    pub fn begin(total: Duration) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total.as_secs());
            // A template that is not understood leaves the usual one.
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} % {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self {
            bar,
            begun: Instant::now(),
            done: Duration::ZERO,
            total,
        }
    }

    /// Says what is done now.
    pub fn tell(&self, what: &str) {
        let left = minutes(self.left());
        match &self.bar {
            Some(bar) => bar.set_message(format!("{left} left · {what}")),
            None => eprintln!("{} done, {left} left: {what}", self.percent()),
        }
    }

    /// Says something that should stay on the screen.
    pub fn note(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.println(what),
            None => eprintln!("{what}"),
        }
    }

    /// How much of the estimate is done.
    pub fn done(&self) -> Duration {
        self.done
    }

    /// Something that was to take so long is done.
    pub fn advance(&mut self, estimate: Duration) {
        self.reach(self.done + estimate);
    }

    /// So much of the estimate is done.
    pub fn reach(&mut self, done: Duration) {
        self.done = done;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done.as_secs());
        }
    }

    /// The end of it.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// The estimate for the rest, corrected by how the estimates fared so far.
    fn left(&self) -> Duration {
        let rest = self.total.saturating_sub(self.done);
        let (done, took) = (self.done.as_secs_f64(), self.begun.elapsed().as_secs_f64());
        // The first few say little.
        if done < 10.0 {
            rest
        } else {
            rest.mul_f64(took / done)
        }
    }

    fn percent(&self) -> String {
        let share = self.done.as_secs_f64() / self.total.as_secs_f64().max(1.0);
        format!("{:.0} %", 100.0 * share.min(1.0))
    }
}

/// A time for people: `40 s`, `12 min`.
pub fn minutes(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..90 => format!("{seconds} s"),
        seconds => format!("{} min", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_do() {
        let told = [0, 89, 90, 150, 3600].map(|s| minutes(Duration::from_secs(s)));
        assert_eq!(told, ["0 s", "89 s", "2 min", "3 min", "60 min"]);
    }
}
