//! Parts of files: what one subtask reads at a time, and what of a file is done.
//!
//! A file has units: the bytes of a file of lines, the row groups of a Parquet file, or just one. A split is a range of
//! them. What is done is ranges of them too, so a list of splits can be cut anew, in other sizes, from what is left.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use parquet::file::metadata::ParquetMetaData;

use super::constants::Constants;
use super::error::ReadError;
use super::find::Found;
use super::spec::FileSourceSpec;
use crate::format::{Format, Packing};

/// What one subtask reads at a time.
#[derive(Clone, Debug)]
pub(crate) struct Split {
    pub(crate) path: Arc<Path>,
    /// Bytes of the file, and its units.
    pub(crate) length: u64,
    pub(crate) units: u64,
    /// Which of them. A line belongs to the split in which its first byte lies.
    pub(crate) range: Range<u64>,
    /// Rows of the first unit that were sent before.
    pub(crate) rows_done: u64,
    /// Of a Parquet file.
    pub(crate) metadata: Option<Arc<ParquetMetaData>>,
    pub(crate) constants: Constants,
}

/// What of a file is done: its units from `start` to `place`, and so many rows of the unit behind them. Ranges may
/// overlap and be repeated; what one says is true all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) path: Arc<Path>,
    /// Bytes of the file, and its units.
    pub(crate) length: u64,
    pub(crate) units: u64,
    pub(crate) start: u64,
    pub(crate) place: u64,
    pub(crate) rows: u64,
}

/// The splits of all files, without what is done.
pub(crate) fn cut(files: Vec<Found>, spec: &FileSourceSpec, done: &[Done]) -> Result<Vec<Split>, ReadError> {
    let mut of_files = by_file(done);
    let mut splits = Vec::new();
    for mut file in files {
        let done = of_files.remove(&*file.path).unwrap_or_default();
        check_length(&mut file, &done, spec)?;
        cut_file(&file, spec, &done, &mut splits)?;
    }
    match of_files.into_iter().find(|(_, done)| !is_complete(done)) {
        Some((path, _)) => Err(ReadError::Changed { path: path.to_owned(), what: "is gone" }),
        None => Ok(splits),
    }
}

/// Files of which nothing is left to do.
pub(crate) fn complete(done: &[Done]) -> impl Iterator<Item = Arc<Path>> {
    let complete = by_file(done).into_values().filter(|done| is_complete(done));
    complete.map(|done| done[0].path.clone())
}

fn by_file(done: &[Done]) -> BTreeMap<&Path, Vec<&Done>> {
    let mut of_files: BTreeMap<&Path, Vec<&Done>> = BTreeMap::new();
    for each in done {
        of_files.entry(&each.path).or_default().push(each);
    }
    of_files
}

/// Whether all units of a file are done.
fn is_complete(done: &[&Done]) -> bool {
    done.iter().all(|of_file| gaps(of_file.units, done).is_empty())
}

/// A file that has grown is read to where it ended before; one that has shrunk is not the same.
fn check_length(file: &mut Found, done: &[&Done], spec: &FileSourceSpec) -> Result<(), ReadError> {
    for before in done {
        let has_lines = matches!(spec.format, Format::Text | Format::Csv(_) | Format::Json(_));
        if file.length < before.length || (file.length > before.length && !has_lines) {
            return Err(ReadError::Changed { path: file.path.to_path_buf(), what: "has changed its length" });
        }
        file.length = before.length;
    }
    Ok(())
}

fn cut_file(
    file: &Found,
    spec: &FileSourceSpec,
    done: &[&Done],
    splits: &mut Vec<Split>,
) -> Result<(), ReadError> {
    let constants = spec.layout.constants(file, &spec.default_partition)?;
    if !spec.may_be_in(&file.path) {
        return Ok(());
    }
    // A row group without a row that is asked for is never begun.
    let groups = file.metadata.as_ref().map(|metadata| spec.groups(metadata));
    let is_wanted = |unit: u64| {
        let group = usize::try_from(unit).ok();
        groups.as_ref().is_none_or(|groups| group.is_some_and(|group| groups[group]))
    };
    let packing = Packing::of(&spec.format, &file.path);
    let units = match &file.metadata {
        Some(metadata) => metadata.num_row_groups() as u64,
        None if spec.format == Format::Arrow => 1,
        // Bytes of text: nobody knows how many until the last one is there.
        None if packing.is_some() => u64::MAX,
        None => file.length,
    };
    let step = match &spec.format {
        Format::Parquet | Format::Arrow => 1,
        format if format.is_splittable() && packing.is_none() => spec.split_bytes,
        _ => u64::MAX,
    };
    let rows_done = |unit: u64| {
        let here = done.iter().filter(|done| done.place == unit);
        here.map(|done| done.rows).max().unwrap_or(0)
    };
    for gap in gaps(units, done) {
        let mut start = gap.start;
        while start < gap.end {
            // Cuts lie on a grid, whatever was done before.
            let end = (start / step + 1).saturating_mul(step).min(gap.end);
            if is_wanted(start) {
                splits.push(Split {
                    path: file.path.clone(),
                    length: file.length,
                    units,
                    range: start..end,
                    rows_done: rows_done(start),
                    metadata: file.metadata.clone(),
                    constants: constants.clone(),
                });
            }
            start = end;
        }
    }
    Ok(())
}

/// What of so many units is not done.
fn gaps(units: u64, done: &[&Done]) -> Vec<Range<u64>> {
    let mut ranges: Vec<_> = done.iter().map(|done| done.start..done.place).collect();
    ranges.sort_by_key(|range| range.start);
    let (mut gaps, mut next) = (Vec::new(), 0);
    for range in ranges {
        if range.start > next {
            gaps.push(next..range.start);
        }
        next = next.max(range.end);
    }
    if next < units {
        gaps.push(next..units);
    }
    gaps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(name: &str, length: u64) -> Found {
        Found { path: Path::new(name).into(), length, modified_ms: 0, metadata: None }
    }

    fn done(start: u64, place: u64, length: u64) -> Done {
        Done { path: Path::new("a").into(), length, units: length, start, place, rows: 0 }
    }

    fn ranges(files: &[Found], split_bytes: u64, done: &[Done]) -> Result<Vec<Range<u64>>, String> {
        let spec = FileSourceSpec::text(["a"]).split_bytes(split_bytes);
        let splits = cut(files.to_vec(), &spec, done).map_err(|error| error.to_string())?;
        Ok(splits.into_iter().map(|split| split.range).collect())
    }

    #[test]
    fn a_file_is_cut_on_a_grid() {
        assert_eq!(ranges(&[file("a", 25)], 10, &[]).unwrap(), [0..10, 10..20, 20..25]);
        assert_eq!(ranges(&[file("a", 0)], 10, &[]).unwrap(), []);
        let begun = [done(0, 3, 25), done(10, 20, 25)];
        assert_eq!(ranges(&[file("a", 25)], 10, &begun).unwrap(), [3..10, 20..25]);
        assert_eq!(
            ranges(&[file("a", 30)], 10, &begun).unwrap(),
            [3..10, 20..25],
            "what was added is not read"
        );
    }

    #[test]
    fn a_file_that_is_not_what_it_was_is_told() {
        let told = |files: &[Found]| ranges(files, 10, &[done(0, 3, 25)]).unwrap_err();
        assert_eq!(
            told(&[file("a", 20)]),
            "a has changed its length since the savepoint; bring it back, or start without the savepoint"
        );
        assert_eq!(
            told(&[file("b", 25)]),
            "a is gone since the savepoint; bring it back, or start without the savepoint"
        );
        let all = [done(0, 3, 25), done(3, 25, 25)];
        assert_eq!(ranges(&[file("b", 5)], 3, &all).unwrap(), [0..3, 3..5], "nobody needs what is read");
        assert_eq!(complete(&all).collect::<Vec<_>>(), [Path::new("a").into()]);
        assert_eq!(complete(&all[1..]).count(), 0);
    }

    proptest! {
        /// Whatever was done, and however often it was said: each unit is done or in one split.
        #[test]
        fn nothing_is_lost_and_nothing_is_twice(
            length in 1_u64..60,
            step in 1_u64..30,
            pieces in prop::collection::vec((0_u64..60, 0_u64..60), 0..6),
        ) {
            let pieces: Vec<_> =
                pieces.iter().map(|(a, b)| done(*a.min(b).min(&length), *a.max(b).min(&length), length)).collect();
            let mut covered = vec![0; usize::try_from(length).unwrap()];
            for range in ranges(&[file("a", length)], step, &pieces).unwrap() {
                prop_assert!(range.end - range.start <= step);
                range.for_each(|unit| covered[usize::try_from(unit).unwrap()] += 1);
            }
            for (unit, times) in (0..).zip(covered) {
                let is_done = pieces.iter().any(|done| (done.start..done.place).contains(&unit));
                prop_assert_eq!(times, i32::from(!is_done), "unit {}", unit);
            }
        }
    }
}
