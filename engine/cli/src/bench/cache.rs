//! Where tables and answers are kept between runs: `millstream/bench` in the user's folder for what can be made again.

use std::io;
use std::path::{Path, PathBuf};

use crate::run::CliError;

/// The folder of all that is kept, made if it is not there.
pub(crate) fn folder(name: &str) -> Result<PathBuf, CliError> {
    let folder = root()?.join(name);
    #[expect(clippy::disallowed_methods, reason = "no job runs here, so there is no host to ask")]
    std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
    Ok(folder)
}

/// A folder that is not there, in one that is.
pub(crate) fn fresh(name: &str) -> Result<PathBuf, CliError> {
    let path = root()?.join(name);
    let above = path.parent().expect("it has a name");
    #[expect(clippy::disallowed_methods, reason = "no job runs here, so there is no host to ask")]
    std::fs::create_dir_all(above).map_err(|error| failed(above, error))?;
    remove(&path)?;
    Ok(path)
}

/// The folder of this name, which `make` fills the first time. One that is there is whole.
pub(crate) fn kept(
    name: &str,
    make: impl FnOnce(&Path) -> Result<(), CliError>,
) -> Result<PathBuf, CliError> {
    let whole = root()?.join(name);
    if whole.is_dir() {
        return Ok(whole);
    }
    let part = fresh(&format!("{name}.part{}", std::process::id()))?;
    #[expect(clippy::disallowed_methods, reason = "no job runs here, so there is no host to ask")]
    std::fs::create_dir_all(&part).map_err(|error| failed(&part, error))?;
    make(&part)?;
    rename(&part, &whole)?;
    Ok(whole)
}

/// Removes a folder, if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), CliError> {
    #[expect(clippy::disallowed_methods, reason = "no job runs here, so there is no host to ask")]
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path, error)),
        _ => Ok(()),
    }
}

/// Gives a file or a folder another name: from here on it is whole.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), CliError> {
    #[expect(clippy::disallowed_methods, reason = "no job runs here, so there is no host to ask")]
    std::fs::rename(from, to).map_err(|error| failed(to, error))
}

/// Writes a file.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), CliError> {
    #[expect(clippy::disallowed_methods, reason = "no job runs here, so there is no host to ask")]
    std::fs::write(path, text).map_err(|error| failed(path, error))
}

/// The whole path of a folder that is there: a peer may stand somewhere else.
pub(crate) fn absolute(folder: &Path) -> Result<PathBuf, CliError> {
    std::path::absolute(folder).map_err(|error| failed(folder, error))
}

/// `$XDG_CACHE_HOME/millstream`, or `~/.cache/millstream`.
fn root() -> Result<PathBuf, CliError> {
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = given("XDG_CACHE_HOME").or_else(|| given("HOME").map(|home| home.join(".cache")));
    let cache = cache.ok_or_else(|| {
        CliError::Bench("there is no folder to keep tables in; set XDG_CACHE_HOME".to_owned())
    })?;
    Ok(cache.join("millstream"))
}

fn failed(path: &Path, error: io::Error) -> CliError {
    CliError::Script(path.display().to_string(), error)
}
