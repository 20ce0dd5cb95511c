//! The tables of TPC-H: Parquet as `tpchgen-cli` writes it, made the first time and kept.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bench::cache;
use crate::run::CliError;

/// The tables, as files are named after them.
const TABLES: [&str; 8] =
    ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"];
/// What makes them, from PyPI. Others of its versions make the same tables.
const GENERATOR: &str = "tpchgen-cli";
const VERSION: &str = "4.0.0";

/// The folder with the tables of this scale.
pub(super) fn made(scale: f64) -> Result<PathBuf, CliError> {
    let name = format!("tpch/{VERSION}-{scale}");
    let whole = cache::folder("tpch")?.join(format!("{VERSION}-{scale}"));
    if whole.is_dir() {
        return Ok(whole);
    }
    let home = generator()?;
    let part = cache::fresh(&format!("{name}.part"))?;
    let mut generate = Command::new(home.join("bin").join(GENERATOR));
    generate.args(["parquet", "--scale-factor", &scale.to_string(), "--output-dir"]).arg(&part);
    run(generate, &format!("{GENERATOR} has made no tables"))?;
    cache::rename(&part, &whole)?;
    Ok(whole)
}

/// The statements that read the tables of a folder.
pub(super) fn views(folder: &Path) -> Result<String, CliError> {
    let mut views = String::new();
    for table in TABLES {
        let file = folder.join(format!("{table}.parquet"));
        if !file.is_file() {
            return Err(CliError::Argument(format!(
                "{}: there is no {table}.parquet in it",
                folder.display()
            )));
        }
        views.push_str(&format!("CREATE VIEW {table} AS SELECT * FROM '{}';\n", file.display()));
    }
    Ok(views)
}

/// Where the generator is, installed the first time.
fn generator() -> Result<PathBuf, CliError> {
    let name = format!("peers/tpchgen-{VERSION}");
    let home = cache::folder("peers")?.join(format!("tpchgen-{VERSION}"));
    if home.is_dir() {
        return Ok(home);
    }
    let part = cache::fresh(&format!("{name}.part"))?;
    let mut install = Command::new("python3");
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--root-user-action",
        "ignore",
    ]);
    install.args(["--no-deps", "--no-compile", "--only-binary", ":all:", "--target"]).arg(&part);
    install.arg(format!("{GENERATOR}=={VERSION}"));
    run(
        install,
        &format!(
            "{GENERATOR} cannot be installed from PyPI; python3 with pip is needed, or tables of your own: --tables DIR"
        ),
    )?;
    cache::rename(&part, &home)?;
    Ok(home)
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
