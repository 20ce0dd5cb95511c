//! The same on a machine whose disk is slow, answers in any order, and fails at times: all rows once, or an error that
//! names a file and says that trying again may help.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::channel;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_buffer::Buffer;
use connect::read::{FileSource, FileSourceSpec};
use operators::{Cx, Poll, Source};
use runtime::job::{ExecutionGraph, JobState, Vertex};
use runtime::random::Random;
use runtime::seam::{FileAnswer, FileOperation, FileResult, OpenMode, Ticket};
use runtime::sim::{DiskFaults, SimOptions, Simulation, WireFaults};
use runtime::subtask::{Failure, Seat, Subtask};

use crate::rig::{Collector, chain};

/// The longest virtual time of a job.
const ENDS_NS: u64 = 3_600_000_000_000;
const SEEDS: u64 = 60;

/// Writes files, one after the other, and has no rows.
struct Writer {
    files: VecDeque<(PathBuf, String)>,
    is_busy: bool,
}

impl Source for Writer {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        match self.files.front() {
            _ if self.is_busy => return Ok(Poll::Wait),
            None => return Ok(Poll::End),
            Some((path, _)) => {
                cx.submit(FileOperation::Open { path: path.clone(), mode: OpenMode::Create });
            }
        }
        self.is_busy = true;
        Ok(Poll::Wait)
    }

    fn file(&mut self, _ticket: Ticket, result: FileResult, cx: &mut Cx<'_>) -> Result<(), Failure> {
        match result? {
            FileAnswer::Opened(file) => {
                let bytes = Buffer::from(self.files.pop_front().unwrap().1.as_bytes());
                cx.submit(FileOperation::Write { file, offset: 0, bytes });
            }
            _ => self.is_busy = false,
        }
        Ok(())
    }
}

/// Runs a source; its batches, or why it has failed.
fn run(
    simulation: &mut Simulation,
    parallelism: u32,
    make: impl Fn(&Seat) -> Result<Box<dyn Source>, Failure> + Send + Sync + 'static,
) -> Result<Vec<RecordBatch>, Failure> {
    let (to, received) = channel();
    let vertex = Vertex::new("read", move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
        let number = seat.place.number;
        Ok(Box::new(chain(make(seat)?, Collector { number, to: to.clone(), sent: Default::default() })))
    });
    let mut graph = ExecutionGraph::new("simulated");
    graph.vertex(vertex.parallel(parallelism));
    let (job, _) = simulation.run(graph).unwrap();
    simulation.run_until_idle(ENDS_NS).unwrap();
    let outcome = simulation.outcome(job).unwrap();
    match outcome.state {
        JobState::Finished => Ok(received.try_iter().map(|(_, batch)| batch).collect()),
        _ => Err(outcome.failure.clone().unwrap()),
    }
}

/// One machine with a bad disk, whose bits stay as they are: text has no checksum.
fn options(random: &mut Random) -> SimOptions {
    let disk = DiskFaults { flips_per_thousand: 0, ..DiskFaults::drawn(random) };
    let drawn = SimOptions::drawn(random);
    SimOptions { machines: 1, wires: WireFaults::none(), disk, ..drawn }
}

#[test]
fn rows_come_once_whatever_the_disk_does() {
    let (mut finished, mut failed) = (0, 0);
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let mut simulation = Simulation::new(seed, options(&mut random));
        let texts: Vec<String> = (0..random.within(1, 5))
            .map(|file| (0..random.below(80)).map(|line| format!("file {file}, line {line:03}\n")).collect())
            .collect();
        // A disk may refuse to write, too; then other names are tried.
        let names = (0..50).find_map(|attempt| {
            let path = |number: usize| PathBuf::from(format!("part-{attempt}-{number}"));
            let files: VecDeque<_> =
                texts.iter().enumerate().map(|(number, text)| (path(number), text.clone())).collect();
            let paths: Vec<_> = files.iter().map(|(path, _)| path.clone()).collect();
            let write = move |_: &Seat| Ok(Box::new(Writer { files: files.clone(), is_busy: false }) as _);
            run(&mut simulation, 1, write).is_ok().then_some(paths)
        });
        let spec = FileSourceSpec::text(names.expect("a disk that writes at times"))
            .split_bytes(random.within(1, 2000))
            .block_bytes(usize::try_from(random.within(4, 500)).unwrap())
            .batch_rows(usize::try_from(random.within(1, 50)).unwrap());
        let parallelism = u32::try_from(random.within(1, 4)).unwrap();
        match run(&mut simulation, parallelism, FileSource::open(spec)) {
            Ok(batches) => {
                let strings = batches.iter().flat_map(|batch| {
                    batch
                        .column(0)
                        .as_string_view()
                        .iter()
                        .map(|line| line.unwrap().to_owned())
                        .collect::<Vec<_>>()
                });
                let mut strings: Vec<_> = strings.collect();
                strings.sort_unstable();
                let mut expected: Vec<_> = texts.iter().flat_map(|text| text.lines()).collect();
                expected.sort_unstable();
                assert_eq!(strings, expected, "seed {seed}");
                finished += 1;
            }
            Err(failure) => {
                assert!(failure.to_string().contains("part-"), "seed {seed}: {failure}");
                failed += 1;
            }
        }
        simulation.shut_down();
    }
    assert!(finished > SEEDS / 4 && failed > 0, "{finished} have finished and {failed} have failed");
}
