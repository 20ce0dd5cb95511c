//! Rows as values: `ROW(…)` makes one, and each has fields.
//!
//! A row that is made is never null itself, whatever its fields are. A field of a null row is null.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, StructArray};
use arrow_schema::{DataType, Field, Fields};
use arrow_select::nullif::nullif;

use crate::error::ExprError;
use crate::value::{Value, of_all};

/// The type of a row of fields of these names and types. Each of them may be null.
pub(crate) fn data_type(fields: impl IntoIterator<Item = (String, DataType)>) -> DataType {
    let field = |(name, data_type)| Field::new(name, data_type, true);
    DataType::Struct(fields.into_iter().map(field).collect())
}

/// The type of a field of rows of this type.
pub(crate) fn field_type(of: &DataType, field: usize) -> Result<DataType, ExprError> {
    match of {
        DataType::Struct(fields) if field < fields.len() => Ok(fields[field].data_type().clone()),
        other => Err(ExprError::types(&format!("field {field}"), [other])),
    }
}

/// A row of these values for each of so many rows.
pub(crate) fn made_of(values: Vec<Value>, fields: &Fields, rows: usize) -> Result<Value, ExprError> {
    // Where all fields are one value, so is the row.
    let length = if values.iter().all(|value| matches!(value, Value::One(_))) { 1 } else { rows };
    let columns = values.iter().map(|value| value.clone().into_rows(length));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let made = StructArray::try_new_with_length(fields.clone(), columns, None, length)?;
    Ok(of_all(&values.iter().collect::<Vec<_>>(), Arc::new(made)))
}

/// A field of each row.
pub(crate) fn field(of: &Value, field: usize) -> Result<Value, ExprError> {
    Ok(of.like(field_of(of.array().as_struct(), field)?))
}

/// A column of rows, which is null where the row is.
pub(crate) fn field_of(rows: &StructArray, field: usize) -> Result<ArrayRef, ExprError> {
    let column = rows.column(field);
    match rows.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => Ok(Arc::clone(column)),
        Some(nulls) => Ok(nullif(column, &BooleanArray::new(!nulls.inner(), None))?),
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int32Type;
    use arrow_array::{ArrayRef, Int32Array, ListArray, RecordBatch, StringViewArray, StructArray};
    use arrow_buffer::NullBuffer;
    use arrow_schema::Schema;

    use super::*;
    use crate::{BinaryOp, Expr, Program};

    fn fields(of: &[(&str, DataType)]) -> DataType {
        data_type(of.iter().map(|(name, data_type)| ((*name).to_owned(), data_type.clone())))
    }

    /// Rows (1, a), null, (null, c). What lies below the null is no number.
    fn people() -> RecordBatch {
        let DataType::Struct(fields) = fields(&[("n", DataType::Int32), ("t", DataType::Utf8View)]) else {
            unreachable!()
        };
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), Some(7), None]));
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec![Some("2"), Some("x"), Some("3")]));
        let nulls = Some(NullBuffer::from(vec![true, false, true]));
        let rows: ArrayRef = Arc::new(StructArray::new(fields, vec![numbers, texts], nulls));
        let schema = Schema::new(vec![Field::new("person", rows.data_type().clone(), true)]);
        RecordBatch::try_new(Arc::new(schema), vec![rows]).unwrap()
    }

    fn evaluate(expr: &Expr, batch: &RecordBatch) -> Result<ArrayRef, ExprError> {
        let program = Program::compile(expr, &batch.schema())?;
        let column = program.evaluate(batch)?;
        assert_eq!(column.data_type(), program.data_type(), "{expr}");
        assert_eq!(column.len(), batch.num_rows(), "{expr}");
        Ok(column)
    }

    fn of(expr: Expr, field: usize) -> Expr {
        Expr::Field { of: Box::new(expr), field }
    }

    fn cast(expr: Expr, to: DataType) -> Expr {
        Expr::Cast { expr: Box::new(expr), to, is_lenient: false }
    }

    fn texts(expr: Expr, batch: &RecordBatch) -> Vec<Option<String>> {
        let column = evaluate(&cast(expr, DataType::Utf8View), batch).unwrap();
        column.as_string_view().iter().map(|text| text.map(str::to_owned)).collect()
    }

    fn int(value: i32) -> Expr {
        Expr::Literal(Arc::new(Int32Array::from(vec![value])))
    }

    #[test]
    fn a_field_is_null_where_it_or_its_row_is() {
        let (people, expr) = (people(), of(Expr::Column(0), 0));
        assert_eq!(expr.data_type(&people.schema()).unwrap(), DataType::Int32);
        let numbers = evaluate(&expr, &people).unwrap();
        assert_eq!(numbers.as_primitive::<Int32Type>().iter().collect::<Vec<_>>(), [Some(1), None, None]);
        let tail = people.slice(1, 2);
        assert_eq!(texts(of(Expr::Column(0), 1), &tail), [None, Some("3".to_owned())]);
    }

    #[test]
    fn a_row_is_never_null_and_its_fields_are_what_it_was_made_of() {
        let people = people();
        let name = |name: &str, expr| (name.to_owned(), expr);
        let made = Expr::Row(vec![name("n", of(Expr::Column(0), 0)), name("seven", int(7))]);
        let wanted = fields(&[("n", DataType::Int32), ("seven", DataType::Int32)]);
        assert_eq!(made.data_type(&people.schema()).unwrap(), wanted);
        assert_eq!(evaluate(&made, &people).unwrap().null_count(), 0);
        let expected = ["(1, 7)", "(NULL, 7)", "(NULL, 7)"].map(|text| Some(text.to_owned()));
        assert_eq!(texts(made.clone(), &people), expected);
        assert_eq!(texts(of(made, 1), &people), vec![Some("7".to_owned()); 3]);
        let constant = Expr::Row(vec![name("a", int(1)), name("b", int(2))]);
        assert_eq!(texts(constant, &people), vec![Some("(1, 2)".to_owned()); 3]);
    }

    #[test]
    fn rows_are_cast_by_the_places_of_their_fields() {
        let people = people();
        let to = fields(&[("x", DataType::Utf8View), ("y", DataType::Int32)]);
        let cast_rows = cast(Expr::Column(0), to.clone());
        let expected = [Some("(1, 2)".to_owned()), None, Some("(NULL, 3)".to_owned())];
        assert_eq!(texts(cast_rows.clone(), &people), expected);
        let numbers = evaluate(&of(cast_rows, 1), &people).unwrap();
        assert_eq!(numbers.as_primitive::<Int32Type>().iter().collect::<Vec<_>>(), [Some(2), None, Some(3)]);
        let narrower = cast(Expr::Column(0), fields(&[("x", DataType::Int32)]));
        let error = evaluate(&narrower, &people).unwrap_err().to_string();
        assert!(error.starts_with("CAST does not take ROW"), "{error}");
    }

    #[test]
    fn arrays_are_cast_by_their_elements() {
        let numbers = [Some(vec![Some(1), None]), None, Some(vec![]), Some(vec![Some(300)])];
        let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(numbers));
        let schema = Schema::new(vec![Field::new("numbers", lists.data_type().clone(), true)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![lists]).unwrap();
        let to = DataType::List(Arc::new(Field::new_list_field(DataType::Int8, true)));
        let expected = [Some("[1, NULL]"), None, Some("[]"), Some("[44]")];
        let expected = expected.map(|text| text.map(str::to_owned));
        assert_eq!(texts(cast(Expr::Column(0), to.clone()), &batch), expected);
        assert_eq!(texts(cast(Expr::Column(0), to), &batch.slice(1, 3)), expected[1..]);
    }

    #[test]
    fn rows_are_equal_if_their_fields_are() {
        let people = people();
        let row = |number, text: &str| {
            let text: ArrayRef = Arc::new(StringViewArray::from(vec![text]));
            let made = Expr::Row(vec![("a".to_owned(), number), ("b".to_owned(), Expr::Literal(text))]);
            cast(made, people.column(0).data_type().clone())
        };
        let truths = |op, other| {
            let answer = evaluate(&Expr::binary(op, Expr::Column(0), other), &people).unwrap();
            answer.as_boolean().iter().collect::<Vec<_>>()
        };
        assert_eq!(truths(BinaryOp::Equal, row(int(1), "2")), [Some(true), None, Some(false)]);
        assert_eq!(truths(BinaryOp::NotEqual, row(int(1), "2")), [Some(false), None, Some(true)]);
        assert_eq!(truths(BinaryOp::Distinct, row(int(1), "2")), [Some(false), Some(true), Some(true)]);
        let less = Expr::binary(BinaryOp::Less, Expr::Column(0), Expr::Column(0));
        assert!(evaluate(&less, &people).unwrap_err().to_string().starts_with("< does not take"));
    }

    #[test]
    fn what_is_within_rows_is_found_moved_and_printed() {
        let second = of(Expr::Column(3), 1);
        let expr = Expr::Row(vec![("a".to_owned(), second), ("b".to_owned(), Expr::Column(1))]);
        assert_eq!(expr.to_string(), "ROW($3.$1 AS a, $1 AS b)");
        assert_eq!(expr.columns(), [1, 3]);
        assert_eq!(expr.moved(&|column| column + 1).to_string(), "ROW($4.$1 AS a, $2 AS b)");
        let missing = evaluate(&of(Expr::Column(0), 2), &people()).unwrap_err().to_string();
        assert!(missing.starts_with("field 2 does not take ROW"), "{missing}");
    }
}
