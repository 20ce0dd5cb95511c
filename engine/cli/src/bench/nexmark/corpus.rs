//! Which events: how many, and how many in a second of their own time.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::bench::cache;
use crate::run::CliError;

use super::queries::{GENERATED, IN_FILES};

/// Rows of the table that q13 looks up.
const SIDE_ROWS: u32 = 10_000;

/// Some events of NXG-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corpus {
    pub(crate) events: u64,
    pub(crate) rate: u64,
}

/// Ten seconds: enough to know that answers are right.
pub(super) const D0: Corpus = Corpus { events: 1_000_000, rate: 100_000 };
/// Two hundred seconds.
pub(super) const D1: Corpus = Corpus { events: 20_000_000, rate: 100_000 };
/// As many events in twenty seconds.
pub(super) const D2: Corpus = Corpus { events: 20_000_000, rate: 1_000_000 };
/// The least with some windows in it: what answers are checked with where nobody has waited for more.
pub(super) const TRIAL: Corpus = Corpus { events: 20_000, rate: 1_000 };

impl Corpus {
    /// The statements that make its tables from the generator.
    pub(super) fn generated(self, side: &Path) -> String {
        filled(
            GENERATED,
            &[
                ("EVENTS", &self.events.to_string()),
                ("RATE", &self.rate.to_string()),
                ("FOLDER", &side.display().to_string()),
            ],
        )
    }

    /// The statements that read its tables from a folder of files.
    pub(super) fn in_files(input: &Path, side: &Path) -> String {
        filled(IN_FILES, &[("INPUT", &input.display().to_string()), ("FOLDER", &side.display().to_string())])
    }

    /// The statements that read its tables from a folder of lines of JSON.
    pub(super) fn in_lines(self, input: &Path, side: &Path) -> String {
        format!(
            "{}\n{} DROP TABLE event; ALTER TABLE lines RENAME TO event;",
            self.generated(side),
            Self::lines(input)
        )
    }

    /// The statement that makes the table `lines`: what the events are, in files.
    pub(super) fn lines(folder: &Path) -> String {
        format!(
            "CREATE TABLE lines WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'json') LIKE event (EXCLUDING OPTIONS);",
            folder.display()
        )
    }
}

/// The folder with `side.csv`, which q13 looks up.
pub(super) fn side() -> Result<PathBuf, CliError> {
    let folder = cache::folder("nexmark")?;
    let rows: String = (0..SIDE_ROWS).map(|key| format!("{key},value {key}\n")).collect();
    cache::write(&folder.join("side.csv"), &rows)?;
    Ok(folder)
}

fn filled(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
}

/// `D0` and its figures, or the figures alone.
impl fmt::Display for Corpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            D0 => "D0: ",
            D1 => "D1: ",
            D2 => "D2: ",
            _ => "",
        };
        write!(f, "{name}{} events at {}/s", self.events, self.rate)
    }
}
