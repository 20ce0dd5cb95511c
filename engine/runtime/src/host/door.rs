//! The door to the world of a core on a machine: its clock, its files, the other cores. Hosts differ in what is behind the
//! files, and in how they sleep.

use arrow_buffer::Buffer;

use super::Basis;
use crate::files::Files;
use crate::seam::{Completion, ConnectionId, FileOperation, FileResult, Host, Refused, Ticket};

/// Who serves a core's files.
pub(super) trait FileService {
    fn submit(&mut self, ticket: Ticket, operation: FileOperation);
    fn reap(&mut self, each: &mut dyn FnMut(Ticket, FileResult)) -> usize;
    /// Whether something is under way.
    fn is_busy(&self) -> bool;
}

impl FileService for Files {
    fn submit(&mut self, ticket: Ticket, operation: FileOperation) {
        Files::submit(self, ticket, operation);
    }

    fn reap(&mut self, each: &mut dyn FnMut(Ticket, FileResult)) -> usize {
        Files::reap(self, each)
    }

    fn is_busy(&self) -> bool {
        self.in_flight() > 0
    }
}

/// A core's door.
pub(super) struct Door<F> {
    pub(super) basis: Basis,
    pub(super) files: F,
}

impl<F: FileService> Host for Door<F> {
    fn now_ns(&self) -> u64 {
        self.basis.clock.now_ns()
    }

    fn wall_ms(&self) -> i64 {
        crate::clock::wall_ms()
    }

    fn random(&mut self) -> u64 {
        self.basis.random.bits()
    }

    fn submit(&mut self, ticket: Ticket, operation: FileOperation) {
        self.files.submit(ticket, operation);
    }

    /// Nobody opens connections on a machine yet: that is the cluster's.
    fn send(&mut self, _connection: ConnectionId, _bytes: Buffer) -> Result<(), Refused> {
        Err(Refused::Closed)
    }

    fn close(&mut self, _connection: ConnectionId) {}

    fn reap(&mut self, each: &mut dyn FnMut(Completion)) {
        if self.files.is_busy() {
            self.files.reap(&mut |ticket, result| each(Completion::File(ticket, result)));
        }
    }

    fn wake(&mut self, core: usize) {
        self.basis.wake(core);
    }
}
