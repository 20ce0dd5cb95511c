//! Groups that leave when the last row has come, and not before: a row for each.

use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::aggregation::Aggregation;
use super::groups::Groups;
use super::leaving::Leaving;
use crate::contract::Flow;
use crate::cx::Cx;
use crate::layout::Layout;

/// Groups until the end.
pub(super) struct AtEnd {
    pub(super) groups: Groups,
    output: Layout,
    leaving: Leaving,
    /// The one group of all rows is there without a row.
    pub(super) has_result_of_nothing: bool,
}

impl AtEnd {
    pub(super) fn new(aggregation: &Aggregation) -> Result<Self, Failure> {
        let groups = Groups::new(aggregation, true)?;
        Ok(Self {
            groups,
            output: aggregation.output()?,
            leaving: Leaving::default(),
            has_result_of_nothing: false,
        })
    }

    /// Time is held back, since the rows that leave have times before it; the end of time is the end.
    pub(super) fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if now < Watermark::MAX {
            return Ok(Flow::Next);
        }
        self.leave(Some(now), cx)
    }

    pub(super) fn end(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.leave(None, cx)
    }

    fn leave(&mut self, then: Option<Watermark>, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if std::mem::take(&mut self.has_result_of_nothing) {
            self.groups.know_the_only_one();
        }
        self.leaving = Leaving::new(self.groups.slots(), then);
        self.more(cx)
    }

    pub(super) fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let Self { groups, output, leaving, .. } = self;
        let flow = leaving.go_on(cx, |slots| {
            let batch = output.batch(groups.results(slots)?, slots.len());
            Ok(batch.with_hashes(Some(groups.hashes(slots).into())))
        })?;
        if flow == Flow::Next {
            groups.end()?;
        }
        Ok(flow)
    }

    pub(super) fn save(&self, to: &mut Snapshot) {
        self.groups.save(to);
    }

    pub(super) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.groups.load(from)
    }
}
