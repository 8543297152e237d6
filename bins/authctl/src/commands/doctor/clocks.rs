//! Whether clocks agree.

use std::time::Duration;

use auth_core::Timestamp;

use super::finding::Finding;

const CHECK: &str = "clock";

/// Nobody's clock has to be better than this.
const USUAL: Duration = Duration::from_secs(2);

/// The clock of a store against this machine's. `leeway` is what servers forgive each other.
pub fn judge(of: &str, theirs: Timestamp, ours: Timestamp, leeway: Duration) -> Finding {
    let apart = theirs.since(ours).max(ours.since(theirs));
    let found = format!("that of {of} is {} ms from this one", apart.as_millis());
    let remedy = "have a service such as chrony set the clocks of all machines";
    match apart {
        apart if apart > leeway.max(USUAL) => Finding::problem(CHECK, found, remedy),
        apart if apart > USUAL => Finding::warning(CHECK, found, remedy),
        _ => Finding::ok(CHECK, found),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn clocks_may_be_as_far_apart_as_servers_forgive() {
        let level = |theirs| {
            let [theirs, ours] = [theirs, 100_000].map(Timestamp::from_millis);
            judge("PostgreSQL", theirs, ours, Duration::from_secs(60)).level
        };
        for (theirs, expected) in [
            (101_000, Level::Ok),
            (97_000, Level::Warning),
            (150_000, Level::Warning),
            (161_000, Level::Problem),
            (39_000, Level::Problem),
        ] {
            assert_eq!(level(theirs), expected, "{theirs}");
        }
    }
}
