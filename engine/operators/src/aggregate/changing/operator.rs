//! The operator: rows of a changelog in, and the changelog of their aggregates out.

use std::sync::Arc;

use arrow_array::{ArrayRef, TimestampMillisecondArray};
use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Slot, Snapshot};

use super::super::accumulator::Selected;
use super::super::aggregation::{Aggregation, dense, refuse_changes};
use super::super::error::AggregateError;
use super::super::function::{Aggregate, Function};
use super::super::keys::hashes_of;
use super::super::leaving::Leaving;
use super::super::rolling::Results;
use super::ends::{Ends, ends_in};
use super::figures::Figures;
use super::ledger::Ledger;
use super::news::{News, Telling};
use super::touched::Touched;
use crate::accumulators::Accumulators;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::idle::{Idle, UNKNOWN};
use crate::layout::{Layout, time_type};
use crate::seat::{Grant, Mode, OperatorSeat};

/// Aggregates by key of rows that may be taken back, and that change.
///
/// In a stream it sends what each batch has changed: a row for a key that is new, the former row and the new one for a key
/// whose results are others now, the former row for a key that has lost its last one. Without a key there is always a row
/// once there was one. In a batch, and with windows, it sends what is final, once.
pub struct ChangingAggregate {
    /// What comes in.
    input: Layout,
    output: Layout,
    ledger: Ledger,
    touched: Touched,
    sends: Sends,
    telling: Telling,
    /// Where keys are forgotten that have no new row for a while.
    idle: Option<Idle>,
    work: Work,
    accumulators: Accumulators,
    grant: Grant,
    /// Slots of the rows of a batch, kept for its memory.
    slots: Vec<Slot>,
}

/// When it sends what.
enum Sends {
    /// What a batch has changed, behind it.
    Changes {
        /// The only key has a row in the end, if there never was one.
        of_nothing: bool,
    },
    /// A row for each key, when the last row has come.
    AtEnd {
        /// The only key is there without a row.
        of_nothing: bool,
    },
    /// A row for each key, when its window has ended.
    AtWindowEnd(Ends),
}

/// What it has begun and not ended.
enum Work {
    Nothing,
    Telling(News),
    Leaving(Leaving),
}

impl ChangingAggregate {
    /// Takes rows of the aggregation's input, and makes rows of [`ChangingAggregate::output`].
    ///
    /// # Errors
    ///
    /// If a function does not take its column, a type cannot be a key, or a function is not computed of rows that may be
    /// taken back.
    pub fn new(aggregation: &Aggregation, seat: &OperatorSeat) -> Result<Self, Failure> {
        let input = aggregation.input.clone();
        let figures = Figures::new(aggregation)?;
        Self::over(aggregation, input, figures, seat)
    }

    /// The same for rows that [`LocalAggregate`](super::super::LocalAggregate)s have made of rows, or
    /// [`LocalDistinct`](super::super::LocalDistinct)s: of [`Aggregation::partial`].
    ///
    /// # Errors
    ///
    /// As [`ChangingAggregate::new`].
    ///
    /// # Panics
    ///
    /// If rows may be taken back: nobody makes parts of those.
    pub fn merging(aggregation: &Aggregation, seat: &OperatorSeat) -> Result<Self, Failure> {
        assert!(!aggregation.input.has_kinds(), "parts are of rows that stay");
        let figures = Figures::of_parts(aggregation)?;
        let merging = Self::over(aggregation, aggregation.partial()?, figures, seat)?;
        Ok(Self { ledger: merging.ledger.of_parts(), ..merging })
    }

    fn over(
        aggregation: &Aggregation,
        input: Layout,
        figures: Figures,
        seat: &OperatorSeat,
    ) -> Result<Self, Failure> {
        let (sends, time) = match seat.mode {
            Mode::Streaming => (Sends::Changes { of_nothing: false }, None),
            Mode::Batch => (Sends::AtEnd { of_nothing: false }, input.time()),
        };
        let figures = figures.timed(time, input.schema())?;
        let counts = |aggregate: &Aggregate| {
            aggregate.function == Function::Count && !aggregate.distinct && aggregate.filter.is_none()
        };
        let always_differs = !input.has_kinds() && aggregation.aggregates.iter().any(counts);
        Ok(Self {
            output: Self::output(aggregation, seat.mode.into())?,
            ledger: Ledger::new(aggregation.key_fields(), figures, input.has_kinds())?,
            input,
            touched: Touched::default(),
            sends,
            telling: Telling { former: true, always_differs },
            idle: None,
            work: Work::Nothing,
            accumulators: seat.accumulators.clone(),
            grant: Grant::of(seat),
            slots: Vec::new(),
        })
    }

    /// The same operator for windows that end when event time has come to what this column of the key says, less a
    /// millisecond: then its rows leave, once, and it is forgotten. Rows that come later are dropped and counted. Event time,
    /// if there is any, is the last millisecond of the window.
    ///
    /// # Panics
    ///
    /// If it is not of the key, or no `TIMESTAMP(3)`.
    #[must_use]
    pub fn windowed(self, column: usize) -> Self {
        let place = self.input.key().iter().position(|own| *own == column);
        let place = place.expect("a window is part of the key");
        assert_eq!(self.input.schema().field(column).data_type(), &time_type());
        Self {
            output: self.output.unchanging(),
            ledger: self.ledger.timeless().forgetting(),
            sends: Sends::AtWindowEnd(Ends::new((column, place), self.accumulators.clone())),
            ..self
        }
    }

    /// The same operator, which forgets a key when it has had no row for so long, by the clock of the machine. Nothing is taken
    /// back then; with its next row the key is a new one.
    #[must_use]
    pub fn idle_after(self, after_ms: i64) -> Self {
        Self { idle: Some(Idle::new(after_ms)), ledger: self.ledger.forgetting(), ..self }
    }

    /// The same operator, which has a result of no rows too, as SQL has it: for an aggregation without a key and without event
    /// time, on one subtask. Of a stream it is known when the stream has ended.
    #[must_use]
    pub fn of_nothing_too(mut self) -> Self {
        if let Sends::AtEnd { of_nothing } | Sends::Changes { of_nothing } = &mut self.sends {
            *of_nothing = true;
        }
        self
    }

    /// The same operator, which does not say what a key had before it has something else: for those who know a row by its key.
    #[must_use]
    pub fn without_former(self) -> Self {
        Self { telling: Telling { former: false, ..self.telling }, ..self }
    }

    /// What comes out: the key, a column for each aggregate, event time if the input has it. Of a stream it is a changelog;
    /// of a batch, and with windows, which have their last results only, it is not.
    ///
    /// # Errors
    ///
    /// If a function does not take its column.
    pub fn output(aggregation: &Aggregation, results: Results) -> Result<Layout, AggregateError> {
        let is_only = aggregation.input.key().is_empty();
        let output = aggregation.layout(|aggregate, schema| {
            let field = aggregate.field(schema)?;
            // Without a key there may be a result of no rows.
            let is_nullable = field.is_nullable() || is_only && !aggregate.function.is_count();
            Ok(vec![field.with_nullable(is_nullable)])
        })?;
        Ok(match results {
            Results::EachRow => output.changing(),
            Results::Last => output.unchanging(),
        })
    }

    /// Adds the rows of a batch to what is known.
    fn note(&mut self, batch: &Batch) -> Result<(), Failure> {
        let key = self.input.key_columns(batch);
        let (hashes, rows) = (hashes_of(batch, &key)?, Selected::of(batch));
        self.ledger.resolve((&key, &hashes), rows, &mut self.slots);
        if !matches!(self.sends, Sends::AtEnd { .. }) {
            self.touched.find(&self.slots, rows, self.ledger.keys.slots_end());
        }
        match &mut self.sends {
            Sends::Changes { .. } => {
                let known = (&hashes[..], &self.ledger);
                self.work = Work::Telling(News::new(&self.touched, batch, &self.input, known, self.telling)?);
            }
            Sends::AtWindowEnd(ends) => {
                let column = ends_in(batch.columns().column(ends.column()));
                for (slot, row) in self.touched.slots.iter().zip(&self.touched.rows) {
                    if !self.ledger.standing.is_told(*slot) {
                        self.ledger.standing.tell(*slot, true);
                        ends.note(*slot, column[*row as usize]);
                    }
                }
            }
            Sends::AtEnd { .. } => {}
        }
        self.ledger.note(&self.slots, batch)?;
        self.hold()
    }

    /// Forgets the keys that have had no row for too long.
    fn forget_idle(&mut self, now_ms: i64) {
        let Some(idle) = &mut self.idle else { return };
        let slots: Vec<Slot> = std::iter::from_fn(|| idle.next(now_ms)).collect();
        // A key that has lost its last row is forgotten already.
        let known: Vec<Slot> = slots.into_iter().filter(|slot| self.ledger.standing.is_told(*slot)).collect();
        self.ledger.forget(&known);
    }

    /// These keys leave, and then this watermark.
    fn leave(&mut self, slots: Vec<Slot>, then: Option<Watermark>, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.work = Work::Leaving(Leaving::new(slots, then));
        self.go_on(cx)
    }

    /// All keys leave: the last row has come.
    fn leave_all(&mut self, then: Option<Watermark>, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let slots = match &mut self.sends {
            Sends::Changes { of_nothing } => {
                let is_only = self.input.key().is_empty() && self.input.time().is_none();
                if std::mem::take(of_nothing) && is_only && self.ledger.keys.len() == 0 {
                    self.ledger.know_the_only_one();
                    self.ledger.keys.slots()
                } else {
                    Vec::new() // They were told of.
                }
            }
            Sends::AtWindowEnd(ends) => ends.close(),
            Sends::AtEnd { of_nothing } => {
                if std::mem::take(of_nothing) {
                    self.ledger.know_the_only_one();
                }
                self.ledger.keys.slots()
            }
        };
        self.leave(slots, then, cx)
    }

    /// Goes on with what it has begun, for as long as it may.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let Self { ledger, output, sends, work, .. } = self;
        match work {
            Work::Nothing => return Ok(Flow::Next),
            Work::Telling(news) => {
                while !news.is_told() {
                    cx.send(news.piece(ledger, output)?)?;
                    if !cx.may_go_on() {
                        return Ok(Flow::Again);
                    }
                }
            }
            Work::Leaving(leaving) => {
                let flow = leaving.go_on(cx, |slots| last_rows(slots, ledger, sends, output))?;
                if flow != Flow::Next {
                    return Ok(flow);
                }
                // Without windows keys leave when all is over.
                if !matches!(sends, Sends::AtWindowEnd(_)) {
                    ledger.clear();
                }
            }
        }
        self.work = Work::Nothing;
        self.hold()?;
        Ok(Flow::Next)
    }

    fn hold(&mut self) -> Result<(), Failure> {
        if self.ledger.keys.len() == 0 {
            self.grant.release();
            return Ok(());
        }
        let ends = if let Sends::AtWindowEnd(ends) = &self.sends { ends.bytes() } else { 0 };
        let idle = self.idle.as_ref().map_or(0, Idle::bytes);
        self.grant.hold(self.ledger.bytes() + self.touched.bytes() + ends + idle)
    }
}

/// The last results of these keys, which are forgotten if their windows have ended.
fn last_rows(slots: &[Slot], ledger: &mut Ledger, sends: &Sends, output: &Layout) -> Result<Batch, Failure> {
    let there: Vec<Slot> = slots.iter().copied().filter(|slot| ledger.standing.is_there(*slot)).collect();
    let mut columns = ledger.rows(&there)?;
    let hashes = ledger.keys.hashes(&there);
    if let Sends::AtWindowEnd(ends) = sends {
        if output.time().is_some() {
            let column = ends_in(&columns[ends.place()]);
            let last = column.iter().map(|end| end.saturating_sub(1));
            columns.push(Arc::new(TimestampMillisecondArray::from_iter_values(last)) as ArrayRef);
        }
        ledger.forget(slots);
    }
    Ok(output.batch(columns, there.len()).with_hashes(Some(hashes.into())))
}

impl Operator for ChangingAggregate {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let mut batch = dense(batch);
        if !self.input.has_kinds() {
            refuse_changes(&batch)?;
            batch = batch.with_kinds(None); // All of them add.
        }
        if let Sends::AtWindowEnd(ends) = &mut self.sends {
            batch = ends.timely(batch);
        }
        self.forget_idle(cx.wall_ms());
        self.note(&batch)?;
        if let Some(idle) = &mut self.idle {
            let now_ms = cx.wall_ms();
            self.touched.slots.iter().for_each(|slot| idle.touch(*slot, now_ms));
        }
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match &mut self.sends {
            Sends::Changes { .. } if now < Watermark::MAX => {
                cx.time(now)?;
                Ok(Flow::Next)
            }
            Sends::Changes { .. } => self.leave_all(Some(now), cx),
            Sends::AtWindowEnd(ends) => {
                let ended = ends.pass(now.0);
                self.leave(ended, Some(now), cx)
            }
            // Time is held back, since the rows that leave have times before it; the end of time is the end.
            Sends::AtEnd { .. } if now < Watermark::MAX => Ok(Flow::Next),
            Sends::AtEnd { .. } => self.leave_all(Some(now), cx),
        }
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.leave_all(None, cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        self.ledger.save(to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.ledger.load(from)?;
        let slots = self.ledger.keys.slots();
        if let Sends::AtWindowEnd(ends) = &mut self.sends {
            let column = ends_in(&self.ledger.keys.columns(&slots)[ends.place()]);
            slots.iter().zip(&column).for_each(|(slot, end)| ends.note(*slot, *end));
        }
        for slot in slots {
            self.idle.iter_mut().for_each(|idle| idle.touch(slot, UNKNOWN));
            let is_told = self.ledger.standing.is_there(slot) || matches!(self.sends, Sends::AtWindowEnd(_));
            self.ledger.standing.tell(slot, is_told);
        }
        self.hold()
    }
}
