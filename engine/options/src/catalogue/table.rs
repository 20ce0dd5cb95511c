//! What SQL asks for beside what all jobs do.

use std::time::Duration;

use super::{Group, Key};
use crate::{Whose, ZoneName};

group! {
    /// SQL has options of its own, under Flink's names.
    "SQL"

    /// How the rows of a query are shown that a stream takes back: `tableau` and `changelog` as they come, with the kind of
    /// each (`+I`, `-U`, `+U`, `-D`) in front of it; `table` when the query has ended, and only those that are left.
    RESULT_MODE: ResultMode = "sql-client.execution.result-mode" {
        whose: Whose::Flink,
        bounds: (),
        default: ResultMode::Tableau,
    }

    /// The time zone in which a TIMESTAMP_LTZ is shown, cast, and cut into days and windows: a name such as Europe/Berlin, an offset
    /// such as GMT+03:00, or the zone of the machine.
    LOCAL_TIME_ZONE: ZoneName = "table.local-time-zone" {
        whose: Whose::Flink,
        bounds: (),
        default: ZoneName::Machine,
    }

    /// For how long a source may have no row before nobody waits for its watermark any more. 0: for ever.
    SOURCE_IDLE_TIMEOUT: Duration = "table.exec.source.idle-timeout" {
        whose: Whose::Flink,
        bounds: Duration::ZERO..=Duration::from_secs(30 * 24 * 60 * 60),
        default: Duration::ZERO,
    }

    /// For how long joins without a bound of time keep a row, and aggregates a key that has no new row. What is forgotten takes
    /// nothing back: results are then those of the rows that are known. 0: for ever.
    STATE_TTL: Duration = "table.exec.state.ttl" {
        whose: Whose::Flink,
        bounds: Duration::ZERO..=Duration::from_secs(10 * 365 * 24 * 60 * 60),
        default: Duration::ZERO,
    }

    /// Whether joins of a batch are made in the order that is guessed to be the cheapest, whatever the order they are written
    /// in. Flink's default is false. Joins of streams keep their order.
    JOIN_REORDER_ENABLED: bool = "table.optimizer.join-reorder-enabled" {
        whose: Whose::Flink,
        bounds: (),
        default: true,
    }

    /// Whether a stream combines rows of a key where they are for as long as `table.exec.mini-batch.allow-latency` and
    /// `table.exec.mini-batch.size` say, before they travel. Without it that is ten milliseconds, or no time where the buffer timeout
    /// is 0. What a batch of rows changes is told once in any case.
    MINI_BATCH_ENABLED: bool = "table.exec.mini-batch.enabled" {
        whose: Whose::Flink,
        bounds: (),
        default: false,
    }

    /// For how long a row waits at most for others of a mini-batch.
    MINI_BATCH_ALLOW_LATENCY: Duration = "table.exec.mini-batch.allow-latency" {
        whose: Whose::Flink,
        bounds: Duration::ZERO..=Duration::from_secs(24 * 60 * 60),
        default: Duration::ZERO,
    }

    /// How many rows a mini-batch has at most, on each subtask.
    MINI_BATCH_SIZE: u32 = "table.exec.mini-batch.size" {
        whose: Whose::Flink,
        bounds: 0..=1_000_000_000,
        default: 0,
    }

    /// Whether aggregates are computed where rows belong only (`one_phase`), or of what was combined where rows are (`two_phase`),
    /// where that can be. `auto` is `two_phase`.
    AGG_PHASE_STRATEGY: AggPhaseStrategy = "table.optimizer.agg-phase-strategy" {
        whose: Whose::Flink,
        bounds: (),
        default: AggPhaseStrategy::Auto,
    }

    /// Whether aggregates of distinct values in streams are computed in two steps, by the key and a bucket of the value first:
    /// then the values of one key are on all cores. It pays for few keys that have many values; others cost more. Averages of
    /// floats and the like, windows and `table.exec.state.ttl` take one step.
    DISTINCT_SPLIT: bool = "table.optimizer.distinct-agg.split.enabled" {
        whose: Whose::Flink,
        bounds: (),
        default: false,
    }

    /// Into how many buckets the distinct values of a key go where they are split.
    DISTINCT_SPLIT_BUCKETS: u32 = "table.optimizer.distinct-agg.split.bucket-num" {
        whose: Whose::Flink,
        bounds: 1..=1_000_000,
        default: 1024,
    }

    /// What becomes of a row that has a null in a column which its table declares `NOT NULL`: the job fails (`error`), or the row
    /// is left out (`drop`).
    NOT_NULL_ENFORCER: NotNullEnforcer = "table.exec.sink.not-null-enforcer" {
        whose: Whose::Flink,
        bounds: (),
        default: NotNullEnforcer::Error,
    }

    /// Whether a stream keeps, for a table with a primary key, the last row of each key that is still there, and tells the table
    /// what became of that. `auto`: where the query takes rows back and tells them apart by other columns than those of the
    /// key, so that several are of one. `none` writes rows as they come; `force` keeps them in any case.
    UPSERT_MATERIALIZE: UpsertMaterialize = "table.exec.sink.upsert-materialize" {
        whose: Whose::Flink,
        bounds: (),
        default: UpsertMaterialize::Auto,
    }
}

choice! {
    /// In how many phases aggregates are computed.
    pub enum AggPhaseStrategy {
        /// As it pays.
        Auto = "auto",
        /// Two, where that can be.
        TwoPhase = "two_phase",
        /// One.
        OnePhase = "one_phase",
    }
}

choice! {
    /// What becomes of rows with a null where none may be.
    pub enum NotNullEnforcer {
        /// The job fails.
        Error = "error",
        /// They are left out.
        Drop = "drop",
    }
}

choice! {
    /// When the last row of each key of a table is kept for it.
    pub enum UpsertMaterialize {
        /// Where several rows are of one key.
        Auto = "auto",
        /// Never.
        None = "none",
        /// Where there is a key.
        Force = "force",
    }
}

choice! {
    /// How rows that may be taken back are shown.
    pub enum ResultMode {
        /// As they come.
        Tableau = "tableau",
        /// As they come.
        Changelog = "changelog",
        /// Those that are left.
        Table = "table",
    }
}
