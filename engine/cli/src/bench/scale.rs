//! The axis of a chart: from values to a place between 0 and 1, and where its marks are.

use crate::bench::spread::shorter;

/// From here on values are told apart by their powers of ten.
const SPANS_DECADES: f64 = 20.0;
/// From so many decades on, only they are marked.
const DECADES_ALONE: f64 = 2.5;
/// What is marked of a decade.
const STEPS: [f64; 4] = [1.0, 2.0, 5.0, 10.0];

/// An axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
}

impl Scale {
    /// One on which all of these values have a place: from nothing on, or by powers of ten where the largest is many times
    /// the smallest.
    pub(crate) fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let positive = values.filter(|value| *value > 0.0);
        let most = positive.clone().fold(0.0, f64::max);
        let least = positive.fold(f64::INFINITY, f64::min);
        if most <= 0.0 {
            return Self { low: 0.0, high: 1.0, is_log: false };
        }
        if most / least < SPANS_DECADES {
            return Self { low: 0.0, high: most, is_log: false };
        }
        // A value on a decade still has some of it below.
        Self { low: at_most(least / 1.5), high: at_least(most), is_log: true }
    }

    /// One by powers of ten on which all of these values have a place, and this one between them.
    pub(crate) fn about(base: f64, values: impl Iterator<Item = f64> + Clone) -> Self {
        let positive = values.filter(|value| *value > 0.0);
        let most = positive.clone().fold(base, f64::max);
        let least = positive.fold(base, f64::min);
        let high = if most > base { at_least(most) } else { base };
        // Below a bar that goes down stands what it comes to.
        let low = if least < base { at_most(least / 1.2) } else { base };
        match low < high {
            true => Self { low, high, is_log: true },
            false => Self { low: base, high: base * 10.0, is_log: true },
        }
    }

    /// Whether it goes by powers of ten.
    pub(crate) fn is_log(self) -> bool {
        self.is_log
    }

    /// The place of a value, between 0 and 1.
    pub(crate) fn place(self, value: f64) -> f64 {
        let share = match self.is_log {
            true => (value.max(self.low) / self.low).log10() / (self.high / self.low).log10(),
            false => (value - self.low) / (self.high - self.low),
        };
        share.clamp(0.0, 1.0)
    }

    /// The places of its marks, and what stands beside them.
    pub(crate) fn marks(self) -> Vec<(f64, String)> {
        let values = match self.is_log {
            true => self.marked(),
            false => {
                let step = at_least(self.high / 4.0);
                std::iter::successors(Some(0.0), |value| Some(value + step))
                    .take_while(|value| *value <= self.high * 1.001)
                    .collect()
            }
        };
        values.into_iter().map(|value| (self.place(value), shorter(value))).collect()
    }

    /// Decades, and of few of them some steps.
    fn marked(self) -> Vec<f64> {
        let is_wide = (self.high / self.low).log10() > DECADES_ALONE;
        let steps = if is_wide { &STEPS[..1] } else { &STEPS[..3] };
        std::iter::successors(Some(decade(self.low)), |decade| Some(decade * 10.0))
            .take_while(|decade| *decade <= self.high * 1.001)
            .flat_map(|decade| steps.iter().map(move |step| step * decade))
            .filter(|value| (self.low * 0.999..=self.high * 1.001).contains(value))
            .collect()
    }
}

/// The power of ten below a value, or the value if it is one.
fn decade(value: f64) -> f64 {
    10_f64.powf((value * 1.000_001).log10().floor())
}

/// The next step from a value on.
fn at_least(value: f64) -> f64 {
    let decade = decade(value);
    STEPS.into_iter().map(|step| step * decade).find(|step| *step >= value * 0.999_999).unwrap_or(value)
}

/// The last step up to a value.
fn at_most(value: f64) -> f64 {
    let decade = decade(value);
    STEPS.into_iter().rev().map(|step| step * decade).find(|step| *step <= value * 1.000_001).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(scale: Scale) -> Vec<String> {
        scale.marks().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn values_of_one_size_are_seen_from_nothing_on() {
        let scale = Scale::of([5.0, 8.0].into_iter());
        assert!(!scale.is_log());
        assert_eq!([0.0, 4.0, 8.0, 9.0].map(|value| scale.place(value)), [0.0, 0.5, 1.0, 1.0]);
        assert_eq!(marks(scale), ["0", "2", "4", "6", "8"]);
    }

    #[test]
    fn values_of_many_sizes_are_told_apart_by_decades() {
        let scale = Scale::of([15.0, 10_000.0].into_iter());
        assert!(scale.is_log());
        assert_eq!(marks(scale), ["10", "100", "1k", "10k"]);
        assert!((scale.place(1000.0) - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(marks(Scale::of([15.0, 400.0].into_iter())), ["10", "20", "50", "100", "200", "500"]);
    }

    #[test]
    fn ratios_lie_on_both_sides_of_one() {
        let scale = Scale::about(1.0, [0.24, 3.0].into_iter());
        assert_eq!(marks(scale), ["0.2", "0.5", "1", "2", "5"]);
        assert!(scale.place(0.5) < scale.place(1.0) && scale.place(1.0) < scale.place(2.0));
        assert_eq!(marks(Scale::about(1.0, [2.25, 32.5].into_iter())), ["1", "2", "5", "10", "20", "50"]);
        assert_eq!(Scale::about(1.0, [0.22].into_iter()).place(1.0), 1.0);
        assert_eq!(Scale::about(1.0, std::iter::empty()).place(1.0), 0.0);
    }

    #[test]
    fn without_a_value_there_still_is_an_axis() {
        assert!(!Scale::of(std::iter::empty()).marks().is_empty());
    }
}
