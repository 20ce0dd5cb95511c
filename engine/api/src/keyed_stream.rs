//! Streams whose rows have a key: what belongs together is brought together.

use std::marker::PhantomData;
use std::ops::AddAssign;
use std::sync::Arc;

use operators::aggregate::{
    Aggregate, Aggregation, GlobalAggregate, LOCAL_KEYS, LocalAggregate, Results, RollingAggregate,
};
use operators::keyed::{
    Accumulate, CoProcess, Fold, KeyedCoProcess, KeyedProcess, OneByOne, Process, Reduce, co_output,
};
use operators::limit::Fetch;
use operators::sort::{Sort, SortColumn};
use operators::{Layout, Mode, Operator, OperatorSeat};
use plan::{Factory, Make, Partition};
use record::{Record, Value};
use state::keyed::Aggregator;

use crate::draft::DraftNode;
use crate::stream::{DataStream, assert_makes};

/// A stream of rows `T` with keys `K`.
#[derive(Debug)]
pub struct KeyedStream<K, T> {
    pub(crate) stream: DataStream<T>,
    _key: PhantomData<fn() -> K>,
}

impl<K, T> Clone for KeyedStream<K, T> {
    fn clone(&self) -> Self {
        Self { stream: self.stream.clone(), _key: PhantomData }
    }
}

impl<K: Record, T: Record> KeyedStream<K, T> {
    pub(crate) fn of(stream: DataStream<T>) -> Self {
        Self { stream, _key: PhantomData }
    }

    pub(crate) fn stateful<O: Record>(
        &self,
        name: &str,
        layout: Layout,
        make: Make<dyn Operator>,
    ) -> DataStream<O> {
        if self.stream.draft.sorts_inputs() && !self.layout().key().is_empty() {
            return self.one_by_one(name, layout, make);
        }
        let node = DraftNode::new(name, 1, Factory::Operator(make)).stateful();
        DataStream::from_node(&self.stream.draft, node, &[&self.stream.origins], layout)
    }

    /// The same over rows that are sorted by key: an operator for each key, one after the other.
    fn one_by_one<O: Record>(&self, name: &str, layout: Layout, make: Make<dyn Operator>) -> DataStream<O> {
        let input = self.layout().clone();
        let by_key: Vec<SortColumn> =
            input.key().iter().map(|column| SortColumn::ascending(*column)).collect();
        let sort = {
            let input = input.clone();
            move |seat: &OperatorSeat| {
                Ok(Box::new(Sort::new(&input, &by_key, Fetch::ALL, seat)?) as Box<dyn Operator>)
            }
        };
        let mut node = DraftNode::new("Sort by Key", 1, Factory::Operator(Arc::new(sort))).stateful();
        node.needs_end = true;
        let draft = &self.stream.draft;
        let sorted: DataStream<T> =
            DataStream::from_node(draft, node, &[&self.stream.origins], input.clone());
        let one_by_one = move |seat: &OperatorSeat| {
            let (make, seat) = (make.clone(), seat.clone());
            Ok(Box::new(OneByOne::new(input.clone(), move || make(&seat))?) as Box<dyn Operator>)
        };
        let node = DraftNode::new(name, 1, Factory::Operator(Arc::new(one_by_one))).stateful();
        let origins = sorted.partitioned(Partition::Forward).origins;
        let made = DataStream::from_node(draft, node, &[&origins], layout);
        draft.change(sorted.origins[0].node, |sort| sort.precedes = Some(made.origins[0].node));
        made
    }

    /// The columns of its rows, and what travels beside them.
    pub fn layout(&self) -> &Layout {
        &self.stream.layout
    }

    /// Calls a function with states and timers for the rows of each key.
    pub fn process<O: Record>(&self, function: impl KeyedProcess<T, O>) -> DataStream<O> {
        let input = self.stream.layout.clone();
        let output = input.derive(O::fields());
        let make = move |seat: &OperatorSeat| {
            Ok(Box::new(Process::new(input.clone(), function.clone(), seat)?) as Box<dyn Operator>)
        };
        self.stateful("Keyed Process", output, Arc::new(make))
    }

    /// Two streams with the same kind of key, for a function that sees both.
    pub fn connect<U: Record>(&self, other: &KeyedStream<K, U>) -> ConnectedStreams<K, T, U> {
        ConnectedStreams { first: self.clone(), second: other.clone() }
    }

    // Rolling aggregates: behind each row what it is so far, in batch mode what it is in the end.

    /// Makes one row of two, again and again.
    pub fn reduce(&self, function: impl Fn(T, T) -> T + Clone + Send + Sync + 'static) -> DataStream<T>
    where
        T: Value,
    {
        self.named_reduce("Keyed Reduce", function)
    }

    /// Adds a field up; the other fields are those of the first row.
    pub fn sum<N: AddAssign + Clone>(
        &self,
        field: impl Fn(&mut T) -> &mut N + Clone + Send + Sync + 'static,
    ) -> DataStream<T>
    where
        T: Value,
    {
        self.named_reduce("Keyed Aggregation", move |mut sum, mut row| {
            *field(&mut sum) += field(&mut row).clone();
            sum
        })
    }

    /// The least of a field; the other fields are those of the first row.
    pub fn min<N: PartialOrd + Clone>(
        &self,
        field: impl Fn(&mut T) -> &mut N + Clone + Send + Sync + 'static,
    ) -> DataStream<T>
    where
        T: Value,
    {
        self.named_reduce("Keyed Aggregation", move |mut least, mut row| {
            if *field(&mut row) < *field(&mut least) {
                field(&mut least).clone_from(field(&mut row));
            }
            least
        })
    }

    /// The greatest of a field; the other fields are those of the first row.
    pub fn max<N: PartialOrd + Clone>(
        &self,
        field: impl Fn(&mut T) -> &mut N + Clone + Send + Sync + 'static,
    ) -> DataStream<T>
    where
        T: Value,
    {
        self.named_reduce("Keyed Aggregation", move |mut greatest, mut row| {
            if *field(&mut row) > *field(&mut greatest) {
                field(&mut greatest).clone_from(field(&mut row));
            }
            greatest
        })
    }

    /// The row with the least of something: the first of those.
    pub fn min_by<N: PartialOrd>(&self, of: impl Fn(&T) -> N + Clone + Send + Sync + 'static) -> DataStream<T>
    where
        T: Value,
    {
        self.named_reduce(
            "Keyed Aggregation",
            move |least, row| if of(&row) < of(&least) { row } else { least },
        )
    }

    /// The row with the greatest of something: the first of those.
    pub fn max_by<N: PartialOrd>(&self, of: impl Fn(&T) -> N + Clone + Send + Sync + 'static) -> DataStream<T>
    where
        T: Value,
    {
        self.named_reduce("Keyed Aggregation", move |most, row| if of(&row) > of(&most) { row } else { most })
    }

    fn named_reduce(
        &self,
        name: &str,
        function: impl Fn(T, T) -> T + Clone + Send + Sync + 'static,
    ) -> DataStream<T>
    where
        T: Value,
    {
        let input = self.stream.layout.clone();
        let output = input.derive(T::fields());
        let make = move |seat: &OperatorSeat| {
            let fold = Fold::new(input.clone(), Reduce::new(function.clone()), seat)?;
            Ok(Box::new(fold) as Box<dyn Operator>)
        };
        self.stateful(name, output, Arc::new(make))
    }

    /// Adds rows to an accumulator, and shows what comes of it.
    pub fn aggregate<A>(&self, aggregator: A) -> DataStream<A::Out>
    where
        A: Aggregator<In = T>,
        A::Out: Record,
    {
        let input = self.stream.layout.clone();
        let output = input.derive(A::Out::fields());
        let make = move |seat: &OperatorSeat| {
            let fold = Fold::new(input.clone(), Accumulate(aggregator.clone()), seat)?;
            Ok(Box::new(fold) as Box<dyn Operator>)
        };
        self.stateful("Keyed Aggregation", output, Arc::new(make))
    }

    /// Aggregates of columns: the fast form. Rows of `O` are the columns of the key, then one for each aggregate. In batch
    /// mode rows are combined before they travel.
    ///
    /// # Panics
    ///
    /// If a function does not take its column, or the columns are not those of `O`.
    pub fn aggregate_columns<O: Record>(
        &self,
        aggregates: impl IntoIterator<Item = Aggregate>,
    ) -> DataStream<O> {
        let aggregation = Aggregation::new(self.stream.layout.clone(), aggregates.into_iter().collect());
        let made = aggregation.output().unwrap_or_else(|error| panic!("{error}"));
        assert_makes::<O>(&made, "the aggregation makes");
        if self.is_batch() {
            return self.two_phases(&aggregation, made);
        }
        let make = move |seat: &OperatorSeat| {
            let results = if seat.mode == Mode::Batch { Results::Last } else { Results::EachRow };
            Ok(Box::new(RollingAggregate::new(&aggregation, results)?.seated(seat)) as Box<dyn Operator>)
        };
        self.stateful("Keyed Aggregation", made, Arc::new(make))
    }

    fn is_batch(&self) -> bool {
        self.stream.draft.is_batch()
    }

    /// Combines rows where they are, and what they have become where their key belongs.
    fn two_phases<O: Record>(&self, aggregation: &Aggregation, made: Layout) -> DataStream<O> {
        let partial = aggregation.partial().unwrap_or_else(|error| panic!("{error}"));
        let make = {
            let aggregation = aggregation.clone();
            move |seat: &OperatorSeat| {
                Ok(Box::new(LocalAggregate::new(&aggregation, LOCAL_KEYS)?.seated(seat)) as Box<dyn Operator>)
            }
        };
        let make: Make<dyn Operator> = Arc::new(make);
        let node = || DraftNode::new("Local Aggregation", 1, Factory::Operator(make.clone())).stateful();
        let local: DataStream<O> = self.stream.along(node, &partial).partitioned(Partition::Hash);
        let aggregation = aggregation.clone();
        let make = move |seat: &OperatorSeat| {
            Ok(Box::new(GlobalAggregate::new(&aggregation)?.seated(seat)) as Box<dyn Operator>)
        };
        KeyedStream::<K, O>::of(local).stateful("Global Aggregation", made, Arc::new(make))
    }
}

/// Two streams whose rows meet by key.
#[derive(Debug)]
pub struct ConnectedStreams<K, A, B> {
    pub(crate) first: KeyedStream<K, A>,
    pub(crate) second: KeyedStream<K, B>,
}

impl<K, A, B> Clone for ConnectedStreams<K, A, B> {
    fn clone(&self) -> Self {
        Self { first: self.first.clone(), second: self.second.clone() }
    }
}

impl<K: Record, A: Record, B: Record> ConnectedStreams<K, A, B> {
    /// Calls a function with states and timers, which both inputs share, for the rows of each key.
    pub fn process<O: Record>(&self, function: impl KeyedCoProcess<A, B, O>) -> DataStream<O> {
        let inputs = [self.first.layout().clone(), self.second.layout().clone()];
        let output = co_output::<O>(&inputs);
        let make = move |seat: &OperatorSeat| {
            Ok(Box::new(CoProcess::new(inputs.clone(), function.clone(), seat)?) as Box<dyn Operator>)
        };
        let node = DraftNode::new("Keyed Co-Process", 2, Factory::Operator(Arc::new(make))).stateful();
        let origins = [&self.first.stream.origins[..], &self.second.stream.origins[..]];
        DataStream::from_node(&self.first.stream.draft, node, &origins, output)
    }
}
