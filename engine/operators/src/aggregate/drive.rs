//! Runs an operator without a runtime, for benchmarks and tests: the caller is what is around it.

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use crate::around::Around;
use crate::chain::{Chain, Delivery, Link, Role, Settled, Target};
use crate::contract::Operator;

/// An operator whose outputs are edges of the same numbers. What is not said to be of a port is of the first one.
pub struct Drive(Chain);

impl Drive {
    /// Somebody listens to the first `outputs` of them.
    pub fn new(operator: impl Operator + 'static, outputs: usize) -> Self {
        Self::of_ports(1, operator, outputs)
    }

    /// The same for an operator of so many ports.
    pub fn of_ports(ports: usize, operator: impl Operator + 'static, outputs: usize) -> Self {
        let exits = (0..outputs).map(|output| vec![Target::Edge(output)]).collect();
        let link = Link { role: Role::Operator(Box::new(operator)), ports, exits, poked: None };
        Self(Chain::new(vec![link], (0..ports).collect()))
    }

    /// Rows come.
    ///
    /// # Errors
    ///
    /// What the operator says, here and in all that follows.
    pub fn batch(&mut self, batch: Batch, around: &mut dyn Around) -> Result<(), Failure> {
        self.batch_by(0, batch, around)
    }

    /// Rows come by this port.
    pub fn batch_by(&mut self, port: usize, batch: Batch, around: &mut dyn Around) -> Result<(), Failure> {
        self.0.give(port, Delivery::Batch(batch), around)
    }

    /// Event time comes to `now`.
    pub fn time(&mut self, now: Watermark, around: &mut dyn Around) -> Result<(), Failure> {
        self.0.give(0, Delivery::Time(now), around)
    }

    /// Nothing comes any more.
    pub fn end(&mut self, around: &mut dyn Around) -> Result<(), Failure> {
        self.end_of(0, around)
    }

    /// Nothing comes by this port any more.
    pub fn end_of(&mut self, port: usize, around: &mut dyn Around) -> Result<(), Failure> {
        self.0.give(port, Delivery::End, around)
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
