//! Functions that wait: look-ups in other systems, for many rows at the same time.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

use operators::async_io::{AsyncIo, AsyncSpec};
use operators::{Operator, OperatorSeat};
use record::Record;

use crate::stream::DataStream;

impl<T: Record> DataStream<T> {
    /// Calls an asynchronous function for each row, on the I/O plane, for as many rows at a time as the spec says. What the
    /// function answers with are the rows that follow.
    pub fn async_wait<O, F, R, E>(&self, spec: AsyncSpec<T, O>, function: F) -> DataStream<O>
    where
        O: Record,
        F: Fn(T) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<Vec<O>, E>> + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let input = self.layout.clone();
        let output = AsyncIo::<T, O>::output(&input);
        let make = move |seat: &OperatorSeat| {
            let asked = AsyncIo::new(input.clone(), function.clone(), spec.clone(), seat)?;
            Ok(Box::new(asked) as Box<dyn Operator>)
        };
        self.then("Async Wait", output, Arc::new(make))
    }
}
