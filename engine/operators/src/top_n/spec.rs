//! Which rows of a key are the first ones, as a plan carries it.

use arrow_schema::{DataType, Field};

use crate::layout::{Layout, time_type};
use crate::sort::SortColumn;

/// The first rows of each key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopNSpec {
    /// What comes in. Without a key, all rows are of one. If it has kinds, all rows are kept: one that is taken back makes
    /// room for the next.
    pub input: Layout,
    /// By which columns rows of a key are sorted.
    pub order: Vec<SortColumn>,
    /// Whether of equal ones the last that came comes first, and not the first.
    pub later_wins: bool,
    /// How many rows of each key.
    pub rows: usize,
    /// The name of a column that says the place of each row, from 1; without one there is less to tell.
    pub rank: Option<String>,
    /// A column of the key that says when its window ends: then its rows leave, once, and it is forgotten.
    pub window_end: Option<usize>,
    /// Whether it is said what stood in a place before another row does.
    pub tells_former: bool,
}

impl TopNSpec {
    /// So many rows of each key, without their ranks.
    ///
    /// # Panics
    ///
    /// If no row is wanted, or without a column to sort by.
    pub fn new(input: Layout, order: Vec<SortColumn>, rows: usize) -> Self {
        assert!(rows > 0, "a Top-N has at least one row");
        assert!(!order.is_empty(), "an order has a column");
        Self { input, order, later_wins: false, rows, rank: None, window_end: None, tells_former: true }
    }

    /// The same, where of equal rows the last that came comes first: with the latest time first, one row is the last one of
    /// its key.
    #[must_use]
    pub fn later_wins(self) -> Self {
        Self { later_wins: true, ..self }
    }

    /// The same with a column of this name behind the others of the record, a `BIGINT`.
    #[must_use]
    pub fn ranked(self, name: impl Into<String>) -> Self {
        Self { rank: Some(name.into()), ..self }
    }

    /// The same, which does not say what stood in a place before another row does: for those who know a row by its key and its
    /// rank, or by its key, if it is one of each. Of several without ranks all that go are said.
    #[must_use]
    pub fn without_former(self) -> Self {
        Self { tells_former: false, ..self }
    }

    /// The same for windows that end when event time has come to what this column of the key says.
    ///
    /// # Panics
    ///
    /// If it is not of the key, or no `TIMESTAMP(3)`.
    #[must_use]
    pub fn windowed(self, column: usize) -> Self {
        assert!(self.input.key().contains(&column), "a window is part of the key");
        assert_eq!(self.input.schema().field(column).data_type(), &time_type());
        Self { window_end: Some(column), ..self }
    }

    /// What comes out: the columns of the input, and among them the rank behind those of the record. What is not final may
    /// be taken back.
    pub fn output(&self) -> Layout {
        let ranked = match &self.rank {
            Some(rank) => self.input.widened(Field::new(rank, DataType::Int64, false)),
            None => self.input.clone(),
        };
        if self.window_end.is_some() { ranked } else { ranked.changing() }
    }
}
