//! How a row looks in print.

use arrow_array::RecordBatch;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType, TimeUnit};
use memory::{Batch, RowKind};

/// How a row looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowStyle {
    /// `+I[ann, 3]`, as Flink prints rows of tables.
    #[default]
    Changelog,
    /// `(ann,3)`, and a single column without anything around it, as Flink prints tuples and values of streams. What is
    /// not an insert has its kind before it.
    Plain,
}

/// Appends a line for each row of a batch without selection.
pub(super) fn append(
    batch: &Batch,
    style: RowStyle,
    prefix: &str,
    text: &mut String,
) -> Result<(), ArrowError> {
    let columns = batch.columns();
    let formatters = formatters(columns)?;
    let is_bare = style == RowStyle::Plain && formatters.len() == 1;
    let (open, comma, close) = match style {
        RowStyle::Changelog => ("[", ", ", "]"),
        RowStyle::Plain if is_bare => ("", "", ""),
        RowStyle::Plain => ("(", ",", ")"),
    };
    for row in 0..columns.num_rows() {
        let kind = batch.kinds().map_or(RowKind::Insert, |kinds| kinds.get(row));
        text.push_str(prefix);
        if style == RowStyle::Changelog || kind != RowKind::Insert {
            text.push_str(kind_word(kind));
        }
        text.push_str(open);
        for (column, formatter) in formatters.iter().enumerate() {
            text.push_str(if column == 0 { "" } else { comma });
            formatter.value(row).write(text)?;
        }
        text.push_str(close);
        text.push('\n');
    }
    Ok(())
}

/// `Display` says the same; this one is no formatting for each row.
fn kind_word(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Insert => "+I",
        RowKind::UpdateBefore => "-U",
        RowKind::UpdateAfter => "+U",
        RowKind::Delete => "-D",
    }
}

fn formatters(columns: &RecordBatch) -> Result<Vec<ArrayFormatter<'_>>, ArrowError> {
    let formatter = |column| ArrayFormatter::try_new(column, &options(column.data_type()));
    columns.columns().iter().map(|column| formatter(column.as_ref())).collect()
}

/// Times have as many digits as their unit.
fn options(data_type: &DataType) -> FormatOptions<'static> {
    let (local, zoned) = match data_type {
        DataType::Timestamp(TimeUnit::Second, _) => ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S%:z"),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            ("%Y-%m-%d %H:%M:%S%.6f", "%Y-%m-%d %H:%M:%S%.6f%:z")
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => ("%Y-%m-%d %H:%M:%S%.9f", "%Y-%m-%d %H:%M:%S%.9f%:z"),
        _ => ("%Y-%m-%d %H:%M:%S%.3f", "%Y-%m-%d %H:%M:%S%.3f%:z"),
    };
    FormatOptions::new()
        .with_null("null")
        .with_timestamp_format(Some(local))
        .with_timestamp_tz_format(Some(zoned))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::builder::{Int32Builder, ListBuilder};
    use arrow_array::{
        ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, StringArray,
        TimestampMicrosecondArray, TimestampMillisecondArray, TimestampSecondArray,
    };

    use super::*;

    fn line(style: RowStyle, columns: impl IntoIterator<Item = ArrayRef>) -> String {
        let named = columns.into_iter().enumerate().map(|(at, column)| (format!("f{at}"), column));
        let batch = Batch::new(RecordBatch::try_from_iter(named).unwrap());
        let mut text = String::new();
        append(&batch, style, "", &mut text).unwrap();
        text
    }

    #[test]
    fn values_look_as_in_flink() {
        // 2026-01-01T00:00:00Z
        let seconds = 1_767_225_600;
        let mut list = ListBuilder::new(Int32Builder::new());
        list.append_value([Some(1), None]);
        let columns: [ArrayRef; 9] = [
            Arc::new(BooleanArray::from(vec![true])),
            Arc::new(Float64Array::from(vec![1.0])),
            Arc::new(Decimal128Array::from(vec![12_345]).with_precision_and_scale(10, 2).unwrap()),
            Arc::new(Date32Array::from(vec![20_454])),
            Arc::new(TimestampSecondArray::from(vec![seconds])),
            Arc::new(TimestampMillisecondArray::from(vec![seconds * 1000])),
            Arc::new(TimestampMicrosecondArray::from(vec![seconds * 1_000_000 + 1])),
            Arc::new(TimestampMillisecondArray::from(vec![seconds * 1000 + 5]).with_timezone("+00:00")),
            Arc::new(list.finish()),
        ];
        let expected = "+I[true, 1.0, 123.45, 2026-01-01, 2026-01-01 00:00:00, 2026-01-01 00:00:00.000, \
                        2026-01-01 00:00:00.000001, 2026-01-01 00:00:00.005+00:00, [1, null]]\n";
        assert_eq!(line(RowStyle::Changelog, columns), expected);
    }

    #[test]
    fn plain_rows_are_values_and_tuples() {
        let (word, count): (ArrayRef, ArrayRef) =
            (Arc::new(StringArray::from(vec!["to be"])), Arc::new(Int32Array::from(vec![2])));
        assert_eq!(line(RowStyle::Plain, [word.clone()]), "to be\n");
        assert_eq!(line(RowStyle::Plain, [word, count]), "(to be,2)\n");
    }

    #[test]
    fn rows_without_columns_are_empty_brackets() {
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(2));
        let none =
            RecordBatch::try_new_with_options(Arc::new(arrow_schema::Schema::empty()), vec![], &options);
        let mut text = String::new();
        append(&Batch::new(none.unwrap()), RowStyle::Changelog, "", &mut text).unwrap();
        assert_eq!(text, "+I[]\n+I[]\n");
    }
}
