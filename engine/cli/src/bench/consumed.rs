//! What the sinks of engines have read of one question, held against each other in every run.
//!
//! Rows that stay are those of the answer: their sum is the same whoever comes to it, and however often. Where rows change, every
//! version of them is consumed, and how many there are depends on who was faster: such sums are told, and not compared.

use connect::Consumed;

use crate::bench::contest::Round;

/// The sums of a question, as runs bring them.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    /// The first of rows that stay, and whose it is.
    first: Option<(String, Consumed)>,
}

impl Sums {
    /// What is wrong with one more run, if something is.
    pub(crate) fn take(&mut self, engine: &str, consumed: Option<Consumed>) -> Result<(), String> {
        let Some(consumed) = consumed.filter(|consumed| consumed.changes == 0) else { return Ok(()) };
        match &self.first {
            Some((_, first)) if *first == consumed => Ok(()),
            Some((whose, first)) => Err(format!("{engine} has consumed {consumed}, and {whose} {first}")),
            None => {
                self.first = Some((engine.to_owned(), consumed));
                Ok(())
            }
        }
    }

    /// Whether there was anything to hold against something.
    pub(crate) fn were_compared(&self) -> bool {
        self.first.is_some()
    }
}

/// What follows from all of them, in lines.
pub(crate) fn findings(rounds: &[Round]) -> Vec<String> {
    let named = |holds: fn(&Round) -> bool| -> Option<String> {
        let names: Vec<&str> =
            rounds.iter().filter(|round| holds(round)).map(|round| &*round.query).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let read = |round: &Round| round.engines.iter().any(|engine| engine.consumed.is_some());
    let mut findings: Vec<String> = rounds
        .iter()
        .filter_map(|round| {
            Some(format!("{} is wrong and has no figure: {}", round.query, round.wrong.as_ref()?))
        })
        .collect();
    if !rounds.iter().any(read) {
        return findings;
    }
    if let Some(names) = named(|round| round.are_sums_equal) {
        findings.push(format!(
            "the sums of all rows consumed are equal in every run, of all who read them: {names}"
        ));
    }
    let changes = |round: &Round| round.wrong.is_none() && !round.are_sums_equal;
    if let Some(names) = named(changes) {
        findings.push(format!(
            "rows change, or depend on the clock, so that sums are told and not compared: {names}"
        ));
    }
    let peers = rounds.first().map_or(&[][..], |round| &round.engines[1..]);
    for (place, peer) in (1..).zip(peers) {
        if rounds.iter().all(|round| round.engines[place].consumed.is_none()) {
            findings.push(format!("{} reads no row that comes out: it has no sums", peer.engine));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consumed(changes: i64, checksum: u64) -> Option<Consumed> {
        Some(Consumed { rows: 2, changes, checksum })
    }

    #[test]
    fn sums_of_rows_that_stay_are_equal_in_every_run() {
        let mut sums = Sums::default();
        assert_eq!(sums.take("one", consumed(0, 7)), Ok(()));
        assert_eq!(sums.take("other", consumed(0, 7)), Ok(()));
        let words = "other has consumed 2 rows with the checksum 0000000000000008, and one 2 rows with the checksum 0000000000000007";
        assert_eq!(sums.take("other", consumed(0, 8)), Err(words.to_owned()));
        assert!(sums.were_compared());
    }

    #[test]
    fn versions_of_rows_are_not_compared() {
        let mut sums = Sums::default();
        assert_eq!(sums.take("one", consumed(1, 7)), Ok(()));
        assert_eq!(sums.take("other", consumed(3, 8)), Ok(()));
        assert_eq!(sums.take("other", None), Ok(()));
        assert!(!sums.were_compared());
    }
}
