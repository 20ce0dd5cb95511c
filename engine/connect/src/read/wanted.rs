//! Which rows of a row group are decoded in full: those that conditions and joins ask for, as far as their columns tell.
//!
//! ```text
//!   columns of conditions ─► rows for which they hold ─► their keys ─► those that a join may have a pair for ─► the other columns
//! ```
//!
//! Each layer is a step of the decoder, which reads the columns behind it only where rows are left. A layer that leaves more
//! than half of the rows costs more than it spares: then it is left out for some splits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_buffer::BooleanBuffer;
use arrow_schema::{ArrowError, Schema, SchemaRef};
use memory::hash_key;
use operators::join::{KeySet, Sieve, Sifted, Sifter};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicate, ArrowPredicateFn, RowFilter};
use parquet::schema::types::SchemaDescriptor;
use runtime::subtask::Seat;

use super::conditions::Condition;
use super::spec::FileSourceSpec;

/// Splits for which a layer is left out that did not pay, before it is tried again.
const SPLITS_WITHOUT: u32 = 15;

/// Columns whose values are keys of a join, of which it tells which ones it has.
#[derive(Clone, Debug)]
pub struct Sieved {
    /// Their places among those that were declared, in the order of the key.
    pub columns: Vec<usize>,
    /// Who tells.
    pub sieve: Arc<Sieve>,
}

/// What a subtask wants of its splits.
pub(crate) struct Wanted {
    /// What joins have not told yet.
    untold: Vec<(Vec<usize>, Sifter)>,
    layers: Vec<Layer>,
    declared: SchemaRef,
}

/// One step of the decoder.
struct Layer {
    columns: Vec<usize>,
    test: Test,
    tally: Arc<Tally>,
    /// For so many splits it is left out.
    rests: u32,
}

#[derive(Clone)]
enum Test {
    /// These hold. Their columns are those of the layer, one by one.
    Conditions(Arc<[Condition]>),
    /// The columns are a key that may be there.
    Keys(Arc<KeySet>),
}

/// Rows that a layer has seen of a split, and those of them that it has kept.
#[derive(Default)]
struct Tally {
    seen: AtomicU64,
    kept: AtomicU64,
}

impl Wanted {
    /// For a subtask of a source.
    pub(crate) fn new(spec: &FileSourceSpec, seat: &Seat) -> Self {
        let sifter = |sieved: &Sieved| {
            (sieved.columns.clone(), sieved.sieve.sifter(&seat.place, Arc::clone(&seat.poke)))
        };
        let stored = |condition: &&Condition| spec.layout.is_stored(condition.column);
        let declared = spec.layout.declared.clone();
        let told =
            |condition: &&Condition| condition.tells_rows(declared.field(condition.column).data_type());
        let conditions: Arc<[Condition]> =
            spec.conditions.iter().filter(stored).filter(told).cloned().collect();
        let columns: Vec<usize> = conditions.iter().map(|condition| condition.column).collect();
        let first = (spec.tells_rows && !columns.is_empty())
            .then(|| Layer::new(columns, Test::Conditions(conditions)));
        Self {
            untold: spec.sieves.iter().map(sifter).collect(),
            layers: first.into_iter().collect(),
            declared,
        }
    }

    /// Whether all that is to be told was told: before that no split is begun.
    pub(crate) fn is_told(&mut self) -> bool {
        let layers = &mut self.layers;
        self.untold.retain(|(columns, sifter)| match sifter.sifted() {
            Sifted::NotYet => true,
            Sifted::All => false,
            Sifted::Keys(keys) => {
                layers.push(Layer::new(columns.clone(), Test::Keys(keys)));
                false
            }
        });
        self.untold.is_empty()
    }

    /// The steps of a decoder of a file with these columns, if there are any.
    pub(crate) fn filter(&self, file: &Schema, columns: &SchemaDescriptor) -> Option<RowFilter> {
        let layers = self.layers.iter().filter(|layer| layer.rests == 0);
        let steps: Vec<_> = layers.filter_map(|layer| layer.step(&self.declared, (file, columns))).collect();
        (!steps.is_empty()).then(|| RowFilter::new(steps))
    }

    /// A split was read: what has not paid rests.
    pub(crate) fn weigh(&mut self) {
        for layer in &mut self.layers {
            let (seen, kept) = layer.tally.take();
            layer.rests = match kept * 2 > seen {
                true => SPLITS_WITHOUT,
                false => layer.rests.saturating_sub(1),
            };
        }
    }
}

impl Layer {
    fn new(columns: Vec<usize>, test: Test) -> Self {
        Self { columns, test, tally: Arc::default(), rests: 0 }
    }

    /// Nothing, if the file has a column in another type than it was declared in: then it is another value.
    fn step(
        &self,
        declared: &Schema,
        (file, descriptor): (&Schema, &SchemaDescriptor),
    ) -> Option<Box<dyn ArrowPredicate>> {
        let place = |column: &usize| {
            let field = declared.field(*column);
            let (place, own) = file.column_with_name(field.name())?;
            (own.data_type() == field.data_type()).then_some(place)
        };
        let places = self.columns.iter().map(place).collect::<Option<Vec<_>>>()?;
        // They come in the order of the file, each once.
        let mut read = places.clone();
        read.sort_unstable();
        read.dedup();
        let order: Vec<usize> =
            places.iter().map(|place| read.partition_point(|other| other < place)).collect();
        let mask = ProjectionMask::roots(descriptor, read);
        let (test, tally) = (self.test.clone(), self.tally.clone());
        Some(Box::new(ArrowPredicateFn::new(mask, move |rows: RecordBatch| {
            let columns: Vec<ArrayRef> = order.iter().map(|column| rows.column(*column).clone()).collect();
            let keeps = test.of(&columns, rows.num_rows())?;
            tally.add(rows.num_rows(), keeps.count_set_bits());
            Ok(BooleanArray::new(keeps, None))
        })))
    }
}

impl Test {
    fn of(&self, columns: &[ArrayRef], rows: usize) -> Result<BooleanBuffer, ArrowError> {
        match self {
            Self::Keys(keys) => {
                let mut hashes = Vec::new();
                hash_key(columns, rows, &mut hashes)
                    .map_err(|error| ArrowError::ComputeError(error.to_string()))?;
                Ok(keys.may_have(&hashes))
            }
            Self::Conditions(conditions) => {
                let mut all = BooleanBuffer::new_set(rows);
                for (condition, column) in conditions.iter().zip(columns) {
                    all = &all & &condition.holds_of(column)?;
                }
                Ok(all)
            }
        }
    }
}

impl Tally {
    fn add(&self, seen: usize, kept: usize) {
        self.seen.fetch_add(seen as u64, Ordering::Relaxed);
        self.kept.fetch_add(kept as u64, Ordering::Relaxed);
    }

    fn take(&self) -> (u64, u64) {
        (self.seen.swap(0, Ordering::Relaxed), self.kept.swap(0, Ordering::Relaxed))
    }
}
