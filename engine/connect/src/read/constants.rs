//! Columns that are the same in all rows of a file: what stands in the names of its directories, and what the system knows
//! of it.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, StringViewArray, TimestampMillisecondArray};
use arrow_cast::{can_cast_types, cast};
use arrow_schema::{ArrowError, DataType, Field, TimeUnit};

use super::error::ReadError;
use super::find::Found;
use crate::format::{is_one_value, value_in, value_of};

/// What the system knows of a file. Names and meanings are those of Flink's metadata columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFact {
    /// `file.path`: a string, as it was found from the path that was given.
    Path,
    /// `file.name`: a string, the last part of the path.
    Name,
    /// `file.size`: a whole number of bytes.
    Size,
    /// `file.modification-time`: when it was written last, in milliseconds.
    Modified,
}

/// What a constant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    /// The value in the names of directories.
    Partition,
    /// One of the facts.
    Fact(FileFact),
}

/// The values of a file, each as one row.
pub(crate) type Constants = Arc<[ArrayRef]>;

impl Constant {
    /// Of a file, as one row of a column.
    pub(crate) fn of(
        self,
        file: &Found,
        field: &Field,
        default_partition: &str,
    ) -> Result<ArrayRef, ReadError> {
        match self {
            Self::Partition => of_directory(&file.path, field, default_partition),
            Self::Fact(fact) => fact.of(file, field.data_type()).map_err(|error| {
                let cause = format!("column {}: {error}", field.name());
                ReadError::Columns { path: file.path.clone(), cause }
            }),
        }
    }
}

/// What the directories of a file say of a column.
fn of_directory(path: &Arc<Path>, field: &Field, default_name: &str) -> Result<ArrayRef, ReadError> {
    let (name, data_type) = (field.name(), field.data_type());
    let wrong = |cause: String| ReadError::Columns { path: path.clone(), cause };
    let Some(text) = value_in(path, name) else {
        return Err(wrong(format!(
            "no directory above it is called {name}=…; move the file into one, or declare {name} as a column of the files"
        )));
    };
    let text = Some(text).filter(|text| text != default_name);
    if text.is_none() && !field.is_nullable() {
        return Err(wrong(format!("its directory says that {name} is null; let the column take nulls")));
    }
    value_of(text.as_deref(), data_type).map_err(|_| {
        let text = text.unwrap_or_default();
        wrong(format!(
            "its directory says that {name} is {text:?}, which is no {data_type}; declare it as STRING"
        ))
    })
}

impl FileFact {
    /// What it is by itself.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Path | Self::Name => DataType::Utf8View,
            Self::Size => DataType::Int64,
            Self::Modified => DataType::Timestamp(TimeUnit::Millisecond, None),
        }
    }

    /// Whether a column of this type can hold it.
    pub(crate) fn fits(self, data_type: &DataType) -> bool {
        match self {
            Self::Modified => matches!(data_type, DataType::Timestamp(..)),
            Self::Path | Self::Name | Self::Size => {
                is_one_value(data_type) && can_cast_types(&self.data_type(), data_type)
            }
        }
    }

    /// Of a file, as one row.
    fn of(self, file: &Found, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
        let text = |text: &str| Arc::new(StringViewArray::from(vec![text])) as ArrayRef;
        let fact = match self {
            Self::Path => text(&file.path.to_string_lossy()),
            Self::Name => text(&file.path.file_name().unwrap_or_default().to_string_lossy()),
            Self::Size => Arc::new(Int64Array::from(vec![i64::try_from(file.length).unwrap_or(i64::MAX)])),
            Self::Modified => {
                // An instant, whatever clock the column is told by.
                let DataType::Timestamp(_, zone) = data_type else { unreachable!("it fits") };
                let instant = TimestampMillisecondArray::from(vec![file.modified_ms]);
                Arc::new(instant.with_timezone_opt(zone.clone()))
            }
        };
        cast(&fact, data_type)
    }
}
