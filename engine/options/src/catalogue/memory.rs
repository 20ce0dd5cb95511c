//! How much memory the process may use, and what for.

use super::{Group, Key};
use crate::{Bytes, Fraction, Optional, Sizes, Whose};

group! {
    /// One number bounds the process; network and managed memory are shares of it, and what is left is for
    /// operators and user code.
    "Memory"

    /// What the whole process may use of the machine's memory.
    PROCESS_SIZE: Option<Bytes> = "taskmanager.memory.process.size" {
        whose: Whose::Flink,
        bounds: Optional {
            bounds: Sizes::at_least(Bytes::mib(64)),
            unset: "three quarters of what the machine or its cgroup gives",
            such_as: "4gb",
        },
        default: None,
    }

    /// The share of the process that buffers between subtasks may hold, kept between the least and the most
    /// below.
    NETWORK_FRACTION: Fraction = "taskmanager.memory.network.fraction" {
        whose: Whose::Flink,
        bounds: (),
        default: Fraction::new(0.1),
    }

    /// The least network memory, however small its share of the process is.
    NETWORK_MIN: Bytes = "taskmanager.memory.network.min" {
        whose: Whose::Flink,
        bounds: Sizes::at_least(Bytes::mib(1)),
        default: Bytes::mib(64),
    }

    /// The most network memory, however large its share of the process is.
    NETWORK_MAX: Option<Bytes> = "taskmanager.memory.network.max" {
        whose: Whose::Flink,
        bounds: Optional {
            bounds: Sizes::at_least(Bytes::mib(1)),
            unset: "the share alone decides",
            such_as: "1gb",
        },
        default: None,
    }

    /// The share of the process that sorting, hashing and state may hold before they spill.
    MANAGED_FRACTION: Fraction = "taskmanager.memory.managed.fraction" {
        whose: Whose::Flink,
        bounds: (),
        default: Fraction::new(0.4),
    }

    /// Managed memory as a size of its own; it overrides the share.
    MANAGED_SIZE: Option<Bytes> = "taskmanager.memory.managed.size" {
        whose: Whose::Flink,
        bounds: Optional { bounds: Sizes::ANY, unset: "the share decides", such_as: "2gb" },
        default: None,
    }

    /// The size of a segment, the piece in which memory is handed out. Larger ones cost less per row; smaller
    /// ones let more channels share the same memory.
    SEGMENT_SIZE: Bytes = "taskmanager.memory.segment-size" {
        whose: Whose::Flink,
        bounds: Sizes::powers_of_two(Bytes::kib(4), Bytes::mib(2)),
        default: Bytes::kib(32),
    }
}
