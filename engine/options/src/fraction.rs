//! A share of a whole: a number from 0 to 1, both included.

use std::{fmt, str::FromStr};

use crate::{
    Bytes, Refusal,
    value::{Otherwise, Value},
};

/// A share of a whole.
///
/// ```
/// use options::{Bytes, Fraction};
///
/// let tenth: Fraction = "0.1".parse()?;
/// assert_eq!(tenth.of(Bytes::new(1_000)), Bytes::new(100));
/// # Ok::<(), options::Refusal>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Fraction(f64);

impl Fraction {
    /// A share that code names.
    ///
    /// # Panics
    /// When the number is not from 0 to 1.
    pub const fn new(share: f64) -> Fraction {
        assert!(share >= 0.0, "a share is at least nothing");
        assert!(share <= 1.0, "a share is at most the whole");
        Fraction(share)
    }

    /// The number from 0 to 1.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// This share of a size, rounded down.
    #[expect(clippy::cast_possible_truncation, reason = "a share of a size is no more than the size")]
    pub fn of(self, whole: Bytes) -> Bytes {
        // Above 2^53 a float may round the product up past the whole.
        Bytes::new((whole.get() as f64 * self.0) as u64).min(whole)
    }
}

impl FromStr for Fraction {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Fraction, Refusal> {
        match text.trim().parse::<f64>() {
            Ok(share) if share < 0.0 => Err(Refusal::TooSmall),
            Ok(share) if share > 1.0 => Err(Refusal::TooLarge),
            Ok(share) if !share.is_nan() => Ok(Fraction(share)),
            _ => Err(Refusal::NotANumber),
        }
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Value for Fraction {
    const KIND: &'static str = "fraction";
    type Bounds = ();

    fn read(text: &str, _bounds: &()) -> Result<Fraction, Refusal> {
        text.parse()
    }

    fn accepted(_bounds: &()) -> String {
        "a number from 0 to 1".into()
    }

    fn otherwise(&self, _bounds: &()) -> Otherwise {
        Otherwise::Is(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_numbers_from_nothing_to_the_whole_are_read() {
        for (text, expect) in [
            ("0", Ok(Fraction(0.0))),
            (" 0.4 ", Ok(Fraction(0.4))),
            ("1", Ok(Fraction(1.0))),
            ("-0.1", Err(Refusal::TooSmall)),
            ("1.1", Err(Refusal::TooLarge)),
            ("inf", Err(Refusal::TooLarge)),
            ("nan", Err(Refusal::NotANumber)),
            ("40%", Err(Refusal::NotANumber)),
            ("", Err(Refusal::NotANumber)),
        ] {
            assert_eq!(text.parse(), expect, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(share in 0.0..=1.0) {
            prop_assert_eq!(Fraction(share).to_string().parse(), Ok(Fraction(share)));
        }

        #[test]
        fn a_share_is_never_more_than_the_whole(share in 0.0..=1.0, whole: u64) {
            let whole = Bytes::new(whole);
            prop_assert!(Fraction(share).of(whole) <= whole);
        }
    }
}
