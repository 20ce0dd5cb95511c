//! A path as the user gives it: a file or directory, or a pattern for the names in one.
//!
//! Only the last part may be a pattern. `*` is any letters, `?` is one, `[a-z]` one of some, `[!a-z]` one of the others.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::error::ReadError;

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// What has this name.
    Exact(PathBuf),
    /// What matches in this directory.
    Pattern {
        /// Where, which is the current one if it is empty.
        directory: PathBuf,
        /// What names look like.
        pattern: String,
    },
}

impl Given {
    /// What the user means by it.
    ///
    /// # Errors
    ///
    /// If another part than the last one is a pattern.
    pub fn of(path: &Path) -> Result<Self, ReadError> {
        let is_pattern = |part: &OsStr| part.to_string_lossy().contains(['*', '?', '[']);
        let directory = path.parent().unwrap_or(Path::new(""));
        if directory.iter().any(is_pattern) {
            return Err(ReadError::Pattern(path.to_owned()));
        }
        match path.file_name().filter(|name| is_pattern(name)) {
            Some(name) => {
                let pattern = name.to_string_lossy().into_owned();
                Ok(Self::Pattern { directory: directory.to_owned(), pattern })
            }
            None => Ok(Self::Exact(path.to_owned())),
        }
    }
}

/// Whether a name is none of those that a directory keeps for itself, or for somebody who is still writing.
pub fn is_visible(name: &str) -> bool {
    !name.starts_with(['.', '_'])
}

/// Whether a name matches. Hidden names have to be asked for by their first letter.
pub fn matches(pattern: &str, name: &str) -> bool {
    if pattern == name {
        return true; // A file may be called `data[1].csv`.
    }
    if !is_visible(name) && pattern.chars().next() != name.chars().next() {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut next) = (0, 0);
    // Where the last star stands, and how far it reaches.
    let mut star: Option<(usize, usize)> = None;
    while next < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at, next));
            at += 1;
        } else if let Some(length) = one(&pattern[at..], name[next]) {
            at += length;
            next += 1;
        } else if let Some((star_at, reach)) = star {
            star = Some((star_at, reach + 1));
            (at, next) = (star_at + 1, reach + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

/// How long the part of the pattern is that matches this letter.
fn one(pattern: &[char], letter: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '[' => match pattern.iter().skip(2).position(|end| *end == ']') {
            Some(end) => {
                let set = &pattern[1..end + 2];
                let (is_other, set) = match set.strip_prefix(&['!']) {
                    Some(set) => (true, set),
                    None => (false, set),
                };
                (is_in(set, letter) != is_other).then_some(end + 3)
            }
            None => (letter == '[').then_some(1),
        },
        own => (*own == letter).then_some(1),
    }
}

fn is_in(set: &[char], letter: char) -> bool {
    match set {
        [from, '-', to, rest @ ..] => (*from..=*to).contains(&letter) || is_in(rest, letter),
        [own, rest @ ..] => *own == letter || is_in(rest, letter),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        let yes = [
            ("*.csv", "a.csv"),
            ("*.csv", "a.b.csv"),
            ("part-?-*", "part-1-x"),
            ("part-[0-9].csv", "part-7.csv"),
            ("[!ab]*", "c"),
            ("*a*b*", "xxaxxbxx"),
            ("*", "x"),
            ("a*", "a"),
            ("data[1].csv", "data[1].csv"),
            ("_*", "_SUCCESS"),
            ("[ab", "[ab"),
            ("größe-?", "größe-ö"),
            ("a?.txt", "ab.txt"),
            ("*", ""),
            ("a*b*c", "a--b--c"),
        ];
        for (pattern, name) in yes {
            assert!(matches(pattern, name), "{pattern} matches {name}");
        }
        let no = [
            ("*.csv", "a.csv.gz"),
            ("part-?", "part-10"),
            ("[!ab]*", "a"),
            ("*", ".hidden"),
            ("*", "_SUCCESS"),
            ("part-[0-9]", "part-x"),
            ("*a*b*", "ba"),
            ("a?.txt", "a.txt"),
            ("a*b*c", "a--c--b"),
        ];
        for (pattern, name) in no {
            assert!(!matches(pattern, name), "{pattern} does not match {name}");
        }
    }

    #[test]
    fn a_pattern_stands_in_the_last_part() {
        let pattern = |directory: &str, pattern: &str| Given::Pattern {
            directory: directory.into(),
            pattern: pattern.to_owned(),
        };
        let given = |path: &str| Given::of(Path::new(path)).unwrap();
        assert_eq!(given("data/*.csv"), pattern("data", "*.csv"));
        assert_eq!(given("*.csv"), pattern("", "*.csv"));
        assert_eq!(given("data/"), Given::Exact("data/".into()));
        assert!(Given::of(Path::new("*/x.csv")).is_err());
    }
}
