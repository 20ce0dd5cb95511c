//! Values as the text of an answer has them, and their hashes.

use std::io::Write;

use crate::sum;

const DAY_MS: u64 = 86_400_000;

/// A value of a row.
pub trait Field {
    /// Appends it. No text of the corpus has a comma, a quotation mark or an end of line in it.
    fn write(&self, text: &mut Vec<u8>);

    /// Its hash.
    fn hash(&self) -> u64;
}

/// Milliseconds since 1970: `2025-01-01 23:58:20.000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// A decimal of three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thousandths(pub i64);

/// Milliseconds since 1970, of which only hour and minute are told: `23:58`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(pub u64);

/// Days since 1970: `2025-01-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u64);

/// Year, month and day of a day since 1970. Eras of 400 years begin in March, so that a leap day is the last one.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

/// Into memory, where nothing goes wrong.
macro_rules! append {
    ($text:expr, $($words:tt)*) => {
        write!($text, $($words)*).expect("memory takes all bytes")
    };
}

impl Field for Time {
    fn write(&self, text: &mut Vec<u8>) {
        Day(self.0 / DAY_MS).write(text);
        text.push(b' ');
        Minute(self.0).write(text);
        append!(text, ":{:02}.{:03}", self.0 / 1000 % 60, self.0 % 1000);
    }

    #[inline]
    fn hash(&self) -> u64 {
        sum::of_number(self.0)
    }
}

impl Field for Day {
    fn write(&self, text: &mut Vec<u8>) {
        let (year, month, day) = civil(self.0);
        append!(text, "{year:04}-{month:02}-{day:02}");
    }

    fn hash(&self) -> u64 {
        hash_of_text(self)
    }
}

impl Field for Minute {
    fn write(&self, text: &mut Vec<u8>) {
        let of_day = self.0 % DAY_MS;
        append!(text, "{:02}:{:02}", of_day / 3_600_000, of_day / 60_000 % 60);
    }

    fn hash(&self) -> u64 {
        hash_of_text(self)
    }
}

impl Field for Thousandths {
    fn write(&self, text: &mut Vec<u8>) {
        append!(text, "{}.{:03}", self.0 / 1000, self.0 % 1000);
    }

    #[inline]
    fn hash(&self) -> u64 {
        sum::of_number(self.0.cast_unsigned())
    }
}

impl Field for u64 {
    fn write(&self, text: &mut Vec<u8>) {
        append!(text, "{self}");
    }

    #[inline]
    fn hash(&self) -> u64 {
        sum::of_number(*self)
    }
}

impl Field for i64 {
    fn write(&self, text: &mut Vec<u8>) {
        append!(text, "{self}");
    }

    #[inline]
    fn hash(&self) -> u64 {
        sum::of_number(self.cast_unsigned())
    }
}

impl Field for str {
    fn write(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(self.as_bytes());
    }

    #[inline]
    fn hash(&self) -> u64 {
        sum::of_text(self.as_bytes())
    }
}

impl<T: Field + ?Sized> Field for &T {
    fn write(&self, text: &mut Vec<u8>) {
        (**self).write(text);
    }

    #[inline]
    fn hash(&self) -> u64 {
        (**self).hash()
    }
}

/// Of a value that is a text in the engine.
fn hash_of_text(field: &impl Field) -> u64 {
    let mut text = Vec::new();
    field.write(&mut text);
    sum::of_text(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(field: impl Field) -> String {
        let mut text = Vec::new();
        field.write(&mut text);
        String::from_utf8(text).expect("plain letters")
    }

    #[test]
    fn values_are_written_as_the_protocol_has_them() {
        assert_eq!(text(Time(1_735_775_900_000)), "2025-01-01 23:58:20.000");
        assert_eq!(text(Time(951_782_400_007)), "2000-02-29 00:00:00.007");
        assert_eq!(text(Minute(1_735_775_900_000)), "23:58");
        assert_eq!(text(Thousandths(90_800)), "90.800");
        assert_eq!(text(Thousandths(681)), "0.681");
        assert_eq!(text(Day(20_090)), "2025-01-02");
    }
}
