//! All that a window operator knows of its keys: the panes, the totals, and the cells of both.

use std::ops::Range;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Schema, SchemaRef};
use runtime::subtask::Failure;
use state::Slot;

use super::cells::Cells;
use super::panes::{Member, Panes};
use super::running::Running;
use super::runs::Run;
use super::stacks::Stacks;
use super::totals::Totals;
use super::windows::Grid;
use super::written;
use crate::aggregate::Aggregation;
use crate::aggregate::accumulator::Selected;
use crate::aggregate::keys::Keys;
use crate::aggregate::tally::Tally;

/// Cells that rows are spread over at a time.
const SPREAD_MAX: usize = 1 << 16;

/// Keys, panes and totals.
pub(super) struct Content {
    pub(super) keys: Keys,
    pub(super) cells: Cells,
    pub(super) panes: Panes,
    /// None where a window is a pane.
    pub(super) totals: Option<Box<dyn Totals>>,
    /// How many columns the key has.
    key_columns: usize,
    /// Whether rows are what is known of others, behind their key.
    are_partial: bool,
    /// The columns in which it is saved.
    saved: SchemaRef,
    /// The keys of the rows that came last, kept for the memory.
    slots: Vec<Slot>,
    /// Their cells.
    found: Vec<Slot>,
}

/// Some rows of a batch.
#[derive(Clone, Copy)]
pub(super) struct Arrived<'a> {
    pub(super) columns: &'a RecordBatch,
    pub(super) key: &'a [ArrayRef],
    /// Of all rows of the columns.
    pub(super) hashes: &'a [u64],
    pub(super) rows: Selected<'a>,
    pub(super) runs: &'a [Run],
}

impl Content {
    pub(super) fn new(aggregation: &Aggregation, grid: &Grid) -> Result<Self, Failure> {
        let schema: &Schema = aggregation.input.schema();
        let cells = Cells::new(Tally::new(&aggregation.aggregates, schema)?);
        let totals: Option<Box<dyn Totals>> = if grid.is_single() {
            None
        } else if grid.is_cumulating() || cells.is_invertible() {
            Some(Box::new(Running::default()))
        } else {
            Some(Box::new(Stacks::new()))
        };
        Ok(Self {
            keys: Keys::new(&aggregation.input.key_types())?,
            cells,
            panes: Panes::default(),
            totals,
            key_columns: aggregation.input.key().len(),
            are_partial: false,
            saved: written::schema(aggregation)?,
            slots: Vec::new(),
            found: Vec::new(),
        })
    }

    /// The same of partial rows: their first columns are the key, and then comes what is known of each aggregate.
    pub(super) fn merging(self) -> Self {
        Self { are_partial: true, ..self }
    }

    /// Notes rows; those of panes that are `included` in totals are seen there too.
    pub(super) fn note(&mut self, arrived: Arrived<'_>, included: &Range<i64>) {
        let Self { keys, cells, panes, totals, slots, found, .. } = self;
        keys.resolve(arrived.key, arrived.hashes, arrived.rows, slots);
        found.clear();
        let mut start = 0;
        let mut is_spread = false;
        for run in arrived.runs {
            let fresh = panes.open(run.pane, &slots[start..run.end], cells, found);
            if let Some(totals) = totals.as_mut().filter(|_| included.contains(&run.pane)) {
                is_spread = true;
                fresh.iter().for_each(|key| totals.enter(run.pane, *key, cells));
            }
            start = run.end;
        }
        let found = std::mem::take(found);
        self.add(&found, arrived.rows, arrived.columns);
        self.found = found;
        if is_spread {
            self.spread(arrived, included);
        }
    }

    /// Adds to each cell the row in its place.
    fn add(&mut self, cells: &[Slot], rows: Selected<'_>, columns: &RecordBatch) {
        match self.are_partial {
            true => self.cells.absorb(cells, rows, &columns.columns()[self.key_columns..]),
            false => self.cells.update(cells, rows, columns),
        }
    }

    /// Adds rows to the totals in which their panes are already.
    fn spread(&mut self, arrived: Arrived<'_>, included: &Range<i64>) {
        let Some(totals) = self.totals.take() else { return };
        let (mut into, mut rows) = (Vec::new(), Vec::new());
        let mut start = 0;
        for run in arrived.runs {
            let positions = std::mem::replace(&mut start, run.end)..run.end;
            if !included.contains(&run.pane) {
                continue;
            }
            for position in positions {
                totals.spread(run.pane, self.slots[position], &mut into);
                let row = u32::try_from(arrived.rows.row(position))
                    .expect("a batch has fewer than four billion rows");
                rows.resize(into.len(), row);
                if rows.len() >= SPREAD_MAX {
                    self.add(&into, Selected::Only(&rows), arrived.columns);
                    into.clear();
                    rows.clear();
                }
            }
        }
        self.add(&into, Selected::Only(&rows), arrived.columns);
        self.totals = Some(totals);
    }

    /// How many columns the key has.
    pub(super) fn key_columns(&self) -> usize {
        self.key_columns
    }

    /// The columns in which it is saved.
    pub(super) fn saved(&self) -> &SchemaRef {
        &self.saved
    }

    /// The key of the first of the rows that came last.
    pub(super) fn first_key(&self) -> Slot {
        self.slots[0]
    }

    /// The keys that have rows in the windows that are in totals.
    pub(super) fn keys_in_totals(&self) -> &[Slot] {
        self.totals.as_ref().map_or(&[], |totals| totals.keys())
    }

    /// Takes away some of what is in panes before `end`. Says whether there may be more.
    pub(super) fn clean(&mut self, end: i64, mut forgotten: impl FnMut(Slot)) -> bool {
        let Self { keys, cells, panes, .. } = self;
        panes.drop_some(end, cells, |key| {
            keys.forget(key);
            forgotten(key);
        })
    }

    /// Puts panes into totals that were there before.
    pub(super) fn include(&mut self, panes: Range<i64>) {
        let Some(totals) = &mut self.totals else { return };
        let mut from = panes.start;
        while let Some((number, pane)) = self.panes.first_in(from..panes.end) {
            totals.add(pane, &mut self.cells);
            from = number + 1;
        }
    }

    /// Every key in every pane.
    pub(super) fn members(&self) -> impl Iterator<Item = (i64, Member)> {
        self.panes.all().flat_map(|(number, pane)| pane.members().iter().map(move |member| (number, *member)))
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let totals = self.totals.as_ref().map_or(0, |totals| totals.bytes());
        self.keys.bytes() + self.cells.bytes() + self.panes.bytes() + totals
    }
}
