//! Sizes in bytes, written as Flink's `MemorySize` writes them: `32kb`, `64 mb`, `1g`.
//!
//! Units are binary whatever they are called: `1kb` is 1024 bytes. A bare number is bytes.

use std::{fmt, str::FromStr};

use crate::{
    Refusal,
    measure::{Scale, Unit},
    value::{Otherwise, Value},
};

/// A number of bytes.
///
/// ```
/// use options::Bytes;
///
/// let size: Bytes = "64 MB".parse()?;
/// assert_eq!(size, Bytes::mib(64));
/// assert_eq!(size.to_string(), "64mb");
/// # Ok::<(), options::Refusal>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(u64);

impl Bytes {
    /// As many as a size can say.
    pub const MAX: Bytes = Bytes(u64::MAX);

    /// This many bytes.
    pub const fn new(bytes: u64) -> Bytes {
        Bytes(bytes)
    }

    /// This many times 1024 bytes.
    pub const fn kib(count: u64) -> Bytes {
        Bytes::times(count, 1 << 10)
    }

    /// This many times 1024² bytes.
    pub const fn mib(count: u64) -> Bytes {
        Bytes::times(count, 1 << 20)
    }

    /// This many times 1024³ bytes.
    pub const fn gib(count: u64) -> Bytes {
        Bytes::times(count, 1 << 30)
    }

    /// The number of bytes.
    pub const fn get(self) -> u64 {
        self.0
    }

    const fn times(count: u64, unit: u64) -> Bytes {
        Bytes(count.checked_mul(unit).expect("a size in code fits in 64 bits"))
    }
}

const SCALE: Scale = Scale {
    units: &[
        Unit { size: 1 << 40, names: &["tb", "t", "tib", "tebibytes"] },
        Unit { size: 1 << 30, names: &["gb", "g", "gib", "gibibytes"] },
        Unit { size: 1 << 20, names: &["mb", "m", "mib", "mebibytes"] },
        Unit { size: 1 << 10, names: &["kb", "k", "kib", "kibibytes"] },
        Unit { size: 1, names: &["b", "bytes"] },
    ],
    bare: "b",
};

impl FromStr for Bytes {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Bytes, Refusal> {
        let bytes = SCALE.read(text)?;
        u64::try_from(bytes).map(Bytes).map_err(|_| Refusal::TooLarge)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SCALE.write(self.0.into()))
    }
}

/// Which sizes a key accepts.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    min: Bytes,
    max: Bytes,
    power_of_two: bool,
}

impl Sizes {
    /// Every size, nothing at all included.
    pub const ANY: Sizes = Sizes::at_least(Bytes(0));

    /// This size and all above it.
    pub const fn at_least(min: Bytes) -> Sizes {
        Sizes::between(min, Bytes::MAX)
    }

    /// Both sizes and all between them.
    pub const fn between(min: Bytes, max: Bytes) -> Sizes {
        Sizes { min, max, power_of_two: false }
    }

    /// Both sizes and the powers of two between them.
    pub const fn powers_of_two(min: Bytes, max: Bytes) -> Sizes {
        Sizes { min, max, power_of_two: true }
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.power_of_two { "a power of two" } else { "a size" })?;
        match (self.min, self.max) {
            (Bytes(0), Bytes::MAX) => Ok(()),
            (min, Bytes::MAX) => write!(f, " of at least {min}"),
            (min, max) => write!(f, " from {min} to {max}"),
        }
    }
}

impl Value for Bytes {
    const KIND: &'static str = "size";
    type Bounds = Sizes;

    fn read(text: &str, bounds: &Sizes) -> Result<Bytes, Refusal> {
        match text.parse::<Bytes>()? {
            size if bounds.power_of_two && !size.0.is_power_of_two() => Err(Refusal::NotAPowerOfTwo),
            size if size < bounds.min => Err(Refusal::TooSmall),
            size if size > bounds.max => Err(Refusal::TooLarge),
            size => Ok(size),
        }
    }

    fn accepted(bounds: &Sizes) -> String {
        bounds.to_string()
    }

    fn otherwise(&self, _bounds: &Sizes) -> Otherwise {
        Otherwise::Is(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expect: Result<u64, Refusal>) {
        assert_eq!(text.parse::<Bytes>().map(Bytes::get), expect, "{text:?}");
    }

    #[test]
    fn every_spelling_of_a_unit_reads_the_same() {
        for (size, spellings) in [
            (1, "1 1b 1bytes 1B"),
            (1 << 10, "1k 1kb 1kib 1kibibytes 1KB 1KiB 1024"),
            (1 << 20, "1m 1mb 1mib 1mebibytes 1M"),
            (1 << 30, "1g 1gb 1gib 1gibibytes 1Gb"),
            (1 << 40, "1t 1tb 1tib 1tebibytes 1TB"),
        ] {
            for text in spellings.split(' ') {
                check(text, Ok(size));
            }
        }
        check("  64 \t mb ", Ok(64 << 20));
    }

    #[test]
    fn what_is_not_a_size_is_refused_with_its_reason() {
        check("", Err(Refusal::Empty));
        check("   ", Err(Refusal::Empty));
        check("mb", Err(Refusal::NoAmount));
        check("-1", Err(Refusal::NoAmount));
        check("1.5gb", Err(Refusal::Fraction));
        check(".5gb", Err(Refusal::Fraction));
        check("1,5 gb", Err(Refusal::Fraction));
        check("1 pb", Err(Refusal::UnknownUnit { unit: "pb".into(), known: "b, kb, mb, gb, tb".into() }));
        check("1 000", Err(Refusal::UnknownUnit { unit: "000".into(), known: "b, kb, mb, gb, tb".into() }));
    }

    #[test]
    fn the_last_size_that_fits_is_read_and_the_next_refused() {
        check("18446744073709551615", Ok(u64::MAX));
        check("18446744073709551616", Err(Refusal::TooLarge));
        check("16777215t", Ok(((1 << 24) - 1) << 40));
        check("16777216t", Err(Refusal::TooLarge));
        check(&format!("{}t", u128::MAX), Err(Refusal::TooLarge));
        check(&"9".repeat(100), Err(Refusal::TooLarge));
    }

    #[test]
    fn the_largest_unit_that_divides_is_written() {
        for (size, text) in [
            (Bytes::new(0), "0b"),
            (Bytes::new(1023), "1023b"),
            (Bytes::kib(32), "32kb"),
            (Bytes::kib(1025), "1025kb"),
            (Bytes::mib(1024), "1gb"),
            (Bytes::gib(2048), "2tb"),
        ] {
            assert_eq!(size.to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(odd: u64, shift in 0_u32..64) {
            let size = Bytes(odd << shift);
            prop_assert_eq!(size.to_string().parse(), Ok(size));
        }

        #[test]
        fn no_text_makes_reading_fail_otherwise(text: String) {
            let _ = text.parse::<Bytes>();
        }
    }
}
