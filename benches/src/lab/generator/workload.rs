//! What virtual users do.

use std::time::Duration;

use clap::ValueEnum;
use fastrand::Rng;

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Kind {
    /// `GET /profile`, signed in.
    Profile,
    /// `POST /login` with a password.
    Login,
    /// `POST /logout`.
    Logout,
    /// `POST /refresh`.
    Refresh,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Profile, Self::Login, Self::Logout, Self::Refresh];

    /// Its name in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Login => "login",
            Self::Logout => "logout",
            Self::Refresh => "refresh",
        }
    }
}

/// What users do, over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Workload {
    /// Two classes of users, half of them each, who wait 1 to 3 s or 0.1 to 0.5 s between
    /// tasks: five times in six a profile, else a sign-out and a sign-in. Sign-ins hash at
    /// full cost.
    Seed,
    /// Reads of the own profile.
    Read,
    /// A sign-in at full cost, 20 reads, a sign-out.
    Churn,
    /// Refreshes, each with what the last one gave.
    Refresh,
    /// Sign-ins at full cost.
    #[value(name = "signin")]
    SignIn,
}

/// Reads between a sign-in and a sign-out of [`Workload::Churn`].
const READS: u32 = 20;

impl Workload {
    /// All of them, those that the question is about first.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Churn,
        Self::Refresh,
        Self::SignIn,
        Self::Seed,
    ];

    /// Its name in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Read => "read",
            Self::Churn => "churn",
            Self::Refresh => "refresh",
            Self::SignIn => "signin",
        }
    }

    /// Whether passwords are hashed while it is measured, and so at full cost.
    pub const fn hashes(self) -> bool {
        matches!(self, Self::Seed | Self::Churn | Self::SignIn)
    }

    /// Users who begin in a second; all at once where there is no such number.
    pub const fn ramp(self) -> Option<u32> {
        match self {
            Self::Seed => Some(10),
            _ => None,
        }
    }
}

/// One user's way through a workload.
pub struct Script {
    workload: Workload,
    pause: Option<(f64, f64)>,
    reads: u32,
    rng: Rng,
}

impl Script {
    /// The way of the user with this number. Equal seeds make equal choices.
    pub fn new(workload: Workload, number: usize, seed: u64) -> Self {
        let leisurely = is_leisurely(number);
        Self {
            workload,
            pause: match (workload, leisurely) {
                (Workload::Seed, true) => Some((1.0, 3.0)),
                (Workload::Seed, false) => Some((0.1, 0.5)),
                _ => None,
            },
            reads: 0,
            rng: Rng::with_seed(seed.wrapping_add(number as u64)),
        }
    }

    /// What to send next.
    pub fn next(&mut self, signed_in: bool) -> Kind {
        if !signed_in {
            self.reads = 0;
            return Kind::Login;
        }
        match self.workload {
            Workload::Read => Kind::Profile,
            Workload::Refresh => Kind::Refresh,
            Workload::SignIn => Kind::Login,
            Workload::Seed if self.rng.u32(0..6) == 0 => Kind::Logout,
            Workload::Seed => Kind::Profile,
            Workload::Churn if self.reads == READS => Kind::Logout,
            Workload::Churn => {
                self.reads += 1;
                Kind::Profile
            }
        }
    }

    /// How long the user thinks after this. A sign-out is followed by a sign-in at once:
    /// the two are one task.
    pub fn pause(&mut self, after: Kind) -> Option<Duration> {
        let (least, most) = self.pause.filter(|_| after != Kind::Logout)?;
        Some(Duration::from_secs_f64(
            least + (most - least) * self.rng.f64(),
        ))
    }
}

/// Of each two neighbours one is, by lot: whatever turns nodes and threads take at users, each
/// has about as many of either class.
fn is_leisurely(number: usize) -> bool {
    let first = Rng::with_seed(number as u64 / 2).bool();
    number.is_multiple_of(2) == first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(script: &mut Script, count: usize) -> Vec<Kind> {
        let mut signed_in = false;
        let mut kinds = vec![];
        for _ in 0..count {
            let kind = script.next(signed_in);
            signed_in = kind != Kind::Logout;
            kinds.push(kind);
        }
        kinds
    }

    #[test]
    fn seed_reads_five_times_as_often_as_it_signs_out_and_in() {
        let kinds = kinds(&mut Script::new(Workload::Seed, 0, 7), 70_000);
        let count = |kind| kinds.iter().filter(|one| **one == kind).count();
        let (reads, logouts) = (count(Kind::Profile), count(Kind::Logout));
        assert!(
            (49 * logouts..51 * logouts).contains(&(10 * reads)),
            "{reads} : {logouts}"
        );
        assert!(count(Kind::Login).abs_diff(logouts) <= 1);
        assert_eq!(count(Kind::Refresh), 0);
    }

    #[test]
    fn both_classes_of_seed_are_on_every_node_and_thread() {
        let hurried =
            |number: usize| Script::new(Workload::Seed, number, 7).pause < Some((1.0, 3.0));
        for step in 1..=8 {
            for first in 0..step {
                let share: Vec<_> = (first..500).step_by(step).collect();
                let count = share.iter().filter(|number| hurried(**number)).count();
                let most = 2 * count.max(share.len() - count);
                assert!(most < 3 * share.len() / 2, "{first} of {step}: {count}");
            }
        }
    }

    #[test]
    fn seed_has_leisurely_and_hurried_users_by_halves() {
        let mut hurried = 0;
        for number in 0..10_usize {
            let mut script = Script::new(Workload::Seed, number, 7);
            let pauses = (0..1000).filter_map(|_| script.pause(Kind::Profile));
            let pauses: Vec<_> = pauses.map(|pause| pause.as_secs_f64()).collect();
            let mean = pauses.iter().sum::<f64>() / 1000.0;
            let (least, most, around) = match is_leisurely(number) {
                true => (1.0, 3.0, 2.0),
                false => (0.1, 0.5, 0.3),
            };
            hurried += u32::from(!is_leisurely(number));
            assert!(pauses.iter().all(|pause| (least..=most).contains(pause)));
            assert!((mean / around - 1.0).abs() < 0.1, "{mean}");
            assert_eq!(script.pause(Kind::Logout), None);
        }
        assert_eq!(hurried, 5);
    }

    #[test]
    fn churn_reads_twenty_times_between_sign_in_and_sign_out() {
        let kinds = kinds(&mut Script::new(Workload::Churn, 1, 7), 44);
        let mut expected = vec![Kind::Login];
        expected.extend([Kind::Profile; 20]);
        expected.push(Kind::Logout);
        assert_eq!(kinds, [&expected[..], &expected[..]].concat());
    }
}
