//! A windowed aggregation, as a plan carries it.

use arrow_schema::Field;

use super::windows::{Windows, WindowsError};
use crate::aggregate::{AggregateError, Aggregation, Function};
use crate::layout::{Layout, time_type};

/// The column of a window's start.
pub const WINDOW_START: &str = "window_start";

/// The column of a window's end.
pub const WINDOW_END: &str = "window_end";

/// Aggregates of the rows that have the same key and lie in the same window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowedAggregation {
    /// Of which rows, of what. The input has event time.
    pub aggregation: Aggregation,
    /// The windows.
    pub windows: Windows,
    /// For so long after its end, in milliseconds, a window takes rows that come late, and is sent again with each.
    pub allowed_lateness: i64,
}

/// What is wrong with a windowed aggregation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowedError {
    /// Of its windows.
    #[error(transparent)]
    Windows(#[from] WindowsError),
    /// Of its aggregates.
    #[error(transparent)]
    Aggregate(#[from] AggregateError),
    /// Rows without event time lie in no window.
    #[error("windows of event time over a stream without one: assign timestamps and watermarks first")]
    Timeless,
    /// Late means after the end.
    #[error("the allowed lateness is {0} ms: it must not be negative")]
    Lateness(i64),
    /// Which of two rows came first is not kept of sessions that become one.
    #[error(
        "there is no {function} over sessions, which become one in any order: take min or max, or a window function"
    )]
    Joined {
        /// `first` or `last`.
        function: &'static str,
    },
    /// Which of two rows came first is not kept between panes.
    #[error(
        "there is no {function} over windows that share their panes: take tumbling windows or a window function"
    )]
    Ordered {
        /// `first` or `last`.
        function: &'static str,
    },
}

impl WindowedAggregation {
    /// What comes out: the key, a column for each aggregate, [`WINDOW_START`], [`WINDOW_END`], and as event time the last
    /// millisecond of the window.
    ///
    /// # Errors
    ///
    /// If a function does not take its column.
    pub fn output(&self) -> Result<Layout, WindowedError> {
        windowed(&self.aggregation)
    }

    /// What a [`LocalPanes`](super::LocalPanes) tells a [`PaneAggregate`](super::PaneAggregate): as
    /// [`Aggregation::partial`](crate::aggregate::Aggregation::partial).
    ///
    /// # Errors
    ///
    /// As [`WindowedAggregation::output`].
    pub fn partial(&self) -> Result<Layout, WindowedError> {
        Ok(self.aggregation.partial()?)
    }

    /// Whether rows of a key in a pane may be combined before they travel: unless it says which of two came first.
    pub fn is_combinable(&self) -> bool {
        !self.aggregation.aggregates.iter().any(|aggregate| aggregate.function.is_ordered())
    }

    /// Whether it makes sense.
    pub(super) fn check(&self) -> Result<(), WindowedError> {
        if self.aggregation.input.time().is_none() {
            return Err(WindowedError::Timeless);
        }
        if self.allowed_lateness < 0 {
            return Err(WindowedError::Lateness(self.allowed_lateness));
        }
        let mut functions = self.aggregation.aggregates.iter().map(|aggregate| aggregate.function);
        match functions.find(|function| function.is_ordered()) {
            Some(function) if !self.windows.grid()?.is_single() => {
                Err(WindowedError::Ordered { function: Function::word(function) })
            }
            _ => Ok(()),
        }
    }
}

/// The key, a column for each aggregate, the bounds of a window, and as event time the last millisecond of it.
pub(in crate::window) fn windowed(aggregation: &Aggregation) -> Result<Layout, WindowedError> {
    let aggregates = aggregation.output()?;
    let keys = aggregation.input.key().len();
    let fields = aggregates.schema().fields()[..keys + aggregation.aggregates.len()].to_vec();
    let times = [WINDOW_START, WINDOW_END].map(|name| Field::new(name, time_type(), false).into());
    let fields: Vec<_> = fields.into_iter().chain(times).collect();
    Ok(Layout::of(fields.into()).timed().keyed_by((0..keys).collect()))
}
