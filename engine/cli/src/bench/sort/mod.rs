//! `millstream bench sort`: numbers in three orders and records of 100 bytes, sorted; alone or by turns with peers.

mod input;

use clap::Args;
use options::Settings;

use crate::bench::answer::Likeness;
use crate::bench::cache;
use crate::bench::contest::say;
use crate::bench::suite::{self, Suite, SuiteArguments};
use crate::bench::tables::{Tables, Text, mode};
use crate::run::CliError;

use input::Input;

/// Answers with at most so many rows are kept where they differ, so that it can be said how.
const KEPT_ROWS: u64 = 1_000_000;

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct SortArguments {
    /// Which rows; all four kinds, if nothing is said.
    #[arg(long, value_name = "KIND,…", value_delimiter = ',', value_enum)]
    inputs: Vec<Input>,
    /// How many rows of each kind. The card has 100 million.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    rows: u64,
    #[command(flatten)]
    suite: SuiteArguments,
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &SortArguments) -> Result<(), CliError> {
    suite::run(&arguments.suite, |settings| make(arguments, settings))
}

fn make(arguments: &SortArguments, settings: &Settings) -> Result<Suite, CliError> {
    let rows = arguments.rows;
    let inputs = if arguments.inputs.is_empty() { Input::ALL.to_vec() } else { arguments.inputs.clone() };
    let mut questions = Vec::new();
    for input in inputs {
        let name = input.name();
        say(&format!("{rows} rows, {name}: making and sorting them by the standard library"));
        let folder = cache::kept(&format!("sort/{name}-{rows}"), |folder| input.write(folder, rows))?;
        let tables = Tables::in_folder(folder, input.tables())?;
        let sql = input.query().to_owned();
        let text = Text { suite: "sort", name: name.to_owned(), sql, standard: None };
        let mut question = tables.question(settings, text, Likeness::Ordered);
        question.amount = Some(rows);
        question.keeps = rows <= KEPT_ROWS;
        questions.push((question, Some(input.sorted(rows))));
    }
    say("");
    Ok(Suite {
        name: "sort",
        data: format!("{rows} rows"),
        told: vec![("mode", mode(settings).to_owned())],
        unit: "rows",
        questions,
    })
}
