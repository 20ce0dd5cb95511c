//! `millstream bench exchange`: rows of 100 bytes from as many subtasks to as many, each to the one that its key belongs to, or
//! evenly dealt out.
//!
//! The source hands out batches that were made beforehand and the sink adds up, so what is measured is the way: hashing, the output,
//! the ring, the gate. A peer is given the same batches in a file, to keep them in memory and send them as often.

mod block;

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::builder::BinaryViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Int64Array, RecordBatch};
use clap::Args;
use memory::{Batch, Envelope, KeyGroups};
use millstream::record::{Bytes, schema_of};
use millstream::shuffle::{Arrival, BufferTimeout, HashKey, Route};
use options::{PARALLELISM, Settings};
use runtime::job::{EdgeSpec, ExecutionGraph, Vertex};
use runtime::random::Random;
use runtime::subtask::{Failure, Progress, Seat, StepCx, Subtask};

use crate::bench::answer::Sum;
use crate::bench::contest::Round;
use crate::bench::open_loop::{finish, worker};
use crate::bench::own::{Run, cpu_seconds};
use crate::bench::programs::{self, Program, Programs};
use crate::bench::spread::three_digits;
use crate::bench::suite::SuiteArguments;
use crate::run::CliError;

/// A key of 8 bytes, and what it carries.
const PAYLOAD_BYTES: usize = 92;
const ROW_BYTES: u64 = 100;
/// Batches that follow each other before the first comes again: more than a second-level cache holds.
const CYCLE: u64 = 16;
const SEED: u64 = 112;

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct ExchangeArguments {
    /// How many rows, at least: whole batches of each subtask. The card has 100 million.
    #[arg(long, value_name = "NUMBER", default_value_t = 20_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    rows: u64,
    /// Rows of a batch: those of a scan.
    #[arg(long, value_name = "NUMBER", default_value_t = 8192, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    batch_rows: u64,
    #[command(flatten)]
    suite: SuiteArguments,
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &ExchangeArguments) -> Result<(), CliError> {
    programs::run(&arguments.suite, |settings| suite(arguments, settings.clone()))
}

fn suite<'a>(arguments: &ExchangeArguments, settings: Settings) -> Result<Programs<'a>, CliError> {
    let subtasks = settings.get(&PARALLELISM);
    let mut load = Load::prepare(arguments.rows, arguments.batch_rows, subtasks);
    let block = match arguments.suite.peers.peer.is_empty() {
        true => None,
        false => Some(block::of(&mut load)?),
    };
    let amount = load.rows();
    let settings = Arc::new(settings);
    let hash = || Route::Hash { key: HashKey::Columns(vec![0]), groups: KeyGroups::default() };
    let program = |name: &'static str, route: fn() -> Route| {
        let asked = block.as_ref().map(|block| block.asked(name, &load, &settings));
        let (load, settings) = (load.clone(), settings.clone());
        Program { name, amount, run: Box::new(move || load.pass(&settings, route())), asked }
    };
    Ok(Programs {
        suite: "exchange",
        unit: "rows",
        told: vec![
            ("rows", format!("{amount} of {ROW_BYTES} bytes")),
            ("batches", format!("of {} rows", arguments.batch_rows)),
            ("subtasks", format!("{subtasks} to {subtasks}")),
        ],
        judge: "the sums of keys and payloads that were sent",
        programs: vec![program("hash", hash), program("rebalance", || Route::Rebalance)],
        finds: |round: &Round| {
            let rate = round.rate(round.engines[0].spread()?)?;
            Some(format!("{}: {} GB/s", round.query, three_digits(rate * ROW_BYTES as f64 / 1e9)))
        },
    })
}

/// What each source sends.
#[derive(Clone)]
struct Load {
    batches: Arc<[(RecordBatch, Weight)]>,
    /// How many of them each subtask sends.
    count: u64,
    batch_rows: u64,
    subtasks: u32,
}

/// Rows, and sums of what is in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weight {
    rows: u64,
    keys: u64,
    payloads: u64,
}

impl Load {
    fn prepare(rows: u64, batch_rows: u64, subtasks: u32) -> Self {
        let mut random = Random::new(SEED);
        let mut batch = |_| {
            let keys: Int64Array = (0..batch_rows).map(|_| random.bits().cast_signed()).collect();
            let mut payloads = BinaryViewBuilder::new();
            for _ in 0..batch_rows {
                let bytes: Vec<u8> =
                    (0..=PAYLOAD_BYTES / 8).flat_map(|_| random.bits().to_le_bytes()).collect();
                payloads.append_value(&bytes[..PAYLOAD_BYTES]);
            }
            let columns: Vec<arrow_array::ArrayRef> = vec![Arc::new(keys), Arc::new(payloads.finish())];
            let batch = RecordBatch::try_new(schema_of::<(i64, Bytes)>(), columns)
                .expect("two columns of one length");
            let weight = Weight::of(&batch);
            (batch, weight)
        };
        let count = rows.div_ceil(batch_rows * u64::from(subtasks));
        Self { batches: (0..CYCLE).map(&mut batch).collect(), count, batch_rows, subtasks }
    }

    fn rows(&self) -> u64 {
        self.count * self.batch_rows * u64::from(self.subtasks)
    }

    /// What all of it comes to, by counting.
    fn weight(&self) -> Weight {
        let mut all = Weight::default();
        for subtask in 0..self.subtasks {
            (0..self.count).for_each(|number| all.add(self.batch(subtask, number).1));
        }
        all
    }

    /// The batch that a subtask sends in this turn: no two send the same.
    fn batch(&self, subtask: u32, number: u64) -> &(RecordBatch, Weight) {
        let place = (number + u64::from(subtask) * CYCLE / 2) % CYCLE;
        &self.batches[usize::try_from(place).expect("below the number of batches")]
    }

    /// Sends it, and looks whether all of it has come.
    fn pass(&self, settings: &Settings, route: Route) -> Result<(Run, Sum), CliError> {
        let heard: Arc<Mutex<Weight>> = Arc::default();
        let mut graph = ExecutionGraph::new("exchange");
        let source = {
            let load = self.clone();
            move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
                Ok(Box::new(Pump { load: load.clone(), subtask: seat.place.number, next: 0 }))
            }
        };
        let source = graph.vertex(Vertex::new("source", source).parallel(self.subtasks));
        let sink = {
            let heard = heard.clone();
            move |_: &Seat| -> Result<Box<dyn Subtask>, Failure> {
                Ok(Box::new(Scale { weight: Weight::default(), heard: heard.clone() }))
            }
        };
        let sink = graph.vertex(Vertex::new("sink", sink).parallel(self.subtasks));
        let envelope = Arc::new(Envelope::new(schema_of::<(i64, Bytes)>(), false, true));
        graph.edges.push(EdgeSpec::new(source, sink, envelope, route, BufferTimeout::of(settings)));
        let worker = worker(settings)?;
        let before = cpu_seconds();
        let elapsed = finish(worker, graph)?;
        let run =
            Run { seconds: elapsed.as_secs_f64(), cpu_seconds: Some(cpu_seconds() - before), consumed: None };
        let (found, wanted) = (*heard.lock().unwrap_or_else(PoisonError::into_inner), self.weight());
        if found != wanted {
            return Err(CliError::Bench(format!(
                "what has come is not what was sent, so no figure counts: {found:?} instead of {wanted:?}"
            )));
        }
        Ok((run, Sum { rows: found.rows.cast_signed(), checksum: found.keys ^ found.payloads }))
    }
}

impl Weight {
    fn of(batch: &RecordBatch) -> Self {
        let keys = batch.column(0).as_primitive::<Int64Type>().values();
        let payloads = batch.column(1).as_binary_view();
        // A part of each payload is enough to know it by.
        let part = |payload: &[u8]| {
            let part = payload.last_chunk().map_or(0, |part| u64::from_le_bytes(*part));
            part.wrapping_mul(payload.len() as u64)
        };
        Self {
            rows: keys.len() as u64,
            keys: keys.iter().fold(0, |sum: u64, key| sum.wrapping_add(key.cast_unsigned())),
            payloads: payloads.iter().flatten().fold(0, |sum: u64, payload| sum.wrapping_add(part(payload))),
        }
    }

    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.keys = self.keys.wrapping_add(other.keys);
        self.payloads = self.payloads.wrapping_add(other.payloads);
    }
}

/// Sends batches as long as the output takes them.
struct Pump {
    load: Load,
    subtask: u32,
    next: u64,
}

impl Subtask for Pump {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while cx.may_go_on() {
            if self.next == self.load.count {
                return Ok(Progress::Done);
            }
            let batch = self.load.batch(self.subtask, self.next).0.clone();
            self.next += 1;
            let _ = cx.send(0, Batch::new(batch))?;
        }
        Ok(Progress::Worked)
    }
}

/// Adds up what comes.
struct Scale {
    weight: Weight,
    heard: Arc<Mutex<Weight>>,
}

impl Subtask for Scale {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while let Some(arrival) = cx.next() {
            match arrival {
                Arrival::Batch { batch, .. } => self.weight.add(Weight::of(batch.compact().columns())),
                Arrival::End => {
                    self.heard.lock().unwrap_or_else(PoisonError::into_inner).add(self.weight);
                    return Ok(Progress::Done);
                }
                _ => {}
            }
        }
        Ok(Progress::IDLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_come_by_either_route() {
        let mut settings = Settings::new();
        settings.define("taskmanager.memory.process.size=256mb").unwrap();
        let load = Load::prepare(10_000, 512, 2);
        assert_eq!(load.rows(), 10_240);
        for route in
            [Route::Hash { key: HashKey::Columns(vec![0]), groups: KeyGroups::default() }, Route::Rebalance]
        {
            let (run, sum) = load.pass(&settings, route).unwrap();
            assert!(run.seconds > 0.0);
            assert_eq!(sum.rows, 10_240);
        }
    }

    #[test]
    fn a_payload_that_is_another_one_weighs_something_else() {
        let load = Load::prepare(1, 8, 1);
        let (first, second) = (load.batch(0, 0), load.batch(0, 1));
        assert_ne!(first.1, second.1);
        assert_eq!(first.1, Weight::of(&first.0));
    }
}
