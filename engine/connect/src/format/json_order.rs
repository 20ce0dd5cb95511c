//! The order in which the fields of JSON objects stand in a file.
//!
//! Arrow finds out the types of fields and gives them in the order of a hash table, another one in each run.

use std::fmt;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The fields of objects, in the order in which they were met, and of the objects and arrays in them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Order(Vec<(String, Order)>);

/// The same columns, in the order in which the first `rows` lines of `bytes` have them.
pub(crate) fn in_order(schema: &Schema, bytes: &[u8], rows: usize) -> Schema {
    let mut order = Order::default();
    let lines = serde_json::Deserializer::from_slice(bytes).into_iter::<Order>();
    lines.take(rows).map_while(Result::ok).for_each(|line| order.join(line));
    Schema::new(order.sort(schema.fields()))
}

impl Order {
    fn join(&mut self, other: Self) {
        for (name, inner) in other.0 {
            match self.0.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => known.join(inner),
                None => self.0.push((name, inner)),
            }
        }
    }

    fn sort(&self, fields: &Fields) -> Fields {
        let position = |field: &FieldRef| self.0.iter().position(|(name, _)| name == field.name());
        let mut sorted: Vec<FieldRef> = fields
            .iter()
            .map(|field| position(field).map_or(field.clone(), |at| self.0[at].1.sort_within(field)))
            .collect();
        sorted.sort_by_key(|field| (position(field), field.name().clone()));
        sorted.into()
    }

    fn sort_within(&self, field: &FieldRef) -> FieldRef {
        let sorted = match field.data_type() {
            DataType::Struct(fields) => DataType::Struct(self.sort(fields)),
            DataType::List(items) => DataType::List(self.sort_within(items)),
            _ => return field.clone(),
        };
        Arc::new(Field::new(field.name(), sorted, field.is_nullable()))
    }
}

impl<'de> Deserialize<'de> for Order {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OrderVisitor)
    }
}

struct OrderVisitor;

/// Whatever is no object and no array has no order.
macro_rules! without_order {
    ($($name:ident: $type:ty),*) => {
        $(fn $name<E>(self, _: $type) -> Result<Order, E> {
            Ok(Order::default())
        })*
    };
}

impl<'de> Visitor<'de> for OrderVisitor {
    type Value = Order;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    without_order!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Order, E> {
        Ok(Order::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Order, A::Error> {
        let mut order = Order::default();
        while let Some(item) = items.next_element()? {
            order.join(item);
        }
        Ok(order)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Order, A::Error> {
        let mut order = Order::default();
        while let Some(name) = fields.next_key::<String>()? {
            if order.0.iter().any(|(known, _)| *known == name) {
                fields.next_value::<IgnoredAny>()?;
            } else {
                order.0.push((name, fields.next_value()?));
            }
        }
        Ok(order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_as_they_were_met() {
        let text = br#"{"z": 1, "place": {"y": [{"k": 1, "a": 2}], "x": 2}}
            {"a": 3, "z": 4}"#;
        let schema = arrow_json::reader::infer_json_schema(&text[..], None).unwrap().0;
        let names = |fields: &Fields| fields.iter().map(|field| field.name().clone()).collect::<Vec<_>>();
        let sorted = in_order(&schema, text, 9);
        assert_eq!(names(sorted.fields()), ["z", "place", "a"]);
        let DataType::Struct(place) = sorted.field(1).data_type() else { panic!("an object") };
        assert_eq!(names(place), ["y", "x"]);
        let DataType::List(items) = place[0].data_type() else { panic!("an array") };
        let DataType::Struct(item) = items.data_type() else { panic!("an object") };
        assert_eq!(names(item), ["k", "a"]);
    }
}
