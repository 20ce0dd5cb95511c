//! Reads and writes past the page cache, on the ring of the core.
//!
//! Before a core's end of the pool stands a faster way for what is asked most: reads, and the blocks that a write
//! covers whole. Everything else the pool does: names, syncs, lengths, opening and closing, and the first and last
//! bytes of a write that begins or ends within a block. These go through the page cache, which the kernel keeps in
//! step with direct requests as long as both do not meet in a page, and here they never do.
//!
//! Whether a file takes direct requests is found out when it is opened, or by the first one that is refused; then it
//! is the pool's altogether.
//!
//! Keeps requests on the ring alive until they are over, whoever has gone meanwhile. Never pads a file: it is at no
//! time longer than what was written to it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use super::end::{Files, Owner};
use super::table::OpenFile;
use crate::bound::DIRECT_OPERATIONS_MAX;
use crate::seam::{FileAnswer, FileError, FileId, FileOperation, FileResult, Ticket};

mod file;
mod parts;
mod prime;
mod span;

use file::DirectFile;
use parts::Parts;

/// The files of one core that runs in an executor on io_uring.
///
/// Only for a process to which the [`Preflight`](crate::Preflight) has granted rings: without them the executor ends
/// it.
pub struct DirectFiles {
    desk: Rc<Desk>,
    in_flight: usize,
}

impl DirectFiles {
    /// Puts a ring before a core's end of the pool.
    ///
    /// `notify` is called when an answer has come from the ring, as the wake of `files` is when one has come from the
    /// pool. After both the core must [`reap`](Self::reap): operations that need both ways go on there.
    pub fn new(files: Files, notify: Rc<dyn Fn()>) -> Self {
        let desk = Desk {
            pool: RefCell::new(files),
            files: RefCell::default(),
            parts: Parts::default(),
            ready: RefCell::default(),
            waiting: RefCell::default(),
            running: Cell::new(0),
            tasks: Cell::new(0),
            opened: RefCell::default(),
            primed: RefCell::default(),
            refusals: Cell::new(0),
            notify,
        };
        Self { desk: Rc::new(desk), in_flight: 0 }
    }

    /// Begins an operation. Waits for nothing.
    ///
    /// # Panics
    ///
    /// Outside the executor.
    pub fn submit(&mut self, ticket: Ticket, operation: FileOperation) {
        self.in_flight += 1;
        self.desk.begin(ticket, operation);
    }

    /// Hands out what is answered, and says how many that were.
    pub fn reap(&mut self, each: &mut dyn FnMut(Ticket, FileResult)) -> usize {
        let mut handed = 0;
        self.desk.pump();
        while let Some((ticket, result)) = self.desk.next() {
            each(ticket, result);
            handed += 1;
        }
        self.in_flight -= handed;
        handed
    }

    /// How many operations were submitted and not handed out.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many requests the ring has refused. Each is done, by the pool, which has the file from then on; more than
    /// a few mean that the ring is of no use on this file system.
    pub fn refusals(&self) -> u64 {
        self.desk.refusals.get()
    }

    /// Whether the executor has something to do for these files: operations, or the closing of a file whose close was
    /// answered already.
    pub fn is_busy(&self) -> bool {
        self.in_flight > 0 || self.desk.tasks.get() > 0
    }

    /// Closes every file, after what is under way is over.
    ///
    /// To be awaited before the executor ends, by the task that `notify` and the wake of the pool wake: the executor
    /// gives the memory of requests back without waiting for the kernel.
    pub async fn finish(self) {
        let desk = &self.desk;
        poll_fn(|_| {
            desk.pump();
            if desk.tasks.get() == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let files = desk.files.take();
        for file in files.into_values() {
            desk.release(file).await;
        }
    }
}

impl Drop for DirectFiles {
    /// Requests go on as tasks of their own and close their files when they end. What they want of the pool nobody
    /// hands on any more.
    fn drop(&mut self) {
        self.desk.files.take();
        self.desk.parts.abandon();
    }
}

/// What the core's end and its tasks share.
struct Desk {
    pool: RefCell<Files>,
    /// Those that take direct requests.
    files: RefCell<BTreeMap<FileId, Rc<DirectFile>>>,
    /// What tasks have asked of the pool.
    parts: Parts,
    /// Answers to hand out.
    ready: RefCell<VecDeque<(Ticket, FileResult)>>,
    /// Direct operations that wait for others to end.
    waiting: RefCell<VecDeque<Direct>>,
    /// Direct operations on the ring.
    running: Cell<usize>,
    /// Tasks of the executor that are ours.
    tasks: Cell<usize>,
    /// Files that the pool has opened and the ring has not looked at.
    opened: RefCell<VecDeque<(Ticket, FileId)>>,
    /// Devices of which the executor has the right idea.
    primed: RefCell<BTreeSet<u64>>,
    refusals: Cell<u64>,
    notify: Rc<dyn Fn()>,
}

/// An operation for the ring.
struct Direct {
    ticket: Ticket,
    operation: FileOperation,
    file: Rc<DirectFile>,
}

impl Desk {
    fn begin(self: &Rc<Self>, ticket: Ticket, operation: FileOperation) {
        let file = operation.file().and_then(|id| self.files.borrow().get(&id).cloned());
        match file {
            Some(file) if file.takes(&operation) => {
                self.waiting.borrow_mut().push_back(Direct { ticket, operation, file });
                self.run_more();
            }
            Some(file) if matches!(operation, FileOperation::Close { .. }) => {
                operation.file().map(|id| self.files.borrow_mut().remove(&id));
                self.pool.borrow_mut().begin(Owner::Caller(ticket), operation);
                let desk = self.clone();
                self.spawn(async move { desk.release(file).await });
            }
            _ => self.pool.borrow_mut().begin(Owner::Caller(ticket), operation),
        }
    }

    /// Starts direct operations, as many as may be on the ring.
    fn run_more(self: &Rc<Self>) {
        while self.running.get() < DIRECT_OPERATIONS_MAX {
            let Some(direct) = self.waiting.borrow_mut().pop_front() else { break };
            self.running.set(self.running.get() + 1);
            let desk = self.clone();
            self.spawn(async move {
                let Direct { ticket, operation, file } = direct;
                let result = file.perform(&desk, operation).await;
                desk.ready.borrow_mut().push_back((ticket, result));
                desk.running.set(desk.running.get() - 1);
                desk.run_more();
                (desk.notify)();
                desk.release(file).await;
            });
        }
    }

    /// Takes what the pool has answered, and gives it to whom it belongs.
    fn pump(self: &Rc<Self>) {
        loop {
            let Some((owner, result)) = self.pool.borrow_mut().next() else { break };
            match (owner, result) {
                (Owner::Caller(ticket), Ok(FileAnswer::Opened(id))) => self.look_at(ticket, id),
                (Owner::Caller(ticket), result) => self.ready.borrow_mut().push_back((ticket, result)),
                (Owner::Part(number), result) => self.parts.answer(number, result),
                (Owner::Nobody, _) => {}
            }
        }
    }

    fn next(&self) -> Option<(Ticket, FileResult)> {
        self.ready.borrow_mut().pop_front()
    }

    /// Finds out whether a new file takes direct requests, then says that it is open. One file after the other, so
    /// that a device is known before a second file of it is looked at.
    fn look_at(self: &Rc<Self>, ticket: Ticket, id: FileId) {
        self.opened.borrow_mut().push_back((ticket, id));
        if self.opened.borrow().len() > 1 {
            return;
        }
        let desk = self.clone();
        self.spawn(async move {
            loop {
                let Some((ticket, id)) = desk.opened.borrow().front().copied() else { break };
                desk.try_direct(id).await;
                desk.ready.borrow_mut().push_back((ticket, Ok(FileAnswer::Opened(id))));
                (desk.notify)();
                desk.opened.borrow_mut().pop_front();
            }
        });
    }

    async fn try_direct(self: &Rc<Self>, id: FileId) {
        let Some(open) = self.pool.borrow().opened(id) else { return };
        self.prime(&open).await;
        match DirectFile::open(open.clone()).await {
            Ok(file) => drop(self.files.borrow_mut().insert(id, Rc::new(file))),
            Err(cause) => tracing::debug!("{} is read and written by the pool: {cause}", open.path.display()),
        }
    }

    /// Asks the pool for a part of something larger. Asked at once, answered when awaited.
    fn ask(
        &self,
        operation: FileOperation,
        file: Option<Arc<OpenFile>>,
    ) -> impl Future<Output = FileResult> + use<> {
        let (number, answer) = self.parts.begin();
        let pool = self.pool.borrow_mut();
        pool.begin_on(Owner::Part(number), operation, file);
        answer
    }

    /// Closes a file if nobody else uses it. The last descriptor of a file without a name may take long, so a helper
    /// has it.
    async fn release(&self, file: Rc<DirectFile>) {
        if let Ok(file) = Rc::try_unwrap(file) {
            let open = file.close().await;
            // The number is a formality: the file has lost it.
            let operation = FileOperation::Close { file: FileId(u64::MAX) };
            self.pool.borrow().begin_on(Owner::Nobody, operation, Some(open));
        }
    }

    fn spawn(self: &Rc<Self>, task: impl Future<Output = ()> + 'static) {
        self.tasks.set(self.tasks.get() + 1);
        let desk = self.clone();
        glommio::spawn_local(async move {
            task.await;
            desk.tasks.set(desk.tasks.get() - 1);
            (desk.notify)();
        })
        .detach();
    }
}

/// The error of an operation on an open file.
fn error(operation: &FileOperation, open: &OpenFile, cause: std::io::Error) -> FileError {
    FileError { action: operation.action(), path: open.path.clone(), cause }
}
