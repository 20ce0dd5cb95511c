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
