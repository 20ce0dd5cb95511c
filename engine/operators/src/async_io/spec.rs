//! How a function is asked: plain data, with what becomes of rows that take too long.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Retry;

/// Rows that are under way at the same time unless somebody says otherwise, as in Flink.
const CAPACITY: usize = 100;

/// In which order results leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AsyncOrder {
    /// In that of the rows that they were made of.
    #[default]
    Ordered,
    /// As they come. None leaves on the other side of a watermark than its row came.
    Unordered,
}

type Error = Box<dyn StdError + Send + Sync>;
pub(super) type OnTimeout<I, O> = Arc<dyn Fn(I) -> Result<Vec<O>, Error> + Send + Sync>;

/// How a function from `I` to some of `O` is asked.
pub struct AsyncSpec<I, O> {
    pub(super) order: AsyncOrder,
    pub(super) capacity: usize,
    pub(super) timeout: Option<Duration>,
    pub(super) on_timeout: Option<OnTimeout<I, O>>,
    pub(super) retry: Retry,
}

impl<I, O> AsyncSpec<I, O> {
    /// A hundred rows at a time, without a timeout, in this order.
    pub fn new(order: AsyncOrder) -> Self {
        Self { order, capacity: CAPACITY, timeout: None, on_timeout: None, retry: Retry::Never }
    }

    /// The same with so many rows at a time, from one to 65,536.
    #[must_use]
    pub fn capacity(self, capacity: usize) -> Self {
        Self { capacity, ..self }
    }

    /// The same with a job that fails when a row takes longer, all tries and the pauses between them included.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// The same with these rows in the place of what a row would have become that takes too long.
    #[must_use]
    pub fn on_timeout<E: Into<Error>>(
        self,
        rows: impl Fn(I) -> Result<Vec<O>, E> + Send + Sync + 'static,
    ) -> Self {
        Self { on_timeout: Some(Arc::new(move |row| rows(row).map_err(Into::into))), ..self }
    }

    /// The same with other tries after an error.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }
}

impl<I, O> Clone for AsyncSpec<I, O> {
    fn clone(&self) -> Self {
        let Self { order, capacity, timeout, on_timeout, retry } = self;
        Self {
            order: *order,
            capacity: *capacity,
            timeout: *timeout,
            on_timeout: on_timeout.clone(),
            retry: *retry,
        }
    }
}

impl<I, O> fmt::Debug for AsyncSpec<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncSpec")
            .field("order", &self.order)
            .field("capacity", &self.capacity)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
