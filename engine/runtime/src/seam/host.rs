//! What a reactor needs of the world it runs in.

use arrow_buffer::Buffer;

use super::{FileOperation, FileResult, Ticket};

/// A connection to another host, as this core knows it. Never given out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// The world of one core. It belongs to the core's thread and is asked between steps and within them; no call waits.
pub trait Host {
    /// Nanoseconds of the runtime's clock: never goes back, and all cores of a worker read the same one.
    fn now_ns(&self) -> u64;

    /// Milliseconds since 1970, as the machine believes. May jump either way; nothing correct depends on it.
    fn wall_ms(&self) -> i64;

    /// 64 bits of chance, in the simulated world those of the seed. Not for secrets.
    fn random(&mut self) -> u64;

    /// Begins a file operation. Its completion carries the ticket.
    fn submit(&mut self, ticket: Ticket, operation: FileOperation);

    /// Sends bytes to the other end of a connection, behind all others.
    ///
    /// # Errors
    ///
    /// If the connection is gone, or so much waits in it that the caller should try again later.
    fn send(&mut self, connection: ConnectionId, bytes: Buffer) -> Result<(), Refused>;

    /// Gives a connection up. Nothing more is told of it here; the other end learns that it is gone.
    fn close(&mut self, connection: ConnectionId);

    /// Hands out what has come since the last call.
    fn reap(&mut self, each: &mut dyn FnMut(Completion));

    /// Makes another core of this worker look at its lanes and its mail.
    fn wake(&mut self, core: usize);

    /// Whether to do the unlikely but legal thing at this place. Never, outside the simulated world.
    fn buggify(&mut self, _place: &'static str) -> bool {
        false
    }
}

/// Something that a reactor did not do by itself.
#[derive(Debug)]
pub enum Completion {
    /// A file operation is over.
    File(Ticket, FileResult),
    /// Bytes have come. Within a connection in order; where they were cut on the way means nothing.
    Received(ConnectionId, Buffer),
    /// Nothing more will come, and nothing can be sent.
    Closed(ConnectionId, String),
}

/// Why bytes were not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Too much waits already. Some of it will leave.
    Congested(Buffer),
    /// There is no such connection any more.
    Closed,
}

/// Wakes one core, from any thread. A wake that was not needed is harmless; one that comes while the core is about to
/// sleep is not lost.
pub trait Wake: Send + Sync {
    /// Makes the core look again.
    fn wake(&self);
}
