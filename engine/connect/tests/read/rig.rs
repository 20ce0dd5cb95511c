//! Runs sources on a worker, each as one vertex with a sink that collects.

#![expect(
    clippy::disallowed_methods,
    reason = "tests write the files that they read, and read those that were written"
)]

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_schema::Schema;
use arrow_select::concat::concat_batches;
use connect::read::{FileSource, FileSourceSpec};
use memory::{Batch, KeyGroups, Lease};
use operators::chain::{Chain, Link, Role, Target};
use operators::{Cx, Flow, Poll, Sink, Source};
use runtime::job::{ExecutionGraph, JobState, Vertex};
use runtime::seam::{FileResult, Ticket};
use runtime::subtask::{Failure, Seat, Subtask};
use runtime::{Backend, Cores, Worker, WorkerSpec};
use state::{Snapshot, redistribute};

/// A test that hangs fails after this.
const PATIENCE: Duration = Duration::from_secs(60);

/// A worker of two cores, and a directory of files.
pub(crate) struct Rig {
    worker: Worker,
    directory: tempfile::TempDir,
}

/// What came of a job.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Batches by subtask, in the order in which they were sent.
    pub(crate) batches: Vec<(u32, RecordBatch)>,
    /// Why it failed, without the name of the subtask.
    pub(crate) failure: Option<String>,
    /// What was saved, if somebody has stopped it.
    pub(crate) snapshots: Vec<Snapshot>,
}

impl Rig {
    pub(crate) fn start() -> Self {
        let cores = Cores::available().unwrap();
        let worker = Worker::start(WorkerSpec {
            cores: cores.all().iter().copied().cycle().take(2).collect(),
            busy: false,
            shared: true, // Tests run beside each other.
            backend: Backend::Std,
            io_threads: 1,
            network: Lease::root("network", 16 << 20),
            managed: Lease::root("managed", 16 << 20),
            segment_bytes: 32 << 10,
        });
        Self { worker: worker.unwrap(), directory: tempfile::tempdir().unwrap() }
    }

    /// The path of a file or directory that a test speaks of.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file, and the directories above it.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Says when a file was written last, in milliseconds since 1970.
    pub(crate) fn date(&self, name: &str, ms: u64) {
        let file = std::fs::File::options().write(true).open(self.path(name)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_millis(ms)).unwrap();
    }

    /// An error with the names of files as the test knows them.
    pub(crate) fn words(&self, outcome: &Outcome) -> String {
        let directory = format!("{}/", self.directory.path().display());
        outcome.failure.as_ref().expect("it has failed").replace(&directory, "")
    }

    /// Reads all with one subtask.
    pub(crate) fn read(&self, spec: FileSourceSpec) -> Outcome {
        self.read_with(spec, 1)
    }

    /// Reads all with so many subtasks.
    pub(crate) fn read_with(&self, spec: FileSourceSpec, parallelism: u32) -> Outcome {
        self.run(spec, parallelism, Vec::new(), None)
    }

    /// Reads on from what was saved; every subtask saves and stops after so many batches, if it is said how many.
    pub(crate) fn run(
        &self,
        spec: FileSourceSpec,
        parallelism: u32,
        from: Vec<Snapshot>,
        stop_after: Option<usize>,
    ) -> Outcome {
        let (sender, received) = channel();
        let snapshots = Arc::new(Mutex::new(Vec::new()));
        let restores = redistribute(&from, KeyGroups::default(), parallelism);
        let (open, saved) = (FileSource::open(spec), snapshots.clone());
        let vertex = Vertex::new("read", move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
            let number = seat.place.number;
            let sent = Arc::new(Mutex::new(0));
            let mut source = open(seat)?;
            source.load(&restores[number as usize])?;
            let stopping = Stopping { source, sent: sent.clone(), stop_after, saved: saved.clone() };
            Ok(Box::new(chain(Box::new(stopping), Collector { number, to: sender.clone(), sent })))
        });
        let mut graph = ExecutionGraph::new("test");
        graph.vertex(vertex.parallel(parallelism));
        let job = self.worker.run(graph).unwrap();
        let outcome = job.wait_for(PATIENCE).expect("it ends");
        assert!(matches!(outcome.state, JobState::Finished | JobState::Failed), "{:?}", outcome.state);
        let failure = outcome.failure.as_ref().map(|failure| {
            let words = failure.to_string();
            words.split_once("): ").map_or(words.clone(), |(_, words)| words.to_owned())
        });
        let batches = received.try_iter().collect();
        let snapshots = std::mem::take(&mut *snapshots.lock().unwrap());
        Outcome { batches, failure, snapshots }
    }
}

impl Outcome {
    /// All rows, of a job that has finished.
    #[track_caller]
    pub(crate) fn rows(&self, schema: &Arc<Schema>) -> RecordBatch {
        assert_eq!(self.failure, None);
        for (_, batch) in &self.batches {
            assert_eq!(batch.schema(), *schema);
        }
        concat_batches(schema, self.batches.iter().map(|(_, batch)| batch)).unwrap()
    }

    /// The strings of the first column, of a job that has finished.
    #[track_caller]
    pub(crate) fn strings(&self) -> Vec<String> {
        assert_eq!(self.failure, None);
        let column = |(_, batch): &(u32, RecordBatch)| {
            let strings = batch.column(0).as_string_view();
            strings.iter().map(|string| string.unwrap_or("NULL").to_owned()).collect::<Vec<_>>()
        };
        self.batches.iter().flat_map(column).collect()
    }

    /// The same, sorted.
    #[track_caller]
    pub(crate) fn sorted(&self) -> Vec<String> {
        let mut strings = self.strings();
        strings.sort_unstable();
        strings
    }
}

/// The bytes of a file.
pub(crate) fn bytes(path: impl AsRef<Path>) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// The names in a directory, in order.
pub(crate) fn names(path: impl AsRef<Path>) -> Vec<String> {
    let names =
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

/// A source and a sink as one subtask.
pub(crate) fn chain(source: Box<dyn Source>, sink: Collector) -> Chain {
    let head = Link { role: Role::Source(source), ports: 0, exits: vec![vec![Target::Node(1)]], poked: None };
    let end = Link { role: Role::Sink(Box::new(sink)), ports: 1, exits: vec![], poked: None };
    Chain::new(vec![head, end], vec![])
}

/// Passes on what comes.
pub(crate) struct Collector {
    pub(crate) number: u32,
    pub(crate) to: Sender<(u32, RecordBatch)>,
    /// Batches so far.
    pub(crate) sent: Arc<Mutex<usize>>,
}

impl Sink for Collector {
    fn batch(&mut self, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        *self.sent.lock().unwrap() += 1;
        self.to.send((self.number, batch.columns().clone())).unwrap();
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }
}

/// A source that is saved behind some batch of its, and ends there.
pub(crate) struct Stopping {
    pub(crate) source: Box<dyn Source>,
    /// Batches so far.
    pub(crate) sent: Arc<Mutex<usize>>,
    pub(crate) stop_after: Option<usize>,
    pub(crate) saved: Arc<Mutex<Vec<Snapshot>>>,
}

impl Source for Stopping {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        let poll = self.source.poll(cx)?;
        let stops = self.stop_after.is_some_and(|batches| *self.sent.lock().unwrap() >= batches);
        if !stops && poll != Poll::End {
            return Ok(poll);
        }
        let mut snapshot = Snapshot::default();
        self.source.save(&mut snapshot)?;
        self.saved.lock().unwrap().push(snapshot);
        Ok(Poll::End)
    }

    fn file(&mut self, ticket: Ticket, result: FileResult, cx: &mut Cx<'_>) -> Result<(), Failure> {
        self.source.file(ticket, result, cx)
    }
}
