//! Where rows end of which only a sum is wanted: every value of every column is read, and nothing is kept but numbers.
//!
//! ```text
//!   rows       how many came, less those that took one back
//!   changes    how many were of another kind than +I: without any, all rows that came have stayed
//!   checksum   the hashes of all rows, added up modulo 2^64; a row that takes one back is subtracted
//! ```
//!
//! The hash of a row is that of a key of all its columns ([`memory::hash_key`]), so equal rows have equal hashes on every machine
//! and in every version. A sum knows no order: neither of rows, nor of batches and subtasks. Each subtask tells its part as
//! accumulators of the job, which add them up.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrow_schema::{DataType, Schema};
use memory::{Batch, RowKinds, can_be_key, hash_key};
use operators::accumulators::{Accumulator, Accumulators};
use operators::{Cx, Flow, OperatorSeat, Sink};
use runtime::subtask::Failure;

// What stands behind the name of the sink in those of its accumulators.
const ROWS: &str = "rows";
const CHANGES: &str = "changes";
const CHECKSUM: &str = "checksum";

/// The sink.
#[derive(Clone, Debug)]
pub struct Checksum {
    names: Arc<Names>,
}

/// Those of its accumulators.
#[derive(Debug)]
struct Names {
    rows: String,
    changes: String,
    checksum: String,
}

/// A column of a type that has no hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "column {column} cannot be part of a checksum: there is no hash of {data_type}; cast it, or leave it out"
)]
pub struct NotSummed {
    column: String,
    data_type: DataType,
}

/// What has come to a sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consumed {
    /// Rows that came, less those that took one back.
    pub rows: i64,
    /// Rows that were of another kind than `+I`.
    pub changes: i64,
    /// The hashes of all rows, added up.
    pub checksum: u64,
}

impl Checksum {
    /// Of rows with these columns; `name` is what the sum is found under.
    ///
    /// # Errors
    ///
    /// If there is a column whose values cannot be hashed.
    pub fn new(name: &str, schema: &Schema) -> Result<Self, NotSummed> {
        if let Some(field) = schema.fields().iter().find(|field| !can_be_key(field)) {
            return Err(NotSummed { column: field.name().clone(), data_type: field.data_type().clone() });
        }
        let [rows, changes, checksum] = [ROWS, CHANGES, CHECKSUM].map(|what| format!("{name}.{what}"));
        Ok(Self { names: Arc::new(Names { rows, changes, checksum }) })
    }

    /// One subtask.
    ///
    /// # Errors
    ///
    /// None; as with every sink.
    pub fn make(&self, seat: &OperatorSeat) -> Result<Box<dyn Sink>, Failure> {
        let sink = Summing {
            names: self.names.clone(),
            accumulators: seat.accumulators.clone(),
            hashes: Vec::new(),
        };
        // Of no rows there is a sum as well.
        sink.tell(Consumed::default());
        Ok(Box::new(sink))
    }
}

impl Consumed {
    /// What has come to the sinks of a job, each with its name.
    pub fn of(accumulators: &BTreeMap<String, Accumulator>) -> impl Iterator<Item = (&str, Self)> {
        let long = |name: &str, what: &str| match accumulators.get(&format!("{name}.{what}")) {
            Some(Accumulator::Long(total)) => Some(*total),
            _ => None,
        };
        let names = accumulators.keys().filter_map(|name| name.strip_suffix(CHECKSUM)?.strip_suffix('.'));
        names.filter_map(move |name| {
            let (rows, changes) = (long(name, ROWS)?, long(name, CHANGES)?);
            Some((name, Self { rows, changes, checksum: long(name, CHECKSUM)?.cast_unsigned() }))
        })
    }

    /// What comes with a batch. Rows that do not count are not looked at. `hashes` is memory, which may be that of the last one.
    ///
    /// # Errors
    ///
    /// If a column has no hash.
    pub fn in_batch(batch: Batch, hashes: &mut Vec<u64>) -> Result<Self, memory::Error> {
        let batch = batch.compact();
        hash_key(batch.columns().columns(), batch.rows(), hashes)?;
        Ok(Self::of_hashes(hashes, batch.kinds()))
    }

    /// Rows with these hashes, each of its kind.
    fn of_hashes(hashes: &[u64], kinds: Option<&RowKinds>) -> Self {
        let rows = i64::try_from(hashes.len()).expect("rows of a batch");
        let all = hashes.iter().fold(0_u64, |sum, hash| sum.wrapping_add(*hash));
        let Some(kinds) = kinds else { return Self { rows, changes: 0, checksum: all } };
        let (mut changes, mut taken, mut of_taken) = (0, 0, 0_u64);
        for (number, hash) in kinds.numbers().iter().zip(hashes) {
            // `-U` and `-D` are the odd ones.
            let takes = u64::from(number & 1);
            changes += i64::from(*number > 0);
            taken += i64::from(number & 1);
            of_taken = of_taken.wrapping_add(hash.wrapping_mul(takes));
        }
        Self { rows: rows - 2 * taken, changes, checksum: all.wrapping_sub(of_taken.wrapping_mul(2)) }
    }
}

/// `7 rows with the checksum 0123456789abcdef`.
impl fmt::Display for Consumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows with the checksum {:016x}", self.rows, self.checksum)
    }
}

/// A subtask.
struct Summing {
    names: Arc<Names>,
    accumulators: Accumulators,
    /// The memory of the last batch's hashes.
    hashes: Vec<u64>,
}

impl Summing {
    fn tell(&self, more: Consumed) {
        self.accumulators.add(&self.names.rows, more.rows);
        self.accumulators.add(&self.names.changes, more.changes);
        self.accumulators.add(&self.names.checksum, more.checksum.cast_signed());
    }
}

impl Sink for Summing {
    fn batch(&mut self, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let consumed = Consumed::in_batch(batch, &mut self.hashes);
        self.tell(consumed.map_err(|error| Failure::lasting(error.to_string()))?);
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }
}

#[cfg(test)]
mod tests;
