//! What tables of the connector `blackhole` have summed: the answer of an `INSERT` whose rows are kept nowhere.
//!
//! ```text
//! table   rows  checksum
//! totals    12  3f6c0e9d51b7a284
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use connect::Consumed;
use millstream::operators::accumulators::Accumulator;

/// A row for each table that has summed. Nothing, if none has.
pub(crate) fn table(accumulators: &BTreeMap<String, Accumulator>) -> Option<RecordBatch> {
    let sums: Vec<(&str, Consumed)> = Consumed::of(accumulators).collect();
    if sums.is_empty() {
        return None;
    }
    let checksums = sums.iter().map(|(_, sum)| format!("{:016x}", sum.checksum));
    let columns: [(&str, ArrayRef); 3] = [
        ("table", Arc::new(StringViewArray::from_iter_values(sums.iter().map(|(name, _)| name)))),
        ("rows", Arc::new(Int64Array::from_iter_values(sums.iter().map(|(_, sum)| sum.rows)))),
        ("checksum", Arc::new(StringViewArray::from_iter_values(checksums))),
    ];
    Some(RecordBatch::try_from_iter(columns).expect("columns of one length"))
}
