//! `millstream bench h2o`: the ten questions about groups and five about joins of db-benchmark, alone or by turns with peers.

mod groups;
mod joins;
mod questions;

use clap::Args;
use options::Settings;

use crate::bench::cache;
use crate::bench::contest::say;
use crate::bench::suite::{self, Suite, SuiteArguments};
use crate::bench::tables::{Tables, Text, mode};
use crate::run::CliError;

use questions::Name;

/// Answers with at most so many rows in their tables are kept where they differ, so that it can be said how.
const KEPT_ROWS: u64 = 1_000_000;

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct H2oArguments {
    /// Which questions: g1 to g10 are about groups, j1 to j5 about joins; all 15, if nothing is said.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    questions: Vec<Name>,
    /// Rows of the largest tables.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(100..=1_000_000_000))]
    rows: u64,
    /// How many different texts are in the columns of few; the others have rows / groups of them.
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    groups: u64,
    #[command(flatten)]
    suite: SuiteArguments,
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &H2oArguments) -> Result<(), CliError> {
    suite::run(&arguments.suite, |settings| make(arguments, settings))
}

fn make(arguments: &H2oArguments, settings: &Settings) -> Result<Suite, CliError> {
    let H2oArguments { rows, groups, .. } = *arguments;
    let asked = if arguments.questions.is_empty() { Name::all() } else { arguments.questions.clone() };
    let tables = |is_wanted: fn(&Name) -> bool, make: &dyn Fn() -> Result<Tables, CliError>| {
        asked.iter().any(is_wanted).then(make).transpose()
    };
    let of_groups = tables(|name| !name.is_join(), &|| {
        let folder = cache::kept(&format!("h2o/groups-{rows}-{groups}"), |folder| {
            say(&format!("writing a table of {rows} rows"));
            groups::write(folder, rows, groups)
        })?;
        Tables::in_folder(folder, &groups::TABLES)
    })?;
    let of_joins = tables(|name| name.is_join(), &|| {
        let folder = cache::kept(&format!("h2o/joins-{rows}"), |folder| {
            say(&format!("writing tables of {rows} rows"));
            joins::write(folder, rows)
        })?;
        Tables::in_folder(folder, &joins::TABLES)
    })?;
    let question = |name: &Name| {
        let tables = if name.is_join() { &of_joins } else { &of_groups };
        let (sql, standard) = (name.text().to_owned(), name.standard().map(str::to_owned));
        let text = Text { suite: "h2o", name: name.to_string(), sql, standard };
        let tables = tables.as_ref().expect("made for each name that is asked");
        let mut question = tables.question(settings, text, name.likeness());
        question.amount = Some(rows);
        question.keeps = rows <= KEPT_ROWS;
        (question, None)
    };
    Ok(Suite {
        name: "h2o",
        data: format!("{rows} rows, {groups} groups"),
        told: vec![("mode", mode(settings).to_owned())],
        unit: "rows",
        questions: asked.iter().map(question).collect(),
    })
}
