//! What a benchmark tells: a table and bars in the terminal, JSON for other programs, a picture. And the same again of JSON that
//! was kept: `millstream bench report`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::bench::cache;
use crate::bench::kept::Shown;
use crate::bench::machine::Machine;
use crate::bench::svg::svg;
use crate::run::{CliError, read_file};

/// Where a report goes beside the terminal.
#[derive(Args, Clone, Debug)]
pub(crate) struct Output {
    /// Writes all that was measured, and the machine, as JSON, which `millstream bench report` shows and draws again.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draws a picture, as SVG.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

/// Which report is shown again.
#[derive(Args, Debug)]
pub(crate) struct ReportArguments {
    /// What a benchmark has written with `--json`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Draws a picture, as SVG.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

/// A report, before it is told.
pub(crate) struct Report {
    pub(crate) suite: &'static str,
    /// What goes in, where there is a rate of it.
    pub(crate) unit: Option<&'static str>,
    pub(crate) machine: Machine,
    pub(crate) settings: Vec<(&'static str, String)>,
    pub(crate) peers: Vec<Value>,
    /// What follows from the results, in lines.
    pub(crate) findings: Vec<String>,
    pub(crate) results: Value,
}

impl Report {
    /// Shows it, and writes what was asked for.
    pub(crate) fn publish(&self, output: &Output) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(&self.json()).map_err(io::Error::other)?;
        show(&Shown::of(&text)?, output.chart.as_deref())?;
        match &output.json {
            Some(file) => cache::write(file, &format!("{text}\n")),
            None => Ok(()),
        }
    }

    fn json(&self) -> Value {
        let settings: serde_json::Map<String, Value> = self
            .settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
            .collect();
        json!({
            "suite": self.suite, "unit": self.unit, "machine": self.machine.told().json(), "settings": settings,
            "peers": self.peers, "results": self.results, "findings": self.findings,
        })
    }
}

/// Shows and draws a report that was kept.
pub(crate) fn again(arguments: &ReportArguments) -> Result<(), CliError> {
    let shown = Shown::of(&read_file(&arguments.file)?).map_err(|error| match error {
        CliError::Bench(why) => CliError::Bench(format!("{}: {why}", arguments.file.display())),
        other => other,
    })?;
    show(&shown, arguments.chart.as_deref())
}

fn show(shown: &Shown, chart: Option<&Path>) -> Result<(), CliError> {
    let mut to = io::stdout().lock();
    write!(to, "{}\n{}", shown.head, shown.table.text())?;
    // How many times as fast one is stands in the table.
    for chart in shown.picture.rows.iter().flatten().filter(|chart| chart.base.is_none()) {
        write!(to, "\n{}", chart.bars())?;
    }
    if !shown.findings.is_empty() {
        write!(to, "\n{}\n", shown.findings.join("\n"))?;
    }
    to.flush()?;
    match chart {
        Some(file) => cache::write(file, &svg(&shown.picture, &shown.words())),
        None => Ok(()),
    }
}
