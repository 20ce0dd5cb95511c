//! The tables of TPC-H: Parquet as `tpchgen-cli` writes it, made the first time and kept.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::bench::cache;
use crate::run::CliError;

/// The tables, as files are named after them.
pub(super) const NAMES: [&str; 8] =
    ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"];
/// What makes them, from PyPI. Others of its versions make the same tables.
const GENERATOR: &str = "tpchgen-cli";
const VERSION: &str = "4.0.0";

/// The folder with the tables of this scale.
pub(super) fn made(scale: f64) -> Result<PathBuf, CliError> {
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
