//! The axis of a chart: from values to a place between 0 and 1, and where its marks are.

use crate::bench::spread::short;

/// From here on values are told apart by their powers of ten.
const SPANS_DECADES: f64 = 20.0;

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
        let low = 10_f64.powf((least / 1.5).log10().floor());
        let high = 10_f64.powf(most.log10().ceil());
        Self { low, high, is_log: true }
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
        let values: Vec<f64> = match self.is_log {
            true => std::iter::successors(Some(self.low), |value| Some(value * 10.0))
                .take_while(|value| *value <= self.high * 1.001)
                .collect(),
            false => {
                let raw = self.high / 4.0;
                let decade = 10_f64.powf(raw.log10().floor());
                let step = [1.0, 2.0, 5.0, 10.0].map(|step| step * decade);
                let step = step.into_iter().find(|step| *step >= raw).unwrap_or(raw);
                std::iter::successors(Some(0.0), |value| Some(value + step))
                    .take_while(|value| *value <= self.high * 1.001)
                    .collect()
            }
        };
        values.into_iter().map(|value| (self.place(value), short(value))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_size_are_seen_from_nothing_on() {
        let scale = Scale::of([5.0, 8.0].into_iter());
        assert!(!scale.is_log());
        assert_eq!([0.0, 4.0, 8.0, 9.0].map(|value| scale.place(value)), [0.0, 0.5, 1.0, 1.0]);
        let marks: Vec<String> = scale.marks().into_iter().map(|(_, text)| text).collect();
        assert_eq!(marks, ["0", "2.00", "4.00", "6.00", "8.00"]);
    }

    #[test]
    fn values_of_many_sizes_are_told_apart_by_decades() {
        let scale = Scale::of([10.0, 10_000.0].into_iter());
        assert!(scale.is_log());
        let marks: Vec<String> = scale.marks().into_iter().map(|(_, text)| text).collect();
        assert_eq!(marks, ["1.00", "10.0", "100", "1.00k", "10.0k"]);
        assert!((scale.place(100.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn without_a_value_there_still_is_an_axis() {
        assert!(!Scale::of(std::iter::empty()).marks().is_empty());
    }
}
