//! How windows are written down: a row for each window of a key, and one or several for what it holds.
//!
//! The watermark is written too: what was late stays late.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use memory::Error;
use record::{Mismatch, Record, RecordBuilder, RecordReader, Value, ValueBuilder, ValueReader};
use runtime::subtask::Failure;
use state::keyed::{Backend, MemoryBackend};
use state::{Redistribution, Restore, Slot, Snapshot};

use super::WindowBody;
use crate::window::assign::Assigner;
use crate::window::context::slot_of;
use crate::window::entry::Entry;
use crate::window::function::WindowFunction;
use crate::window::span::Window;
use crate::window::times::Times;
use crate::window::trigger::Trigger;

/// Windows, and what their triggers remember.
const WINDOWS: &str = "windows";

/// How far event time has come.
const WATERMARK: &str = "watermark";

/// States of windows, beside those of keys.
const STATES: &str = "window:";

/// Where states of windows live: under the key, start and end.
pub(super) fn backend_of_windows(mut keys: Vec<DataType>) -> Result<MemoryBackend, Error> {
    keys.extend([DataType::Int64, DataType::Int64]);
    MemoryBackend::prefixed(STATES, &keys)
}

pub(super) fn save<T, A, G, F>(body: &mut WindowBody<T, A, G, F>, to: &mut Snapshot)
where
    T: Clone,
    A: Assigner<T>,
    G: Trigger<T>,
    F: WindowFunction<T>,
{
    body.keyed.save(to, i64::MIN);
    body.windowed.save(to, i64::MIN);
    let by_slot = (0..).zip(&body.entries);
    let all: Vec<(Slot, &Entry<_, _>)> =
        by_slot.flat_map(|(slot, entries)| entries.iter().map(move |entry| (slot, entry))).collect();
    let mut triggers = <G::State as Record>::Builder::default();
    let (mut event, mut processing) = <[<Vec<i64> as Value>::Builder; 2]>::default().into();
    for (_, entry) in &all {
        triggers.push(entry.trigger.clone());
        event.push(entry.event.timers.to_vec());
        processing.push(entry.processing.timers.to_vec());
    }
    let timers = |name: &str| Arc::new(Field::new(name, <Vec<i64> as Value>::data_type(), false));
    let mut columns =
        vec![(timers("event_timers"), event.finish()), (timers("processing_timers"), processing.finish())];
    columns.extend(G::State::fields().iter().cloned().zip(triggers.finish()));
    let windows: Vec<_> = all.iter().map(|(slot, entry)| (*slot, entry.window)).collect();
    write(&body.keyed, to, WINDOWS, &windows, columns);

    let full: Vec<_> = all
        .iter()
        .filter_map(|(slot, entry)| Some((*slot, entry.window, entry.contents.as_ref()?)))
        .collect();
    let contents: Vec<_> = full.iter().map(|(_, _, contents)| *contents).collect();
    for (part, name) in F::parts().iter().enumerate() {
        let written = body.function.write(part, &contents);
        let owners = full.iter().zip(&written.counts);
        let owners: Vec<_> = owners
            .flat_map(|((slot, window, _), count)| std::iter::repeat_n((*slot, *window), *count))
            .collect();
        write(&body.keyed, to, name, &owners, written.columns);
    }
    // Behind the end of time nothing comes; and if something does, in a job that begins anew here, it is not late.
    if ![i64::MIN, i64::MAX].contains(&body.clock.watermark) {
        let schema = Schema::new(vec![Field::new(WATERMARK, DataType::Int64, false)]);
        let column: ArrayRef = Arc::new(Int64Array::from(vec![body.clock.watermark]));
        let rows = RecordBatch::try_new(Arc::new(schema), vec![column]).expect("one column");
        to.rows(WATERMARK, Redistribution::Union, rows);
    }
}

/// Writes rows of windows of keys.
fn write(
    keyed: &MemoryBackend,
    to: &mut Snapshot,
    name: &str,
    owners: &[(Slot, Window)],
    rest: Vec<(Arc<Field>, ArrayRef)>,
) {
    if owners.is_empty() {
        return;
    }
    let slots: Vec<Slot> = owners.iter().map(|(slot, _)| *slot).collect();
    let mut columns = keyed.keys(&slots);
    let keys = (0..).zip(&columns);
    let mut fields: Vec<_> = keys
        .map(|(number, column)| {
            Arc::new(Field::new(format!("key{number}"), column.data_type().clone(), true))
        })
        .collect();
    let times = |of: fn(&Window) -> i64| {
        Arc::new(Int64Array::from_iter_values(owners.iter().map(|(_, window)| of(window)))) as ArrayRef
    };
    columns.extend([times(|window| window.start), times(|window| window.end)]);
    fields.extend(["start", "end"].map(|name| Arc::new(Field::new(name, DataType::Int64, false))));
    let (more_fields, more): (Vec<_>, Vec<_>) = rest.into_iter().unzip();
    fields.extend(more_fields);
    columns.extend(more);
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length");
    to.keyed(name, &rows, slots.iter().map(|slot| keyed.hash(*slot)).collect());
}

/// Rows of windows of keys, as they were written.
struct Read {
    owners: Vec<(Slot, Window)>,
    columns: Vec<ArrayRef>,
}

impl Read {
    fn of(rows: &RecordBatch, hashes: &[u64], keys: usize, keyed: &mut MemoryBackend) -> Self {
        let (owners, columns) = rows.columns().split_at(keys + 2);
        let mut slots = Vec::new();
        keyed.resolve(&owners[..keys], hashes, &mut (0..hashes.len()), &mut slots);
        let [starts, ends] =
            [keys, keys + 1].map(|column| owners[column].as_primitive::<Int64Type>().values());
        let windows = starts.iter().zip(ends).map(|(start, end)| Window::new(*start, *end));
        Self { owners: slots.into_iter().zip(windows).collect(), columns: columns.to_vec() }
    }
}

pub(super) fn load<T, A, G, F>(body: &mut WindowBody<T, A, G, F>, from: &Restore) -> Result<(), Failure>
where
    T: Clone,
    A: Assigner<T>,
    G: Trigger<T>,
    F: WindowFunction<T>,
{
    body.keyed.load(from)?;
    body.windowed.load(from)?;
    let watermarks = from.rows(WATERMARK).map(|rows| rows.column(0).as_primitive::<Int64Type>().value(0));
    body.clock.watermark = watermarks.min().unwrap_or(i64::MIN);
    for (rows, hashes) in from.keyed(WINDOWS) {
        let read = Read::of(&rows, &hashes, body.keys, &mut body.keyed);
        load_windows(body, &read).map_err(Failure::lasting)?;
    }
    for (part, name) in F::parts().iter().enumerate() {
        for (rows, hashes) in from.keyed(name) {
            let read = Read::of(&rows, &hashes, body.keys, &mut body.keyed);
            let contents =
                body.function.read(part, &read.columns, read.owners.len()).map_err(Failure::lasting)?;
            for ((slot, window), contents) in read.owners.into_iter().zip(contents) {
                let place = body.find(slot, window).expect("a window that was written down");
                let entry = &mut body.entries[slot as usize][place];
                body.tally.contents_bytes -= entry.contents.as_ref().map_or(0, F::bytes);
                body.function.merge(&mut entry.contents, contents);
                body.tally.contents_bytes += entry.contents.as_ref().map_or(0, F::bytes);
            }
        }
    }
    Ok(())
}

fn load_windows<T, A, G, F>(body: &mut WindowBody<T, A, G, F>, read: &Read) -> Result<(), Mismatch>
where
    T: Clone,
    A: Assigner<T>,
    G: Trigger<T>,
    F: WindowFunction<T>,
{
    let timers = |column: usize| <Vec<i64> as Value>::Reader::open(&read.columns[column]);
    let (event, processing) = (timers(0)?, timers(1)?);
    let triggers = <G::State as Record>::Reader::open(&read.columns[2..])?;
    let has_states = !body.windowed.is_empty();
    for (row, (slot, window)) in read.owners.iter().enumerate() {
        let (slot, window) = (*slot, *window);
        if body.entries.len() <= slot as usize {
            body.entries.resize_with(slot as usize + 1, Vec::new);
        }
        let entries = &body.entries[slot as usize];
        let place = entries.partition_point(|entry| entry.window < window);
        body.open(slot, place, window);
        let entry = &mut body.entries[slot as usize][place];
        entry.trigger = triggers.get(row);
        entry.event.timers = times_of(event.get(row));
        entry.processing.timers = times_of(processing.get(row));
        if has_states {
            entry.states = Some(slot_of(&mut body.windowed, &body.keyed, slot, window));
        }
        body.set_alarms(slot, place);
    }
    Ok(())
}

fn times_of(all: Vec<i64>) -> Times {
    let mut times = Times::default();
    all.into_iter().for_each(|time| times.insert(time));
    times
}
