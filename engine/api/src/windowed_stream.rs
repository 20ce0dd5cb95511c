//! Streams whose rows lie in windows: what is made of each window.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use operators::aggregate::Aggregate;
use operators::keyed::{Accumulate, Reduce};
use operators::window::pane::{PaneAggregate, WindowedAggregation, Windows};
use operators::window::trigger::{Count, DefaultTrigger, Purging};
use operators::window::{
    AllRows, Assigner, Each, Evicting, Evictor, Folded, FoldedThen, OverRows, TimeWindows, Trigger, WindowCx,
    WindowFunction, WindowOperator, WindowProcess, Windowing,
};
use operators::{Operator, OperatorSeat, OutputTag};
use plan::Partition;
use record::{Record, Value};
use state::keyed::Aggregator;

use crate::keyed_stream::KeyedStream;
use crate::stream::{DataStream, assert_makes};

/// One window after the other, each this long, in event time.
///
/// # Panics
///
/// If that is longer than time.
pub fn tumbling(size: Duration) -> TimeWindows {
    TimeWindows::tumbling(milliseconds(size))
}

/// A window every `slide`, each `size` long, in event time.
///
/// # Panics
///
/// If one of them is longer than time.
pub fn sliding(size: Duration, slide: Duration) -> TimeWindows {
    TimeWindows::sliding(milliseconds(size), milliseconds(slide))
}

/// Windows that grow by `step` until they are `size` long, in event time.
///
/// # Panics
///
/// If one of them is longer than time.
pub fn cumulating(size: Duration, step: Duration) -> TimeWindows {
    TimeWindows::cumulating(milliseconds(size), milliseconds(step))
}

/// Windows of rows between which there is no gap this long, in event time.
///
/// # Panics
///
/// If that is longer than time.
pub fn session(gap: Duration) -> TimeWindows {
    TimeWindows::session(milliseconds(gap))
}

pub(crate) fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).expect("a time that is not longer than time")
}

/// A stream of rows `T` with keys `K`, in windows.
pub struct WindowedStream<K, T, A = TimeWindows, G = DefaultTrigger> {
    keyed: KeyedStream<K, T>,
    windowing: Windowing<T, A, G>,
    late: Option<OutputTag<T>>,
    is_single: bool,
}

impl<K: Record, T: Record> KeyedStream<K, T> {
    /// Puts the rows of each key into windows.
    pub fn window<A: Assigner<T> + Clone + Send + Sync>(&self, windows: A) -> WindowedStream<K, T, A> {
        let windowing = Windowing::of(windows);
        WindowedStream { keyed: self.clone(), windowing, late: None, is_single: false }
    }

    /// Puts every so many rows of each key into a window. One that is not full at the end is not sent.
    pub fn count_window(&self, rows: i64) -> WindowedStream<K, T, TimeWindows, Purging<Count>> {
        self.window(TimeWindows::global()).trigger(Purging(Count::of(rows)))
    }

    /// Puts the rows of each key into windows that share panes: aggregates of columns, whose cost for a row does not grow
    /// with how many windows it lies in. Rows of `O` are the columns of the key, one for each aggregate, and start and end
    /// of the window.
    ///
    /// # Panics
    ///
    /// If a function does not take its column, the windows are none, the stream has no event time, or the columns are not
    /// those of `O`.
    pub fn window_columns<O: Record>(
        &self,
        windows: Windows,
        aggregates: impl IntoIterator<Item = Aggregate>,
    ) -> DataStream<O> {
        let spec = WindowedAggregation {
            aggregation: operators::aggregate::Aggregation::new(
                self.layout().clone(),
                aggregates.into_iter().collect(),
            ),
            windows,
            allowed_lateness: 0,
        };
        let made = spec.output().unwrap_or_else(|error| panic!("{error}"));
        assert_makes::<O>(&made, "the windows make");
        let make = move |seat: &OperatorSeat| {
            let panes = PaneAggregate::new(&spec)?.seated(seat);
            Ok(Box::new(panes) as Box<dyn Operator>)
        };
        self.stateful("Window Aggregation", made, Arc::new(make))
    }
}

impl<T: Record> DataStream<T> {
    /// Puts all rows into windows. One subtask.
    pub fn window_all<A: Assigner<T> + Clone + Send + Sync>(&self, windows: A) -> WindowedStream<(), T, A> {
        let unkeyed = self.laid_out(self.layout.unkeyed()).partitioned(Partition::Global);
        WindowedStream { is_single: true, ..KeyedStream::<(), T>::of(unkeyed).window(windows) }
    }

    /// Puts every so many rows into a window. One subtask.
    pub fn count_window_all(&self, rows: i64) -> WindowedStream<(), T, TimeWindows, Purging<Count>> {
        self.window_all(TimeWindows::global()).trigger(Purging(Count::of(rows)))
    }
}

impl<K, T, A, G> WindowedStream<K, T, A, G>
where
    K: Record,
    T: Record,
    A: Assigner<T> + Clone + Send + Sync,
    G: Trigger<T> + Clone + Send + Sync,
{
    /// The same, sent when this says so.
    pub fn trigger<H: Trigger<T>>(self, trigger: H) -> WindowedStream<K, T, A, H> {
        let Self { keyed, windowing, late, is_single } = self;
        WindowedStream { keyed, windowing: windowing.trigger(trigger), late, is_single }
    }

    /// For so long behind its end a window takes rows that come late, and is sent again with each.
    ///
    /// # Panics
    ///
    /// If that is longer than time.
    #[must_use]
    pub fn allowed_lateness(self, lateness: Duration) -> Self {
        Self { windowing: self.windowing.allowed_lateness(milliseconds(lateness)), ..self }
    }

    /// Rows that come later go to a side output, and are not counted as dropped.
    #[must_use]
    pub fn side_output_late_data(self, tag: OutputTag<T>) -> Self {
        Self { late: Some(tag), ..self }
    }

    /// Only some of a window's rows are left when it is sent.
    pub fn evictor<E: Evictor<T> + Clone + Send + Sync>(self, evictor: E) -> EvictedStream<K, T, A, G, E> {
        EvictedStream { windows: self, evictor }
    }

    /// What a function makes of each window.
    pub fn apply<F: WindowFunction<T>>(
        self,
        name: &str,
        function: impl Fn() -> F + Send + Sync + 'static,
    ) -> DataStream<F::Out> {
        let Self { keyed, windowing, late, is_single } = self;
        let input = keyed.layout().clone();
        let output = input.derive(F::Out::fields());
        let make = move |seat: &OperatorSeat| {
            let operator = WindowOperator::new(input.clone(), windowing.clone(), function(), seat)?;
            Ok(match late {
                Some(tag) => Box::new(operator.late_to(tag)) as Box<dyn Operator>,
                None => Box::new(operator),
            })
        };
        let windowed = keyed.stateful(name, output, Arc::new(make));
        if is_single { windowed.single() } else { windowed }
    }

    /// Makes one row of two, again and again: a window holds one row.
    pub fn reduce(self, function: impl Fn(T, T) -> T + Clone + Send + Sync + 'static) -> DataStream<T>
    where
        T: Value,
    {
        self.apply("Window Reduce", move || Folded(Reduce::new(function.clone())))
    }

    /// Adds rows to an accumulator: a window holds that alone.
    pub fn aggregate<B>(self, aggregator: B) -> DataStream<B::Out>
    where
        B: Aggregator<In = T>,
        B::Out: Record,
    {
        self.apply("Window Aggregation", move || Folded(Accumulate(aggregator.clone())))
    }

    /// Adds rows to an accumulator, and calls a function with what comes of it, the key and the window.
    pub fn aggregate_then<B, O>(
        self,
        aggregator: B,
        function: impl Fn(&B::Out, &mut WindowCx<'_, O>) + Clone + Send + Sync + 'static,
    ) -> DataStream<O>
    where
        B: Aggregator<In = T>,
        B::Out: Record,
        O: Record,
    {
        self.apply("Window Aggregation", move || {
            let function = function.clone();
            FoldedThen::new(Accumulate(aggregator.clone()), One::new(function))
        })
    }

    /// Calls a function with all rows of each window, the key and the window.
    pub fn process<O: Record>(
        self,
        function: impl Fn(&[T], &mut WindowCx<'_, O>) + Clone + Send + Sync + 'static,
    ) -> DataStream<O> {
        self.apply("Window Process", move || AllRows::<Each<_>, O>::with::<T>(function.clone()))
    }

    /// Calls a function of one's own type with all rows of each window.
    pub fn process_with<O: Record>(
        self,
        process: impl WindowProcess<T, O> + Clone + Send + Sync,
    ) -> DataStream<O> {
        self.apply("Window Process", move || AllRows::<_, O>::new(process.clone()))
    }
}

/// Windows of which only some rows are left when they are sent.
pub struct EvictedStream<K, T, A, G, E> {
    windows: WindowedStream<K, T, A, G>,
    evictor: E,
}

impl<K, T, A, G, E> EvictedStream<K, T, A, G, E>
where
    K: Record,
    T: Record,
    A: Assigner<T> + Clone + Send + Sync,
    G: Trigger<T> + Clone + Send + Sync,
    E: Evictor<T> + Clone + Send + Sync,
{
    /// Makes one row of two, again and again, of those that are left.
    pub fn reduce(self, function: impl Fn(T, T) -> T + Clone + Send + Sync + 'static) -> DataStream<T>
    where
        T: Value,
    {
        self.apply("Window Reduce", move || Folded(Reduce::new(function.clone())))
    }

    /// Adds those that are left to an accumulator.
    pub fn aggregate<B>(self, aggregator: B) -> DataStream<B::Out>
    where
        B: Aggregator<In = T>,
        B::Out: Record,
    {
        self.apply("Window Aggregation", move || Folded(Accumulate(aggregator.clone())))
    }

    /// Calls a function with those that are left.
    pub fn process<O: Record>(
        self,
        function: impl Fn(&[T], &mut WindowCx<'_, O>) + Clone + Send + Sync + 'static,
    ) -> DataStream<O> {
        self.apply("Window Process", move || AllRows::<Each<_>, O>::with::<T>(function.clone()))
    }

    fn apply<F: OverRows<T>>(
        self,
        name: &str,
        function: impl Fn() -> F + Send + Sync + 'static,
    ) -> DataStream<F::Out> {
        let Self { windows, evictor } = self;
        windows.apply(name, move || Evicting::new(evictor.clone(), function()))
    }
}

/// A function of one row as one of all rows of a window that has just one.
struct One<I, O, F> {
    function: F,
    _types: PhantomData<fn(I) -> O>,
}

impl<I, O, F> One<I, O, F> {
    fn new(function: F) -> Self {
        Self { function, _types: PhantomData }
    }
}

impl<I: 'static, O: Record, F: Fn(&I, &mut WindowCx<'_, O>) + 'static> WindowProcess<I, O> for One<I, O, F> {
    fn process(&mut self, rows: &[I], cx: &mut WindowCx<'_, O>) -> Result<(), runtime::subtask::Failure> {
        rows.iter().for_each(|row| (self.function)(row, cx));
        Ok(())
    }
}
