//! What a gate is opened with: plain data.

use crate::credit::Allowance;
use crate::item::{ChannelId, Item};

/// Describes a gate.
#[derive(Clone, Debug)]
pub struct GateSpec {
    /// For each input of the subtask, its channels, at least one. The gate counts channels through all inputs:
    /// those of the first input come first.
    pub inputs: Vec<Vec<ChannelId>>,
    /// How much credit the channels have.
    pub allowance: Allowance,
    /// How far a channel may be ahead of the slowest one in event time. Not for inputs with a common upstream: it
    /// may have to feed the slow one while the fast one keeps it waiting.
    pub drift_max_ms: Option<u64>,
    /// Items captured by a checkpoint ([`Arrival::InFlight`](super::Arrival::InFlight)), with their channels. They
    /// come out before everything else.
    pub restored: Vec<(usize, Vec<Item>)>,
}

impl GateSpec {
    /// A gate without drift and without a former life.
    pub fn new(inputs: Vec<Vec<ChannelId>>, allowance: Allowance) -> Self {
        Self { inputs, allowance, drift_max_ms: None, restored: Vec::new() }
    }

    /// How many channels there are.
    pub fn channels(&self) -> usize {
        self.inputs.iter().map(Vec::len).sum()
    }
}
