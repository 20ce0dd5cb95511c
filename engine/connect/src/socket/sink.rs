//! Rows to whoever listens: each is a line.

use std::time::Duration;

use arrow_schema::SchemaRef;
use memory::Batch;
use operators::{Cx, Flow, Sink};
use runtime::plane::bridge::{Outflow, OutflowReceiver};
use runtime::subtask::{Failure, Seat};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{Peer, Retries, plane_of};
use crate::bound::SOCKET_WRITES;
use crate::write::{Encode, Encoding, WriteError, check, encoder, inserts_only};

/// The sink. Each subtask has a connection of its own.
#[derive(Clone, Debug)]
pub struct SocketSink {
    peer: Peer,
    retries: Retries,
    encoding: Encoding,
    schema: SchemaRef,
}

impl SocketSink {
    /// To who listens there, rows of one column of text.
    ///
    /// # Errors
    ///
    /// If the rows are others.
    pub fn new(host: impl Into<String>, port: u16, schema: &SchemaRef) -> Result<Self, WriteError> {
        Self::encoded(host, port, Encoding::Lines, schema)
    }

    /// The same, of rows that become lines in this way.
    ///
    /// # Errors
    ///
    /// If it has no lines, or they cannot hold such columns.
    pub fn encoded(
        host: impl Into<String>,
        port: u16,
        encoding: Encoding,
        schema: &SchemaRef,
    ) -> Result<Self, WriteError> {
        if !matches!(encoding, Encoding::Lines | Encoding::Csv(_) | Encoding::Json(_)) {
            return Err(WriteError::NoLines { format: encoding.name() });
        }
        check(&encoding, schema)?;
        let peer = Peer { host: host.into(), port };
        Ok(Self { peer, retries: Retries::NONE, encoding, schema: schema.clone() })
    }

    /// The same, connecting again up to so often when the connection was refused or lost; without end, if not said. The
    /// lines of a batch that was under way are sent once more.
    #[must_use]
    pub fn max_retries(self, most: Option<u64>) -> Self {
        Self { retries: Retries { most, ..self.retries }, ..self }
    }

    /// The same with so much time between two tries.
    #[must_use]
    pub fn retry_delay(self, delay: Duration) -> Self {
        Self { retries: Retries { delay, ..self.retries }, ..self }
    }

    /// One subtask. It connects at once, and has to be poked by a poke of its own
    /// ([`NodePoke`](operators::chain::NodePoke)).
    ///
    /// # Errors
    ///
    /// If nothing can run on the I/O plane.
    pub fn make(&self, seat: &Seat) -> Result<Box<dyn Sink>, Failure> {
        let (plane, own) = (plane_of(seat)?, self.clone());
        let encoder = encoder(&self.encoding, &self.schema).map_err(Failure::lasting)?;
        let outflow = Outflow::open(&plane, seat.poke.clone(), SOCKET_WRITES, |from| own.run(from));
        let outflow = outflow.map_err(Failure::passing)?;
        Ok(Box::new(Sending { outflow, encoder, waiting: None, ended: false }))
    }

    /// What runs on the plane.
    async fn run(self, mut from: OutflowReceiver<Vec<u8>>) -> Result<(), String> {
        let mut stream = Some(self.connect().await?);
        while let Some(lines) = from.next().await {
            let mut tried = 0;
            loop {
                let Err(words) = self.write(&mut stream, &lines).await else { break };
                stream = None;
                if !self.retries.has_more(tried) {
                    return Err(words);
                }
                tried += 1;
                tokio::time::sleep(self.retries.delay).await;
            }
        }
        match stream {
            Some(mut stream) => stream.shutdown().await.map_err(|cause| self.peer.lost(&cause)),
            None => Ok(()),
        }
    }

    async fn connect(&self) -> Result<TcpStream, String> {
        let mut tried = 0;
        loop {
            match self.peer.connect().await {
                Err(_) if self.retries.has_more(tried) => {}
                connected => return connected,
            }
            tried += 1;
            tokio::time::sleep(self.retries.delay).await;
        }
    }

    /// Over the connection there is, or a new one.
    async fn write(&self, stream: &mut Option<TcpStream>, lines: &[u8]) -> Result<(), String> {
        let connected = match stream {
            Some(stream) => stream,
            None => stream.insert(self.peer.connect().await?),
        };
        connected.write_all(lines).await.map_err(|cause| self.peer.lost(&cause))
    }
}

/// A subtask.
struct Sending {
    outflow: Outflow<Vec<u8>>,
    encoder: Box<dyn Encode>,
    /// For which there was no room.
    waiting: Option<Vec<u8>>,
    ended: bool,
}

impl Sending {
    fn offer(&mut self, lines: Vec<u8>) -> Result<Flow, Failure> {
        match self.outflow.offer(lines) {
            Ok(()) => Ok(Flow::Next),
            Err(lines) => {
                self.waiting = Some(lines);
                self.check()?;
                Ok(Flow::Wait) // A poke follows, when there is room or the task has ended.
            }
        }
    }

    /// Whether the task has ended well.
    fn check(&mut self) -> Result<bool, Failure> {
        match self.outflow.ended() {
            Some(Err(words)) => Err(Failure::passing(words.clone())),
            Some(Ok(())) => Ok(true),
            None => Ok(false),
        }
    }

    fn finished(&mut self) -> Result<Flow, Failure> {
        Ok(if self.check()? { Flow::Next } else { Flow::Wait })
    }
}

impl Sink for Sending {
    fn batch(&mut self, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let rows = inserts_only(batch)?;
        self.encoder
            .encode(&rows)
            .map_err(|cause| Failure::lasting(format!("rows are no lines: {cause}")))?;
        let lines = std::mem::take(self.encoder.ready());
        self.offer(lines)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.ended = true;
        self.outflow.finish();
        self.finished()
    }

    fn more(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        match self.waiting.take() {
            Some(lines) => self.offer(lines),
            None if self.ended => self.finished(),
            None => Ok(Flow::Next),
        }
    }

    fn wake(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.check()?; // Nobody has to send a row to hear that there is no connection.
        Ok(Flow::Next)
    }
}
