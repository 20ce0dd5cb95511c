//! `millstream bench sort`: numbers in three orders, records of 100 bytes and items of orders, sorted; alone or by turns with peers.

mod input;
mod lineitem;

use clap::{Args, ValueEnum};
use options::Settings;

use crate::bench::answer::{Likeness, Sum};
use crate::bench::cache;
use crate::bench::contest::{Question, say};
use crate::bench::suite::{self, Suite, SuiteArguments};
use crate::bench::tables::{Tables, Text, mode};
use crate::bench::tpch::TablesArguments;
use crate::run::CliError;

use input::Input;

/// Answers with at most so many rows are kept where they differ, so that it can be said how.
const KEPT_ROWS: u64 = 1_000_000;

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct SortArguments {
    /// Which rows; all that are made here, which is all but lineitem, if nothing is said.
    #[arg(long, value_name = "KIND,…", value_delimiter = ',', value_enum)]
    inputs: Vec<Kind>,
    /// How many rows of each kind that is made here. The card has 100 million.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    rows: u64,
    /// Where lineitem comes from. The card has scale 10.
    #[command(flatten)]
    tables: TablesArguments,
    #[command(flatten)]
    suite: SuiteArguments,
}

/// Kinds of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Numbers by chance.
    Random,
    /// Numbers that are in order already.
    Ascending,
    /// Numbers in the opposite order.
    Descending,
    /// Records of 100 bytes: a text of 10 by which they are sorted, and one of 90.
    Records,
    /// TPC-H's items of orders by the day on which they were shipped, with all of their columns.
    Lineitem,
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &SortArguments) -> Result<(), CliError> {
    suite::run(&arguments.suite, |settings| make(arguments, settings))
}

fn make(arguments: &SortArguments, settings: &Settings) -> Result<Suite, CliError> {
    const MADE: [Kind; 4] = [Kind::Random, Kind::Ascending, Kind::Descending, Kind::Records];
    let kinds = if arguments.inputs.is_empty() { MADE.to_vec() } else { arguments.inputs.clone() };
    let (mut questions, mut data) = (Vec::new(), Vec::new());
    for kind in kinds {
        let (question, right, of) = match kind.made() {
            Some(input) => made(input, arguments.rows, settings)?,
            None => of_orders(&arguments.tables, settings)?,
        };
        questions.push((question, Some(right)));
        if !data.contains(&of) {
            data.push(of);
        }
    }
    say("");
    let told = vec![("mode", mode(settings).to_owned())];
    Ok(Suite { name: "sort", data: data.join(", "), told, unit: "rows", questions })
}

impl Kind {
    fn made(self) -> Option<Input> {
        match self {
            Self::Random => Some(Input::Random),
            Self::Ascending => Some(Input::Ascending),
            Self::Descending => Some(Input::Descending),
            Self::Records => Some(Input::Records),
            Self::Lineitem => None,
        }
    }
}

/// A question about rows that are made here, the sum of what is right, and what they are in words.
fn made(input: Input, rows: u64, settings: &Settings) -> Result<(Question, Sum, String), CliError> {
    let name = input.name();
    say(&format!("{rows} rows, {name}: making and sorting them by the standard library"));
    let folder = cache::kept(&format!("sort/{name}-{rows}"), |folder| input.write(folder, rows))?;
    let tables = Tables::in_folder(folder, input.tables())?;
    let sql = input.query().to_owned();
    let text = Text { suite: "sort", name: name.to_owned(), sql, standard: None };
    let question = tables.question(settings, text, Likeness::Ordered);
    Ok((sized(question, rows), input.sorted(rows), format!("{rows} rows")))
}

/// The same of items of orders.
fn of_orders(tables: &TablesArguments, settings: &Settings) -> Result<(Question, Sum, String), CliError> {
    let (folder, data) = tables.folder()?;
    say("lineitem: reading what is right");
    let tables = Tables::in_folder(folder.clone(), &lineitem::TABLES)?;
    let right = lineitem::sorted(&folder)?;
    let text = Text { suite: "sort", name: "lineitem".to_owned(), sql: lineitem::query(), standard: None };
    let question = tables.question(settings, text, lineitem::LIKENESS);
    Ok((sized(question, right.rows.unsigned_abs()), right, format!("lineitem of {data}")))
}

fn sized(mut question: Question, rows: u64) -> Question {
    question.amount = Some(rows);
    question.keeps = rows <= KEPT_ROWS;
    question
}
