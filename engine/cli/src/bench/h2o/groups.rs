//! The table that is grouped, as `groupby-datagen.R` of db-benchmark makes it, with numbers of our own chance.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use runtime::random::Random;

use crate::bench::parquet_file::ParquetFile;
use crate::run::CliError;

/// The table, as its file is named.
pub(super) const TABLES: [&str; 1] = ["x"];
/// Rows that are made at once.
const BATCH_ROWS: u64 = 1 << 16;
const SEED: u64 = 108;

/// Writes it: texts and numbers of few values and of many, and three columns to compute with.
pub(super) fn write(folder: &Path, rows: u64, groups: u64) -> Result<(), CliError> {
    let columns = [
        ("id1", DataType::Utf8),
        ("id2", DataType::Utf8),
        ("id3", DataType::Utf8),
        ("id4", DataType::Int32),
        ("id5", DataType::Int32),
        ("id6", DataType::Int32),
        ("v1", DataType::Int32),
        ("v2", DataType::Int32),
        ("v3", DataType::Float64),
    ];
    let schema = Arc::new(Schema::new(columns.map(|(name, kind)| Field::new(name, kind, false)).to_vec()));
    let mut file = ParquetFile::create(&folder.join("x.parquet"), schema.clone())?;
    let mut random = Random::new(SEED);
    let many = (rows / groups).max(1);
    let mut left = rows;
    while left > 0 {
        let count = left.min(BATCH_ROWS);
        left -= count;
        let columns: Vec<ArrayRef> = vec![
            texts(&mut random, count, groups, 3),
            texts(&mut random, count, groups, 3),
            texts(&mut random, count, many, 10),
            numbers(&mut random, count, groups),
            numbers(&mut random, count, groups),
            numbers(&mut random, count, many),
            numbers(&mut random, count, 5),
            numbers(&mut random, count, 15),
            Arc::new((0..count).map(|_| random.below(100_000_000) as f64 / 1e6).collect::<Float64Array>()),
        ];
        file.write(&RecordBatch::try_new(schema.clone(), columns).expect("columns of one length"))?;
    }
    file.close()
}

/// `id` and a number from 1 to `most`, with so many digits at least.
fn texts(random: &mut Random, count: u64, most: u64, digits: usize) -> ArrayRef {
    let text = |_| format!("id{:0digits$}", random.within(1, most));
    Arc::new(StringArray::from_iter_values((0..count).map(text)))
}

/// Numbers from 1 to `most`.
fn numbers(random: &mut Random, count: u64, most: u64) -> ArrayRef {
    let number = |_| i32::try_from(random.within(1, most)).expect("at most a thousand million");
    Arc::new((0..count).map(number).collect::<Int32Array>())
}
