//! Streams of rows, and what can be done with them row by row.

use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch};
use operators::rows::{
    Collector, Columns, Expanded, Filter, FilterColumns, FlatMap, FlatMapColumns, KeyBy, Map,
};
use operators::time::{AssignTimes, Times, WatermarkStrategy};
use operators::{Layout, Operator, OperatorSeat, OutputTag};
use plan::{Chaining, Factory, Make, NodeId, Partition};
use record::Record;
use runtime::subtask::Failure;
use shuffle::{BufferTimeout, Partitioner};

use crate::draft::{Draft, DraftNode, Origin};
use crate::error::misuse;
use crate::keyed_stream::KeyedStream;

/// Asserts that what an operator makes is a record of these columns.
pub(crate) fn assert_makes<O: Record>(made: &Layout, maker: &str) {
    let types = made.schema().fields()[..made.record()].iter().map(|field| field.data_type());
    assert!(
        types.eq(O::fields().iter().map(|field| field.data_type())),
        "{maker} {:?}, which are not the columns of the record",
        made.schema().fields()
    );
}

/// A stream of rows `T`. A clone is the same stream, read by somebody else.
#[derive(Debug)]
pub struct DataStream<T> {
    pub(crate) draft: Rc<Draft>,
    /// Where its rows come from: several places in a union.
    pub(crate) origins: Vec<Origin>,
    pub(crate) layout: Layout,
    pub(crate) _rows: PhantomData<fn() -> T>,
}

impl<T> Clone for DataStream<T> {
    fn clone(&self) -> Self {
        Self {
            draft: self.draft.clone(),
            origins: self.origins.clone(),
            layout: self.layout.clone(),
            _rows: PhantomData,
        }
    }
}

impl<T: Record> DataStream<T> {
    /// The rows of a new operator.
    pub(crate) fn from_node(
        draft: &Rc<Draft>,
        node: DraftNode,
        inputs: &[&[Origin]],
        layout: Layout,
    ) -> Self {
        let node = draft.add(node, inputs);
        let origin = Origin { node, output: 0, partition: None, layout: layout.clone() };
        Self { draft: draft.clone(), origins: vec![origin], layout, _rows: PhantomData }
    }

    /// The rows that an operator of one input makes of these.
    pub(crate) fn then<O: Record>(
        &self,
        name: &str,
        layout: Layout,
        make: Make<dyn Operator>,
    ) -> DataStream<O> {
        let node = DraftNode::new(name, 1, Factory::Operator(make));
        DataStream::from_node(&self.draft, node, &[&self.origins], layout)
    }

    /// The rows that an operator makes of these which goes along with what is before it, so that rows stay where they are
    /// and in order: one for each place that they come from. What was said about where they go is said of its rows.
    pub(crate) fn along<O: Record>(&self, node: impl Fn() -> DraftNode, layout: &Layout) -> DataStream<O> {
        let follow = |origin: &Origin| {
            let node = DraftNode { follows: Some(origin.node), ..node() };
            let here = Origin { partition: None, ..origin.clone() };
            let number = self.draft.add(node, &[&[here]]);
            Origin { node: number, output: 0, partition: origin.partition.clone(), layout: layout.clone() }
        };
        DataStream {
            draft: self.draft.clone(),
            origins: self.origins.iter().map(follow).collect(),
            layout: layout.clone(),
            _rows: PhantomData,
        }
    }

    /// An operator of one's own, whose rows are `O`.
    pub fn transform<O: Record>(
        &self,
        name: &str,
        layout: Layout,
        make: impl Fn(&OperatorSeat) -> Result<Box<dyn Operator>, Failure> + Send + Sync + 'static,
    ) -> DataStream<O> {
        self.then(name, layout, Arc::new(make))
    }

    /// The columns of its rows, and what travels beside them.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    // Rows.

    /// Makes one row of each.
    pub fn map<O: Record>(&self, function: impl Fn(T) -> O + Clone + Send + Sync + 'static) -> DataStream<O> {
        let input = self.layout.clone();
        let output = Map::<T, O, fn(T) -> O>::output(&input);
        let make = move |_: &OperatorSeat| {
            Ok(Box::new(Map::new(input.clone(), function.clone())) as Box<dyn Operator>)
        };
        self.then("Map", output, Arc::new(make))
    }

    /// Keeps the rows for which `keeps` is true.
    pub fn filter(&self, keeps: impl Fn(&T) -> bool + Clone + Send + Sync + 'static) -> DataStream<T> {
        let input = self.layout.clone();
        let make = move |_: &OperatorSeat| {
            Ok(Box::new(Filter::new(input.clone(), keeps.clone())) as Box<dyn Operator>)
        };
        self.then("Filter", self.layout.clone(), Arc::new(make))
    }

    /// Makes any number of rows of each. The collector also has side outputs, the event time, and what the job counts.
    pub fn flat_map<O: Record>(
        &self,
        function: impl Fn(T, &mut Collector<O>) + Clone + Send + Sync + 'static,
    ) -> DataStream<O> {
        self.named_flat_map("Flat Map", function)
    }

    /// The same by its other name: what sees more than a row.
    pub fn process<O: Record>(
        &self,
        function: impl Fn(T, &mut Collector<O>) + Clone + Send + Sync + 'static,
    ) -> DataStream<O> {
        self.named_flat_map("Process", function)
    }

    fn named_flat_map<O: Record>(
        &self,
        name: &str,
        function: impl Fn(T, &mut Collector<O>) + Clone + Send + Sync + 'static,
    ) -> DataStream<O> {
        let input = self.layout.clone();
        let output = FlatMap::<T, O, fn(T, &mut Collector<O>)>::output(&input);
        let make = move |seat: &OperatorSeat| {
            Ok(Box::new(FlatMap::new(input.clone(), function.clone(), seat)) as Box<dyn Operator>)
        };
        self.then(name, output, Arc::new(make))
    }

    // Columns.

    /// Makes other columns of a batch's, with as many rows: the fast form of [`DataStream::map`].
    pub fn map_columns<O: Record>(
        &self,
        function: impl Fn(&RecordBatch) -> Result<RecordBatch, Failure> + Clone + Send + Sync + 'static,
    ) -> DataStream<O> {
        let (input, output) = (self.layout.clone(), self.layout.derive(O::fields()));
        let make = {
            let output = output.clone();
            move |_: &OperatorSeat| {
                Ok(Box::new(Columns::new(input.clone(), output.clone(), function.clone()))
                    as Box<dyn Operator>)
            }
        };
        self.then("Map Columns", output, Arc::new(make))
    }

    /// Makes any number of rows of a batch's: the fast form of [`DataStream::flat_map`]. The function also says of which row
    /// each was made.
    pub fn flat_map_columns<O: Record>(
        &self,
        function: impl Fn(&RecordBatch) -> Result<Expanded, Failure> + Clone + Send + Sync + 'static,
    ) -> DataStream<O> {
        let (input, output) = (self.layout.clone(), self.layout.derive(O::fields()));
        let make = {
            let output = output.clone();
            move |_: &OperatorSeat| {
                let made = FlatMapColumns::new(input.clone(), output.clone(), function.clone());
                Ok(Box::new(made) as Box<dyn Operator>)
            }
        };
        self.then("Flat Map Columns", output, Arc::new(make))
    }

    /// Keeps the rows for which the mask of a batch is true: the fast form of [`DataStream::filter`].
    pub fn filter_columns(
        &self,
        keeps: impl Fn(&RecordBatch) -> Result<BooleanArray, Failure> + Clone + Send + Sync + 'static,
    ) -> DataStream<T> {
        let input = self.layout.clone();
        let make = move |_: &OperatorSeat| {
            Ok(Box::new(FilterColumns::new(input.clone(), keeps.clone())) as Box<dyn Operator>)
        };
        self.then("Filter Columns", self.layout.clone(), Arc::new(make))
    }

    /// Keeps these columns, in this order.
    ///
    /// # Panics
    ///
    /// If there is no such column, or they are not those of `O`.
    pub fn project<O: Record>(&self, columns: &[&str]) -> DataStream<O> {
        let indices: Vec<usize> = columns.iter().map(|name| self.column(name)).collect();
        let picked = self.layout.schema().project(&indices).expect("columns that are there");
        let same =
            picked.fields().iter().zip(&O::fields()).all(|(one, other)| one.data_type() == other.data_type());
        assert!(
            same && picked.fields().len() == O::fields().len(),
            "{columns:?} are not the columns of another record"
        );
        self.map_columns(move |batch| batch.project(&indices).map_err(Failure::lasting)).name("Project")
    }

    /// The number of a column of the record.
    pub(crate) fn column(&self, name: &str) -> usize {
        let record = &self.layout.schema().fields()[..self.layout.record()];
        record.iter().position(|field| field.name() == name).unwrap_or_else(|| {
            let names: Vec<&str> = record.iter().map(|field| field.name().as_str()).collect();
            misuse(format_args!("there is no column {name}; there are {}", names.join(", ")))
        })
    }

    // Time.

    /// Gives rows their event time, and says how far time has come. Right behind a source, each split of the source has
    /// a time of its own.
    ///
    /// # Panics
    ///
    /// If rows have no time and the strategy gives them none, or if the rows of a source were read before they had
    /// their times.
    pub fn assign_timestamps_and_watermarks(&self, strategy: WatermarkStrategy<T>) -> DataStream<T> {
        let (input, groups) = (self.layout.clone(), self.draft.alignment());
        assert!(
            strategy.gives_times() || input.time().is_some(),
            "rows have no event time yet: give the strategy .timestamps(…)"
        );
        let output = if strategy.gives_times() { input.timed() } else { input.clone() };
        let times =
            move |seat: &OperatorSeat| Times::new(&strategy.in_mode(seat.mode), &input, &seat.place, &groups);
        if let Some(node) = self.bare_source() {
            self.draft.set_times(node, Arc::new(times));
            let origin = Origin { layout: output.clone(), ..self.origins[0].clone() };
            return Self { origins: vec![origin], layout: output, ..self.clone() };
        }
        let make =
            move |seat: &OperatorSeat| Ok(Box::new(AssignTimes::new(times(seat), seat)) as Box<dyn Operator>);
        self.then("Timestamps/Watermarks", output, Arc::new(make))
    }

    /// The source that this stream is, if nobody has read it yet.
    fn bare_source(&self) -> Option<NodeId> {
        let [Origin { node, output: 0, partition: None, .. }] = self.origins[..] else { return None };
        (self.draft.is_timeless_source(node) && !self.draft.is_read(node)).then_some(node)
    }

    // Keys and routes.

    /// Gives rows a key: rows of one key go to one subtask.
    pub fn key_by<K: Record>(
        &self,
        key: impl Fn(&T) -> K + Clone + Send + Sync + 'static,
    ) -> KeyedStream<K, T> {
        let input = self.layout.clone();
        let output = KeyBy::<T, K, fn(&T) -> K>::output(&input);
        let make =
            move |_: &OperatorSeat| Ok(Box::new(KeyBy::new(input.clone(), key.clone())) as Box<dyn Operator>);
        let make: Make<dyn Operator> = Arc::new(make);
        let keyed: DataStream<T> =
            self.along(|| DraftNode::new("Key By", 1, Factory::Operator(make.clone())), &output);
        KeyedStream::of(keyed.partitioned(Partition::Hash))
    }

    /// Makes some of the rows' own columns their key.
    ///
    /// # Panics
    ///
    /// If there is no such column, or they are not of the types of `K`.
    pub fn key_by_columns<K: Record>(&self, columns: &[&str]) -> KeyedStream<K, T> {
        let indices: Vec<usize> = columns.iter().map(|name| self.column(name)).collect();
        let layout = self.layout.unkeyed().keyed_by(indices);
        let expected: Vec<_> = K::fields().iter().map(|field| field.data_type().clone()).collect();
        assert_eq!(layout.key_types(), expected, "{columns:?} are not of the types of the key");
        KeyedStream::of(self.laid_out(layout).partitioned(Partition::Hash))
    }

    /// Deals rows out evenly.
    #[must_use]
    pub fn rebalance(&self) -> Self {
        self.partitioned(Partition::Rebalance)
    }

    /// Deals rows out evenly, each subtask to its own share of the next ones.
    #[must_use]
    pub fn rescale(&self) -> Self {
        self.partitioned(Partition::Rescale)
    }

    /// Deals rows out by chance.
    #[must_use]
    pub fn shuffle(&self) -> Self {
        self.partitioned(Partition::Shuffle)
    }

    /// Sends every row to every subtask.
    #[must_use]
    pub fn broadcast(&self) -> Self {
        self.partitioned(Partition::Broadcast)
    }

    /// Sends all rows to the first subtask.
    #[must_use]
    pub fn global(&self) -> Self {
        self.partitioned(Partition::Global)
    }

    /// Leaves rows where they are: both ends need the same parallelism.
    #[must_use]
    pub fn forward(&self) -> Self {
        self.partitioned(Partition::Forward)
    }

    /// Sends rows where a function says: it gets a row and the number of subtasks.
    #[must_use]
    pub fn partition_custom(
        &self,
        name: &str,
        target: impl Fn(&T, u32) -> u32 + Send + Sync + 'static,
    ) -> Self {
        let layout = self.layout.clone();
        let partitioner = Partitioner::new(name, move |batch, channels, targets| {
            let reader = <T::Reader as record::RecordReader<T>>::open(layout.record_columns(batch));
            let reader = reader.unwrap_or_else(|mismatch| panic!("{mismatch}"));
            let rows = operators::rows::rows_of(batch);
            targets.extend(rows.map(|row| target(&record::RecordReader::get(&reader, row), channels)));
        });
        self.partitioned(Partition::Custom(partitioner))
    }

    /// All rows of this stream and of others.
    ///
    /// # Panics
    ///
    /// If one of them has event time and another has not.
    #[must_use]
    pub fn union(&self, others: &[&DataStream<T>]) -> Self {
        let mut origins = self.origins.clone();
        for other in others {
            assert_eq!(
                self.layout.schema(),
                other.layout.schema(),
                "streams of a union have the same columns: give all of them event time, or none"
            );
            origins.extend(other.origins.iter().cloned());
        }
        Self { origins, ..self.clone() }
    }

    pub(crate) fn partitioned(&self, partition: Partition) -> Self {
        let origins = self.origins.iter();
        let origins =
            origins.map(|origin| Origin { partition: Some(partition.clone()), ..origin.clone() }).collect();
        Self { origins, ..self.clone() }
    }

    pub(crate) fn laid_out(&self, layout: Layout) -> Self {
        let origins = self.origins.iter();
        let origins = origins.map(|origin| Origin { layout: layout.clone(), ..origin.clone() }).collect();
        Self { origins, layout, ..self.clone() }
    }

    // Side outputs.

    /// The rows that the operator before this has sent to a side output.
    ///
    /// # Panics
    ///
    /// If this stream is a union.
    pub fn side_output<S: Record>(&self, tag: &OutputTag<S>) -> DataStream<S> {
        let [Origin { node, output: 0, .. }] = self.origins[..] else {
            misuse("a side output belongs to one operator: ask for it before the union")
        };
        let spec = tag.spec(&self.layout);
        let layout = spec.layout.clone();
        let output = self.draft.change(node, |node| {
            let known = node.sides.iter().position(|side| side.name == spec.name);
            known.unwrap_or_else(|| {
                node.sides.push(spec);
                node.sides.len() - 1
            }) + 1
        });
        let origin = Origin { node, output, partition: None, layout: layout.clone() };
        DataStream { draft: self.draft.clone(), origins: vec![origin], layout, _rows: PhantomData }
    }

    // What is said about the operator before.

    /// Names the operator before.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        self.operator(|node| name.clone_into(&mut node.name))
    }

    /// The name by which its state is found in a later version of the program.
    #[must_use]
    pub fn uid(self, uid: &str) -> Self {
        self.operator(|node| node.uid = Some(uid.to_owned()))
    }

    /// How many subtasks the operator before has.
    ///
    /// # Panics
    ///
    /// If that is none, or it can have only one.
    #[must_use]
    pub fn parallelism(self, parallelism: u32) -> Self {
        assert!(parallelism > 0, "an operator has a subtask");
        self.operator(|node| {
            assert!(
                parallelism == 1 || !node.is_single,
                "{} has one subtask, whatever its job says",
                node.name
            );
            node.parallelism = Some(parallelism);
        })
    }

    /// Into how many groups its keys fall, for life.
    #[must_use]
    pub fn max_parallelism(self, groups: u32) -> Self {
        self.operator(|node| node.max_parallelism = Some(groups))
    }

    /// Operators of one group share slots; those behind this one are in the same, unless they say otherwise.
    #[must_use]
    pub fn slot_sharing_group(self, group: &str) -> Self {
        self.operator(|node| node.slot_group = Some(group.to_owned()))
    }

    /// It begins a chain.
    #[must_use]
    pub fn start_new_chain(self) -> Self {
        self.operator(|node| node.chaining = Chaining::Head)
    }

    /// It is chained with nobody.
    #[must_use]
    pub fn disable_chaining(self) -> Self {
        self.operator(|node| node.chaining = Chaining::Never)
    }

    /// When its rows leave, if not as the job says.
    #[must_use]
    pub fn buffer_timeout(self, timeout: BufferTimeout) -> Self {
        self.operator(|node| node.timeout = Some(timeout))
    }

    /// The operator before has one subtask, whatever anybody says.
    #[must_use]
    pub(crate) fn single(self) -> Self {
        self.operator(|node| node.is_single = true)
    }

    fn operator(self, change: impl FnOnce(&mut DraftNode)) -> Self {
        let [Origin { node, .. }] = self.origins[..] else {
            misuse("a union is no operator: say it of the streams before")
        };
        self.draft.change(node, change);
        self
    }
}
