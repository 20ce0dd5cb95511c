//! Rows of two inputs whose event times are not far apart.
//!
//! ```text
//!   left    ─────────┬──────────────     left + lower ≤ right ≤ left + upper
//!                ├───┴──────┤
//!   right   ──────────────x─────────     the pair has the later of both times
//! ```
//!
//! A row stays until event time has come to the last time that a partner may have. As in Flink, a row is late when event
//! time has gone beyond it, and late rows find no partner.

mod arrival;
mod bounds;
mod sides;
mod written;

use memory::Batch;
use record::Record;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::keyed::{Backend, MemoryBackend};
use state::{Restore, Slot, Snapshot};

use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::keyed::Place;
use crate::layout::Layout;
use crate::rows::{BATCH_ROWS, Collector, open};
use crate::seat::{Grant, OperatorSeat};
use crate::side::OutputTag;
use crate::window::alarms::Alarms;
use crate::window::{Late, LateCount};
use arrival::{At, Joining};
use sides::Sides;

pub use bounds::{Interval, IntervalError};

/// Pairs, or keys that are looked at, between two questions whether to go on.
const STEPS_BETWEEN_QUESTIONS: usize = 4096;

/// Joins the rows of a key: port 0 is the left input, port 1 the right one.
pub struct IntervalJoin<A: Record, B: Record, O: Record, F> {
    inputs: [Layout; 2],
    interval: Interval,
    function: F,
    keyed: MemoryBackend,
    /// By slot.
    sides: Vec<Sides<A, B>>,
    /// When rows of a key are to be dropped.
    alarms: Alarms,
    out: Collector<O>,
    watermark: i64,
    at: Option<At<A, B>>,
    joining: Option<Joining<A, B>>,
    advancing: Option<Watermark>,
    late: LateCount,
    late_left: Option<OutputTag<A>>,
    late_right: Option<OutputTag<B>>,
    tally: Tally,
}

/// What memory is accounted by, and time.
struct Tally {
    grant: Grant,
    left_rows: usize,
    right_rows: usize,
    used: Vec<Slot>,
    steps: usize,
}

impl<A: Record, B: Record, O: Record, F: FnMut(A, B, &mut Collector<O>) + 'static> IntervalJoin<A, B, O, F> {
    /// Over two streams of these layouts, whose keys have the same types.
    ///
    /// # Errors
    ///
    /// If the interval is empty, a stream has no event time, or the key's types cannot be keys.
    ///
    /// # Panics
    ///
    /// If the keys differ.
    pub fn new(
        inputs: [Layout; 2],
        interval: Interval,
        function: F,
        seat: &OperatorSeat,
    ) -> Result<Self, Failure> {
        assert_eq!(inputs[0].key_types(), inputs[1].key_types(), "two inputs share one key");
        let Interval { lower, upper } = interval;
        if lower > upper {
            return Err(Failure::lasting(IntervalError::Empty { lower, upper }));
        }
        if inputs.iter().any(|input| input.time().is_none()) {
            return Err(Failure::lasting(IntervalError::Timeless));
        }
        let out = Collector::seated(Self::output(&inputs), seat);
        let keyed = MemoryBackend::new(&inputs[0].key_types())?;
        let tally = Tally { grant: Grant::of(seat), left_rows: 0, right_rows: 0, used: Vec::new(), steps: 0 };
        Ok(Self {
            inputs,
            interval,
            function,
            keyed,
            sides: Vec::new(),
            alarms: Alarms::default(),
            out,
            watermark: i64::MIN,
            at: None,
            joining: None,
            advancing: None,
            late: LateCount::of(&Late::default()),
            late_left: None,
            late_right: None,
            tally,
        })
    }

    /// The same, with late rows counted there.
    #[must_use]
    pub fn late(self, late: &Late) -> Self {
        Self { late: LateCount::of(late), ..self }
    }

    /// The same, with a side output for rows of the left input that come too late.
    #[must_use]
    pub fn late_left_to(self, tag: OutputTag<A>) -> Self {
        Self { late_left: Some(tag), ..self }
    }

    /// The same, with a side output for rows of the right input that come too late.
    #[must_use]
    pub fn late_right_to(self, tag: OutputTag<B>) -> Self {
        Self { late_right: Some(tag), ..self }
    }

    /// The layout of what it makes.
    pub fn output(inputs: &[Layout; 2]) -> Layout {
        inputs[0].derive(O::fields())
    }

    /// Goes on with what was begun, until nothing is left or what is behind does not want more.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        loop {
            if self.out.len() >= BATCH_ROWS || self.tally.steps >= STEPS_BETWEEN_QUESTIONS {
                self.tally.steps = 0;
                self.out.flush(false, cx)?;
                if !cx.may_go_on() {
                    return Ok(Flow::Again);
                }
            }
            if let Some(joining) = self.joining.take() {
                self.join(joining);
            } else if let Some(now) = self.advancing {
                if !self.look_at_next(now) {
                    self.advancing = None;
                    self.end_turn(cx)?;
                    cx.time(now)?;
                }
            } else if let Some((slot, row, time)) = self.at.as_mut().and_then(At::next) {
                self.row(slot, row, time);
            } else {
                self.at = None;
                self.end_turn(cx)?;
                return Ok(Flow::Next);
            }
        }
    }

    /// Drops the rows of the next key that have no partner to come. False if there is no such key.
    fn look_at_next(&mut self, now: Watermark) -> bool {
        let Some((at, slot)) = self.alarms.pop(now.0) else { return false };
        self.tally.steps += 1;
        let sides = &mut self.sides[slot as usize];
        if sides.alarm != Some(at) {
            return true; // It has been set anew since.
        }
        let Interval { lower, upper } = self.interval;
        self.tally.left_rows -= sides.left.drop_until(now.0.saturating_sub(upper.max(0)));
        self.tally.right_rows -= sides.right.drop_until(now.0.saturating_add(lower.min(0)));
        sides.alarm = sides.until(self.interval);
        match sides.alarm {
            Some(next) => self.alarms.set(next, slot),
            None => {
                self.keyed.hold(slot, false);
                self.tally.used.push(slot);
            }
        }
        true
    }

    fn end_turn(&mut self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        self.out.flush(true, cx)?;
        self.late.publish(self.out.accumulators());
        self.keyed.retire(&self.tally.used);
        self.tally.used.clear();
        self.tally.grant.hold(self.bytes())
    }

    fn bytes(&self) -> usize {
        let rows =
            self.tally.left_rows * size_of::<(i64, A)>() + self.tally.right_rows * size_of::<(i64, B)>();
        rows + self.keyed.bytes() + self.sides.capacity() * size_of::<Sides<A, B>>() + self.alarms.bytes()
    }
}

impl<A, B, O, F> Operator for IntervalJoin<A, B, O, F>
where
    A: Record,
    B: Record,
    O: Record,
    F: FnMut(A, B, &mut Collector<O>) + 'static,
{
    fn batch(&mut self, port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let layout = &self.inputs[port];
        let place = Place::begin(layout, &batch, &mut self.keyed)?;
        let slots_end = place.slots().iter().max().map_or(0, |last| *last as usize + 1);
        self.sides.resize_with(self.sides.len().max(slots_end), Sides::default);
        self.at = Some(match port {
            0 => At::Left(open::<A>(layout, &batch)?, place),
            _ => At::Right(open::<B>(layout, &batch)?, place),
        });
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        // What was saved may have come further: what is over stays so.
        self.watermark = self.watermark.max(now.0);
        self.advancing = Some(now);
        self.go_on(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        written::save(self, to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        written::load(self, from)
    }
}
