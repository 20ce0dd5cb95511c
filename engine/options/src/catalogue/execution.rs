//! How a program becomes a job, and what follows when it fails.

use std::time::Duration;

use super::{Group, Key};
use crate::Whose;

group! {
    /// A program is planned for an endless stream or for an input that ends, and started again when it fails, or not.
    "Execution"

    /// How results come: `streaming` as rows come, `batch` when all rows have come, and `automatic` as batch when every
    /// source ends.
    RUNTIME_MODE: RuntimeMode = "execution.runtime-mode" {
        whose: Whose::Flink,
        bounds: (),
        default: RuntimeMode::Streaming,
    }

    /// In batch mode, when the subtasks behind an exchange begin: `all_exchanges_pipelined` with those before it, which is
    /// faster; `all_exchanges_blocking` when all rows lie on disk, where a slow receiver holds nobody up.
    BATCH_SHUFFLE_MODE: BatchShuffleMode = "execution.batch-shuffle-mode" {
        whose: Whose::Flink,
        bounds: (),
        default: BatchShuffleMode::Pipelined,
    }

    /// In batch mode, whether rows are sorted by key before a keyed operator of one input, on disk where memory does not
    /// suffice: then the state of one key is held at a time, however many keys there are, and a function of rows is made anew
    /// for each of them. Without, rows come as they are and the states of all keys are held, which is faster.
    SORTED_INPUTS: bool = "execution.sorted-inputs.enabled" {
        whose: Whose::Flink,
        bounds: (),
        default: false,
    }

    /// Whether operators that can call each other directly do so. Without, every operator is a vertex of its own, which
    /// shows where time goes, and costs some.
    OPERATOR_CHAINING: bool = "pipeline.operator-chaining.enabled" {
        whose: Whose::Flink,
        bounds: (),
        default: true,
    }

    /// What follows a failure: nothing, or a fresh start after a while, a limited number of times.
    RESTART_STRATEGY: RestartStrategy = "restart-strategy.type" {
        whose: Whose::Flink,
        bounds: (),
        default: RestartStrategy::None,
    }

    /// How often a job is started again, with `restart-strategy.type: fixed-delay`.
    RESTART_ATTEMPTS: u32 = "restart-strategy.fixed-delay.attempts" {
        whose: Whose::Flink,
        bounds: 1..=1_000_000,
        default: 1,
    }

    /// How long a job waits before it is started again, with `restart-strategy.type: fixed-delay`.
    RESTART_DELAY: Duration = "restart-strategy.fixed-delay.delay" {
        whose: Whose::Flink,
        bounds: Duration::ZERO..=Duration::from_secs(24 * 60 * 60),
        default: Duration::from_secs(1),
    }
}

choice! {
    /// How the results of a job come.
    pub enum RuntimeMode {
        /// As rows come.
        Streaming = "streaming",
        /// When all rows have come.
        Batch = "batch",
        /// As batch when every source ends.
        Automatic = "automatic",
    }
}

choice! {
    /// When the subtasks behind an exchange of a batch job begin.
    pub enum BatchShuffleMode {
        /// With those before it.
        Pipelined = "all_exchanges_pipelined",
        /// Behind the last of those before it.
        Blocking = "all_exchanges_blocking",
    }
}

choice! {
    /// What follows a failure.
    pub enum RestartStrategy {
        /// Nothing.
        None = "none",
        /// A fresh start after a while.
        FixedDelay = "fixed-delay",
    }
}
