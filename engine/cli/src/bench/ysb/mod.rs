//! `millstream bench ysb`: the Yahoo streaming benchmark without Kafka, Redis and JSON.
//!
//! ```text
//!   events of 78 bytes ─► views alone, one of three ─► ad to campaign ─► by campaign: count of ten seconds ─► results
//! ```
//!
//! A thousand ads of a hundred campaigns. Each count is held against that of a plain loop over the same events. Other engines are asked
//! in SQL about the same events in files, and so are we then.

mod event;
mod files;
mod source;

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use arrow_array::{BooleanArray, Int64Array, RecordBatch, TimestampMillisecondArray};
use clap::{Args, ValueEnum};
use memory::Batch;
use millstream::operators::window::pane::Windows;
use millstream::operators::{Cx, Flow, Sink};
use millstream::prelude::{DataStream, Environment, Function, RuntimeMode, Timestamp, WatermarkStrategy};
use millstream::record::{Bytes, schema_of};
use millstream::runtime::subtask::Failure;
use options::{PARALLELISM, Settings};

use crate::bench::answer::{Answer, Likeness, Sum};
use crate::bench::contest::Round;
use crate::bench::own::{Own, Run};
use crate::bench::programs::{self, Program, Programs};
use crate::bench::spread::{Spread, short};
use crate::bench::suite::{self, Suite, SuiteArguments};
use crate::bench::tables::mode;
use crate::run::CliError;

use event::{ADS, CAMPAIGNS, Campaigns, EVENT_BYTES, Event};
use source::Load;

const WINDOW_MS: i64 = 10_000;

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct YsbArguments {
    /// How many events.
    #[arg(long, value_name = "NUMBER", default_value_t = 20_000_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000_000))]
    events: u64,
    /// How many events there are to a second of their own time.
    #[arg(long, value_name = "NUMBER", default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    rate: u64,
    /// Where events come from: bytes that are made while the job runs, or columns of Parquet, which SQL is asked about; peers can be,
    /// too.
    #[arg(long, value_enum, default_value_t = EventsFrom::Generator)]
    source: EventsFrom,
    #[command(flatten)]
    suite: SuiteArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EventsFrom {
    Generator,
    Parquet,
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &YsbArguments) -> Result<(), CliError> {
    match arguments.source {
        EventsFrom::Parquet => suite::run(&arguments.suite, |settings| of_files(arguments, settings)),
        EventsFrom::Generator if arguments.suite.peers.peer.is_empty() => of_bytes(arguments),
        EventsFrom::Generator => Err(CliError::Argument(
            "--peer: the same bytes are made by nobody else; peers read files: --source parquet".to_owned(),
        )),
    }
}

/// The events as columns, and the same question in SQL for all.
fn of_files(arguments: &YsbArguments, settings: &Settings) -> Result<Suite, CliError> {
    let load = Load::of(arguments.events, arguments.rate, settings.get(&PARALLELISM));
    Ok(Suite {
        name: "ysb",
        data: format!("{} events, {} to a second of their time", load.events(), arguments.rate),
        told: vec![("mode", mode(settings).to_owned())],
        unit: "events",
        questions: vec![(files::question(&load, arguments.rate, settings)?, Some(counted(&load).sum()))],
    })
}

/// The events as bytes, and a job for them.
fn of_bytes(arguments: &YsbArguments) -> Result<(), CliError> {
    programs::run(&arguments.suite, |settings| {
        let load = Load::of(arguments.events, arguments.rate, settings.get(&PARALLELISM));
        let (settings, own, right) = (settings.clone(), Own::new(settings.clone()), counted(&load));
        let amount = load.events();
        Ok(Programs {
            suite: "ysb",
            unit: "events",
            told: vec![
                (
                    "events",
                    format!("{amount} of {EVENT_BYTES} bytes, {} to a second of their time", arguments.rate),
                ),
                ("ads", format!("{ADS} of {CAMPAIGNS} campaigns")),
                ("windows", format!("of {} s", WINDOW_MS / 1000)),
            ],
            judge: "a plain loop over the same events",
            programs: vec![Program {
                name: "ysb",
                amount,
                run: Box::new(move || pass(&own, &settings, &load, &right)),
                asked: None,
            }],
            finds: |round: &Round| {
                let ours = &round.engines[0];
                let cpu = Spread::of(&ours.cpu_seconds)?.median;
                let rate = round.amount? as f64 / cpu.max(1e-9);
                Some(format!("{} events/s for each core that works", short(rate)))
            },
        })
    })
}

/// Runs the job once, and looks at each count.
fn pass(own: &Own, settings: &Settings, load: &Load, right: &Answer) -> Result<(Run, Sum), CliError> {
    let results: Arc<Mutex<Answer>> = Arc::new(Mutex::new(Answer::new(Likeness::Same, true)));
    let env = Environment::with(settings.clone());
    env.mode(RuntimeMode::Streaming);
    let events: DataStream<Bytes> = {
        let load = load.clone();
        env.from_source("Source: Events", true, move |seat| Ok(load.source(seat.place.number)))
    };
    let views = events.filter_columns(|events| {
        let events = events.column(0).as_binary_view();
        Ok(events.iter().map(|event| event.map(|event| Event(event).is_view())).collect::<BooleanArray>())
    });
    let campaigns = Arc::new(Campaigns::all());
    let of_campaigns = views.map_columns::<(i64, Timestamp)>(move |events| {
        let events = events.column(0).as_binary_view();
        let campaign = |event: &[u8]| campaigns.of(Event(event).ad());
        let numbers: Int64Array = events.iter().flatten().map(campaign).collect();
        let times: TimestampMillisecondArray =
            events.iter().flatten().map(|event| Event(event).time_ms()).collect::<Vec<i64>>().into();
        RecordBatch::try_new(schema_of::<(i64, Timestamp)>(), vec![Arc::new(numbers), Arc::new(times)])
            .map_err(Failure::lasting)
    });
    let times = WatermarkStrategy::monotonous().timestamps(|row: &(i64, Timestamp)| row.1);
    let timed = of_campaigns.assign_timestamps_and_watermarks(times);
    let counts = timed.key_by_columns::<i64>(&["f0"]).window_columns::<(i64, i64, Timestamp, Timestamp)>(
        Windows::Tumbling { size: WINDOW_MS, offset: 0 },
        [Function::Count.named("count")],
    );
    let _ = {
        let results = results.clone();
        counts.sink_to("Results", move |_| Ok(Box::new(Ear { results: results.clone() }) as Box<dyn Sink>))
    };
    let run = own.program(&env.job_graph("ysb")?, settings)?;
    let results = results.lock().unwrap_or_else(PoisonError::into_inner).clone().finish();
    match results.difference(right) {
        Some(difference) => Err(CliError::Bench(format!(
            "the counts are not those of a plain loop, so no figure counts: {difference}"
        ))),
        None => Ok((run, results.sum())),
    }
}

/// What a plain loop counts: for each campaign and window a row, in which something was seen.
fn counted(load: &Load) -> Answer {
    let mut counts = std::collections::BTreeMap::new();
    load.each(|event, time_ms| {
        if event.is_view {
            *counts.entry((event.ad / (ADS / CAMPAIGNS), time_ms / WINDOW_MS)).or_insert(0_u64) += 1;
        }
    });
    let mut answer = Answer::new(Likeness::Same, true);
    for ((campaign, window), count) in counts {
        let row = [campaign.to_string(), (window * WINDOW_MS).to_string(), count.to_string()];
        answer.row(row.iter().map(String::as_str), true);
    }
    answer.finish()
}

/// The sink: notes the results.
struct Ear {
    results: Arc<Mutex<Answer>>,
}

impl Sink for Ear {
    fn batch(&mut self, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let batch = batch.compact();
        let [campaigns, counts] =
            [0, 1].map(|column| batch.columns().column(column).as_primitive::<Int64Type>().values());
        let starts = batch.columns().column(2).as_primitive::<TimestampMillisecondType>().values();
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        for ((campaign, start), count) in campaigns.iter().zip(starts).zip(counts) {
            let row = [campaign.to_string(), start.to_string(), count.to_string()];
            results.row(row.iter().map(String::as_str), true);
        }
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_a_plain_loop_and_a_wrong_one_is_no_figure() {
        let mut settings = Settings::new();
        settings.define("taskmanager.memory.process.size=256mb").unwrap();
        settings.define("parallelism.default=2").unwrap();
        let load = Load::of(20_000, 1_000, 2);
        let own = Own::new(settings.clone());
        let (_, sum) = pass(&own, &settings, &load, &counted(&load)).unwrap();
        // A hundred campaigns in two windows.
        assert_eq!(sum.rows, 200);
        let words = pass(&own, &settings, &load, &counted(&Load::of(19_000, 1_000, 2))).unwrap_err();
        assert!(words.to_string().contains("so no figure counts"), "{words}");
    }
}
