//! What the footer of a Parquet file says of a column: between which values those of each row group lie.
//!
//! Bounds, and no more: no value is less than the least one or greater than the greatest one, which need not be there
//! themselves. Where nothing is said, or what is said cannot be relied on, it is null.

use arrow_array::{Array, ArrayRef, UInt64Array};
use arrow_schema::{DataType, Schema};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::guard::guarded;

/// A column, a row for each row group.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    pub(crate) least: ArrayRef,
    pub(crate) greatest: ArrayRef,
    pub(crate) nulls: UInt64Array,
    pub(crate) rows: Vec<u64>,
}

impl Bounds {
    /// Of a column of a file, whose columns are those of `schema`. Nothing of a column that is not there or has parts,
    /// nor of floating point numbers: what is not a number lies within no bounds.
    pub(crate) fn of(metadata: &ParquetMetaData, schema: &Schema, column: &str) -> Option<Self> {
        let (_, field) = schema.column_with_name(column)?;
        if field.data_type().is_floating() || field.data_type().is_nested() {
            return None;
        }
        let groups = metadata.row_groups();
        let read = guarded(|| {
            let descriptor = metadata.file_metadata().schema_descr();
            let converter = StatisticsConverter::try_new(column, schema, descriptor)?;
            let Some(place) = converter.parquet_column_index() else { return Ok(None) };
            // Writers of old did not agree on which of two texts is the lesser one.
            if groups.iter().any(|group| is_deprecated(group, place)) {
                return Ok(None);
            }
            let converter = converter.with_missing_null_counts_as_zero(false);
            Ok::<_, parquet::errors::ParquetError>(Some(Self {
                least: converter.row_group_mins(groups)?,
                greatest: converter.row_group_maxes(groups)?,
                nulls: converter.row_group_null_counts(groups)?,
                rows: groups.iter().map(|group| u64::try_from(group.num_rows()).unwrap_or(0)).collect(),
            }))
        });
        read.ok().flatten().filter(|bounds| bounds.least.len() == bounds.rows.len())
    }

    /// Of a column that is the same in all rows of a file, of which nobody knows how many there are.
    pub(crate) fn constant(value: &ArrayRef) -> Self {
        let nulls = u64::from(value.is_null(0));
        Self { least: value.clone(), greatest: value.clone(), nulls: vec![nulls].into(), rows: vec![1] }
    }

    pub(crate) fn data_type(&self) -> &DataType {
        self.least.data_type()
    }
}

fn is_deprecated(group: &RowGroupMetaData, place: usize) -> bool {
    let statistics = group.column(place).statistics();
    statistics.is_some_and(|found| found.is_min_max_deprecated() && found.min_bytes_opt().is_some())
}
