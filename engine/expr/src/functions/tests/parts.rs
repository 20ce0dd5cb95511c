//! Texts that are parts of a column's, against plain loops over the column: slices, nulls, letters beyond ASCII, long and short.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, StringViewArray};
use arrow_schema::{DataType, Field, Schema};
use proptest::prelude::*;

use crate::{Expr, Program, function};

fn text(text: &str) -> Expr {
    Expr::Literal(Arc::new(StringViewArray::from(vec![text])))
}

fn int(number: i32) -> Expr {
    Expr::Literal(Arc::new(Int32Array::from(vec![number])))
}

/// What a function with these arguments behind the column comes to.
fn called(texts: &StringViewArray, name: &str, arguments: Vec<Expr>) -> ArrayRef {
    let schema = Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8View, true)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(texts.clone())]).unwrap();
    let arguments = [Expr::Column(0)].into_iter().chain(arguments).collect();
    let call = Expr::Call { function: function(name).unwrap(), arguments };
    Program::compile(&call, &schema).unwrap().evaluate(&batch).unwrap()
}

fn check(
    texts: &StringViewArray,
    (name, arguments): (&str, Vec<Expr>),
    of: impl Fn(&str) -> Option<String>,
) -> Result<(), TestCaseError> {
    let answer = called(texts, name, arguments);
    let expected: Vec<Option<String>> = texts.iter().map(|text| text.and_then(&of)).collect();
    let found: Vec<Option<String>> =
        answer.as_string_view().iter().map(|text| text.map(str::to_owned)).collect();
    prop_assert_eq!(found, expected, "{} of {:?}", name, texts);
    prop_assert!(answer.to_data().validate_full().is_ok());
    Ok(())
}

proptest! {
    #[test]
    fn parts_are_those_that_plain_loops_find(
        texts in prop::collection::vec(prop::option::of("[a-cX/&= ßä€É]{0,30}"), 0..20),
        skipped in 0..4_usize,
        (number, count) in (0..5_i32, 0..20_i32),
    ) {
        let all: StringViewArray = texts.iter().map(Option::as_deref).collect();
        let skipped = skipped.min(all.len());
        let texts = all.slice(skipped, all.len() - skipped);
        let (nth, letters) = (usize::try_from(number).unwrap(), usize::try_from(count).unwrap());
        for between in ["/", "a", "a/", "ä"] {
            check(&texts, ("SPLIT_INDEX", vec![text(between), int(number)]), |text| {
                (!text.is_empty()).then_some(text)?.split(between).nth(nth).map(str::to_owned)
            })?;
        }
        check(&texts, ("SUBSTRING", vec![int(number), int(count)]), |text| {
            Some(text.chars().skip(nth.saturating_sub(1)).take(letters).collect())
        })?;
        check(&texts, ("LEFT", vec![int(count)]), |text| Some(text.chars().take(letters).collect()))?;
        check(&texts, ("RIGHT", vec![int(count)]), |text| {
            let rest: Vec<char> = text.chars().rev().take(letters).collect();
            Some(rest.into_iter().rev().collect())
        })?;
        check(&texts, ("TRIM", vec![]), |text| Some(text.trim_matches(' ').to_owned()))?;
        check(&texts, ("LOWER", vec![]), |text| Some(text.to_lowercase()))?;
        check(&texts, ("UPPER", vec![]), |text| Some(text.to_uppercase()))?;
        for pattern in ["(&|^)a=([^&]*)", "(ä+)(b*)", "(.)(/)"] {
            let regex = regex::Regex::new(pattern).unwrap();
            check(&texts, ("REGEXP_EXTRACT", vec![text(pattern), int(2)]), |text| {
                Some(regex.captures(text)?.get(2)?.as_str().to_owned())
            })?;
        }
        let counts = called(&texts, "COUNT_CHAR", vec![text("a")]);
        let counts: Vec<Option<i64>> = counts.as_primitive::<Int64Type>().iter().collect();
        let count = |text: &str| i64::try_from(text.matches('a').count()).unwrap();
        prop_assert_eq!(counts, texts.iter().map(|text| text.map(count)).collect::<Vec<_>>());
    }
}
