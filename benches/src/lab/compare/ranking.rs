use super::{Difference, Measure, Scene, between, contender, unfit};
use crate::lab::record::{Cell, Shape};
use crate::lab::report::format;
use crate::lab::stats::{self, Verdict};

/// Who is ahead in one scene.
#[derive(Clone, Debug)]
pub struct Ranking<'a> {
    /// The circumstances.
    pub scene: Scene,
    /// What it was decided on.
    pub measure: Measure,
    /// The cell with the best median and those equal to it within the noise, best first.
    pub leaders: Vec<&'a Cell>,
    /// Those that are equal within the noise to the first leader and to its [`rival`](Self::rival).
    pub middle: Vec<&'a Cell>,
    /// The others, the closest first, and how each compares with the first leader.
    pub behind: Vec<(&'a Cell, Difference)>,
    /// Cells that were repeated too rarely to say.
    pub unjudged: Vec<&'a Cell>,
    /// Cells that can't be compared, and why.
    pub unfit: Vec<(&'a Cell, String)>,
}

/// What a ranking says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// One or several are ahead of the others.
    Ahead,
    /// All are equal within the noise.
    Equal,
    /// Too few repetitions to say.
    Unclear,
    /// Fewer than two cells to compare.
    Alone,
}

impl<'a> Ranking<'a> {
    /// Ranks the cells of one scene.
    pub fn of(scene: &Scene, cells: &[&'a Cell]) -> Self {
        let measure = deciding(scene);
        let mut ranking = Self {
            scene: scene.clone(),
            measure,
            leaders: Vec::new(),
            middle: Vec::new(),
            behind: Vec::new(),
            unjudged: Vec::new(),
            unfit: Vec::new(),
        };
        let fit = ranking.leave_out_unfit(cells);
        ranking.place(&best_first(measure, fit));
        ranking
    }

    /// What it says.
    pub fn outcome(&self) -> Outcome {
        match (self.leaders.len(), self.behind.len(), self.unjudged.len()) {
            (_, 1.., _) => Outcome::Ahead,
            (0 | 1, 0, 0) => Outcome::Alone,
            (_, 0, 1..) => Outcome::Unclear,
            _ => Outcome::Equal,
        }
    }

    /// Whom the leaders are held against: sessions, the other side of the question, or else
    /// whoever is last.
    pub fn rival(&self) -> Option<&(&'a Cell, Difference)> {
        let mut behind = self.behind.iter();
        let session = behind.find(|(cell, _)| cell.setup.strategy == "session");
        session.or(self.behind.last())
    }

    /// How many cells it is about.
    pub fn compared(&self) -> usize {
        self.leaders.len() + self.middle.len() + self.behind.len() + self.unjudged.len()
    }

    /// A cell's name and, behind that of the first leader, how far the interval reaches in which
    /// it lies beside the first: "session (−3.1 % to +0.8 %)".
    pub fn beside_first(&self, cell: &Cell) -> String {
        let name = contender(&cell.setup);
        let first = self
            .leaders
            .first()
            .filter(|first| !std::ptr::eq(**first, cell));
        let difference = first.and_then(|first| between(self.measure, first, cell));
        match difference.map(|found| found.change) {
            Some(change) if change.verdict != Verdict::TooFew => {
                let reach = [change.ratio_low, change.ratio_high].map(format::change);
                format!("{name} ({} to {})", reach[0], reach[1])
            }
            _ => name,
        }
    }

    fn leave_out_unfit(&mut self, cells: &[&'a Cell]) -> Vec<&'a Cell> {
        let mut fit = Vec::new();
        for cell in cells {
            match unfit(cell) {
                Some(why) => self.unfit.push((cell, why)),
                None => fit.push(*cell),
            }
        }
        fit
    }

    fn place(&mut self, cells: &[&'a Cell]) {
        let Some((best, others)) = cells.split_first() else {
            return;
        };
        self.leaders.push(best);
        for cell in others {
            let Some(difference) = between(self.measure, best, cell) else {
                continue;
            };
            match difference.change.verdict {
                Verdict::TooFew => self.unjudged.push(cell),
                Verdict::Same => self.leaders.push(cell),
                _ => self.behind.push((cell, difference)),
            }
        }
        let others = self.leaders.split_off(1);
        let (sure, unsure) = others.into_iter().partition(|cell| self.is_ahead(cell));
        self.leaders.extend::<Vec<_>>(sure);
        self.middle = unsure;
    }

    /// Whether a cell is better than the rival, if there is one.
    fn is_ahead(&self, cell: &Cell) -> bool {
        self.rival().is_none_or(|(rival, _)| {
            let difference = between(self.measure, rival, cell);
            difference.is_some_and(|difference| difference.is_better())
        })
    }
}

/// Where users think between requests, or requests arrive at a fixed rate, the rate says
/// nothing about the server: the tail decides. That of everything would be password hashing
/// where people also sign in, which is the same for all.
fn deciding(scene: &Scene) -> Measure {
    match scene.load.shape {
        _ if scene.load.workload == "seed" => Measure::ProfileP99,
        Shape::Closed { .. } => Measure::Rate,
        Shape::Open { .. } => Measure::P99,
    }
}

fn best_first(measure: Measure, mut cells: Vec<&Cell>) -> Vec<&Cell> {
    let badness = |cell: &Cell| {
        let median = stats::median(&measure.samples(cell)).unwrap_or(f64::INFINITY);
        if measure == Measure::Rate {
            -median
        } else {
            median
        }
    };
    cells.sort_by(|a, b| badness(a).total_cmp(&badness(b)));
    cells
}
