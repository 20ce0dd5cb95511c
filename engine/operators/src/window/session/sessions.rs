//! The sessions of every key: spans of time in which its rows follow each other closely.
//!
//! ```text
//!   gap 5     ├──1────┤
//!                  ├──4────┤              a row opens a session of its own, until a gap behind it,
//!                                 ├─9─    and all that touch become one
//!             ├────────────┤
//! ```
//!
//! Keeps, by key, the sessions that are open, and what each of them holds, in the order of time. They are few in a stream and
//! many in a batch; a row finds its own by halving. Never keeps one that is over.

use std::collections::BTreeMap;
use std::ops::Range;

use state::Slot;

use super::super::span::Window;

/// An open session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session<C> {
    pub(super) span: Window,
    pub(super) content: C,
    /// When it is looked at next: with its end, or earlier if that has moved.
    alarm: i64,
}

/// All open sessions.
pub(super) struct Sessions<C> {
    gap: i64,
    /// By slot of a key; one behind the other, with time between them.
    open: Vec<Vec<Session<C>>>,
    /// When a key may have a session that is over.
    alarms: BTreeMap<i64, Vec<Slot>>,
    count: usize,
}

impl<C> Sessions<C> {
    pub(super) fn new(gap: i64) -> Self {
        Self { gap, open: Vec::new(), alarms: BTreeMap::new(), count: 0 }
    }

    /// The session of a row by itself.
    fn own(&self, time: i64) -> Window {
        Window::new(time, time.saturating_add(self.gap))
    }

    /// Makes room for the keys below `end`.
    pub(super) fn grow(&mut self, end: usize) {
        self.open.resize_with(end.max(self.open.len()), Vec::new);
    }

    /// Which sessions of a key a row touches: those become one with it.
    fn touching(&self, slot: Slot, own: Window) -> Range<usize> {
        let sessions = &self.open[slot as usize];
        // Mostly it is the last one, or one behind that.
        let start = match sessions.last() {
            Some(last) if last.span.end < own.start => sessions.len(),
            _ => sessions.partition_point(|session| session.span.end < own.start),
        };
        start..start + sessions[start..].iter().take_while(|session| session.span.touches(own)).count()
    }

    /// Whether a row of a key comes when all sessions that it could be in are over.
    pub(super) fn is_late(&self, slot: Slot, time: i64, now: i64) -> bool {
        let own = self.own(time);
        own.max_time() <= now && self.touching(slot, own).is_empty()
    }

    /// What the session of a row holds: one that was open or a new one. All that have become one with it are merged into it.
    pub(super) fn enter(
        &mut self,
        slot: Slot,
        time: i64,
        make: impl FnOnce() -> C,
        mut merge: impl FnMut(&mut C, C),
    ) -> &mut C {
        let own = self.own(time);
        let touching = self.touching(slot, own);
        let sessions = &mut self.open[slot as usize];
        if touching.is_empty() {
            self.alarms.entry(own.end).or_default().push(slot);
            self.count += 1;
            sessions.insert(touching.start, Session { span: own, content: make(), alarm: own.end });
            return &mut sessions[touching.start].content;
        }
        let (first, others) = (touching.start, touching.start + 1..touching.end);
        self.count -= others.len();
        let others: Vec<Session<C>> =
            if others.is_empty() { Vec::new() } else { sessions.drain(others).collect() };
        let session = &mut sessions[first];
        session.span = session.span.cover(own);
        for other in others {
            session.span = session.span.cover(other.span);
            merge(&mut session.content, other.content);
        }
        &mut session.content
    }

    /// A session that a predecessor had.
    pub(super) fn reenter(&mut self, slot: Slot, span: Window, content: C) {
        self.alarms.entry(span.end).or_default().push(slot);
        self.count += 1;
        let sessions = &mut self.open[slot as usize];
        let place = sessions.partition_point(|session| session.span.start < span.start);
        sessions.insert(place, Session { span, content, alarm: span.end });
    }

    /// Takes the sessions out that are over when time has come to `now`, in the order of their ends.
    pub(super) fn take(&mut self, now: i64) -> Vec<(Slot, Session<C>)> {
        let later = match now.checked_add(2) {
            Some(later) => self.alarms.split_off(&later),
            None => BTreeMap::new(),
        };
        let due = std::mem::replace(&mut self.alarms, later);
        let mut over = Vec::new();
        for slot in due.into_values().flatten() {
            let sessions = &mut self.open[slot as usize];
            let count = sessions.partition_point(|session| session.span.max_time() <= now);
            over.extend(sessions.drain(..count).map(|session| (slot, session)));
            // Of the others those that were to be looked at and have grown since.
            let due = |session: &&mut Session<C>| session.span.start.saturating_add(self.gap - 1) <= now;
            for session in sessions.iter_mut().take_while(due).filter(|session| session.alarm - 1 <= now) {
                session.alarm = session.span.end;
                self.alarms.entry(session.alarm).or_default().push(slot);
            }
        }
        self.count -= over.len();
        over.sort_by_key(|(_, session)| session.span.end);
        over
    }

    /// Whether a key has no session.
    pub(super) fn has_none(&self, slot: Slot) -> bool {
        self.open[slot as usize].is_empty()
    }

    /// All of them, by key.
    pub(super) fn all(&self) -> impl Iterator<Item = (Slot, &Session<C>)> {
        (0..).zip(&self.open).flat_map(|(slot, sessions)| sessions.iter().map(move |session| (slot, session)))
    }

    /// What all of them hold.
    pub(super) fn contents_mut(&mut self) -> impl Iterator<Item = &mut C> {
        self.open.iter_mut().flatten().map(|session| &mut session.content)
    }

    /// About how much memory they take, without what they hold.
    pub(super) fn bytes(&self) -> usize {
        self.open.len() * size_of::<Vec<Session<C>>>() + 2 * self.count * size_of::<Session<C>>()
    }
}
