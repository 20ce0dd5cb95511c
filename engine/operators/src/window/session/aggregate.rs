//! Aggregates of sessions, of which no row is kept.
//!
//! A row changes the cell of its session. Where sessions become one, their cells do when the batch is noted: until then rows
//! of either have gone into their own.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{ArrayRef, RecordBatch, TimestampMillisecondArray};
use arrow_schema::{Field, Schema, SchemaRef};
use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Slot, Snapshot};

use super::super::pane::{Cells, WindowedError, length, windowed};
use super::super::rows::{times_of, with_times};
use super::super::span::Window;
use super::lateness::{Lateness, forget};
use super::sessions::{Session, Sessions};
use crate::accumulators::Accumulators;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::keys::{Keys, hashes_of};
use crate::aggregate::tally::Tally;
use crate::aggregate::{Aggregation, dense, refuse_changes};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::{Layout, time_type};
use crate::rows::{BATCH_ROWS, rows_of};
use crate::seat::{Grant, OperatorSeat};
use crate::watermark;

/// The name of its state: a row for each open session.
const STATE: &str = "sessions";

/// Aggregates of the rows that have the same key and are of the same session, as a plan carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionAggregation {
    /// Of which rows, of what. The input has event time.
    pub aggregation: Aggregation,
    /// For so long after a row, in milliseconds, its session waits for another one.
    pub gap: i64,
}

impl SessionAggregation {
    /// What comes out: the key, a column for each aggregate, the start and the end of the session, and as event time the
    /// last millisecond of it.
    ///
    /// # Errors
    ///
    /// If a function does not take its column.
    pub fn output(&self) -> Result<Layout, WindowedError> {
        windowed(&self.aggregation)
    }

    /// Whether it makes sense.
    fn check(&self) -> Result<(), WindowedError> {
        if self.aggregation.input.time().is_none() {
            return Err(WindowedError::Timeless);
        }
        let mut functions = self.aggregation.aggregates.iter().map(|aggregate| aggregate.function);
        match functions.find(|function| function.is_ordered()) {
            Some(function) => Err(WindowedError::Joined { function: function.word() }),
            None => Ok(()),
        }
    }
}

/// The operator.
pub struct SessionAggregate {
    input: Layout,
    time: usize,
    output: Layout,
    /// The columns in which it is saved.
    saved: SchemaRef,
    keys: Keys,
    sessions: Sessions<Slot>,
    cells: Cells,
    lateness: Lateness,
    accumulators: Accumulators,
    /// Sessions that are over, and how many of them have left.
    leaving: Vec<(Slot, Session<Slot>)>,
    left: usize,
    grant: Grant,
}

impl SessionAggregate {
    /// Makes rows of [`SessionAggregation::output`].
    ///
    /// # Errors
    ///
    /// If a function does not take its column or depends on the order of rows, a type cannot be a key, the gap is none, or
    /// there is no event time.
    pub fn new(spec: &SessionAggregation, seat: &OperatorSeat) -> Result<Self, Failure> {
        spec.check().map_err(Failure::lasting)?;
        let gap = length("the gap", spec.gap).map_err(Failure::lasting)?;
        let input = spec.aggregation.input.clone();
        let mut fields = spec.aggregation.key_fields();
        fields.extend(["$start", "$end"].map(|name| Field::new(name, time_type(), false)));
        for aggregate in &spec.aggregation.aggregates {
            fields.extend(aggregate.partial_fields(input.schema())?);
        }
        Ok(Self {
            time: input.time().expect("it was checked"),
            output: spec.output().map_err(Failure::lasting)?,
            saved: Arc::new(Schema::new(fields)),
            keys: Keys::new(&input.key_types())?,
            sessions: Sessions::new(gap),
            cells: Cells::new(Tally::new(&spec.aggregation.aggregates, input.schema())?),
            lateness: Lateness::new(&seat.accumulators),
            accumulators: seat.accumulators.clone(),
            leaving: Vec::new(),
            left: 0,
            grant: Grant::of(seat),
            input,
        })
    }

    /// Adds rows to their sessions.
    fn note(&mut self, batch: &Batch) -> Result<(), Failure> {
        let key = self.input.key_columns(batch);
        let hashes = hashes_of(batch, &key)?;
        let mut slots = Vec::with_capacity(batch.rows());
        self.keys.resolve(&key, &hashes, Selected::of(batch), &mut slots);
        self.sessions.grow(self.keys.slots_end());
        let times = times_of(batch, self.time);
        let (mut rows, mut found) = (Vec::with_capacity(slots.len()), Vec::with_capacity(slots.len()));
        let mut joined: Vec<(Slot, Slot)> = Vec::new();
        let Self { sessions, cells, lateness, .. } = self;
        for (slot, row) in slots.iter().zip(rows_of(batch)) {
            let time = times[row];
            if sessions.is_late(*slot, time, lateness.watermark) {
                lateness.note(*slot, time);
                continue;
            }
            let join = |cell: &mut Slot, other: Slot| joined.push((other, *cell));
            found.push(*sessions.enter(*slot, time, || cells.take(), join));
            rows.push(u32::try_from(row).expect("a batch has fewer than four billion rows"));
        }
        cells.update(&found, Selected::Only(&rows), batch.columns());
        cells.merge(&joined);
        let free: Vec<Slot> = joined.iter().map(|(other, _)| *other).collect();
        cells.give_back(&free);
        lateness.publish(&mut self.keys, |slot| sessions.has_none(slot));
        self.hold()
    }

    fn hold(&mut self) -> Result<(), Failure> {
        self.grant.hold(self.keys.bytes() + self.sessions.bytes() + self.cells.bytes())
    }

    /// The results of these sessions.
    fn results(&self, over: &[(Slot, Session<Slot>)]) -> Result<Batch, Failure> {
        let slots: Vec<Slot> = over.iter().map(|(slot, _)| *slot).collect();
        let cells: Vec<Slot> = over.iter().map(|(_, session)| session.content).collect();
        let times = |time: fn(&Window) -> i64| {
            let times = over.iter().map(|(_, session)| time(&session.span));
            Arc::new(TimestampMillisecondArray::from_iter_values(times)) as ArrayRef
        };
        let mut columns = self.keys.columns(&slots);
        columns.extend(self.cells.values(&cells)?);
        columns.extend([times(|span| span.start), times(|span| span.end), times(|span| span.max_time())]);
        Ok(self.output.batch(columns, over.len()).with_hashes(Some(self.keys.hashes(&slots).into())))
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        while self.left < self.leaving.len() {
            let end = self.leaving.len().min(self.left + BATCH_ROWS);
            let piece = &self.leaving[self.left..end];
            let results = self.results(piece)?;
            let cells: Vec<Slot> = piece.iter().map(|(_, session)| session.content).collect();
            self.cells.give_back(&cells);
            self.left = end;
            cx.send(results)?;
            if !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
        let past = self.leaving.drain(..).map(|(slot, _)| slot).collect();
        self.left = 0;
        let Self { keys, sessions, .. } = self;
        forget(keys, past, |slot| sessions.has_none(slot));
        self.hold()?;
        cx.time(Watermark(self.lateness.watermark))?;
        Ok(Flow::Next)
    }
}

impl Operator for SessionAggregate {
    fn batch(&mut self, _port: usize, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes(&batch)?;
        let batch = dense(with_times(batch, self.time, &self.accumulators));
        self.note(&batch)?;
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if now.0 <= self.lateness.watermark {
            cx.time(now)?; // What was saved had come further.
            return Ok(Flow::Next);
        }
        self.lateness.watermark = now.0;
        self.leaving = self.sessions.take(now.0);
        self.go_on(cx)
    }

    fn end(&mut self, _port: usize, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.grant.release();
        Ok(Flow::Next)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        if self.lateness.watermark == i64::MAX {
            return Ok(()); // Nothing comes any more.
        }
        let open: Vec<(Slot, &Session<Slot>)> = self.sessions.all().collect();
        if !open.is_empty() {
            let slots: Vec<Slot> = open.iter().map(|(slot, _)| *slot).collect();
            let cells: Vec<Slot> = open.iter().map(|(_, session)| session.content).collect();
            let times = |time: fn(&Window) -> i64| {
                let times = open.iter().map(|(_, session)| time(&session.span));
                Arc::new(TimestampMillisecondArray::from_iter_values(times)) as ArrayRef
            };
            let mut columns = self.keys.columns(&slots);
            columns.extend([times(|span| span.start), times(|span| span.end)]);
            columns.extend(self.cells.save(&cells));
            let rows = RecordBatch::try_new(self.saved.clone(), columns).expect("the columns that it saves");
            to.keyed(STATE, &rows, self.keys.hashes(&slots));
        }
        watermark::save(self.lateness.watermark, to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for (rows, hashes) in from.keyed(STATE) {
            let (key, rest) = rows.columns().split_at(self.input.key().len());
            let (spans, partials) = rest.split_at(2);
            let mut slots = Vec::new();
            self.keys.resolve(key, &hashes, Selected::All(rows.num_rows()), &mut slots);
            self.sessions.grow(self.keys.slots_end());
            let times = |column: usize| spans[column].as_primitive::<TimestampMillisecondType>().values();
            let mut cells = Vec::with_capacity(slots.len());
            for ((slot, start), end) in slots.iter().zip(times(0)).zip(times(1)) {
                let cell = self.cells.take();
                self.sessions.reenter(*slot, Window::new(*start, *end), cell);
                cells.push(cell);
            }
            self.cells.absorb(&cells, Selected::All(cells.len()), partials);
        }
        self.lateness.watermark = watermark::load(from).map_or(i64::MIN, |(least, _)| least);
        self.hold()
    }
}
