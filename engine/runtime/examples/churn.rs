//! Starts and cancels jobs at random for as long as there is time, and looks for what stays behind: `scripts/churn`.
//!
//! The same jobs as those of the test, many times over, for what only shows after hours: a thread, a descriptor or a
//! segment of one job in ten thousand, or a few bytes of each.

use std::cell::Cell;
use std::ops::{Range, RangeInclusive};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use runtime::{Backend, Clock, IoBackend, Preflight, Worker};

#[path = "../tests/world/churn.rs"]
#[expect(clippy::unwrap_used, reason = "what tests share is a test as well")]
mod churn;
#[path = "../tests/world/hosts.rs"]
#[expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    reason = "what tests share is a test as well, and more than is needed"
)]
mod hosts;
#[path = "../tests/world/parts.rs"]
#[expect(
    clippy::unwrap_used,
    dead_code,
    reason = "what tests share is a test as well, and more than is needed"
)]
mod parts;

use churn::{Tally, churn};
use hosts::{Footprint, Means, leaves_nothing, spec, with_worker};

const HELP: &str = "\
usage: scripts/churn [--minutes N] [--seed N] [--host std|uring|auto]

  --minutes N  for so long (default 10)
  --seed N     of the first batch of jobs; each batch has the next one (default 0)
  --host HOST  on this one; auto is what a worker takes on its own (default: each that the machine grants, in turn)
  --help       print this

After each batch no thread, descriptor or segment may be left. The resident memory, at its least in half a minute, may
grow by 5 % and 8 MiB from the first minute on a host to the end. The exit code is 1 if that is not so.
";

/// Jobs from one look at the process to the next: a fraction of a second.
const BATCH_JOBS: u64 = 100;
const SECOND_NS: u64 = 1_000_000_000;
const MINUTE_NS: u64 = 60 * SECOND_NS;
const LINE_EVERY_NS: u64 = 10 * SECOND_NS;
/// Pools and the allocator's arenas have grown to their size by then.
const WARM_NS: u64 = MINUTE_NS;

struct Arguments {
    minutes: u64,
    seed: u64,
    host: Option<IoBackend>,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to its user")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let Arguments { minutes, seed, host } = match read(&arguments) {
        Ok(arguments) => arguments,
        Err(words) => {
            eprintln!("churn: {words}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let report = match Preflight::run(host.unwrap_or(IoBackend::Auto)) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("churn: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{report}");
    let mut backends = vec![report.backend];
    if host.is_none() && report.backend == Backend::Uring {
        backends.insert(0, Backend::Std);
    }
    keep_planned_panics_quiet();
    let (time_ns, seed) = (minutes * MINUTE_NS / backends.len() as u64, Cell::new(seed));
    for backend in backends {
        // What a batch finds wrong it says by a panic, whose words are on the screen by then.
        if catch_unwind(AssertUnwindSafe(|| soak(backend, time_ns, &seed))).is_err() {
            println!("to begin where it failed: scripts/churn --host {backend} --seed {}", seed.get());
            return ExitCode::FAILURE;
        }
    }
    println!("no thread, descriptor or segment left, no memory that grows");
    ExitCode::SUCCESS
}

/// Panics over everything that is left behind.
fn soak(backend: Backend, time_ns: u64, seed: &Cell<u64>) {
    leaves_nothing(backend, || {
        with_worker(spec(Means::default(), backend), |worker| batches(worker, backend, time_ns, seed));
    });
}

#[expect(clippy::print_stdout, reason = "a command speaks to its user")]
fn batches(worker: &Worker, backend: Backend, time_ns: u64, seed: &Cell<u64>) {
    let (clock, mut tally, mut line_ns) = (Clock::start(), Tally::default(), LINE_EVERY_NS);
    let (mut footprint, mut memory) = (None, Memory::new(time_ns));
    loop {
        tally += churn(worker, seed.get(), BATCH_JOBS);
        let (now, bytes, elapsed_ns) = (Footprint::now(), resident_bytes(), clock.now_ns());
        let first = footprint.get_or_insert_with(|| now.clone());
        assert_eq!(now, *first, "threads and descriptors after a batch, and after the first one");
        memory.see(elapsed_ns, bytes);
        let over = elapsed_ns >= time_ns;
        if over || elapsed_ns >= line_ns {
            line_ns += LINE_EVERY_NS;
            let Tally { cancelled, failed, .. } = tally;
            println!(
                "{backend}, {:>4} s: {} jobs, {cancelled} cancelled, {failed} failed; {} threads, {} descriptors, {:.1} MiB",
                elapsed_ns / SECOND_NS,
                tally.jobs(),
                now.threads.len(),
                now.descriptors,
                bytes as f64 / f64::from(1 << 20),
            );
        }
        if over {
            return memory.check();
        }
        seed.set(seed.get() + 1);
    }
}

/// The least memory of two times, for the most is what the jobs at hand have gathered: tens of MiB more or less.
struct Memory {
    early_ns: Range<u64>,
    late_ns: Range<u64>,
    early_bytes: u64,
    late_bytes: u64,
}

impl Memory {
    fn new(time_ns: u64) -> Self {
        let warm_ns = WARM_NS.min(time_ns / 2);
        Self {
            early_ns: warm_ns / 2..warm_ns,
            late_ns: time_ns - warm_ns / 2..u64::MAX,
            early_bytes: u64::MAX,
            late_bytes: u64::MAX,
        }
    }

    fn see(&mut self, now_ns: u64, bytes: u64) {
        for (time_ns, least) in
            [(&self.early_ns, &mut self.early_bytes), (&self.late_ns, &mut self.late_bytes)]
        {
            if time_ns.contains(&now_ns) {
                *least = bytes.min(*least);
            }
        }
    }

    fn check(&self) {
        let Self { early_bytes, late_bytes, .. } = *self;
        let most_bytes = (early_bytes / 20).saturating_add(early_bytes).saturating_add(8 << 20);
        assert!(late_bytes <= most_bytes, "resident memory went from {early_bytes} to {late_bytes} bytes");
    }
}

/// Of this process, as the kernel counts it: `VmRSS:     51234 kB`.
#[expect(clippy::disallowed_methods, reason = "asks the kernel, not a disk")]
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kibibytes = line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok());
    kibibytes.expect("the kernel says how much memory is resident") * 1024
}

/// Panics that were planned would fill the screen.
fn keep_planned_panics_quiet() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str() != Some(churn::PANIC) {
            loud(panic);
        }
    }));
}

fn read(arguments: &[String]) -> Result<Arguments, String> {
    let mut read = Arguments { minutes: 10, seed: 0, host: None };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument}: a value is missing"));
        match argument.as_str() {
            "--minutes" => read.minutes = number(argument, value()?, 1..=100_000)?,
            "--seed" => read.seed = number(argument, value()?, 0..=u64::MAX / 2)?,
            "--host" => read.host = Some(host(value()?)?),
            _ => return Err(format!("unknown argument: {argument}")),
        }
    }
    Ok(read)
}

fn host(text: &str) -> Result<IoBackend, String> {
    match text {
        "std" => Ok(IoBackend::Std),
        "uring" => Ok(IoBackend::Uring),
        "auto" => Ok(IoBackend::Auto),
        _ => Err(format!("--host {text}: not accepted; accepted: std, uring, auto")),
    }
}

fn number(argument: &str, text: &str, accepted: RangeInclusive<u64>) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| accepted.contains(number));
    number.ok_or_else(|| {
        let (least, most) = accepted.into_inner();
        format!("{argument} {text}: not accepted; accepted: a whole number from {least} to {most}")
    })
}
