//! What is written down of windows, and how it is taken up again.
//!
//! | name | a row for | columns |
//! |---|---|---|
//! | `panes` | each key in each pane | the key, when the pane begins, the watermark, what is known of each aggregate |
//! | `watermark` | each subtask | its watermark |
//!
//! Totals are not written: they follow from the panes. Whoever takes up keys of several subtasks goes on from the least of
//! their watermarks, and does not send windows of a key again that were sent already.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use arrow_array::{Int64Array, RecordBatch, TimestampMillisecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use state::{Restore, Slot, Snapshot};

use super::content::Content;
use super::progress::Progress;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::{AggregateError, Aggregation};
use crate::layout::time_type;
use crate::watermark;

const PANES: &str = "panes";

/// Columns of panes between the key and what is known.
const BESIDE: usize = 2;

/// The columns of panes.
pub(super) fn schema(aggregation: &Aggregation) -> Result<SchemaRef, AggregateError> {
    let mut fields = aggregation.key_fields();
    fields.push(Field::new("$pane", time_type(), false));
    fields.push(Field::new("$watermark", DataType::Int64, false));
    for aggregate in &aggregation.aggregates {
        fields.extend(aggregate.partial_fields(aggregation.input.schema())?);
    }
    Ok(Arc::new(Schema::new(fields)))
}

pub(super) fn save(content: &Content, progress: &Progress, to: &mut Snapshot) {
    let watermark = progress.watermark();
    if watermark == i64::MAX {
        return; // Nothing comes any more, and all windows are gone.
    }
    let (mut keys, mut cells, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    for (pane, member) in content.members() {
        keys.push(member.key);
        cells.push(member.cell);
        starts.push(progress.grid().pane_start(pane));
    }
    if !keys.is_empty() {
        let mut columns = content.keys.columns(&keys);
        columns.push(Arc::new(TimestampMillisecondArray::from(starts)));
        columns.push(Arc::new(Int64Array::from(vec![watermark; keys.len()])));
        columns.extend(content.cells.save(&cells));
        let rows = RecordBatch::try_new(content.saved().clone(), columns).expect("the columns that it saves");
        to.keyed(PANES, &rows, content.keys.hashes(&keys));
    }
    watermark::save(watermark, to);
}

pub(super) fn load(
    from: &Restore,
    content: &mut Content,
    progress: &mut Progress,
    ahead: &mut BTreeMap<Slot, i64>,
) {
    if let Some((watermark, _)) = watermark::load(from) {
        progress.advance(watermark);
    }
    for (rows, hashes) in from.keyed(PANES) {
        load_panes(&rows, &hashes, content, progress, ahead);
    }
    content.include(progress.included());
}

fn load_panes(
    rows: &RecordBatch,
    hashes: &[u64],
    content: &mut Content,
    progress: &Progress,
    ahead: &mut BTreeMap<Slot, i64>,
) {
    let (key, rest) = rows.columns().split_at(content.key_columns());
    let (beside, partials) = rest.split_at(BESIDE);
    let starts = beside[0].as_primitive::<TimestampMillisecondType>().values();
    let watermarks = beside[1].as_primitive::<Int64Type>().values();
    let Content { keys, cells, panes, .. } = content;
    let (mut slots, mut found) = (Vec::new(), Vec::new());
    keys.resolve(key, hashes, Selected::All(rows.num_rows()), &mut slots);
    for (slot, start) in slots.iter().zip(starts) {
        panes.open(progress.grid().pane(*start), &[*slot], cells, &mut found);
    }
    cells.absorb(&found, Selected::All(found.len()), partials);
    for (slot, watermark) in slots.iter().zip(watermarks) {
        let sent = progress.grid().last_over(*watermark);
        if sent > progress.sent() {
            ahead.insert(*slot, sent);
        }
    }
}
