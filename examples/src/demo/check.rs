//! The same question answered without the engine: one thread, one map, one click after the other.
//!
//! It shares the source with the job and nothing else.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMillisecondType};

use super::clicks::{AT, BYTES, Clicks, PAGE};
use super::failure::Failure;
use super::job::Job;
use super::total::{PageTotal, Total};

/// Rows that are generated at a time.
const BATCH_ROWS: usize = 8192;

type Counted = HashMap<String, Total, BuildHasherDefault<DefaultHasher>>;

/// Compares the totals of all pages, in any order, with plain counting.
pub(crate) fn against_counting(job: &Job, totals: &[PageTotal]) -> Result<(), Failure> {
    let counted = count(&job.clicks, job.rows);
    compare(&counted, totals).map_or(Ok(()), |difference| Err(Failure::Answer(difference)))
}

fn count(clicks: &Clicks, rows: u64) -> Counted {
    let mut counted = Counted::default();
    for first in (0..rows).step_by(BATCH_ROWS) {
        let batch = clicks.batch(first..rows.min(first + BATCH_ROWS as u64));
        let pages = batch.column(PAGE).as_string_view();
        let at = batch.column(AT).as_primitive::<TimestampMillisecondType>();
        let bytes = batch.column(BYTES).as_primitive::<Int32Type>();
        for row in 0..batch.num_rows() {
            let click = Total::of(bytes.value(row), at.value(row));
            match counted.get_mut(pages.value(row)) {
                Some(total) => total.add(click),
                None => drop(counted.insert(pages.value(row).to_owned(), click)),
            }
        }
    }
    counted
}

/// The first difference, in words.
fn compare(counted: &Counted, totals: &[PageTotal]) -> Option<String> {
    for (page, total) in totals {
        match counted.get(page) {
            Some(right) if right == total => {}
            Some(right) => return Some(format!("page {page} has {total:?}, counted one by one {right:?}")),
            None => return Some(format!("page {page} has {total:?}, but nobody clicked on it")),
        }
    }
    let differ = counted.len() != totals.len();
    differ.then(|| format!("{} pages, counted one by one {}", totals.len(), counted.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_noticed() {
        let counted = count(&Clicks::on(50), 1000);
        let right: Vec<PageTotal> = counted.iter().map(|(page, total)| (page.clone(), *total)).collect();
        assert_eq!(right.iter().map(|page| page.1.clicks).sum::<i64>(), 1000);
        assert_eq!(compare(&counted, &right), None);

        let changed = |change: fn(&mut Vec<PageTotal>)| {
            let mut totals = right.clone();
            change(&mut totals);
            compare(&counted, &totals).expect("a difference")
        };
        assert!(changed(|totals| totals[3].1.bytes += 1).contains("counted one by one"));
        assert!(changed(|totals| totals[3].0.push('x')).contains("nobody clicked"));
        assert!(changed(|totals| totals.truncate(20)).contains("20 pages"));
        assert!(changed(|totals| totals.push(totals[0].clone())).contains("pages"));
    }
}
