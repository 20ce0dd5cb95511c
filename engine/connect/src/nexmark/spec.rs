//! What a source of auction events makes, as plain data: how many, of which kinds, which columns, how fast.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

use super::kind::NexmarkKind;
use crate::bound::NEXMARK_EVENTS_MAX;

/// A column of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NexmarkColumn {
    /// The number of the event.
    Number,
    /// Which kind it is: 0 for a person, 1 for an auction, 2 for a bid.
    EventType,
    /// All columns of this kind as one, null for events of another kind.
    Row(NexmarkKind),
    /// One column of this kind, by its position; null for events of another kind.
    Field(NexmarkKind, usize),
    /// When it happens, whatever its kind.
    Time,
}

/// What a source makes. Whatever is not asked for is not made.
///
/// ```
/// # use connect::nexmark::{NexmarkColumn, NexmarkKind, NexmarkSpec};
/// let prices = NexmarkColumn::Field(NexmarkKind::Bid, 2);
/// let spec = NexmarkSpec {
///     events: Some(1_000_000),
///     kinds: [NexmarkKind::Bid].into(),
///     columns: vec![prices, NexmarkColumn::Time],
///     ..NexmarkSpec::default()
/// };
/// assert_eq!(spec.schema().field(0).name(), "price");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NexmarkSpec {
    /// How many events of all kinds there are. None: it never ends.
    pub events: Option<u64>,
    /// Events of all kinds in a second of event time.
    pub rate: u64,
    /// Whether bidders have the numbers that the public generator in Java gives them: a thousand more than persons.
    pub java_slip: bool,
    /// The kinds that become rows. The others are counted as events, and cost nothing.
    pub kinds: BTreeSet<NexmarkKind>,
    /// The columns, in their order.
    pub columns: Vec<NexmarkColumn>,
    /// How many events of all kinds are made in a second, by all subtasks together. None: as fast as their rows are taken.
    pub pace: Option<u64>,
}

/// Why there is no such source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NexmarkError {
    /// No kind is asked for.
    #[error("no kind of event is asked for; name one of person, auction, bid")]
    NoKind,
    /// There are more events than numbers for them.
    #[error("{0} events; take {NEXMARK_EVENTS_MAX} at most, or no number for all there are")]
    Events(u64),
    /// Time would stand still, or not be counted.
    #[error("{0} events in a second of event time; take a number from 1 to 1000000000")]
    Rate(u64),
    /// Nothing would happen, or more than a clock can tell.
    #[error(
        "a pace of {0} events a second; take a number from 1 to 1000000000, or none to be as fast as can be"
    )]
    Pace(u64),
    /// A kind has fewer columns.
    #[error("column {position} of {}, which has {}", kind.name(), kind.rules().len())]
    NoColumn {
        /// The kind.
        kind: NexmarkKind,
        /// The position that it has not.
        position: usize,
    },
}

/// A source of all events at the rate of the published corpora, as one table.
impl Default for NexmarkSpec {
    fn default() -> Self {
        let rows = NexmarkKind::ALL.map(NexmarkColumn::Row);
        Self {
            events: None,
            rate: 100_000,
            java_slip: false,
            kinds: NexmarkKind::ALL.into(),
            columns: [NexmarkColumn::EventType].into_iter().chain(rows).collect(),
            pace: None,
        }
    }
}

impl NexmarkSpec {
    /// The columns of its rows. A column of a kind has its own name there, so a name may occur for more than one kind.
    ///
    /// # Panics
    ///
    /// If a kind has no such column.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(|column| column.field()).collect::<Vec<Field>>()))
    }

    /// The columns of a kind.
    pub fn fields_of(kind: NexmarkKind) -> Fields {
        kind.fields()
    }

    /// Whether all that it says can be.
    ///
    /// # Errors
    ///
    /// What cannot, and what to do.
    pub fn check(&self) -> Result<(), NexmarkError> {
        let rates = 1..=1_000_000_000;
        if self.kinds.is_empty() {
            return Err(NexmarkError::NoKind);
        }
        if let Some(events) = self.events.filter(|events| *events > NEXMARK_EVENTS_MAX) {
            return Err(NexmarkError::Events(events));
        }
        if !rates.contains(&self.rate) {
            return Err(NexmarkError::Rate(self.rate));
        }
        if let Some(pace) = self.pace.filter(|pace| !rates.contains(pace)) {
            return Err(NexmarkError::Pace(pace));
        }
        self.columns.iter().try_for_each(|column| match *column {
            NexmarkColumn::Field(kind, position) if position >= kind.rules().len() => {
                Err(NexmarkError::NoColumn { kind, position })
            }
            _ => Ok(()),
        })
    }
}

impl NexmarkColumn {
    /// What it is in a schema. Nothing is null in a corpus, but what is of another kind: where somebody else's columns
    /// take nulls, those of the corpus are no exception.
    pub(super) fn field(self) -> Field {
        match self {
            Self::Number => Field::new("n", DataType::Int64, true),
            Self::EventType => Field::new("event_type", DataType::Int32, true),
            Self::Row(kind) => Field::new(kind.name(), DataType::Struct(kind.fields()), true),
            Self::Field(kind, position) => kind.rules()[position].field(),
            Self::Time => Field::new("dateTime", DataType::Timestamp(TimeUnit::Millisecond, None), true),
        }
    }
}
