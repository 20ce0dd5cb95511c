//! Where streams end: files, the terminal, a socket, the program itself.

use std::sync::Arc;

use connect::write::{FileSink, FileSpec};
use connect::{Blackhole, Collected, Print, RowStyle, SocketSink, collect};
use operators::{OperatorSeat, Sink};
use plan::{Factory, Make};
use record::{Record, rows_of};
use runtime::subtask::Failure;

use crate::draft::DraftNode;
use crate::error::ExecuteError;
use crate::job::JobClient;
use crate::stream::DataStream;

/// Batches that wait for a program that collects.
const COLLECTED_BATCHES: usize = 64;

/// The end of a stream, for what is to be said about it.
#[derive(Debug)]
pub struct StreamSink {
    stream: DataStream<()>,
}

impl StreamSink {
    /// Names it.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        Self { stream: self.stream.name(&format!("Sink: {name}")) }
    }

    /// How many subtasks it has.
    ///
    /// # Panics
    ///
    /// If that is none, or it can have only one.
    #[must_use]
    pub fn parallelism(self, parallelism: u32) -> Self {
        Self { stream: self.stream.parallelism(parallelism) }
    }

    /// The name by which its state is found in a later version of the program.
    #[must_use]
    pub fn uid(self, uid: &str) -> Self {
        Self { stream: self.stream.uid(uid) }
    }
}

impl<T: Record> DataStream<T> {
    /// A sink of one's own.
    pub fn sink_to(
        &self,
        name: &str,
        make: impl Fn(&OperatorSeat) -> Result<Box<dyn Sink>, Failure> + Send + Sync + 'static,
    ) -> StreamSink {
        let make: Make<dyn Sink> = Arc::new(make);
        let node = DraftNode::new(&format!("Sink: {name}"), 1, Factory::Sink(make));
        let layout = operators::Layout::of(arrow_schema::Fields::empty());
        StreamSink { stream: DataStream::from_node(&self.draft, node, &[&self.bare().origins], layout) }
    }

    /// The stream without what travels beside its rows.
    pub(crate) fn bare(&self) -> Self {
        if self.layout.schema().fields().len() == self.layout.record() {
            return self.clone();
        }
        let (input, output) = (self.layout.clone(), operators::Layout::of(T::fields()));
        let make = {
            let output = output.clone();
            move |_: &OperatorSeat| {
                let bare = operators::rows::Bare::new(input.clone(), output.clone());
                Ok(Box::new(bare) as Box<dyn operators::Operator>)
            }
        };
        let make: Make<dyn operators::Operator> = Arc::new(make);
        self.along(|| DraftNode::new("Bare", 1, Factory::Operator(make.clone())), &output)
    }

    /// Prints rows to the standard output: `(ann, 3)`, with the number of the subtask before it if there are several.
    pub fn print(&self) -> StreamSink {
        self.print_to(Print::default().style(RowStyle::Plain))
    }

    /// Prints rows.
    pub fn print_to(&self, print: Print) -> StreamSink {
        self.sink_to("Print to Std. Out", move |seat| print.make(&seat.subtask()))
    }

    /// Drops rows, and counts them.
    pub fn blackhole(&self) -> StreamSink {
        let sink = Blackhole::default();
        self.sink_to("Blackhole", move |seat| sink.make(&seat.subtask()))
    }

    /// Writes files: CSV, JSON lines, Arrow, Parquet, text.
    ///
    /// # Panics
    ///
    /// If the format does not take the columns.
    pub fn write_files(&self, spec: FileSpec) -> StreamSink {
        let sink = FileSink::new(spec).unwrap_or_else(|error| panic!("{error}"));
        self.sink_to("Files", move |seat| sink.make(&seat.subtask()))
    }

    /// Writes lines to a socket.
    ///
    /// # Panics
    ///
    /// If rows are not single strings.
    pub fn write_socket(&self, host: &str, port: u16) -> StreamSink {
        let sink =
            SocketSink::new(host, port, &record::schema_of::<T>()).unwrap_or_else(|error| panic!("{error}"));
        self.sink_to("Socket", move |seat| sink.make(&seat.subtask()))
    }

    /// A sink that hands rows to this program.
    pub(crate) fn collected(&self) -> Collected {
        let (sink, collected) = collect(COLLECTED_BATCHES);
        let _ = self.sink_to("Collect", move |seat| sink.make(&seat.subtask()));
        collected
    }

    /// Runs the program and hands out the rows of this stream, as they come.
    ///
    /// # Errors
    ///
    /// If it cannot run.
    pub fn execute_and_collect(&self, name: &str) -> Result<CollectedRows<T>, ExecuteError> {
        let collected = self.collected();
        let environment = crate::Environment { draft: self.draft.clone() };
        let job = environment.execute_async(name)?;
        Ok(CollectedRows { job: Some(job), collected, rows: Vec::new().into_iter() })
    }

    /// The same, all of them. Rows of one subtask are in its order, those of several are not.
    ///
    /// # Errors
    ///
    /// If the job cannot run, fails, or is cancelled.
    pub fn collect_all(&self, name: &str) -> Result<Vec<T>, ExecuteError> {
        self.execute_and_collect(name)?.collect()
    }
}

/// The rows of a job that runs. Dropping it ends the job.
#[derive(Debug)]
pub struct CollectedRows<T> {
    job: Option<JobClient>,
    collected: Collected,
    rows: std::vec::IntoIter<T>,
}

impl<T> CollectedRows<T> {
    /// The job, until its last row was handed out.
    pub fn job(&self) -> Option<&JobClient> {
        self.job.as_ref()
    }
}

impl<T: Record> Iterator for CollectedRows<T> {
    type Item = Result<T, ExecuteError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            if let Some(batch) = self.collected.next() {
                match rows_of(batch.columns()) {
                    Ok(rows) => self.rows = rows.into_iter(),
                    Err(mismatch) => return Some(Err(mismatch.into())),
                }
                continue;
            }
            // Whether all rows have come is what the job's end tells.
            return self.job.take()?.wait().err().map(Err);
        }
    }
}
