//! One function, made ready to run over stretches of rows.

use arrow_array::{ArrayRef, UInt32Array};
use arrow_schema::Schema;
use arrow_select::take::take;
use runtime::subtask::Failure;
use state::Slot;

use super::distance::Distances;
use super::frame::{Frame, Unit};
use super::frames;
use super::numbering::{Counted, Numbering};
use super::spec::{OverCall, OverFunction, Shift};
use super::stretch::Stretch;
use super::values::{self, Away, Which};
use crate::aggregate::accumulator::{Accumulator, Selected};

/// A function and its frame. Columns are those of a stretch.
pub(super) struct Call {
    pub(super) kind: Kind,
    pub(super) frame: Frame,
}

/// What is computed.
pub(super) enum Kind {
    /// By the place of a row alone.
    Numbering(Numbering),
    /// The value of a row so many away.
    Away(Away),
    /// The value of a row of the frame.
    Within(usize, Which),
    /// An aggregate of all rows of the frame.
    Aggregate(Box<dyn Accumulator>, Option<usize>),
}

/// What of each partition of a stretch came before it.
#[derive(Clone, Copy)]
pub(super) struct Before<'a> {
    /// By partition.
    pub(super) counted: &'a [Counted],
    /// By result, the slot in which what came before is known; none if nothing came before.
    pub(super) slots: Option<&'a [Slot]>,
}

impl Call {
    /// Over rows of this schema, of which `place_of` says where their columns are in a stretch.
    pub(super) fn new(
        call: &OverCall,
        input: &Schema,
        mut place_of: impl FnMut(usize) -> usize,
    ) -> Result<Self, Failure> {
        let mut away = |shift: Shift, is_behind| {
            let rows = usize::try_from(shift.offset).unwrap_or(usize::MAX);
            if let Some(default) = shift.default {
                let types = [shift.column, default].map(|column| input.field(column).data_type());
                assert_eq!(types[0], types[1], "a default is of the type of its column");
            }
            let (column, default) = (place_of(shift.column), shift.default.map(&mut place_of));
            Kind::Away(Away { column, rows, is_behind, default })
        };
        let kind = match call.function {
            OverFunction::RowNumber => Kind::Numbering(Numbering::Row),
            OverFunction::Rank => Kind::Numbering(Numbering::Rank),
            OverFunction::DenseRank => Kind::Numbering(Numbering::DenseRank),
            OverFunction::PercentRank => Kind::Numbering(Numbering::PercentRank),
            OverFunction::CumeDist => Kind::Numbering(Numbering::CumeDist),
            OverFunction::Ntile(parts) => Kind::Numbering(Numbering::Ntile(parts)),
            OverFunction::Lag(shift) => away(shift, false),
            OverFunction::Lead(shift) => away(shift, true),
            OverFunction::FirstValue(column) => Kind::Within(place_of(column), Which::First),
            OverFunction::LastValue(column) => Kind::Within(place_of(column), Which::Last),
            OverFunction::NthValue { column, row } => {
                let behind = usize::try_from(row - 1).unwrap_or(usize::MAX);
                Kind::Within(place_of(column), Which::Behind(behind))
            }
            OverFunction::Aggregate(function) => {
                let accumulator = function.named(&call.name).accumulator(input)?;
                Kind::Aggregate(accumulator, function.column().map(place_of))
            }
        };
        Ok(Self { kind, frame: call.frame })
    }

    /// Whether one must know which rows are sorted alike.
    pub(super) fn needs_peers(&self) -> bool {
        match &self.kind {
            Kind::Numbering(numbering) => numbering.needs_peers(),
            Kind::Away(_) => false,
            Kind::Within(..) | Kind::Aggregate(..) => self.frame.needs_peers(),
        }
    }

    /// Whether its frame is counted in distances.
    pub(super) fn measures(&self) -> bool {
        matches!(self.kind, Kind::Within(..) | Kind::Aggregate(..)) && self.frame.measures()
    }

    /// Whether it goes on from what came before, row by row.
    pub(super) fn rolls(&self) -> bool {
        matches!(self.kind, Kind::Aggregate(..)) && self.frame.is_running() && self.frame.ends_here()
    }

    /// What computes it, if it goes on from what came before.
    pub(super) fn rolling(&mut self) -> Option<&mut Box<dyn Accumulator>> {
        let rolls = self.rolls();
        match &mut self.kind {
            Kind::Aggregate(accumulator, _) if rolls => Some(accumulator),
            _ => None,
        }
    }

    /// Its results.
    pub(super) fn evaluate(
        &mut self,
        stretch: &Stretch,
        distances: Option<&Distances>,
        before: Before<'_>,
    ) -> Result<ArrayRef, Failure> {
        let rolls = self.rolls();
        let frames = || frames::of(self.frame, distances, stretch);
        Ok(match &mut self.kind {
            Kind::Numbering(numbering) => numbering.column(stretch, before.counted),
            Kind::Away(away) => values::away(*away, stretch)?,
            Kind::Within(column, which) => {
                values::within(*which, stretch.columns.column(*column), &frames())?
            }
            Kind::Aggregate(accumulator, column) => {
                let source = column.map(|column| stretch.columns.column(column));
                match before.slots.filter(|_| rolls) {
                    Some(slots) => {
                        let rolled = roll(&mut **accumulator, source, stretch, slots)?;
                        if self.frame.unit == Unit::Rows { rolled } else { of_last_peers(&rolled, stretch)? }
                    }
                    None => accumulator.slide(&frames(), source)?,
                }
            }
        })
    }
}

/// What slots know behind each row.
fn roll(
    accumulator: &mut dyn Accumulator,
    column: Option<&ArrayRef>,
    stretch: &Stretch,
    slots: &[Slot],
) -> Result<ArrayRef, Failure> {
    let rows = stretch.columns.num_rows();
    if slots.len() == rows {
        return Ok(accumulator.roll(slots, Selected::All(rows), column)?);
    }
    let number = |row| u32::try_from(row).expect("a stretch has fewer than four billion rows");
    let fresh: Vec<u32> = stretch.fresh().map(number).collect();
    Ok(accumulator.roll(slots, Selected::Only(&fresh), column)?)
}

/// For each result that of the last row which is sorted like it.
fn of_last_peers(results: &ArrayRef, stretch: &Stretch) -> Result<ArrayRef, Failure> {
    let groups = stretch.groups();
    let mut first = 0;
    let mut last = Vec::with_capacity(results.len());
    for part in &stretch.parts {
        let place = |row: usize| first + groups.end(groups.of(row)) - 1 - part.fresh;
        let rows = (part.fresh..part.end).map(place);
        last.extend(rows.map(|place| u32::try_from(place).expect("fewer than four billion rows")));
        first += part.results();
    }
    take(results, &UInt32Array::from(last), None).map_err(Failure::lasting)
}
