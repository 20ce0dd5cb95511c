//! Rows into files.
//!
//! ```text
//!   rows ─► encoder ─► pieces of 256 KiB ─► writes, some at a time ─► .part-0-0.csv.inprogress
//!                                                                         │ sync, close, rename, sync the directory
//!                                                                         ▼
//!                                                                     part-0-0.csv
//! ```
//!
//! With partitions, rows are told apart before they are encoded, and each directory has such a way to the disk:
//!
//! ```text
//!   rows ─► partitioner ─┬─► dt=2025-01-01/part-0-0.csv
//!                        └─► dt=2025-01-02/part-0-0.csv      and _SUCCESS beside it, when all subtasks have ended
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`FileSpec`], [`Encoding`], [`Target`], [`Publish`] | `spec.rs` | which files, in which form: plain data |
//! | [`FileSink`] | here | makes the subtasks, and knows which of them may replace files |
//! | the subtask | `writing.rs` | takes rows, and says when more may come |
//! | rows by partition | `partitioner.rs` | a batch becomes one for each directory |
//! | directories | `directories.rs` | those of a subtask: which are ready, which have an open file |
//! | a file | `part.rs` | from its first byte to its last, one operation after the other |
//! | the beginning | `opening.rs` | whether the place is free, and what a former attempt has left there |
//! | names | `names.rs` | what files are called, and whose they are |
//! | claims | `claims.rs` | what the subtasks know together: whose places are whose, how far partitions are |
//! | errands | `errands.rs` | renames and removals, some at a time |
//! | encoders | `encoder/` | rows as bytes |
//! | [`WriteError`], what files say | `trouble.rs` | errors, with the file and the way out |
//!
//! What holds here: a file that is shown is whole and durable. A job that fails or is cancelled leaves hidden files, and
//! whole ones only where it says so ([`Publish`]); the next attempt, and the next run, remove what is hidden. Two jobs must
//! not write to one place at the same time, unless their runs have names: then each sees its own files only. What a killed run has left in a partition is removed when rows come for it
//! again. There is no part in checkpoints yet: a job that is started again writes all of
//! its files again.

mod claims;
mod directories;
mod encoder;
mod errands;
mod names;
mod opening;
mod part;
mod partitioner;
mod spec;
mod trouble;
mod writing;

use std::sync::Arc;

use arrow_array::RecordBatch;
use memory::{Batch, RowKind};
use operators::Sink;
use runtime::subtask::{Failure, Seat};

use claims::Claims;
pub(crate) use encoder::{Encode, check, encoder};
pub use spec::{
    AvroCodec, AvroStyle, Compression, Encoding, FileSpec, JsonStyle, ParquetStyle, Publish, Target,
};
pub use trouble::WriteError;

/// The sink.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow_schema::{DataType, Field, Schema};
/// use connect::write::{Encoding, FileSink, FileSpec, ParquetStyle, Target};
///
/// let schema = Arc::new(Schema::new(vec![Field::new("price", DataType::Int64, false)]));
/// let target = Target::Directory("/data/prices".into());
/// let spec = FileSpec::new(target, Encoding::Parquet(ParquetStyle::default()), schema);
/// let sink = FileSink::new(FileSpec { overwrite: true, ..spec })?;
/// // In the maker of a chain: Role::Sink(sink.make(seat)?)
/// # Ok::<(), connect::write::WriteError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileSink {
    spec: Arc<FileSpec>,
    claims: Arc<Claims>,
}

impl FileSink {
    /// Writes as `spec` says.
    ///
    /// # Errors
    ///
    /// If the form cannot hold such columns, or what was set makes no sense.
    ///
    /// # Panics
    ///
    /// If a partition is a column that the schema has not.
    pub fn new(spec: FileSpec) -> Result<Self, WriteError> {
        spec.check()?;
        Ok(Self { spec: Arc::new(spec), claims: Arc::default() })
    }

    /// What it writes.
    pub fn spec(&self) -> &FileSpec {
        &self.spec
    }

    /// One subtask. It looks at its place before any row comes if `seat.poke` is a poke of its own
    /// ([`NodePoke`](operators::chain::NodePoke)), otherwise with the first row.
    ///
    /// # Errors
    ///
    /// If several subtasks were to write one file.
    pub fn make(&self, seat: &Seat) -> Result<Box<dyn Sink>, Failure> {
        if let Target::File(path) = &self.spec.target
            && seat.place.parallelism != 1
        {
            return Err(Failure::lasting(format!(
                "{} is one file, and {} subtasks were to write it; set the parallelism of this sink to 1, or name a \
                 directory",
                path.display(),
                seat.place.parallelism
            )));
        }
        seat.poke.poke();
        self.claims.join(&seat.place);
        Ok(Box::new(writing::Writing::new(self.spec.clone(), self.claims.clone(), seat)))
    }
}

/// The rows of a batch that count, if they are all new ones.
pub(crate) fn inserts_only(batch: Batch) -> Result<RecordBatch, Failure> {
    let batch = batch.compact();
    let insert = RowKind::Insert as u8;
    match batch.kinds().and_then(|kinds| kinds.numbers().iter().position(|kind| *kind != insert)) {
        None => Ok(batch.columns().clone()),
        Some(_) => Err(Failure::lasting(
            "rows are changed or taken back, and what is written stays written; write the changelog's kinds as a column, \
             or make the query one that only adds rows",
        )),
    }
}

#[cfg(test)]
mod tests;
