//! Directories that are looked at again and again, on a simulated machine: nobody waits for real.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_buffer::Buffer;
use arrow_schema::{DataType, Field, Schema};
use connect::format::Format;
use connect::read::{FileSource, FileSourceSpec};
use memory::KeyGroups;
use operators::{Cx, Poll, Source};
use runtime::job::{ExecutionGraph, JobId, JobState, Vertex};
use runtime::random::Random;
use runtime::seam::{FileAnswer, FileId, FileOperation, FileResult, OpenMode, Ticket};
use runtime::sim::{SimOptions, Simulation};
use runtime::subtask::{Failure, Seat, Subtask};
use state::{Snapshot, redistribute};

use crate::rig::{Collector, Rig, Stopping, chain};

const SECOND_NS: u64 = 1_000_000_000;

/// What somebody does to a disk.
#[derive(Clone, Debug)]
enum Deed {
    Make(&'static str),
    /// Writes a file, and gives it its name when it is whole.
    Put(String, String),
    Remove(String),
}

/// Does one thing after the other, each at its time, and has no rows.
struct Clerk {
    deeds: VecDeque<(u64, Deed)>,
    doing: Option<Doing>,
}

#[derive(Clone, Copy)]
enum Doing {
    Open,
    Write(FileId),
    Close,
    Last,
}

fn hidden(name: &str) -> PathBuf {
    Path::new(name).with_file_name(".hidden")
}

impl Source for Clerk {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        let Some((at_ns, deed)) = self.deeds.front() else { return Ok(Poll::End) };
        if self.doing.is_some() {
            return Ok(Poll::Wait);
        }
        if cx.now_ns() < *at_ns {
            cx.wake_at_ns(*at_ns);
            return Ok(Poll::Wait);
        }
        let (operation, doing) = match deed {
            Deed::Make(directory) => {
                (FileOperation::CreateDirectory { directory: directory.into() }, Doing::Last)
            }
            Deed::Remove(name) => (FileOperation::Remove { path: name.into() }, Doing::Last),
            Deed::Put(name, _) => {
                (FileOperation::Open { path: hidden(name), mode: OpenMode::Create }, Doing::Open)
            }
        };
        cx.submit(operation);
        self.doing = Some(doing);
        Ok(Poll::Wait)
    }

    fn file(&mut self, _ticket: Ticket, result: FileResult, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let (doing, answer) = (self.doing.take().unwrap(), result?);
        let (_, deed) = self.deeds.front().unwrap();
        let (operation, next) = match (doing, deed, answer) {
            (Doing::Open, Deed::Put(_, text), FileAnswer::Opened(file)) => {
                let bytes = Buffer::from(text.as_bytes());
                (FileOperation::Write { file, offset: 0, bytes }, Doing::Write(file))
            }
            (Doing::Write(file), ..) => (FileOperation::Close { file }, Doing::Close),
            (Doing::Close, Deed::Put(name, _), _) => {
                (FileOperation::Rename { from: hidden(name), to: name.into() }, Doing::Last)
            }
            _ => {
                self.deeds.pop_front();
                return Ok(());
            }
        };
        cx.submit(operation);
        self.doing = Some(next);
        Ok(())
    }
}

type Received = Receiver<(u32, RecordBatch)>;

/// Begins a job of a source.
fn begin(
    simulation: &mut Simulation,
    parallelism: u32,
    make: impl Fn(&Seat, &Arc<Mutex<usize>>) -> Result<Box<dyn Source>, Failure> + Send + Sync + 'static,
) -> (JobId, Received) {
    let (to, received) = channel();
    let vertex = Vertex::new("read", move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
        let sent = Arc::new(Mutex::new(0));
        let source = make(seat, &sent)?;
        Ok(Box::new(chain(source, Collector { number: seat.place.number, to: to.clone(), sent })))
    });
    let mut graph = ExecutionGraph::new("simulated");
    graph.vertex(vertex.parallel(parallelism));
    (simulation.run(graph).unwrap().0, received)
}

fn does(simulation: &mut Simulation, deeds: impl IntoIterator<Item = (u64, Deed)>) -> JobId {
    let deeds: VecDeque<_> = deeds.into_iter().collect();
    begin(simulation, 1, move |_, _| Ok(Box::new(Clerk { deeds: deeds.clone(), doing: None }))).0
}

/// Begins to read, and goes on from what was saved. It stops after some batches, if it is said how many.
fn reads(
    simulation: &mut Simulation,
    spec: FileSourceSpec,
    parallelism: u32,
    (from, stop_after): (Vec<Snapshot>, Option<usize>),
) -> (JobId, Received, Arc<Mutex<Vec<Snapshot>>>) {
    let restores = redistribute(&from, KeyGroups::default(), parallelism);
    let (open, saved) = (FileSource::open(spec), Arc::<Mutex<Vec<Snapshot>>>::default());
    let into = saved.clone();
    let (job, received) = begin(simulation, parallelism, move |seat, sent| {
        let mut source = open(seat)?;
        source.load(&restores[seat.place.number as usize])?;
        Ok(Box::new(Stopping { source, sent: sent.clone(), stop_after, saved: into.clone() }))
    });
    (job, received, saved)
}

fn lines(received: &Received) -> Vec<String> {
    let batches = received.try_iter();
    let lines = batches.flat_map(|(_, batch)| {
        let column = batch.column(0).as_string_view().clone();
        (0..column.len()).map(move |row| column.value(row).to_owned()).collect::<Vec<_>>()
    });
    lines.collect()
}

fn finish(simulation: &mut Simulation, job: JobId) {
    simulation.run_until_idle(simulation.now_ns() + 3_600 * SECOND_NS).unwrap();
    let outcome = simulation.outcome(job).unwrap();
    assert_eq!(outcome.state, JobState::Finished, "{:?}", outcome.failure);
}

fn spec(path: &str) -> FileSourceSpec {
    FileSourceSpec::text([path]).monitor(Duration::from_secs(10))
}

#[test]
fn files_that_come_later_are_read_once_in_the_order_in_which_they_were_written() {
    for seed in 0..30 {
        let mut random = Random::new(seed);
        let mut simulation = Simulation::new(seed, SimOptions::calm(2));
        let mut at_ns = 0;
        let mut expected = Vec::new();
        let mut deeds = vec![(0, Deed::Make("/in"))];
        for number in 0..random.within(1, 40) {
            at_ns += random.below(4 * SECOND_NS);
            let text: String = (0..random.below(5)).map(|line| format!("{number}: {line}\n")).collect();
            expected.extend(text.lines().map(str::to_owned));
            // Names say nothing about the order, and some are not read.
            let name = format!("/in/{}-{number}", *random.pick(&["a", "b", "c"]));
            deeds.push((at_ns, Deed::Put(name, text)));
            if random.chance(300) {
                deeds.push((at_ns, Deed::Put(format!("/in/_{number}"), "hidden\n".to_owned())));
            }
        }
        let half = deeds.len() / 2;
        let before = does(&mut simulation, deeds[..half].to_vec());
        finish(&mut simulation, before);
        let parallelism = u32::try_from(random.within(1, 3)).unwrap();
        let (job, received, _) = reads(&mut simulation, spec("/in"), parallelism, (Vec::new(), None));
        does(&mut simulation, deeds[half..].to_vec());
        simulation.run_until(at_ns + 60 * SECOND_NS);
        assert!(simulation.outcome(job).is_none(), "it never ends");
        let mut found = lines(&received);
        if parallelism > 1 {
            found.sort_unstable();
            expected.sort_unstable();
        }
        assert_eq!(found, expected, "seed {seed}");
        simulation.run_until(at_ns + 120 * SECOND_NS);
        assert_eq!(lines(&received), [""; 0], "once");
        simulation.cancel(job);
        simulation.run_until_idle(at_ns + 200 * SECOND_NS).unwrap();
        assert_eq!(simulation.shut_down().open_files, 0);
    }
}

#[test]
fn what_is_read_before_a_savepoint_is_not_read_after_it_though_it_is_gone() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut simulation = Simulation::new(seed, SimOptions::calm(2));
        let text = |number: u64| format!("{number}: a\n{number}: b\n{number}: c\n");
        let put = |number: u64| (0, Deed::Put(format!("/in/{number}"), text(number)));
        let made = does(&mut simulation, [(0, Deed::Make("/in"))].into_iter().chain((0..5).map(put)));
        finish(&mut simulation, made);
        let batches = usize::try_from(random.within(1, 10)).unwrap();
        let spec = || spec("/in").batch_rows(2).split_bytes(5);
        let (job, received, saved) = reads(&mut simulation, spec(), 1, (Vec::new(), Some(batches)));
        finish(&mut simulation, job);
        let mut found = lines(&received);
        assert!(!found.is_empty() && found.len() < 15);
        // Files that are read are put away; others come.
        let is_whole = |number: &u64| text(*number).lines().all(|line| found.iter().any(|own| own == line));
        let away = (0..5).filter(is_whole).map(|number| (0, Deed::Remove(format!("/in/{number}"))));
        let moved = does(&mut simulation, away.chain((5..8).map(put)).collect::<Vec<_>>());
        finish(&mut simulation, moved);
        let saved = saved.lock().unwrap().clone();
        let (job, received, _) = reads(&mut simulation, spec(), 2, (saved, None));
        simulation.run_until(simulation.now_ns() + 60 * SECOND_NS);
        assert!(simulation.outcome(job).is_none(), "{:?}", simulation.outcome(job));
        found.extend(lines(&received));
        found.sort_unstable();
        let expected: Vec<_> =
            (0..8).flat_map(|n| text(n).lines().map(str::to_owned).collect::<Vec<_>>()).collect();
        assert_eq!(found, expected, "seed {seed}");
        simulation.shut_down();
    }
}

#[test]
fn a_directory_may_be_empty_and_partitions_may_come() {
    let mut simulation = Simulation::new(7, SimOptions::calm(1));
    let made = does(&mut simulation, [(0, Deed::Make("/in"))]);
    finish(&mut simulation, made);
    let columns =
        Schema::new(vec![Field::new("day", DataType::Utf8, true), Field::new("line", DataType::Utf8, true)]);
    let spec = FileSourceSpec::new(["/in"], Format::Text, &columns).partitions([0]);
    let spec = spec.monitor(Duration::from_secs(1));
    let (job, received, _) = reads(&mut simulation, spec, 2, (Vec::new(), None));
    let begun_ns = simulation.now_ns();
    does(
        &mut simulation,
        [
            (begun_ns + 5 * SECOND_NS, Deed::Make("/in/day=1")),
            (begun_ns + 9 * SECOND_NS, Deed::Put("/in/day=1/x".into(), "one\n".into())),
            (begun_ns + 9 * SECOND_NS, Deed::Make("/in/day=2")),
            (begun_ns + 9 * SECOND_NS, Deed::Put("/in/day=2/x".into(), "two\nthree\n".into())),
        ],
    );
    simulation.run_until(begun_ns + 8 * SECOND_NS);
    assert_eq!(lines(&received), [""; 0]);
    simulation.run_until(begun_ns + 20 * SECOND_NS);
    assert!(simulation.outcome(job).is_none(), "{:?}", simulation.outcome(job));
    let mut found = lines(&received);
    found.sort_unstable();
    assert_eq!(found, ["1", "2", "2"]);
}

#[test]
fn a_directory_that_is_not_there_is_told() {
    let rig = Rig::start();
    let words = |spec: FileSourceSpec| rig.words(&rig.read_with(spec.monitor(Duration::from_secs(1)), 2));
    let told = words(FileSourceSpec::text([rig.path("nowhere")]));
    assert!(told.starts_with("cannot open nowhere: no such file or directory; check the path"), "{told}");
}
