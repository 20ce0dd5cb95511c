//! Where a source is, as rows of a savepoint.
//!
//! A row says of a file that its units from `start` to `place` are done, and `rows` rows of the unit behind them. Every
//! subtask writes down what it has done itself, all get all of it back, and what is left is cut anew: so it does not
//! matter who had which split, how many subtasks there were, or that their checkpoints are taken one after the other.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use state::{Redistribution, Restore, Snapshot};

use super::error::ReadError;
use super::split::Done;

/// The name of the state.
const DONE: &str = "splits";
/// Dead letters that were not written yet: to anyone.
const LETTERS: &str = "dead-letters";

/// Writes down what is done.
pub(crate) fn save(to: &mut Snapshot, done: &[Done], letters: &str) {
    let numbers = |number: fn(&Done) -> u64| {
        Arc::new(UInt64Array::from_iter_values(done.iter().map(number))) as ArrayRef
    };
    let paths = StringArray::from_iter_values(done.iter().map(|done| done.path.to_string_lossy()));
    let rows = RecordBatch::try_from_iter([
        ("path", Arc::new(paths) as ArrayRef),
        ("length", numbers(|done| done.length)),
        ("units", numbers(|done| done.units)),
        ("start", numbers(|done| done.start)),
        ("place", numbers(|done| done.place)),
        ("rows", numbers(|done| done.rows)),
    ]);
    to.rows(DONE, Redistribution::Union, rows.expect("columns of one length"));
    if !letters.is_empty() {
        let letters = Arc::new(StringArray::from_iter_values([letters])) as ArrayRef;
        let rows = RecordBatch::try_from_iter([("lines", letters)]).expect("one column");
        to.rows(LETTERS, Redistribution::Split, rows);
    }
}

/// What all subtasks had done, and the letters that this one is to write.
pub(crate) fn load(from: &Restore) -> Result<(Vec<Done>, String), ReadError> {
    let mut all = Vec::new();
    for rows in from.rows(DONE) {
        read(rows, &mut all)
            .ok_or_else(|| ReadError::State(format!("it has the columns {}", rows.schema())))?;
    }
    let letters = from.rows(LETTERS).filter_map(|rows| rows.column(0).as_string_opt::<i32>());
    Ok((all, letters.flat_map(|lines| lines.iter().flatten()).collect()))
}

fn read(rows: &RecordBatch, all: &mut Vec<Done>) -> Option<()> {
    let paths = rows.column_by_name("path")?.as_string_opt::<i32>()?;
    let numbers = |name: &str| rows.column_by_name(name)?.as_primitive_opt::<UInt64Type>();
    let (length, units, start) = (numbers("length")?, numbers("units")?, numbers("start")?);
    let (place, done) = (numbers("place")?, numbers("rows")?);
    all.extend((0..rows.num_rows()).map(|row| Done {
        path: Path::new(paths.value(row)).into(),
        length: length.value(row),
        units: units.value(row),
        start: start.value(row),
        place: place.value(row),
        rows: done.value(row),
    }));
    Some(())
}

/// Joins neighbours that are done, so that the list stays as short as what is open.
pub(crate) fn join(mut done: Vec<Done>) -> Vec<Done> {
    done.sort_by(|a, b| (&a.path, a.start, a.place).cmp(&(&b.path, b.start, b.place)));
    let mut joined: Vec<Done> = Vec::with_capacity(done.len());
    for next in done {
        match joined.last_mut() {
            Some(last) if last.path == next.path && last.rows == 0 && next.start <= last.place => {
                // What reaches further says how many rows of its last unit are done.
                if next.place >= last.place {
                    (last.place, last.rows) = (next.place, next.rows);
                }
            }
            _ => joined.push(next),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use memory::KeyGroups;
    use state::redistribute;

    use super::*;

    fn done(path: &str, start: u64, place: u64, rows: u64) -> Done {
        Done { path: Path::new(path).into(), length: 100, units: 100, start, place, rows }
    }

    #[test]
    fn all_subtasks_get_what_each_has_done() {
        let snapshot = |done: &[Done], letters: &str| {
            let mut snapshot = Snapshot::default();
            save(&mut snapshot, done, letters);
            snapshot
        };
        let (first, second) = (done("a", 0, 50, 0), done("b", 3, 3, 7));
        let snapshots =
            [snapshot(std::slice::from_ref(&first), "{}\n"), snapshot(std::slice::from_ref(&second), "")];
        let restores = redistribute(&snapshots, KeyGroups::default(), 3);
        let loaded: Vec<_> = restores.iter().map(|restore| load(restore).unwrap()).collect();
        assert!(loaded.iter().all(|(done, _)| *done == [first.clone(), second.clone()]));
        assert_eq!(loaded.iter().map(|(_, letters)| letters.as_str()).collect::<String>(), "{}\n");
    }

    #[test]
    fn neighbours_are_joined() {
        let all = vec![done("a", 10, 20, 0), done("a", 0, 10, 0), done("a", 30, 35, 0), done("b", 0, 0, 5)];
        assert_eq!(join(all), [done("a", 0, 20, 0), done("a", 30, 35, 0), done("b", 0, 0, 5)]);
        let begun = vec![done("a", 0, 1, 0), done("a", 1, 1, 9), done("a", 2, 3, 0)];
        assert_eq!(join(begun), [done("a", 0, 1, 9), done("a", 2, 3, 0)]);
    }
}
