//! How far a job is that shows no rows: a line on the terminal, which is written again and again.
//!
//! ```text
//! 12.5 s  1234567 rows, 98765/s  watermark 2026-11-27 12:00:00.000, 3.2 s behind  busy 85 %, back pressure 10 %
//! ```

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{ArrayRef, TimestampMillisecondArray};
use arrow_cast::display::array_value_to_string;
use millstream::JobClient;
use sql::Files;

use crate::files::Local;

/// How often the line is written.
const EVERY: Duration = Duration::from_millis(500);
/// Takes away what stands in the line.
const CLEAR: &str = "\r\x1b[K";

/// The line.
pub(crate) struct Progress {
    is_shown: bool,
    last: Duration,
    before: Figures,
}

/// What is known of all subtasks of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Figures {
    /// Rows that sources have sent to others: those that stay in their chain nobody counts.
    rows: u64,
    /// The least one that somebody has.
    watermark_ms: Option<i64>,
    busy_ns: u64,
    idle_ns: u64,
    blocked_ns: u64,
}

impl Progress {
    /// Nothing yet; it is only shown to somebody who looks.
    pub(crate) fn new(is_wanted: bool) -> Self {
        let is_shown = is_wanted && io::stderr().is_terminal();
        Self { is_shown, last: Duration::ZERO, before: Figures::default() }
    }

    /// Writes the line, if it is time.
    pub(crate) fn show(&mut self, client: &JobClient) {
        let elapsed = client.elapsed();
        if !self.is_shown || elapsed.saturating_sub(self.last) < EVERY {
            return;
        }
        let now = Figures::of(client);
        let line = now.line(&self.before, elapsed, elapsed.saturating_sub(self.last), Local.now_ms());
        // Who does not see it misses nothing.
        let _ = write!(io::stderr(), "{CLEAR}{line}");
        (self.last, self.before) = (elapsed, now);
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        if self.is_shown && self.last > Duration::ZERO {
            let _ = write!(io::stderr(), "{CLEAR}");
        }
    }
}

impl Figures {
    fn of(client: &JobClient) -> Self {
        let mut figures = Self::default();
        let mut watermark = None::<i64>;
        for (_, name, gauges) in client.board().gauges() {
            if name.starts_with("Source:") {
                figures.rows += gauges.rows_out.get();
            }
            let level = gauges.watermark.get();
            if level > i64::MIN && level < i64::MAX {
                watermark = Some(watermark.map_or(level, |least| least.min(level)));
            }
            figures.busy_ns += gauges.busy_ns.get();
            figures.idle_ns += gauges.idle_ns.get();
            figures.blocked_ns += gauges.blocked_ns.get();
        }
        figures.watermark_ms = watermark;
        figures
    }

    /// The line, with what has changed in so much time.
    fn line(&self, before: &Self, elapsed: Duration, time: Duration, now_ms: i64) -> String {
        let mut line = format!("{:.1} s", elapsed.as_secs_f64());
        if self.rows > 0 {
            let since = self.rows.saturating_sub(before.rows);
            let millis = time.as_millis().max(1);
            let rate = u128::from(since) * 1_000 / millis;
            write!(line, "  {} rows, {rate}/s", self.rows).expect("a text takes all");
        }
        if let Some(watermark_ms) = self.watermark_ms {
            let time: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![watermark_ms]));
            let time = array_value_to_string(&time, 0).unwrap_or_default().replace('T', " ");
            write!(line, "  watermark {time}").expect("a text takes all");
            if let Ok(behind) = u64::try_from(now_ms - watermark_ms) {
                let behind = Duration::from_millis(behind).as_secs_f64();
                write!(line, ", {behind:.1} s behind").expect("a text takes all");
            }
        }
        let [busy, idle, blocked] = [
            self.busy_ns.saturating_sub(before.busy_ns),
            self.idle_ns.saturating_sub(before.idle_ns),
            self.blocked_ns.saturating_sub(before.blocked_ns),
        ];
        let all = busy + idle + blocked;
        if all > 0 {
            let part = |part: u64| u128::from(part) * 100 / u128::from(all);
            write!(line, "  busy {} %, back pressure {} %", part(busy), part(blocked))
                .expect("a text takes all");
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_has_changed() {
        let before = Figures { rows: 1_000, watermark_ms: None, busy_ns: 100, idle_ns: 100, blocked_ns: 0 };
        let now = Figures {
            rows: 6_000,
            watermark_ms: Some(1_795_780_800_000),
            busy_ns: 160,
            idle_ns: 130,
            blocked_ns: 10,
        };
        let seconds = Duration::from_secs;
        assert_eq!(
            now.line(&before, seconds(12), seconds(2), 1_795_780_803_200),
            "12.0 s  6000 rows, 2500/s  watermark 2026-11-27 12:00:00, 3.2 s behind  busy 60 %, back pressure 10 %"
        );
        assert_eq!(Figures::default().line(&Figures::default(), seconds(1), seconds(1), 0), "1.0 s");
    }
}
