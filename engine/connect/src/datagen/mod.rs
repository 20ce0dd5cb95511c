//! Made-up rows, as Flink's `datagen` makes them: each column at random within bounds, or one number after the other.
//!
//! What is random follows from the number of the row and of the column, so the same table has the same rows whenever and wherever
//! it is read, by however many subtasks. Times are those of the clock: those of row `n` are what it will show when the row is due
//! at the rate, or stand still without one.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`DatagenSpec`] | here | which rows: plain data, and the [`Generator`] of them |
//! | [`Made`], [`Rule`] | `column.rs` | a column of them |

mod column;

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};

pub use column::{Made, Rule};

use crate::generator::Generator;
use column::Rows;

/// Which rows there are.
#[derive(Clone, Debug, PartialEq)]
pub struct DatagenSpec {
    /// Their columns.
    pub columns: Vec<Made>,
    /// How many there are; without end, if not said.
    pub rows: Option<u64>,
    /// How many come in a second, of all subtasks together; as many as are taken, if not said.
    pub rows_per_second: Option<u64>,
    /// What the clock shows at the beginning, in milliseconds since 1970.
    pub now_ms: i64,
}

impl DatagenSpec {
    /// The columns of the rows.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(|column| column.field.clone()).collect::<Vec<_>>()))
    }

    /// How many rows there are, if they end: a sequence has an end too.
    pub fn count(&self) -> Option<u64> {
        self.columns.iter().filter_map(Made::count).chain(self.rows).min()
    }

    /// The same rows with some of their columns.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    #[must_use]
    pub fn project(&self, columns: &[usize]) -> Self {
        // Where they end is known by all of them.
        let rows = self.count();
        let columns = columns.iter().map(|column| self.columns[*column].clone()).collect();
        Self { columns, rows, ..self.clone() }
    }

    /// What makes the rows.
    ///
    /// # Panics
    ///
    /// At a rate that a generator does not take.
    pub fn generator(self) -> Generator {
        let (count, rate) = (self.count(), self.rows_per_second);
        let schema = self.schema();
        let generator = Generator::new(schema.clone(), move |numbers| self.rows(&schema, numbers));
        let generator = count.into_iter().fold(generator, Generator::count);
        rate.into_iter().fold(generator, Generator::rows_per_second)
    }

    fn rows(&self, schema: &SchemaRef, numbers: Range<u64>) -> RecordBatch {
        let numbers: Vec<u64> = numbers.collect();
        let clock = |number: &u64| {
            let went_ms =
                self.rows_per_second.map_or(0, |rate| u128::from(*number) * 1_000 / u128::from(rate));
            self.now_ms.saturating_add(i64::try_from(went_ms).unwrap_or(i64::MAX))
        };
        let times: Vec<i64> = numbers.iter().map(clock).collect();
        let rows = Rows { numbers: &numbers, times: &times };
        let columns = self.columns.iter().map(|column| column.values(rows)).collect();
        RecordBatch::try_new(schema.clone(), columns).expect("columns of the types that were asked for")
    }
}

#[cfg(test)]
mod tests;
