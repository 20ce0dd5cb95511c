//! Aggregates of all rows of a key so far.

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::aggregation::{Aggregation, refuse_changes};
use super::at_end::AtEnd;
use super::groups::Groups;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::seat::{Mode, OperatorSeat};

/// What is sent of an aggregate that goes on and on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Results {
    /// What it is behind each row, with the event time of that row: Flink's `sum` over an unbounded stream.
    EachRow,
    /// What it is in the end, with the greatest event time of its rows: the same over a bounded one.
    Last,
}

/// As the results of the job come.
impl From<Mode> for Results {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Streaming => Self::EachRow,
            Mode::Batch => Self::Last,
        }
    }
}

/// A rolling aggregation.
pub struct RollingAggregate(Kind);

enum Kind {
    EachRow { groups: Groups, output: Layout, input: Layout },
    Last(AtEnd),
}

impl RollingAggregate {
    /// Makes rows of [`Aggregation::output`].
    ///
    /// # Errors
    ///
    /// If a function does not take its column, or a type cannot be a key.
    pub fn new(aggregation: &Aggregation, results: Results) -> Result<Self, Failure> {
        let schema = aggregation.input.schema();
        aggregation.aggregates.iter().try_for_each(|aggregate| aggregate.refuse_filter(schema))?;
        Ok(Self(match results {
            Results::Last => Kind::Last(AtEnd::new(aggregation)?),
            Results::EachRow => Kind::EachRow {
                groups: Groups::new(aggregation, false)?,
                output: aggregation.output()?,
                input: aggregation.input.clone(),
            },
        }))
    }

    /// The same operator, which reserves its memory.
    #[must_use]
    pub fn seated(mut self, seat: &OperatorSeat) -> Self {
        match &mut self.0 {
            Kind::EachRow { groups, .. } => groups.sit(seat),
            Kind::Last(at_end) => at_end.groups.sit(seat),
        }
        self
    }
}

impl Operator for RollingAggregate {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        refuse_changes(&batch)?;
        match &mut self.0 {
            Kind::Last(at_end) => at_end.groups.update(batch)?,
            Kind::EachRow { groups, output, input } => {
                let batch = batch.compact();
                let results = groups.roll(&batch)?;
                let mut columns = input.key_columns(&batch);
                columns.extend(results);
                columns.extend(input.time().map(|time| batch.columns().column(time).clone()));
                let rows = output.batch(columns, batch.rows()).with_hashes(batch.hashes().cloned());
                cx.send(rows)?;
            }
        }
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match &mut self.0 {
            Kind::Last(at_end) => at_end.time(now, cx),
            Kind::EachRow { .. } => {
                cx.time(now)?;
                Ok(Flow::Next)
            }
        }
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match &mut self.0 {
            Kind::Last(at_end) => at_end.end(cx),
            Kind::EachRow { groups, .. } => {
                groups.end()?;
                Ok(Flow::Next)
            }
        }
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match &mut self.0 {
            Kind::Last(at_end) => at_end.more(cx),
            Kind::EachRow { .. } => unreachable!("a row for each row is sent at once"),
        }
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        match &self.0 {
            Kind::Last(at_end) => at_end.save(to),
            Kind::EachRow { groups, .. } => groups.save(to),
        }
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        match &mut self.0 {
            Kind::Last(at_end) => at_end.load(from),
            Kind::EachRow { groups, .. } => groups.load(from),
        }
    }
}
