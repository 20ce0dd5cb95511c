//! What an output needs of the core that it runs on.

use memory::Pool;

use crate::item::{ChannelId, Control, Message};

/// What a receiver would do with rows that do not fill a segment yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appetite {
    /// It would otherwise do nothing, and waking it does not cost more than it brings.
    Hungry,
    /// It has something to do yet: what is sent now waits with what it has.
    Busy,
    /// It sleeps, and was woken too lately to be woken again.
    Asleep,
}

/// Takes messages to their receivers: on this core, over a ring to another one, or in frames to another host.
///
/// The runtime implements it. It never refuses: what it has to hold back is bounded by the credit of the channels.
pub trait Carrier {
    /// Takes a message along, behind all others of its channel. `false`: it was joined to the one before it, and the
    /// receiver will count both as one.
    fn send(&mut self, message: Message) -> bool;

    /// Takes along what may overtake messages.
    fn control(&mut self, control: Control);

    /// What the receiver of this channel would do with little.
    fn appetite(&self, channel: ChannelId) -> Appetite;

    /// Where segments come from.
    fn pool(&self) -> &Pool;
}
