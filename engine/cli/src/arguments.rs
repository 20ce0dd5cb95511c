//! What the command takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use options::{PARALLELISM, RUNTIME_MODE, Settings};

use crate::bench::BenchArguments;
use crate::run::CliError;

/// Stream and batch processing with Flink's SQL.
#[derive(Debug, Parser)]
#[command(name = "millstream", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "Examples:
  millstream sql                                 a shell; \\? lists what it knows
  cat bids.csv | millstream sql -q \"SELECT channel, COUNT(*) FROM '-' GROUP BY channel\"
  millstream sql -q \"SELECT channel, COUNT(*) FROM 'bids.parquet' GROUP BY channel\"
  millstream sql -q \"SELECT * FROM 'data/*.csv' LIMIT 5\" --output-format json
  millstream run job.sql --parallelism 4 -Dexecution.buffer-timeout.interval=0
  millstream explain -q \"SELECT DISTINCT city FROM 'people.json'\"
  echo \"SHOW FUNCTIONS;\" | millstream sql
  millstream bench nexmark --queries 0,5 --peer duckdb

A file is a table by its name, a directory and a pattern are too, and '-' is what is piped in. Exit codes: 0 it is done,
1 a statement has failed, 2 the arguments are wrong, 130 Ctrl-C.";

const SQL_EXAMPLES: &str = "Examples:
  millstream sql -q \"SELECT * FROM 'bids.csv' ORDER BY price DESC LIMIT 10\"
  millstream sql -q \"DESCRIBE 'data/*.parquet'\"
  millstream sql --mode streaming -q \"SELECT channel, COUNT(*) AS n FROM 'bids.csv' GROUP BY channel\"
  cat events.jsonl | millstream sql --output-format csv -q \"SELECT kind, COUNT(*) FROM '-' GROUP BY kind\"
  millstream sql < job.sql";

const RUN_EXAMPLES: &str = "Examples:
  millstream run job.sql
  millstream run job.sql --variable FOLDER=/data        ${FOLDER} in the script is /data
  millstream run job.sql --mode streaming -D parallelism.default=4

While an INSERT runs, a line on the terminal says how far it is: rows, how far event time has come, back pressure. Ctrl-C
drains a stream: nothing else is read, and what was read comes to its end. A batch it cancels: tables of files then have nothing
of it. The script begins anew when it is run again.";

const EXPLAIN_EXAMPLES: &str = "Examples:
  millstream explain -q \"SELECT DISTINCT city FROM 'people.json'\"
  millstream explain --format graphviz -f query.sql | dot -Tsvg > query.svg";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs statements and shows what they come to; without any it is a shell.
    #[command(after_help = SQL_EXAMPLES)]
    Sql {
        #[command(flatten)]
        text: Text,
        /// How rows are shown.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        output_format: Format,
        #[command(flatten)]
        job: JobArguments,
    },
    /// Runs a script of statements, and says how far its jobs are.
    #[command(after_help = RUN_EXAMPLES)]
    Run {
        /// The script.
        file: PathBuf,
        #[command(flatten)]
        job: JobArguments,
    },
    /// Shows how a query or an INSERT would be run.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain {
        #[command(flatten)]
        text: Text,
        /// As what it is shown.
        #[arg(long, value_enum, default_value_t = Drawing::Text)]
        format: Drawing,
        #[command(flatten)]
        job: JobArguments,
    },
    /// Measures Millstream, alone or beside other engines.
    Bench(BenchArguments),
}

/// As what a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Drawing {
    /// The plan of the query, and the operators it is run by
    Text,
    /// The operators, for other programs
    Json,
    /// A picture of them, for dot
    Graphviz,
    /// A picture of them, for Markdown that draws Mermaid
    Mermaid,
}

impl Drawing {
    /// What is said of it in the statement.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Text => "",
            Self::Json => "JSON_EXECUTION_PLAN",
            Self::Graphviz => "GRAPHVIZ",
            Self::Mermaid => "MERMAID",
        }
    }
}

/// Where statements come from.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct Text {
    /// Statements, with a semicolon between them.
    #[arg(short = 'q', long, value_name = "SQL", allow_hyphen_values = true)]
    pub(crate) query: Option<String>,
    /// A file of statements. Without it and -q they come from the standard input: from a shell, if
    /// that is a terminal.
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// How jobs of statements are run.
#[derive(Args, Debug)]
pub(crate) struct JobArguments {
    #[command(flatten)]
    pub(crate) engine: EngineArguments,
    /// What stands for ${NAME} in the statements.
    #[arg(long, value_name = "NAME=VALUE")]
    variable: Vec<String>,
}

/// How jobs are run.
#[derive(Args, Debug)]
pub(crate) struct EngineArguments {
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
    /// A file of options, as Flink's config.yaml. Without it, config.yaml in the directory that the variable
    /// MILLSTREAM_CONF_DIR names, if that is set. What is said here holds before it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
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

impl Text {
    /// Whether statements come from the standard input, where somebody may type them.
    pub(crate) fn is_typed(&self) -> bool {
        self.query.is_none() && self.file.is_none()
    }
}

impl JobArguments {
    /// The text with the values of variables in place of `${NAME}`.
    ///
    /// # Errors
    ///
    /// If a variable has no value, or a definition is none.
    pub(crate) fn with_variables(&self, text: &str) -> Result<String, CliError> {
        let mut values = Vec::with_capacity(self.variable.len());
        for definition in &self.variable {
            values.push(
                definition.split_once('=').ok_or_else(|| {
                    CliError::Variable(format!("--variable {definition}: it is NAME=VALUE"))
                })?,
            );
        }
        if values.is_empty() {
            return Ok(text.to_owned());
        }
        let (mut whole, mut rest) = (String::with_capacity(text.len()), text);
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((name, behind)) = behind.split_once('}') else { break };
            let value = values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            let value = value.ok_or_else(|| {
                CliError::Variable(format!(
                    "${{{name}}} has no value; give it one with --variable {name}=VALUE"
                ))
            })?;
            whole.push_str(before);
            whole.push_str(value);
            rest = behind;
        }
        whole.push_str(rest);
        Ok(whole)
    }
}

impl EngineArguments {
    /// The file of options, if there is to be one.
    fn config(&self) -> Option<PathBuf> {
        let named = || std::env::var_os("MILLSTREAM_CONF_DIR").filter(|directory| !directory.is_empty());
        self.config.clone().or_else(|| Some(PathBuf::from(named()?).join("config.yaml")))
    }

    /// The settings that the arguments make. `cores` is the parallelism, if nothing is said about it.
    ///
    /// # Errors
    ///
    /// If an option does not exist, or does not take its value; or if the file of options cannot be read.
    pub(crate) fn settings(&self, cores: usize) -> Result<Settings, CliError> {
        let mut settings = Settings::new();
        settings.define(&format!("{}={cores}", PARALLELISM.name()))?;
        settings.define(&format!("{}=automatic", RUNTIME_MODE.name()))?;
        if let Some(file) = self.config() {
            let text = crate::run::read_file(&file)?;
            settings.read_file(&file.display().to_string(), &text)?;
        }
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
