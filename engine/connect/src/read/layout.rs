//! Which columns there are, where they come from, and which are asked for.
//!
//! ```text
//!   declared    dt  price  hm  name         of all rows, as somebody has declared them
//!   stored          price      name         those of the files: what readers know
//!   projected   hm  price                   those that are asked for: a constant, and the first that a reader makes
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow_schema::SchemaRef;
use arrow_select::take::take;

use super::constants::{Constant, Constants, FileFact};
use super::error::ReadError;
use super::find::Found;
use crate::format::is_one_value;

/// Which columns there are, where they come from, and which are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) declared: SchemaRef,
    /// Which of them are not in the files.
    constants: BTreeMap<usize, Constant>,
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
    /// The next constant, which is such a one.
    Constant(Constant),
}

impl Layout {
    /// All of the columns, in files.
    pub(crate) fn new(declared: SchemaRef) -> Self {
        Self::of(declared.clone(), BTreeMap::new(), (0..declared.fields().len()).collect())
    }

    /// Some of the declared columns.
    pub(crate) fn project(self, positions: Vec<usize>) -> Self {
        Self::of(self.declared, self.constants, positions)
    }

    /// With some of the declared columns out of the files.
    pub(crate) fn with(self, constants: impl IntoIterator<Item = (usize, Constant)>) -> Self {
        let mut all = self.constants;
        all.extend(constants);
        assert!(
            all.keys().all(|column| *column < self.declared.fields().len()),
            "columns that were declared"
        );
        Self::of(self.declared, all, self.positions)
    }

    fn of(declared: SchemaRef, constants: BTreeMap<usize, Constant>, positions: Vec<usize>) -> Self {
        let project = |columns: &SchemaRef, positions: &[usize]| -> SchemaRef {
            Arc::new(columns.project(positions).expect("columns that were declared"))
        };
        let in_files: Vec<usize> =
            (0..declared.fields().len()).filter(|column| !constants.contains_key(column)).collect();
        let mut read = Vec::new();
        let origins = positions.iter().map(|position| match constants.get(position) {
            Some(constant) => Origin::Constant(*constant),
            None => {
                read.push(in_files.partition_point(|column| column < position));
                Origin::Stored(read.len() - 1)
            }
        });
        let origins = origins.collect();
        let of_files = project(&declared, &in_files);
        let stored = Stored { projected: project(&of_files, &read), positions: read, declared: of_files };
        Self { projected: project(&declared, &positions), declared, constants, positions, stored, origins }
    }

    pub(crate) fn has_partitions(&self) -> bool {
        self.constants.values().any(|constant| *constant == Constant::Partition)
    }

    /// Whether directories name the values of a column that was declared.
    pub(crate) fn is_partition(&self, column: usize) -> bool {
        self.constants.get(&column) == Some(&Constant::Partition)
    }

    /// Whether the files have a column that was declared.
    pub(crate) fn is_stored(&self, column: usize) -> bool {
        !self.constants.contains_key(&column)
    }

    /// Whether the times of files are asked for.
    pub(crate) fn needs_times(&self) -> bool {
        self.origins.contains(&Origin::Constant(Constant::Fact(FileFact::Modified)))
    }

    /// Whether such columns can be read.
    pub(crate) fn check(&self) -> Result<(), ReadError> {
        if self.stored.declared.fields().is_empty() {
            return Err(ReadError::NoColumn);
        }
        for (column, constant) in &self.constants {
            let field = self.declared.field(*column);
            let (name, data_type) = (field.name().clone(), field.data_type().clone());
            match constant {
                Constant::Partition if !is_one_value(&data_type) => {
                    return Err(ReadError::NotInPath { name, data_type });
                }
                Constant::Fact(fact) if !fact.fits(&data_type) => {
                    return Err(ReadError::NotAFact { name, data_type, own: fact.data_type() });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The constants of a file, each as one row, in the order in which they are asked for.
    pub(crate) fn constants(&self, file: &Found, default_partition: &str) -> Result<Constants, ReadError> {
        let asked = self.origins.iter().zip(self.projected.fields());
        let constants = asked.filter_map(|(origin, field)| match origin {
            Origin::Stored(_) => None,
            Origin::Constant(constant) => Some(constant.of(file, field, default_partition)),
        });
        constants.collect()
    }
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
            Origin::Constant(_) => constants.next().expect("one for each").slice(0, rows),
        });
        let columns = columns.collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(self.projected.clone(), columns, &options)
            .expect("columns as they were declared")
    }
}
