//! Files before a job runs: a look into those whose columns nobody declared, and catalogs in directories.

use std::hash::{BuildHasher, Hasher};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use connect::read::{Given, is_visible, matches};
use expr::Zone;
use options::{Value, ZoneName};
use sql::{Files, Listed, Look, Seen};

use crate::standard_input;

/// The files of this machine.
pub(crate) struct Local;

impl Files for Local {
    fn sample(&self, path: &str, look: Look) -> Result<Seen, String> {
        let path = match sql::is_standard_input(path) {
            true => PathBuf::from(standard_input::path()?),
            false => first_of(Path::new(path))?,
        };
        let failed = |error: std::io::Error| format!("it cannot be read: {error}");
        #[expect(clippy::disallowed_methods, reason = "before a job runs there is no host to ask")]
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut seen =
            Seen { path: path.to_string_lossy().into_owned(), head: Vec::new(), tail: Vec::new(), length };
        Read::by_ref(&mut file).take(look.head).read_to_end(&mut seen.head).map_err(failed)?;
        file.seek(SeekFrom::Start(length.saturating_sub(look.tail))).map_err(failed)?;
        file.read_to_end(&mut seen.tail).map_err(failed)?;
        Ok(seen)
    }

    fn bytes(&self, path: &str) -> Option<u64> {
        let length = |file: &PathBuf| file.metadata().ok().map(|data| data.len());
        all_of(Path::new(path)).ok()?.iter().map(length).sum()
    }

    fn now_ms(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "before a job runs there is no host to ask")]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn zone(&self) -> Zone {
        static ZONE: LazyLock<Zone> = LazyLock::new(|| {
            #[expect(clippy::disallowed_methods, reason = "it is the machine's setting, and none of a job")]
            let name = std::env::var("TZ").ok().filter(|name| !name.is_empty());
            let name = name.or_else(|| iana_time_zone::get_timezone().ok());
            // Who has no zone, or one of his own making, has UTC.
            let read = |name: String| ZoneName::read(&name, &()).ok();
            name.and_then(read).map_or(Zone::UTC, |name| Zone::set_to(name, Zone::UTC))
        });
        *ZONE
    }

    fn unique(&self) -> String {
        #[expect(clippy::disallowed_types, reason = "a random word is what is wanted")]
        let drawn = std::collections::hash_map::RandomState::new();
        format!("{:016x}", drawn.build_hasher().finish())
    }

    fn list(&self, directory: &str) -> Result<Vec<Listed>, String> {
        let failed = |error| format!("{directory}: {error}");
        #[expect(clippy::disallowed_methods, reason = "before a job runs there is no host to ask")]
        let entries = std::fs::read_dir(directory).map_err(failed)?;
        let listed = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry.map_err(failed)?;
            let is_directory = entry.path().is_dir();
            Ok(Listed { name: entry.file_name().to_string_lossy().into_owned(), is_directory })
        };
        entries.map(listed).collect()
    }

    fn read(&self, path: &str) -> Result<Option<String>, String> {
        #[expect(clippy::disallowed_methods, reason = "before a job runs there is no host to ask")]
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(format!("{path}: {error}")),
        }
    }

    fn write(&self, path: &str, text: &str) -> Result<(), String> {
        // Written beside it, made durable, then shown under its name.
        let hidden = format!("{path}.{}.inprogress", self.unique());
        #[expect(clippy::disallowed_methods, reason = "before a job runs there is no host to ask")]
        let written = std::fs::File::create(&hidden)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&hidden, path));
        written.map_err(|error| format!("{path}: {error}"))
    }

    fn remove(&self, path: &str) -> Result<(), String> {
        #[expect(clippy::disallowed_methods, reason = "before a job runs there is no host to ask")]
        let removed = match Path::new(path).is_dir() {
            true => std::fs::remove_dir(path),
            false => std::fs::remove_file(path),
        };
        removed.map_err(|error| format!("{path}: {error}"))
    }

    fn make_directory(&self, path: &str) -> Result<(), String> {
        #[expect(clippy::disallowed_methods, reason = "before a job runs there is no host to ask")]
        std::fs::create_dir_all(path).map_err(|error| format!("{path}: {error}"))
    }
}

/// The file itself, or the first one of a directory or behind a pattern, by name.
fn first_of(path: &Path) -> Result<PathBuf, String> {
    all_of(path)?.into_iter().next().ok_or_else(|| "there is no file in it".to_owned())
}

/// The file itself, or those of a directory or behind a pattern, by name.
fn all_of(path: &Path) -> Result<Vec<PathBuf>, String> {
    match Given::of(path).map_err(|_| "only the last part of a path may be a pattern".to_owned())? {
        Given::Pattern { directory, pattern } => {
            let here = Path::new(".");
            let directory = if directory.as_os_str().is_empty() { here } else { &directory };
            let files = files_of(directory, |name| matches(&pattern, name))?;
            if files.is_empty() { Err("no file has such a name".to_owned()) } else { Ok(files) }
        }
        Given::Exact(path) if path.is_dir() => files_within(&path),
        Given::Exact(path) if path.exists() => Ok(vec![path]),
        Given::Exact(_) => Err("there is no such file".to_owned()),
    }
}

/// The files of a directory, by name, then those of the directories in it.
fn files_within(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let (directories, mut files): (Vec<_>, Vec<_>) =
        entries_of(directory, is_visible)?.into_iter().partition(|path| path.is_dir());
    for directory in directories {
        files.extend(files_within(&directory)?);
    }
    Ok(files)
}

/// The files of a directory that are meant, by name.
fn files_of(directory: &Path, is_meant: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, String> {
    let entries = entries_of(directory, is_meant)?;
    Ok(entries.into_iter().filter(|path| path.is_file()).collect())
}

/// What in a directory is meant, by name.
fn entries_of(directory: &Path, is_meant: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, String> {
    #[expect(clippy::disallowed_methods, reason = "before a job runs there is no host to ask")]
    let entries =
        std::fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut entries: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| is_meant(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    Ok(entries)
}
