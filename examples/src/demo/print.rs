//! What the demo says on standard output.

use std::io::{self, Write};

use arrow_array::temporal_conversions::timestamp_ms_to_datetime;
use options::{Bytes, Otherwise};
use runtime::{Cores, Report};

use super::amount::{grouped, mean, per_second, size};
use super::answer::Answer;
use super::exchange::timeout_text;
use super::job::Job;

/// Where the job runs.
pub(crate) struct Machine<'a> {
    pub(crate) cores: &'a Cores,
    pub(crate) memory: Bytes,
    pub(crate) host: &'a Report,
}

/// Every option: its name, its default and its meaning.
pub(crate) fn options(out: &mut impl Write) -> io::Result<()> {
    for entry in options::all() {
        let default = match entry.otherwise() {
            Otherwise::Is(text) => text,
            Otherwise::Unset(what) => format!("unset: {what}"),
        };
        writeln!(out, "{}   ({default})\n    {}\n", entry.name(), entry.meaning())?;
    }
    Ok(())
}

/// What runs where.
pub(crate) fn header(out: &mut impl Write, machine: &Machine, job: &Job) -> io::Result<()> {
    let (plan, host) = (&job.plan, machine.host);
    let [process, network, managed, rest, segment] =
        [plan.process, plan.network, plan.managed, plan.rest, plan.segment].map(|bytes| size(bytes.get()));
    let spills: Vec<_> =
        job.spills.figures_by_directory().map(|(path, _)| path.display().to_string()).collect();
    writeln!(out, "Millstream {}: clicks per page\n", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "machine   {}, {} of memory", machine.cores, size(machine.memory.get()))?;
    writeln!(
        out,
        "memory    {process}: network {network}, managed {managed}, rest {rest}; segments of {segment}"
    )?;
    // Until hosts exist, files go through the standard library whatever the verdict.
    writeln!(out, "host      {}, because {} (no host uses it yet)", host.backend, host.reason)?;
    writeln!(out, "spill     {}", spills.join(", "))?;
    writeln!(out, "timeout   {}", timeout_text(job.timeout))?;
    let (clicks, pages) = (plural(job.rows, "click"), plural(job.clicks.pages().into(), "page"));
    let (subtasks, groups) =
        (plural(job.parallelism.into(), "subtask"), plural(job.groups.count().into(), "key group"));
    writeln!(out, "job       {clicks} on {pages}, {subtasks}, {groups}\n")?;
    out.flush()
}

/// The most clicked pages, in a table as wide as they need.
pub(crate) fn top(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let head = ["page", "clicks", "bytes", "last click"].map(String::from);
    let row = |(page, total): &(String, super::total::Total)| {
        let [clicks, bytes] = [total.clicks, total.bytes].map(|number| grouped(number.unsigned_abs()));
        [page.clone(), clicks, bytes, time(total.last_ms)]
    };
    let rows: Vec<_> = std::iter::once(head).chain(answer.top.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [page, clicks, bytes] = [0, 1, 2].map(width);
    for row in &rows {
        writeln!(out, "{:page$}  {:>clicks$}  {:>bytes$}  {}", row[0], row[1], row[2], row[3])?;
    }
    writeln!(out)
}

/// What it took.
pub(crate) fn figures(out: &mut impl Write, job: &Job, answer: &Answer) -> io::Result<()> {
    let traffic = &answer.traffic;
    let rate = grouped(per_second(traffic.rows, answer.elapsed_ns));
    let seconds = answer.elapsed_ns as f64 / 1e9;
    writeln!(out, "speed     {} rows in {seconds:.2} s: {rate} rows/s", grouped(traffic.rows))?;
    writeln!(out, "pages     {} clicked on", grouped(answer.pages))?;
    writeln!(
        out,
        "exchange  {} batches of {} rows became {} messages of {}, read as {} batches of {}",
        grouped(traffic.batches_sent),
        mean(traffic.rows, traffic.batches_sent),
        grouped(traffic.messages),
        mean(traffic.rows, traffic.messages),
        grouped(traffic.batches_received),
        mean(traffic.rows, traffic.batches_received),
    )?;
    let home = if answer.segments_away == 0 { "yes" } else { "no" };
    writeln!(out, "segments  {} at most; all segments home: {home}", size(traffic.peak_bytes))?;
    writeln!(out, "managed   {} of {} at most", size(answer.managed_peak), size(job.plan.managed.get()))?;
    let (bytes, files) = (size(job.counters.spilled_bytes()), plural(job.counters.spilled_files(), "file"));
    writeln!(out, "spilled   {bytes} in {files}")
}

/// `1 file`, `2 files`.
fn plural(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// `2026-01-01 00:04:09.999`.
fn time(at_ms: i64) -> String {
    timestamp_ms_to_datetime(at_ms)
        .map_or_else(|| at_ms.to_string(), |time| time.format("%F %T%.3f").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::total::Total;

    #[test]
    fn the_table_is_as_wide_as_its_widest_cell() {
        let total = |clicks| Total { clicks, bytes: 7, last_ms: 1_767_225_849_999 };
        let top_pages = vec![("/".to_owned(), total(12_000)), ("/a/long/page".to_owned(), total(3))];
        let answer = Answer { top: top_pages, ..Answer::default() };
        let mut out = Vec::new();
        top(&mut out, &answer).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "page          clicks  bytes  last click\n\
             /             12,000      7  2026-01-01 00:04:09.999\n\
             /a/long/page       3      7  2026-01-01 00:04:09.999\n\n"
        );
    }
}
