//! `'connector' = 'nexmark'`: the events of an online auction, under the options of Flink's connector of that name.
//!
//! Which events there are is a function of their number and of the rate, so what would change that is refused.

use std::collections::BTreeSet;

use arrow_schema::{DataType, Field, Schema};
use connect::nexmark::{NexmarkColumn, NexmarkKind, NexmarkSpec};

use super::options::Options;
use crate::error::SqlError;

/// A table of events.
#[derive(Clone, Debug)]
pub(crate) struct NexmarkTable {
    spec: NexmarkSpec,
}

/// What the events of the corpus are like; Flink's connector has the same to begin with.
const FIXED: [(&str, &str); 9] = [
    ("person.proportion", "1"),
    ("auction.proportion", "3"),
    ("bid.proportion", "46"),
    ("person.avg-size", "200b"),
    ("auction.avg-size", "500b"),
    ("bid.hot-ratio.auctions", "2"),
    ("bid.hot-ratio.bidders", "4"),
    ("auction.hot-ratio.sellers", "4"),
    ("rate.shape", "SQUARE"),
];

impl NexmarkTable {
    pub(super) fn of(options: &mut Options<'_>, schema: &Schema) -> Result<Self, SqlError> {
        let table = options.table;
        for (key, value) in FIXED {
            if let Some(given) = options.take(key)
                && !given.eq_ignore_ascii_case(value)
            {
                return Err(SqlError::new(format!(
                    "table {table}: '{key}' = '{given}', and the events that there are have '{value}'"
                )));
            }
        }
        for ignored in ["bid.avg-size", "rate.period", "keep-alive", "stop-at", "max-emit-speed"] {
            options.take(ignored);
        }
        let rate = options.number("next-event.rate")?.unwrap_or(10_000);
        let first = options.number("first-event.rate")?.unwrap_or(rate);
        if first != rate {
            return Err(SqlError::new(format!(
                "table {table}: 'first-event.rate' = '{first}' and 'next-event.rate' = '{rate}'; a rate does not change here"
            )));
        }
        let pace = options.truth("rate.limited")?.then_some(rate);
        let events = options.number("events.num")?.filter(|events| *events > 0);
        let java_slip = options.truth("java-slip")?;
        let columns = schema.fields().iter().map(|field| column(table, field));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let spec = NexmarkSpec { events, rate, java_slip, kinds: NexmarkKind::ALL.into(), columns, pace };
        spec.check().map_err(|error| SqlError::new(format!("table {table}: {error}")))?;
        Ok(Self { spec })
    }

    /// What makes these of its columns.
    pub(crate) fn source(&self, projection: Option<&[usize]>) -> NexmarkSpec {
        let all: Vec<usize> = (0..self.spec.columns.len()).collect();
        let columns = projection.unwrap_or(&all).iter().map(|column| self.spec.columns[*column]);
        NexmarkSpec { columns: columns.collect(), ..self.spec.clone() }
    }

    /// The same events, but for those of other kinds, and with these columns.
    pub(crate) fn narrowed(&self, kinds: BTreeSet<NexmarkKind>, columns: Vec<NexmarkColumn>) -> Self {
        let kinds = self.spec.kinds.intersection(&kinds).copied().collect();
        Self { spec: NexmarkSpec { kinds, columns, ..self.spec.clone() } }
    }

    /// What a column is of an event.
    pub(crate) fn column(&self, number: usize) -> NexmarkColumn {
        self.spec.columns[number]
    }

    /// Whether there is a last event.
    pub(crate) fn ends(&self) -> bool {
        self.spec.events.is_some()
    }

    /// The kinds of events that it makes.
    pub(crate) fn kinds(&self) -> &BTreeSet<NexmarkKind> {
        &self.spec.kinds
    }
}

/// What a declared column is of an event.
fn column(table: &str, field: &Field) -> Result<NexmarkColumn, SqlError> {
    let kind = NexmarkKind::ALL.into_iter().find(|kind| kind.name() == field.name());
    let (column, wanted) = match (field.name().as_str(), kind) {
        (_, Some(kind)) => (NexmarkColumn::Row(kind), DataType::Struct(NexmarkSpec::fields_of(kind))),
        ("event_type", None) => (NexmarkColumn::EventType, DataType::Int32),
        ("n", None) => (NexmarkColumn::Number, DataType::Int64),
        (name, None) => {
            return Err(SqlError::new(format!(
                "table {table}: an event has no column {name}; it has event_type, person, auction, bid and its number, n"
            )));
        }
    };
    if field.data_type() == &wanted {
        return Ok(column);
    }
    let [wanted, given] = [&wanted, field.data_type()].map(crate::type_syntax::written_type);
    Err(SqlError::new(format!("table {table}: column {} is {wanted}, and not {given}", field.name())))
}
