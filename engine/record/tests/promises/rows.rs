//! Rows that the promises are about.

use record::{Bytes, Record, Timestamp};

/// One field of each kind.
#[derive(Record, Clone, Debug, PartialEq)]
pub(crate) struct Everything {
    pub(crate) flag: bool,
    pub(crate) small: i8,
    pub(crate) ratio: f64,
    pub(crate) text: String,
    #[record(rename = "eventTime")]
    pub(crate) time: Timestamp,
    pub(crate) raw: Bytes,
    pub(crate) r#type: Option<u64>,
    pub(crate) tags: Vec<String>,
    pub(crate) inner: Place,
    pub(crate) pair: (i32, Option<String>),
}

/// A struct within others, with all that may be absent in it.
#[derive(Record, Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) city: String,
    pub(crate) zip: Option<i32>,
    pub(crate) visits: Vec<Option<Timestamp>>,
}

/// Structs wherever a struct can be.
#[derive(Record, Clone, Debug, PartialEq)]
pub(crate) struct Nested {
    pub(crate) maybe: Option<Place>,
    pub(crate) many: Vec<Place>,
    pub(crate) holes: Option<Vec<Option<Place>>>,
    pub(crate) lists: Vec<Vec<bool>>,
    pub(crate) pairs: Vec<(Place, Option<(u8, Place)>)>,
}

/// A struct whose fields have no names.
#[derive(Record, Clone, Debug, PartialEq)]
pub(crate) struct Point(pub(crate) f32, #[record(rename = "height")] pub(crate) Option<f32>);

/// A row of no columns.
#[derive(Record, Clone, Debug, PartialEq)]
pub(crate) struct Tick;

/// A row of no columns, in other words.
#[derive(Record, Clone, Debug, PartialEq)]
pub(crate) struct Empty {}

/// Structs without columns, within a column.
#[derive(Record, Clone, Debug, PartialEq)]
pub(crate) struct Clock {
    pub(crate) ticks: Vec<Option<Tick>>,
}
