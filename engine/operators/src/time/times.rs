//! How far time has come in each split, and so altogether.

use std::collections::BTreeMap;
use std::time::Duration;

use memory::Batch;
use runtime::subtask::{Failure, Place};
use shuffle::Watermark;

use super::{AlignmentGroup, AlignmentGroups, Stamp, WatermarkStrategy};
use crate::cx::Cx;
use crate::layout::Layout;

/// How often a source that is ahead looks whether the others have come.
const ALIGNMENT_LOOK_NS: u64 = 20_000_000;

/// The times of a source, or of an operator that gives times.
pub struct Times {
    stamp: Box<dyn Stamp>,
    splits: BTreeMap<u32, Split>,
    idle_after_ns: Option<u64>,
    /// Since when there has been no split, if anybody has looked.
    empty_since_ns: Option<u64>,
    is_idle: bool,
    sent: i64,
    alignment: Option<Alignment>,
}

struct Split {
    watermark: i64,
    last_row_ns: u64,
    is_idle: bool,
}

struct Alignment {
    group: AlignmentGroup,
    member: (u32, u32),
    drift_max_ms: i64,
}

impl Times {
    /// As the strategy says, for rows of this layout, in this subtask.
    pub fn new<T: record::Record>(
        strategy: &WatermarkStrategy<T>,
        input: &Layout,
        place: &Place,
        groups: &AlignmentGroups,
    ) -> Self {
        let alignment = strategy.alignment.as_ref().map(|(name, drift_max_ms)| {
            let group = groups.group(name, place.attempt);
            let member = (place.vertex, place.number);
            group.advance(member, i64::MIN);
            Alignment { group, member, drift_max_ms: *drift_max_ms }
        });
        Self { alignment, ..Self::by(strategy.stamp(input), strategy.idle_after) }
    }

    /// As this says of each batch. Nobody waits for a split that has had no row for so long.
    pub fn by(stamp: Box<dyn Stamp>, idle_after: Option<Duration>) -> Self {
        Self {
            stamp,
            splits: BTreeMap::new(),
            idle_after_ns: idle_after.map(nanoseconds),
            empty_since_ns: None,
            is_idle: false,
            sent: i64::MIN,
            alignment: None,
        }
    }

    /// Rows of a split: sends them with their times, and then how far time has come.
    ///
    /// # Errors
    ///
    /// If they cannot be read, or what is behind says so.
    pub fn rows(&mut self, split: u32, batch: Batch, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let now_ns = if self.idle_after_ns.is_some() { cx.now_ns() } else { 0 };
        let stamped = self.stamp.stamp(batch)?;
        self.empty_since_ns = None;
        let entry = self.splits.entry(split);
        let entry = entry.or_insert(Split { watermark: i64::MIN, last_row_ns: now_ns, is_idle: false });
        (entry.last_row_ns, entry.is_idle) = (now_ns, false);
        entry.watermark = entry.watermark.max(stamped.watermark.unwrap_or(i64::MIN));
        if std::mem::take(&mut self.is_idle) {
            self.report(self.sent);
            cx.active()?;
        }
        cx.send(stamped.batch)?;
        self.set_alarm(cx);
        self.advance(cx)
    }

    /// A split has ended.
    ///
    /// # Errors
    ///
    /// What those behind say.
    pub fn end_split(&mut self, split: u32, cx: &mut Cx<'_>) -> Result<(), Failure> {
        self.splits.remove(&split);
        self.advance(cx)
    }

    /// All has ended: nobody waits for this one.
    pub fn end(&mut self) {
        self.report(i64::MAX);
    }

    /// Tells the group how far this one is.
    fn report(&self, watermark: i64) {
        if let Some(alignment) = &self.alignment {
            alignment.group.advance(alignment.member, watermark);
        }
    }

    /// Looks who has been silent for too long.
    ///
    /// # Errors
    ///
    /// What those behind say.
    pub fn wake(&mut self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let Some(after_ns) = self.idle_after_ns else { return Ok(()) };
        let now_ns = cx.now_ns();
        for split in self.splits.values_mut() {
            split.is_idle |= split.last_row_ns + after_ns <= now_ns;
        }
        self.advance(cx)?;
        let is_silent = match self.silent_since_ns(now_ns) {
            Some(since_ns) => since_ns + after_ns <= now_ns,
            None => self.splits.values().all(|split| split.is_idle),
        };
        if !self.is_idle && is_silent {
            self.is_idle = true;
            // Nobody waits for it: not those behind, and not those of its group.
            self.report(i64::MAX);
            cx.idle()?;
        }
        self.set_alarm(cx);
        Ok(())
    }

    /// It is looked at for the first time: who never has a row becomes idle too.
    pub fn begin(&mut self, cx: &mut Cx<'_>) {
        if self.idle_after_ns.is_some() && self.splits.is_empty() && self.empty_since_ns.is_none() {
            self.silent_since_ns(cx.now_ns());
            self.set_alarm(cx);
        }
    }

    /// Since when there has been no split, if there is none.
    fn silent_since_ns(&mut self, now_ns: u64) -> Option<u64> {
        self.splits.is_empty().then(|| *self.empty_since_ns.get_or_insert(now_ns))
    }

    /// Whether it should wait for others of its group. Then it will be woken to look again.
    pub fn must_wait(&mut self, cx: &mut Cx<'_>) -> bool {
        self.begin(cx);
        let Some(alignment) = &self.alignment else { return false };
        let least = alignment.group.least().unwrap_or(i64::MAX);
        let is_ahead = self.sent > least.saturating_add(alignment.drift_max_ms);
        if is_ahead {
            // It is silent because it has to be: that does not count.
            let now_ns = cx.now_ns();
            self.splits.values_mut().for_each(|split| split.last_row_ns = now_ns);
            cx.wake_at_ns(now_ns + ALIGNMENT_LOOK_NS);
        }
        is_ahead
    }

    /// Says how far time has come, if it has come further.
    fn advance(&mut self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let active = self.splits.values().filter(|split| !split.is_idle);
        let Some(least) = active.map(|split| split.watermark).min() else { return Ok(()) };
        if least <= self.sent {
            return Ok(());
        }
        self.sent = least;
        self.report(least);
        cx.time(Watermark(least))
    }

    fn set_alarm(&self, cx: &mut Cx<'_>) {
        let Some(after_ns) = self.idle_after_ns else { return };
        let active = self.splits.values().filter(|split| !split.is_idle);
        let silent_ns = self.empty_since_ns.filter(|_| self.splits.is_empty() && !self.is_idle);
        if let Some(first_ns) = active.map(|split| split.last_row_ns).min().or(silent_ns) {
            cx.wake_at_ns(first_ns + after_ns);
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
