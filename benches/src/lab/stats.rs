//! What a handful of repetitions can say: medians, their intervals, and whether two cells differ.
//!
//! A cell is measured three to seven times. That is too few for a bootstrap, whose intervals
//! are too narrow below about ten values, and latencies are not normal. So everything here
//! rests on the order of the values alone, is exact, and needs no random numbers.
//!
//! - The interval of a median spans two order statistics (the sign test turned around).
//!   Up to five values not even the whole range reaches 95 %: it then is the whole range, and
//!   [`Estimate::coverage`] says what that is worth (75 % for three, 94 % for five).
//! - Two cells are compared by the ratios of each value of one to each value of the other
//!   (Hodges and Lehmann), whose interval is that of the rank-sum test (Mann and Whitney).
//!   Three against three reaches 90 %, four against four 97 %. Below three against three
//!   nothing is claimed.
//! - A difference counts if that whole interval lies beyond a floor: 2 % for rates, more for
//!   tails. What moves less than this between two runs of the same binary is no finding.
//!
//! The limits: repetitions of one run share the machine's mood, so two runs on different days
//! can differ by more than either shows; and of many comparisons a few are wrong by chance,
//! which the floor makes rare but not impossible.

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
    /// The median of the second over that of the first; infinite if only the first is 0.
    pub ratio: f64,
    /// The lower end of the ratio's interval.
    pub ratio_low: f64,
    /// The upper end of the ratio's interval.
    pub ratio_high: f64,
    /// What follows.
    pub verdict: Verdict,
}

/// Compares two sets of values; `None` if one is empty.
pub fn change(before: &[f64], after: &[f64], floor: Floor) -> Option<Change> {
    let (first, second) = (Estimate::of(before)?, Estimate::of(after)?);
    let ratios = sorted_ratios(before, after);
    let outside = ranks_outside(before.len(), after.len());
    let mut change = Change {
        before: first,
        after: second,
        ratio: ratio(first.median, second.median),
        ratio_low: ratios[outside],
        ratio_high: ratios[ratios.len() - 1 - outside],
        verdict: Verdict::TooFew,
    };
    if before.len().min(after.len()) >= FEWEST {
        change.verdict = verdict(&change, floor);
    }
    Some(change)
}

fn verdict(change: &Change, floor: Floor) -> Verdict {
    let apart = (change.after.median - change.before.median).abs();
    if change.ratio == 1.0 || apart <= floor.absolute {
        Verdict::Same
    } else if change.ratio_low > 1.0 + floor.relative {
        Verdict::Higher
    } else if change.ratio_high < 1.0 - floor.relative {
        Verdict::Lower
    } else {
        Verdict::Same
    }
}

fn sorted_ratios(before: &[f64], after: &[f64]) -> Vec<f64> {
    let pairs = before
        .iter()
        .flat_map(|b| after.iter().map(|a| ratio(*b, *a)));
    sorted(&pairs.collect::<Vec<_>>())
}

/// Equal values have the ratio 1 also where division has no answer: none of either, or never.
fn ratio(before: f64, after: f64) -> f64 {
    if before == after { 1.0 } else { after / before }
}

/// How many of the sorted pairs to leave out at each end.
fn ranks_outside(m: usize, n: usize) -> usize {
    let counts = rank_sums(m, n);
    let all: f64 = counts.iter().sum();
    let mut tail = 0.0;
    let within = counts.iter().take_while(|count| {
        tail += **count / all;
        2.0 * tail <= 1.0 - CONFIDENCE
    });
    within.count().saturating_sub(1).min((m * n - 1) / 2)
}

/// In how many orders of `m` and `n` values the Mann–Whitney statistic is 0, 1, 2 …
fn rank_sums(m: usize, n: usize) -> Vec<f64> {
    let mut by_second = vec![vec![1.0]; n + 1];
    for _ in 0..m {
        let mut next: Vec<Vec<f64>> = vec![vec![1.0]];
        for (second, before) in by_second.iter().enumerate().skip(1) {
            next.push(sum_shifted(&next[second - 1], before, second));
        }
        by_second = next;
    }
    by_second.pop().unwrap_or_default()
}

fn sum_shifted(still: &[f64], moved: &[f64], by: usize) -> Vec<f64> {
    let mut sum = vec![0.0; still.len().max(moved.len() + by)];
    still
        .iter()
        .enumerate()
        .for_each(|(i, count)| sum[i] += count);
    moved
        .iter()
        .enumerate()
        .for_each(|(i, count)| sum[i + by] += count);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Floor = Floor {
        relative: 0.02,
        absolute: 0.0,
    };

    fn verdict_of(before: &[f64], after: &[f64]) -> Verdict {
        change(before, after, FLOOR).unwrap().verdict
    }

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

    #[test]
    fn rank_sums_are_those_of_the_tables() {
        assert_eq!(rank_sums(2, 2), [1.0, 1.0, 2.0, 1.0, 1.0]);
        assert_eq!(rank_sums(3, 3).iter().sum::<f64>(), 20.0);
        // The critical values of the two-sided test at 5 %: 2 for 5 and 5, 8 for 7 and 7.
        assert_eq!(ranks_outside(5, 5), 2);
        assert_eq!(ranks_outside(7, 7), 8);
        assert_eq!(ranks_outside(3, 3), 0);
    }

    #[test]
    fn the_same_values_twice_do_not_differ() {
        let runs = [980.0, 1000.0, 1030.0, 995.0, 1010.0];
        assert_eq!(verdict_of(&runs, &runs), Verdict::Same);
        assert_eq!(verdict_of(&[5.0; 3], &[5.0; 3]), Verdict::Same);
    }

    #[test]
    fn overlapping_values_do_not_differ() {
        assert_eq!(
            verdict_of(&[100.0, 130.0, 110.0], &[125.0, 140.0, 105.0]),
            Verdict::Same
        );
    }

    #[test]
    fn values_apart_by_more_than_the_floor_differ() {
        assert_eq!(
            verdict_of(&[100.0, 101.0, 102.0], &[120.0, 121.0, 122.0]),
            Verdict::Higher
        );
        assert_eq!(
            verdict_of(&[120.0, 121.0, 122.0], &[100.0, 101.0, 102.0]),
            Verdict::Lower
        );
    }

    #[test]
    fn values_apart_by_less_than_the_floor_do_not() {
        assert_eq!(
            verdict_of(&[100.0, 100.1, 100.2], &[101.0, 101.1, 101.2]),
            Verdict::Same
        );
    }

    #[test]
    fn one_outlier_does_not_hide_a_difference_among_seven() {
        let slow = [100.0, 101.0, 99.0, 100.5, 99.5, 100.2, 128.0];
        let fast = [120.0, 121.0, 119.0, 120.5, 119.5, 120.2, 122.0];
        assert_eq!(verdict_of(&slow, &fast), Verdict::Higher);
    }

    #[test]
    fn nothing_is_claimed_from_two_runs() {
        assert_eq!(
            verdict_of(&[100.0, 101.0], &[200.0, 201.0, 202.0]),
            Verdict::TooFew
        );
    }

    #[test]
    fn none_and_some_differ_and_never_equals_never() {
        assert_eq!(verdict_of(&[0.0; 3], &[1.0; 3]), Verdict::Higher);
        assert_eq!(verdict_of(&[1.0; 3], &[0.0; 3]), Verdict::Lower);
        assert_eq!(
            verdict_of(&[f64::INFINITY; 3], &[f64::INFINITY; 3]),
            Verdict::Same
        );
        assert_eq!(verdict_of(&[2.0; 3], &[f64::INFINITY; 3]), Verdict::Higher);
    }

    #[test]
    fn the_absolute_floor_silences_what_nobody_would_notice() {
        let floor = Floor {
            relative: 0.02,
            absolute: 5.0,
        };
        let silent = change(&[1.0; 3], &[3.0; 3], floor).unwrap();
        assert_eq!(silent.verdict, Verdict::Same);
    }
}
