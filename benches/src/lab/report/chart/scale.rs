/// How values are spread over an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// Equal steps, from zero.
    Linear,
    /// Equal factors.
    Log,
}

/// An axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it measures.
    pub label: String,
    /// How values are spread.
    pub spacing: Spacing,
    /// Where its lines are; chosen by the values if empty.
    pub ticks: Vec<f64>,
    /// A value for people.
    pub show: fn(f64) -> String,
}

impl Axis {
    /// Whether a value is worth a row of figures: all are, unless lines were chosen.
    pub(super) fn shows(&self, value: f64) -> bool {
        let on = |tick: &f64| (value / tick - 1.0).abs() < 1e-6;
        self.ticks.is_empty() || self.ticks.iter().any(on)
    }
}

/// An axis fitted to values: where each falls, from 0 to 1.
pub(super) struct Scale {
    low: f64,
    high: f64,
    spacing: Spacing,
    pub(super) ticks: Vec<f64>,
}

impl Scale {
    pub(super) fn fit(axis: &Axis, values: impl Iterator<Item = f64>) -> Self {
        let usable =
            |value: &f64| value.is_finite() && (axis.spacing == Spacing::Linear || *value > 0.0);
        let (low, high) = values
            .filter(usable)
            .fold((f64::INFINITY, 0.0), |(low, high), value| {
                (value.min(low), value.max(high))
            });
        let (low, high) = if low > high { (1.0, 10.0) } else { (low, high) };
        match axis.spacing {
            Spacing::Linear => Self::linear(high, &axis.ticks),
            Spacing::Log => Self::log(low, high, &axis.ticks),
        }
    }

    fn linear(high: f64, ticks: &[f64]) -> Self {
        let step = round_step(high.max(1e-9) / 4.0);
        let steps = (high / step).ceil().max(1.0);
        let chosen = (0..=steps as u32).map(|i| f64::from(i) * step).collect();
        let ticks = if ticks.is_empty() {
            chosen
        } else {
            ticks.to_vec()
        };
        let top = ticks.iter().copied().fold(high, f64::max);
        Self {
            low: 0.0,
            high: top,
            spacing: Spacing::Linear,
            ticks,
        }
    }

    fn log(low: f64, high: f64, ticks: &[f64]) -> Self {
        let ticks = if ticks.is_empty() {
            log_ticks(low, high)
        } else {
            ticks.to_vec()
        };
        let bottom = ticks.first().copied().unwrap_or(low).min(low);
        let top = ticks.last().copied().unwrap_or(high).max(high);
        let top = if top > bottom { top } else { bottom * 10.0 };
        Self {
            low: bottom.ln(),
            high: top.ln(),
            spacing: Spacing::Log,
            ticks,
        }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let value = match self.spacing {
            Spacing::Linear => value,
            Spacing::Log => value.max(f64::MIN_POSITIVE).ln(),
        };
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// The next of 1, 2, 2.5, 5 times a power of ten.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let fits = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .find(|factor| factor * power >= step * 0.999);
    fits.unwrap_or(10.0) * power
}

/// Powers of ten around the values; also 2 and 5 times those if that leaves too few.
fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let wide = high / low >= 1_000.0;
    let factors: &[f64] = if wide { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let all = decades.flat_map(|power| factors.iter().map(move |f| f * 10_f64.powi(power)));
    let all: Vec<f64> = all.collect();
    let first = all
        .iter()
        .rposition(|tick| *tick <= low * 1.001)
        .unwrap_or(0);
    let last = all
        .iter()
        .position(|tick| *tick >= high * 0.999)
        .unwrap_or(all.len() - 1);
    all[first..=last.max(first)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        assert_eq!(log_ticks(0.3, 40_000.0).first(), Some(&0.1));
        assert_eq!(log_ticks(120.0, 900.0), [100.0, 200.0, 500.0, 1000.0]);
        assert_eq!(
            Scale::linear(870.0, &[]).ticks,
            [0.0, 250.0, 500.0, 750.0, 1000.0]
        );
    }

    #[test]
    fn a_single_value_still_has_a_place() {
        let axis = Axis {
            label: String::new(),
            spacing: Spacing::Log,
            ticks: vec![],
            show: |v| v.to_string(),
        };
        let scale = Scale::fit(&axis, [5.0].into_iter());
        assert!((0.0..=1.0).contains(&scale.at(5.0)));
    }
}
