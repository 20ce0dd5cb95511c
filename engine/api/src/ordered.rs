//! Rows in an order: all of them, or the first ones.

use std::sync::Arc;

use operators::distinct::Distinct;
use operators::limit::{Fetch, Limit};
use operators::rows::Kinds;
use operators::sort::{Sort, SortColumn, TopN};
use operators::top_n::{KeyedTopN, TopNSpec};
use operators::{Operator, OperatorSeat};
use plan::{Factory, Make, Partition};
use record::Record;

use crate::draft::DraftNode;
use crate::keyed_stream::KeyedStream;
use crate::stream::DataStream;

/// A column by which rows are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    column: &'static str,
    order: SortColumn,
}

/// The least of a column first; nulls before it.
pub const fn ascending(column: &'static str) -> By {
    By { column, order: SortColumn::ascending(0) }
}

/// The greatest of a column first; nulls at the end.
pub const fn descending(column: &'static str) -> By {
    By { column, order: SortColumn::descending(0) }
}

impl<T: Record> DataStream<T> {
    /// All rows in order, once the input has ended. One subtask; what memory has no room for goes to disk. Rows that are
    /// equal by these columns stay in the order in which they come.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    pub fn sort(&self, by: &[By]) -> DataStream<T> {
        let (input, order) = (self.layout.clone(), self.order(by));
        let make = move |seat: &OperatorSeat| {
            Ok(Box::new(Sort::new(&input, &order, Fetch::ALL, seat)?) as Box<dyn Operator>)
        };
        let mut node = DraftNode::new("Sort", 1, Factory::Operator(Arc::new(make))).stateful().single();
        node.needs_end = true;
        DataStream::from_node(&self.draft, node, &[&self.global().origins], self.layout.clone())
    }

    /// The first rows of that order, once the input has ended.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    pub fn top_n(&self, by: &[By], rows: u64) -> DataStream<T> {
        let order = self.order(by);
        let first = |stream: &DataStream<T>, name: &str, is_single: bool| {
            let (input, order) = (stream.layout.clone(), order.clone());
            let make = move |seat: &OperatorSeat| {
                Ok(Box::new(TopN::new(&input, &order, Fetch::first(rows), seat)?) as Box<dyn Operator>)
            };
            let mut node = DraftNode::new(name, 1, Factory::Operator(Arc::new(make))).stateful();
            (node.needs_end, node.is_single) = (true, is_single);
            DataStream::from_node(&stream.draft, node, &[&stream.origins], stream.layout.clone())
        };
        let local: DataStream<T> = first(self, "Local Top-N", false);
        first(&local.global(), "Top-N", true)
    }

    /// The first rows that come, whichever those are. One subtask at the end.
    pub fn limit(&self, rows: u64) -> DataStream<T> {
        let first = |stream: &DataStream<T>, is_single: bool| {
            let make =
                move |_: &OperatorSeat| Ok(Box::new(Limit::new(Fetch::first(rows))) as Box<dyn Operator>);
            let mut node = DraftNode::new("Limit", 1, Factory::Operator(Arc::new(make)));
            node.is_single = is_single;
            DataStream::from_node(&stream.draft, node, &[&stream.origins], stream.layout.clone())
        };
        let local: DataStream<T> = first(self, false);
        first(&local.global(), true)
    }

    /// The first of equal rows.
    pub fn distinct(&self) -> DataStream<T> {
        let layout = self.layout.unkeyed().keyed_by((0..self.layout.record()).collect());
        let keyed = self.laid_out(layout.clone()).partitioned(Partition::Hash);
        KeyedStream::<T, T>::of(keyed).first_of_key("Distinct")
    }

    fn order(&self, by: &[By]) -> Vec<SortColumn> {
        by.iter().map(|by| SortColumn { column: self.column(by.column), ..by.order }).collect()
    }
}

impl<K: Record, T: Record> KeyedStream<K, T> {
    /// The first row of each key.
    pub fn distinct(&self) -> DataStream<T> {
        let rows = self.first_of_key("Distinct");
        let bare = rows.layout.unkeyed();
        if bare == rows.layout { rows } else { rows.bare() }
    }

    fn first_of_key(&self, name: &str) -> DataStream<T> {
        let input = self.layout().clone();
        let make =
            move |seat: &OperatorSeat| Ok(Box::new(Distinct::new(input.clone(), seat)?) as Box<dyn Operator>);
        self.stateful(name, self.layout().clone(), Arc::new(make))
    }

    /// The first rows of each key in an order, as they change: rows of `O` are those of the stream with one column of
    /// strings behind them, which says `+I` of a row that is now among the first, and `-D` of one that no longer is. Of rows
    /// that come together is told what they come to. In batch mode only the last state is told.
    ///
    /// # Panics
    ///
    /// If there is no such column, no row is wanted, or the columns are not those of `O`.
    pub fn top_n_changes<O: Record>(&self, by: &[By], rows: usize) -> DataStream<O> {
        let spec = TopNSpec::new(self.layout().clone(), self.stream.order(by), rows);
        let (ranked, output) = (spec.output(), self.layout().derive(O::fields()));
        let make =
            move |seat: &OperatorSeat| Ok(Box::new(KeyedTopN::new(spec.clone(), seat)?) as Box<dyn Operator>);
        let top: DataStream<T> = self.stateful("Top-N", ranked.clone(), Arc::new(make));
        let make = {
            let output = output.clone();
            move |_: &OperatorSeat| {
                Ok(Box::new(Kinds::new(ranked.clone(), output.clone())) as Box<dyn Operator>)
            }
        };
        // Changes of a key stay in order: both have the same subtasks.
        let make: Make<dyn Operator> = Arc::new(make);
        top.along(|| DraftNode::new("Changes", 1, Factory::Operator(make.clone())), &output)
    }
}
