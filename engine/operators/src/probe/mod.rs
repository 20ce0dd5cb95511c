//! Puts an operator through the nine trials that every operator must stand, in one call.
//!
//! ```text
//!   probe(layout, |seat| Ok(Box::new(Filter::new(…))))        what is on trial, and what it is given
//!       .unordered() .output_key([0]) .without(Trial::…, "…") what counts, if not all
//!       .given("a 1 @10 | b 2 @12 | ~11 | a 3 @15")           a script
//!       .expect("a 3 @15")                                    what it must send, in whichever way it is run
//!       .expect_side(1, "…");
//!
//!   probe(…).cases(500).against(|items| …)                    scripts by chance, against a plain model
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Item`], [`Row`] | `script.rs`, `cells.rs` | what is given, as text, and as columns |
//! | [`Trial`] | `trial.rs`, `trials.rs` | what must be stood |
//! | `Way`, `Outcome` | `run.rs`, `steps.rs`, `outcome.rs` | one run of a script, and what has come of it |
//! | `Instance`, `World` | `instance.rs`, `world.rs` | a subtask, and what is around it |
//! | scripts by chance | `random.rs`, `chance.rs` | made of a seed, and made smaller when they have found something |
//!
//! Rows are the same if their values, kinds and event times are; times do not count where the expected text names none.
//! Without a key the order of all rows counts. With one, that of the rows which agree in the columns of the output that
//! have the names of the key's columns; if it has no such columns, none.
//!
//! By chance a row of an input that has kinds may be one that takes back an earlier one. Where only what a changelog comes to
//! counts ([`FinalRows::Folded`]), that is what the expected text and a model say.
//!
//! Every script ends with the end of time and of all ports. Time is not saved: behind a restart it is said again.
//!
//! Never starts a thread and never waits: what answers from elsewhere is not for this.

mod cells;
mod chance;
mod instance;
mod outcome;
mod random;
mod run;
mod script;
mod steps;
mod trial;
mod trials;
mod world;

#[cfg(test)]
mod tests;

use runtime::subtask::Failure;

use self::outcome::{Order, Outcome};
use crate::{Layout, Mode, Operator, OperatorSeat, SideSpec};

pub use script::{Item, Row};
pub use trial::Trial;

type Build = dyn Fn(&OperatorSeat) -> Result<Box<dyn Operator>, Failure>;

/// What is on trial.
struct Subject {
    inputs: Vec<Layout>,
    build: Box<Build>,
    sides: Vec<SideSpec>,
}

impl Subject {
    fn outputs(&self) -> usize {
        1 + self.sides.len()
    }

    fn is_keyed(&self) -> bool {
        self.inputs.iter().all(|layout| !layout.key().is_empty())
    }
}

/// Which rows of a stream are those of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalRows {
    /// All of them.
    All,
    /// The last of each key; event times do not count then.
    LastOfKey,
    /// What a changelog comes to: the rows that were added and not taken back, without event times. In all trials nothing
    /// else counts, but that no row is taken back which is not there.
    Folded,
    /// What a changelog comes to in which a new row takes the place of the one with the same key, whose columns
    /// [`Probe::output_key`] names: the last row of each key that is not gone, without its event time.
    ByKey,
}

/// An operator on trial.
pub struct Probe {
    subject: Subject,
    mode: Mode,
    order: Option<Order>,
    output_key: Option<Vec<usize>>,
    final_rows: FinalRows,
    skipped: Vec<Trial>,
    tight_bytes: Option<u64>,
    items: Vec<Item>,
    cases: usize,
    seed: u64,
    scripts: random::Scripts,
}

/// Puts an operator over a stream of this layout on trial.
pub fn probe(
    input: Layout,
    build: impl Fn(&OperatorSeat) -> Result<Box<dyn Operator>, Failure> + 'static,
) -> Probe {
    Probe {
        subject: Subject { inputs: vec![input], build: Box::new(build), sides: Vec::new() },
        mode: Mode::Streaming,
        order: None,
        output_key: None,
        final_rows: FinalRows::All,
        skipped: Vec::new(),
        tight_bytes: None,
        items: Vec::new(),
        cases: 500,
        seed: 1,
        scripts: random::Scripts::default(),
    }
}

/// What is on trial, and how rows are compared.
impl Probe {
    /// It has a second port, of this layout.
    #[must_use]
    pub fn two_inputs(mut self, second: Layout) -> Self {
        self.subject.inputs.push(second);
        self
    }

    /// Somebody listens to these side outputs.
    #[must_use]
    pub fn sides(mut self, sides: impl IntoIterator<Item = SideSpec>) -> Self {
        self.subject.sides.extend(sides);
        self
    }

    /// It is a job of this mode whose output is expected: a stream, if nothing is said.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// The order of all rows counts.
    #[must_use]
    pub fn ordered(self) -> Self {
        Self { order: Some(Order::Whole), ..self }
    }

    /// No order counts.
    #[must_use]
    pub fn unordered(self) -> Self {
        Self { order: Some(Order::Free), ..self }
    }

    /// These values of a row of the main output, counted without event time, are its key.
    #[must_use]
    pub fn output_key(self, places: impl IntoIterator<Item = usize>) -> Self {
        Self { output_key: Some(places.into_iter().collect()), ..self }
    }

    /// Which rows of the stream are those of the batch.
    #[must_use]
    pub fn final_rows(self, final_rows: FinalRows) -> Self {
        Self { final_rows, ..self }
    }

    /// Leaves a trial out.
    ///
    /// # Panics
    ///
    /// Without a reason.
    #[must_use]
    pub fn without(mut self, trial: Trial, reason: &str) -> Self {
        assert!(!reason.is_empty(), "{trial} is left out for a reason");
        self.skipped.push(trial);
        self
    }

    /// With so little managed memory and many rows, it must fail and say which option is to be raised.
    #[must_use]
    pub fn tight(self, managed_bytes: u64) -> Self {
        Self { tight_bytes: Some(managed_bytes), ..self }
    }
}

/// Scripts.
impl Probe {
    /// Gives it a script.
    #[must_use]
    pub fn given(self, script: &str) -> Self {
        Self { items: script::parse(script), ..self }
    }

    /// Runs all trials. These rows must come by the main output.
    ///
    /// # Panics
    ///
    /// If a trial is not stood: with its number, the script, and what came in place of what.
    #[track_caller]
    pub fn expect(self, rows: &str) -> Stood {
        let outcome = match self.golden(rows) {
            Ok(outcome) => outcome,
            Err(fault) => panic!("{fault}\nscript  {}", script::show(&self.items)),
        };
        Stood { probe: self, outcome }
    }

    /// How many scripts are made by chance: 500, if nothing is said.
    #[must_use]
    pub fn cases(self, cases: usize) -> Self {
        Self { cases, ..self }
    }

    /// Other scripts than those of seed 1.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The values of a column by chance are these, of all ports.
    #[must_use]
    pub fn values(mut self, column: usize, values: &[&str]) -> Self {
        self.scripts.set_values(column, values);
        self
    }

    /// No row by chance is late.
    #[must_use]
    pub fn punctual(mut self) -> Self {
        self.scripts.late = false;
        self
    }

    /// The clock goes on now and then.
    #[must_use]
    pub fn with_waits(mut self) -> Self {
        self.scripts.waits = true;
        self
    }

    /// Runs scripts made by chance. The model says for each which rows must come by the main output.
    ///
    /// # Panics
    ///
    /// If a trial is not stood: with its number, the seed, the smallest script that was found, and what came in place
    /// of what.
    #[track_caller]
    pub fn against(&self, model: impl Fn(&[Item]) -> Vec<String>) {
        if let Err(found) = self.random(&model) {
            panic!("{found}");
        }
    }
}

/// An operator that has stood its trials.
pub struct Stood {
    probe: Probe,
    outcome: Outcome,
}

impl Stood {
    /// These rows must have come by this side output. (All trials have compared it already.)
    ///
    /// # Panics
    ///
    /// If there were others.
    #[track_caller]
    pub fn expect_side(self, output: usize, rows: &str) -> Self {
        if let Err(fault) = self.probe.hold_against(&self.outcome, output, &trials::rows_in(rows)) {
            panic!("{fault}\nscript  {}", script::show(&self.probe.items));
        }
        self
    }
}
