//! What the command takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use options::{PARALLELISM, RUNTIME_MODE, Settings};

use crate::run::CliError;

/// Stream and batch processing with Flink's SQL.
#[derive(Debug, Parser)]
#[command(name = "millstream", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "Examples:
  millstream sql -q \"SELECT channel, COUNT(*) FROM 'bids.parquet' GROUP BY channel\"
  millstream sql -q \"SELECT * FROM 'data/*.csv' LIMIT 5\" --output-format json
  millstream run job.sql --parallelism 4 -Dexecution.buffer-timeout.interval=0
  millstream explain -q \"SELECT DISTINCT city FROM 'people.json'\"
  echo \"SHOW FUNCTIONS;\" | millstream sql";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs statements and shows what they come to.
    Sql {
        #[command(flatten)]
        text: Text,
        /// How rows are shown.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        output_format: Format,
        #[command(flatten)]
        job: JobArguments,
    },
    /// Runs a script of statements.
    Run {
        /// The script.
        file: PathBuf,
        #[command(flatten)]
        job: JobArguments,
    },
    /// Shows how a query or an INSERT would be run.
    Explain {
        #[command(flatten)]
        text: Text,
        #[command(flatten)]
        job: JobArguments,
    },
}

/// Where statements come from.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct Text {
    /// Statements, with a semicolon between them.
    #[arg(short = 'q', long, value_name = "SQL", allow_hyphen_values = true)]
    pub(crate) query: Option<String>,
    /// A file of statements. Without it and -q they come from the standard input.
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// How jobs are run.
#[derive(Args, Debug)]
pub(crate) struct JobArguments {
    /// How many subtasks an operator has; as many as there are cores, if nothing else is said.
    #[arg(long, value_name = "NUMBER")]
    parallelism: Option<u32>,
    /// How results come.
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// When rows leave that do not fill a buffer: a time, 0, -1 or auto.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    buffer_timeout: Option<String>,
    /// How much memory the process may take: 2gb.
    #[arg(long, value_name = "SIZE")]
    memory: Option<String>,
    /// Sets an option, as in Flink.
    #[arg(short = 'D', value_name = "KEY=VALUE")]
    define: Vec<String>,
}

/// How results come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// As rows come.
    Streaming,
    /// When all rows have come.
    Batch,
    /// As batch when every source ends.
    Automatic,
}

/// How rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// As a table, with the number of rows and the time it took.
    Table,
    /// As CSV, with a header.
    Csv,
    /// As an object a line.
    Json,
}

impl JobArguments {
    /// The settings that the arguments make. `cores` is the parallelism, if nothing is said about it.
    ///
    /// # Errors
    ///
    /// If an option does not exist, or does not take its value.
    pub(crate) fn settings(&self, cores: usize) -> Result<Settings, CliError> {
        let mut settings = Settings::new();
        settings.define(&format!("{}={cores}", PARALLELISM.name()))?;
        settings.define(&format!("{}=automatic", RUNTIME_MODE.name()))?;
        for definition in &self.define {
            settings.define(definition)?;
        }
        if let Some(parallelism) = self.parallelism {
            settings.define(&format!("{}={parallelism}", PARALLELISM.name()))?;
        }
        if let Some(mode) = self.mode {
            let word = match mode {
                Mode::Streaming => "streaming",
                Mode::Batch => "batch",
                Mode::Automatic => "automatic",
            };
            settings.define(&format!("{}={word}", RUNTIME_MODE.name()))?;
        }
        if let Some(timeout) = &self.buffer_timeout {
            settings.define(&format!("execution.buffer-timeout.interval={timeout}"))?;
        }
        if let Some(memory) = &self.memory {
            settings.define(&format!("taskmanager.memory.process.size={memory}"))?;
        }
        Ok(settings)
    }
}
