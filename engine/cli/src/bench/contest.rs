//! Engines by turns: one question is asked of each of them again and again, A-B-B-A, so that what disturbs the machine for a
//! while disturbs all; and no time counts before the answers were held against each other.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use connect::Consumed;
use serde_json::{Value, json};

use crate::bench::answer::{Answer, Likeness, Sum};
use crate::bench::cache;
use crate::bench::consumed::Sums;
use crate::bench::kept::Part;
use crate::bench::own::{Own, Run};
use crate::bench::peer::{Peer, Request};
use crate::bench::sink::Sink;
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
    /// Whether they are so many that nobody should write them down: whoever can is asked for the sum of those that are left.
    pub(crate) by_sums: bool,
}

/// Who takes part.
pub(crate) struct Contest {
    pub(crate) own: Own,
    pub(crate) peers: Vec<Peer>,
    pub(crate) repetitions: usize,
    /// Where rows go when it is about time.
    pub(crate) sink: Sink,
}

/// How often and how fast an engine has answered a question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) engine: String,
    pub(crate) seconds: Vec<f64>,
    pub(crate) cpu_seconds: Vec<f64>,
    /// What its sink has read in the last run, if it reads.
    pub(crate) consumed: Option<Consumed>,
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
    /// Whether sums of rows that stay were held against each other, and were the same.
    pub(crate) are_sums_equal: bool,
    /// Why no figure of it counts.
    pub(crate) wrong: Option<String>,
}

/// A sum that was found to be right.
pub(crate) struct Checked {
    pub(crate) sum: Sum,
    pub(crate) by: Vec<String>,
}

impl Question {
    /// Whether rows are kept to be compared at all: those that are taken back are known by their text, and few rows are shown
    /// where they differ.
    fn keeps_to_compare(&self) -> bool {
        self.likeness == Likeness::Near && (self.keeps || self.request.mode == "streaming")
    }
}

impl Contest {
    /// Holds our answer against those of the peers, or against a sum that is known. The inner error: nobody has checked it.
    pub(crate) fn check(
        &mut self,
        question: &Question,
        value: Option<Sum>,
    ) -> Result<Result<Checked, String>, CliError> {
        let query = &question.request.query;
        say(&format!("{query}: checking the answer"));
        let (mut found, mut by, mut reasons) = (Found::default(), Vec::new(), Vec::new());
        for place in 0..self.peers.len() {
            let name = self.peers[place].name.clone();
            let is_summed = question.by_sums && self.peers[place].has_sums();
            let held = match is_summed {
                true => self.hold_sums(place, question, &mut found)?,
                false => self.hold_rows(place, question, &mut found)?,
            };
            match held {
                Ok(Some(difference)) => return Err(wrong(query, &name, &difference)),
                Ok(None) if is_summed => by.push(format!("{name} by the sum of all rows")),
                Ok(None) => by.push(name),
                Err(why) => reasons.push(format!("{name}: {why}")),
            }
        }
        if let Some(value) = value {
            let sum = self.found_rows(question, &mut found)?.sum();
            if sum != value {
                let difference = format!(
                    "{} rows with the checksum {:016x}, {} with {:016x} wanted",
                    sum.rows, sum.checksum, value.rows, value.checksum
                );
                return Err(wrong(query, "the check values", &difference));
            }
            by.push("check values".to_owned());
        }
        Ok(match found.sum() {
            Some(sum) if !by.is_empty() => Ok(Checked { sum, by }),
            _ => {
                let why =
                    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
                Err(format!(
                    "{query}: nobody has checked the answer, so no figure counts{why}; ask a peer that can: --peer duckdb"
                ))
            }
        })
    }

    /// How the rows of a peer differ from ours, if they do. The inner error is the peer's own.
    fn hold_rows(
        &mut self,
        peer: usize,
        question: &Question,
        found: &mut Found,
    ) -> Result<Result<Option<String>, String>, CliError> {
        // Ours first: without it nothing that a peer says is of use.
        self.found_rows(question, found)?;
        let right = match self.theirs(peer, question, question.keeps_to_compare())? {
            Ok(right) => right,
            Err(why) => return Ok(Err(why)),
        };
        let found = self.found_rows(question, found)?;
        match found.difference(&right) {
            None => Ok(Ok(None)),
            Some(_) => Ok(Ok(Some(self.difference(peer, question, found, &right)?))),
        }
    }

    /// The same of the sums of rows that are left in the end: nobody keeps any.
    fn hold_sums(
        &mut self,
        peer: usize,
        question: &Question,
        found: &mut Found,
    ) -> Result<Result<Option<String>, String>, CliError> {
        let ours = match found.summed {
            Some(ours) => ours,
            None => {
                let run = self.own.time(&question.tables, &question.sql, Sink::Final);
                let run = run.map_err(|error| of_query(question, error))?;
                run.consumed.expect("our sink sums")
            }
        };
        found.summed = Some(ours);
        let run = match self.peers[peer].run(&question.request, Sink::Final, None)? {
            Ok(run) => run,
            Err(why) => return Ok(Err(why)),
        };
        let Some(theirs) = run.consumed else { return Ok(Err("it has not summed".to_owned())) };
        // How often rows changed on the way is nobody's business.
        let is_same = (ours.rows, ours.checksum) == (theirs.rows, theirs.checksum);
        Ok(Ok((!is_same).then(|| format!("{ours}, and {theirs} wanted"))))
    }

    fn found_rows<'a>(&self, question: &Question, found: &'a mut Found) -> Result<&'a Answer, CliError> {
        if found.rows.is_none() {
            found.rows = Some(self.ours(question, question.keeps_to_compare())?);
        }
        Ok(found.rows.as_ref().expect("it was just asked for"))
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
        let answer = Answer::new(question.likeness, keeps);
        answer_of(&mut self.peers[peer], &question.request, self.sink, answer)
    }

    /// Asks all of them by turns, after a run of each that does not count. A sum that is another one than that before ends it.
    pub(crate) fn measure(&mut self, question: &Question, checked: Checked) -> Result<Round, CliError> {
        let query = question.request.query.clone();
        let names =
            std::iter::once("millstream".to_owned()).chain(self.peers.iter().map(|peer| peer.name.clone()));
        let mut engines: Vec<Measured> = names.map(Measured::of).collect();
        let (mut sums, mut wrong) = (Sums::default(), None);
        for turn in 0..=self.repetitions {
            say(&format!("{query}: run {turn} of {}", self.repetitions));
            let mut order: Vec<usize> = (0..engines.len()).collect();
            if turn % 2 == 1 {
                order.reverse();
            }
            for place in order {
                if engines[place].error.is_some() || wrong.is_some() {
                    continue;
                }
                let run = self.run(place, question)?;
                let measured = &mut engines[place];
                // What the clock of a machine cuts is another sum each time.
                if let Some(run) = run.as_ref().ok().filter(|_| question.likeness != Likeness::Sums) {
                    wrong = sums.take(&measured.engine, run.consumed).err();
                }
                measured.take(run, turn > 0);
            }
        }
        say("");
        if let Some(why) = &wrong {
            engines.iter_mut().for_each(|engine| engine.error = Some(why.clone()));
        }
        let are_sums_equal = wrong.is_none() && sums.were_compared();
        let (checked, checked_by) = (checked.sum, checked.by);
        Ok(Round { query, amount: question.amount, checked, checked_by, engines, are_sums_equal, wrong })
    }

    /// One run of ours, or of a peer.
    fn run(&mut self, place: usize, question: &Question) -> Result<Result<Run, String>, CliError> {
        match place.checked_sub(1) {
            None => {
                let run = self.own.time(&question.tables, &question.sql, self.sink);
                run.map(Ok).map_err(|error| of_query(question, error))
            }
            Some(peer) => self.peers[peer].run(&question.request, self.sink, None),
        }
    }
}

/// Our own answer to what is checked, as far as somebody had to know it.
#[derive(Default)]
struct Found {
    rows: Option<Answer>,
    summed: Option<Consumed>,
}

impl Found {
    fn sum(&self) -> Option<Sum> {
        let summed = self.summed.map(|summed| Sum { rows: summed.rows, checksum: summed.checksum });
        self.rows.as_ref().map(Answer::sum).or(summed)
    }
}

impl Measured {
    /// One that has not answered yet.
    pub(crate) fn of(engine: String) -> Self {
        Self { engine, seconds: Vec::new(), cpu_seconds: Vec::new(), consumed: None, error: None }
    }

    /// One more run, which may be one that does not count.
    pub(crate) fn take(&mut self, run: Result<Run, String>, counts: bool) {
        if let Ok(run) = &run {
            self.consumed = run.consumed;
        }
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
                    "consumed": engine.consumed.map(|consumed| json!({
                        "rows": consumed.rows, "changes": consumed.changes,
                        "checksum": format!("{:016x}", consumed.checksum),
                    })),
                });
                json[format!("{unit}_per_second")] = spread.and_then(|spread| self.rate(spread)).into();
                json
            })
            .collect();
        json!({
            "query": self.query, "amount": self.amount, "engines": engines,
            "are_sums_equal": self.are_sums_equal, "wrong": self.wrong,
            "answer": {
                "rows": self.checked.rows, "checksum": format!("{:016x}", self.checked.checksum),
                "checked_by": self.checked_by,
            },
        })
    }

    /// As another program has kept it.
    pub(crate) fn read(part: Part<'_>) -> Result<Self, CliError> {
        let answer = part.part("answer");
        let checksum = checksum(answer)?;
        let engines = part.part("engines").each(|engine| {
            Ok(Measured {
                engine: engine.text("engine")?.to_owned(),
                seconds: engine.numbers("runs")?,
                cpu_seconds: engine.numbers("cpu_runs")?,
                consumed: consumed(engine.part("consumed"))?,
                error: engine.text("error").ok().map(str::to_owned),
            })
        })?;
        Ok(Self {
            query: part.text("query")?.to_owned(),
            amount: part.whole("amount").ok(),
            checked: Sum { rows: answer.whole("rows")?.cast_signed(), checksum },
            checked_by: answer.part("checked_by").each(|name| name.as_text().map(str::to_owned))?,
            engines,
            are_sums_equal: part.is("are_sums_equal")?,
            wrong: part.text("wrong").ok().map(str::to_owned),
        })
    }
}

/// What a sink has read, if it reads.
fn consumed(part: Part<'_>) -> Result<Option<Consumed>, CliError> {
    if part.0.is_null() {
        return Ok(None);
    }
    let number = |name: &str| part.whole(name).map(u64::cast_signed);
    Ok(Some(Consumed { rows: number("rows")?, changes: number("changes")?, checksum: checksum(part)? }))
}

fn checksum(part: Part<'_>) -> Result<u64, CliError> {
    u64::from_str_radix(part.text("checksum")?, 16)
        .map_err(|error| CliError::Bench(format!("a checksum is no number: {error}")))
}

/// The rows with which a peer answers, behind those of `answer`. The inner error is the peer's own.
pub(crate) fn answer_of(
    peer: &mut Peer,
    request: &Request,
    sink: Sink,
    answer: Answer,
) -> Result<Result<Answer, String>, CliError> {
    let folder = cache::fresh(&format!("answers/{}-{}", peer.name, std::process::id()))?;
    let run = peer.run(request, sink, Some(&folder))?;
    let answer = run.map(|_| answer.read(&folder));
    cache::remove(&folder)?;
    match answer {
        Ok(answer) => Ok(Ok(answer?.finish())),
        Err(why) => Ok(Err(why)),
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
        let (are_sums_equal, wrong) = (false, None);
        let round = Round { query, amount: Some(8), checked, checked_by, engines, are_sums_equal, wrong };
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
