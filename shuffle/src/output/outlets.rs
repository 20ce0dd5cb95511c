//! All outlets of an output, and whether one of them is full.

use std::ops::Range;

use super::outlet::Outlet;
use super::{Carrier, Edge, Sent};
use crate::bound::WAITING_SEGMENTS;
use crate::item::{Barrier, ChannelId, Item};

#[derive(Debug)]
pub(super) struct Outlets {
    outlets: Vec<Outlet>,
    /// How many of them hold more than may wait.
    full: usize,
    waiting_bytes_max: u64,
}

impl Outlets {
    pub(super) fn open(edge: &Edge) -> Self {
        let outlets = edge.channels.iter().map(|channel| Outlet::open(*channel, edge.credit_bytes)).collect();
        Self { outlets, full: 0, waiting_bytes_max: (edge.segment_bytes * WAITING_SEGMENTS) as u64 }
    }

    /// Gives an item to each of these.
    pub(super) fn give(&mut self, range: Range<usize>, item: Item, charge: u32, carrier: &mut impl Carrier) {
        let last = range.end - 1;
        for outlet in range.start..last {
            self.change(outlet, |outlet| outlet.give(item.clone(), charge, carrier));
        }
        self.change(last, |outlet| outlet.give(item, charge, carrier));
    }

    pub(super) fn admits_credit(&self, outlet: usize, consumed: u64) -> bool {
        self.outlets[outlet].admits_credit(consumed)
    }

    pub(super) fn credit(&mut self, outlet: usize, consumed: u64, limit: u64, carrier: &mut impl Carrier) {
        self.change(outlet, |outlet| outlet.credit(consumed, limit, carrier));
    }

    pub(super) fn restore(&mut self, outlet: usize, items: Vec<Item>, carrier: &mut impl Carrier) {
        assert_eq!(self.outlets[outlet].messages(), 0, "what is restored goes first");
        for item in items {
            // Restored rows come from a checkpoint, not from a segment: what they take is what they show.
            let bytes = if let Item::Batch(batch) = &item { batch.bytes() } else { 0 };
            let charge = u32::try_from(bytes).unwrap_or(u32::MAX);
            self.change(outlet, |outlet| outlet.give(item, charge, carrier));
        }
    }

    pub(super) fn overtake(&self, barrier: Barrier, carrier: &mut impl Carrier) {
        self.outlets.iter().for_each(|outlet| outlet.overtake(barrier, carrier));
    }

    /// What waits, by channel.
    pub(super) fn held(&self) -> impl Iterator<Item = (ChannelId, Vec<Item>)> {
        self.outlets.iter().map(|outlet| (outlet.channel(), outlet.held().collect()))
    }

    pub(super) fn channel(&self, outlet: usize) -> ChannelId {
        self.outlets[outlet].channel()
    }

    pub(super) fn room(&self, outlet: usize) -> u64 {
        self.outlets[outlet].room()
    }

    pub(super) fn waiting_bytes(&self) -> u64 {
        self.outlets.iter().map(Outlet::waiting_bytes).sum()
    }

    pub(super) fn len(&self) -> usize {
        self.outlets.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.full > 0
    }

    pub(super) fn waits(&self, outlet: usize) -> bool {
        !self.outlets[outlet].is_empty()
    }

    pub(super) fn is_drained(&self) -> bool {
        self.outlets.iter().all(Outlet::is_empty)
    }

    pub(super) fn sent(&self) -> Sent {
        Sent {
            rows: 0,
            messages: self.outlets.iter().map(Outlet::messages).sum(),
            bytes: self.outlets.iter().map(Outlet::bytes).sum(),
        }
    }

    /// Changes one of them, and keeps count of the full ones.
    fn change(&mut self, outlet: usize, change: impl FnOnce(&mut Outlet)) {
        let outlet = &mut self.outlets[outlet];
        let was_full = outlet.waiting_bytes() > self.waiting_bytes_max;
        change(outlet);
        let is_full = outlet.waiting_bytes() > self.waiting_bytes_max;
        self.full = self.full + usize::from(is_full) - usize::from(was_full);
    }
}
