//! Rows of which some numbers may differ by a millionth, without their text: a hundred million of them fit in memory.
//!
//! A field with a point or an exponent is such a number; all others are texts, of which a hash is kept. What differs can be counted
//! here but not shown: for that rows are asked for again, if they are few.

use xxhash_rust::xxh3::Xxh3;

use crate::bench::answer::nearly;

/// The rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct NearRows {
    /// Of each row, the hash of its texts and where they stand.
    texts: Vec<u64>,
    /// The numbers of all rows, one row behind the other.
    numbers: Vec<f64>,
    /// Where those of each row end.
    ends: Vec<u32>,
}

impl NearRows {
    /// One more row, which is its fields with `between` them.
    pub(crate) fn push(&mut self, line: &str, between: char) {
        let mut texts = Xxh3::new();
        for (place, field) in line.split(between).enumerate() {
            match number(field) {
                Some(number) => self.numbers.push(number),
                None => {
                    texts.update(&place.to_le_bytes());
                    texts.update(field.as_bytes());
                }
            }
        }
        self.texts.push(texts.digest());
        self.ends.push(u32::try_from(self.numbers.len()).expect("fewer than four thousand million numbers"));
    }

    /// How many rows are not nearly those of others.
    pub(crate) fn differ(&self, others: &Self) -> usize {
        let (these, those) = (self.order(), others.order());
        let are_near = |(one, other): (&u32, &u32)| {
            let (one, other) = (*one as usize, *other as usize);
            let (found, wanted) = (self.numbers_of(one), others.numbers_of(other));
            self.texts[one] == others.texts[other]
                && found.len() == wanted.len()
                && found.iter().zip(wanted).all(|(found, wanted)| nearly(*found, *wanted))
        };
        let pairs = these.iter().zip(&those);
        these.len().abs_diff(those.len()) + pairs.filter(|pair| !are_near(*pair)).count()
    }

    /// The rows by their texts and, where these are the same, by their numbers.
    fn order(&self) -> Vec<u32> {
        let rows = u32::try_from(self.texts.len()).expect("no more rows than ends");
        let mut order: Vec<u32> = (0..rows).collect();
        order.sort_unstable_by(|one, other| {
            let (one, other) = (*one as usize, *other as usize);
            let numbers = || {
                let pairs = self.numbers_of(one).iter().zip(self.numbers_of(other));
                pairs.map(|(one, other)| one.total_cmp(other)).find(|order| order.is_ne())
            };
            self.texts[one]
                .cmp(&self.texts[other])
                .then_with(|| numbers().unwrap_or(std::cmp::Ordering::Equal))
        });
        order
    }

    fn numbers_of(&self, row: usize) -> &[f64] {
        let begin = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.numbers[begin..self.ends[row] as usize]
    }
}

/// What is no whole number, but one.
fn number(field: &str) -> Option<f64> {
    let begins = field.starts_with(|letter: char| letter.is_ascii_digit() || "-.".contains(letter));
    let may_be = begins && field.contains(['.', 'e', 'E']);
    if may_be { field.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> NearRows {
        let mut rows = NearRows::default();
        lines.iter().for_each(|line| rows.push(line, '|'));
        rows
    }

    #[test]
    fn numbers_may_be_near_and_texts_may_not() {
        let exact = rows(&["id1|7|2000000.0", "id2|8|0.5", "id2|8|1.5E3"]);
        assert_eq!(exact.differ(&rows(&["id2|8|1500.000001", "id1|7|2000000.1", "id2|8|0.50"])), 0);
        assert_eq!(exact.differ(&rows(&["id1|7|2000003.0", "id2|8|0.5", "id2|8|1500.0"])), 1);
        assert_eq!(
            exact.differ(&rows(&["id1|6|2000000.0", "id2|8|0.5", "id2|8|1500.0"])),
            1,
            "whole numbers are texts"
        );
        assert_eq!(exact.differ(&rows(&["id1|7|2000000.0", "id2|8|0.5"])), 1, "one is missing");
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        assert_ne!(rows(&["a|b|1.0"]).differ(&rows(&["a|b1.0|"])), 0);
        assert_ne!(rows(&["|a|1.0"]).differ(&rows(&["a||1.0"])), 0);
        assert_ne!(rows(&["1.0|a"]).differ(&rows(&["a|1.0"])), 0);
    }
}
