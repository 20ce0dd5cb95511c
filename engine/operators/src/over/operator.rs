//! The operator: functions over the rows around a row, in the way that goes with the job.

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::by_time::ByTime;
use super::changing::Changing;
use super::in_order::InOrder;
use super::partitions::ByPartition;
use super::plan::Plan;
use super::spec::OverSpec;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::seat::{Mode, OperatorSeat};

/// Functions over the rows around a row.
pub struct Over(Way);

enum Way {
    InOrder(Box<InOrder>),
    ByPartition(Box<ByPartition>),
    ByTime(Box<ByTime>),
    Changing(Box<Changing>),
}

impl Over {
    /// Makes rows of [`OverSpec::output`]. In a batch, rows must come as [`OverSpec::sorted_by`] says.
    ///
    /// # Errors
    ///
    /// If the functions and their frames do not go with the columns or the stream, or a type cannot be a key.
    ///
    /// # Panics
    ///
    /// If there is no such column, or in a stream the order is not that of its time.
    pub fn new(spec: &OverSpec, seat: &OperatorSeat) -> Result<Self, Failure> {
        spec.check(seat.mode).map_err(Failure::lasting)?;
        let output = spec.output(seat.mode).map_err(Failure::lasting)?;
        // Without an order all rows of a partition are alike: if that matters, none leaves before the last one has come.
        let has_order = !spec.order.is_empty() || !Plan::new(spec)?.needs_peers();
        let looks_back = spec.looks_back() && has_order;
        Ok(Self(match (seat.mode, spec.time) {
            (Mode::Batch, _) if looks_back => Way::InOrder(Box::new(InOrder::new(spec, output, seat)?)),
            (Mode::Batch, _) => Way::ByPartition(Box::new(ByPartition::new(spec, output, seat)?)),
            (Mode::Streaming, Some(time)) => Way::ByTime(Box::new(ByTime::new(spec, time, output, seat)?)),
            (Mode::Streaming, None) => Way::Changing(Box::new(Changing::new(spec, output, seat)?)),
        }))
    }
}

impl Operator for Over {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match &mut self.0 {
            Way::InOrder(way) => way.batch(batch, cx),
            Way::ByPartition(way) => way.batch(batch, cx),
            Way::ByTime(way) => way.batch(batch),
            Way::Changing(way) => way.batch(batch, cx),
        }
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match &mut self.0 {
            Way::InOrder(way) => way.time(now, cx),
            Way::ByPartition(way) => way.time(now, cx),
            Way::ByTime(way) => way.time(now, cx),
            Way::Changing(_) => cx.time(now).map(|()| Flow::Next),
        }
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match &mut self.0 {
            Way::InOrder(way) => way.end(cx),
            Way::ByPartition(way) => way.end(cx),
            Way::ByTime(way) => way.end(),
            Way::Changing(way) => way.end(),
        }
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match &mut self.0 {
            Way::InOrder(way) => way.more(cx),
            Way::ByPartition(way) => way.more(cx),
            Way::ByTime(way) => way.more(cx),
            Way::Changing(way) => way.more(cx),
        }
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        match &mut self.0 {
            Way::InOrder(way) => way.save(to),
            Way::ByPartition(way) => way.save(to),
            Way::ByTime(way) => way.save(to),
            Way::Changing(way) => way.save(to),
        }
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        match &mut self.0 {
            Way::InOrder(way) => way.load(from),
            Way::ByPartition(way) => way.load(from),
            Way::ByTime(way) => way.load(from),
            Way::Changing(way) => way.load(from),
        }
    }
}
