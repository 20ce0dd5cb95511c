//! The command `hop`: latency and throughput of one hop from core to core, beside what was promised.
//!
//! `cargo run --release -p millstream-bench --bin hop -- --help`
//!
//! Says in which order the parts of [`millstream_bench::hop`] are called, and nothing else.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use millstream_bench::hop::arguments::{self, Arguments, Mode, Request, word};
use millstream_bench::hop::failure::Failure;
use millstream_bench::hop::latency::{self, Schedule};
use millstream_bench::hop::print::{self, Bar};
use millstream_bench::hop::stage::{self, Stage};
use millstream_bench::hop::throughput::{Load, Spread};
use millstream_bench::hop::{beside, idle_cost};
use runtime::Worker;
use runtime::hiccups::{self, Hiccups};
use shuffle::BufferTimeout;

/// How often each timeout is run at full load.
const RUNS: usize = 3;

/// The rate that has bars.
const BARRED_RATE: u64 = 100_000;

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_output() => ExitCode::SUCCESS, // As `hop | head` ends it.
        Err(failure) => {
            // Nobody is left to be told when standard error is gone too.
            let _ = writeln!(io::stderr(), "hop: {failure}");
            failure.exit_code()
        }
    }
}

fn start() -> Result<(), Failure> {
    match arguments::read(std::env::args_os().skip(1))? {
        Request::Help => Ok(write!(io::stdout(), "{}", arguments::HELP)?),
        Request::Run(arguments) => run(&arguments),
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut stage = Stage::look(arguments.host, arguments.busy)?;
    if arguments.mode == Mode::IdleCost {
        stage = stage.adaptive();
    }
    writeln!(io::stdout(), "hop from core {} to core {}: {stage}", stage.places()[0], stage.places()[1])?;
    let mut bars = Vec::new();
    match arguments.mode {
        Mode::Tour => {
            latencies(&stage, arguments, &mut bars)?;
            throughputs(&stage, arguments, &mut bars)?;
        }
        Mode::Latency => latencies(&stage, arguments, &mut bars)?,
        Mode::Throughput => throughputs(&stage, arguments, &mut bars)?,
        Mode::Beside => alone_and_beside(&stage, arguments)?,
        Mode::IdleCost => {
            let worker = stage.worker()?;
            let cost = idle_cost::measure(&worker, arguments.time)?;
            stage::stop(worker)?;
            bars.push(Bar::below("of a core, four subtasks idle", print::IDLE, cost));
        }
    }
    Ok(print::bars(&mut io::stdout(), &bars)?)
}

fn schedule(arguments: &Arguments, rate: u64) -> Schedule {
    let timeout = arguments.timeout.unwrap_or(BufferTimeout::Input);
    Schedule { rate, warm_up: arguments.warm_up, time: arguments.time, timeout }
}

fn name(schedule: &Schedule) -> String {
    format!("{} rows/s, timeout {}", print::short(schedule.rate as f64), word(schedule.timeout))
}

fn latencies(stage: &Stage, arguments: &Arguments, bars: &mut Vec<Bar>) -> Result<(), Failure> {
    let out = &mut io::stdout();
    print::latency_head(out)?;
    for rate in &arguments.rates {
        let schedule = schedule(arguments, *rate);
        let (watched, worker) = watch_and_start(stage, schedule)?;
        let told = latency::measure(&worker, schedule)?;
        stage::stop(worker)?;
        print::latencies(out, &name(&schedule), &told)?;
        print::hiccups(out, &watched)?;
        if (schedule.rate, schedule.timeout) == (BARRED_RATE, BufferTimeout::Input) {
            for (percentile, promised) in [(50.0, print::P50_US), (99.0, print::P99_US)] {
                let measured = print::microseconds(&told.nanoseconds, percentile);
                bars.push(Bar::at_most_us(
                    format!("p{percentile:.0} at {}", name(&schedule)),
                    promised,
                    measured,
                ));
            }
        }
    }
    Ok(())
}

/// The machine first, while its cores are free: there is no worker yet that could look for work on them.
fn watch_and_start(stage: &Stage, schedule: Schedule) -> Result<(Vec<Hiccups>, Worker), Failure> {
    let watched = hiccups::watch(&stage.places(), schedule.time / 3)?;
    Ok((watched, stage.worker()?))
}

fn throughputs(stage: &Stage, arguments: &Arguments, bars: &mut Vec<Bar>) -> Result<(), Failure> {
    let worker = stage.worker()?;
    let every = |milliseconds| BufferTimeout::Every(Duration::from_millis(milliseconds));
    let timeouts = match arguments.timeout {
        Some(BufferTimeout::Full) => vec![BufferTimeout::Full],
        Some(timeout) => vec![BufferTimeout::Full, timeout],
        None => {
            vec![BufferTimeout::Full, every(100), every(10), BufferTimeout::Input, BufferTimeout::Auto]
        }
    };
    for batch_rows in &arguments.batches {
        at_full_load(&worker, arguments.rows, *batch_rows, &timeouts, bars)?;
    }
    stage::stop(worker)
}

fn at_full_load(
    worker: &Worker,
    rows: u64,
    batch_rows: u64,
    timeouts: &[BufferTimeout],
    bars: &mut Vec<Bar>,
) -> Result<(), Failure> {
    let load = Load::prepare(batch_rows);
    let mut rates = vec![Vec::new(); timeouts.len()];
    // In turns, so that what disturbs the machine for a while disturbs all timeouts.
    for _ in 0..RUNS {
        for (timeout, rates) in timeouts.iter().zip(&mut rates) {
            rates.push(load.pass(worker, rows, *timeout)?.rate);
        }
    }
    let spreads: Vec<(String, Spread)> =
        timeouts.iter().zip(rates).map(|(timeout, rates)| (word(*timeout), Spread::of(rates))).collect();
    print::throughputs(&mut io::stdout(), batch_rows, &spreads)?;
    let most = spreads[0].1.median;
    bars.push(Bar::rate(format!("batches of {batch_rows}: timeout -1"), print::RATE, most));
    if let Some(at) = timeouts.iter().position(|timeout| *timeout == BufferTimeout::Input) {
        bars.push(Bar::share(
            format!("batches of {batch_rows}: kept at timeout 0"),
            print::KEPT,
            spreads[at].1.median / most,
        ));
    }
    Ok(())
}

fn alone_and_beside(stage: &Stage, arguments: &Arguments) -> Result<(), Failure> {
    let out = &mut io::stdout();
    print::latency_head(out)?;
    for rate in &arguments.rates {
        let schedule = schedule(arguments, *rate);
        let (watched, worker) = watch_and_start(stage, schedule)?;
        let alone = latency::measure(&worker, schedule)?;
        print::latencies(out, &name(&schedule), &alone)?;
        print::hiccups(out, &watched)?;
        let burden = beside::begin(&worker)?;
        let burdened = latency::measure(&worker, schedule)?;
        let made = burden.end()?;
        stage::stop(worker)?;
        print::latencies(out, "  beside a job of low shares", &burdened)?;
        writeln!(out, "  which has made {} rows meanwhile", print::short(made as f64))?;
    }
    Ok(())
}
