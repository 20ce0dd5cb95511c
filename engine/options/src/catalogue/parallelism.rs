//! Into how many subtasks work is split.

use super::{Group, Key};
use crate::{Optional, Whose};

/// Flink's bound on key groups, and so on the subtasks of one operator: a key group's number fits in 15 bits.
const KEY_GROUPS_MAX: u32 = 1 << 15;

group! {
    /// An operator runs as subtasks side by side, each with its own share of the keys.
    "Parallelism"

    /// How many subtasks an operator has when its job does not say.
    PARALLELISM: u32 = "parallelism.default" {
        whose: Whose::Flink,
        bounds: 1..=KEY_GROUPS_MAX,
        default: 1,
    }

    /// The number of key groups, and so the most subtasks a keyed operator can ever be given. State is stored
    /// by key group: a job keeps this number for life.
    MAX_PARALLELISM: Option<u32> = "pipeline.max-parallelism" {
        whose: Whose::Flink,
        bounds: Optional { bounds: 1..=KEY_GROUPS_MAX, unset: "128", such_as: "1024" },
        default: None,
    }
}
