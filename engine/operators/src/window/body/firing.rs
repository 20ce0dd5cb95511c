//! Timers of windows: which are due, in the order of time, key and window.

use state::Slot;

use super::emission::Emission;
use super::{Firing, WindowBody};
use crate::keyed::TimeDomain;
use crate::window::assign::Assigner;
use crate::window::entry::{Entry, Waiting};
use crate::window::function::WindowFunction;
use crate::window::trigger::{Trigger, TriggerCx, TriggerResult};

impl<C, S> Entry<C, S> {
    pub(super) fn waiting(&mut self, domain: TimeDomain) -> &mut Waiting {
        match domain {
            TimeDomain::Event => &mut self.event,
            TimeDomain::Processing => &mut self.processing,
        }
    }
}

impl Firing {
    fn domain(self) -> TimeDomain {
        match self {
            Self::Event(_) => TimeDomain::Event,
            Self::Processing(_) => TimeDomain::Processing,
        }
    }

    fn until(self) -> i64 {
        match self {
            Self::Event(now) => now.0,
            Self::Processing(until) => until,
        }
    }
}

impl<T: Clone, A: Assigner<T>, G: Trigger<T>, F: WindowFunction<T>> WindowBody<T, A, G, F> {
    /// Looks at the next window that may be due. False if there is none.
    pub(super) fn fire_next(&mut self, firing: Firing) -> bool {
        let domain = firing.domain();
        let alarms = match domain {
            TimeDomain::Event => &mut self.event,
            TimeDomain::Processing => &mut self.processing,
        };
        let Some((at, slot)) = self.work.ringing.or_else(|| alarms.pop(firing.until())) else { return false };
        self.work.ringing = Some((at, slot));
        let mut entries = self.entries[slot as usize].iter_mut();
        match entries.position(|entry| entry.waiting(domain).alarm.is_some_and(|alarm| alarm <= at)) {
            Some(place) => self.ring(domain, slot, place),
            None => self.work.ringing = None,
        }
        true
    }

    /// The alarm of a window rings.
    fn ring(&mut self, domain: TimeDomain, slot: Slot, place: usize) {
        let entry = &mut self.entries[slot as usize][place];
        let waiting = entry.waiting(domain);
        let time = waiting.alarm.take().expect("it rings");
        let is_due = waiting.timers.remove(time);
        let ends = domain == self.rules.domain && self.rules.end_of(entry.window) == time;
        if is_due || ends {
            let cx = &mut TriggerCx {
                window: entry.window,
                watermark: self.clock.watermark,
                now_ms: self.clock.now_ms,
                event: &mut entry.event.timers,
                processing: &mut entry.processing.timers,
                state: &mut entry.trigger,
            };
            let result = match domain {
                TimeDomain::Event => self.trigger.on_event_time(time, cx),
                TimeDomain::Processing => self.trigger.on_processing_time(time, cx),
            };
            if ends || result != TriggerResult::Continue {
                self.work.emission = Some(Emission { slot, window: entry.window, result, ends });
            }
        }
        if !ends {
            self.set_alarms(slot, place);
        }
    }

    /// Sets the alarms of a window that has none, or one behind what it waits for.
    #[inline]
    pub(super) fn set_alarms(&mut self, slot: Slot, place: usize) {
        let entry = &mut self.entries[slot as usize][place];
        let end = self.rules.end_of(entry.window);
        let waiting = entry.waiting(self.rules.domain);
        if waiting.alarm.is_none() && end < i64::MAX {
            // Its timers may be before.
            let at = waiting.timers.first().map_or(end, |first| first.min(end));
            waiting.alarm = Some(at);
            match self.rules.domain {
                TimeDomain::Event => self.event.set(at, slot),
                TimeDomain::Processing => self.processing.set(at, slot),
            }
        }
        if let Some(first) = entry.event.is_early() {
            entry.event.alarm = Some(first);
            self.event.set(first, slot);
        }
        if let Some(first) = entry.processing.is_early() {
            entry.processing.alarm = Some(first);
            self.processing.set(first, slot);
        }
    }
}
