//! What goes to disk when managed memory is full, and how.

use std::path::PathBuf;

use super::{Group, Key};
use crate::{Bytes, Optional, Sizes, Whose};

group! {
    /// An operator whose reservation of managed memory is refused writes to temporary files that vanish with
    /// the process.
    "Spilling"

    /// Where temporary files go. Name one directory for each disk: files take turns.
    TMP_DIRS: Option<Vec<PathBuf>> = "io.tmp.dirs" {
        whose: Whose::Flink,
        bounds: Optional {
            bounds: (),
            unset: "the temporary directory of the system",
            such_as: "/disk1/tmp,/disk2/tmp",
        },
        default: None,
    }

    /// Whether spilled blocks are compressed.
    SPILL_COMPRESSION: bool = "table.exec.spill-compression.enabled" {
        whose: Whose::Flink,
        bounds: (),
        default: true,
    }

    /// How many bytes of rows make one spilled block, before compression. Flink's default is 64kb; ours is
    /// larger because blocks hold columns, and a column compresses and reads better in longer runs.
    SPILL_BLOCK_SIZE: Bytes = "table.exec.spill-compression.block-size" {
        whose: Whose::Flink,
        bounds: Sizes::between(Bytes::kib(16), Bytes::mib(2)),
        default: Bytes::kib(256),
    }

    /// What all temporary files of the process may hold together.
    SPILL_SIZE_MAX: Option<Bytes> = "spill.size.max" {
        whose: Whose::Ours,
        bounds: Optional { bounds: Sizes::ANY, unset: "what the directories hold", such_as: "100gb" },
        default: None,
    }

    /// How far ahead of the rows in use a temporary file is read back.
    SPILL_READ_AHEAD: Bytes = "spill.read-ahead" {
        whose: Whose::Ours,
        bounds: Sizes::between(Bytes::kib(64), Bytes::mib(16)),
        default: Bytes::mib(1),
    }
}
