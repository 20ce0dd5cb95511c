//! Instants, and what clocks of a zone show: between TIMESTAMP_LTZ and TIMESTAMP, also where they stand in arrays, maps and rows.
//!
//! The planner writes these where a query goes by the clocks of its session.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, ListArray, MapArray, PrimitiveArray, StructArray,
    make_array,
};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Field, FieldRef, TimeUnit};

use super::moments::a_second;
use crate::error::ExprError;
use crate::functions::arguments::{Arguments, Meaning};
use crate::functions::{Answer, Function, Gives, Kind, Site, Takes, function};
use crate::value::Value;
use crate::zone::{Clocks, Zone};

/// All of them.
pub(in crate::functions) const ALL: &[Function] = &[
    function!("TO_LOCAL", Takes::By("TIMESTAMP_LTZ, STRING", shown_types) => Gives::By(|types, _| Some(times(types.first()?))),
        "What clocks of a zone show at an instant: what CAST(t AS TIMESTAMP) calls.",
        "TO_LOCAL(TO_TIMESTAMP_LTZ(0, 3), 'Asia/Kolkata')" = "1970-01-01 05:30:00.000",
        with zone, |zones: &Meaning<Zone>, a: &Arguments| moved(zones, a, Clocks::local)),
    function!("TO_INSTANT", Takes::By("TIMESTAMP, STRING [, STRING]", instant_types) => Gives::By(|types, _| Some(instants(types.first()?))),
    "The instant at which clocks of a zone show a time, the first one of two: what CAST(t AS TIMESTAMP_LTZ) calls. One that was written with a zone, as a last text may show, stays.",
    "UNIX_TIMESTAMP(TO_INSTANT(TIMESTAMP '1970-01-01 05:30:01', 'Asia/Kolkata'))" = "1",
    with zone, |zones: &Meaning<Zone>, a: &Arguments| {
        let moved = moved(zones, a, Clocks::instant)?;
        if a.len() == 3 { unless_zoned(a, &moved) } else { Ok(moved) }
    }),
];

fn shown_types(types: &[DataType]) -> Option<Vec<DataType>> {
    match types {
        [moved, zone] if Kind::Text.takes(zone) => Some(vec![moved.clone(), DataType::Utf8View]),
        _ => None,
    }
}

fn instant_types(types: &[DataType]) -> Option<Vec<DataType>> {
    let texts = types.get(1..)?;
    let fits = matches!(texts.len(), 1 | 2) && texts.iter().all(|text| Kind::Text.takes(text));
    let moved = types.iter().take(1).cloned();
    fits.then(|| moved.chain(texts.iter().map(|_| DataType::Utf8View)).collect())
}

fn zone(site: &Site) -> Result<Meaning<Zone>, ExprError> {
    Meaning::of(site, 1, Zone::of)
}

fn times(data_type: &DataType) -> DataType {
    with_times(data_type, &|unit, _| DataType::Timestamp(unit, None))
}

fn instants(data_type: &DataType) -> DataType {
    with_times(data_type, &|unit, _| DataType::Timestamp(unit, Some("UTC".into())))
}

/// The type with others in place of those of times.
fn with_times(data_type: &DataType, of: &impl Fn(TimeUnit, bool) -> DataType) -> DataType {
    let field = |field: &FieldRef| -> FieldRef {
        let data_type = with_times(field.data_type(), of);
        Arc::new(Field::clone(field).with_data_type(data_type))
    };
    match data_type {
        DataType::Timestamp(unit, zone) => of(*unit, zone.is_some()),
        DataType::List(item) => DataType::List(field(item)),
        DataType::Map(entry, is_sorted) => DataType::Map(field(entry), *is_sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        other => other.clone(),
    }
}

/// A column with what clocks show in place of all instants in it.
pub(crate) fn shown(column: &ArrayRef, zone: Zone) -> Result<ArrayRef, ExprError> {
    let to = times(column.data_type());
    if to == *column.data_type() {
        return Ok(column.clone());
    }
    by_clocks(&**column, &to, &mut Clocks::new(zone), Clocks::local)
}

type Move = fn(&mut Clocks, i64) -> Option<i64>;

/// All rows by one zone, or each by its own.
fn moved(zones: &Meaning<Zone>, a: &Arguments, by: Move) -> Answer {
    let to = a.result();
    if let Some(zone) = zones.of_all() {
        let column = a.column(0)?;
        return Ok(a.finish(by_clocks(&*column, to, &mut Clocks::new(*zone), by)?));
    }
    let column = a.column(0)?;
    let mut rows = Vec::with_capacity(a.rows());
    for row in 0..a.rows() {
        let moved = zones.at(a, row, |zone| {
            by_clocks(&*column.slice(row, 1), to, &mut Clocks::new(*zone), by).map(Some)
        })?;
        rows.push(moved.unwrap_or_else(|| arrow_array::new_null_array(to, 1)));
    }
    let rows: Vec<&dyn Array> = rows.iter().map(|row| &**row).collect();
    match rows.is_empty() {
        true => Ok(a.finish(arrow_array::new_empty_array(to))),
        false => Ok(a.finish(arrow_select::concat::concat(&rows)?)),
    }
}

/// The times as they were where a text says by which clocks they are, else what was made of them.
fn unless_zoned(a: &Arguments, moved: &Value) -> Answer {
    let text = a.text(2);
    let are_zoned: BooleanArray = (0..a.rows()).map(|row| Some(text.at(row).is_some_and(is_zoned))).collect();
    if are_zoned.true_count() == 0 {
        return Ok(moved.clone());
    }
    let (moved, as_is) = (moved.clone().into_rows(a.rows())?, a.column(0)?);
    let as_is = arrow_cast::cast(&as_is, moved.data_type())?;
    Ok(a.finish(arrow_select::zip::zip(&are_zoned, &as_is, &moved)?))
}

/// Whether a time ends with a zone: `2026-11-27T12:30:45Z`, `2026-11-27 12:30:45+01:00`.
fn is_zoned(text: &str) -> bool {
    let clock = text.split_once(':').map_or("", |(_, rest)| rest);
    clock.contains(['Z', 'z', '+', '-'])
}

fn by_clocks(array: &dyn Array, to: &DataType, clocks: &mut Clocks, by: Move) -> Result<ArrayRef, ExprError> {
    Ok(match (array.data_type(), to) {
        (DataType::Timestamp(unit, _), DataType::Timestamp(..)) => match unit {
            TimeUnit::Second => ticks::<TimestampSecondType>(array, to, clocks, by)?,
            TimeUnit::Millisecond => ticks::<TimestampMillisecondType>(array, to, clocks, by)?,
            TimeUnit::Microsecond => ticks::<TimestampMicrosecondType>(array, to, clocks, by)?,
            TimeUnit::Nanosecond => ticks::<TimestampNanosecondType>(array, to, clocks, by)?,
        },
        (DataType::List(_), DataType::List(item)) => {
            let list = array.as_list::<i32>();
            let values = by_clocks(&**list.values(), item.data_type(), clocks, by)?;
            Arc::new(ListArray::try_new(item.clone(), list.offsets().clone(), values, list.nulls().cloned())?)
        }
        (DataType::Map(..), DataType::Map(entry, is_sorted)) => {
            let map = array.as_map();
            let entries = by_clocks(map.entries(), entry.data_type(), clocks, by)?;
            let entries = entries.as_struct().clone();
            let offsets = map.offsets().clone();
            Arc::new(MapArray::try_new(entry.clone(), offsets, entries, map.nulls().cloned(), *is_sorted)?)
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let row = array.as_struct();
            let columns = row.columns().iter().zip(fields);
            let columns = columns.map(|(column, field)| by_clocks(&**column, field.data_type(), clocks, by));
            let columns = columns.collect::<Result<Vec<_>, _>>()?;
            let nulls = row.nulls().cloned();
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, row.len())?)
        }
        _ => make_array(array.to_data()),
    })
}

/// Whole seconds are moved, and the rest of one stays as it is.
fn ticks<T: ArrowPrimitiveType<Native = i64>>(
    array: &dyn Array,
    to: &DataType,
    clocks: &mut Clocks,
    by: Move,
) -> Result<ArrayRef, ExprError> {
    let DataType::Timestamp(unit, _) = to else { unreachable!("a time is moved to a time") };
    let a_second = a_second(*unit);
    let too_far = |ticks: i64| {
        ExprError::Value(format!("a time, {ticks} parts of a second from 1970, is out of the calendar"))
    };
    let times = array.as_primitive::<T>();
    let mut moved = Vec::with_capacity(times.len());
    for (row, ticks) in times.values().iter().copied().enumerate() {
        let (seconds, rest) = (ticks.div_euclid(a_second), ticks.rem_euclid(a_second));
        let there = by(clocks, seconds).and_then(|seconds| seconds.checked_mul(a_second)?.checked_add(rest));
        moved.push(match there {
            Some(ticks) => ticks,
            // Anything may stand where a null is.
            None if times.is_null(row) => 0,
            None => return Err(too_far(ticks)),
        });
    }
    let moved = PrimitiveArray::<T>::new(ScalarBuffer::from(moved), times.nulls().cloned());
    Ok(Arc::new(moved.with_data_type(to.clone())))
}
