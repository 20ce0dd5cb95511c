//! Machines that lose power: what is shown is whole, and stays.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use runtime::job::{ExecutionGraph, JobState, Restart};
use runtime::random::Random;
use runtime::seam::{FileAnswer, FileId, FileOperation, OpenMode, Ticket};
use runtime::sim::{Loss, SimOptions, Simulation};
use runtime::subtask::{Failure, Mail, Progress, StepCx, Subtask};

use super::*;

const ROWS: u64 = 5_000;
const ENDS_NS: u64 = 600_000_000_000;

type Contents = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Reads all files of a directory of a simulated disk, one after the other.
struct ReadAll {
    into: Contents,
    left: Vec<String>,
    doing: Option<(Ticket, Doing)>,
}

enum Doing {
    List,
    Open,
    Read(FileId),
    Close,
}

impl ReadAll {
    /// A job of it.
    fn job(into: &Contents) -> ExecutionGraph {
        let into = into.clone();
        let make = move |_: &Seat| -> Result<Box<dyn Subtask>, Failure> {
            Ok(Box::new(ReadAll { into: into.clone(), left: Vec::new(), doing: None }))
        };
        trial::graph(Vertex::new("read", make))
    }

    fn ask(&mut self, cx: &mut StepCx<'_>, doing: Doing, operation: FileOperation) {
        self.doing = Some((cx.submit(operation), doing));
    }
}

impl Subtask for ReadAll {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        if self.doing.is_none() {
            self.ask(cx, Doing::List, FileOperation::List { directory: "/out".into() });
        }
        Ok(if matches!(self.doing, Some((_, Doing::Close))) && self.left.is_empty() {
            Progress::Done
        } else {
            Progress::IDLE
        })
    }

    fn mail(&mut self, mail: Mail, cx: &mut StepCx<'_>) -> Result<(), Failure> {
        let Mail::File(ticket, result) = mail else { unreachable!("{mail:?}") };
        let (asked, doing) = self.doing.take().unwrap();
        assert_eq!(ticket, asked);
        match (doing, result?) {
            (Doing::List, FileAnswer::Names(names)) => self.left = names,
            (Doing::Open, FileAnswer::Opened(file)) => {
                let read = FileOperation::Read { file, offset: 0, length: 64 << 20 };
                self.ask(cx, Doing::Read(file), read);
                return Ok(());
            }
            (Doing::Read(file), FileAnswer::Bytes(bytes)) => {
                let name = self.left.pop().unwrap();
                self.into.lock().unwrap().insert(name, bytes.to_vec());
                self.ask(cx, Doing::Close, FileOperation::Close { file });
                return Ok(());
            }
            (Doing::Close, FileAnswer::Done) => {}
            (_, other) => unreachable!("{other:?}"),
        }
        if let Some(name) = self.left.last() {
            let path = Path::new("/out").join(name);
            self.ask(cx, Doing::Open, FileOperation::Open { path, mode: OpenMode::Read });
        }
        Ok(())
    }
}

/// The numbers in the files that are shown.
fn shown(contents: &Contents) -> Vec<u64> {
    let contents = contents.lock().unwrap();
    let shown = contents.iter().filter(|(name, _)| !name.starts_with('.'));
    let rows = shown.flat_map(|(_, bytes)| {
        let reader = arrow_csv::ReaderBuilder::new(number_schema()).build(&**bytes).unwrap();
        reader.flat_map(|rows| numbers_of(&rows.unwrap())).collect::<Vec<_>>()
    });
    let mut numbers: Vec<u64> = rows.collect();
    numbers.sort_unstable();
    numbers
}

/// Runs a job to its end.
#[track_caller]
fn finishes(simulation: &mut Simulation, graph: ExecutionGraph) {
    let (job, _) = simulation.run(graph).unwrap();
    simulation.run_until_idle(ENDS_NS).unwrap();
    let outcome = simulation.outcome(job).unwrap();
    assert_eq!(outcome.state, JobState::Finished, "{:?}", outcome.failure);
}

#[test]
fn what_a_finished_job_has_written_survives_every_crash() {
    let mut crashes = 0;
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let publish = *random.pick(&[Publish::AtEnd, Publish::EachFile]);
        let spec = parts(Path::new("/out"), Encoding::Csv(CsvOptions::default()));
        let spec = FileSpec { roll_bytes: random.within(1_000, 100_000), publish, ..spec };
        let parallelism = u32::try_from(random.within(1, 3)).unwrap();
        let mut graph = trial::graph(generates(ROWS, spec).parallel(parallelism));
        graph.restart = Restart::Fixed { attempts: 20, delay: Duration::from_millis(1) };

        let mut simulation = Simulation::new(seed, SimOptions::calm(2));
        let (job, _) = simulation.run(graph).unwrap();
        for _ in 0..random.within(1, 4) {
            let at_ns = simulation.now_ns() + random.within(10_000, 4_000_000);
            if simulation.run_until_idle(at_ns).is_ok() {
                break;
            }
            crashes += 1;
            simulation.crash(0, *random.pick(&[Loss::Nothing, Loss::All, Loss::Some]));
        }
        simulation.run_until_idle(ENDS_NS).unwrap();
        let outcome = simulation.outcome(job).unwrap();
        assert_eq!(outcome.state, JobState::Finished, "seed {seed}: {:?}", outcome.failure);

        // Whatever was not made durable is gone now.
        simulation.crash(0, Loss::All);
        let contents = Contents::default();
        finishes(&mut simulation, ReadAll::job(&contents));
        assert!(shown(&contents) == (0..ROWS).collect::<Vec<_>>(), "seed {seed}");
        let hidden = contents.lock().unwrap().keys().filter(|name| name.starts_with('.')).count();
        assert_eq!(hidden, 0, "seed {seed}");
    }
    assert!(crashes > 60, "{crashes} crashes: most jobs should meet one");
}
