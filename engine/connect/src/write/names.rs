//! What files are called, and whose they are.
//!
//! ```text
//!   part-2-0.csv                  the first file of subtask 2
//!   .part-2-0.csv.inprogress      the same while it is written
//!   part-4f1c-2-0.csv             the same of a run that is called 4f1c, beside which there may be others
//! ```

use std::path::{Path, PathBuf};

use runtime::subtask::Place;

use super::spec::{FileSpec, Target};

/// The end of the name of a file that is not whole. With the dot before it, no source reads it.
const IN_PROGRESS: &str = ".inprogress";

/// The names of the files of one subtask.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) directory: PathBuf,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Parts { run: Option<String>, subtask: u32, extension: &'static str },
    One(PathBuf),
}

/// A file in a directory that some subtask has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    /// What its run is called, if it is called anything.
    pub(super) run: Option<&'a str>,
    pub(super) subtask: u32,
    pub(super) is_hidden: bool,
}

impl Names {
    pub(super) fn of(spec: &FileSpec, place: &Place) -> Self {
        match &spec.target {
            Target::Directory(directory) => Self {
                directory: directory.clone(),
                form: Form::Parts {
                    run: spec.run.clone(),
                    subtask: place.number,
                    extension: spec.encoding.extension(),
                },
            },
            Target::File(path) => {
                let directory = above(path).to_owned();
                Self { directory, form: Form::One(path.clone()) }
            }
        }
    }

    /// The same names in a directory of this one.
    pub(super) fn within(&self, directory: &str) -> Self {
        Self { directory: self.directory.join(directory), form: self.form.clone() }
    }

    /// The one file, if it is one.
    pub(super) fn single(&self) -> Option<&Path> {
        match &self.form {
            Form::Parts { .. } => None,
            Form::One(path) => Some(path),
        }
    }

    /// What file `number` is called in the end.
    pub(super) fn shown(&self, number: u64) -> PathBuf {
        match &self.form {
            Form::Parts { run, subtask, extension } => {
                let run = run.as_ref().map(|run| format!("{run}-")).unwrap_or_default();
                self.directory.join(format!("part-{run}{subtask}-{number}.{extension}"))
            }
            Form::One(path) => path.clone(),
        }
    }
}

/// The directory of a file.
pub(super) fn above(path: &Path) -> &Path {
    here(path.parent().expect("checked when the sink was made"))
}

/// A directory as the system knows it: in a path the current one has no name.
pub(super) fn here(directory: &Path) -> &Path {
    if directory.as_os_str().is_empty() { Path::new(".") } else { directory }
}

/// What a file is called until it is whole.
pub(super) fn hidden(shown: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(shown.file_name().expect("checked when the sink was made"));
    name.push(IN_PROGRESS);
    shown.with_file_name(name)
}

/// Whose file it is, if its name is that of a part.
pub(super) fn parse(name: &str) -> Option<Found<'_>> {
    let bare = name.strip_prefix('.').and_then(|name| name.strip_suffix(IN_PROGRESS));
    let (words, _) = bare.unwrap_or(name).strip_prefix("part-")?.split_once('.')?;
    let (words, last) = words.rsplit_once('-')?;
    number(last)?;
    let (run, subtask) = match words.rsplit_once('-') {
        Some((run, subtask)) => (Some(run), subtask),
        None => (None, words),
    };
    if run == Some("") {
        return None;
    }
    Some(Found { run, subtask: u32::try_from(number(subtask)?).ok()?, is_hidden: bare.is_some() })
}

/// A number as it is written here: without signs.
fn number(word: &str) -> Option<u64> {
    word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_from_other_files() {
        let found = |subtask, is_hidden| Some(Found { run: None, subtask, is_hidden });
        let of_run = |run, subtask| Some(Found { run: Some(run), subtask, is_hidden: false });
        for (name, expected) in [
            ("part-0-0.csv", found(0, false)),
            ("part-17-3.parquet", found(17, false)),
            (".part-2-10.txt.inprogress", found(2, true)),
            ("part-0-0.csv.gz", found(0, false)),
            ("part-4f1c-2-0.csv", of_run("4f1c", 2)),
            ("part-a3-b4-2-10.csv", of_run("a3-b4", 2)),
            ("part-0-0", None),
            ("part-a-0.csv", None),
            ("part-+1-0.csv", None),
            ("part--1-0.csv", None),
            (".part-0-0.csv", None),
            ("part-0-0.csv.inprogress", found(0, false)),
            ("party-0-0.csv", None),
            ("_SUCCESS", None),
            ("", None),
        ] {
            assert_eq!(parse(name), expected, "{name}");
        }
    }

    #[test]
    fn what_is_hidden_lies_beside_what_is_shown() {
        assert_eq!(hidden(Path::new("/data/part-0-0.csv")), Path::new("/data/.part-0-0.csv.inprogress"));
        assert_eq!(hidden(Path::new("out.csv")), Path::new(".out.csv.inprogress"));
        assert_eq!(parse(".part-0-0.csv.inprogress"), Some(Found { run: None, subtask: 0, is_hidden: true }));
    }
}
