//! `millstream bench tpch`: the 22 queries of TPC-H over tables in Parquet, alone or by turns with peers.

mod queries;
mod tables;

use std::path::PathBuf;

use clap::Args;
use options::Settings;

use crate::bench::answer::Likeness;
use crate::bench::cache;
use crate::bench::suite::{self, Suite, SuiteArguments};
use crate::bench::tables::{Tables, Text, mode};
use crate::run::CliError;

use queries::Number;

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct TpchArguments {
    /// Which queries; all 22, if nothing is said.
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',')]
    queries: Vec<Number>,
    /// The scale factor: 1 is six million items of orders, some 350 MB of Parquet.
    #[arg(long, value_name = "NUMBER", default_value_t = 1.0, value_parser = scale)]
    scale: f64,
    /// A folder with the tables, instead of those that are made the first time and kept.
    #[arg(long, value_name = "DIR", conflicts_with = "scale")]
    tables: Option<PathBuf>,
    #[command(flatten)]
    suite: SuiteArguments,
}

fn scale(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|scale: &f64| *scale > 0.0 && scale.is_finite());
    number.ok_or_else(|| "a scale factor is a number such as 0.1, 1 or 10".to_owned())
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &TpchArguments) -> Result<(), CliError> {
    suite::run(&arguments.suite, |settings| make(arguments, settings))
}

fn make(arguments: &TpchArguments, settings: &Settings) -> Result<Suite, CliError> {
    let (folder, data) = match &arguments.tables {
        Some(folder) => (cache::absolute(folder)?, "tables of the user".to_owned()),
        None => (tables::made(arguments.scale)?, format!("scale {}", arguments.scale)),
    };
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
