//! How long and how often cells are measured.

use std::time::Duration;

use super::{Point, Settings, Target};
use crate::lab::generator::Workload;
use crate::lab::record::Shape;

/// Virtual users where nothing is said.
const USERS: u32 = 32;

/// The length of the seed workload, as it was first published.
const SEED: Duration = Duration::from_secs(120);

/// The same in a hurry, and how many times as many users then begin in a second.
const QUICK_SEED: Duration = Duration::from_secs(10);
const HURRY: u32 = 5;

/// What the measuring of all cells has in common.
#[derive(Clone, Copy, Debug)]
pub struct Pace<'a> {
    /// Whether it is in a hurry.
    pub quick: bool,
    /// What everything has in common.
    pub settings: &'a Settings,
    /// How often a cell is measured.
    pub repetitions: u32,
}

impl Pace<'_> {
    /// A cell.
    pub(super) fn point(&self, target: Target, workload: Workload, shape: Shape) -> Point {
        let hurry = if self.quick { HURRY } else { 1 };
        Point {
            target,
            workload,
            shape,
            time: match (workload, self.quick) {
                (Workload::Seed, false) => SEED.max(self.settings.time),
                (Workload::Seed, true) => QUICK_SEED,
                _ => self.settings.time,
            },
            ramp: workload.ramp().map(|rate| rate * hurry),
            repetitions: self.repetitions,
            search: false,
        }
    }
}

/// The users of a workload where nothing is said.
pub(super) fn usual_users(workload: Workload) -> &'static [u32] {
    match workload {
        Workload::Seed => &[100, 500],
        _ => &[USERS],
    }
}
