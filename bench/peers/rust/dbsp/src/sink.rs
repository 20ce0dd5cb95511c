//! Where changes of rows end: taken after each transaction, perhaps read, and thrown away, or added up for an answer.

use std::collections::HashMap;
use std::path::Path;

use dbsp::typed_batch::{DynBatchReader, SpineSnapshot};
use dbsp::{DBData, IndexedZSetReader, OrdZSet, OutputHandle, ZWeight};
use peer::{Row, RowFile, Sum};

use crate::feed::Rows;

/// Rows as lines, each with how often it is there.
#[derive(Default)]
pub(crate) struct Kept(HashMap<Vec<u8>, ZWeight>);

/// The end of a circuit.
pub(crate) trait Sink: Send {
    /// Takes the changes of the last transaction, reads them, and keeps them where somebody wants to have them. So many they are.
    fn take(&mut self, sum: Option<&mut Sum>, kept: Option<&mut Kept>) -> u64;
}

struct Output<K: DBData, R> {
    handle: OutputHandle<SpineSnapshot<OrdZSet<K>>>,
    row: fn(&K) -> R,
}

/// Rows that are written as `row` says.
pub(crate) fn sink<K: DBData, R: Row + 'static>(rows: &Rows<K>, row: fn(&K) -> R) -> Box<dyn Sink> {
    Box::new(Output { handle: rows.accumulate_output(), row })
}

impl<K: DBData, R: Row> Sink for Output<K, R> {
    fn take(&mut self, mut sum: Option<&mut Sum>, mut kept: Option<&mut Kept>) -> u64 {
        let batches = self.handle.take_from_all();
        let mut count = 0;
        for (key, (), weight) in batches.iter().flat_map(IndexedZSetReader::iter) {
            // A row that has come twice is one with the weight two.
            count += weight.unsigned_abs();
            if let Some(sum) = &mut sum {
                let checksum = (self.row)(&key).hash().wrapping_mul(weight.cast_unsigned());
                **sum = sum.and(Sum { checksum, changes: u64::from(weight < 0) });
            }
            if let Some(kept) = &mut kept {
                let mut line = Vec::new();
                (self.row)(&key).write(&mut line);
                *kept.0.entry(line).or_default() += weight;
            }
        }
        count
    }
}

impl Kept {
    /// Writes what is there.
    pub(crate) fn write(&self, folder: &Path) {
        let mut file = RowFile::create(folder, 0);
        for (line, weight) in &self.0 {
            (0..*weight).for_each(|_| file.put_line(line));
        }
    }
}
