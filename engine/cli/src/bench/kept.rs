//! A report as it is kept: JSON, out of which all comes that is shown. What was measured can be read again and drawn again
//! without being measured again, and a picture is never more than what its file says.
//!
//! ```text
//!   suite ─► Report ─► JSON ─► Shown: head, table, bars, findings, picture
//!                       ▲
//!                       └ millstream bench report FILE
//! ```

use serde_json::Value;

use crate::bench::chart::Picture;
use crate::bench::machine::Told;
use crate::bench::table::Table;
use crate::bench::{dial, latency, peer, rounds, startup};
use crate::run::CliError;

/// Suites by the names that people know them by.
const TITLES: [(&str, &str); 10] = [
    ("nexmark", "Nexmark"),
    ("tpch", "TPC-H"),
    ("h2o", "db-benchmark"),
    ("sort", "Sorting"),
    ("wordcount", "Word count"),
    ("ysb", "Yahoo streaming benchmark"),
    ("exchange", "Exchange"),
    ("latency", "Latency"),
    ("dial", "The dial"),
    ("startup", "Start"),
];

/// What is shown of a report.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The machine, the peers, the settings, in lines.
    pub(crate) head: String,
    pub(crate) table: Table,
    pub(crate) findings: Vec<String>,
    pub(crate) picture: Picture,
}

impl Shown {
    /// Of a report's JSON.
    pub(crate) fn of(text: &str) -> Result<Self, CliError> {
        let json: Value = serde_json::from_str(text)
            .map_err(|error| CliError::Bench(format!("it is no report of a benchmark: {error}")))?;
        let report = Part(&json);
        let suite = report.text("suite")?;
        let results = report.part("results");
        let (table, rows) = match suite {
            "dial" => dial::shown(results)?,
            "latency" => latency::shown(results)?,
            "startup" => startup::shown(results)?,
            _ => rounds::shown(results, report.text("unit")?)?,
        };
        let findings = report.part("findings").each(|line| line.as_text().map(str::to_owned))?;
        let title = TITLES.iter().find(|(name, _)| *name == suite).map_or(suite, |(_, title)| title);
        let picture = Picture { title: title.to_owned(), rows };
        Ok(Self { head: head(report)?, table, findings, picture })
    }

    /// What must be known of a picture.
    pub(crate) fn words(&self) -> Vec<String> {
        self.head.lines().chain(self.findings.iter().map(String::as_str)).map(str::to_owned).collect()
    }
}

fn head(report: Part<'_>) -> Result<String, CliError> {
    let mut text = Told::read(report.part("machine"))?.lines();
    for line in report.part("peers").each(peer::line)? {
        text.push_str(&format!("{line}\n"));
    }
    let settings: Vec<String> = report
        .part("settings")
        .entries()
        .map(|(name, value)| Ok(format!("{name} {}", value.as_text()?)))
        .collect::<Result<_, CliError>>()?;
    text.push_str(&format!("settings    {}\n", settings.join(", ")));
    Ok(text)
}

/// A part of a report. What should be there and is not is an error that names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a>(pub(crate) &'a Value);

impl<'a> Part<'a> {
    /// What goes by this name; null, if nothing does.
    pub(crate) fn part(self, name: &str) -> Self {
        Self(&self.0[name])
    }

    pub(crate) fn text(self, name: &str) -> Result<&'a str, CliError> {
        self.part(name).as_text().map_err(|_| missing(name, "a text"))
    }

    pub(crate) fn number(self, name: &str) -> Result<f64, CliError> {
        self.0[name].as_f64().ok_or_else(|| missing(name, "a number"))
    }

    pub(crate) fn whole(self, name: &str) -> Result<u64, CliError> {
        self.0[name].as_u64().ok_or_else(|| missing(name, "a whole number"))
    }

    pub(crate) fn is(self, name: &str) -> Result<bool, CliError> {
        self.0[name].as_bool().ok_or_else(|| missing(name, "yes or no"))
    }

    pub(crate) fn numbers(self, name: &str) -> Result<Vec<f64>, CliError> {
        self.part(name).each(|one| one.0.as_f64().ok_or_else(|| missing(name, "a list of numbers")))
    }

    /// What `read` makes of each element.
    pub(crate) fn each<T>(self, read: impl Fn(Part<'a>) -> Result<T, CliError>) -> Result<Vec<T>, CliError> {
        let elements = self.0.as_array().ok_or_else(|| missing("a part", "a list"))?;
        elements.iter().map(|element| read(Part(element))).collect()
    }

    /// Names and what goes by them; nothing, if it is no object.
    pub(crate) fn entries(self) -> impl Iterator<Item = (&'a String, Self)> {
        self.0.as_object().into_iter().flatten().map(|(name, value)| (name, Self(value)))
    }

    pub(crate) fn as_text(self) -> Result<&'a str, CliError> {
        self.0.as_str().ok_or_else(|| missing("a part", "a text"))
    }
}

fn missing(name: &str, kind: &str) -> CliError {
    CliError::Bench(format!(
        "it is no report of this version of the command: {name}: {kind} is wanted; measure again with --json"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let words = |text: &str| Shown::of(text).unwrap_err().to_string();
        assert!(words("{").contains("it is no report of a benchmark"), "{}", words("{"));
        assert!(words("{}").contains("suite: a text is wanted"), "{}", words("{}"));
        let part = serde_json::json!({"runs": [1.5, "two"]});
        assert!(Part(&part).numbers("runs").is_err());
        assert_eq!(Part(&serde_json::json!({"runs": [1.5, 2]})).numbers("runs").unwrap(), [1.5, 2.0]);
    }
}
