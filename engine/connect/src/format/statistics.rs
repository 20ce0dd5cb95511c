//! About how many rows a file has, and what values its columns have: for guesses at what a query costs.
//!
//! Sans I/O, from the same samples that columns are found out from: the footer of Parquet, the first lines of text. Nothing
//! of this is ever relied on for a result.

use std::collections::BTreeMap;

use arrow_array::{Array, ArrayRef};
use arrow_cast::cast;
use arrow_schema::DataType;
use parquet::file::metadata::ParquetMetaData;

use super::bounds::Bounds;
use super::footer::{Footer, parquet_footer};
use super::infer::{InferError, Sample, parquet_schema, records};
use super::record_ends::RecordEnds;
use super::{Format, with_views};

/// What is known of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// How many rows it has.
    pub rows: f64,
    /// By name, of columns of which something is known.
    pub columns: BTreeMap<String, ColumnStatistics>,
}

/// What is known of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ColumnStatistics {
    /// The least and the greatest value, as [`as_number`] has them.
    pub range: Option<(f64, f64)>,
    /// How many rows have none.
    pub nulls: Option<f64>,
    /// How many different values there are at most, if they are whole numbers.
    pub distinct: Option<f64>,
}

/// What a file says of itself, if it is of a format that says so.
///
/// # Errors
///
/// If more of the file is needed, or it is not of this format.
pub fn statistics(format: &Format, sample: &Sample<'_>) -> Result<Option<Statistics>, InferError> {
    match format {
        Format::Parquet => match parquet_footer(sample.tail, sample.length) {
            Ok(Footer::Found(metadata)) => Ok(Some(of_parquet(&metadata))),
            Ok(Footer::Needs(bytes)) => Err(InferError::NeedsTail(bytes)),
            Err(words) => Err(InferError::Unclear(words)),
        },
        Format::Text | Format::Csv(_) | Format::Json(_) => of_lines(format, sample).map(Some),
        Format::Arrow | Format::Avro => Ok(None),
    }
}

/// A value of one row as a number: those of a type are in its order. Nothing of what has no distance, and of null.
pub fn as_number(value: &ArrayRef) -> Option<f64> {
    let whole = match value.data_type() {
        DataType::Date32 | DataType::Time32(_) => cast(value, &DataType::Int32).ok()?,
        DataType::Date64 | DataType::Time64(_) | DataType::Timestamp(..) => {
            cast(value, &DataType::Int64).ok()?
        }
        data_type if data_type.is_numeric() => value.clone(),
        _ => return None,
    };
    let number = cast(&whole, &DataType::Float64).ok()?;
    let number = arrow_array::cast::AsArray::as_primitive::<arrow_array::types::Float64Type>(&number);
    number.iter().next().flatten()
}

fn of_parquet(metadata: &ParquetMetaData) -> Statistics {
    let counted = metadata.row_groups().iter().map(|group| group.num_rows()).sum::<i64>();
    #[expect(clippy::cast_precision_loss, reason = "a guess")]
    let rows = counted as f64;
    let Ok(schema) = parquet_schema(metadata) else { return Statistics { rows, ..Statistics::default() } };
    let schema = with_views(&schema);
    let known = schema.fields().iter().filter_map(|field| {
        let bounds = Bounds::of(metadata, &schema, field.name())?;
        Some((field.name().clone(), of_bounds(&bounds, rows)))
    });
    Statistics { rows, columns: known.collect() }
}

fn of_bounds(bounds: &Bounds, rows: f64) -> ColumnStatistics {
    let numbers = |values: &ArrayRef| -> Option<Vec<f64>> {
        (0..values.len()).map(|row| as_number(&values.slice(row, 1))).collect()
    };
    let range = numbers(&bounds.least).zip(numbers(&bounds.greatest)).and_then(|(least, greatest)| {
        Some((least.into_iter().reduce(f64::min)?, greatest.into_iter().reduce(f64::max)?))
    });
    #[expect(clippy::cast_precision_loss, reason = "a guess")]
    let nulls = bounds.nulls.iter().map(|nulls| nulls.map(|nulls| nulls as f64)).sum::<Option<f64>>();
    let step = step(bounds.data_type());
    let values = rows - nulls.unwrap_or(0.0);
    let distinct =
        range.zip(step).map(|((least, greatest), step)| values.min((greatest - least) / step + 1.0));
    ColumnStatistics { range, nulls, distinct }
}

/// How far two neighbours of a type are from each other.
fn step(data_type: &DataType) -> Option<f64> {
    match data_type {
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => {
            Some(10_f64.powi(-i32::from(*scale)))
        }
        DataType::Date32 => Some(1.0),
        data_type if data_type.is_integer() => Some(1.0),
        _ => None,
    }
}

/// As many records as the file has of its first ones.
fn of_lines(format: &Format, sample: &Sample<'_>) -> Result<Statistics, InferError> {
    let bytes = records(format, sample)?;
    let (mut ends, mut whole, mut count) = (RecordEnds::of(format), 0, 0_u32);
    while let Some(end) = ends.find(&bytes[whole..]) {
        whole += end + 1;
        count += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "a guess")]
    let rows = sample.length as f64 * f64::from(count.max(1)) / whole.max(1) as f64;
    Ok(Statistics { rows, columns: BTreeMap::new() })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray, record_batch,
    };
    use parquet::arrow::ArrowWriter;

    use super::super::CsvOptions;
    use super::*;

    fn of(batch: &RecordBatch) -> Statistics {
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.flush().unwrap();
        writer.write(batch).unwrap();
        let bytes = writer.into_inner().unwrap();
        statistics(&Format::Parquet, &Sample::whole(&bytes)).unwrap().unwrap()
    }

    #[test]
    fn a_footer_says_how_many_rows_there_are_and_between_what_they_lie() {
        let price = Decimal128Array::from(vec![Some(150), None, Some(450)]);
        let price = price.with_precision_and_scale(9, 2).unwrap();
        let columns: [(&str, ArrayRef); 5] = [
            ("n", Arc::new(Int64Array::from(vec![5, 9, 7]))),
            ("day", Arc::new(Date32Array::from(vec![10, 10, 11]))),
            ("price", Arc::new(price)),
            ("name", Arc::new(StringArray::from(vec!["a", "b", "c"]))),
            ("ratio", Arc::new(Float64Array::from(vec![1.0, f64::NAN, 2.0]))),
        ];
        let found = of(&RecordBatch::try_from_iter(columns).unwrap());
        assert_eq!(found.rows, 6.0);
        let column = |range, nulls, distinct| ColumnStatistics { range, nulls: Some(nulls), distinct };
        assert_eq!(found.columns["n"], column(Some((5.0, 9.0)), 0.0, Some(5.0)));
        assert_eq!(found.columns["day"], column(Some((10.0, 11.0)), 0.0, Some(2.0)));
        assert_eq!(found.columns["price"], column(Some((1.5, 4.5)), 2.0, Some(4.0)));
        assert_eq!(found.columns["name"], column(None, 0.0, None));
        assert!(!found.columns.contains_key("ratio"), "what is not a number lies within no bounds");
    }

    #[test]
    fn a_column_of_nulls_has_no_range() {
        let batch = record_batch!(("n", Int64, [None::<i64>, None])).unwrap();
        let nothing = ColumnStatistics { range: None, nulls: Some(4.0), distinct: None };
        assert_eq!(of(&batch).columns["n"], nothing);
    }

    #[test]
    fn a_file_of_lines_has_as_many_as_its_first_ones_say() {
        let head = b"a,b\n1,2\n3,4\n";
        let sample = Sample { head, tail: b"", length: 1200 };
        let format = Format::Csv(CsvOptions::default());
        assert_eq!(statistics(&format, &sample).unwrap().unwrap().rows, 300.0);
        let short = Sample { head: b"a,b", tail: b"", length: 1200 };
        assert_eq!(statistics(&format, &short).unwrap_err(), InferError::NeedsHead(3));
        assert_eq!(statistics(&Format::Avro, &sample).unwrap(), None);
    }
}
