//! A look into files whose columns nobody declared.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sql::{Files, Look, Seen};

/// The files of this machine.
pub(crate) struct Local;

impl Files for Local {
    fn sample(&self, path: &str, look: Look) -> Result<Seen, String> {
        let path = first_of(Path::new(path))?;
        let failed = |error: std::io::Error| format!("it cannot be read: {error}");
        #[expect(clippy::disallowed_methods, reason = "before a job runs there is no host to ask")]
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut seen =
            Seen { path: path.to_string_lossy().into_owned(), head: Vec::new(), tail: Vec::new(), length };
        file.by_ref().take(look.head).read_to_end(&mut seen.head).map_err(failed)?;
        file.seek(SeekFrom::Start(length.saturating_sub(look.tail))).map_err(failed)?;
        file.read_to_end(&mut seen.tail).map_err(failed)?;
        Ok(seen)
    }

    fn bytes(&self, path: &str) -> Option<u64> {
        let length = |file: &PathBuf| file.metadata().ok().map(|data| data.len());
        all_of(Path::new(path)).ok()?.iter().map(length).sum()
    }
}

/// The file itself, or the first one of a directory or behind a pattern, by name.
fn first_of(path: &Path) -> Result<PathBuf, String> {
    all_of(path)?.into_iter().next().ok_or_else(|| "there is no file in it".to_owned())
}

/// The file itself, or those of a directory or behind a pattern, by name.
fn all_of(path: &Path) -> Result<Vec<PathBuf>, String> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if name.contains(['*', '?', '[']) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut files = files_of(folder)?;
        files.retain(|file| file.file_name().is_some_and(|file| matches(&name, &file.to_string_lossy())));
        return if files.is_empty() { Err("no file has such a name".to_owned()) } else { Ok(files) };
    }
    if !path.exists() {
        return Err("there is no such file".to_owned());
    }
    if path.is_dir() { files_of(path) } else { Ok(vec![path.to_owned()]) }
}

/// The files of a directory, by name, without those that are hidden.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, String> {
    #[expect(clippy::disallowed_methods, reason = "before a job runs there is no host to ask")]
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.retain(|file| {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        !name.starts_with(['.', '_'])
    });
    files.sort();
    Ok(files)
}

/// Whether a name is one of a pattern, in which `*` stands for anything and `?` for a letter.
fn matches(pattern: &str, name: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = letters.as_str();
            name.char_indices().map(|(at, _)| at).chain([name.len()]).any(|at| matches(rest, &name[at..]))
        }
        Some(letter) => {
            let mut others = name.chars();
            others.next().is_some_and(|other| letter == '?' || letter == other)
                && matches(letters.as_str(), others.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_stands_for_names() {
        for (pattern, name, expected) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "a.csv.gz", false),
            ("a?.txt", "ab.txt", true),
            ("a?.txt", "a.txt", false),
            ("*", "", true),
            ("a*b*c", "a--b--c", true),
            ("a*b*c", "a--c--b", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
