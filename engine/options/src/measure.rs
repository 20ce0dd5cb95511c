//! Amounts written as a whole number and a unit: `64 mb`, `100ms`, `1024`.
//!
//! Sizes and durations differ only in their [`Scale`]: reading and writing are the same. Letter case and the
//! space before the unit are free, as in Flink. Never rounds: a fraction is refused, and what is written
//! reads back equal.

use crate::Refusal;

/// The units of one quantity.
pub(crate) struct Scale {
    /// Largest first: the order in which `write` tries them.
    pub(crate) units: &'static [Unit],
    /// The unit of a bare number, and of nothing at all.
    pub(crate) bare: &'static str,
}

/// One unit, in multiples of the smallest of its scale.
pub(crate) struct Unit {
    pub(crate) size: u128,
    /// All spellings in lower case; the first is the one we write.
    pub(crate) names: &'static [&'static str],
}

impl Scale {
    /// The amount in the smallest unit of this scale.
    pub(crate) fn read(&self, text: &str) -> Result<u128, Refusal> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Refusal::Empty);
        }
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        if unit.starts_with(['.', ',']) {
            return Err(Refusal::Fraction);
        }
        if number.is_empty() {
            return Err(Refusal::NoAmount);
        }
        let unit = self.unit(unit.trim())?;
        // Only digits are left, so the one way to fail is to be too long.
        number.parse::<u128>().ok().and_then(|number| number.checked_mul(unit.size)).ok_or(Refusal::TooLarge)
    }

    /// In the largest unit that divides it exactly.
    pub(crate) fn write(&self, amount: u128) -> String {
        match self.units.iter().find(|unit| amount.is_multiple_of(unit.size)) {
            Some(unit) if amount > 0 => format!("{}{}", amount / unit.size, unit.names[0]),
            _ => format!("0{}", self.bare),
        }
    }

    fn unit(&self, name: &str) -> Result<&Unit, Refusal> {
        let name = if name.is_empty() { self.bare.to_owned() } else { name.to_lowercase() };
        let known = self.units.iter().find(|unit| unit.names.contains(&name.as_str()));
        known.ok_or_else(|| Refusal::UnknownUnit {
            unit: name.into(),
            known: self.units.iter().rev().map(|unit| unit.names[0]).collect::<Vec<_>>().join(", ").into(),
        })
    }
}
