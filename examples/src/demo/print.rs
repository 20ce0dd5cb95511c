//! What the demo says on standard output.

use std::io::{self, Write};

use arrow_array::temporal_conversions::timestamp_ms_to_datetime;
use options::{BUFFER_TIMEOUT_INTERVAL, Bytes, Entry, Otherwise};
use runtime::{Cores, Report};
use shuffle::BufferTimeout;

use super::amount::{self, grouped, mean, per_second, size};
use super::answer::Answer;
use super::columns::{self, Side::Left, Side::Right};
use super::figures::SubtaskFigures;
use super::job::Job;

/// How many subtasks are shown: more than two dozen lines nobody reads.
const SUBTASKS_SHOWN: usize = 24;

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
    writeln!(out, "host      {}, because {}", host.backend, host.reason)?;
    writeln!(out, "spill     {}", spills.join(", "))?;
    writeln!(out, "timeout   {}", timeout_text(job.timeout))?;
    let (clicks, pages) = (plural(job.rows, "click"), plural(job.clicks.pages().into(), "page"));
    let (cores, groups) = (plural(job.cores.into(), "core"), plural(job.groups.count().into(), "key group"));
    let parallelism = job.parallelism;
    writeln!(out, "job       {clicks} on {pages}, parallelism {parallelism} on {cores}, {groups}\n")?;
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
    columns::write(out, [Left, Right, Right, Left], &rows)?;
    writeln!(out)
}

/// What it took.
pub(crate) fn figures(out: &mut impl Write, job: &Job, answer: &Answer) -> io::Result<()> {
    let traffic = &answer.traffic;
    let rate = grouped(per_second(traffic.rows_received, answer.elapsed_ns));
    let seconds = answer.elapsed_ns as f64 / 1e9;
    writeln!(out, "speed     {} rows in {seconds:.2} s: {rate} rows/s", grouped(traffic.rows_received))?;
    writeln!(out, "pages     {} clicked on", grouped(answer.pages))?;
    writeln!(
        out,
        "exchange  {} batches of {} rows became {} messages of {}, read as {} batches of {}",
        grouped(job.batches()),
        mean(traffic.rows_sent, job.batches()),
        grouped(traffic.messages),
        mean(traffic.rows_sent, traffic.messages),
        grouped(traffic.batches_received),
        mean(traffic.rows_received, traffic.batches_received),
    )?;
    if let Some(latency) = &answer.latency {
        writeln!(out, "latency   {latency}")?;
    }
    let home = if answer.segment_bytes_away == 0 { "yes" } else { "no" };
    writeln!(out, "segments  {} at most; all segments home: {home}", size(answer.segment_bytes_max))?;
    writeln!(out, "managed   {} of {} at most", size(answer.managed_peak), size(job.plan.managed.get()))?;
    let (bytes, files) = (size(job.counters.spilled_bytes()), plural(job.counters.spilled_files(), "file"));
    writeln!(out, "spilled   {bytes} in {files}")
}

/// What each subtask has done with its time.
pub(crate) fn subtasks(out: &mut impl Write, subtasks: &[SubtaskFigures]) -> io::Result<()> {
    let head =
        ["subtask", "rows in", "rows out", "busy", "blocked", "idle", "longest step"].map(String::from);
    let row = |figures: &SubtaskFigures| {
        let [rows_in, rows_out] = [figures.rows_in, figures.rows_out].map(grouped);
        let [busy, blocked, idle] = [figures.busy_ns, figures.blocked_ns, figures.idle_ns]
            .map(|time_ns| format!("{} %", figures.percent(time_ns)));
        [figures.name.clone(), rows_in, rows_out, busy, blocked, idle, amount::time(figures.step_ns_max)]
    };
    let shown = subtasks.iter().take(SUBTASKS_SHOWN).map(row);
    let rows: Vec<_> = std::iter::once(head).chain(shown).collect();
    writeln!(out)?;
    columns::write(out, [Left, Right, Right, Right, Right, Right, Right], &rows)?;
    match subtasks.len().saturating_sub(SUBTASKS_SHOWN) {
        0 => Ok(()),
        more => writeln!(out, "and {more} more"),
    }
}

/// What the user set, in the words of the header.
fn timeout_text(timeout: BufferTimeout) -> String {
    let name = Entry::name(&BUFFER_TIMEOUT_INTERVAL);
    match timeout {
        BufferTimeout::Full => format!("{name} = -1: segments leave when they are full"),
        BufferTimeout::Input => format!("{name} = 0: rows leave after each batch"),
        BufferTimeout::Row => format!("{name} = 0, strict: every row leaves by itself"),
        BufferTimeout::Every(time) => format!("{name} = {}", options::duration::write(time)),
        BufferTimeout::Auto => format!("{name} = auto: rows leave when their receiver is hungry"),
    }
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
    fn pages_stand_in_columns() {
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

    #[test]
    fn of_many_subtasks_the_first_are_shown() {
        let subtask = |number: u64| SubtaskFigures {
            name: format!("pages ({number}/30)"),
            rows_in: 1_000,
            busy_ns: 3,
            idle_ns: 1,
            ..SubtaskFigures::default()
        };
        let mut out = Vec::new();
        subtasks(&mut out, &(1..=30).map(subtask).collect::<Vec<_>>()).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[1], "subtask        rows in  rows out  busy  blocked  idle  longest step");
        assert_eq!(lines[2], "pages (1/30)     1,000         0  75 %      0 %  25 %          0 ns");
        assert_eq!((lines.len(), lines[26]), (27, "and 6 more"));
    }
}
