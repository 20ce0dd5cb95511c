//! Types that hold values of several others, and what arrays and maps are made of.

use std::ops::Range;

use arrow_schema::{DataType, Field, FieldRef, Fields};

use crate::{arithmetic, row};

/// The type that this engine has for one that came from elsewhere: texts and bytes are views.
pub(crate) fn settled(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        other => other.clone(),
    }
}

/// `ARRAY<item>`.
pub(crate) fn list_of(item: DataType) -> DataType {
    DataType::List(Field::new_list_field(item, true).into())
}

/// `MAP<key, value>`. A key is never null.
pub(crate) fn map_of(key: DataType, value: DataType) -> DataType {
    let fields = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, true)]);
    DataType::Map(Field::new("entries", DataType::Struct(fields), false).into(), false)
}

/// What an array is of.
pub(crate) fn item_of(list: &DataType) -> Option<&DataType> {
    match list {
        DataType::List(item) => Some(item.data_type()),
        _ => None,
    }
}

/// Where the elements of a row are among all values.
pub(crate) fn range(offsets: &[i32], row: usize) -> Range<usize> {
    let place = |offset: i32| usize::try_from(offset).expect("offsets are not below zero");
    place(offsets[row])..place(offsets[row + 1])
}

/// The types of a map's keys and values.
pub(crate) fn entry_of(map: &DataType) -> Option<(&DataType, &DataType)> {
    let DataType::Map(entries, _) = map else { return None };
    match entries.data_type() {
        DataType::Struct(fields) if fields.len() == 2 => Some((fields[0].data_type(), fields[1].data_type())),
        _ => None,
    }
}

/// The type that values of all these types can be. Null is of every type.
pub(crate) fn common<'a>(types: impl IntoIterator<Item = &'a DataType>) -> Option<DataType> {
    types.into_iter().try_fold(DataType::Null, |common, data_type| pair(&common, &settled(data_type)))
}

/// The type that values of two types can be.
pub(crate) fn pair(one: &DataType, other: &DataType) -> Option<DataType> {
    use DataType::{Date32, Duration, Float64, List, Map, Null, Struct, Timestamp};
    if let (Some(exact), Some(other_exact)) = (arithmetic::exact(one), arithmetic::exact(other)) {
        if !arithmetic::is_decimal(one) && !arithmetic::is_decimal(other) {
            return Some(if exact.0 >= other_exact.0 { one.clone() } else { other.clone() });
        }
        let ((p1, s1), (p2, s2)) = (exact, other_exact);
        let (whole, scale) = ((p1 - s1).max(p2 - s2), s1.max(s2));
        let precision = u8::try_from((whole + scale).min(38)).ok()?;
        return Some(DataType::Decimal128(precision, i8::try_from(scale).ok()?));
    }
    Some(match (one, other) {
        (one, other) if one == other => one.clone(),
        (Null, known) | (known, Null) => known.clone(),
        (one, other) if one.is_numeric() && other.is_numeric() => Float64,
        (Timestamp(unit, zone), Timestamp(other_unit, other_zone)) if zone == other_zone => {
            Timestamp(*unit.max(other_unit), zone.clone())
        }
        (Timestamp(..), Date32) => one.clone(),
        (Date32, Timestamp(..)) => other.clone(),
        (Duration(unit), Duration(other_unit)) => Duration(*unit.max(other_unit)),
        (List(item), List(other)) => list_of(pair(item.data_type(), other.data_type())?),
        (Map(..), Map(..)) => {
            let ((key, value), (other_key, other_value)) = (entry_of(one)?, entry_of(other)?);
            map_of(pair(key, other_key)?, pair(value, other_value)?)
        }
        (Struct(fields), Struct(others)) if fields.len() == others.len() => {
            let field = |(field, other): (&FieldRef, &FieldRef)| {
                Some((field.name().clone(), pair(field.data_type(), other.data_type())?))
            };
            row::data_type(fields.iter().zip(others).map(field).collect::<Option<Vec<_>>>()?)
        }
        _ => return None,
    })
}
