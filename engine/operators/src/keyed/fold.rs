//! Folds the rows of a key into one thing, and shows what has become of it: behind each row, or in the end.
//!
//! Keeps one state for each key. When only the end counts, a key is shown once, with the greatest time of its rows.

use std::sync::Arc;
use std::vec::IntoIter;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Field, Schema};
use memory::Batch;
use record::{Record, RecordReader, Value, ValueBuilder, ValueReader};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::keyed::Aggregator;
use state::{KeyTable, Restore, Slot, Snapshot};

use crate::aggregate::keys::hashes_of;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::rows::{BATCH_ROWS, Collector, open, rows_of};
use crate::seat::{Grant, Mode, OperatorSeat};

/// The name of its state.
const FOLDED: &str = "folded";

/// How rows become a state, and that a row.
pub trait Folding: Clone + Send + Sync + 'static {
    /// What comes.
    type In: Record;
    /// What is kept for a key.
    type State: Value;
    /// What is shown.
    type Out: Record;

    /// Adds a row. There is no state before the first.
    fn add(&self, state: Option<Self::State>, row: Self::In) -> Self::State;
    /// One state of two, whose rows came in this order.
    fn merge(&self, state: Self::State, other: Self::State) -> Self::State;
    /// What is shown of a state.
    fn show(&self, state: &Self::State) -> Self::Out;
}

/// Two rows become one, again and again.
#[derive(Clone)]
pub struct Reduce<T, F> {
    function: F,
    _row: std::marker::PhantomData<fn() -> T>,
}

impl<T, F: Fn(T, T) -> T> Reduce<T, F> {
    /// By this function.
    pub fn new(function: F) -> Self {
        Self { function, _row: std::marker::PhantomData }
    }
}

impl<T, F> Folding for Reduce<T, F>
where
    T: Record + Value,
    F: Fn(T, T) -> T + Clone + Send + Sync + 'static,
{
    type In = T;
    type State = T;
    type Out = T;

    fn add(&self, state: Option<T>, row: T) -> T {
        match state {
            Some(former) => (self.function)(former, row),
            None => row,
        }
    }

    fn merge(&self, state: T, other: T) -> T {
        (self.function)(state, other)
    }

    fn show(&self, state: &T) -> T {
        state.clone()
    }
}

/// Rows become an accumulator.
#[derive(Clone)]
pub struct Accumulate<A>(pub A);

impl<A> Folding for Accumulate<A>
where
    A: Aggregator,
    A::In: Record,
    A::Out: Record,
{
    type In = A::In;
    type State = A::Accumulator;
    type Out = A::Out;

    fn add(&self, state: Option<A::Accumulator>, row: A::In) -> A::Accumulator {
        let mut state = state.unwrap_or_else(|| self.0.create());
        self.0.add(&mut state, row);
        state
    }

    fn merge(&self, mut state: A::Accumulator, other: A::Accumulator) -> A::Accumulator {
        self.0.merge(&mut state, other);
        state
    }

    fn show(&self, state: &A::Accumulator) -> A::Out {
        self.0.result(state)
    }
}

/// The operator of a [`Folding`].
pub struct Fold<F: Folding> {
    input: Layout,
    folding: F,
    keys: KeyTable,
    /// By slot.
    states: Vec<Option<F::State>>,
    /// By slot: the greatest time of its rows. Empty without event time.
    times: Vec<i64>,
    out: Collector<F::Out>,
    mode: Mode,
    grant: Grant,
    at: At<F>,
}

/// Where it is.
enum At<F: Folding> {
    Nowhere,
    Rows {
        reader: <F::In as Record>::Reader,
        times: Option<ScalarBuffer<i64>>,
        rows: IntoIter<usize>,
        slots: IntoIter<Slot>,
    },
    /// Showing all keys, and what is to be said behind them.
    Keys {
        slots: IntoIter<Slot>,
        then: Option<Watermark>,
    },
}

impl<F: Folding> Fold<F> {
    /// Over a stream of this layout, which has a key.
    ///
    /// # Errors
    ///
    /// If the key's types cannot be keys.
    pub fn new(input: Layout, folding: F, seat: &OperatorSeat) -> Result<Self, Failure> {
        let keys = KeyTable::new(&input.key_types())?;
        let out = Collector::seated(Self::output(&input), seat);
        let (mode, grant) = (seat.mode, Grant::of(seat));
        Ok(Self {
            input,
            folding,
            keys,
            states: Vec::new(),
            times: Vec::new(),
            out,
            mode,
            grant,
            at: At::Nowhere,
        })
    }

    /// The layout of what it makes.
    pub fn output(input: &Layout) -> Layout {
        input.derive(F::Out::fields())
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match std::mem::replace(&mut self.at, At::Nowhere) {
            At::Nowhere => Ok(Flow::Next),
            At::Rows { reader, times, mut rows, mut slots } => {
                for (row, slot) in rows.by_ref().zip(slots.by_ref()) {
                    self.add(slot as usize, reader.get(row), times.as_ref().map(|times| times[row]));
                    if self.out.len() >= BATCH_ROWS {
                        self.out.flush(false, cx)?;
                        if !cx.may_go_on() {
                            self.at = At::Rows { reader, times, rows, slots };
                            return Ok(Flow::Again);
                        }
                    }
                }
                self.out.flush(true, cx)?;
                self.grant.hold(self.bytes())?;
                Ok(Flow::Next)
            }
            At::Keys { mut slots, then } => {
                for slot in slots.by_ref() {
                    let place = slot as usize;
                    self.out.set_time(self.times.get(place).copied().unwrap_or(i64::MIN));
                    self.out.emit(
                        self.folding.show(self.states[place].as_ref().expect("a known key has a state")),
                    );
                    if self.out.len() >= BATCH_ROWS {
                        self.out.flush(false, cx)?;
                        if !cx.may_go_on() {
                            self.at = At::Keys { slots, then };
                            return Ok(Flow::Again);
                        }
                    }
                }
                self.out.flush(true, cx)?;
                self.forget();
                then.map_or(Ok(()), |now| cx.time(now))?;
                Ok(Flow::Next)
            }
        }
    }

    fn add(&mut self, place: usize, row: F::In, time: Option<i64>) {
        if self.states.len() <= place {
            self.states.resize_with(self.keys.slots_end(), || None);
        }
        let state = self.folding.add(self.states[place].take(), row);
        if self.mode == Mode::Streaming {
            self.out.set_time(time.unwrap_or(i64::MIN));
            self.out.emit(self.folding.show(&state));
        }
        self.states[place] = Some(state);
        if let Some(time) = time {
            self.times.resize(self.states.len(), i64::MIN);
            self.times[place] = self.times[place].max(time);
        }
    }

    fn forget(&mut self) {
        self.keys.clear();
        self.states.clear();
        self.times.clear();
    }

    fn bytes(&self) -> usize {
        self.keys.bytes() + self.states.capacity() * size_of::<Option<F::State>>() + self.times.capacity() * 8
    }
}

impl<F: Folding> Operator for Fold<F> {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let keys = self.input.key_columns(&batch);
        let hashes = hashes_of(&batch, &keys)?;
        let mut slots = Vec::with_capacity(batch.rows());
        self.keys.resolve(&keys, &hashes, rows_of(&batch), |_| {}, &mut slots);
        self.at = At::Rows {
            reader: open::<F::In>(&self.input, &batch)?,
            times: self.input.time().map(|_| self.input.times(&batch)),
            rows: rows_of(&batch).collect::<Vec<_>>().into_iter(),
            slots: slots.into_iter(),
        };
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        // What is final comes before the end of time.
        if self.mode == Mode::Batch && now == Watermark::MAX {
            let slots = self.keys.slots().collect::<Vec<_>>().into_iter();
            self.at = At::Keys { slots, then: Some(now) };
            return self.go_on(cx);
        }
        cx.time(now)?;
        Ok(Flow::Next)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if self.mode == Mode::Streaming {
            self.forget();
            return Ok(Flow::Next);
        }
        let slots = self.keys.slots().collect::<Vec<_>>().into_iter();
        self.at = At::Keys { slots, then: None };
        self.go_on(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        let slots: Vec<Slot> = self.keys.slots().collect();
        if slots.is_empty() {
            return Ok(());
        }
        let mut columns = self.keys.columns(&slots);
        let mut fields: Vec<Field> = (0..)
            .zip(&columns)
            .map(|(number, column)| Field::new(format!("key{number}"), column.data_type().clone(), true))
            .collect();
        let times = slots.iter().map(|slot| self.times.get(*slot as usize).copied().unwrap_or(i64::MIN));
        columns.push(Arc::new(Int64Array::from_iter_values(times)) as ArrayRef);
        fields.push(Field::new("time", DataType::Int64, false));
        let mut states = <F::State as Value>::Builder::default();
        slots
            .iter()
            .for_each(|slot| states.push(self.states[*slot as usize].clone().expect("a state for each key")));
        columns.push(states.finish());
        fields.push(Field::new("state", F::State::data_type(), true));
        let rows =
            RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length");
        to.keyed(FOLDED, &rows, slots.iter().map(|slot| self.keys.hash(*slot)).collect());
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for (rows, hashes) in from.keyed(FOLDED) {
            let mut columns = rows.columns().to_vec();
            let states = columns.pop().expect("the state is last");
            let times = columns.pop().expect("the time comes before it");
            let reader = <F::State as Value>::Reader::open(&states).map_err(Failure::lasting)?;
            let mut slots = Vec::new();
            self.keys.resolve(&columns, &hashes, 0..hashes.len(), |_| {}, &mut slots);
            self.states.resize_with(self.keys.slots_end(), || None);
            self.times.resize(self.states.len(), i64::MIN);
            let times = times.as_primitive::<Int64Type>().values();
            for (row, slot) in slots.into_iter().enumerate() {
                self.states[slot as usize] = Some(reader.get(row));
                self.times[slot as usize] = times[row];
            }
        }
        Ok(())
    }
}
