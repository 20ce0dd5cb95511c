//! Which joins of a batch tell which scans what keys they have: then rows that will have no pair are not read in full, and none
//! is read before it can be used.
//!
//! ```text
//!   scan of files ─► what passes rows on ─► left of a join ◄─── right
//!        ▲                                        │
//!        └───────────── its keys, once all of the right has come
//! ```
//!
//! A column is followed from its scan through all that leaves it as it is: projections, filters, the keys of groups, joins. A scan
//! that waits must not be what the right side waits for: so all that it sends goes to that join and nowhere else, and what
//! another one waits for lies either behind that join or in its right side, which itself waits for nothing in here.

use std::sync::Arc;

use connect::read::{FileSource, FileSourceSpec, Sieved};
use expr::Expr;
use operators::Source;
use operators::join::{JoinKind, Nulls, Sieve};
use options::BatchShuffleMode;
use plan::{Factory, Make, NodeId};

use super::{Planner, Rows};

/// For each column of rows, which column of which scan it is, if it is one as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scanned(Vec<Option<Read>>);

/// A column of a scan, by its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Read {
    scan: usize,
    column: usize,
}

/// A scan of files, and which joins tell it what.
pub(super) struct Scan {
    node: NodeId,
    spec: FileSourceSpec,
    sieves: Vec<(Sieved, NodeId)>,
}

impl Scanned {
    /// These columns of a scan.
    fn of(scan: usize, columns: &[usize]) -> Self {
        Self(columns.iter().map(|column| Some(Read { scan, column: *column })).collect())
    }

    /// Behind a projection.
    pub(super) fn behind(&self, exprs: &[Expr]) -> Self {
        let read = |expr: &Expr| match expr {
            Expr::Column(column) => self.read(*column),
            _ => None,
        };
        Self(exprs.iter().map(read).collect())
    }

    /// So many of the first ones.
    pub(super) fn first(&self, columns: usize) -> Self {
        Self((0..columns).map(|column| self.read(column)).collect())
    }

    /// Behind a join of this kind of sides with so many columns, of which so many come out. A row that nobody wants behind it
    /// may be left out before it, unless it is known there that it is not there.
    pub(super) fn joined(kind: JoinKind, [left, right]: [(&Self, usize); 2], columns: usize) -> Self {
        let ((left, width), (right, others)) = (left, right);
        match kind {
            JoinKind::LeftSemi | JoinKind::LeftAnti | JoinKind::LeftMark => left.first(columns.min(width)),
            JoinKind::RightSemi | JoinKind::RightAnti => right.first(columns.min(others)),
            JoinKind::Inner => Self([left.first(width).0, right.first(others).0].concat()),
            JoinKind::Left => left.first(width),
            JoinKind::Right => Self([vec![None; width], right.first(others).0].concat()),
            JoinKind::Full => Self::default(),
        }
    }

    fn read(&self, column: usize) -> Option<Read> {
        self.0.get(column).copied().flatten()
    }
}

impl Planner {
    /// Rows of files, which may be told later which of them are wanted.
    pub(super) fn scanned(&mut self, rows: Rows, spec: Option<FileSourceSpec>, columns: &[usize]) -> Rows {
        // Where rows wait on disk, one part of a job has ended before the next one begins.
        let may_wait = self.is_batch() && self.shuffle == BatchShuffleMode::Pipelined;
        let (Some(spec), true, [origin]) = (spec, may_wait, &rows.origins[..]) else { return rows };
        self.scans.push(Scan { node: origin.node, spec, sieves: Vec::new() });
        Rows { scanned: Scanned::of(self.scans.len() - 1, columns), ..rows }
    }

    /// What a join tells the scan of its left side, if all of its key is read there, and rows without a pair do not count.
    pub(super) fn sieve(&self, left: &Rows, kind: (JoinKind, Nulls)) -> Option<(usize, Sieved)> {
        let drops_left = matches!(
            kind.0,
            JoinKind::Inner
                | JoinKind::LeftSemi
                | JoinKind::Right
                | JoinKind::RightSemi
                | JoinKind::RightAnti
        );
        if !drops_left || kind.1 == Nulls::AreUnknown || !self.is_batch() {
            return None;
        }
        let key = left.layout.key().iter().map(|column| left.scanned.read(*column));
        let key = key.collect::<Option<Vec<Read>>>()?;
        let scan = key.first()?.scan;
        let columns: Vec<usize> = key.iter().map(|read| read.column).collect();
        let is_one = key.iter().all(|read| read.scan == scan);
        is_one.then(|| (scan, Sieved { columns, sieve: Arc::<Sieve>::default() }))
    }

    /// This join tells that.
    pub(super) fn tells(&mut self, join: &Rows, (scan, sieved): (usize, Sieved)) {
        let join = join.origins[0].node;
        self.scans[scan].sieves.push((sieved, join));
    }

    /// Scans wait for those who tell them something, where that is safe: known when all is planned.
    pub(super) fn sieve_scans(&mut self) {
        for scan in std::mem::take(&mut self.scans) {
            let Scan { node, spec, sieves } = scan;
            let safe = sieves.into_iter().filter(|(_, join)| self.leads_only_to(node, *join));
            let safe: Vec<Sieved> = safe.map(|(sieved, _)| sieved).collect();
            if safe.is_empty() {
                continue;
            }
            let make = FileSource::open(spec.sieved(safe));
            let make: Make<dyn Source> = Arc::new(move |seat| make(&seat.subtask()));
            let number = usize::try_from(node).expect("a node of the graph");
            self.graph.nodes[number].factory = Factory::Source(make, None);
        }
    }

    /// Whether all that a node sends comes to another one by one way, and nowhere else.
    fn leads_only_to(&self, from: NodeId, to: NodeId) -> bool {
        let mut at = from;
        while at != to {
            let mut ways = self.graph.outputs(at);
            match (ways.next(), ways.next()) {
                (Some((_, edge)), None) => at = edge.to,
                _ => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_followed_as_long_as_they_are_as_they_were_read() {
        let scanned = Scanned::of(3, &[7, 9]);
        let exprs = [Expr::Column(1), Expr::Not(Box::new(Expr::Column(0))), Expr::Column(0), Expr::Column(5)];
        let read = |column| Some(Read { scan: 3, column });
        assert_eq!(scanned.behind(&exprs), Scanned(vec![read(9), None, read(7), None]));
        assert_eq!(scanned.first(1), Scanned(vec![read(7)]));
    }

    #[test]
    fn a_side_whose_missing_rows_are_seen_is_not_followed() {
        let (left, right) = (Scanned::of(0, &[0, 1]), Scanned::of(1, &[0]));
        let behind = |kind, columns| {
            let all = Scanned::joined(kind, [(&left, 3), (&right, 2)], columns);
            (0..columns).map(|column| all.read(column).map(|read| read.scan)).collect::<Vec<_>>()
        };
        assert_eq!(behind(JoinKind::Inner, 5), [Some(0), Some(0), None, Some(1), None]);
        assert_eq!(behind(JoinKind::Left, 5), [Some(0), Some(0), None, None, None]);
        assert_eq!(behind(JoinKind::Right, 5), [None, None, None, Some(1), None]);
        assert_eq!(behind(JoinKind::Full, 5), [None; 5]);
        assert_eq!(behind(JoinKind::LeftMark, 3), [Some(0), Some(0), None]);
        assert_eq!(behind(JoinKind::RightAnti, 1), [Some(1)]);
    }
}
