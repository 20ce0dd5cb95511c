//! A stream in the order of time: rows wait until the watermark has passed them, and leave with what was behind them.
//!
//! ```text
//!   rows ─► late? ─► wait ── time comes ─► by key and time ─► results, with what is carried of each key ─► out
//! ```
//!
//! Keeps the rows that wait, and of each key what functions that look back can still see. When time has come to rows of a key,
//! all of that is looked at, as in Flink: a frame of very many rows costs them with every such watermark. A key of which
//! nothing can be seen is forgotten. Nothing is ever taken back. A row whose time has been passed is dropped and counted, and so is one without
//! a time. Unlike in Flink, the watermark outlives a restart: what was late stays late.

use std::collections::BTreeMap;

use arrow_array::BooleanArray;
use memory::{Batch, Envelope};
use runtime::subtask::Failure;
use shuffle::{SortKey, Watermark};
use state::{Restore, Slot, Snapshot};

use super::carried::{Carried, Run};
use super::outbox::Outbox;
use super::sorted;
use super::spec::OverSpec;
use super::waiting::{Due, Waiting};
use crate::accumulators::Accumulators;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::keys::hashes_of;
use crate::bound::STRETCH_ROWS_MAX;
use crate::contract::Flow;
use crate::cx::Cx;
use crate::layout::Layout;
use crate::limit::refuse_changes;
use crate::rows::{BATCH_ROWS, rows_of};
use crate::seat::{Grant, OperatorSeat};
use crate::sort::sort_key;
use crate::watermark;
use crate::window::{LateCount, times_of, with_times};

/// The name of its state: rows to which time has not come.
const STATE: &str = "over-waiting";

/// Functions that look back, in a stream in the order of time.
pub(super) struct ByTime {
    input: Layout,
    time: usize,
    /// How rows of one time are sorted, if not as they came.
    others: Option<SortKey>,
    envelope: Envelope,
    carried: Carried,
    waiting: Waiting,
    /// To which time has come, those of a key together.
    leaving: Vec<Due>,
    left: usize,
    /// By slot: the time of the last row that has left, while something is known of it.
    lasts: Vec<Option<i64>>,
    /// When nothing may be seen of a key any more.
    expiry: BTreeMap<i64, Vec<Slot>>,
    outbox: Outbox,
    late: LateCount,
    accumulators: Accumulators,
    watermark: i64,
    grant: Grant,
}

impl ByTime {
    pub(super) fn new(
        spec: &OverSpec,
        time: usize,
        output: Layout,
        seat: &OperatorSeat,
    ) -> Result<Self, Failure> {
        Ok(Self {
            time,
            others: match &spec.order[1..] {
                [] => None,
                others => Some(sort_key(&spec.input, others)?),
            },
            envelope: Envelope::new(spec.input.schema().clone(), false, false),
            carried: Carried::new(spec)?,
            waiting: Waiting::default(),
            leaving: Vec::new(),
            left: 0,
            lasts: Vec::new(),
            expiry: BTreeMap::new(),
            outbox: Outbox::new(output),
            late: LateCount::default(),
            accumulators: seat.accumulators.clone(),
            watermark: i64::MIN,
            grant: Grant::of(seat),
            input: spec.input.clone(),
        })
    }

    /// The rows whose time has not been passed. The others are counted.
    fn timely(&mut self, batch: Batch) -> Batch {
        let times = times_of(&batch, self.time);
        if rows_of(&batch).all(|row| times[row] > self.watermark) {
            return batch;
        }
        let timely: BooleanArray = rows_of(&batch).map(|row| Some(times[row] > self.watermark)).collect();
        for row in rows_of(&batch).filter(|row| times[*row] <= self.watermark) {
            self.late.note(times[row], self.watermark, true);
        }
        self.late.publish(&self.accumulators);
        batch.narrow(&timely)
    }

    /// Lets rows wait.
    fn keep(&mut self, batch: &Batch) -> Result<(), Failure> {
        let key = self.input.key_columns(batch);
        let hashes = hashes_of(batch, &key)?;
        let mut slots = Vec::with_capacity(batch.rows());
        self.carried.keys.resolve(&key, &hashes, Selected::of(batch), &mut slots);
        let times = times_of(batch, self.time);
        self.waiting.add(&self.envelope.pack(&batch.clone().with_hashes(None)), &times, &slots);
        self.hold()
    }

    fn hold(&mut self) -> Result<(), Failure> {
        let lasts = size_of_val(&self.lasts[..]);
        let leaving = self.leaving.capacity() * size_of::<Due>();
        self.grant.hold(self.waiting.bytes() + self.carried.bytes() + lasts + leaving)
    }

    /// How many rows to compute next: not too many with those that they see, and those that are sorted alike together.
    fn next_piece(&self) -> usize {
        let rest = &self.leaving[self.left..];
        let (mut count, mut looked_at, mut last) = (0, 0, None);
        for due in rest {
            let alike = (due.slot, due.time);
            let is_new = last.is_none_or(|(slot, _)| slot != due.slot);
            looked_at += if is_new { 1 + self.carried.seen_of(due.slot) } else { 1 };
            let is_full = count >= BATCH_ROWS || looked_at > STRETCH_ROWS_MAX;
            let may_stop = !self.carried.plan.needs_peers() || last != Some(alike);
            if count > 0 && is_full && may_stop {
                break;
            }
            count += 1;
            last = Some(alike);
        }
        count
    }

    /// Computes the next rows that leave.
    fn compute(&mut self) -> Result<(), Failure> {
        let count = self.next_piece();
        let rest = &self.leaving[self.left..];
        let piece = &rest[..count];
        let of_keys = || piece.chunk_by(|one, other| one.slot == other.slot);
        let runs: Vec<Run> = of_keys().map(|rows| (rows[0].slot, rows.len())).collect();
        let rows = self.waiting.rows(piece);
        let columns = self.carried.plan.columns_of(&rows)?;
        let results = self.carried.results(columns, &runs)?;
        self.outbox.push(&rows, &results);
        self.waiting.let_go(piece);
        let lasts: Vec<(Slot, i64)> =
            of_keys().map(|rows| (rows[0].slot, rows[rows.len() - 1].time)).collect();
        self.left += count;
        lasts.into_iter().for_each(|(slot, last)| self.expire(slot, last));
        Ok(())
    }

    /// Rows of this key have left, up to this time.
    fn expire(&mut self, slot: Slot, last: i64) {
        let Some(after) = self.carried.sight().forgets_after() else { return };
        let place = slot as usize;
        self.lasts.resize(self.lasts.len().max(place + 1), None);
        self.lasts[place] = Some(last);
        self.expiry.entry(last.saturating_add(after)).or_default().push(slot);
    }

    /// Forgets the keys of which nothing can be seen any more.
    fn forget(&mut self) {
        let Some(after) = self.carried.sight().forgets_after() else { return };
        let later = self.expiry.split_off(&self.watermark.saturating_add(1));
        let due = std::mem::replace(&mut self.expiry, later);
        for slot in due.into_values().flatten() {
            // Rows may have left since it was noted, and it may be noted twice.
            let last = self.lasts[slot as usize];
            let is_over = last.is_some_and(|last| last.saturating_add(after) <= self.watermark);
            if is_over && !self.waiting.has(slot) {
                self.lasts[slot as usize] = None;
                self.carried.forget(slot);
            }
        }
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        loop {
            if !self.outbox.send(cx)? {
                return Ok(Flow::Again);
            }
            if self.left < self.leaving.len() {
                self.compute()?;
                continue;
            }
            self.leaving.clear();
            self.left = 0;
            self.waiting.tidy();
            self.forget();
            self.hold()?;
            self.outbox.then(Watermark(self.watermark));
            return Ok(if self.outbox.send(cx)? { Flow::Next } else { Flow::Again });
        }
    }

    pub(super) fn batch(&mut self, batch: Batch) -> Result<Flow, Failure> {
        refuse_changes("OVER", &batch)?;
        let batch = with_times(batch.with_kinds(None), self.time, &self.accumulators);
        let batch = self.timely(batch).compact();
        if !batch.is_empty() {
            self.keep(&batch)?;
        }
        Ok(Flow::Next)
    }

    pub(super) fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if now.0 <= self.watermark {
            cx.time(now)?; // What was saved had come further.
            return Ok(Flow::Next);
        }
        self.watermark = now.0;
        self.leaving = self.waiting.take(now.0);
        if let Some(key) = &self.others {
            self.leaving = sorted_within(&self.waiting, key, std::mem::take(&mut self.leaving));
        }
        self.go_on(cx)
    }

    pub(super) fn end(&mut self) -> Result<Flow, Failure> {
        self.carried.clear();
        self.expiry.clear();
        self.waiting = Waiting::default();
        self.grant.release();
        Ok(Flow::Next)
    }

    pub(super) fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    pub(super) fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        if self.watermark == i64::MAX {
            return Ok(()); // Nothing comes any more.
        }
        for due in self.waiting.all() {
            sorted::save(STATE, &self.input, &self.waiting.rows(due), to)?;
        }
        self.carried.save(to)?;
        watermark::save(self.watermark, to);
        Ok(())
    }

    pub(super) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        // No row has left that is later than the latest of them.
        let (least, last) = watermark::load(from).unwrap_or((i64::MIN, i64::MIN));
        self.watermark = least;
        self.carried.load(from)?;
        self.carried.keys.slots().into_iter().for_each(|slot| self.expire(slot, last));
        for (rows, hashes) in from.keyed(STATE) {
            self.keep(&Batch::new(rows).with_hashes(Some(hashes.into())))?;
        }
        self.hold()
    }
}

/// Rows that leave, those of one key and time in the order of what they are sorted by besides.
fn sorted_within(waiting: &Waiting, key: &SortKey, leaving: Vec<Due>) -> Vec<Due> {
    let encoded: Vec<_> = waiting.rows(&leaving).iter().map(|rows| key.encode(rows)).collect();
    let keys = encoded.iter().flat_map(|keys| (0..keys.len()).map(|row| keys.get(row)));
    let mut keyed: Vec<(Due, &[u8])> = leaving.into_iter().zip(keys).collect();
    // Stable: those that are sorted alike leave as they came.
    keyed.sort_by_key(|(due, key)| (due.slot, due.time, *key));
    keyed.into_iter().map(|(due, _)| due).collect()
}
