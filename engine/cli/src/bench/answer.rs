//! The rows that a query comes to, in an order-independent form in which answers of two engines are held against each other.
//!
//! A row is its fields as text with the character 31 between them, null as nothing. Of all rows there is a sum: how many,
//! and the sum of their hashes (XXH3, 64 bits, modulo 2^64), from which a row that is taken back is subtracted. The rows
//! themselves are kept where somebody wants to see which differ, or where numbers may differ a little.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use crate::bench::near::NearRows;
use crate::run::CliError;

/// Stands between fields.
const BETWEEN: char = '\u{1f}';
/// So many rows of a difference are shown.
const SHOWN: usize = 3;
/// By which part numbers may differ that are not exact: a millionth, for a decimal of six digits may be cut where another one is
/// rounded, and what reading it loses.
const TOLERANCE: f64 = 1.000_001e-6;

/// How rows are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// Text by text.
    Same,
    /// Text by text, and in this order: the number of a row is a field of it.
    Ordered,
    /// Text by text, and the first fields never fall: rows with the same one may come in any order.
    Rising,
    /// Numbers may differ by a millionth: averages and quotients have other digits in the end.
    Near,
    /// The second field is summed for each first one: what is counted by the clock of a machine is the same together.
    Sums,
}

/// How many rows, and the sum of their hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) rows: i64,
    pub(crate) checksum: u64,
}

/// The rows of an engine.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    likeness: Likeness,
    sum: Sum,
    /// Whether rows are kept, and those that came and those that were taken back.
    keeps: bool,
    came: Vec<String>,
    taken: Vec<String>,
    /// Where rows are not kept whose numbers may differ.
    near: NearRows,
    line: String,
    /// Where first fields must not fall, that of the last row; and what was found that did.
    last: String,
    fallen: Option<String>,
}

impl Answer {
    /// Without a row. `keeps`: of what differs it can be said how.
    pub(crate) fn new(likeness: Likeness, keeps: bool) -> Self {
        let keeps = keeps || likeness == Likeness::Sums;
        let (came, taken, near) = (Vec::new(), Vec::new(), NearRows::default());
        let (line, last, fallen) = (String::new(), String::new(), None);
        Self { likeness, sum: Sum::default(), keeps, came, taken, near, line, last, fallen }
    }

    /// A row that comes, or one that is taken back.
    pub(crate) fn row<'a>(&mut self, fields: impl Iterator<Item = &'a str>, adds: bool) {
        self.line.clear();
        if self.likeness == Likeness::Ordered {
            let _ = write!(self.line, "{}{BETWEEN}", self.sum.rows);
        }
        for (number, field) in fields.enumerate() {
            if number > 0 {
                self.line.push(BETWEEN);
            }
            self.line.push_str(field);
        }
        self.sum = self.sum.with(&self.line, adds);
        if self.likeness == Likeness::Rising {
            self.rises();
        }
        if self.keeps {
            let to = if adds { &mut self.came } else { &mut self.taken };
            to.push(self.line.clone());
        } else if self.likeness == Likeness::Near {
            assert!(adds, "rows are taken back only where they are kept");
            self.near.push(&self.line, BETWEEN);
        }
    }

    /// Looks whether the row's first field is behind that of the row before. What is not has another sum than all that is.
    fn rises(&mut self) {
        let first = self.line.split(BETWEEN).next().unwrap_or_default();
        if first < self.last.as_str() && self.fallen.is_none() {
            self.fallen = Some(format!("row {}: {first} behind {}", self.sum.rows, self.last));
            self.sum.checksum = self.sum.checksum.wrapping_add(1);
        }
        self.last.clear();
        self.last.push_str(first);
    }

    /// With the rows of all CSV files of a folder. What begins with a point or an underscore is not finished.
    pub(crate) fn read(mut self, folder: &Path) -> Result<Self, CliError> {
        for file in csv_files(folder)? {
            let failed = |error: csv::Error| CliError::Bench(format!("{}: {error}", file.display()));
            let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(&file);
            let mut reader = reader.map_err(failed)?;
            let mut record = csv::StringRecord::new();
            let (mut lines, mut is_narrow) = (0, true);
            while reader.read_record(&mut record).map_err(failed)? {
                is_narrow &= record.len() == 1;
                lines += 1 + record.iter().map(|field| field.matches('\n').count() as u64).sum::<u64>();
                self.row(record.iter(), true);
            }
            // A row of one null is an empty line, and the reader leaves those out.
            let all = reader.position().line() - 1;
            if is_narrow {
                (lines..all).for_each(|_| self.row([""].into_iter(), true));
            }
        }
        Ok(self)
    }

    /// When all rows have come: those that are left, in order.
    pub(crate) fn finish(mut self) -> Self {
        self.came.sort_unstable();
        self.taken.sort_unstable();
        let mut taken = std::mem::take(&mut self.taken).into_iter().peekable();
        self.came.retain(|line| {
            while taken.next_if(|other| other < line).is_some() {}
            taken.next_if(|other| other == line).is_none()
        });
        match self.likeness {
            Likeness::Same | Likeness::Ordered | Likeness::Rising => {}
            Likeness::Near => self.came.sort_by_cached_key(|line| rounded(line)),
            Likeness::Sums => self = self.summed(),
        }
        self
    }

    /// One row for each first field.
    fn summed(mut self) -> Self {
        let mut sums: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
        for line in std::mem::take(&mut self.came) {
            let mut fields = line.split(BETWEEN);
            let key = fields.next().unwrap_or_default().to_owned();
            *sums.entry(key).or_default() +=
                fields.next().and_then(|field| field.parse().ok()).unwrap_or(0_i64);
        }
        self.came = sums.into_iter().map(|(key, sum)| format!("{key}{BETWEEN}{sum}")).collect();
        self.sum = self.came.iter().fold(Sum::default(), |sum, line| sum.with(line, true));
        self
    }

    /// How many rows, and the sum of their hashes.
    pub(crate) fn sum(&self) -> Sum {
        self.sum
    }

    /// What is wrong with these rows, if others are right.
    pub(crate) fn difference(&self, right: &Self) -> Option<String> {
        if self.sum == right.sum {
            return None;
        }
        let mut words = format!("{} rows, {} wanted", self.sum.rows, right.sum.rows);
        for fallen in [&self.fallen, &right.fallen].into_iter().flatten() {
            words.push_str(&format!(", not in order: {fallen}"));
        }
        if self.likeness == Likeness::Near && !self.keeps && !right.keeps {
            let differ = self.near.differ(&right.near);
            words.push_str(&format!(", of which {differ} differ"));
            return (differ > 0).then_some(words);
        }
        if !self.keeps || !right.keeps {
            words.push_str(&format!(
                ", with the checksums {:016x} and {:016x}",
                self.sum.checksum, right.sum.checksum
            ));
            return Some(words);
        }
        if self.likeness == Likeness::Near {
            if self.came.len() == right.came.len() {
                let pairs = self.came.iter().zip(&right.came);
                let (found, wanted) = pairs.into_iter().find(|(found, wanted)| !are_near(found, wanted))?;
                words.push_str(&format!("\n  found   {}\n  wanted  {}", shown(found), shown(wanted)));
            }
            return Some(words);
        }
        for (what, these, others) in
            [("too many", &self.came, &right.came), ("missing ", &right.came, &self.came)]
        {
            for line in beyond(these, others).take(SHOWN) {
                words.push_str(&format!("\n  {what}  {}", shown(line)));
            }
        }
        Some(words)
    }
}

impl Sum {
    fn with(self, line: &str, adds: bool) -> Self {
        let hash = xxh3_64(line.as_bytes());
        match adds {
            true => Self { rows: self.rows + 1, checksum: self.checksum.wrapping_add(hash) },
            false => Self { rows: self.rows - 1, checksum: self.checksum.wrapping_sub(hash) },
        }
    }
}

/// What of sorted lines is not among others.
fn beyond<'a>(these: &'a [String], others: &'a [String]) -> impl Iterator<Item = &'a String> {
    let mut others = others.iter().peekable();
    these.iter().filter(move |line| {
        while others.next_if(|other| other < line).is_some() {}
        others.next_if(|other| other == line).is_none()
    })
}

fn shown(line: &str) -> String {
    line.replace(BETWEEN, " | ")
}

/// A line by which lines are sorted that are nearly the same.
fn rounded(line: &str) -> String {
    let field =
        |field: &str| field.parse().map_or_else(|_| field.to_owned(), |number: f64| format!("{number:.5e}"));
    line.split(BETWEEN).map(field).collect::<Vec<_>>().join("\u{1f}")
}

/// Whether two numbers may stand for each other.
pub(crate) fn nearly(one: f64, other: f64) -> bool {
    (one - other).abs() <= TOLERANCE * one.abs().max(other.abs()).max(1.0)
}

fn are_near(one: &str, other: &str) -> bool {
    let near = |(one, other): (&str, &str)| {
        one == other || matches!((one.parse(), other.parse()), (Ok(one), Ok(other)) if nearly(one, other))
    };
    let (ones, others) = (one.split(BETWEEN), other.split(BETWEEN));
    ones.clone().count() == others.clone().count() && ones.zip(others).all(near)
}

/// The finished files of a folder and of those in it, by name.
fn csv_files(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let failed = |error: std::io::Error| CliError::Script(folder.display().to_string(), error);
    let mut files = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "no job runs here, so there is no host to ask")]
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(['.', '_']) {
            continue;
        }
        match entry.path().is_dir() {
            true => files.extend(csv_files(&entry.path())?),
            false => files.push(entry.path()),
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::cache;

    fn answer(likeness: Likeness, came: &[&[&str]], taken: &[&[&str]]) -> Answer {
        let mut answer = Answer::new(likeness, true);
        came.iter().for_each(|row| answer.row(row.iter().copied(), true));
        taken.iter().for_each(|row| answer.row(row.iter().copied(), false));
        answer.finish()
    }

    #[test]
    fn the_order_of_rows_and_what_was_taken_back_leave_no_trace() {
        let one =
            answer(Likeness::Same, &[&["a", "1"], &["b", "2"], &["a", "1"], &["c", ""]], &[&["b", "2"]]);
        let other = answer(Likeness::Same, &[&["c", ""], &["a", "1"], &["a", "1"]], &[]);
        assert_eq!((one.sum(), one.difference(&other)), (other.sum(), None));
        assert_eq!(one.sum().rows, 3);
    }

    #[test]
    fn an_order_is_part_of_the_answer_where_it_was_asked_for() {
        let one = answer(Likeness::Ordered, &[&["a"], &["b"]], &[]);
        let other = answer(Likeness::Ordered, &[&["b"], &["a"]], &[]);
        assert!(one.difference(&other).unwrap().contains("too many  0 | a"));
        assert_eq!(one.difference(&answer(Likeness::Ordered, &[&["a"], &["b"]], &[])), None);
    }

    #[test]
    fn rows_that_rise_may_come_in_any_order_where_they_are_equal() {
        let one = answer(Likeness::Rising, &[&["1", "a"], &["1", "b"], &["2", "c"]], &[]);
        let other = answer(Likeness::Rising, &[&["1", "b"], &["1", "a"], &["2", "c"]], &[]);
        assert_eq!((one.sum(), one.difference(&other)), (other.sum(), None));
        let same = answer(Likeness::Same, &[&["2", "c"], &["1", "b"], &["1", "a"]], &[]);
        assert_eq!(one.sum(), same.sum(), "it is known from rows in any order");
        let fallen = answer(Likeness::Rising, &[&["2", "c"], &["1", "b"], &["1", "a"]], &[]);
        let words = "3 rows, 3 wanted, not in order: row 2: 1 behind 2";
        assert_eq!(fallen.difference(&one).as_deref(), Some(words));
        assert_ne!(fallen.sum(), one.sum());
    }

    #[test]
    fn a_row_that_differs_is_shown() {
        let found = answer(Likeness::Same, &[&["a", "1"], &["b", "2"]], &[]);
        let right = answer(Likeness::Same, &[&["a", "1"], &["b", "3"], &["b", "3"]], &[]);
        let words = "2 rows, 3 wanted\n  too many  b | 2\n  missing   b | 3\n  missing   b | 3";
        assert_eq!(found.difference(&right).as_deref(), Some(words));
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let one = answer(Likeness::Same, &[&["a", "b"]], &[]);
        assert_ne!(one.sum(), answer(Likeness::Same, &[&["ab"]], &[]).sum());
        assert_ne!(one.sum(), answer(Likeness::Same, &[&["a", "b", ""]], &[]).sum());
    }

    #[test]
    fn numbers_may_be_near_where_that_is_said() {
        let exact: [&[&str]; 2] = [&["x", "0.1"], &["y", "2000000.0"]];
        let near: [&[&str]; 2] = [&["y", "2000000.1"], &["x", "0.1000001"]];
        assert_eq!(answer(Likeness::Near, &near, &[]).difference(&answer(Likeness::Near, &exact, &[])), None);
        let far: [&[&str]; 2] = [&["y", "2000003"], &["x", "0.1"]];
        let words =
            answer(Likeness::Near, &far, &[]).difference(&answer(Likeness::Near, &exact, &[])).unwrap();
        assert!(words.contains("found   y | 2000003\n  wanted  y | 2000000.0"), "{words}");
    }

    #[test]
    fn what_the_clock_of_a_machine_cuts_is_the_same_together() {
        let one =
            answer(Likeness::Sums, &[&["7", "2", "12:00"], &["7", "3", "12:10"], &["8", "1", "12:00"]], &[]);
        let other = answer(Likeness::Sums, &[&["8", "1"], &["7", "5"]], &[]);
        assert_eq!(one.difference(&other), None);
    }

    #[test]
    fn a_row_of_one_null_is_an_empty_line() {
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            cache::write(&folder.path().join("rows.csv"), text).unwrap();
            Answer::new(Likeness::Same, true).read(folder.path()).unwrap().finish().sum()
        };
        let null = answer(Likeness::Same, &[&[""]], &[]).sum();
        assert_eq!(read("\n"), null);
        assert_eq!(read("\"\"\n"), null);
        assert_eq!(read("\"a\nb\"\n\nc\n"), answer(Likeness::Same, &[&["a\nb"], &[""], &["c"]], &[]).sum());
        assert_eq!(read("a,b\n"), answer(Likeness::Same, &[&["a", "b"]], &[]).sum());
    }

    #[test]
    fn the_hash_is_a_format() {
        assert_eq!(answer(Likeness::Same, &[&["a", "1"]], &[]).sum().checksum, xxh3_64(b"a\x1f1"));
        assert_eq!(xxh3_64(b""), 0x2d06_8005_38d3_94c2, "the published value");
    }
}
