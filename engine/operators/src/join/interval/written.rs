//! How the rows of an interval join are written down: a part for each side, a row for each row.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use record::{Record, RecordBuilder, RecordReader};
use runtime::subtask::Failure;
use state::keyed::{Backend, MemoryBackend};
use state::{Redistribution, Restore, Slot, Snapshot};

use super::IntervalJoin;
use super::sides::Sides;
use crate::join::buffer::Buffer;

const LEFT: &str = "left";
const RIGHT: &str = "right";

/// How far event time has come: what was late stays late.
const WATERMARK: &str = "watermark";

pub(super) fn save<A: Record, B: Record, O: Record, F>(join: &IntervalJoin<A, B, O, F>, to: &mut Snapshot) {
    let slots = || (0..).zip(&join.sides);
    write(&join.keyed, to, LEFT, slots().map(|(slot, sides)| (slot, &sides.left)));
    write(&join.keyed, to, RIGHT, slots().map(|(slot, sides)| (slot, &sides.right)));
    if ![i64::MIN, i64::MAX].contains(&join.watermark) {
        let schema = Schema::new(vec![Field::new(WATERMARK, DataType::Int64, false)]);
        let column: ArrayRef = Arc::new(Int64Array::from(vec![join.watermark]));
        let rows = RecordBatch::try_new(Arc::new(schema), vec![column]).expect("one column");
        to.rows(WATERMARK, Redistribution::Union, rows);
    }
}

fn write<'a, T: Record>(
    keyed: &MemoryBackend,
    to: &mut Snapshot,
    name: &str,
    buffers: impl Iterator<Item = (Slot, &'a Buffer<T>)>,
) {
    let (mut slots, mut times, mut rows) = (Vec::new(), Vec::new(), T::Builder::default());
    for (slot, buffer) in buffers {
        for (time, row) in buffer.iter() {
            slots.push(slot);
            times.push(*time);
            rows.push(row.clone());
        }
    }
    if slots.is_empty() {
        return;
    }
    let mut columns = keyed.keys(&slots);
    let keys = (0..).zip(&columns);
    let mut fields: Vec<_> = keys
        .map(|(number, column)| {
            Arc::new(Field::new(format!("key{number}"), column.data_type().clone(), true))
        })
        .collect();
    fields.push(Arc::new(Field::new("time", DataType::Int64, false)));
    columns.push(Arc::new(Int64Array::from(times)));
    fields.extend(T::fields().iter().cloned());
    columns.extend(rows.finish());
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length");
    to.keyed(name, &batch, slots.iter().map(|slot| keyed.hash(*slot)).collect());
}

pub(super) fn load<A, B, O, F>(join: &mut IntervalJoin<A, B, O, F>, from: &Restore) -> Result<(), Failure>
where
    A: Record,
    B: Record,
    O: Record,
{
    let watermarks = from.rows(WATERMARK).map(|rows| rows.column(0).as_primitive::<Int64Type>().value(0));
    join.watermark = watermarks.min().unwrap_or(i64::MIN);
    for (slot, time, row) in read::<A>(from, LEFT, join.inputs[0].key().len(), &mut join.keyed)? {
        sides_of(&mut join.sides, slot, &mut join.keyed).left.insert(time, row);
        join.tally.left_rows += 1;
    }
    for (slot, time, row) in read::<B>(from, RIGHT, join.inputs[1].key().len(), &mut join.keyed)? {
        sides_of(&mut join.sides, slot, &mut join.keyed).right.insert(time, row);
        join.tally.right_rows += 1;
    }
    for (slot, sides) in (0..).zip(&mut join.sides) {
        sides.alarm = sides.until(join.interval);
        if let Some(at) = sides.alarm {
            join.alarms.set(at, slot);
        }
    }
    Ok(())
}

/// The rows of a key, which is held from the first on.
fn sides_of<'a, A, B>(
    all: &'a mut Vec<Sides<A, B>>,
    slot: Slot,
    keyed: &mut MemoryBackend,
) -> &'a mut Sides<A, B> {
    all.resize_with(all.len().max(slot as usize + 1), Sides::default);
    let sides = &mut all[slot as usize];
    if sides.is_empty() {
        keyed.hold(slot, true);
    }
    sides
}

fn read<T: Record>(
    from: &Restore,
    name: &str,
    keys: usize,
    keyed: &mut MemoryBackend,
) -> Result<Vec<(Slot, i64, T)>, Failure> {
    let mut all = Vec::new();
    for (rows, hashes) in from.keyed(name) {
        let columns = rows.columns();
        let mut slots = Vec::new();
        keyed.resolve(&columns[..keys], &hashes, &mut (0..hashes.len()), &mut slots);
        let times = columns[keys].as_primitive::<Int64Type>().values();
        let reader = T::Reader::open(&columns[keys + 1..]).map_err(Failure::lasting)?;
        all.extend(slots.into_iter().enumerate().map(|(row, slot)| (slot, times[row], reader.get(row))));
    }
    Ok(all)
}
