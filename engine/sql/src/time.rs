//! Time attributes: which columns say when a row is, by event time or by the clock of the machine.
//!
//! A mark in the metadata of a field. It goes where the column goes, and is lost where a value is computed of it.

use std::collections::HashMap;

use arrow_schema::{Field, FieldRef};

/// The key of the mark.
const MARK: &str = "millstream.time";

/// Which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeKind {
    /// That of a watermark.
    Event,
    /// That of the machine.
    Processing,
}

impl TimeKind {
    fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Processing => "processing",
        }
    }

    /// What the field is marked as.
    pub(crate) fn of(field: &FieldRef) -> Option<Self> {
        match field.metadata().get(MARK)?.as_str() {
            "event" => Some(Self::Event),
            _ => Some(Self::Processing),
        }
    }

    /// The field with its mark.
    pub(crate) fn mark(self, field: Field) -> Field {
        let mut metadata = field.metadata().clone();
        metadata.extend(self.metadata());
        field.with_metadata(metadata)
    }

    /// The mark.
    pub(crate) fn metadata(self) -> HashMap<String, String> {
        HashMap::from([(MARK.to_owned(), self.word().to_owned())])
    }
}
