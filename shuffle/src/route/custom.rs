//! The user's own function of rows.

use std::fmt;
use std::sync::Arc;

use memory::Batch;

use crate::error::Error;

/// A function that names a channel for each row.
///
/// It is given a batch and the number of channels, and adds one number for each row that counts, in their order.
#[derive(Clone)]
pub struct Partitioner {
    name: Arc<str>,
    function: Arc<Function>,
}

type Function = dyn Fn(&Batch, u32, &mut Vec<u32>) + Send + Sync;

impl Partitioner {
    /// `name` is how error messages call it.
    pub fn new(
        name: impl Into<Arc<str>>,
        function: impl Fn(&Batch, u32, &mut Vec<u32>) + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), function: Arc::new(function) }
    }

    /// Adds a target for each row that counts, or says which answer is none.
    pub(super) fn targets(&self, batch: &Batch, channels: u32, into: &mut Vec<u32>) -> Result<(), Error> {
        (self.function)(batch, channels, into);
        let name = || self.name.to_string();
        if into.len() != batch.rows() {
            return Err(Error::TargetsMissing { name: name(), rows: batch.rows(), targets: into.len() });
        }
        match into.iter().position(|target| *target >= channels) {
            Some(row) => Err(Error::NoSuchTarget { name: name(), row, target: into[row], channels }),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Partitioner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Partitioner").field(&self.name).finish()
    }
}
