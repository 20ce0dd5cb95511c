//! A source that does what a script says when it says so, and a sink that writes down what it hears.

use std::sync::{Arc, LazyLock, Mutex};

use memory::{Batch, SpillDirectories};
use millstream::operators::{Cx, Flow, Poll, Sink, Source};
use millstream::options::Settings;
use millstream::plan::JobSpec;
use millstream::prelude::*;
use millstream::record::{batch_of, rows_of};
use millstream::runtime::job::JobState;
use millstream::runtime::sim::{SimOptions, Simulation};
use millstream::shuffle::Watermark;

/// How much time of its own the world has.
const SIMULATED_NS: u64 = 60_000_000_000;

static SPILLS: LazyLock<Arc<SpillDirectories>> = LazyLock::new(|| {
    Arc::new(SpillDirectories::open(&Settings::new()).expect("the folder for temporary files"))
});

/// What a source does, and when, in milliseconds of the simulated world.
#[derive(Clone, Default)]
pub(crate) struct Script {
    steps: Vec<(u64, u32, Step)>,
    one_by_one: bool,
}

#[derive(Clone, Copy)]
enum Step {
    Row(i64),
    EndSplit,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A row of a split. Steps come in the order of their times.
    pub(crate) fn row(mut self, at_ms: u64, split: u32, time: i64) -> Self {
        self.steps.push((at_ms, split, Step::Row(time)));
        self
    }

    /// The end of a split. That of the last step is the end of the source.
    pub(crate) fn end(mut self, at_ms: u64, split: u32) -> Self {
        self.steps.push((at_ms, split, Step::EndSplit));
        self
    }

    /// One step each time it is asked.
    pub(crate) fn one_by_one(self) -> Self {
        Self { one_by_one: true, ..self }
    }

    pub(crate) fn source(&self, env: &Environment) -> DataStream<i64> {
        let script = self.clone();
        let make = move |_: &_| {
            Ok(Box::new(Scripted { script: script.clone(), next: 0, began_ns: None }) as Box<dyn Source>)
        };
        env.from_source("Script", true, make).parallelism(1)
    }
}

struct Scripted {
    script: Script,
    next: usize,
    began_ns: Option<u64>,
}

impl Source for Scripted {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        let began_ns = *self.began_ns.get_or_insert(cx.now_ns());
        let now_ms = (cx.now_ns() - began_ns) / 1_000_000;
        while let Some((at_ms, split, step)) = self.script.steps.get(self.next) {
            if *at_ms > now_ms {
                cx.wake_at_ns(began_ns + at_ms * 1_000_000);
                return Ok(Poll::Wait);
            }
            self.next += 1;
            match step {
                Step::Row(time) => cx.send_split(*split, Batch::new(batch_of([*time])))?,
                Step::EndSplit => cx.end_split(*split)?,
            }
            if self.script.one_by_one {
                return Ok(Poll::More);
            }
        }
        Ok(Poll::End)
    }
}

/// What the sink hears of a program's stream: `10 row 100|10 time 99|20 end of time`, each with the time of the world, in
/// tens of milliseconds.
pub(crate) fn log_of(program: impl Fn(&Environment) -> DataStream<i64>) -> String {
    let mut settings = Settings::new();
    settings.define("execution.buffer-timeout.interval=0").unwrap();
    let env = Environment::with(settings.clone());
    let log = Log::default();
    let sink = log.clone();
    let _ = program(&env).sink_to("Log", move |_| Ok(Box::new(sink.clone()) as Box<dyn Sink>)).parallelism(1);
    let spec = JobSpec::of(&settings, 1 << 20, SPILLS.clone());
    let graph = env.job_graph("script").unwrap().execution(&spec);
    let mut world = Simulation::new(1, SimOptions::calm(2));
    let (job, _) = world.run(graph).unwrap();
    world.run_until_idle(SIMULATED_NS).unwrap_or_else(|standstill| panic!("{standstill:?}"));
    let outcome = world.outcome(job).unwrap();
    assert_eq!(outcome.state, JobState::Finished, "{:?}", outcome.failure);
    let lines = std::mem::take(&mut log.0.lock().unwrap().lines);
    lines.join("|")
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Lines>>);

#[derive(Default)]
struct Lines {
    began_ns: Option<u64>,
    lines: Vec<String>,
}

impl Log {
    fn write(&self, cx: &Cx<'_>, what: &str) {
        let mut log = self.0.lock().unwrap();
        let began_ns = *log.began_ns.get_or_insert(cx.now_ns());
        let tens = (cx.now_ns() - began_ns) / 10_000_000;
        log.lines.push(format!("{} {what}", tens * 10));
    }
}

impl Sink for Log {
    fn batch(&mut self, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        for time in rows_of::<i64>(batch.compact().columns()).map_err(Failure::lasting)? {
            self.write(cx, &format!("row {time}"));
        }
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let what = if now == Watermark::MAX { "end of time".to_owned() } else { format!("time {}", now.0) };
        self.write(cx, &what);
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }
}
