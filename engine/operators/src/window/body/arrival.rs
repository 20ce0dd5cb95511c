//! A row on its way into its windows.

use std::mem;

use runtime::subtask::Failure;
use state::Slot;
use state::keyed::Backend;

use super::WindowBody;
use super::emission::Emission;
use crate::keyed::TimeDomain;
use crate::window::assign::Assigner;
use crate::window::entry::Entry;
use crate::window::function::WindowFunction;
use crate::window::span::Window;
use crate::window::times::Times;
use crate::window::trigger::{Trigger, TriggerCx, TriggerResult};

/// A row, and how far it is.
pub(super) struct Arriving<T> {
    slot: Slot,
    /// None behind its last window.
    row: Option<T>,
    time: i64,
    /// Which of its windows comes next.
    next: usize,
    /// One of its windows has taken it.
    is_taken: bool,
}

impl<T: Clone, A: Assigner<T>, G: Trigger<T>, F: WindowFunction<T>> WindowBody<T, A, G, F> {
    /// A row has come.
    #[inline]
    pub(super) fn row(&mut self, slot: Slot, row: T, time: i64) -> Result<(), Failure> {
        let by = match self.rules.domain {
            TimeDomain::Event => time,
            TimeDomain::Processing => self.clock.now_ms,
        };
        self.windows.clear();
        self.assigner.assign(&row, by, &mut self.windows);
        self.arrive(Arriving { slot, row: Some(row), time, next: 0, is_taken: false })
    }

    /// Goes on with a row, until all of its windows have it or one of them is to be sent and takes long.
    pub(super) fn arrive(&mut self, mut arriving: Arriving<T>) -> Result<(), Failure> {
        let slot = arriving.slot;
        let mut next = 0; // Windows come in order, and so do entries.
        while let Some(window) = self.windows.get(arriving.next).copied() {
            arriving.next += 1;
            let Some(place) = self.place(slot, window, next) else { continue };
            next = place + 1;
            arriving.is_taken = true;
            let is_last = arriving.next == self.windows.len();
            let row = if is_last { arriving.row.take() } else { arriving.row.clone() };
            let result = self.take(slot, place, row.expect("a row before its last window"), arriving.time);
            if result != TriggerResult::Continue {
                let window = self.entries[slot as usize][place].window;
                self.work.emission = Some(Emission { slot, window, result, ends: false });
                if !self.emit()? {
                    self.work.arriving = Some(arriving);
                    return Ok(());
                }
            }
        }
        if !arriving.is_taken {
            self.refuse(arriving);
        }
        Ok(())
    }

    /// A window of the key takes a row, and its trigger looks at it.
    #[inline]
    fn take(&mut self, slot: Slot, place: usize, row: T, time: i64) -> TriggerResult {
        let entry = &mut self.entries[slot as usize][place];
        let result = self.trigger.on_row(
            &row,
            time,
            &mut TriggerCx {
                window: entry.window,
                watermark: self.clock.watermark,
                now_ms: self.clock.now_ms,
                event: &mut entry.event.timers,
                processing: &mut entry.processing.timers,
                state: &mut entry.trigger,
            },
        );
        let before = entry.contents.as_ref().map_or(0, F::bytes);
        self.function.add(&mut entry.contents, row, time);
        self.tally.contents_bytes += entry.contents.as_ref().map_or(0, F::bytes);
        self.tally.contents_bytes -= before;
        self.set_alarms(slot, place);
        result
    }

    /// No window has taken a row: it is late, unless there was none for it.
    fn refuse(&mut self, arriving: Arriving<T>) {
        let Arriving { slot, row, time, .. } = arriving;
        if self.entries[slot as usize].is_empty() {
            self.tally.used.push(slot);
        }
        let is_late = self.rules.domain == TimeDomain::Event
            && time.saturating_add(self.rules.lateness) <= self.clock.watermark;
        if !is_late {
            return;
        }
        self.out.set_time(time);
        let row = row.expect("nobody has taken it");
        let is_asked_for = self.late_to.as_mut().is_some_and(|late_to| late_to(row, &mut self.out));
        self.late.note(time, self.clock.watermark, !is_asked_for);
    }

    /// Where the window of a key is that takes the rows of `window`; it is opened if it is not there. None if it is gone
    /// for good. It may be at `next`.
    #[inline]
    fn place(&mut self, slot: Slot, window: Window, next: usize) -> Option<usize> {
        if self.rules.is_merging {
            return self.merge(slot, window);
        }
        if self.is_gone(window) {
            return None;
        }
        let entries = &self.entries[slot as usize];
        if entries.get(next).is_some_and(|entry| entry.window == window) {
            return Some(next);
        }
        let place = match entries.last() {
            Some(last) if last.window == window => return Some(entries.len() - 1),
            Some(last) if last.window > window => {
                match entries.binary_search_by(|entry| entry.window.cmp(&window)) {
                    Ok(place) => return Some(place),
                    Err(place) => place,
                }
            }
            _ => entries.len(),
        };
        self.open(slot, place, window);
        Some(place)
    }

    fn is_gone(&self, window: Window) -> bool {
        self.rules.domain == TimeDomain::Event && self.rules.end_of(window) <= self.clock.watermark
    }

    /// A new window of a key.
    pub(super) fn open(&mut self, slot: Slot, place: usize, window: Window) {
        let entries = &mut self.entries[slot as usize];
        if entries.is_empty() {
            self.keyed.hold(slot, true);
        }
        if entries.len() == entries.capacity() {
            entries.reserve_exact(entries.len() / 2 + 1); // Most keys have one window.
        }
        entries.insert(place, Entry::new(window));
        self.tally.windows += 1;
        self.set_alarms(slot, place);
    }

    /// The window that comes of one and all that it touches.
    fn merge(&mut self, slot: Slot, window: Window) -> Option<usize> {
        let entries = &self.entries[slot as usize];
        // They do not touch each other, so their ends are in order too.
        let place = entries.partition_point(|entry| entry.window.end < window.start);
        let touched = entries[place..].iter().take_while(|entry| entry.window.start <= window.end).count();
        if touched == 0 {
            if self.is_gone(window) {
                return None;
            }
            self.open(slot, place, window);
            return Some(place);
        }
        let cover = entries[place].window.cover(entries[place + touched - 1].window).cover(window);
        if cover != entries[place].window {
            self.join(slot, place, touched, cover);
        }
        Some(place)
    }

    /// Windows of a key become one.
    fn join(&mut self, slot: Slot, place: usize, count: usize, cover: Window) {
        let entries = &mut self.entries[slot as usize];
        let others = entries.drain(place + 1..place + count).collect::<Vec<_>>();
        let entry = &mut entries[place];
        entry.window = cover;
        self.merged.push(mem::take(&mut entry.trigger));
        for waiting in [&mut entry.event, &mut entry.processing] {
            waiting.timers = Times::default(); // The alarm stays: it comes too early at worst.
        }
        self.tally.windows -= others.len();
        for other in others {
            self.merged.push(other.trigger);
            let Some(contents) = other.contents else { continue };
            let bytes = |entry: &Entry<F::Contents, G::State>| entry.contents.as_ref().map_or(0, F::bytes);
            self.tally.contents_bytes -= F::bytes(&contents) + bytes(entry);
            self.function.merge(&mut entry.contents, contents);
            self.tally.contents_bytes += bytes(entry);
        }
        self.trigger.on_merge(
            &self.merged,
            &mut TriggerCx {
                window: entry.window,
                watermark: self.clock.watermark,
                now_ms: self.clock.now_ms,
                event: &mut entry.event.timers,
                processing: &mut entry.processing.timers,
                state: &mut entry.trigger,
            },
        );
        self.merged.clear();
        self.set_alarms(slot, place);
    }
}
