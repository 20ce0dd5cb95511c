//! The machine of windows of typed rows: keys at hand, windows by key, what is being sent.
//!
//! ```text
//!            assigner          trigger
//!   row ───► windows ───► entry ───► emission ───► rows
//!   time ──► alarms ──────┘
//! ```
//!
//! Stops between any two of its steps, and in the middle of a window whose function makes many rows, when what is behind
//! it does not want more; goes on there.

mod arrival;
mod emission;
mod firing;
mod written;

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::keyed::{Backend, MemoryBackend};
use state::{Restore, Slot, Snapshot};

use super::alarms::Alarms;
use super::assign::Assigner;
use super::entry::Entry;
use super::function::WindowFunction;
use super::late::LateCount;
use super::span::Window;
use super::trigger::Trigger;
use super::windowing::Windowing;
use crate::contract::Flow;
use crate::cx::Cx;
use crate::keyed::{Place, TimeDomain};
use crate::layout::Layout;
use crate::rows::{BATCH_ROWS, Collector};
use crate::seat::{Grant, Mode, OperatorSeat};
use arrival::Arriving;
use emission::Emission;

/// Steps between two questions whether to go on, where nothing is sent: some hundred microseconds.
const STEPS_BETWEEN_QUESTIONS: usize = 1024;

/// The windows of one key, by start and end.
type Entries<C, S> = Vec<Entry<C, S>>;

/// Where late rows go. False if nobody asks for this one.
pub(crate) type LateRows<T, O> = Box<dyn FnMut(T, &mut Collector<O>) -> bool>;

/// Common to all operators of windows of rows `T`.
pub(crate) struct WindowBody<T, A, G: Trigger<T>, F: WindowFunction<T>> {
    assigner: A,
    trigger: G,
    function: F,
    rules: Rules,
    /// How many columns a key has.
    keys: usize,
    /// By slot.
    entries: Vec<Entries<F::Contents, G::State>>,
    keyed: MemoryBackend,
    windowed: MemoryBackend,
    event: Alarms,
    processing: Alarms,
    out: Collector<F::Out>,
    late_to: Option<LateRows<T, F::Out>>,
    late: LateCount,
    clock: Clock,
    work: Work<T>,
    tally: Tally,
    /// Room for the windows of a row, and for what the triggers of merged windows remembered.
    windows: Vec<Window>,
    merged: Vec<G::State>,
}

/// What does not change.
#[derive(Clone, Copy)]
struct Rules {
    domain: TimeDomain,
    is_merging: bool,
    lateness: i64,
    mode: Mode,
}

/// How far time has come.
#[derive(Clone, Copy)]
struct Clock {
    watermark: i64,
    /// The machine's time. It goes on only together with the timers that are due by it.
    now_ms: i64,
}

/// What was begun and not ended.
struct Work<T> {
    firing: Option<Firing>,
    /// The alarm that is being looked at.
    ringing: Option<(i64, Slot)>,
    arriving: Option<Arriving<T>>,
    emission: Option<Emission>,
    steps: usize,
}

/// Up to when timers are to fire.
#[derive(Clone, Copy)]
enum Firing {
    /// Those of event time; behind them, it is passed on.
    Event(Watermark),
    Processing(i64),
}

/// What memory is accounted by.
struct Tally {
    grant: Grant,
    windows: usize,
    contents_bytes: usize,
    /// Keys that were used since the last look at which of them hold nothing.
    used: Vec<Slot>,
}

impl Rules {
    /// When a window is gone for good: never, if that is the end of time.
    fn end_of(self, window: Window) -> i64 {
        match self.domain {
            TimeDomain::Event => window.max_time().saturating_add(self.lateness),
            TimeDomain::Processing => window.max_time(),
        }
    }
}

impl<T: Clone, A: Assigner<T>, G: Trigger<T>, F: WindowFunction<T>> WindowBody<T, A, G, F> {
    /// For inputs with the key and the time of this layout.
    pub(crate) fn new(
        input: &Layout,
        windowing: Windowing<T, A, G>,
        function: F,
        out: Collector<F::Out>,
        seat: &OperatorSeat,
    ) -> Result<Self, Failure> {
        windowing.check(input).map_err(Failure::lasting)?;
        let Windowing { assigner, trigger, lateness, late, .. } = windowing;
        let (domain, is_merging) = (assigner.domain(), assigner.is_merging());
        let keys = input.key_types();
        Ok(Self {
            rules: Rules { domain, is_merging, lateness, mode: seat.mode },
            assigner,
            trigger,
            function,
            keys: keys.len(),
            entries: Vec::new(),
            keyed: MemoryBackend::new(&keys)?,
            windowed: written::backend_of_windows(keys)?,
            event: Alarms::default(),
            processing: Alarms::default(),
            out,
            late_to: None,
            late: LateCount::of(&late),
            clock: Clock { watermark: i64::MIN, now_ms: i64::MIN },
            work: Work { firing: None, ringing: None, arriving: None, emission: None, steps: 0 },
            tally: Tally { grant: Grant::of(seat), windows: 0, contents_bytes: 0, used: Vec::new() },
            windows: Vec::new(),
            merged: Vec::new(),
        })
    }

    /// Late rows go there instead of being dropped.
    pub(crate) fn late_to(&mut self, late_to: LateRows<T, F::Out>) {
        self.late_to = Some(late_to);
    }

    /// Brings the keys of a batch to hand.
    pub(crate) fn begin(&mut self, layout: &Layout, batch: &Batch, cx: &Cx<'_>) -> Result<Place, Failure> {
        self.tick(cx.wall_ms());
        let place = Place::begin(layout, batch, &mut self.keyed)?;
        let slots_end = place.slots().iter().max().map_or(0, |last| *last as usize + 1);
        if self.entries.len() < slots_end {
            self.entries.resize_with(slots_end, Vec::new);
        }
        Ok(place)
    }

    /// The machine's time has come this far: its timers are to fire. A window has all rows of its last millisecond, so
    /// that must be over.
    pub(crate) fn tick(&mut self, now_ms: i64) {
        self.clock.now_ms = self.clock.now_ms.max(now_ms);
        if self.rules.mode == Mode::Streaming && self.processing.next().is_some_and(|next| next < now_ms) {
            self.work.firing = Some(Firing::Processing(now_ms - 1));
        }
    }

    /// Event time has come to `now`. False if that is nothing new.
    #[must_use]
    pub(crate) fn set_time(&mut self, now: Watermark) -> bool {
        if now.0 <= self.clock.watermark {
            return false; // What was saved had come further.
        }
        self.clock.watermark = now.0;
        self.work.firing = Some(Firing::Event(now));
        true
    }

    /// Nothing more comes. What waits for the machine's time is sent when only the end counts, and dropped otherwise.
    pub(crate) fn end(&mut self) {
        match self.rules.mode {
            Mode::Batch => {
                self.clock.now_ms = i64::MAX;
                self.work.firing = Some(Firing::Processing(i64::MAX));
            }
            Mode::Streaming => {
                let slots = (0..).zip(&self.entries).filter(|(_, entries)| !entries.is_empty());
                let slots: Vec<Slot> = slots.map(|(slot, _)| slot).collect();
                for slot in slots {
                    while let Some(place) = self.entries[slot as usize].len().checked_sub(1) {
                        self.drop_entry(slot, place);
                    }
                }
                (self.event, self.processing) = Default::default();
            }
        }
    }

    /// Goes on with what was begun, then with the rows that `next` brings, until nothing is left or what is behind does
    /// not want more.
    pub(crate) fn go_on(
        &mut self,
        cx: &mut Cx<'_>,
        mut next: impl FnMut() -> Option<(Slot, T, i64)>,
    ) -> Result<Flow, Failure> {
        loop {
            let is_waiting = !self.emit()?;
            if (is_waiting || self.out.len() >= BATCH_ROWS || self.work.steps >= STEPS_BETWEEN_QUESTIONS)
                && self.is_stopped(cx)?
            {
                return Ok(Flow::Again);
            }
            if is_waiting {
                continue;
            }
            if let Some(arriving) = self.work.arriving.take() {
                self.arrive(arriving)?;
            } else if let Some(firing) = self.work.firing {
                self.work.steps += 1;
                if !self.fire_next(firing) {
                    self.work.firing = None;
                    self.end_turn(cx)?;
                    if let Firing::Event(now) = firing {
                        cx.time(now)?;
                    }
                }
            } else if let Some((slot, row, time)) = next() {
                self.row(slot, row, time)?;
            } else {
                self.end_turn(cx)?;
                return Ok(Flow::Next);
            }
        }
    }

    /// Sends what fills a batch. Whether that is enough for now.
    fn is_stopped(&mut self, cx: &mut Cx<'_>) -> Result<bool, Failure> {
        self.work.steps = 0;
        self.out.flush(false, cx)?;
        Ok(!cx.may_go_on())
    }

    /// What a call leaves: rows are sent, keys that hold nothing forgotten, memory accounted for, the clock set.
    fn end_turn(&mut self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        self.out.flush(true, cx)?;
        self.late.publish(self.out.accumulators());
        self.keyed.retire(&self.tally.used);
        self.tally.used.clear();
        self.tally.grant.hold(self.bytes())?;
        if self.rules.mode == Mode::Streaming
            && let Some(next) = self.processing.next()
        {
            cx.wake_at_wall_ms(next.saturating_add(1));
        }
        Ok(())
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        let windows =
            self.tally.windows * size_of::<Entry<F::Contents, G::State>>() + self.tally.contents_bytes;
        let slots = self.entries.capacity() * size_of::<Entries<F::Contents, G::State>>();
        let keys = self.keyed.bytes() + self.windowed.bytes();
        windows + slots + keys + self.event.bytes() + self.processing.bytes()
    }

    pub(crate) fn save(&mut self, to: &mut Snapshot) {
        written::save(self, to);
    }

    pub(crate) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        written::load(self, from)
    }
}
