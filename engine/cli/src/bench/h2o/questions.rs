//! The texts of `bench/h2o`, as they were when this program was built.

use std::fmt;

use crate::bench::answer::Likeness;

/// The questions by their names.
macro_rules! questions {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../../../../bench/h2o/queries/", $name, ".sql")))),*]
    };
}

const QUESTIONS: [(&str, &str); 15] =
    questions!("g1" "g2" "g3" "g4" "g5" "g6" "g7" "g8" "g9" "g10" "j1" "j2" "j3" "j4" "j5");
/// Those that other engines have functions for.
const STANDARD: [(&str, &str); 2] = [
    ("g6", include_str!("../../../../../bench/h2o/standard/g6.sql")),
    ("g9", include_str!("../../../../../bench/h2o/standard/g9.sql")),
];

/// A question: `g5` or `j1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name(usize);

impl Name {
    /// All that there are.
    pub(super) fn all() -> Vec<Self> {
        (0..QUESTIONS.len()).map(Self).collect()
    }

    /// Whether it is about a join.
    pub(super) fn is_join(&self) -> bool {
        QUESTIONS[self.0].0.starts_with('j')
    }

    /// What it asks.
    pub(super) fn text(self) -> &'static str {
        QUESTIONS[self.0].1
    }

    /// What other engines are asked, where that is something else.
    pub(super) fn standard(self) -> Option<&'static str> {
        STANDARD.iter().find(|(name, _)| *name == QUESTIONS[self.0].0).map(|(_, text)| *text)
    }

    /// Groups have averages and sums of fractions. Joins show values as they are, and a great many of them.
    pub(super) fn likeness(self) -> Likeness {
        if self.is_join() { Likeness::Same } else { Likeness::Near }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(QUESTIONS[self.0].0)
    }
}

impl std::str::FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let place = QUESTIONS.iter().position(|(name, _)| name.eq_ignore_ascii_case(text));
        place.map(Self).ok_or_else(|| "the questions are g1 to g10 and j1 to j5".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_have_names_and_texts() {
        assert_eq!("G10".parse::<Name>().unwrap().to_string(), "g10");
        assert_eq!("g11".parse::<Name>(), Err("the questions are g1 to g10 and j1 to j5".to_owned()));
        assert_eq!(Name::all().into_iter().filter(Name::is_join).count(), 5);
        assert_eq!(Name::all().into_iter().filter(|name| name.standard().is_some()).count(), 2);
        assert!(Name::all().iter().all(|name| name.text().contains("SELECT")));
    }
}
