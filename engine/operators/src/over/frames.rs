//! Where the frame of every row begins and ends.

use super::distance::Distances;
use super::frame::{Bound, Frame, Unit};
use super::stretch::Stretch;
use crate::aggregate::slide::Frames;

/// The frames of all results of a stretch. Distances are asked for where a frame has some.
pub(super) fn of(frame: Frame, distances: Option<&Distances>, stretch: &Stretch) -> Frames {
    let mut frames = Frames::with_capacity(stretch.results());
    match frame.unit {
        Unit::Range if frame.needs_peers() => {
            let bounds = |bound, is_end| bounds((bound, is_end), distances, stretch);
            let (starts, ends) = (bounds(frame.start, false), bounds(frame.end, true));
            starts.into_iter().zip(ends).for_each(|(start, end)| push(&mut frames, start, end));
        }
        Unit::Groups if frame.needs_peers() => in_groups(frame, stretch, &mut frames),
        _ => in_rows(frame, stretch, &mut frames),
    }
    frames
}

/// A frame that ends before it begins has no row.
#[inline(always)]
fn push(frames: &mut Frames, start: usize, end: usize) {
    frames.push(start, end.max(start));
}

fn in_rows(frame: Frame, stretch: &Stretch, frames: &mut Frames) {
    for part in &stretch.parts {
        for row in part.fresh..part.end {
            let start = frame.start.place(row, part.start, part.end);
            push(frames, start, frame.end.place(row + 1, part.start, part.end));
        }
    }
}

fn in_groups(frame: Frame, stretch: &Stretch, frames: &mut Frames) {
    let groups = stretch.groups();
    for part in stretch.parts.iter().filter(|part| part.results() > 0) {
        let (first, end) = groups.range(part.start, part.end);
        for row in part.fresh..part.end {
            let group = groups.of(row);
            let start = groups.start(frame.start.place(group, first, end));
            push(frames, start, groups.start(frame.end.place(group + 1, first, end)));
        }
    }
}

/// Where frames that are counted in values begin, or where they end.
fn bounds((bound, is_end): (Bound, bool), distances: Option<&Distances>, stretch: &Stretch) -> Vec<usize> {
    let groups = stretch.groups();
    let mut bounds = Vec::with_capacity(stretch.results());
    for part in &stretch.parts {
        let rows = part.fresh..part.end;
        match bound {
            Bound::UnboundedPreceding => bounds.resize(bounds.len() + rows.len(), part.start),
            Bound::UnboundedFollowing => bounds.resize(bounds.len() + rows.len(), part.end),
            Bound::CurrentRow if is_end => bounds.extend(rows.map(|row| groups.end(groups.of(row)))),
            Bound::CurrentRow => bounds.extend(rows.map(|row| groups.start(groups.of(row)))),
            Bound::Preceding(_) | Bound::Following(_) => {
                let distances = distances.expect("they are measured for it");
                distances.append((bound, is_end), *part, groups, &mut bounds);
            }
        }
    }
    bounds
}
