//! Values that have nothing to do with each other.

use super::{CONFIDENCE, Change, Estimate, Floor, ratio, sorted};

/// Compares two sets of values, each of one with each of the other; `None` if one is empty.
///
/// The interval is that of the ratios (Hodges and Lehmann, 1963) by the rank-sum test (Mann and
/// Whitney, 1947). It rests on the order of the values alone and is exact: three against three
/// reach 90 %, four against four 97 %.
pub fn apart(before: &[f64], after: &[f64], floor: Floor) -> Option<Change> {
    let (first, second) = (Estimate::of(before)?, Estimate::of(after)?);
    let ratios = sorted_ratios(before, after);
    let outside = ranks_outside(before.len(), after.len());
    let reach = [
        ratios[outside],
        ratio(first.median, second.median),
        ratios[ratios.len() - 1 - outside],
    ];
    Some(Change::of([first, second], reach, floor))
}

fn sorted_ratios(before: &[f64], after: &[f64]) -> Vec<f64> {
    let pairs = before
        .iter()
        .flat_map(|b| after.iter().map(|a| ratio(*b, *a)));
    sorted(&pairs.collect::<Vec<_>>())
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
    use crate::lab::stats::Verdict;

    const FLOOR: Floor = Floor {
        relative: 0.02,
        absolute: 0.0,
    };

    fn verdict_of(before: &[f64], after: &[f64]) -> Verdict {
        apart(before, after, FLOOR).unwrap().verdict
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
        let silent = apart(&[1.0; 3], &[3.0; 3], floor).unwrap();
        assert_eq!(silent.verdict, Verdict::Same);
    }
}
