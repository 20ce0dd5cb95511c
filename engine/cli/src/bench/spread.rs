//! What repeating has told: the least, the middle, the most; and how numbers are written for people.

use serde_json::{Value, json};

use crate::bench::kept::Part;
use crate::run::CliError;

/// Some measurements of one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of these values; of none there is none.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        };
        Some(Self { min, median, max })
    }

    /// For other programs.
    pub(crate) fn json(self) -> Value {
        json!({"min": self.min, "median": self.median, "max": self.max})
    }

    /// As another program has kept it.
    pub(crate) fn read(part: Part<'_>) -> Result<Self, CliError> {
        Ok(Self { min: part.number("min")?, median: part.number("median")?, max: part.number("max")? })
    }
}

/// The mean of ratios; of none there is none.
pub(crate) fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let logs: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (!ratios.is_empty()).then(|| (logs / ratios.len() as f64).exp())
}

/// A number with three digits and a letter for its size: `12.3M`.
pub(crate) fn short(value: f64) -> String {
    let (scaled, letter) = match value.abs() {
        size if size >= 1e9 => (value / 1e9, "G"),
        size if size >= 1e6 => (value / 1e6, "M"),
        size if size >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    format!("{}{letter}", three_digits(scaled))
}

/// The same without noughts that say nothing: `10k`.
pub(crate) fn shorter(value: f64) -> String {
    let text = short(value);
    let (digits, letter) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    match digits.contains('.') {
        true => format!("{}{letter}", digits.trim_end_matches('0').trim_end_matches('.')),
        false => text,
    }
}

/// A number with three digits: `0.00123`, `1.23`, `123`.
pub(crate) fn three_digits(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    // The digits behind the point are those that the ones before it leave of three; 9.996 has two before it, once it is rounded.
    let before = value.abs().log10().floor().clamp(-9.0, 9.0);
    let rounded = (value.abs() / 10_f64.powf(before) * 100.0).round() >= 1000.0;
    let behind = (2.0 - before - f64::from(u8::from(rounded))).max(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 11")]
    let text = format!("{value:.*}", behind as usize);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_a_middle() {
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(Spread::of(&[3.0, 1.0, 2.0]), Some(Spread { min: 1.0, median: 2.0, max: 3.0 }));
        assert_eq!(Spread::of(&[4.0, 1.0]).map(|spread| spread.median), Some(2.5));
    }

    #[test]
    fn ratios_have_a_geometric_mean() {
        assert_eq!(geometric_mean(&[]), None);
        assert!((geometric_mean(&[0.5, 8.0]).unwrap() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn numbers_are_short() {
        let texts = [7.0, 12_340_000.0, 2_512.0, 1e9, 0.0].map(short);
        assert_eq!(texts, ["7.00", "12.3M", "2.51k", "1.00G", "0"]);
        let texts = [7.0, 12_340_000.0, 2_500.0, 1e6, 0.0, 0.5, 100.0].map(shorter);
        assert_eq!(texts, ["7", "12.3M", "2.5k", "1M", "0", "0.5", "100"]);
        assert_eq!([0.001_234, 1.234, 123.4, 1234.0].map(three_digits), ["0.00123", "1.23", "123", "1234"]);
        assert_eq!([9.996, 99.96, 0.0999].map(three_digits), ["10.0", "100", "0.0999"]);
    }
}
