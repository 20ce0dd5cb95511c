//! The keys, and all that is known of each: how it stands, and its figures.

use arrow_array::ArrayRef;
use memory::Batch;
use runtime::subtask::Failure;
use state::Slot;

use super::super::accumulator::Selected;
use super::super::error::AggregateError;
use super::super::keys::Keys;
use super::figures::Figures;
use super::standing::Standing;

/// Everything by key.
pub(super) struct Ledger {
    pub(super) keys: Keys,
    pub(super) standing: Standing,
    pub(super) figures: Figures,
    /// The name of its columns in a snapshot.
    pub(super) key_fields: Vec<arrow_schema::Field>,
    /// Rows that come are what others know of rows.
    is_of_parts: bool,
    is_only: bool,
}

impl Ledger {
    /// Of keys of these columns. Rows may be taken back, or are parts that others have made of rows.
    pub(super) fn new(
        key_fields: Vec<arrow_schema::Field>,
        figures: Figures,
        is_changing: bool,
    ) -> Result<Self, Failure> {
        let types: Vec<_> = key_fields.iter().map(|field| field.data_type().clone()).collect();
        let is_only = types.is_empty();
        Ok(Self {
            keys: Keys::new(&types)?,
            standing: Standing::new(is_changing, is_only),
            figures,
            key_fields,
            is_of_parts: false,
            is_only,
        })
    }

    /// The same for rows that are parts.
    pub(super) fn of_parts(self) -> Self {
        Self { is_of_parts: true, ..self }
    }

    /// The same for keys that are forgotten one by one.
    pub(super) fn forgetting(self) -> Self {
        Self { figures: self.figures.forgetting(), ..self }
    }

    /// The same without event time.
    pub(super) fn timeless(self) -> Self {
        Self { figures: self.figures.timeless(), ..self }
    }

    /// The slots of the keys of these rows, and room for them.
    pub(super) fn resolve(
        &mut self,
        (key, hashes): (&[ArrayRef], &[u64]),
        rows: Selected<'_>,
        slots: &mut Vec<Slot>,
    ) {
        self.keys.resolve(key, hashes, rows, slots);
        self.grow();
    }

    /// The key of no column is known, without a row.
    pub(super) fn know_the_only_one(&mut self) {
        self.keys.know_the_only_one();
        self.grow();
    }

    fn grow(&mut self) {
        let end = self.keys.slots_end();
        self.standing.grow(end);
        self.figures.grow(end);
    }

    /// Adds the rows of a batch to these slots, or takes them away.
    pub(super) fn note(&mut self, slots: &[Slot], batch: &Batch) -> Result<(), Failure> {
        self.standing.note(slots, Selected::of(batch), batch.kinds());
        if self.is_of_parts {
            return self.figures.note_parts(slots, batch, self.key_fields.len());
        }
        self.figures.note(slots, batch)
    }

    /// Keys and results of these slots.
    pub(super) fn rows(&self, slots: &[Slot]) -> Result<Vec<ArrayRef>, AggregateError> {
        let mut columns = self.keys.columns(slots);
        columns.extend(self.figures.values(slots)?);
        Ok(columns)
    }

    /// Forgets these keys. The only one there is stays, and knows of no row.
    pub(super) fn forget(&mut self, slots: &[Slot]) {
        if slots.is_empty() {
            return;
        }
        self.figures.reset(slots);
        if self.is_only {
            return;
        }
        self.standing.reset(slots);
        slots.iter().for_each(|slot| self.keys.forget(*slot));
    }

    /// Forgets all keys.
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.standing.clear();
        self.figures.clear();
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.keys.bytes() + self.standing.bytes() + self.figures.bytes()
    }
}
