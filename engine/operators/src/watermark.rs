//! How far time has come, as operators write it down: what was late before a restart is late behind it.
//!
//! Subtasks may be saved at different watermarks: barriers overtake them where they do not align. Whoever takes up keys of
//! several goes on from the least.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use state::{Redistribution, Restore, Snapshot};

/// The name of the state, and of its column.
const WATERMARK: &str = "watermark";

/// Writes it down, if time has come to anything.
pub(crate) fn save(watermark: i64, to: &mut Snapshot) {
    if watermark > i64::MIN {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![watermark]));
        let rows = RecordBatch::try_from_iter([(WATERMARK, column)]).expect("one column");
        to.rows(WATERMARK, Redistribution::Union, rows);
    }
}

/// The least and the greatest that predecessors have written down.
pub(crate) fn load(from: &Restore) -> Option<(i64, i64)> {
    let all = || from.rows(WATERMARK).map(|rows| rows.column(0).as_primitive::<Int64Type>().value(0));
    Some((all().min()?, all().max()?))
}
