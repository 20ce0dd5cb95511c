//! The cells, and running a script in one of them.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use memory::{Batch, SpillDirectories};
use millstream::operators::{Cx, Flow, Sink};
use millstream::options::{BatchShuffleMode, RuntimeMode, Settings};
use millstream::plan::JobSpec;
use millstream::prelude::*;
use millstream::record::rows_of;
use millstream::runtime::job::{ExecutionGraph, JobState};
use millstream::runtime::random::Random;
use millstream::runtime::sim::{SimOptions, Simulation};
use millstream::runtime::{Worker, WorkerSpec};

/// How much time of its own a simulated world has for a script.
const SIMULATED_NS: u64 = 600_000_000_000;

/// Managed memory of a job.
const MANAGED_BYTES: u64 = 16 << 20;

/// How many cells are drawn beside the corners.
const DRAWN: usize = 6;

const MODES: [RuntimeMode; 2] = [RuntimeMode::Batch, RuntimeMode::Streaming];
/// Streaming jobs are not concerned.
const EXCHANGES: [BatchShuffleMode; 2] = [BatchShuffleMode::Pipelined, BatchShuffleMode::Blocking];
const PARALLELISMS: [u32; 3] = [1, 2, 3];
const BATCH_ROWS: [usize; 4] = [1, 7, 1024, 8192];
const TIMEOUTS: [&str; 3] = ["0", "10ms", "-1"];
const WORLDS: [World; 3] = [World::Threads, World::Best, World::Simulated];

/// Where a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum World {
    /// On plain threads.
    Threads,
    /// On io_uring, where it is granted.
    Best,
    /// In a simulation.
    Simulated,
}

/// Where rows of blocking edges wait, and those that are sorted, in small blocks: some scripts have many such operators.
static SPILLS: LazyLock<Arc<SpillDirectories>> = LazyLock::new(|| {
    let mut settings = Settings::new();
    settings.define("table.exec.spill-compression.block-size=16kb").unwrap();
    Arc::new(SpillDirectories::open(&settings).expect("the folder for temporary files"))
});

#[derive(Clone, Copy, Debug)]
struct Cell {
    mode: RuntimeMode,
    exchange: BatchShuffleMode,
    /// Whether operators call each other, or every batch goes over an edge.
    chained: bool,
    /// Whether keyed operators of a batch get one key after the other.
    sorted: bool,
    parallelism: u32,
    batch_rows: usize,
    timeout: &'static str,
    world: World,
}

/// What is compared of the rows that come out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Final {
    /// All of them, in any order.
    Rows,
    /// All of them, in this order.
    Ordered,
    /// The last one of each key, which is what stands before the first blank.
    LastOfKey,
}

/// Runs a program in many cells; it must come to `expected`, line by line, in each of them.
pub(crate) fn check(
    program: impl Fn(&Environment) -> DataStream<String>,
    what: Final,
    expected: impl IntoIterator<Item = String>,
) {
    let expected = settle(what, expected.into_iter().collect());
    assert!(!expected.is_empty(), "a script that comes to nothing proves nothing");
    let seed = std::env::var("MILLSTREAM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_127);
    for cell in cells(seed) {
        let found = settle(what, run(&program, cell));
        if found != expected {
            let missing: Vec<_> = expected.iter().filter(|line| !found.contains(line)).take(5).collect();
            let surplus: Vec<_> = found.iter().filter(|line| !expected.contains(line)).take(5).collect();
            panic!(
                "{cell:?}, seed {seed}: {} lines in place of {}; missing {missing:?}, not expected {surplus:?}",
                found.len(),
                expected.len()
            );
        }
    }
}

fn settle(what: Final, mut lines: Vec<String>) -> Vec<String> {
    match what {
        Final::Ordered => {}
        Final::Rows => lines.sort(),
        Final::LastOfKey => {
            let key = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
            let last: BTreeMap<String, String> = lines.into_iter().map(|line| (key(&line), line)).collect();
            lines = last.into_values().collect();
        }
    }
    lines
}

/// The corners that differ most, and some others.
fn cells(seed: u64) -> Vec<Cell> {
    let corner = |mode, exchange, parallelism, batch_rows, timeout, world| Cell {
        mode,
        exchange,
        chained: parallelism != 2,
        sorted: false,
        parallelism,
        batch_rows,
        timeout,
        world,
    };
    let mut cells = vec![
        corner(RuntimeMode::Batch, EXCHANGES[0], 1, 8192, "-1", World::Threads),
        corner(RuntimeMode::Streaming, EXCHANGES[0], 3, 1, "0", World::Simulated),
        corner(RuntimeMode::Streaming, EXCHANGES[0], 2, 7, "10ms", World::Best),
        corner(RuntimeMode::Batch, EXCHANGES[0], 3, 1024, "0", World::Simulated),
        corner(RuntimeMode::Batch, EXCHANGES[1], 3, 7, "-1", World::Best),
        Cell { sorted: true, ..corner(RuntimeMode::Batch, EXCHANGES[0], 3, 1024, "10ms", World::Threads) },
        Cell { chained: false, ..corner(RuntimeMode::Batch, EXCHANGES[1], 1, 8192, "0", World::Threads) },
        corner(RuntimeMode::Batch, EXCHANGES[1], 2, 1024, "10ms", World::Simulated),
    ];
    let mut random = Random::new(seed);
    let mut pick = |count: usize| usize::try_from(random.bits() % count as u64).expect("small");
    cells.extend((0..DRAWN).map(|_| Cell {
        chained: pick(2) == 0,
        sorted: pick(2) == 0,
        ..corner(
            MODES[pick(2)],
            EXCHANGES[pick(2)],
            PARALLELISMS[pick(3)],
            BATCH_ROWS[pick(4)],
            TIMEOUTS[pick(3)],
            WORLDS[pick(3)],
        )
    }));
    cells
}

fn run(program: &impl Fn(&Environment) -> DataStream<String>, cell: Cell) -> Vec<String> {
    let mut settings = Settings::new();
    for definition in ["taskmanager.memory.process.size=256mb", "runtime.cores=2"] {
        settings.define(definition).unwrap();
    }
    settings.define(&format!("execution.buffer-timeout.interval={}", cell.timeout)).unwrap();
    settings.define(&format!("execution.sorted-inputs.enabled={}", cell.sorted)).unwrap();
    settings.define(&format!("pipeline.operator-chaining.enabled={}", cell.chained)).unwrap();
    settings.define(&format!("execution.batch-shuffle-mode={}", cell.exchange.word())).unwrap();
    if cell.world == World::Threads {
        settings.define("runtime.io-backend=std").unwrap();
    }
    let env = Environment::with(settings.clone());
    env.mode(cell.mode).parallelism(cell.parallelism).batch_rows(cell.batch_rows);
    let gathered = Gathered::default();
    let sink = gathered.clone();
    // One subtask: what comes in order stays so.
    let _ =
        program(&env).sink_to("Gather", move |_| Ok(Box::new(sink.clone()) as Box<dyn Sink>)).parallelism(1);
    let graph = env.job_graph("script").unwrap();
    let graph = graph.execution(&JobSpec::of(&settings, MANAGED_BYTES, SPILLS.clone()));
    match cell.world {
        World::Simulated => simulate(graph, cell),
        World::Threads | World::Best => {
            let worker = Worker::start(WorkerSpec::on_this_machine(&settings).unwrap()).unwrap();
            let outcome = worker.run(graph).unwrap().wait().clone();
            assert_eq!(outcome.state, JobState::Finished, "{cell:?}: {:?}", outcome.failure);
            assert_eq!(worker.stop().unwrap().segment_bytes_out, 0, "{cell:?}");
        }
    }
    std::mem::take(&mut *gathered.0.lock().unwrap())
}

fn simulate(graph: ExecutionGraph, cell: Cell) {
    let seed = u64::from(cell.parallelism) * 31 + cell.batch_rows as u64;
    let mut world = Simulation::new(seed, SimOptions::calm(2));
    let (job, _) = world.run(graph).unwrap();
    world.run_until_idle(SIMULATED_NS).unwrap_or_else(|standstill| panic!("{cell:?}: {standstill:?}"));
    let outcome = world.outcome(job).unwrap_or_else(|| panic!("{cell:?}: the job has not ended")).clone();
    assert_eq!(outcome.state, JobState::Finished, "{cell:?}: {:?}", outcome.failure);
}

/// A sink that keeps lines.
#[derive(Clone, Default)]
struct Gathered(Arc<Mutex<Vec<String>>>);

impl Sink for Gathered {
    fn batch(&mut self, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let lines: Vec<String> = rows_of(batch.compact().columns()).map_err(Failure::lasting)?;
        self.0.lock().unwrap().extend(lines);
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }
}
