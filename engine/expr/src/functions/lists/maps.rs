//! Maps are made, taken apart and put together. Of equal keys the last one counts; no key is null.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, MapArray, StructArray};
use arrow_schema::{DataType, Field};

use super::{Lists, Picks, comparable};
use crate::error::ExprError;
use crate::functions::arguments::Arguments;
use crate::functions::{Answer, Function, Gives, Kind, Takes, function};
use crate::row;
use crate::types::{common, entry_of, item_of, list_of, map_of, range};

const MAP: Takes = Takes::These(&[Kind::Map], 0);

/// All of them.
pub(in crate::functions) const ALL: &[Function] = &[
    function!("MAP", Takes::By("key, value …", pairs) => Gives::By(|types, _| Some(map_of(types.first()?.clone(), types.get(1)?.clone()))),
        "A map of these keys and values: what MAP[k, v] calls.",
        "JSON_STRING(`MAP`('a', 1, 'b', 2))" = "{\"a\":1,\"b\":2}", map),
    function!("MAP_KEYS", MAP => Gives::By(|types, _| Some(list_of(entry_of(&types[0])?.0.clone()))),
        "The keys of a map.",
        "MAP_KEYS(STR_TO_MAP('a=1,b=2'))" = "[a, b]", |a: &Arguments| side(a, MapArray::keys)),
    function!("MAP_VALUES", MAP => Gives::By(|types, _| Some(list_of(entry_of(&types[0])?.1.clone()))),
        "The values of a map.",
        "MAP_VALUES(STR_TO_MAP('a=1,b=2'))" = "[1, 2]", |a: &Arguments| side(a, MapArray::values)),
    function!("MAP_ENTRIES", MAP => Gives::By(|types, _| Some(list_of(entry_row(&types[0])?))),
        "The entries of a map: rows of a key and a value.",
        "JSON_STRING(MAP_ENTRIES(STR_TO_MAP('a=1')))" = "[{\"key\":\"a\",\"value\":\"1\"}]", entries),
    function!("MAP_FROM_ARRAYS", Takes::These(&[Kind::List, Kind::List], 0) => Gives::By(
        |types, _| Some(map_of(item_of(&types[0])?.clone(), item_of(&types[1])?.clone()))),
        "A map of an array of keys and one of as many values.",
        "ITEM(MAP_FROM_ARRAYS(SPLIT('a,b', ','), SPLIT('1,2', ',')), 'b')" = "2", from_arrays),
    function!("MAP_UNION", Takes::By("MAP …", same_maps) => Gives::First,
        "The entries of all maps; null if one of them is null.",
        "JSON_STRING(MAP_UNION(STR_TO_MAP('a=1,b=2'), STR_TO_MAP('b=3')))" = "{\"a\":\"1\",\"b\":\"3\"}", union),
];

fn pairs(types: &[DataType]) -> Option<Vec<DataType>> {
    (!types.is_empty() && types.len().is_multiple_of(2)).then_some(())?;
    let key = common(types.iter().step_by(2))?;
    let value = common(types.iter().skip(1).step_by(2))?;
    Some([key, value].into_iter().cycle().take(types.len()).collect())
}

fn same_maps(types: &[DataType]) -> Option<Vec<DataType>> {
    let are_maps = !types.is_empty() && types.iter().all(|data_type| Kind::Map.takes(data_type));
    let common = are_maps.then(|| common(types)).flatten()?;
    Some(vec![Kind::Map.data_type(&common); types.len()])
}

/// `ROW<key, value>`.
fn entry_row(map: &DataType) -> Option<DataType> {
    let (key, value) = entry_of(map)?;
    Some(row::data_type([("key".to_owned(), key.clone()), ("value".to_owned(), value.clone())]))
}

/// Entries that were picked, row by row.
struct Entries {
    keys: Picks,
    values: Vec<(usize, usize)>,
    /// The keys of this row begin here.
    begin: usize,
}

impl Entries {
    fn new(rows: usize) -> Self {
        Self { keys: Picks::new(rows), values: Vec::new(), begin: 0 }
    }

    /// A key and its value, each of a column and at a place there; `is_same` says whether a key that is there is this one.
    fn push(&mut self, key: (usize, usize), value: (usize, usize), is_same: impl Fn((usize, usize)) -> bool) {
        match self.keys.places[self.begin..].iter().position(|other| is_same(*other)) {
            Some(place) => self.values[self.begin + place] = value,
            None => {
                self.keys.places.push(key);
                self.values.push(value);
            }
        }
    }

    fn end(&mut self, is_valid: bool) -> Result<(), ExprError> {
        self.begin = self.keys.places.len();
        self.keys.end(is_valid)
    }

    fn maps(self, map: &DataType, keys: &[&dyn Array], values: &[&dyn Array]) -> Result<ArrayRef, ExprError> {
        let DataType::Map(entry, _) = map else { unreachable!("a map is made") };
        let DataType::Struct(fields) = entry.data_type() else { unreachable!("entries are rows") };
        let value_picks = Picks { places: self.values, ends: Vec::new(), valid: Vec::new() };
        let (keys, offsets, nulls) = self.keys.gather(keys)?;
        let values = match value_picks.places.is_empty() {
            true => arrow_array::new_empty_array(values[0].data_type()),
            false => arrow_select::interleave::interleave(values, &value_picks.places)?,
        };
        if keys.logical_null_count() > 0 {
            return Err(ExprError::Value("a key of a MAP is null".to_owned()));
        }
        let entries = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
        Ok(Arc::new(MapArray::try_new(Arc::clone(entry), offsets, entries, Some(nulls), false)?))
    }
}

fn map(a: &Arguments) -> Answer {
    let columns = (0..a.len()).map(|argument| a.array(argument)).collect::<Vec<_>>();
    let converter = comparable(columns[0].0.data_type())?;
    let keys =
        columns.iter().step_by(2).map(|(array, _)| converter.convert_columns(&[array.slice(0, array.len())]));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let mut entries = Entries::new(a.rows());
    for row in 0..a.rows() {
        let place = |column: usize| if columns[column].1 { 0 } else { row };
        for (pair, rows) in keys.iter().enumerate() {
            let (key, value) = ((pair, place(2 * pair)), (pair, place(2 * pair + 1)));
            entries.push(key, value, |other| keys[other.0].row(other.1) == rows.row(key.1));
        }
        entries.end(true)?;
    }
    let sides =
        |first: usize| columns.iter().skip(first).step_by(2).map(|(array, _)| *array).collect::<Vec<_>>();
    Ok(a.finish(entries.maps(a.result(), &sides(0), &sides(1))?))
}

fn from_arrays(a: &Arguments) -> Answer {
    let (keys, values) = (Lists::of(a, 0), Lists::of(a, 1));
    let rows = comparable(keys.values().data_type())?.convert_columns(&[Arc::clone(keys.values())])?;
    let mut entries = Entries::new(a.rows());
    for row in 0..a.rows() {
        let Some((keys, values)) = keys.at(row).zip(values.at(row)) else {
            entries.end(false)?;
            continue;
        };
        if keys.len() != values.len() {
            let words = format!("a map of {} keys and {} values", keys.len(), values.len());
            return Err(ExprError::Value(format!(
                "MAP_FROM_ARRAYS takes as many keys as values, not {words}"
            )));
        }
        for (key, value) in keys.zip(values) {
            entries.push((0, key), (0, value), |other| rows.row(other.1) == rows.row(key));
        }
        entries.end(true)?;
    }
    Ok(a.finish(entries.maps(a.result(), &[keys.values()], &[values.values()])?))
}

fn union(a: &Arguments) -> Answer {
    let maps =
        (0..a.len()).map(|argument| (a.array(argument).0.as_map(), a.array(argument).1)).collect::<Vec<_>>();
    let converter = comparable(maps[0].0.key_type())?;
    let keys = maps.iter().map(|(map, _)| converter.convert_columns(&[Arc::clone(map.keys())]));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let mut entries = Entries::new(a.rows());
    for row in 0..a.rows() {
        let place = |is_one: bool| if is_one { 0 } else { row };
        let is_valid = maps.iter().all(|(map, is_one)| map.is_valid(place(*is_one)));
        for (column, (map, is_one)) in maps.iter().enumerate().filter(|_| is_valid) {
            for at in range(map.value_offsets(), place(*is_one)) {
                entries.push((column, at), (column, at), |other| {
                    keys[other.0].row(other.1) == keys[column].row(at)
                });
            }
        }
        entries.end(is_valid)?;
    }
    let keys: Vec<&dyn Array> = maps.iter().map(|(map, _)| &**map.keys()).collect();
    let values: Vec<&dyn Array> = maps.iter().map(|(map, _)| &**map.values()).collect();
    Ok(a.finish(entries.maps(a.result(), &keys, &values)?))
}

fn side(a: &Arguments, of: fn(&MapArray) -> &ArrayRef) -> Answer {
    let maps = a.array(0).0.as_map();
    let values = Arc::clone(of(maps));
    let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    let lists = ListArray::try_new(item, maps.offsets().clone(), values, maps.nulls().cloned())?;
    Ok(a.finish(Arc::new(lists)))
}

fn entries(a: &Arguments) -> Answer {
    let maps = a.array(0).0.as_map();
    let Some(DataType::Struct(fields)) = entry_row(maps.data_type()) else {
        unreachable!("entries are rows")
    };
    let rows = StructArray::try_new(fields, maps.entries().columns().to_vec(), None)?;
    let item = Arc::new(Field::new_list_field(rows.data_type().clone(), true));
    let lists = ListArray::try_new(item, maps.offsets().clone(), Arc::new(rows), maps.nulls().cloned())?;
    Ok(a.finish(Arc::new(lists)))
}
