//! The texts of `bench/nexmark`, as they were when this program was built.

use crate::bench::answer::Likeness;

/// The events as a generator makes them.
pub(super) const GENERATED: &str = include_str!("../../../../../bench/nexmark/tables.sql");
/// The events in files.
pub(super) const IN_FILES: &str = include_str!("../../../../../bench/nexmark/files.sql");

/// The queries by their numbers.
macro_rules! queries {
    ($($number:literal)*) => {
        [$(include_str!(concat!("../../../../../bench/nexmark/queries/q", $number, ".sql"))),*]
    };
}

const QUERIES: [&str; 24] = queries!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23);

/// Cuts windows by the clock of the machine.
const BY_THE_CLOCK: Number = Number(12);

/// A query: `5` or `q5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number(usize);

impl Number {
    /// All that there are.
    pub(super) fn all() -> Vec<Self> {
        (0..QUERIES.len()).map(Self).collect()
    }

    /// Its name: `q5`.
    pub(super) fn name(self) -> String {
        format!("q{}", self.0)
    }

    /// What it asks.
    pub(super) fn text(self) -> &'static str {
        QUERIES[self.0]
    }

    /// How its answers are compared.
    pub(super) fn likeness(self) -> Likeness {
        if self == BY_THE_CLOCK { Likeness::Sums } else { Likeness::Same }
    }
}

impl std::str::FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix(['q', 'Q']).unwrap_or(text).parse().ok();
        let number = number.filter(|number| *number < QUERIES.len());
        number.map(Self).ok_or_else(|| format!("the queries are 0 to {}", QUERIES.len() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_a_number_with_or_without_its_letter() {
        assert_eq!(
            ["5", "q5", "Q05"].map(|text| text.parse()),
            [Ok(Number(5)), Ok(Number(5)), Ok(Number(5))]
        );
        assert_eq!("24".parse::<Number>(), Err("the queries are 0 to 23".to_owned()));
        assert!(Number::all().iter().all(|query| query.text().contains("SELECT")));
    }
}
