//! The texts of `bench/tpch`, as they were when this program was built.

/// The queries by their numbers.
macro_rules! queries {
    ($($number:literal)*) => {
        [$(include_str!(concat!("../../../../../bench/tpch/queries/q", $number, ".sql"))),*]
    };
}

const QUERIES: [&str; 22] = queries!(
    "01" "02" "03" "04" "05" "06" "07" "08" "09" "10" "11" "12" "13" "14" "15" "16" "17" "18" "19" "20" "21" "22"
);

/// A query: `5` or `q5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number(usize);

impl Number {
    /// All that there are.
    pub(super) fn all() -> Vec<Self> {
        (1..=QUERIES.len()).map(Self).collect()
    }

    /// Its name: `q5`.
    pub(super) fn name(self) -> String {
        format!("q{}", self.0)
    }

    /// What it asks.
    pub(super) fn text(self) -> &'static str {
        QUERIES[self.0 - 1]
    }
}

impl std::str::FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix(['q', 'Q']).unwrap_or(text).parse().ok();
        let number = number.filter(|number| (1..=QUERIES.len()).contains(number));
        number.map(Self).ok_or_else(|| format!("the queries are 1 to {}", QUERIES.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_count_from_one() {
        assert_eq!("q1".parse(), Ok(Number(1)));
        assert_eq!("0".parse::<Number>(), Err("the queries are 1 to 22".to_owned()));
        assert!(Number::all().iter().all(|query| query.text().contains("SELECT")));
    }
}
