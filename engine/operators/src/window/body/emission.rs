//! A window on its way out: it is sent, what it holds is dropped, it is gone for good.

use runtime::subtask::Failure;
use state::Slot;
use state::keyed::Backend;

use super::WindowBody;
use crate::window::assign::Assigner;
use crate::window::context::WindowCx;
use crate::window::function::{Fired, WindowFunction};
use crate::window::span::Window;
use crate::window::trigger::{Trigger, TriggerCx, TriggerResult};

/// A window that is being sent, dropped, or both.
#[derive(Clone, Copy)]
pub(super) struct Emission {
    pub(super) slot: Slot,
    pub(super) window: Window,
    pub(super) result: TriggerResult,
    /// It is gone for good then.
    pub(super) ends: bool,
}

impl<T: Clone, A: Assigner<T>, G: Trigger<T>, F: WindowFunction<T>> WindowBody<T, A, G, F> {
    /// Goes on with a window that is being sent. Whether nothing of it is left.
    #[inline]
    pub(super) fn emit(&mut self) -> Result<bool, Failure> {
        match self.work.emission {
            None => Ok(true),
            Some(emission) => self.send(emission),
        }
    }

    fn send(&mut self, emission: Emission) -> Result<bool, Failure> {
        let Emission { slot, window, result, ends } = emission;
        let place = self.find(slot, window).expect("a window that is being sent stays");
        let entry = &mut self.entries[slot as usize][place];
        if result.fires() && entry.contents.is_some() {
            self.out.set_time(window.max_time());
            let before = entry.contents.as_ref().map_or(0, F::bytes);
            let mut cx = WindowCx {
                window,
                out: &mut self.out,
                keyed: &mut self.keyed,
                windowed: (!self.rules.is_merging).then_some(&mut self.windowed),
                states: &mut entry.states,
                slot,
                watermark: self.clock.watermark,
                now_ms: self.clock.now_ms,
            };
            let fired = self.function.fire(&mut entry.contents, &mut cx)?;
            self.tally.contents_bytes += entry.contents.as_ref().map_or(0, F::bytes);
            self.tally.contents_bytes -= before;
            if fired == Fired::More {
                return Ok(false);
            }
        }
        self.work.emission = None;
        if result.purges() {
            self.tally.contents_bytes -= entry.contents.take().as_ref().map_or(0, F::bytes);
        }
        let waits = !entry.event.timers.is_empty()
            || !entry.processing.timers.is_empty()
            || self.rules.end_of(window) < i64::MAX;
        if ends {
            self.clear(slot, place);
        } else if !waits
            && entry.contents.is_none()
            && entry.states.is_none()
            && self.trigger.is_blank(&entry.trigger)
        {
            self.drop_entry(slot, place);
        }
        Ok(true)
    }

    /// A window is gone for good.
    fn clear(&mut self, slot: Slot, place: usize) {
        let entry = &mut self.entries[slot as usize][place];
        self.trigger.clear(&mut TriggerCx {
            window: entry.window,
            watermark: self.clock.watermark,
            now_ms: self.clock.now_ms,
            event: &mut entry.event.timers,
            processing: &mut entry.processing.timers,
            state: &mut entry.trigger,
        });
        self.function.clear(&mut WindowCx {
            window: entry.window,
            out: &mut self.out,
            keyed: &mut self.keyed,
            windowed: (!self.rules.is_merging).then_some(&mut self.windowed),
            states: &mut entry.states,
            slot,
            watermark: self.clock.watermark,
            now_ms: self.clock.now_ms,
        });
        self.drop_entry(slot, place);
    }

    /// Forgets a window. Its alarms will find nothing.
    pub(super) fn drop_entry(&mut self, slot: Slot, place: usize) {
        let entries = &mut self.entries[slot as usize];
        let entry = entries.remove(place);
        self.tally.windows -= 1;
        self.tally.contents_bytes -= entry.contents.as_ref().map_or(0, F::bytes);
        if let Some(states) = entry.states {
            self.windowed.forget(states);
        }
        if entries.is_empty() {
            *entries = Vec::new();
            self.keyed.hold(slot, false);
            self.tally.used.push(slot);
        }
    }

    /// Where a window of a key is.
    #[inline]
    pub(super) fn find(&self, slot: Slot, window: Window) -> Option<usize> {
        let entries = &self.entries[slot as usize];
        match entries.first() {
            Some(first) if first.window == window => Some(0),
            _ => entries.binary_search_by(|entry| entry.window.cmp(&window)).ok(),
        }
    }
}
