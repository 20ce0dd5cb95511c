//! What keys were, and when.

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{Field, Fields, Schema, SchemaRef};
use runtime::subtask::Failure;
use shuffle::Place;
use state::Slot;

use super::super::columns::{batch_of, null_columns};
use crate::layout::Layout;
use crate::store::Store;
use crate::window::alarms::Alarms;

/// A row of nulls: the first of the store.
pub(super) const NO_VERSION: Place = (0, 0);

/// The versions of all keys.
pub(super) struct Versions {
    /// The column of their time.
    time: usize,
    /// The columns of the input, all of which take nulls.
    schema: SchemaRef,
    store: Store,
    /// By slot of a key: its versions by time.
    by_key: Vec<Vec<(i64, Place)>>,
    rows: usize,
    /// When event time has come to a version, the one before it can go.
    alarms: Alarms,
}

impl Versions {
    pub(super) fn new(input: &Layout, time: usize) -> Result<Self, Failure> {
        let nullable = |field: &std::sync::Arc<Field>| Field::clone(field).with_nullable(true);
        let fields: Fields = input.schema().fields().iter().map(nullable).collect();
        let nulls = null_columns(&fields, 1);
        let schema = SchemaRef::new(Schema::new(fields));
        Ok(Self {
            time,
            store: Store::behind(batch_of(&schema, nulls, 1)?),
            schema,
            by_key: Vec::new(),
            rows: 0,
            alarms: Alarms::default(),
        })
    }

    /// The column of their time.
    pub(super) fn time(&self) -> usize {
        self.time
    }

    /// Adds versions of these keys. One without a time never was.
    pub(super) fn add(&mut self, rows: &RecordBatch, slots: &[Slot]) {
        if slots.is_empty() {
            return;
        }
        let times = rows.column(self.time).as_primitive::<TimestampMillisecondType>();
        let rows = batch_of(&self.schema, rows.columns().to_vec(), rows.num_rows());
        let chunk = self.store.add(&rows.expect("the same columns, which take nulls"));
        for ((row, slot), number) in slots.iter().enumerate().zip(0..) {
            if times.is_null(row) {
                continue;
            }
            let time = times.value(row);
            self.by_key.resize_with(self.by_key.len().max(*slot as usize + 1), Vec::new);
            let versions = &mut self.by_key[*slot as usize];
            let place = versions.partition_point(|(each, _)| *each < time);
            match versions.get_mut(place) {
                Some((same, former)) if *same == time => *former = (chunk, number),
                _ => {
                    versions.insert(place, (time, (chunk, number)));
                    self.rows += 1;
                    self.store.have();
                    self.alarms.set(time, *slot);
                }
            }
        }
    }

    /// The version of a key at a time, or [`NO_VERSION`].
    pub(super) fn at(&self, slot: Slot, time: i64) -> Place {
        let Some(versions) = self.by_key.get(slot as usize) else { return NO_VERSION };
        let next = versions.partition_point(|(each, _)| *each <= time);
        next.checked_sub(1).map_or(NO_VERSION, |last| versions[last].1)
    }

    pub(super) fn get(&self, places: &[Place]) -> Vec<RecordBatch> {
        self.store.get(places)
    }

    /// Whether a key has no version.
    pub(super) fn is_empty(&self, slot: Slot) -> bool {
        self.by_key.get(slot as usize).is_none_or(Vec::is_empty)
    }

    /// Forgets the versions for which nobody will ask when event time has come to this.
    pub(super) fn forget_until(&mut self, now: i64) {
        while let Some((_, slot)) = self.alarms.pop(now) {
            let versions = &mut self.by_key[slot as usize];
            let next = versions.partition_point(|(each, _)| *each <= now);
            let gone = next.saturating_sub(1);
            versions.drain(..gone);
            self.rows -= gone;
            (0..gone).for_each(|_| self.store.let_go());
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = (Slot, Place)> {
        let of = |(slot, versions): (Slot, &Vec<(i64, Place)>)| {
            versions.clone().into_iter().map(move |(_, place)| (slot, place))
        };
        (0..).zip(&self.by_key).flat_map(of)
    }

    /// A turn is over: what is forgotten is gone.
    pub(super) fn retire(&mut self) {
        if self.store.is_loose() {
            let places = self.by_key.iter_mut().flatten().map(|(_, place)| place);
            self.store.tighten(&mut places.collect::<Vec<_>>());
        }
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        let by_key = self.by_key.capacity() * size_of::<Vec<(i64, Place)>>();
        self.store.bytes() + by_key + self.rows * size_of::<(i64, Place)>() + self.alarms.bytes()
    }
}
