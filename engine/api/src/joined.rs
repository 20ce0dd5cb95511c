//! Rows of two streams that belong together: by key and window, or by key and how far apart they are in time.

use std::sync::Arc;
use std::time::Duration;

use operators::join::{Either, Groups, Interval, IntervalJoin, Pairs, WindowJoin};
use operators::keyed::co_output;
use operators::rows::Collector;
use operators::window::{Assigner, WindowCx, WindowFunction, Windowing};
use operators::{Operator, OperatorSeat, OutputTag};
use plan::{Factory, Make};
use record::Record;

use crate::draft::DraftNode;
use crate::keyed_stream::ConnectedStreams;
use crate::stream::DataStream;
use crate::windowed_stream::milliseconds;

/// Two keyed streams whose rows meet in windows.
#[derive(Clone, Debug)]
pub struct WindowJoined<K, A, B, W> {
    streams: ConnectedStreams<K, A, B>,
    windows: W,
}

impl<K: Record, A: Record, B: Record> ConnectedStreams<K, A, B> {
    /// Lets rows of both streams meet that have the same key and lie in the same window.
    pub fn window<W: Assigner<Either<A, B>> + Clone + Send + Sync>(
        &self,
        windows: W,
    ) -> WindowJoined<K, A, B, W> {
        WindowJoined { streams: self.clone(), windows }
    }

    /// Lets rows of both streams meet that have the same key and are not far apart: the right one lies between `lower`
    /// before the left one and `upper` behind it, both included.
    pub fn between(&self, lower: Duration, upper: Duration) -> IntervalJoined<K, A, B> {
        self.interval(Interval::between(-milliseconds(lower), milliseconds(upper)))
    }

    /// The same by an interval of one's own, which may lie before or behind altogether.
    pub fn interval(&self, interval: Interval) -> IntervalJoined<K, A, B> {
        IntervalJoined { streams: self.clone(), interval, late_left: None, late_right: None }
    }

    fn both<O: Record>(&self, name: &str, make: Make<dyn Operator>) -> DataStream<O> {
        let inputs = [self.first.layout().clone(), self.second.layout().clone()];
        let node = DraftNode::new(name, 2, Factory::Operator(make)).stateful();
        let origins = [&self.first.stream.origins[..], &self.second.stream.origins[..]];
        DataStream::from_node(&self.first.stream.draft, node, &origins, co_output::<O>(&inputs))
    }

    fn layouts(&self) -> [operators::Layout; 2] {
        [self.first.layout().clone(), self.second.layout().clone()]
    }
}

impl<K, A, B, W> WindowJoined<K, A, B, W>
where
    K: Record,
    A: Record,
    B: Record,
    W: Assigner<Either<A, B>> + Clone + Send + Sync,
{
    /// Calls a function with each row of the left side and each of the right one that have met: an inner join.
    pub fn join<O: Record>(
        &self,
        function: impl Fn(A, B, &mut Collector<O>) + Clone + Send + Sync + 'static,
    ) -> DataStream<O> {
        self.apply("Window Join", move || Pairs::<_, O>::new::<A, B>(function.clone()))
    }

    /// Calls a function with all rows of both sides at once, of which one may have none: outer joins.
    pub fn co_group<O: Record>(
        &self,
        function: impl Fn(&[A], &[B], &mut WindowCx<'_, O>) + Clone + Send + Sync + 'static,
    ) -> DataStream<O> {
        self.apply("Co-Group", move || Groups::<_, O>::new::<A, B>(function.clone()))
    }

    fn apply<F: WindowFunction<Either<A, B>>>(
        &self,
        name: &str,
        function: impl Fn() -> F + Send + Sync + 'static,
    ) -> DataStream<F::Out> {
        let (inputs, windows) = (self.streams.layouts(), self.windows.clone());
        let make = move |seat: &OperatorSeat| {
            let join = WindowJoin::new(inputs.clone(), Windowing::of(windows.clone()), function(), seat)?;
            Ok(Box::new(join) as Box<dyn Operator>)
        };
        self.streams.both(name, Arc::new(make))
    }
}

/// Two keyed streams whose rows meet when they are not far apart in time.
#[derive(Clone, Debug)]
pub struct IntervalJoined<K, A, B> {
    streams: ConnectedStreams<K, A, B>,
    interval: Interval,
    late_left: Option<OutputTag<A>>,
    late_right: Option<OutputTag<B>>,
}

impl<K: Record, A: Record, B: Record> IntervalJoined<K, A, B> {
    /// The same without the lower bound.
    #[must_use]
    pub fn lower_bound_exclusive(self) -> Self {
        Self { interval: self.interval.lower_exclusive(), ..self }
    }

    /// The same without the upper bound.
    #[must_use]
    pub fn upper_bound_exclusive(self) -> Self {
        Self { interval: self.interval.upper_exclusive(), ..self }
    }

    /// Rows of the left stream that come too late go to a side output.
    #[must_use]
    pub fn side_output_left_late_data(self, tag: OutputTag<A>) -> Self {
        Self { late_left: Some(tag), ..self }
    }

    /// Rows of the right stream that come too late go to a side output.
    #[must_use]
    pub fn side_output_right_late_data(self, tag: OutputTag<B>) -> Self {
        Self { late_right: Some(tag), ..self }
    }

    /// Calls a function with each two rows that have met.
    pub fn process<O: Record>(
        self,
        function: impl Fn(A, B, &mut Collector<O>) + Clone + Send + Sync + 'static,
    ) -> DataStream<O> {
        let Self { streams, interval, late_left, late_right } = self;
        let inputs = streams.layouts();
        let make = move |seat: &OperatorSeat| {
            let mut join = IntervalJoin::new(inputs.clone(), interval, function.clone(), seat)?;
            if let Some(tag) = late_left {
                join = join.late_left_to(tag);
            }
            if let Some(tag) = late_right {
                join = join.late_right_to(tag);
            }
            Ok(Box::new(join) as Box<dyn Operator>)
        };
        streams.both("Interval Join", Arc::new(make))
    }
}
