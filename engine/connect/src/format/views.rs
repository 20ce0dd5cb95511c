//! The columns of a file as the engine has them: strings and bytes are views, dictionaries are unpacked.
//!
//! Views let a column point into the block that was read, and rows be picked without copying their text.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

/// The same columns, with strings and bytes as views.
pub fn with_views(schema: &Schema) -> SchemaRef {
    Arc::new(Schema::new_with_metadata(fields_with_views(schema.fields()), schema.metadata().clone()))
}

fn fields_with_views(fields: &Fields) -> Fields {
    fields.iter().map(field_with_views).collect()
}

fn field_with_views(field: &FieldRef) -> FieldRef {
    let viewed = type_with_views(field.data_type());
    if &viewed == field.data_type() {
        return field.clone();
    }
    let plain = Field::new(field.name(), viewed, field.is_nullable());
    Arc::new(plain.with_metadata(field.metadata().clone()))
}

fn type_with_views(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        DataType::Dictionary(_, values) => type_with_views(values),
        DataType::List(items) => DataType::List(field_with_views(items)),
        DataType::LargeList(items) => DataType::LargeList(field_with_views(items)),
        DataType::FixedSizeList(items, length) => DataType::FixedSizeList(field_with_views(items), *length),
        DataType::Struct(fields) => DataType::Struct(fields_with_views(fields)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_become_views_however_deep_they_lie() {
        let word = Field::new("word", DataType::Utf8, true);
        let words = DataType::List(Arc::new(word.clone()));
        let packed = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::LargeUtf8));
        let schema = Schema::new(vec![
            Field::new("n", DataType::Int32, false),
            Field::new("packed", packed, true),
            Field::new("place", DataType::Struct(vec![Field::new("words", words, false)].into()), true),
        ]);
        let word = Arc::new(word.with_data_type(DataType::Utf8View));
        let words = Field::new("words", DataType::List(word), false);
        let expected = Schema::new(vec![
            Field::new("n", DataType::Int32, false),
            Field::new("packed", DataType::Utf8View, true),
            Field::new("place", DataType::Struct(vec![words].into()), true),
        ]);
        assert_eq!(*with_views(&schema), expected);
    }
}
