//! The pool as a world, and the leaks that only the machine sees.

#![expect(clippy::disallowed_methods, reason = "counts the descriptors of the process")]

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use super::{Disk, Scenario, Stage, all, check};
use crate::files::{FILE_HELPERS, FilePool, Files};
use crate::seam::{FileOperation, FileResult, Ticket, Wake};

/// Longer than any answer takes on the slowest machine. Nothing waits for it but a hang.
pub(super) const WATCHDOG: Duration = Duration::from_secs(60);

/// A wake that a thread can wait for.
pub(super) struct Bell(SyncSender<()>);

impl Bell {
    pub(super) fn hang() -> (Arc<Self>, Receiver<()>) {
        // One ring that nobody has heard yet is as good as many.
        let (sender, receiver) = sync_channel(1);
        (Arc::new(Self(sender)), receiver)
    }
}

impl Wake for Bell {
    fn wake(&self) {
        let _already_ringing = self.0.try_send(());
    }
}

/// One core's end, with the pool behind it. They go in this order.
pub(super) struct PoolDisk {
    files: Files,
    rung: Receiver<()>,
    answers: VecDeque<(Ticket, FileResult)>,
    _pool: FilePool,
}

impl PoolDisk {
    pub(super) fn start(helpers: usize) -> Self {
        let pool = FilePool::start(helpers).unwrap();
        let (bell, rung) = Bell::hang();
        Self { files: pool.files(bell), rung, answers: VecDeque::new(), _pool: pool }
    }
}

impl Disk for PoolDisk {
    fn submit(&mut self, ticket: Ticket, operation: FileOperation) {
        self.files.submit(ticket, operation);
    }

    fn next(&mut self) -> (Ticket, FileResult) {
        loop {
            if let Some(answer) = self.answers.pop_front() {
                return answer;
            }
            let expected = self.files.in_flight();
            let reaped = self.files.reap(&mut |ticket, result| self.answers.push_back((ticket, result)));
            assert_eq!(self.files.in_flight(), expected - reaped);
            if self.answers.is_empty() {
                self.rung.recv_timeout(WATCHDOG).expect("an answer, or it hangs");
            }
        }
    }
}

/// Plays scenarios in directories below `parent`, and counts what each has left open.
pub(super) fn check_in(parent: &Path, scenarios: &[Scenario], start: &dyn Fn(&Path) -> Box<dyn Disk>) {
    let mut last: Option<tempfile::TempDir> = None;
    check(scenarios, &mut || {
        // The stage before this one has ended.
        last.take().inspect(|root| assert_eq!(open_below(root.path()), Vec::<String>::new()));
        let root = last.insert(tempfile::tempdir_in(parent).unwrap()).path();
        Stage { disk: start(root), root: root.to_owned() }
    });
    assert_eq!(open_below(last.expect("a scenario").path()), Vec::<String>::new());
}

/// The files of a directory that this process has open, also those without a name: a count of all descriptors would
/// count those of the tests beside this one.
pub(super) fn open_below(root: &Path) -> Vec<String> {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
    // A descriptor may close while this looks.
    let targets = descriptors.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    targets.filter(|target| target.starts_with(root)).map(|target| target.display().to_string()).collect()
}

#[test]
fn the_pool_conforms() {
    check_in(&std::env::temp_dir(), &all(), &|_| Box::new(PoolDisk::start(FILE_HELPERS)));
}

#[test]
fn a_pool_of_one_conforms() {
    check_in(&std::env::temp_dir(), &all(), &|_| Box::new(PoolDisk::start(1)));
}

#[test]
fn what_is_open_is_seen() {
    let root = tempfile::tempdir().unwrap();
    let _open = tempfile::tempfile_in(root.path()).unwrap();
    assert_eq!(open_below(root.path()).len(), 1);
}
