//! Columns that are the same in all rows of a file: those that stand in the names of its directories.
//!
//! ```text
//!   declared    dt  price  hm  name         of all rows, as somebody has declared them
//!   stored          price      name         those of the files: what readers know
//!   projected   hm  price                   those that are asked for: a constant, and the first that a reader makes
//! ```

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow_schema::{Field, SchemaRef};
use arrow_select::take::take;

use super::error::ReadError;
use super::spec::FileSourceSpec;
use crate::format::{is_one_value, value_in, value_of};

/// Which columns there are, where they come from, and which are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    declared: SchemaRef,
    /// Which of them are in names of directories.
    partitions: Vec<usize>,
    /// Which of them are asked for.
    positions: Vec<usize>,
    pub(crate) projected: SchemaRef,
    pub(crate) stored: Stored,
    /// For each that is asked for.
    origins: Arc<[Origin]>,
}

/// The columns of the files.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) declared: SchemaRef,
    /// Which of them are read.
    pub(crate) positions: Vec<usize>,
    pub(crate) projected: SchemaRef,
}

/// Where a column comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// This one of those that are read.
    Stored(usize),
    /// The next constant.
    Constant,
}

impl Layout {
    /// All of the columns, in files.
    pub(crate) fn new(declared: SchemaRef) -> Self {
        Self::of(declared.clone(), Vec::new(), (0..declared.fields().len()).collect())
    }

    /// Some of the declared columns.
    pub(crate) fn project(self, positions: Vec<usize>) -> Self {
        Self::of(self.declared, self.partitions, positions)
    }

    /// With some of the declared columns in names of directories.
    pub(crate) fn partitions(self, partitions: &[usize]) -> Self {
        Self::of(self.declared, partitions.to_vec(), self.positions)
    }

    fn of(declared: SchemaRef, partitions: Vec<usize>, positions: Vec<usize>) -> Self {
        let project = |columns: &SchemaRef, positions: &[usize]| -> SchemaRef {
            Arc::new(columns.project(positions).expect("columns that were declared"))
        };
        let in_files: Vec<usize> =
            (0..declared.fields().len()).filter(|column| !partitions.contains(column)).collect();
        let mut read = Vec::new();
        let origins = positions.iter().map(|position| match in_files.binary_search(position) {
            Ok(stored) => {
                read.push(stored);
                Origin::Stored(read.len() - 1)
            }
            Err(_) => Origin::Constant,
        });
        let origins = origins.collect();
        let of_files = project(&declared, &in_files);
        let stored = Stored { projected: project(&of_files, &read), positions: read, declared: of_files };
        Self { projected: project(&declared, &positions), declared, partitions, positions, stored, origins }
    }

    pub(crate) fn has_partitions(&self) -> bool {
        !self.partitions.is_empty()
    }

    /// Whether such columns can be read.
    pub(crate) fn check(&self) -> Result<(), ReadError> {
        if self.stored.declared.fields().is_empty() {
            return Err(ReadError::NoColumn);
        }
        let partitions = self.partitions.iter().map(|column| self.declared.field(*column));
        match partitions.into_iter().find(|field| !is_one_value(field.data_type())) {
            Some(field) => {
                let (name, data_type) = (field.name().clone(), field.data_type().clone());
                Err(ReadError::NotInPath { name, data_type })
            }
            None => Ok(()),
        }
    }

    /// The constants of a file, each as one row, in the order in which they are asked for.
    pub(crate) fn constants(&self, path: &Arc<Path>, spec: &FileSourceSpec) -> Result<Constants, ReadError> {
        let asked = self.origins.iter().zip(self.projected.fields());
        let constants = asked.filter(|(origin, _)| **origin == Origin::Constant);
        constants.map(|(_, field)| of_directory(path, field, &spec.default_partition)).collect()
    }
}

/// The values of a file, each as one row.
pub(crate) type Constants = Arc<[ArrayRef]>;

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

/// Puts the constants of a file between the columns that are read from it.
#[derive(Debug)]
pub(crate) struct Assembly {
    projected: SchemaRef,
    origins: Arc<[Origin]>,
    /// As many rows of each as the longest batch has had.
    constants: Vec<ArrayRef>,
    rows: usize,
}

impl Assembly {
    pub(crate) fn new(layout: &Layout, constants: &Constants) -> Self {
        let (projected, origins) = (layout.projected.clone(), layout.origins.clone());
        Self { projected, origins, constants: constants.to_vec(), rows: 1 }
    }

    /// All columns that are asked for.
    pub(crate) fn assemble(&mut self, read: RecordBatch) -> RecordBatch {
        if self.constants.is_empty() {
            return read;
        }
        let rows = read.num_rows();
        if rows > self.rows {
            self.rows = rows.next_power_of_two();
            let first = UInt32Array::from(vec![0; self.rows]);
            for constant in &mut self.constants {
                *constant = take(constant, &first, None).expect("its first row");
            }
        }
        let mut constants = self.constants.iter();
        let columns = self.origins.iter().map(|origin| match origin {
            Origin::Stored(column) => read.column(*column).clone(),
            Origin::Constant => constants.next().expect("one for each").slice(0, rows),
        });
        let columns = columns.collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(self.projected.clone(), columns, &options)
            .expect("columns as they were declared")
    }
}
