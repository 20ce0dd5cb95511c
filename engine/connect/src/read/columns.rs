//! From the columns of a file to those that were declared: found by name, in the declared order and type.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_cast::{CastOptions, can_cast_types, cast_with_options};
use arrow_schema::{Schema, SchemaRef};

use super::error::ReadError;

/// How to get the declared columns.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    path: Arc<Path>,
    declared: SchemaRef,
    /// Where each of them stands in the file.
    positions: Vec<usize>,
}

impl Columns {
    /// Finds the declared columns among those of a file.
    pub(crate) fn find(path: &Arc<Path>, declared: &SchemaRef, file: &Schema) -> Result<Self, ReadError> {
        let wrong = |cause: String| ReadError::Columns { path: path.clone(), cause };
        let mut positions = Vec::with_capacity(declared.fields().len());
        for field in declared.fields() {
            let name = field.name();
            let Some((position, own)) = file.column_with_name(name) else {
                let names: Vec<_> = file.fields().iter().map(|field| field.name().as_str()).collect();
                let cause =
                    format!("it has no column {name}, but {}; declare one of these", names.join(", "));
                return Err(wrong(cause));
            };
            if !can_cast_types(own.data_type(), field.data_type()) {
                let (own, asked) = (own.data_type(), field.data_type());
                return Err(wrong(format!("column {name} is {own}, not {asked}; declare it as {own}")));
            }
            positions.push(position);
        }
        Ok(Self { path: path.clone(), declared: declared.clone(), positions })
    }

    /// Where the columns stand in the file.
    pub(crate) fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// The declared columns of rows that have the columns of [`Columns::positions`], in this order.
    pub(crate) fn conform<'a>(
        &self,
        columns: impl Iterator<Item = &'a ArrayRef>,
        rows: usize,
    ) -> Result<RecordBatch, ReadError> {
        let wrong = |cause: String| ReadError::Columns { path: self.path.clone(), cause };
        let mut conformed = Vec::with_capacity(self.positions.len());
        for (field, column) in self.declared.fields().iter().zip(columns) {
            let options = CastOptions { safe: false, ..Default::default() };
            let column = cast_with_options(column, field.data_type(), &options).map_err(|error| {
                let (name, own) = (field.name(), column.data_type());
                wrong(format!("column {name}: {error}; declare it as {own}"))
            })?;
            if column.null_count() > 0 && !field.is_nullable() {
                let name = field.name();
                return Err(wrong(format!("column {name} has nulls; let the column take nulls")));
            }
            conformed.push(column);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(self.declared.clone(), conformed, &options)
            .map_err(|error| wrong(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::record_batch;
    use arrow_schema::{DataType, Field};

    use super::*;

    fn conform(batch: &RecordBatch, declared: Vec<Field>) -> Result<RecordBatch, String> {
        let declared = Arc::new(Schema::new(declared));
        let columns = Columns::find(&Path::new("a.parquet").into(), &declared, &batch.schema());
        let columns = columns.map_err(|error| error.to_string())?;
        let found = columns.positions().iter().map(|position| batch.column(*position));
        columns.conform(found, batch.num_rows()).map_err(|error| error.to_string())
    }

    #[test]
    fn columns_are_found_by_name_and_cast() {
        let batch = record_batch!(("a", Int32, [1, 2]), ("b", Utf8, ["x", "y"])).unwrap();
        let declared =
            vec![Field::new("b", DataType::Utf8View, false), Field::new("a", DataType::Int64, true)];
        let expected = record_batch!(("b", Utf8View, ["x", "y"]), ("a", Int64, [1, 2])).unwrap();
        let conformed = conform(&batch, declared).unwrap();
        assert_eq!(conformed.columns(), expected.columns());
        assert!(!conformed.schema().field(0).is_nullable());
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let batch = record_batch!(("a", Utf8, [Some("x"), None])).unwrap();
        let told =
            |name: &str, data_type| conform(&batch, vec![Field::new(name, data_type, false)]).unwrap_err();
        assert_eq!(
            told("price", DataType::Int64),
            "a.parquet: it has no column price, but a; declare one of these"
        );
        assert_eq!(told("a", DataType::Utf8View), "a.parquet: column a has nulls; let the column take nulls");
        assert_eq!(
            told("a", DataType::Int64),
            "a.parquet: column a: Cast error: Cannot cast string 'x' to value of Int64 type; declare it as Utf8"
        );
        let list = DataType::new_list(DataType::Int64, true);
        let lists = RecordBatch::new_empty(Arc::new(Schema::new(vec![Field::new("a", list, true)])));
        let told = conform(&lists, vec![Field::new("a", DataType::Int64, true)]).unwrap_err();
        assert_eq!(told, "a.parquet: column a is List(Int64), not Int64; declare it as List(Int64)");
    }
}
