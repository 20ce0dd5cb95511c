//! The sums of right answers, for whoever has no peer at hand: `bench/nexmark/check-values.csv`, made from DuckDB's answers.
//!
//! A line is `events,rate,query,rows,checksum`; what a checksum is says `answer.rs`. How the file was made is in
//! `bench/nexmark/README.md`.

use std::path::Path;

use crate::bench::answer::Sum;
use crate::bench::cache;
use crate::run::CliError;

use super::corpus::Corpus;

const VALUES: &str = include_str!("../../../../../bench/nexmark/check-values.csv");
const HEAD: &str = "events,rate,query,rows,checksum";

/// The sum of the answer to a query over a corpus, if it is known.
pub(super) fn known(corpus: Corpus, query: &str) -> Option<Sum> {
    VALUES
        .lines()
        .skip(1)
        .filter_map(read)
        .find(|(of, name, _)| *of == corpus && *name == query)
        .map(|found| found.2)
}

/// Writes such a file.
pub(super) fn write(path: &Path, values: &[(Corpus, String, Sum)]) -> Result<(), CliError> {
    let mut text = format!("{HEAD}\n");
    for (Corpus { events, rate }, query, Sum { rows, checksum }) in values {
        text.push_str(&format!("{events},{rate},{query},{rows},{checksum:016x}\n"));
    }
    cache::write(path, &text)
}

fn read(line: &str) -> Option<(Corpus, &str, Sum)> {
    let mut fields = line.split(',');
    let mut number = || fields.next()?.parse().ok();
    let corpus = Corpus { events: number()?, rate: number()? };
    let query = fields.next()?;
    let rows = fields.next()?.parse().ok()?;
    let checksum = u64::from_str_radix(fields.next()?, 16).ok()?;
    Some((corpus, query, Sum { rows, checksum }))
}

#[cfg(test)]
mod tests {
    use super::super::corpus::{D0, TRIAL};
    use super::super::queries::Number;
    use super::*;

    #[test]
    fn every_query_has_its_values_for_what_answers_are_checked_with() {
        assert_eq!(VALUES.lines().next(), Some(HEAD));
        assert!(VALUES.lines().skip(1).all(|line| read(line).is_some()));
        for query in Number::all() {
            for corpus in [D0, TRIAL] {
                assert!(
                    known(corpus, &query.name()).is_some_and(|sum| sum.rows > 0),
                    "{} {corpus}",
                    query.name()
                );
            }
        }
    }
}
