//! `millstream bench tpch`: the 22 queries of TPC-H over tables in Parquet, alone or by turns with peers.

mod queries;
mod tables;

use clap::Args;
use options::Settings;

use crate::bench::answer::Likeness;
use crate::bench::suite::{self, Suite, SuiteArguments};
use crate::bench::tables::{Tables, Text, mode};
use crate::run::CliError;

use queries::Number;
pub(crate) use tables::TablesArguments;

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct TpchArguments {
    /// Which queries; all 22, if nothing is said.
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',')]
    queries: Vec<Number>,
    #[command(flatten)]
    tables: TablesArguments,
    #[command(flatten)]
    suite: SuiteArguments,
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &TpchArguments) -> Result<(), CliError> {
    suite::run(&arguments.suite, |settings| make(arguments, settings))
}

fn make(arguments: &TpchArguments, settings: &Settings) -> Result<Suite, CliError> {
    let (folder, data) = arguments.tables.folder()?;
    let tables = Tables::in_folder(folder, &tables::NAMES)?;
    let queries = if arguments.queries.is_empty() { Number::all() } else { arguments.queries.clone() };
    let question = |query: Number| {
        let (name, sql) = (query.name(), query.text().to_owned());
        let text = Text { suite: "tpch", name, sql, standard: None };
        (tables.question(settings, text, Likeness::Near), None)
    };
    Ok(Suite {
        name: "tpch",
        data,
        told: vec![("mode", mode(settings).to_owned())],
        unit: "rows",
        questions: queries.into_iter().map(question).collect(),
    })
}
