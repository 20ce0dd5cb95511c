//! The tables of TPC-H: Parquet as `tpchgen-cli` writes it, made the first time and kept.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args;

use crate::bench::cache;
use crate::run::CliError;

/// The tables, as files are named after them.
pub(super) const NAMES: [&str; 8] =
    ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"];
/// What makes them, from PyPI. Others of its versions make the same tables.
const GENERATOR: &str = "tpchgen-cli";
const VERSION: &str = "4.0.0";

/// Which tables.
#[derive(Args, Clone, Debug)]
pub(crate) struct TablesArguments {
    /// The scale factor of TPC-H: 1 is six million items of orders, some 350 MB of Parquet.
    #[arg(long, value_name = "NUMBER", default_value_t = 1.0, value_parser = scale)]
    scale: f64,
    /// A folder with TPC-H's tables, instead of those that are made the first time and kept.
    #[arg(long, value_name = "DIR", conflicts_with = "scale")]
    tables: Option<PathBuf>,
}

impl TablesArguments {
    /// Where they are, and what they are in words.
    pub(crate) fn folder(&self) -> Result<(PathBuf, String), CliError> {
        match &self.tables {
            Some(folder) => Ok((cache::absolute(folder)?, "tables of the user".to_owned())),
            None => Ok((made(self.scale)?, format!("scale {}", self.scale))),
        }
    }
}

fn scale(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|scale: &f64| *scale > 0.0 && scale.is_finite());
    number.ok_or_else(|| "a scale factor is a number such as 0.1, 1 or 10".to_owned())
}

/// The folder with the tables of this scale.
fn made(scale: f64) -> Result<PathBuf, CliError> {
    cache::kept(&format!("tpch/{VERSION}-{scale}"), |folder| {
        let mut generate = Command::new(generator()?.join("bin").join(GENERATOR));
        generate.args(["parquet", "--scale-factor", &scale.to_string(), "--output-dir"]).arg(folder);
        run(generate, &format!("{GENERATOR} has made no tables"))
    })
}

/// Where the generator is, installed the first time.
fn generator() -> Result<PathBuf, CliError> {
    cache::kept(&format!("peers/tpchgen-{VERSION}"), |folder| {
        let mut install = Command::new("python3");
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        install.args(["--root-user-action", "ignore", "--no-deps", "--no-compile", "--only-binary", ":all:"]);
        install.arg("--target").arg(folder).arg(format!("{GENERATOR}=={VERSION}"));
        let words = "python3 with pip is needed, or tables of your own: --tables DIR";
        run(install, &format!("{GENERATOR} cannot be installed from PyPI; {words}"))
    })
}

/// Runs a program to its end. What it says goes to standard error, for standard output is the report's.
fn run(mut command: Command, otherwise: &str) -> Result<(), CliError> {
    let output = command.stdin(Stdio::null()).stdout(Stdio::piped()).output();
    let why = match output {
        Ok(output) if output.status.success() => return Ok(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
        Err(error) => error.to_string(),
    };
    Err(CliError::Bench(format!("{otherwise}: {why}")))
}
