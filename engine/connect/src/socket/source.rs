//! Rows from whoever listens: each line that he sends is one, as text, or by the decoders that files have.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use memory::Batch;
use operators::{Cx, Poll, Source};
use runtime::plane::PlaneHandle;
use runtime::plane::bridge::{Inflow, InflowSender, Poke, Taken};
use runtime::subtask::{Failure, Seat};
use tokio::io::AsyncReadExt;

use super::lines::{self, Lines};
use super::{Peer, Retries, plane_of};
use crate::bound::{SOCKET_READ_BYTES, SOCKET_READS};
use crate::read::{FileSourceSpec, ReceivedLines};

/// The source. When the listener ends the connection, it has ended, unless there are retries.
#[derive(Clone, Debug)]
pub struct SocketSource {
    peer: Peer,
    retries: Retries,
    /// What lines are; texts, if nothing is said.
    lines: Option<FileSourceSpec>,
}

impl SocketSource {
    /// The lines of who listens there.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { peer: Peer { host: host.into(), port }, retries: Retries::NONE, lines: None }
    }

    /// The same, connecting again up to so often when the connection was refused, lost or ended; without end, if not
    /// said. A connection that has brought something begins the count anew.
    #[must_use]
    pub fn max_retries(self, most: Option<u64>) -> Self {
        Self { retries: Retries { most, ..self.retries }, ..self }
    }

    /// The same with so much time between two tries.
    #[must_use]
    pub fn retry_delay(self, delay: Duration) -> Self {
        Self { retries: Retries { delay, ..self.retries }, ..self }
    }

    /// The same with lines as in the files that a spec reads, whose paths do not count.
    #[must_use]
    pub fn lines(self, lines: FileSourceSpec) -> Self {
        Self { lines: Some(lines), ..self }
    }

    /// Its columns: of texts it is one, `value`.
    pub fn schema(&self) -> SchemaRef {
        self.lines.as_ref().map_or_else(lines::schema, FileSourceSpec::schema)
    }

    /// The one subtask.
    ///
    /// # Errors
    ///
    /// If there are to be more: each would be another connection.
    pub fn make(&self, seat: &Seat) -> Result<Box<dyn Source>, Failure> {
        if seat.place.parallelism != 1 {
            return Err(Failure::lasting(format!(
                "{} is read by one subtask, and {} are planned; set the parallelism of this source to 1",
                self.peer, seat.place.parallelism
            )));
        }
        let (plane, poke) = (plane_of(seat)?, seat.poke.clone());
        let decoder = self.lines.as_ref().map(ReceivedLines::new).transpose()?;
        Ok(Box::new(Reading { from: self.clone(), plane, poke, decoder, inflow: None }))
    }

    /// What runs on the plane.
    async fn run(self, to: InflowSender<RecordBatch>) -> Result<(), String> {
        let mut tried = 0;
        loop {
            let mut has_brought = false;
            let over = match self.read(&to, &mut has_brought).await {
                Err(Over::Unwanted) => return Ok(()),
                Err(Over::Unfit(words)) => return Err(words),
                Err(Over::Lost(words)) => Err(words),
                Ok(()) => Ok(()),
            };
            if has_brought {
                tried = 0;
            }
            if !self.retries.has_more(tried) {
                return over;
            }
            tried += 1;
            tokio::time::sleep(self.retries.delay).await;
        }
    }

    /// One connection, from its beginning to its end. A last line without a newline counts, unless the connection was
    /// lost in its midst.
    async fn read(&self, to: &InflowSender<RecordBatch>, has_brought: &mut bool) -> Result<(), Over> {
        let mut stream = self.peer.connect().await.map_err(Over::Lost)?;
        let (mut lines, mut bytes) = (Lines::default(), vec![0; SOCKET_READ_BYTES]);
        loop {
            let read = stream.read(&mut bytes).await.map_err(|cause| Over::Lost(self.peer.lost(&cause)))?;
            if read == 0 {
                return if send(to, lines.finish()).await { Ok(()) } else { Err(Over::Unwanted) };
            }
            *has_brought = true;
            let rows =
                lines.feed(&bytes[..read]).map_err(|words| Over::Unfit(format!("{}: {words}", self.peer)))?;
            if !send(to, rows).await {
                return Err(Over::Unwanted);
            }
        }
    }
}

/// How a connection was over before its end.
enum Over {
    /// It may be tried again.
    Lost(String),
    /// What has come is not what this source reads.
    Unfit(String),
    /// The job is over.
    Unwanted,
}

/// Whether anybody has taken them.
async fn send(to: &InflowSender<RecordBatch>, batches: Vec<RecordBatch>) -> bool {
    for batch in batches {
        if to.send(batch).await.is_err() {
            return false;
        }
    }
    true
}

/// The subtask. It connects when its first row is wanted.
struct Reading {
    from: SocketSource,
    plane: PlaneHandle,
    poke: Arc<dyn Poke>,
    decoder: Option<ReceivedLines>,
    inflow: Option<Inflow<RecordBatch>>,
}

impl Source for Reading {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        if self.inflow.is_none() {
            let from = self.from.clone();
            let opened = Inflow::open(&self.plane, self.poke.clone(), SOCKET_READS, |to| from.run(to));
            self.inflow = Some(opened.map_err(Failure::passing)?);
        }
        let inflow = self.inflow.as_mut().expect("just opened");
        while cx.may_go_on() {
            match inflow.take() {
                Taken::Item(lines) => {
                    let rows = match &mut self.decoder {
                        None => Some(lines),
                        Some(decoder) => decoder
                            .decode(&lines)
                            .map_err(|words| Failure::lasting(format!("{}: {words}", self.from.peer)))?,
                    };
                    rows.into_iter().try_for_each(|rows| cx.send(Batch::new(rows)))?;
                }
                Taken::Empty => return Ok(Poll::Wait),
                Taken::Ended(Ok(())) => return Ok(Poll::End),
                Taken::Ended(Err(words)) => return Err(Failure::passing(words)),
            }
        }
        Ok(Poll::More)
    }
}
