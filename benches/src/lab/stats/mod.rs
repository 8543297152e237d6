//! What a handful of repetitions can say: medians, their intervals, and whether two cells differ.
//!
//! A cell is measured three to ten times. That is too few for a bootstrap, whose intervals are
//! too narrow below about ten values.
//!
//! - The interval of a median spans two order statistics (the sign test turned around).
//!   Up to five values not even the whole range reaches 95 %: it then is the whole range, and
//!   [`Estimate::coverage`] says what that is worth (75 % for three, 94 % for five).
//! - Cells of one record were measured in turn, one right after the other, so each repetition of
//!   one is held against the same repetition of the other ([`side_by_side`]): what befalls the
//!   machine befalls both.
//! - Cells of two records have nothing in common but their figures, so each value of one is held
//!   against each of the other ([`apart`]).
//! - Below three against three nothing is claimed. A difference counts if its whole interval lies
//!   beyond a floor: 2 % for rates, more for tails. What moves less than this between two runs
//!   of the same binary is no finding.
//!
//! The limits: repetitions of one record share the machine's mood, so two records of different
//! days can differ by more than either shows; and of many comparisons a few are wrong by chance,
//! which the floor makes rare but not impossible.

mod apart;
mod side_by_side;

pub use apart::apart;
pub use side_by_side::side_by_side;

/// The confidence that intervals aim for.
pub const CONFIDENCE: f64 = 0.95;

/// The fewest values on either side from which a difference is claimed.
pub const FEWEST: usize = 3;

/// A median and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The median.
    pub median: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
    /// How many values it rests on.
    pub n: usize,
    /// The probability that such an interval holds the true median.
    pub coverage: f64,
}

impl Estimate {
    /// The estimate from these values, `None` if there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let sorted = sorted(values);
        let median = median(&sorted)?;
        let n = sorted.len();
        let (outside, coverage) = order_statistics(n);
        Some(Self {
            median,
            low: sorted[outside],
            high: sorted[n - 1 - outside],
            n,
            coverage,
        })
    }
}

/// The median of `values` in any order, `None` if there are none.
pub fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// How many values to leave out at each end of `n`, and the coverage of what remains.
fn order_statistics(n: usize) -> (usize, f64) {
    let coverage = |outside: usize| {
        let tail: f64 = (0..=outside).map(|k| binomial(n, k)).sum();
        1.0 - 2.0 * tail / 2_f64.powi(i32::try_from(n).unwrap_or(i32::MAX))
    };
    let narrowest = (0..n / 2)
        .take_while(|outside| coverage(*outside) >= CONFIDENCE)
        .last();
    let outside = narrowest.unwrap_or(0);
    (outside, coverage(outside).max(0.0))
}

fn binomial(n: usize, k: usize) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}

/// What a difference must exceed to be one, whatever the interval says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Floor {
    /// As a share of the value it is compared with: 0.02 is 2 %.
    pub relative: f64,
    /// In the unit of the measure.
    pub absolute: f64,
}

/// Whether two cells differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The second is higher, beyond the noise.
    Higher,
    /// The second is lower, beyond the noise.
    Lower,
    /// Nothing beyond the noise.
    Same,
    /// Fewer than [`FEWEST`] values on one side.
    TooFew,
}

/// How the second of two sets of values compares with the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The first.
    pub before: Estimate,
    /// The second.
    pub after: Estimate,
    /// The second over the first; infinite if only the first is 0.
    pub ratio: f64,
    /// The lower end of the ratio's interval.
    pub ratio_low: f64,
    /// The upper end of the ratio's interval.
    pub ratio_high: f64,
    /// What follows.
    pub verdict: Verdict,
}

impl Change {
    /// Two estimates, and the ratio of the second to the first with its interval.
    fn of(
        [before, after]: [Estimate; 2],
        [ratio_low, ratio, ratio_high]: [f64; 3],
        floor: Floor,
    ) -> Self {
        let mut change = Self {
            before,
            after,
            ratio,
            ratio_low,
            ratio_high,
            verdict: Verdict::TooFew,
        };
        if before.n.min(after.n) >= FEWEST {
            change.verdict = verdict(&change, floor);
        }
        change
    }
}

fn verdict(change: &Change, floor: Floor) -> Verdict {
    let gap = (change.after.median - change.before.median).abs();
    if change.ratio == 1.0 || gap <= floor.absolute {
        Verdict::Same
    } else if change.ratio_low > 1.0 + floor.relative {
        Verdict::Higher
    } else if change.ratio_high < 1.0 - floor.relative {
        Verdict::Lower
    } else {
        Verdict::Same
    }
}

/// Equal values have the ratio 1 also where division has no answer: none of either, or never.
fn ratio(before: f64, after: f64) -> f64 {
    if before == after { 1.0 } else { after / before }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_lies_between() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn few_values_span_their_range_and_say_what_that_is_worth() {
        let three = Estimate::of(&[3.0, 1.0, 2.0]).unwrap();
        assert_eq!((three.low, three.high, three.coverage), (1.0, 3.0, 0.75));
        let five = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!((five.low, five.high, five.coverage), (1.0, 5.0, 0.9375));
        assert_eq!(Estimate::of(&[7.0]).unwrap().coverage, 0.0);
    }

    #[test]
    fn nine_values_leave_out_the_outermost() {
        let nine: Vec<f64> = (1..=9).map(f64::from).collect();
        let estimate = Estimate::of(&nine).unwrap();
        assert_eq!((estimate.low, estimate.high), (2.0, 8.0));
        assert!(estimate.coverage >= CONFIDENCE);
    }
}
