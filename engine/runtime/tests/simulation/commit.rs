//! What a disk keeps through a loss of power, used as a sink would use it: a file that is whole or not there.
//!
//! Write, sync, rename, sync the directory. A job that has finished has its file, whatever becomes of the machine; one
//! that has not may have it, but never a part. A sink that leaves out a sync is found.

use std::sync::{Arc, Mutex};

use arrow_buffer::Buffer;
use runtime::job::{ExecutionGraph, JobState, Vertex};
use runtime::random::Random;
use runtime::seam::{FileAnswer, FileId, FileOperation, OpenMode};
use runtime::sim::{DiskFaults, Loss, SimOptions, Simulation};
use runtime::subtask::{Failure, Mail, Progress, Seat, StepCx, Subtask, Why};

const LENGTH: usize = 20_000;
const PIECE: usize = 3_000;

/// What a sink does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    NoSync,
    NoDirectorySync,
}

/// Asks for one thing after the other, and keeps the answers.
struct Script {
    steps: Vec<Step>,
    next: usize,
    waits: bool,
    file: Option<FileId>,
    read: Arc<Mutex<Option<Vec<u8>>>>,
}

#[derive(Clone, Debug)]
enum Step {
    Path(FileOperation),
    Write(u64, Vec<u8>),
    Read,
    Sync,
    Close,
}

impl Subtask for Script {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        if !self.waits {
            let Some(step) = self.steps.get(self.next).cloned() else { return Ok(Progress::Done) };
            let file = || self.file.expect("it was opened");
            let operation = match step {
                Step::Path(operation) => operation,
                Step::Write(offset, bytes) => {
                    FileOperation::Write { file: file(), offset, bytes: Buffer::from_vec(bytes) }
                }
                Step::Read => FileOperation::Read { file: file(), offset: 0, length: 2 * LENGTH },
                Step::Sync => FileOperation::Sync { file: file() },
                Step::Close => FileOperation::Close { file: file() },
            };
            cx.submit(operation);
            self.waits = true;
        }
        Ok(Progress::Blocked(Why::Plane))
    }

    fn mail(&mut self, mail: Mail, _cx: &mut StepCx<'_>) -> Result<(), Failure> {
        let Mail::File(_, result) = mail else { return Err(Failure::lasting(format!("{mail:?}"))) };
        match result? {
            FileAnswer::Opened(file) => self.file = Some(file),
            FileAnswer::Bytes(bytes) => *self.read.lock().expect("one subtask") = Some(bytes.to_vec()),
            _ => {}
        }
        (self.waits, self.next) = (false, self.next + 1);
        Ok(())
    }
}

fn job(steps: Vec<Step>) -> (ExecutionGraph, Arc<Mutex<Option<Vec<u8>>>>) {
    let read: Arc<Mutex<Option<Vec<u8>>>> = Arc::default();
    let mut graph = ExecutionGraph::new("commit");
    let answer = read.clone();
    graph.vertex(Vertex::new("script", move |_: &Seat| -> Result<Box<dyn Subtask>, Failure> {
        let (steps, read) = (steps.clone(), answer.clone());
        Ok(Box::new(Script { steps, next: 0, waits: false, file: None, read }))
    }));
    (graph, read)
}

fn content() -> Vec<u8> {
    (0..LENGTH).map(|place| u8::try_from(place % 251).expect("small")).collect()
}

fn commit(mistake: Option<Mistake>) -> Vec<Step> {
    let create = FileOperation::Open { path: "/out/part.tmp".into(), mode: OpenMode::Create };
    let rename = FileOperation::Rename { from: "/out/part.tmp".into(), to: "/out/part".into() };
    let mut steps = vec![Step::Path(FileOperation::CreateDirectory { directory: "/out".into() })];
    steps.push(Step::Path(FileOperation::SyncDirectory { directory: "/".into() }));
    steps.push(Step::Path(create));
    let pieces = content().chunks(PIECE).map(<[u8]>::to_vec).collect::<Vec<_>>();
    steps.extend((0..).zip(pieces).map(|(number, piece)| Step::Write(number * PIECE as u64, piece)));
    if mistake != Some(Mistake::NoSync) {
        steps.push(Step::Sync);
    }
    steps.extend([Step::Close, Step::Path(rename)]);
    if mistake != Some(Mistake::NoDirectorySync) {
        steps.push(Step::Path(FileOperation::SyncDirectory { directory: "/out".into() }));
    }
    steps
}

/// What is wrong with what a crash has left, if anything.
fn crashed(seed: u64, mistake: Option<Mistake>) -> Option<String> {
    let mut random = Random::new(seed);
    let mut options = SimOptions::calm(1);
    options.disk = DiskFaults { delay: DiskFaults::drawn(&mut random).delay, ..DiskFaults::none() };
    let mut simulation = Simulation::new(seed, options);
    let (graph, _) = job(commit(mistake));
    let (writer, _) = simulation.run(graph).expect("a graph that can run");
    simulation.run_until(random.within(10_000, 60_000_000));
    let finished = simulation.outcome(writer).is_some_and(|outcome| outcome.state == JobState::Finished);
    simulation.crash(0, *random.pick(&[Loss::Nothing, Loss::All, Loss::Some]));
    let open = FileOperation::Open { path: "/out/part".into(), mode: OpenMode::Read };
    let (graph, read) = job(vec![Step::Path(open), Step::Read, Step::Close]);
    let (reader, _) = simulation.run(graph).expect("a graph that can run");
    simulation.run_until_idle(u64::MAX).expect("it ends");
    let there = simulation.outcome(reader).is_some_and(|outcome| outcome.state == JobState::Finished);
    let read = read.lock().expect("one subtask").take();
    match read {
        Some(bytes) if bytes != content() => Some(format!("a part of it: {} bytes", bytes.len())),
        None if finished => Some("it is lost".to_owned()),
        _ => (there != read.is_some()).then(|| "read and not read".to_owned()),
    }
}

#[test]
fn a_file_that_is_committed_as_it_should_be_is_whole_or_not_there() {
    for seed in 0..400 {
        assert_eq!(crashed(seed, None), None, "seed {seed}");
    }
}

#[test]
fn a_sink_that_leaves_out_a_sync_is_found() {
    for mistake in [Mistake::NoSync, Mistake::NoDirectorySync] {
        let found = (0..400).find_map(|seed| Some((seed, crashed(seed, Some(mistake))?)));
        println!("{mistake:?}: {found:?}");
        assert!(found.is_some(), "{mistake:?} was not noticed");
    }
}
