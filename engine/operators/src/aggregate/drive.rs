//! Runs an operator without a runtime, for benchmarks and tests: the caller is what is around it.

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use crate::around::Around;
use crate::chain::{Chain, Delivery, Link, Role, Settled, Target};
use crate::contract::Operator;

/// An operator of one port whose outputs are edges of the same numbers.
pub struct Drive(Chain);

impl Drive {
    /// Somebody listens to the first `outputs` of them.
    pub fn new(operator: impl Operator + 'static, outputs: usize) -> Self {
        let exits = (0..outputs).map(|output| vec![Target::Edge(output)]).collect();
        let link = Link { role: Role::Operator(Box::new(operator)), ports: 1, exits, poked: None };
        Self(Chain::new(vec![link], vec![0]))
    }

    /// Rows come.
    ///
    /// # Errors
    ///
    /// What the operator says, here and in all that follows.
    pub fn batch(&mut self, batch: Batch, around: &mut dyn Around) -> Result<(), Failure> {
        self.0.give(0, Delivery::Batch(batch), around)
    }

    /// Event time comes to `now`.
    pub fn time(&mut self, now: Watermark, around: &mut dyn Around) -> Result<(), Failure> {
        self.0.give(0, Delivery::Time(now), around)
    }

    /// Nothing comes any more.
    pub fn end(&mut self, around: &mut dyn Around) -> Result<(), Failure> {
        self.0.give(0, Delivery::End, around)
    }

    /// Goes on for as long as it may. Says whether nothing is left to be done.
    ///
    /// # Panics
    ///
    /// If the operator waits for something: nothing ever happens here.
    pub fn settle(&mut self, around: &mut dyn Around) -> Result<bool, Failure> {
        match self.0.settle(around)? {
            Settled::Clear => Ok(true),
            Settled::Interrupted => Ok(false),
            Settled::Waits => panic!("there is nothing to wait for"),
        }
    }

    /// What the operator writes down.
    pub fn save(&mut self) -> Result<Snapshot, Failure> {
        self.0.save().map(|mut snapshots| snapshots.remove(0))
    }

    /// What it takes over.
    pub fn load(&mut self, restore: Restore) -> Result<(), Failure> {
        self.0.load(&[restore])
    }
}
