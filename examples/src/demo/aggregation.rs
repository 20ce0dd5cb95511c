//! Count, sum and latest per page: in memory while there is some, on disk when there is not.
//!
//! Thin: a keyed operator of `operators` over the state of `state`. The table asks for memory before it grows;
//! when that is refused, its totals are ordered by page, written as a run, and it starts again. At the end all
//! runs are merged with what is still in the table.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMillisecondType};
use memory::Batch;

use super::clicks::{AT, BYTES, PAGE};
use super::failure::Failure;
use super::runs::Runs;
use super::table::Table;
use super::total::{PageTotal, Total};

#[derive(Debug)]
pub(crate) struct Aggregation {
    table: Table,
    runs: Runs,
}

impl Aggregation {
    pub(crate) fn new(table: Table, runs: Runs) -> Self {
        Self { table, runs }
    }

    /// Adds clicks that came with the hashes of their pages.
    pub(crate) fn add(&mut self, clicks: &Batch) -> Result<(), Failure> {
        let columns = clicks.columns();
        let pages = columns.column(PAGE).as_string_view();
        let at = columns.column(AT).as_primitive::<TimestampMillisecondType>().values();
        let bytes = columns.column(BYTES).as_primitive::<Int32Type>().values();
        let hashes = clicks.hashes().expect("the exchange sends hashes");
        for row in 0..clicks.rows() {
            let (page, total) = (pages.value(row), Total::of(bytes[row], at[row]));
            if !self.table.add(hashes[row], page, total) {
                self.spill()?;
                assert!(self.table.add(hashes[row], page, total), "an empty table has room for a page");
            }
        }
        Ok(())
    }

    /// Hands out every page once, in order.
    pub(crate) fn finish(mut self, mut take: impl FnMut(PageTotal)) -> Result<(), Failure> {
        self.table.sort();
        let mut merge = self.runs.read()?;
        merge.add(self.table.batches().map(Ok))?;
        while let Some(page) = merge.next()? {
            take(page);
        }
        Ok(())
    }

    /// Empties the table to disk.
    fn spill(&mut self) -> Result<(), Failure> {
        assert!(!self.table.is_empty(), "a refusal with nothing to spill: {:?}", self.table);
        self.table.sort();
        self.runs.write(self.table.batches())?;
        self.table.clear();
        Ok(())
    }
}
