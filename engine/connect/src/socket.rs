//! Lines over TCP: for demonstrations and for trying things out, as `socketTextStream` is in Flink.
//!
//! ```text
//!   nc -lk 9999 ──► task on the I/O plane: lines ──► Inflow ──► source            one column, `value`
//!   sink ──► Outflow ──► task on the I/O plane: bytes ──► nc -lk 9998             one column of text, CSV, JSON
//! ```
//!
//! Both connect to somebody who listens. What is lost with a connection is lost: nothing is asked for again, so there is
//! no promise for what was under way. Keeps at most some reads and batches between the core and the plane, with
//! back-pressure both ways. Never waits on a core.

mod lines;
mod sink;
mod source;

use std::fmt;
use std::io;
use std::time::Duration;

use runtime::plane::PlaneHandle;
use runtime::subtask::{Failure, Seat};
use tokio::net::TcpStream;

pub use sink::SocketSink;
pub use source::SocketSource;

/// Who listens.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Peer {
    host: String,
    port: u16,
}

/// What follows when there is no connection, or no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Retries {
    /// How often in a row it is tried again; without end, if not said.
    most: Option<u64>,
    delay: Duration,
}

impl Retries {
    /// As in Flink: none, and half a second between two.
    const NONE: Self = Self { most: Some(0), delay: Duration::from_millis(500) };

    /// Whether to try again, after so many times.
    fn has_more(self, tried: u64) -> bool {
        self.most.is_none_or(|most| tried < most)
    }
}

impl Peer {
    async fn connect(&self) -> Result<TcpStream, String> {
        TcpStream::connect((&*self.host, self.port)).await.map_err(|cause| self.refused(&cause))
    }

    fn refused(&self, cause: &io::Error) -> String {
        let way_out = match cause.kind() {
            io::ErrorKind::ConnectionRefused => {
                format!("start a listener, e.g. `nc -lk {}`, or correct host and port", self.port)
            }
            _ => "correct host and port, or look at the network".to_owned(),
        };
        format!("cannot connect to {self}: {cause}; {way_out}")
    }

    fn lost(&self, cause: &io::Error) -> String {
        format!(
            "the connection to {self} was lost: {cause}; with more retries it is made again ('max-retries' of a table)"
        )
    }
}

/// `localhost:9999`.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// The threads on which sockets live.
fn plane_of(seat: &Seat) -> Result<PlaneHandle, Failure> {
    seat.plane
        .clone()
        .ok_or_else(|| Failure::lasting("a socket needs the I/O plane, and this world has none"))
}

#[cfg(test)]
mod tests;
