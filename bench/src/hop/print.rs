//! What the user reads: columns that lie below each other, and what was promised beside what was measured.

use std::io::{self, Write};

use hdrhistogram::Histogram;
use runtime::hiccups::{GAP_NS, Hiccups};

use super::latency::Latencies;
use super::throughput::Spread;

/// What must hold at 100k rows/s and timeout 0, in microseconds.
pub const P50_US: f64 = 3.0;
/// The same for the slowest row of a hundred.
pub const P99_US: f64 = 30.0;
/// Rows per second at timeout -1.
pub const RATE: f64 = 20e6;
/// What of them must be left at timeout 0.
pub const KEPT: f64 = 0.5;
/// What of a core may go into a job in which nothing flows.
pub const IDLE: f64 = 0.01;

/// The percentiles that are printed, with the heads of their columns.
const PERCENTILES: [(&str, f64); 5] =
    [("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("p99.9", 99.9), ("p99.99", 99.99)];

/// A promise, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    what: String,
    promised: String,
    measured: String,
    met: bool,
}

impl Bar {
    /// At most so many microseconds.
    pub fn at_most_us(what: impl Into<String>, promised: f64, measured: f64) -> Self {
        Self {
            what: what.into(),
            promised: format!("≤ {promised:.1} µs"),
            measured: format!("{measured:.1} µs"),
            met: measured <= promised,
        }
    }

    /// At least so many rows per second.
    pub fn rate(what: impl Into<String>, promised: f64, measured: f64) -> Self {
        Self {
            what: what.into(),
            promised: format!("≥ {:.1} M rows/s", promised / 1e6),
            measured: format!("{:.1} M rows/s", measured / 1e6),
            met: measured >= promised,
        }
    }

    /// At least this part of a whole.
    pub fn share(what: impl Into<String>, promised: f64, measured: f64) -> Self {
        Self {
            what: what.into(),
            promised: format!("≥ {:.0} %", promised * 100.0),
            measured: format!("{:.0} %", measured * 100.0),
            met: measured >= promised,
        }
    }

    /// Less than this part of a core.
    pub fn below(what: impl Into<String>, promised: f64, measured: f64) -> Self {
        Self {
            what: what.into(),
            promised: format!("< {:.0} %", promised * 100.0),
            measured: format!("{:.2} %", measured * 100.0),
            met: measured < promised,
        }
    }
}

/// A percentile in microseconds.
pub fn microseconds(nanoseconds: &Histogram<u64>, percentile: f64) -> f64 {
    nanoseconds.value_at_percentile(percentile) as f64 / 1e3
}

/// The head of a table of latencies.
///
/// # Errors
///
/// If nobody reads.
pub fn latency_head(out: &mut impl Write) -> io::Result<()> {
    write!(out, "\n{:<34}{:>9}", "microseconds", "min")?;
    for (head, _) in PERCENTILES {
        write!(out, "{head:>9}")?;
    }
    writeln!(out, "{:>10}{:>9}{:>13}", "max", "mean", "samples")
}

/// The latencies of one run.
///
/// # Errors
///
/// If nobody reads.
pub fn latencies(out: &mut impl Write, name: &str, told: &Latencies) -> io::Result<()> {
    let kept = if told.kept { "kept" } else { "not kept" };
    let rate = format!("{} rows, {}/s: rate {kept}", told.rows, short(told.rate));
    row(out, name, &told.nanoseconds, &rate)
}

/// The gaps of the machine, below the latencies that they are in.
///
/// # Errors
///
/// If nobody reads.
pub fn hiccups(out: &mut impl Write, watched: &[Hiccups]) -> io::Result<()> {
    for (core, Hiccups { nanoseconds, lost }) in watched.iter().enumerate() {
        let lost = format!("{:.2} % of the time in gaps over {} µs", lost * 100.0, GAP_NS / 1000);
        row(out, &format!("  the machine alone, core {core}: gaps"), nanoseconds, &lost)?;
    }
    Ok(())
}

/// What each timeout lets through.
///
/// # Errors
///
/// If nobody reads.
pub fn throughputs(out: &mut impl Write, batch_rows: u64, measured: &[(String, Spread)]) -> io::Result<()> {
    let name = format!("M rows/s, batches of {batch_rows}");
    writeln!(out, "\n{name:<34}{:>9}{:>9}{:>9}{:>12}", "median", "least", "most", "of -1")?;
    for (timeout, Spread { least, median, most }) in measured {
        let name = format!("timeout {timeout}");
        let [median_m, least, most] = [median, least, most].map(|rate| rate / 1e6);
        let share = median / measured[0].1.median * 100.0;
        writeln!(out, "{name:<34}{median_m:>9.1}{least:>9.1}{most:>9.1}{share:>10.0} %")?;
    }
    Ok(())
}

/// What was promised.
///
/// # Errors
///
/// If nobody reads.
pub fn bars(out: &mut impl Write, bars: &[Bar]) -> io::Result<()> {
    if bars.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{:<42}{:>18}{:>18}", "bar", "promised", "measured")?;
    for Bar { what, promised, measured, met } in bars {
        let met = if *met { "met" } else { "missed" };
        writeln!(out, "{what:<42}{promised:>18}{measured:>18}  {met}")?;
    }
    Ok(())
}

/// `10k`, `1m`, `2.5k`.
pub fn short(number: f64) -> String {
    let (scaled, unit) = match number {
        n if n >= 999_950.0 => (n / 1e6, "m"),
        n if n >= 999.95 => (n / 1e3, "k"),
        n => (n, ""),
    };
    let text = format!("{scaled:.1}");
    format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
}

fn row(out: &mut impl Write, name: &str, nanoseconds: &Histogram<u64>, tail: &str) -> io::Result<()> {
    write!(out, "{name:<34}{:>9.1}", nanoseconds.min() as f64 / 1e3)?;
    for (_, percentile) in PERCENTILES {
        write!(out, "{:>9.1}", microseconds(nanoseconds, percentile))?;
    }
    let (most, mean) = (nanoseconds.max() as f64 / 1e3, nanoseconds.mean() / 1e3);
    writeln!(out, "{most:>10.1}{mean:>9.1}{:>13}  {tail}", nanoseconds.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_short() {
        let texts = [7.0, 10_000.0, 99_999.9, 2_512.0, 999_990.0, 12_340_000.0].map(short);
        assert_eq!(texts, ["7", "10k", "100k", "2.5k", "1m", "12.3m"]);
    }

    #[test]
    fn a_bar_says_whether_it_was_met() {
        let met = [
            Bar::at_most_us("", 3.0, 3.0),
            Bar::at_most_us("", 3.0, 3.1),
            Bar::rate("", 20e6, 19e6),
            Bar::share("", 0.5, 0.5),
            Bar::below("", 0.01, 0.01),
        ];
        assert_eq!(met.map(|bar| bar.met), [true, false, false, true, false]);
    }
}
