//! A receiver that takes what it likes when it likes, and notes what came when.

use shuffle::{Allowance, Arrival, ChannelId, Control, Gate, GateSpec};

use crate::cases::{Case, Random};
use crate::rows;
use crate::sender::Sender;

pub(crate) struct Receiver {
    pub(crate) gate: Gate,
    /// The senders it has channels from.
    pub(crate) senders: Vec<u32>,
    channels: Vec<ChannelId>,
    /// By channel, the numbers of the rows that came.
    pub(crate) rows: Vec<Vec<u64>>,
    /// For each checkpoint, how many rows of each channel came before its barrier.
    pub(crate) barriers: Vec<(u64, Vec<usize>)>,
    /// For each watermark, the same.
    pub(crate) watermarks: Vec<(i64, Vec<usize>)>,
    pub(crate) ended: bool,
    /// By channel, what the sender was last told: consumed, limit.
    told: Vec<(u64, u64)>,
}

impl Receiver {
    pub(crate) fn open(case: &Case, number: u32, senders: &[Sender], allowance: Allowance) -> Self {
        let has_channel = |sender: &u32| senders[*sender as usize].receivers.contains(&number);
        let senders: Vec<u32> = (0..case.senders).filter(has_channel).collect();
        let channels: Vec<_> =
            senders.iter().map(|sender| ChannelId(sender * case.receivers + number)).collect();
        let count = senders.len();
        Self {
            gate: Gate::open(GateSpec::new(vec![channels.clone()], allowance)),
            senders,
            channels,
            rows: vec![Vec::new(); count],
            barriers: Vec::new(),
            watermarks: Vec::new(),
            ended: false,
            told: vec![(0, allowance.opening_bytes()); count],
        }
    }

    /// The gate's number of the channel from `sender`.
    pub(crate) fn channel_of(&self, sender: u32) -> usize {
        self.senders.iter().position(|other| *other == sender).expect("they are connected")
    }

    /// Takes at most so many things.
    pub(crate) fn take(&mut self, most: usize) -> bool {
        for taken in 0..most {
            let Some(arrival) = self.gate.next() else { return taken > 0 };
            assert!(!self.ended, "{arrival:?} behind the end");
            let so_far = || self.rows.iter().map(Vec::len).collect::<Vec<_>>();
            match arrival {
                Arrival::Batch { channel, batch, .. } => {
                    assert!(batch.rows() > 0);
                    self.rows[channel].extend(rows::check(&batch).iter().map(|id| rows::number(*id)));
                }
                Arrival::Watermark(time) => self.watermarks.push((time.0, so_far())),
                Arrival::Barrier(barrier) => self.barriers.push((barrier.checkpoint, so_far())),
                Arrival::End => self.ended = true,
                Arrival::Abandoned { checkpoint } => panic!("checkpoint {checkpoint} was given up"),
                Arrival::InFlight { .. } => panic!("nothing overtakes here"),
                Arrival::Idle | Arrival::Active | Arrival::LatencyMark(_) | Arrival::InputEnded(_) => {}
            }
        }
        true
    }

    /// What the senders should hear. (That no sender exceeds it, the gate asserts itself.)
    pub(crate) fn credit(&mut self, random: &mut Random) -> Vec<Control> {
        let mut controls = Vec::new();
        if random.one_in(50) {
            self.gate.adapt_credit(1 + random.next() % 1_000_000_000);
        }
        self.gate.drain_credit(|control| controls.push(control));
        for control in &controls {
            let Control::Credit { channel, consumed, limit } = control else { panic!("{control:?}") };
            let index = self.channels.iter().position(|other| other == channel).expect("its own");
            assert!(*consumed >= self.told[index].0 && *limit >= self.told[index].1, "figures never fall");
            self.told[index] = (*consumed, *limit);
        }
        controls
    }
}
