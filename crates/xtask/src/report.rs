//! What the output of `cargo test` says.

/// The sum of many test binaries, read line by line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    passed: usize,
    failed: usize,
    /// Tests that failed, each with the beginning of what it said in lines of their own.
    pub failures: Vec<String>,
    /// What tests said they could not do, and tests that are switched off.
    pub left_out: Vec<String>,
    /// What tests said that nobody could do here.
    pub impossible: Vec<String>,
    /// Tests that count as passed although they did nothing.
    idle: usize,
    /// Within the output of tests that passed.
    in_successes: bool,
    /// Whose output follows, and how many lines of it to note yet.
    reason: Option<(usize, usize)>,
}

/// How a test says that it could not run.
const NOT_RUN: &str = "not run: ";

/// How many lines of a failed test's output are repeated at the end, where nobody has to look
/// for them between the output of thousands.
const REASON: usize = 4;

/// How a test says that it could not run, whatever were installed.
const CANNOT_RUN: &str = "cannot run here: ";

impl Report {
    /// The report of a run that broke before its first test.
    pub fn broken() -> Self {
        Self {
            failed: 1,
            ..Self::default()
        }
    }

    /// Takes note of a line, and says whether a person wants to see it: the output of
    /// tests that passed is only asked for because it says what they could not do.
    pub fn read(&mut self, line: &str) -> bool {
        self.read_not_run(line);
        if line == "successes:" {
            self.in_successes = true;
        } else if line == "failures:" {
            self.in_successes = false;
            self.reason = None;
        } else if let Some(result) = line.strip_prefix("test result: ") {
            self.in_successes = false;
            self.passed += count(result, "passed");
            self.failed += count(result, "failed");
        } else if let Some(test) = line.strip_prefix("test ") {
            self.read_test(test);
        } else if !self.in_successes {
            self.read_reason(line);
        }
        !self.in_successes
    }

    /// Counts a run that ended badly without saying so: a binary that does not compile, or
    /// that dies before its result.
    pub fn ended(&mut self, well: bool) {
        if !well {
            self.failed = self.failed.max(1);
        }
    }

    /// Whether nothing failed.
    pub fn succeeded(&self) -> bool {
        self.failed == 0
    }

    /// The line for machines.
    pub fn closing_line(&self) -> String {
        let passed = self.passed.saturating_sub(self.idle);
        format!("{passed} passed, {} failed", self.failed)
    }

    fn read_not_run(&mut self, line: &str) {
        if let Some((_, what)) = line.split_once(NOT_RUN) {
            self.left_out.push(what.to_owned());
            self.idle += 1;
        } else if let Some((_, what)) = line.split_once(CANNOT_RUN) {
            self.impossible.push(what.to_owned());
            self.idle += 1;
        }
    }

    fn read_reason(&mut self, line: &str) {
        if let Some(name) = heading(line) {
            let place = self.failures.iter().position(|failure| failure == name);
            self.reason = place.map(|place| (place, REASON));
        } else if let Some((place, left)) = &mut self.reason
            && is_cause(line)
        {
            // What servers printed comes before it.
            self.failures[*place] = format!("{}\n    {line}", first_line(&self.failures[*place]));
            *left = REASON - 1;
        } else if let Some((place, lines @ 1..)) = &mut self.reason
            && !line.trim().is_empty()
        {
            self.failures[*place] += &format!("\n    {line}");
            *lines -= 1;
        }
    }

    fn read_test(&mut self, test: &str) {
        let Some((name, outcome)) = test.split_once(" ... ") else {
            return;
        };
        let name = name.trim_end();
        if outcome == "FAILED" {
            self.failures.push(name.to_owned());
        } else if outcome.starts_with("ignored") {
            self.left_out.push(format!("{name} ({outcome})"));
        }
    }
}

/// The name in the line above a test's output.
fn heading(line: &str) -> Option<&str> {
    let name = line.strip_prefix("---- ")?.strip_suffix(" ----")?;
    Some(name.strip_suffix(" stdout").unwrap_or(name))
}

/// Whether this is how a test that panics or returns an error begins to say why.
fn is_cause(line: &str) -> bool {
    line.starts_with("Error: ") || (line.starts_with("thread '") && line.contains(" panicked at "))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The number before a word, as in `ok. 3 passed; 0 failed; 1 ignored`.
fn count(result: &str, word: &str) -> usize {
    let mut words = result.split([' ', ';']);
    let mut before = "";
    words
        .find_map(|next| {
            let number = std::mem::replace(&mut before, next);
            (next == word).then(|| number.parse().ok()).flatten()
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(output: &str) -> (Report, Vec<&str>) {
        let mut report = Report::default();
        let shown = output.lines().filter(|line| report.read(line)).collect();
        (report, shown)
    }

    #[test]
    fn the_results_of_all_binaries_are_summed() {
        let (report, _) = read(
            "
test a::b ... ok
test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.1s
test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        );
        assert_eq!(report.closing_line(), "16 passed, 2 failed");
        assert!(!report.succeeded());
    }

    #[test]
    fn output_of_passed_tests_is_hidden_but_what_they_could_not_do_is_kept() {
        let (report, shown) = read(
            "\
test a ... ok
successes:

---- a stdout ----
chatter
not run: a (TEST_REDIS_URL is not set)

successes:
    a
    b

test result: ok. 2 passed; 0 failed; 0 ignored",
        );
        assert_eq!(
            shown,
            [
                "test a ... ok",
                "test result: ok. 2 passed; 0 failed; 0 ignored"
            ]
        );
        assert_eq!(report.left_out, ["a (TEST_REDIS_URL is not set)"]);
        assert_eq!(report.closing_line(), "1 passed, 0 failed");
    }

    #[test]
    fn output_of_failed_tests_is_shown_and_their_names_are_kept() {
        let (report, shown) = read(
            "\
test c   ... FAILED
successes:
chatter
failures:
reason
test result: FAILED. 1 passed; 1 failed; 0 ignored",
        );
        assert_eq!(report.failures, ["c"]);
        assert_eq!(shown[1..3], ["failures:", "reason"]);
    }

    #[test]
    fn why_a_test_failed_is_said_again_at_the_end() {
        let (report, _) = read(
            "\
test c::d ... FAILED
test e ... FAILED
failures:

---- e stdout ----

thread 'e' panicked at e.rs:1:1:
one is not two

---- c::d ----
200 instead of 401
1
2
3
4

failures:
    c::d
    e
test result: FAILED. 0 passed; 2 failed; 0 ignored",
        );
        let failures = [
            "c::d\n    200 instead of 401\n    1\n    2\n    3",
            "e\n    thread 'e' panicked at e.rs:1:1:\n    one is not two",
        ];
        assert_eq!(report.failures, failures);
    }

    #[test]
    fn what_servers_printed_does_not_hide_why() {
        let (report, _) = read(
            "\
test a ... FAILED
failures:

---- a stdout ----
server printed
1
2
3
4
Error: no mail came

Stack backtrace:
   0: b",
        );
        let failure = "a\n    Error: no mail came\n    Stack backtrace:\n       0: b";
        assert_eq!(report.failures, [failure]);
    }

    #[test]
    fn a_test_that_is_switched_off_is_left_out() {
        let (report, _) = read("test a ... ignored, takes an hour");
        assert_eq!(report.left_out, ["a (ignored, takes an hour)"]);
        assert!(report.succeeded());
    }

    #[test]
    fn a_test_that_says_so_in_the_middle_of_a_line_was_not_run_either() {
        let (report, _) = read("test [redis] a ... not run: a (no Redis)");
        assert_eq!(report.left_out, ["a (no Redis)"]);
    }

    #[test]
    fn a_test_that_nothing_would_make_run_is_no_pass_and_not_left_out() {
        let (report, _) = read(
            "\
cannot run here: a (no history)
test result: ok. 2 passed; 0 failed; 0 ignored",
        );
        assert_eq!(report.impossible, ["a (no history)"]);
        assert!(report.left_out.is_empty());
        assert_eq!(report.closing_line(), "1 passed, 0 failed");
    }

    #[test]
    fn a_bad_end_without_a_failed_test_is_a_failure() {
        let (mut report, _) = read("test result: ok. 1 passed; 0 failed; 0 ignored");
        report.ended(false);
        assert_eq!(report.closing_line(), "1 passed, 1 failed");
    }
}
