//! One channel's sending end: what was released goes as far as its credit reaches, and the rest waits.

use std::collections::VecDeque;

use super::Carrier;
use crate::credit::Account;
use crate::item::{Barrier, ChannelId, Control, Item, Message};

#[derive(Debug)]
pub(super) struct Outlet {
    channel: ChannelId,
    account: Account,
    /// Released, and without credit: in order.
    waiting: VecDeque<(Item, u32)>,
    waiting_bytes: u64,
    /// What the receiver was last told would be sent in all.
    told: u64,
    messages: u64,
}

impl Outlet {
    pub(super) fn open(channel: ChannelId, credit_bytes: u64) -> Self {
        let account = Account::open(credit_bytes);
        Self { channel, account, waiting: VecDeque::new(), waiting_bytes: 0, told: 0, messages: 0 }
    }

    pub(super) fn channel(&self) -> ChannelId {
        self.channel
    }

    /// Takes an item, behind all others.
    pub(super) fn give(&mut self, item: Item, charge: u32, carrier: &mut impl Carrier) {
        if self.waiting.is_empty() && self.account.admits(charge) {
            self.send(item, charge, carrier);
            return;
        }
        self.waiting_bytes += u64::from(charge);
        // Views that follow each other wait as one: a receiver that is behind gets larger batches, not more of them.
        if let (Item::View(next), Some((Item::View(last), charges))) = (&item, self.waiting.back_mut())
            && last.absorb(next)
        {
            *charges += charge;
        } else {
            self.waiting.push_back((item, charge));
        }
        self.tell(carrier);
    }

    /// Whether the receiver can have taken so much.
    pub(super) fn admits_credit(&self, consumed: u64) -> bool {
        self.account.believes(consumed)
    }

    /// The receiver has spoken.
    pub(super) fn credit(&mut self, consumed: u64, limit: u64, carrier: &mut impl Carrier) {
        self.account.credit(consumed, limit);
        while let Some((item, charge)) = self.waiting.pop_front_if(|(_, charge)| self.account.admits(*charge))
        {
            self.waiting_bytes -= u64::from(charge);
            self.send(item, charge, carrier);
        }
        self.tell(carrier);
    }

    /// Sends a barrier past all that waits.
    pub(super) fn overtake(&self, barrier: Barrier, carrier: &mut impl Carrier) {
        carrier.control(Control::Barrier { channel: self.channel, behind: self.messages, barrier });
    }

    /// What waits.
    pub(super) fn held(&self) -> impl Iterator<Item = Item> {
        self.waiting.iter().map(|(item, _)| item.clone())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn waiting_bytes(&self) -> u64 {
        self.waiting_bytes
    }

    /// Bytes that may still be released without waiting.
    pub(super) fn room(&self) -> u64 {
        self.account.room().saturating_sub(self.waiting_bytes)
    }

    pub(super) fn messages(&self) -> u64 {
        self.messages
    }

    pub(super) fn bytes(&self) -> u64 {
        self.account.sent()
    }

    fn send(&mut self, item: Item, charge: u32, carrier: &mut impl Carrier) {
        self.account.spend(charge);
        let counts = carrier.send(Message { channel: self.channel, charge, item });
        self.messages += u64::from(counts);
    }

    /// Tells the receiver what waits, once it has granted all that it was last told of: so one word is under way at a time,
    /// and none when credit is ample.
    fn tell(&mut self, carrier: &mut impl Carrier) {
        if self.waiting_bytes > 0 && self.told <= self.account.limit() {
            self.told = self.account.sent() + self.waiting_bytes;
            carrier.control(Control::Wanted { channel: self.channel, bytes: self.told });
        }
    }
}
