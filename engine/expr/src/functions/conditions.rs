//! Choices among values, and what a value's type is called.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::{Array, new_null_array};
use arrow_ord::ord::make_comparator;
use arrow_schema::{DataType, SortOptions};
use arrow_select::interleave::interleave;

use super::arguments::Arguments;
use super::{Answer, Function, Gives, Kind, TEXT, Takes, function};
use crate::error::ExprError;
use crate::names::type_name;
use crate::types::common;

const SAME: Takes = Takes::By("any …", |types| {
    let common = common(types).filter(|common| !types.is_empty() && !common.is_nested())?;
    Some(vec![common; types.len()])
});

/// All of them.
pub(super) const ALL: &[Function] = &[
    function!("GREATEST", SAME => Gives::First, "The greatest of these values; null if one of them is null.",
        "GREATEST(1, 3, 2)" = "3", |a: &Arguments| extreme(a, true)),
    function!("LEAST", SAME => Gives::First, "The least of these values; null if one of them is null.",
        "LEAST('b', 'a')" = "a", |a: &Arguments| extreme(a, false)),
    function!("TYPEOF", Takes::These(&[Kind::Any], 0) => TEXT, "What the type of a value is called.",
    "TYPEOF(CAST(1 AS DECIMAL(10, 2)))" = "DECIMAL(10, 2)", |a: &Arguments| {
        let mut texts = StringViewBuilder::new();
        let name = type_name(a.array(0).0.data_type());
        (0..a.rows()).for_each(|_| texts.append_value(&name));
        Ok(a.finish(Arc::new(texts.finish())))
    }),
    function!("ONLY_VALUE", Takes::By("any, BIGINT", only_types) => Gives::First,
    "A value that is the only one of so many rows: what a subquery calls that stands for a value. An error if there are more.",
    "ONLY_VALUE('a', 1)" = "a", |a: &Arguments| {
        let rows = a.long(1);
        if (0..a.rows()).any(|row| rows.at(row).is_some_and(|rows| rows > 1)) {
            let words = "a subquery that stands for a value has given more than one row";
            return Err(ExprError::Value(words.to_owned()));
        }
        Ok(a.finish(a.column(0)?))
    }),
];

fn only_types(types: &[DataType]) -> Option<Vec<DataType>> {
    let [value, rows] = types else { return None };
    Kind::Long.takes(rows).then(|| vec![Kind::Any.data_type(value), DataType::Int64])
}

fn extreme(a: &Arguments, is_greatest: bool) -> Answer {
    let columns: Vec<(&dyn Array, bool)> = (0..a.len()).map(|argument| a.array(argument)).collect();
    let mut compare = Vec::new();
    for one in &columns {
        let others = columns.iter().map(|other| make_comparator(one.0, other.0, SortOptions::default()));
        compare.push(others.collect::<Result<Vec<_>, _>>()?);
    }
    let null = new_null_array(a.result(), 1);
    let mut arrays: Vec<&dyn Array> = columns.iter().map(|(array, _)| *array).collect();
    arrays.push(&*null);
    let chosen = |row: usize| {
        let place = |column: usize| if columns[column].1 { 0 } else { row };
        if (0..columns.len()).any(|column| columns[column].0.is_null(place(column))) {
            return (columns.len(), 0);
        }
        let best = (1..columns.len()).fold(0, |best, column| {
            let order = compare[column][best](place(column), place(best));
            if (is_greatest && order.is_gt()) || (!is_greatest && order.is_lt()) { column } else { best }
        });
        (best, place(best))
    };
    let places: Vec<(usize, usize)> = (0..a.rows()).map(chosen).collect();
    Ok(a.finish(interleave(&arrays, &places)?))
}
