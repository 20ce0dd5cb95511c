//! Engines by turns: one question is asked of each of them again and again, A-B-B-A, so that what disturbs the machine for a
//! while disturbs all; and no time counts before the answers were held against each other.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::bench::answer::{Answer, Likeness, Sum};
use crate::bench::cache;
use crate::bench::kept::Part;
use crate::bench::own::{Own, Run};
use crate::bench::peer::{Peer, Request};
use crate::bench::spread::Spread;
use crate::run::CliError;

/// A query, for us and for peers.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Statements that must come before it.
    pub(crate) tables: String,
    pub(crate) sql: String,
    pub(crate) request: Request,
    pub(crate) likeness: Likeness,
    /// How many events or rows go in, where a rate is of interest.
    pub(crate) amount: Option<u64>,
    /// Whether rows are few enough to be kept, should it have to be shown how they differ.
    pub(crate) keeps: bool,
}

/// Who takes part.
pub(crate) struct Contest {
    pub(crate) own: Own,
    pub(crate) peers: Vec<Peer>,
    pub(crate) repetitions: usize,
}

/// How often and how fast an engine has answered a question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) engine: String,
    pub(crate) seconds: Vec<f64>,
    pub(crate) cpu_seconds: Vec<f64>,
    /// Why it has not answered.
    pub(crate) error: Option<String>,
}

/// All that was measured of a question, ours first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Round {
    pub(crate) query: String,
    /// How many events or rows went in.
    pub(crate) amount: Option<u64>,
    /// The rows of the answer that was checked.
    pub(crate) checked: Sum,
    /// By whom.
    pub(crate) checked_by: Vec<String>,
    pub(crate) engines: Vec<Measured>,
}

/// A sum that was found to be right.
pub(crate) struct Checked {
    pub(crate) sum: Sum,
    pub(crate) by: Vec<String>,
}

impl Contest {
    /// Holds our answer against those of the peers, or against a sum that is known.
    pub(crate) fn check(&mut self, question: &Question, value: Option<Sum>) -> Result<Checked, CliError> {
        let query = &question.request.query;
        say(&format!("{query}: checking the answer"));
        let found = self.ours(question, false)?;
        let (mut by, mut reasons) = (Vec::new(), Vec::new());
        for place in 0..self.peers.len() {
            let name = self.peers[place].name.clone();
            match self.theirs(place, question, false)? {
                Ok(right) if found.difference(&right).is_none() => by.push(name),
                Ok(right) => {
                    return Err(wrong(query, &name, &self.difference(place, question, &found, &right)?));
                }
                Err(why) => reasons.push(format!("{name}: {why}")),
            }
        }
        match value {
            Some(value) if found.sum() != value => {
                let Sum { rows, checksum } = found.sum();
                let difference = format!(
                    "{rows} rows with the checksum {checksum:016x}, {} with {:016x} wanted",
                    value.rows, value.checksum
                );
                return Err(wrong(query, "the check values", &difference));
            }
            Some(_) => by.push("check values".to_owned()),
            None if by.is_empty() => {
                let why =
                    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
                return Err(CliError::Bench(format!(
                    "{query}: nobody has checked the answer, so no figure counts{why}; ask a peer that can: --peer duckdb"
                )));
            }
            None => {}
        }
        Ok(Checked { sum: found.sum(), by })
    }

    /// How answers differ whose sums do: both are asked for again, and their rows kept.
    fn difference(
        &mut self,
        peer: usize,
        question: &Question,
        found: &Answer,
        right: &Answer,
    ) -> Result<String, CliError> {
        let words = found.difference(right).unwrap_or_default();
        if !question.keeps {
            return Ok(words);
        }
        let again = self.ours(question, true)?;
        let shown = self.theirs(peer, question, true)?.ok().and_then(|right| again.difference(&right));
        Ok(shown.unwrap_or_else(|| format!("{words}; asked again, they are the same")))
    }

    fn ours(&self, question: &Question, keeps: bool) -> Result<Answer, CliError> {
        let answer = Answer::new(question.likeness, keeps);
        let answer = self.own.answer(&question.tables, &question.sql, answer);
        Ok(answer.map_err(|error| of_query(question, error))?.finish())
    }

    /// The inner error is the peer's own.
    fn theirs(
        &mut self,
        peer: usize,
        question: &Question,
        keeps: bool,
    ) -> Result<Result<Answer, String>, CliError> {
        let peer = &mut self.peers[peer];
        let folder = cache::fresh(&format!("answers/{}-{}", peer.name, std::process::id()))?;
        let run = peer.run(&question.request, Some(&folder))?;
        let answer = run.map(|_| Answer::new(question.likeness, keeps).read(&folder));
        cache::remove(&folder)?;
        match answer {
            Ok(answer) => Ok(Ok(answer?.finish())),
            Err(why) => Ok(Err(why)),
        }
    }

    /// Asks all of them by turns, after a run of each that does not count.
    pub(crate) fn measure(&mut self, question: &Question, checked: Checked) -> Result<Round, CliError> {
        let query = question.request.query.clone();
        let names =
            std::iter::once("millstream".to_owned()).chain(self.peers.iter().map(|peer| peer.name.clone()));
        let mut engines: Vec<Measured> = names.map(Measured::of).collect();
        for turn in 0..=self.repetitions {
            say(&format!("{query}: run {turn} of {}", self.repetitions));
            let mut order: Vec<usize> = (0..engines.len()).collect();
            if turn % 2 == 1 {
                order.reverse();
            }
            for place in order {
                let measured = &mut engines[place];
                if measured.error.is_some() {
                    continue;
                }
                let run = match place.checked_sub(1) {
                    None => {
                        let run = self.own.time(&question.tables, &question.sql);
                        Ok(run.map_err(|error| of_query(question, error))?)
                    }
                    Some(peer) => self.peers[peer].run(&question.request, None)?,
                };
                measured.take(run, turn > 0);
            }
        }
        say("");
        Ok(Round { query, amount: question.amount, checked: checked.sum, checked_by: checked.by, engines })
    }
}

impl Measured {
    /// One that has not answered yet.
    pub(crate) fn of(engine: String) -> Self {
        Self { engine, seconds: Vec::new(), cpu_seconds: Vec::new(), error: None }
    }

    /// One more run, which may be one that does not count.
    pub(crate) fn take(&mut self, run: Result<Run, String>, counts: bool) {
        match run {
            Ok(run) if counts => {
                self.seconds.push(run.seconds);
                self.cpu_seconds.extend(run.cpu_seconds);
            }
            Ok(_) => {}
            Err(why) => self.error = Some(why),
        }
    }

    /// Its seconds, if it has answered.
    pub(crate) fn spread(&self) -> Option<Spread> {
        Spread::of(&self.seconds).filter(|_| self.error.is_none())
    }
}

impl Round {
    /// How many times as fast as this engine we are, turn by turn.
    pub(crate) fn ratios(&self, engine: &Measured) -> Option<Spread> {
        engine.spread()?;
        let pairs = self.engines[0].seconds.iter().zip(&engine.seconds);
        Spread::of(&pairs.map(|(ours, theirs)| theirs / ours).collect::<Vec<_>>())
    }

    /// Of what went in, so much in a second of this spread's middle.
    pub(crate) fn rate(&self, spread: Spread) -> Option<f64> {
        Some(self.amount? as f64 / spread.median)
    }

    /// For other programs. `unit`: what went in.
    pub(crate) fn json(&self, unit: &str) -> Value {
        let engines: Vec<Value> = self
            .engines
            .iter()
            .map(|engine| {
                let spread = engine.spread();
                let ratio = self.ratios(engine).filter(|_| engine.engine != self.engines[0].engine);
                let mut json = json!({
                    "engine": engine.engine, "seconds": spread.map(Spread::json), "runs": engine.seconds,
                    "cpu_seconds": Spread::of(&engine.cpu_seconds).map(Spread::json), "cpu_runs": engine.cpu_seconds,
                    "times_as_fast": ratio.map(Spread::json), "error": engine.error,
                });
                json[format!("{unit}_per_second")] = spread.and_then(|spread| self.rate(spread)).into();
                json
            })
            .collect();
        json!({
            "query": self.query, "amount": self.amount, "engines": engines,
            "answer": {
                "rows": self.checked.rows, "checksum": format!("{:016x}", self.checked.checksum),
                "checked_by": self.checked_by,
            },
        })
    }

    /// As another program has kept it.
    pub(crate) fn read(part: Part<'_>) -> Result<Self, CliError> {
        let answer = part.part("answer");
        let checksum = u64::from_str_radix(answer.text("checksum")?, 16)
            .map_err(|error| CliError::Bench(format!("a checksum is no number: {error}")))?;
        let engines = part.part("engines").each(|engine| {
            Ok(Measured {
                engine: engine.text("engine")?.to_owned(),
                seconds: engine.numbers("runs")?,
                cpu_seconds: engine.numbers("cpu_runs")?,
                error: engine.text("error").ok().map(str::to_owned),
            })
        })?;
        Ok(Self {
            query: part.text("query")?.to_owned(),
            amount: part.whole("amount").ok(),
            checked: Sum { rows: answer.whole("rows")?.cast_signed(), checksum },
            checked_by: answer.part("checked_by").each(|name| name.as_text().map(str::to_owned))?,
            engines,
        })
    }
}

/// Starts the peers that were asked for.
pub(crate) fn peers(names: &[String], repository: Option<&PathBuf>) -> Result<Vec<Peer>, CliError> {
    names.iter().map(|name| Peer::start(name, repository.map(PathBuf::as_path))).collect()
}

/// How far it is, for whoever watches a terminal: a line that the next one takes the place of.
pub(crate) fn say(words: &str) {
    let mut to = std::io::stderr();
    if to.is_terminal() {
        // Who cannot be told has not asked.
        let _ = write!(to, "\r\x1b[K{words}").and_then(|()| to.flush());
    }
}

/// With the query that it is about.
fn of_query(question: &Question, error: CliError) -> CliError {
    match error {
        CliError::Interrupted | CliError::Closed => error,
        error => CliError::Bench(format!("{}: {error}", question.request.query)),
    }
}

fn wrong(query: &str, than: &str, difference: &str) -> CliError {
    CliError::Bench(format!("{query}: the answer is not that of {than}, so no figure counts: {difference}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(engine: &str, seconds: &[f64]) -> Measured {
        Measured { seconds: seconds.to_vec(), ..Measured::of(engine.to_owned()) }
    }

    #[test]
    fn ratios_are_of_runs_that_followed_each_other() {
        let engines = vec![measured("millstream", &[1.0, 2.0]), measured("other", &[4.0, 4.0])];
        let (query, checked, checked_by) = ("q0".to_owned(), Sum::default(), Vec::new());
        let round = Round { query, amount: Some(8), checked, checked_by, engines };
        let ratios = round.ratios(&round.engines[1]);
        assert_eq!(ratios, Some(Spread { min: 2.0, median: 3.0, max: 4.0 }));
        let json = round.json("events");
        assert_eq!(json["engines"][1]["times_as_fast"]["median"], 3.0);
        assert_eq!(json["engines"][0]["times_as_fast"], Value::Null);
        assert_eq!(json["engines"][1]["events_per_second"], 2.0);
        assert_eq!(Round::read(Part(&json)).unwrap(), round);
    }

    #[test]
    fn who_does_not_answer_has_no_figure() {
        let mut silent = measured("other", &[1.0]);
        silent.take(Err("it cannot".to_owned()), true);
        assert_eq!(silent.spread(), None);
    }
}
