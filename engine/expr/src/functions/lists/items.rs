//! Arrays are made, and their elements found by place. The first one has number 1.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, make_array, new_null_array};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use arrow_select::interleave::interleave;

use super::{Lists, Picks, comparable};
use crate::error::ExprError;
use crate::functions::arguments::Arguments;
use crate::functions::{Answer, Function, Gives, Kind, TEXT, Takes, WHOLE, function};
use crate::types::{common, entry_of, item_of, list_of, range};

/// All of them.
pub(in crate::functions) const ALL: &[Function] = &[
    function!("ARRAY", Takes::By("any …", same_types) => Gives::By(
        |types, _| Some(list_of(types.first().cloned().unwrap_or(DataType::Null)))),
        "An array of these values: what ARRAY[x, y] calls.", "`ARRAY`(1, 2, NULL)" = "[1, 2, NULL]", array),
    function!("ITEM", Takes::By("ARRAY, INT, or MAP, its key", item_types) => Gives::By(
        |types, _| item_of(&types[0]).or_else(|| Some(entry_of(&types[0])?.1)).cloned()),
        "An element of an array by its place, or a value of a map by its key: what x[y] calls. Null if it is not there.",
        "ITEM(SPLIT('a,b', ','), 2)" = "b", item),
    function!("CARDINALITY", Takes::By("ARRAY or MAP", collection) => WHOLE,
        "How many elements or entries there are.",
        "CARDINALITY(SPLIT('a,b,c', ','))" = "3", cardinality),
    function!("ELEMENT", Takes::These(&[Kind::List], 0) => Gives::By(|types, _| item_of(&types[0]).cloned()),
        "The only element; null if there is none, an error if there are more.",
        "ELEMENT(SPLIT('a', ','))" = "a", element),
    function!("ARRAY_APPEND", Takes::By("ARRAY, element", with_element) => Gives::First,
        "With an element more at the end.",
        "ARRAY_APPEND(SPLIT('a,b', ','), 'c')" = "[a, b, c]", |a: &Arguments| with_one_more(a, false)),
    function!("ARRAY_PREPEND", Takes::By("ARRAY, element", with_element) => Gives::First,
        "With an element more at the beginning.",
        "ARRAY_PREPEND(SPLIT('a,b', ','), 'c')" = "[c, a, b]", |a: &Arguments| with_one_more(a, true)),
    function!("ARRAY_CONCAT", Takes::By("ARRAY …", same_lists) => Gives::First,
        "One array behind the other; null if one of them is null.",
        "ARRAY_CONCAT(SPLIT('a,b', ','), SPLIT('c', ','))" = "[a, b, c]", concat),
    function!("ARRAY_REVERSE", Takes::These(&[Kind::List], 0) => Gives::First, "The last element first.",
    "ARRAY_REVERSE(SPLIT('a,b,c', ','))" = "[c, b, a]", |a: &Arguments| {
        let lists = Lists::of(a, 0);
        picked(a, lists, |row, picks| lists.at(row).map(|all| all.rev().for_each(|place| picks.push(0, place))))
    }),
    function!("ARRAY_SLICE", Takes::These(&[Kind::List, Kind::Whole, Kind::Whole], 1) => Gives::First,
        "The elements from one place to another; a place below zero counts from the end.",
        "ARRAY_SLICE(SPLIT('a,b,c,d', ','), -3, 3)" = "[b, c]", slice),
    function!("ARRAY_JOIN", Takes::By("ARRAY<STRING>, STRING [, STRING]", join_types) => TEXT,
        "The texts of an array with a delimiter between them, and a third text for each null, which is left out otherwise.",
        "ARRAY_JOIN(SPLIT('a,b,c', ','), '-')" = "a-b-c", join),
    function!("FIRST_FIELDS", Takes::By("ARRAY<ROW>", rows) => Gives::By(|types, _| Some(list_of(first_field(&types[0])?.clone()))),
        "The first field of each row in an array: what ARRAY_AGG(x) FILTER (WHERE …) calls.",
        "FIRST_FIELDS(`ARRAY`(ROW('a', 1), ROW('b', 2)))" = "[a, b]", first_fields),
];

/// An array of rows as it is.
fn rows(types: &[DataType]) -> Option<Vec<DataType>> {
    let [rows] = types else { return None };
    first_field(rows).map(|_| vec![rows.clone()])
}

/// The type of the first field of the rows in an array.
fn first_field(list: &DataType) -> Option<&DataType> {
    match item_of(list)? {
        DataType::Struct(fields) => fields.first().map(|field| field.data_type()),
        _ => None,
    }
}

fn first_fields(a: &Arguments) -> Answer {
    let rows = Lists::of(a, 0);
    let mut picks = Picks::new(a.rows());
    for row in 0..a.rows() {
        let places = rows.at(row);
        picks.extend(0, places.clone().unwrap_or(0..0));
        picks.end(places.is_some())?;
    }
    let rows = rows.values().as_struct();
    // A row that is null has no field.
    let (column, nulls) = (rows.column(0), NullBuffer::union(rows.nulls(), rows.column(0).nulls()));
    let fields = make_array(column.to_data().into_builder().nulls(nulls).build()?);
    Ok(a.finish(picks.lists(&[&fields])?))
}

/// All of the type that they have in common.
fn same_types(types: &[DataType]) -> Option<Vec<DataType>> {
    Some(vec![common(types)?; types.len()])
}

/// Arrays, of the type that they have in common.
pub(super) fn same_lists(types: &[DataType]) -> Option<Vec<DataType>> {
    let are_lists = !types.is_empty() && types.iter().all(|data_type| Kind::List.takes(data_type));
    let common = are_lists.then(|| common(types)).flatten()?;
    Some(vec![Kind::List.data_type(&common); types.len()])
}

/// An array, and what may be one of its elements.
pub(super) fn with_element(types: &[DataType]) -> Option<Vec<DataType>> {
    let [list, element] = types else { return None };
    let list = Kind::List.takes(list).then(|| Kind::List.data_type(list))?;
    let common = common([item_of(&list)?, element])?;
    Some(vec![list_of(common.clone()), common])
}

fn collection(types: &[DataType]) -> Option<Vec<DataType>> {
    let [of] = types else { return None };
    let kind = [Kind::List, Kind::Map].into_iter().find(|kind| kind.takes(of))?;
    Some(vec![kind.data_type(of)])
}

fn item_types(types: &[DataType]) -> Option<Vec<DataType>> {
    let [of, key] = types else { return None };
    match (of, entry_of(of)) {
        (DataType::List(_) | DataType::Null, _) => {
            Kind::Whole.takes(key).then(|| vec![Kind::List.data_type(of), DataType::Int32])
        }
        (_, Some((key_type, _))) => {
            // A key of another type is never found, but one that is a narrower number is.
            let common = common([key_type, key]).filter(|common| common == key_type)?;
            Some(vec![Kind::Map.data_type(of), common])
        }
        _ => None,
    }
}

/// Arrays of what is picked from one.
pub(super) fn picked<'a>(
    a: &Arguments<'a>,
    lists: Lists<'a>,
    mut pick: impl FnMut(usize, &mut Picks) -> Option<()>,
) -> Answer {
    let mut picks = Picks::new(a.rows());
    for row in 0..a.rows() {
        let is_valid = pick(row, &mut picks).is_some();
        picks.end(is_valid)?;
    }
    Ok(a.finish(picks.lists(&[lists.values()])?))
}

fn array(a: &Arguments) -> Answer {
    let rows = if a.len() == 0 { 1 } else { a.rows() };
    let columns = (0..a.len()).map(|argument| a.array(argument)).collect::<Vec<_>>();
    let mut picks = Picks::new(rows);
    for row in 0..rows {
        for (column, (_, is_one)) in columns.iter().enumerate() {
            picks.push(column, if *is_one { 0 } else { row });
        }
        picks.end(true)?;
    }
    let nothing = new_null_array(&DataType::Null, 0);
    let arrays: Vec<&dyn Array> = match columns.is_empty() {
        true => vec![&*nothing],
        false => columns.iter().map(|(array, _)| *array).collect(),
    };
    Ok(a.finish(picks.lists(&arrays)?))
}

/// A column of what is found among values; null where nothing is.
pub(super) fn found(
    values: &dyn Array,
    rows: usize,
    place: impl FnMut(usize) -> Option<usize>,
) -> Result<ArrayRef, ExprError> {
    let null = new_null_array(values.data_type(), 1);
    let places: Vec<(usize, usize)> =
        (0..rows).map(place).map(|place| place.map_or((1, 0), |place| (0, place))).collect();
    Ok(interleave(&[values, &*null], &places)?)
}

fn item(a: &Arguments) -> Answer {
    let (array, is_one) = a.array(0);
    let Some(maps) = array.as_map_opt() else {
        let (lists, number) = (Lists::of(a, 0), a.whole(1));
        let (_, is_the_same) = a.array(1);
        if let Some(place) = number.at(0).filter(|place| is_the_same && *place < 1) {
            return Err(ExprError::Value(format!(
                "the elements of an array are counted from 1: there is none at {place}"
            )));
        }
        let place = |row: usize| {
            let (all, number) = lists.at(row).zip(number.at(row))?;
            all.clone().nth(usize::try_from(number).ok()?.checked_sub(1)?)
        };
        return Ok(a.finish(found(lists.values(), a.rows(), place)?));
    };
    let converter = comparable(maps.key_type())?;
    let keys = converter.convert_columns(&[Arc::clone(maps.keys())])?;
    let wanted = converter.convert_columns(&[a.column(1)?])?;
    let (_, wanted_is_one) = a.array(1);
    let place = |row: usize| {
        let (row, key) = (if is_one { 0 } else { row }, wanted.row(if wanted_is_one { 0 } else { row }));
        let all = maps.is_valid(row).then(|| range(maps.value_offsets(), row))?;
        // The last of equal keys counts.
        all.rev().find(|place| keys.row(*place) == key)
    };
    Ok(a.finish(found(maps.values(), a.rows(), place)?))
}

fn cardinality(a: &Arguments) -> Answer {
    let (array, is_one) = a.array(0);
    let offsets = match array.as_map_opt() {
        Some(maps) => maps.value_offsets(),
        None => array.as_list::<i32>().value_offsets(),
    };
    a.each::<Int32Type>(|row| {
        let row = if is_one { 0 } else { row };
        Ok(array.is_valid(row).then(|| offsets[row + 1] - offsets[row]))
    })
}

fn element(a: &Arguments) -> Answer {
    let lists = Lists::of(a, 0);
    if let Some(row) = (0..a.rows()).find(|row| lists.at(*row).is_some_and(|all| all.len() > 1)) {
        let all = lists.at(row).map_or(0, |all| all.len());
        return Err(ExprError::Value(format!("ELEMENT takes an array of one element, not of {all}")));
    }
    Ok(a.finish(found(lists.values(), a.rows(), |row| lists.at(row)?.next())?))
}

fn with_one_more(a: &Arguments, is_first: bool) -> Answer {
    let lists = Lists::of(a, 0);
    let (element, is_one) = a.array(1);
    let mut picks = Picks::new(a.rows());
    for row in 0..a.rows() {
        let Some(all) = lists.at(row) else {
            picks.end(false)?;
            continue;
        };
        let place = if is_one { 0 } else { row };
        if is_first {
            picks.push(1, place);
        }
        picks.extend(0, all);
        if !is_first {
            picks.push(1, place);
        }
        picks.end(true)?;
    }
    Ok(a.finish(picks.lists(&[lists.values(), element])?))
}

fn concat(a: &Arguments) -> Answer {
    let all: Vec<Lists<'_>> = (0..a.len()).map(|argument| Lists::of(a, argument)).collect();
    let mut picks = Picks::new(a.rows());
    for row in 0..a.rows() {
        let ranges: Option<Vec<_>> = all.iter().map(|lists| lists.at(row)).collect();
        let is_valid = ranges.is_some();
        for (column, range) in ranges.into_iter().flatten().enumerate() {
            picks.extend(column, range);
        }
        picks.end(is_valid)?;
    }
    let values: Vec<&dyn Array> = all.iter().map(|lists| &**lists.values()).collect();
    Ok(a.finish(picks.lists(&values)?))
}

/// Both places belong to it. Zero is the first place too; what is out of the array is left out.
fn slice(a: &Arguments) -> Answer {
    let (lists, from, to) = (Lists::of(a, 0), a.whole(1), a.whole_if(2));
    picked(a, lists, |row, picks| {
        let (all, from) = (lists.at(row)?, i64::from(from.at(row)?));
        let count = i64::try_from(all.len()).ok()?;
        let to = match &to {
            None => count,
            Some(to) => i64::from(to.at(row)?),
        };
        let from = if from < 0 { count + from + 1 } else { from.max(1) };
        let to = if to < 0 { count + to + 1 } else { to.max(1) };
        let (first, last) = (from.max(1), to.min(count));
        if from <= count && to >= 1 && first <= last {
            let begin = all.start + usize::try_from(first - 1).ok()?;
            picks.extend(0, begin..all.start + usize::try_from(last).ok()?);
        }
        Some(())
    })
}

fn join_types(types: &[DataType]) -> Option<Vec<DataType>> {
    let (list, texts) = types.split_first()?;
    let of_texts = match list {
        DataType::Null => true,
        list => item_of(list).is_some_and(|item| Kind::Text.takes(item)),
    };
    let fits = of_texts && (1..=2).contains(&texts.len()) && texts.iter().all(|text| Kind::Text.takes(text));
    fits.then(|| {
        [list_of(DataType::Utf8View)].into_iter().chain(texts.iter().map(|_| DataType::Utf8View)).collect()
    })
}

fn join(a: &Arguments) -> Answer {
    let (lists, between, nothing) = (Lists::of(a, 0), a.text(1), a.text_if(2));
    let values = lists.values().as_string_view();
    a.texts(|row, out| {
        Ok((|| {
            let (all, between) = (lists.at(row)?, between.at(row)?);
            let nothing = match nothing {
                None => None,
                Some(nothing) => Some(nothing.at(row)?),
            };
            let texts = all
                .filter_map(|place| if values.is_valid(place) { Some(values.value(place)) } else { nothing });
            for (number, text) in texts.enumerate() {
                out.push_str(if number == 0 { "" } else { between });
                out.push_str(text);
            }
            Some(())
        })())
    })
}
