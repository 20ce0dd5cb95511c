//! What a benchmark tells: a table and bars in the terminal, JSON for other programs, a picture.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::bench::cache;
use crate::bench::chart::Chart;
use crate::bench::machine::Machine;
use crate::bench::svg::svg;
use crate::bench::table::Table;
use crate::run::CliError;

/// Where a report goes beside the terminal.
#[derive(Args, Clone, Debug)]
pub(crate) struct Output {
    /// Writes all that was measured, and the machine, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draws a picture, as SVG.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

/// A report.
pub(crate) struct Report {
    pub(crate) suite: &'static str,
    pub(crate) machine: Machine,
    /// What was set, in the order in which it is told.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// The peers, in a line each, and for other programs.
    pub(crate) peers: Vec<(String, Value)>,
    pub(crate) table: Table,
    /// What follows from the table.
    pub(crate) findings: Vec<String>,
    pub(crate) results: Value,
    pub(crate) charts: Vec<Chart>,
}

impl Report {
    /// Shows it, and writes what was asked for.
    pub(crate) fn publish(&self, output: &Output) -> Result<(), CliError> {
        let mut to = io::stdout().lock();
        write!(to, "{}", self.head())?;
        write!(to, "\n{}", self.table.text())?;
        for chart in &self.charts {
            write!(to, "\n{}", chart.bars())?;
        }
        if !self.findings.is_empty() {
            write!(to, "\n{}\n", self.findings.join("\n"))?;
        }
        to.flush()?;
        if let Some(file) = &output.json {
            let text = serde_json::to_string_pretty(&self.json()).map_err(io::Error::other)?;
            cache::write(file, &format!("{text}\n"))?;
        }
        if let Some(file) = &output.chart {
            let words: Vec<String> = self
                .head()
                .lines()
                .chain(self.findings.iter().map(String::as_str))
                .map(str::to_owned)
                .collect();
            cache::write(file, &svg(&self.charts, &words))?;
        }
        Ok(())
    }

    /// The machine, the settings, the peers.
    fn head(&self) -> String {
        let mut text = self.machine.lines();
        for (line, _) in &self.peers {
            text.push_str(&format!("{line}\n"));
        }
        let settings: Vec<String> =
            self.settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
        text.push_str(&format!("settings    {}\n", settings.join(", ")));
        text
    }

    fn json(&self) -> Value {
        let settings: serde_json::Map<String, Value> = self
            .settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
            .collect();
        json!({
            "suite": self.suite, "machine": self.machine.json(), "settings": settings,
            "peers": self.peers.iter().map(|(_, peer)| peer).collect::<Vec<_>>(), "results": self.results,
            "findings": self.findings,
        })
    }
}
