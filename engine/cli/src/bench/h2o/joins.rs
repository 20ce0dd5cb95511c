//! The tables that are joined, as `join-datagen.R` of db-benchmark makes them, with numbers of our own chance.
//!
//! Keys are of three kinds, few, some and many. Of eleven tenths of them, nine are on both sides, one is on the left only and one on
//! the right only; the right side has each of its keys once.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use runtime::random::Random;

use crate::bench::parquet_file::ParquetFile;
use crate::run::CliError;

/// The tables, as their files are named.
pub(super) const TABLES: [&str; 4] = ["x", "small", "medium", "big"];
/// Rows that are made at once.
const BATCH_ROWS: usize = 1 << 16;
const SEED: u64 = 109;

/// The keys of a kind.
struct Keys {
    left: Vec<i32>,
    right: Vec<i32>,
}

/// Writes them: each has its keys as numbers, then the same as texts, then a value.
pub(super) fn write(folder: &Path, rows: u64) -> Result<(), CliError> {
    let mut random = Random::new(SEED);
    let mut kinds = Vec::new();
    for count in [(rows / 1_000_000).max(10), (rows / 1_000).max(10), rows] {
        kinds.push(Keys::draw(&mut random, usize::try_from(count).expect("keys fit in memory")));
    }
    let rows = usize::try_from(rows).expect("keys fit in memory");
    let left = kinds.iter().map(|keys| Column::Any(&keys.left)).collect();
    Table { name: "x", value: "v1", columns: left, rows }.write(folder, &mut random)?;
    for (place, name) in ["small", "medium", "big"].into_iter().enumerate() {
        let mut columns: Vec<Column<'_>> =
            kinds[..place].iter().map(|keys| Column::Any(&keys.right)).collect();
        let own = &kinds[place].right;
        columns.push(Column::Each(own));
        Table { name, value: "v2", columns, rows: own.len() }.write(folder, &mut random)?;
    }
    Ok(())
}

/// One of the tables: the keys of each kind that it has, and the name of its value.
struct Table<'a> {
    name: &'static str,
    value: &'static str,
    columns: Vec<Column<'a>>,
    rows: usize,
}

/// Where the keys of a column come from.
#[derive(Clone, Copy)]
enum Column<'a> {
    /// Any of them, again and again.
    Any(&'a [i32]),
    /// Each of them once.
    Each(&'a [i32]),
}

impl Keys {
    fn draw(random: &mut Random, count: usize) -> Self {
        let all = count + count / 10;
        let mut keys: Vec<i32> = (1..).take(all).collect();
        for place in (1..all).rev() {
            let other = usize::try_from(random.below(place as u64 + 1)).expect("below a usize");
            keys.swap(place, other);
        }
        let (both, one) = keys.split_at(count - count / 10);
        let (left, right) = one.split_at(count / 10);
        Self { left: [both, left].concat(), right: [right, both].concat() }
    }
}

impl Table<'_> {
    fn write(&self, folder: &Path, random: &mut Random) -> Result<(), CliError> {
        let Self { name, value, columns, rows } = self;
        let schema = schema(columns.len(), value);
        let mut file = ParquetFile::create(&folder.join(format!("{name}.parquet")), schema.clone())?;
        for from in (0..*rows).step_by(BATCH_ROWS) {
            let until = (*rows).min(from + BATCH_ROWS);
            let mut numbers: Vec<ArrayRef> = Vec::new();
            let mut texts: Vec<ArrayRef> = Vec::new();
            for column in columns {
                let keys: Vec<i32> = match column {
                    Column::Any(keys) => (from..until).map(|_| *random.pick(keys)).collect(),
                    Column::Each(keys) => keys[from..until].to_vec(),
                };
                texts
                    .push(Arc::new(StringArray::from_iter_values(keys.iter().map(|key| format!("id{key}")))));
                numbers.push(Arc::new(Int32Array::from(keys)));
            }
            // From one on: below a thousandth engines write numbers in ways of their own.
            let values = (from..until).map(|_| random.within(1_000_000, 99_999_999) as f64 / 1e6);
            let values: ArrayRef = Arc::new(values.collect::<Float64Array>());
            let columns = numbers.into_iter().chain(texts).chain([values]).collect();
            file.write(&RecordBatch::try_new(schema.clone(), columns).expect("columns of one length"))?;
        }
        file.close()
    }
}

/// `id1` to `id3` are numbers and `id4` to `id6` their texts, as far as a table has them.
fn schema(kinds: usize, value: &str) -> SchemaRef {
    let field = |number: usize, kind: DataType| Field::new(format!("id{number}"), kind, false);
    let numbers = (1..=kinds).map(|number| field(number, DataType::Int32));
    let texts = (4..4 + kinds).map(|number| field(number, DataType::Utf8));
    let value = Field::new(value, DataType::Float64, false);
    Arc::new(Schema::new(numbers.chain(texts).chain([value]).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nine_of_ten_keys_are_on_both_sides() {
        let Keys { left, right } = Keys::draw(&mut Random::new(1), 1000);
        let set = |keys: &[i32]| keys.iter().copied().collect::<BTreeSet<i32>>();
        let (left, right) = (set(&left), set(&right));
        assert_eq!((left.len(), right.len()), (1000, 1000));
        assert_eq!(left.intersection(&right).count(), 900);
    }
}
