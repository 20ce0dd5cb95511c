//! What may go wrong between simulated machines, how often, and how often it did.

use crate::random::Random;
use crate::sim::chance::{Delay, rate};

/// Longer than the time-outs of any protocol should be, and short enough that a run sees what comes after.
const CLOG_MAX_NS: u64 = 60_000_000_000;

/// Of a thousand sends: a connection that lives for a hundred of them is a poor one.
const CUTS_MOST: u64 = 10;

/// What the socket buffers of both ends hold together in an ordinary Linux.
const IN_FLIGHT_BYTES_MAX: u64 = 4 << 20;

/// What the network does to those who use it. Rates are of a thousand sends, or deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireFaults {
    /// How long a piece is under way.
    pub delay: Delay,
    /// How many bytes may be under way in one direction of a connection. A larger message goes alone.
    pub in_flight_bytes_max: u64,
    /// How often a message is cut into pieces that travel each by itself.
    pub splits_per_thousand: u64,
    /// How often pieces that have come at the same time are handed out as one.
    pub joins_per_thousand: u64,
    /// How often bytes are refused although there is room.
    pub refusals_per_thousand: u64,
    /// How often a send finds its link clogged from now on, in this direction.
    pub clogs_per_thousand: u64,
    /// For how long.
    pub clog: Delay,
    /// How often a send finds its connection cut.
    pub cuts_per_thousand: u64,
    /// How long it takes an end to learn of that.
    pub notice: Delay,
}

/// How often something went wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WireCounts {
    /// Messages that were cut into pieces.
    pub splits: u64,
    /// Pieces that came as part of a larger one.
    pub joins: u64,
    /// Messages that were refused, for want of room or without reason.
    pub refusals: u64,
    /// Links that were clogged.
    pub clogs: u64,
    /// Connections that were cut, or one end of which went down.
    pub cuts: u64,
    /// Bytes that were taken and never came.
    pub lost_bytes: u64,
}

impl WireFaults {
    /// A fast network that keeps messages as they are and never breaks.
    pub const fn none() -> Self {
        Self {
            delay: Delay { least_ns: 20_000, most_ns: 1_000_000 },
            in_flight_bytes_max: IN_FLIGHT_BYTES_MAX,
            splits_per_thousand: 0,
            joins_per_thousand: 0,
            refusals_per_thousand: 0,
            clogs_per_thousand: 0,
            clog: Delay::NONE,
            cuts_per_thousand: 0,
            notice: Delay { least_ns: 20_000, most_ns: 1_000_000 },
        }
    }

    /// One of many networks: each kind of fault is there or not, and then more or less often.
    pub fn drawn(random: &mut Random) -> Self {
        let most_ns = random.within(100_000, 200_000_000);
        Self {
            delay: Delay { least_ns: 20_000, most_ns },
            in_flight_bytes_max: 1 << random.within(12, 22),
            splits_per_thousand: rate(1000, random),
            joins_per_thousand: rate(1000, random),
            refusals_per_thousand: rate(100, random),
            clogs_per_thousand: rate(CUTS_MOST, random),
            clog: Delay { least_ns: most_ns, most_ns: CLOG_MAX_NS },
            cuts_per_thousand: rate(CUTS_MOST, random),
            notice: Delay { least_ns: 20_000, most_ns: CLOG_MAX_NS },
        }
    }
}
