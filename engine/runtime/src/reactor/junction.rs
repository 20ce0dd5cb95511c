//! Which subtask of this core a channel belongs to, at either end.

use shuffle::ChannelId;

use crate::seam::TaskId;

/// The ends of channels on this core.
#[derive(Debug, Default)]
pub(crate) struct Junction {
    /// By slot.
    ends: Vec<Option<Ends>>,
}

#[derive(Clone, Copy, Debug)]
struct Ends {
    channel: ChannelId,
    sender: Option<SenderEnd>,
    receiver: Option<ReceiverEnd>,
}

/// Where a channel is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SenderEnd {
    pub(crate) task: TaskId,
    pub(crate) output: usize,
    /// Which of the output's channels.
    pub(crate) index: usize,
}

/// Where a channel is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReceiverEnd {
    pub(crate) task: TaskId,
    /// Which of the gate's channels.
    pub(crate) index: usize,
}

impl Junction {
    pub(crate) fn send_from(&mut self, channel: ChannelId, end: SenderEnd) {
        self.entry(channel).sender = Some(end);
    }

    pub(crate) fn receive_at(&mut self, channel: ChannelId, end: ReceiverEnd) {
        self.entry(channel).receiver = Some(end);
    }

    /// The channel is nobody's any more.
    pub(crate) fn remove(&mut self, channel: ChannelId) {
        if let Some(ends) = self.ends.get_mut(channel.slot())
            && ends.is_some_and(|ends| ends.channel == channel)
        {
            *ends = None;
        }
    }

    pub(crate) fn sender(&self, channel: ChannelId) -> Option<SenderEnd> {
        self.find(channel)?.sender
    }

    pub(crate) fn receiver(&self, channel: ChannelId) -> Option<ReceiverEnd> {
        self.find(channel)?.receiver
    }

    fn find(&self, channel: ChannelId) -> Option<Ends> {
        self.ends.get(channel.slot()).copied().flatten().filter(|ends| ends.channel == channel)
    }

    fn entry(&mut self, channel: ChannelId) -> &mut Ends {
        let slot = channel.slot();
        if self.ends.len() <= slot {
            self.ends.resize(slot + 1, None);
        }
        let fresh = Ends { channel, sender: None, receiver: None };
        let ends = self.ends[slot].get_or_insert(fresh);
        assert_eq!(ends.channel, channel, "a slot is given out once at a time");
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_of_an_earlier_job_is_nobodys() {
        let (first, task) = (ChannelId::of(7, 0), TaskId { place: 0, generation: 0 });
        let mut junction = Junction::default();
        junction.receive_at(first, ReceiverEnd { task, index: 2 });
        assert_eq!(junction.receiver(first), Some(ReceiverEnd { task, index: 2 }));
        assert_eq!((junction.sender(first), junction.receiver(first.next())), (None, None));
        junction.remove(first.next());
        assert!(junction.receiver(first).is_some());
        junction.remove(first);
        junction.receive_at(first.next(), ReceiverEnd { task, index: 0 });
        assert_eq!(junction.receiver(first), None);
    }
}
