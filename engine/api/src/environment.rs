//! Where a program begins: settings, sources, and running it.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use connect::read::{FileSource, FileSourceSpec};
use connect::{Collection, Generator, SocketSource};
use operators::{Layout, OperatorSeat, Source};
use options::{PARALLELISM, RUNTIME_MODE, Settings};
use plan::{Factory, JobGraph, Make};
use record::{Record, batch_of, schema_of};
use runtime::subtask::Failure;

use crate::draft::{Draft, DraftNode};
use crate::error::ExecuteError;
use crate::job::{JobClient, JobResult};
use crate::stream::DataStream;

/// What a program is written in and run by.
///
/// Calls on streams only write the program down; [`Environment::execute`] runs it.
#[derive(Clone, Debug)]
pub struct Environment {
    pub(crate) draft: Rc<Draft>,
}

impl Default for Environment {
    fn default() -> Self {
        Self::with(Settings::new())
    }
}

impl Environment {
    /// With all defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// With these settings.
    pub fn with(settings: Settings) -> Self {
        Self { draft: Draft::new(settings) }
    }

    /// Sets an option: `env.set("parallelism.default=2")?`.
    ///
    /// # Errors
    ///
    /// If there is no such option, or it does not take the value.
    pub fn set(&self, definition: &str) -> Result<&Self, options::Error> {
        self.draft.settings.borrow_mut().define(definition)?;
        Ok(self)
    }

    /// How many subtasks an operator has that does not say.
    ///
    /// # Panics
    ///
    /// If that is none, or more than there can be.
    pub fn parallelism(&self, parallelism: u32) -> &Self {
        self.define(&format!("{}={parallelism}", PARALLELISM.name()))
    }

    /// How results come.
    pub fn mode(&self, mode: options::RuntimeMode) -> &Self {
        let word = match mode {
            options::RuntimeMode::Streaming => "streaming",
            options::RuntimeMode::Batch => "batch",
            options::RuntimeMode::Automatic => "automatic",
        };
        self.define(&format!("{}={word}", RUNTIME_MODE.name()))
    }

    /// How many rows sources put into a batch at most: for tests, which should not depend on it.
    pub fn batch_rows(&self, rows: usize) -> &Self {
        *self.draft.batch_rows.borrow_mut() = Some(rows);
        self
    }

    fn define(&self, definition: &str) -> &Self {
        let defined = self.draft.settings.borrow_mut().define(definition);
        defined.unwrap_or_else(|error| panic!("{error}"));
        self
    }

    /// The rows of a collection, in their order. One subtask.
    pub fn collection<T: Record>(&self, rows: impl IntoIterator<Item = T>) -> DataStream<T> {
        let batch = batch_of(rows);
        let mut source = Collection::of(schema_of::<T>(), [batch]);
        if let Some(rows) = *self.draft.batch_rows.borrow() {
            source = source.batch_rows(rows);
        }
        self.source("Source: Collection", true, true, move |seat| source.make(&seat.subtask()))
    }

    /// The numbers of a range, shared out to the subtasks.
    pub fn sequence(&self, numbers: Range<u64>) -> DataStream<u64> {
        let first = numbers.start;
        self.generate("Source: Sequence", Some(numbers.end.saturating_sub(first)), None, move |number| {
            first + number
        })
    }

    /// Rows that follow from their numbers: so many, or without end; so many a second, or as fast as they are taken.
    pub fn generate<T: Record>(
        &self,
        name: &str,
        count: Option<u64>,
        rows_per_second: Option<u64>,
        row: impl Fn(u64) -> T + Send + Sync + 'static,
    ) -> DataStream<T> {
        let mut source = Generator::new(schema_of::<T>(), move |numbers| batch_of(numbers.map(&row)));
        if let Some(count) = count {
            source = source.count(count);
        }
        if let Some(rate) = rows_per_second {
            source = source.rows_per_second(rate);
        }
        self.source(name, source.is_bounded(), false, move |seat| source.make(&seat.subtask()))
    }

    /// The lines of a file, of all files of a directory, or of those that match a pattern such as `logs/*.txt`.
    pub fn read_text(&self, path: impl Into<std::path::PathBuf>) -> DataStream<String> {
        self.read_files(FileSourceSpec::text([path.into()]))
    }

    /// Files, as a [`FileSourceSpec`] says: CSV, JSON lines, Arrow, Parquet, text. Their columns must be those of `T`.
    ///
    /// # Panics
    ///
    /// If they are not.
    pub fn read_files<T: Record>(&self, spec: FileSourceSpec) -> DataStream<T> {
        let spec = match *self.draft.batch_rows.borrow() {
            Some(rows) => spec.batch_rows(rows),
            None => spec,
        };
        assert_eq!(
            spec.schema().fields(),
            &T::fields(),
            "the columns that are read must be those of {}",
            std::any::type_name::<T>()
        );
        let name = "Source: Files";
        let make = FileSource::open(spec);
        self.source(name, true, false, move |seat| make(&seat.subtask()))
    }

    /// The lines that come from a socket: `nc -lk 9999` on the other end. One subtask.
    pub fn socket_text(&self, host: impl Into<String>, port: u16) -> DataStream<String> {
        let source = SocketSource::new(host, port);
        self.source("Source: Socket", false, true, move |seat| source.make(&seat.subtask()))
    }

    /// A source of one's own, whose rows are `T`.
    pub fn from_source<T: Record>(
        &self,
        name: &str,
        bounded: bool,
        make: impl Fn(&OperatorSeat) -> Result<Box<dyn Source>, Failure> + Send + Sync + 'static,
    ) -> DataStream<T> {
        self.source(name, bounded, false, make)
    }

    fn source<T: Record>(
        &self,
        name: &str,
        bounded: bool,
        single: bool,
        make: impl Fn(&OperatorSeat) -> Result<Box<dyn Source>, Failure> + Send + Sync + 'static,
    ) -> DataStream<T> {
        let make: Make<dyn Source> = Arc::new(make);
        let mut node = DraftNode::new(name, 0, Factory::Source(make, None));
        (node.bounded, node.is_single) = (bounded, single);
        DataStream::from_node(&self.draft, node, &[], Layout::of(T::fields()))
    }

    /// The program as it stands: its chains and streams, to be printed.
    ///
    /// # Errors
    ///
    /// If it cannot run.
    pub fn job_graph(&self, name: &str) -> Result<JobGraph, ExecuteError> {
        Ok(JobGraph::of(self.draft.graph(name)?)?)
    }

    /// The program as text, for people.
    ///
    /// # Errors
    ///
    /// If it cannot run.
    pub fn explain(&self, name: &str) -> Result<String, ExecuteError> {
        Ok(plan::explain::text(&self.job_graph(name)?))
    }

    /// Runs the program and waits for its end. What is written afterwards is another program.
    ///
    /// # Errors
    ///
    /// If it cannot run, fails, or is cancelled.
    pub fn execute(&self, name: &str) -> Result<JobResult, ExecuteError> {
        self.execute_async(name)?.wait()
    }

    /// Runs the program.
    ///
    /// # Errors
    ///
    /// If it cannot run.
    pub fn execute_async(&self, name: &str) -> Result<JobClient, ExecuteError> {
        let graph = JobGraph::of(self.draft.take(name)?)?;
        JobClient::start(&graph, &self.draft.settings.borrow())
    }
}
