//! How much credit the channels of a gate have: plain data that sender and receiver agree on.

use crate::bound::{EXCLUSIVE_SEGMENTS, FLOATING_SEGMENTS, GATE_SEGMENTS};

/// The credit of a gate's channels, in segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The length of a segment: the quantum in which floating credit is handed out.
    pub segment_bytes: u32,
    /// What belongs to each channel from the start, at least one segment.
    pub exclusive_segments: u32,
    /// What the channels of a gate divide, where that is more for each: the gate says so when it is first asked for more.
    pub gate_segments: u32,
    /// What all channels share.
    pub floating_segments: u32,
}

impl Allowance {
    /// The default: two segments for each channel, more where there are few of them, and eight for those that want more.
    pub fn of_segments(segment_bytes: u32) -> Self {
        Self {
            segment_bytes,
            exclusive_segments: EXCLUSIVE_SEGMENTS,
            gate_segments: GATE_SEGMENTS,
            floating_segments: FLOATING_SEGMENTS,
        }
    }

    /// The limit that an [`Account`](crate::Account) opens with: its sender need not know how many others there are.
    pub fn opening_bytes(&self) -> u64 {
        u64::from(self.segment_bytes) * u64::from(self.exclusive_segments)
    }

    /// What belongs to each of so many channels.
    pub fn exclusive_bytes(&self, channels: usize) -> u64 {
        let divided = u64::from(self.gate_segments) / channels.max(1) as u64;
        u64::from(self.segment_bytes) * divided.max(u64::from(self.exclusive_segments))
    }

    /// What all channels share.
    pub fn floating_bytes(&self) -> u64 {
        u64::from(self.segment_bytes) * u64::from(self.floating_segments)
    }

    /// The most that can be in flight to a gate, but for messages larger than any limit.
    pub fn total_bytes(&self, channels: usize) -> u64 {
        self.exclusive_bytes(channels) * channels as u64 + self.floating_bytes()
    }
}
