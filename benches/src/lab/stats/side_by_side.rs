//! Values that were measured in pairs.

use super::{Change, Estimate, Floor, apart, ratio};

/// The 97.5 % quantile of Student's distribution with 1, 2, 3 … degrees of freedom. With more
/// than these the last one stands in, which makes intervals a little too wide.
const STUDENT: [f64; 15] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131,
];

/// Compares the second of each pair with the first; `None` if there are no pairs.
///
/// The ratio is the geometric mean of those of the pairs, with its 95 % interval by the paired
/// t-test on their logarithms (Student, 1908). One pair that something befell widens it, which
/// errs towards no difference. Values that have no logarithm are compared as if they were no
/// pairs.
pub fn side_by_side(pairs: &[(f64, f64)], floor: Floor) -> Option<Change> {
    let (before, after): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (first, second) = (Estimate::of(&before)?, Estimate::of(&after)?);
    let logs = pairs
        .iter()
        .map(|(before, after)| ratio(*before, *after).ln());
    let logs: Vec<f64> = logs.collect();
    if logs.iter().any(|log| !log.is_finite()) {
        return apart(&before, &after, floor);
    }
    let (mean, reach) = mean_and_reach(&logs);
    let reach = [mean - reach, mean, mean + reach].map(f64::exp);
    Some(Change::of([first, second], reach, floor))
}

/// The mean, and how far its interval reaches on either side.
fn mean_and_reach(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let Some(freedom) = values.len().checked_sub(2) else {
        return (mean, f64::INFINITY);
    };
    let squares = values.iter().map(|value| (value - mean).powi(2));
    let deviation = (squares.sum::<f64>() / (n - 1.0)).sqrt();
    let quantile = STUDENT[freedom.min(STUDENT.len() - 1)];
    (mean, quantile * deviation / n.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::stats::Verdict;

    const FLOOR: Floor = Floor {
        relative: 0.02,
        absolute: 0.0,
    };

    fn compared(pairs: &[(f64, f64)]) -> Change {
        side_by_side(pairs, FLOOR).unwrap()
    }

    #[test]
    fn the_interval_is_students() {
        // Logarithms of 0.1, 0.2 and 0.3: their mean deviates by 0.1 / √3, times 4.303.
        let pairs = [0.1, 0.2, 0.3].map(|log: f64| (10.0, 10.0 * log.exp()));
        let change = compared(&pairs);
        let close = |found: f64, log: f64| assert!((found.ln() - log).abs() < 1e-9, "{found}");
        close(change.ratio, 0.2);
        let reach = 4.303 * 0.1 / 3_f64.sqrt();
        close(change.ratio_low, 0.2 - reach);
        close(change.ratio_high, 0.2 + reach);
    }

    #[test]
    fn what_befalls_both_hides_no_difference() {
        let pairs = [(100.0, 110.0), (50.0, 55.2), (80.0, 88.3), (101.0, 110.9)];
        assert_eq!(compared(&pairs).verdict, Verdict::Higher);
        let (before, after): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        assert_eq!(
            apart(&before, &after, FLOOR).unwrap().verdict,
            Verdict::Same
        );
    }

    #[test]
    fn what_befalls_one_of_a_few_is_noise() {
        let pairs = [
            (100.0, 110.0),
            (100.0, 55.0),
            (100.0, 111.0),
            (100.0, 110.0),
        ];
        assert_eq!(compared(&pairs).verdict, Verdict::Same);
    }

    #[test]
    fn nothing_is_claimed_from_two_pairs_or_one() {
        assert_eq!(compared(&[(1.0, 2.0), (1.0, 2.0)]).verdict, Verdict::TooFew);
        let once = compared(&[(1.0, 2.0)]);
        assert_eq!((once.ratio_low, once.ratio_high), (0.0, f64::INFINITY));
        assert_eq!(side_by_side(&[], FLOOR), None);
    }

    #[test]
    fn none_and_never_are_compared_without_logarithms() {
        assert_eq!(compared(&[(0.0, 1.0); 3]).verdict, Verdict::Higher);
        assert_eq!(
            compared(&[(2.0, f64::INFINITY); 3]).verdict,
            Verdict::Higher
        );
        assert_eq!(
            compared(&[(f64::INFINITY, f64::INFINITY); 3]).verdict,
            Verdict::Same
        );
    }

    #[test]
    fn more_pairs_than_the_table_has_take_its_last_entry() {
        let pairs: Vec<_> = (0..40).map(|i| (100.0, 110.0 + f64::from(i % 3))).collect();
        assert_eq!(compared(&pairs).verdict, Verdict::Higher);
    }
}
