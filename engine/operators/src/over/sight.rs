//! How far back functions look: which rows must be kept for those that come.

use super::call::{Call, Kind};
use super::distance::Distances;
use super::frame::{Bound, Frame, Unit};
use super::frames;
use super::stretch::Stretch;
use super::values::Which;

/// What functions that look back want to see again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sight {
    /// So many rows.
    rows: usize,
    /// So many groups of rows that are sorted alike.
    groups: usize,
    /// Rows that are no further away.
    range: Option<i64>,
    /// What came before is known in slots, for good.
    is_carried: bool,
}

impl Sight {
    pub(super) fn of(calls: &[Call]) -> Self {
        calls.iter().fold(Self::default(), |sight, call| sight.and(call))
    }

    fn and(mut self, call: &Call) -> Self {
        let steps = |steps: i64| usize::try_from(steps).unwrap_or(usize::MAX);
        match &call.kind {
            Kind::Numbering(_) => self.is_carried = true,
            Kind::Away(away) => self.rows = self.rows.max(away.rows),
            Kind::Within(_, Which::Last) if call.frame.is_running() => {}
            Kind::Within(..) | Kind::Aggregate(..) => match (call.frame.start, call.frame.unit) {
                (Bound::Preceding(offset), Unit::Rows) => self.rows = self.rows.max(steps(offset)),
                (Bound::Preceding(offset), Unit::Groups) => self.groups = self.groups.max(steps(offset)),
                (Bound::Preceding(offset), Unit::Range) => self.range = self.range.max(Some(offset)),
                (Bound::UnboundedPreceding, _) => self.is_carried = true,
                _ => {}
            },
        }
        self
    }

    /// Whether no row is ever seen again.
    pub(super) fn sees_nothing(self) -> bool {
        self.rows == 0 && self.groups == 0 && self.range.is_none()
    }

    /// How far behind a row the time is when nothing is known of it any more; `None` if something always is.
    pub(super) fn forgets_after(self) -> Option<i64> {
        let is_endless = self.is_carried || self.rows > 0 || self.groups > 0;
        (!is_endless).then(|| self.range.unwrap_or(0))
    }

    /// By partition: from which row on they are seen by what may follow.
    pub(super) fn seen_from(self, stretch: &Stretch, distances: Option<&Distances>) -> Vec<usize> {
        let in_range = self.range.map(|offset| {
            let frame = Frame::range(Bound::Preceding(offset), Bound::CurrentRow);
            frames::of(frame, distances, stretch).iter().map(|(start, _)| start).collect::<Vec<_>>()
        });
        let mut results = 0;
        let from = |part: &super::stretch::Part| {
            results += part.results();
            let mut from = part.end.saturating_sub(self.rows).max(part.start);
            if self.groups > 0 {
                let groups = stretch.groups();
                let (first, end) = groups.range(part.start, part.end);
                from = from.min(groups.start(end.saturating_sub(self.groups).max(first)));
            }
            // What follows is sorted behind the last row, or like it.
            let in_range = in_range.as_ref().and_then(|starts| starts.get(results.checked_sub(1)?));
            in_range.map_or(from, |start| from.min(*start))
        };
        stretch.parts.iter().map(from).collect()
    }
}
