//! A few threads that wait for files in the place of all cores of a worker.
//!
//! One queue for all: the next free helper takes the next operation, whoever's it is. Idle helpers sleep. A helper
//! that panics over an operation answers it with an error and goes on.
//!
//! Never orders operations: two that are under way at the same time may happen in any order, also those of one file.

use std::any::Any;
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::end::{Files, Owner};
use super::perform::{Outcome, perform};
use super::table::{OpenFile, nameless};
use crate::error::Error;
use crate::seam::{FileError, FileId, FileOperation, Wake};
use crate::threads::{Thread, spawn};

/// The helpers of a worker.
///
/// Dropped, it performs what was submitted, and ends; what is submitted later is answered with an error.
#[derive(Debug)]
pub struct FilePool {
    helpers: Vec<Thread<()>>,
    queue: Arc<Queue>,
}

impl FilePool {
    /// Starts that many helpers, which run wherever the process may.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn start(threads: usize) -> Result<Self, Error> {
        assert!(threads > 0, "nobody would answer");
        let mut pool = Self { helpers: Vec::new(), queue: Arc::default() };
        for number in 0..threads {
            let queue = pool.queue.clone();
            let help = move || queue.help();
            // Trouble drops the pool, and so ends those that did start.
            pool.helpers.push(spawn(&format!("millstream-file-{number}"), help)?);
        }
        Ok(pool)
    }

    /// A core's end. `wake` is called whenever an answer has come for it.
    pub fn files(&self, wake: Arc<dyn Wake>) -> Files {
        Files::new(self.queue.clone(), wake)
    }

    /// Performs what was submitted, then ends the helpers.
    ///
    /// # Errors
    ///
    /// The first thread that did not end as it should.
    pub fn stop(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        self.queue.lock().stopped = true;
        self.queue.filled.notify_all();
        let ended: Vec<_> = self.helpers.drain(..).map(Thread::join).collect();
        ended.into_iter().collect()
    }
}

impl Drop for FilePool {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!("{error}");
        }
    }
}

/// What cores want, in the order in which they said so.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    /// How many files were ever opened: their numbers are never used again, by no core.
    opened: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    stopped: bool,
}

/// An operation with all that is needed to perform and answer it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) owner: Owner,
    pub(super) operation: FileOperation,
    /// The file that it is about.
    pub(super) file: Option<Arc<OpenFile>>,
    pub(super) answers: Arc<Answers>,
}

/// The way back to a core.
pub(super) struct Answers {
    pub(super) sender: Sender<(Owner, Result<Outcome, FileError>)>,
    pub(super) wake: Arc<dyn Wake>,
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers").finish_non_exhaustive()
    }
}

impl Queue {
    /// Takes a job, or gives it back when nobody is there to do it.
    pub(super) fn push(&self, job: Job) -> Result<(), Box<Job>> {
        let mut waiting = self.lock();
        if waiting.stopped {
            return Err(Box::new(job));
        }
        waiting.jobs.push_back(job);
        drop(waiting);
        self.filled.notify_one();
        Ok(())
    }

    /// A number for a file that was just opened.
    pub(super) fn next_file(&self) -> FileId {
        // Only distinct: it orders nothing.
        FileId(self.opened.fetch_add(1, Ordering::Relaxed))
    }

    /// The life of a helper.
    fn help(&self) {
        while let Some(job) = self.next() {
            job.run();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut waiting = self.lock();
        loop {
            if let Some(job) = waiting.jobs.pop_front() {
                return Some(job);
            }
            if waiting.stopped {
                return None;
            }
            waiting = self.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nothing panics while it is held, so what is in it is sound.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    fn run(self) {
        let Self { owner, operation, file, answers } = self;
        // The file goes with the operation, so that a reader of the answer of `Close` finds it closed.
        let result = catch_unwind(AssertUnwindSafe(|| perform(&operation, file.as_deref())))
            .unwrap_or_else(|panic| Err(fell_over(&operation, &*panic)));
        drop(file);
        // The bytes too: whoever has the answer may want to count them as free.
        drop(operation);
        answers.give(owner, result);
    }
}

impl Answers {
    /// The answer first: a core that is woken must find it.
    pub(super) fn give(&self, owner: Owner, result: Result<Outcome, FileError>) {
        // A core that is gone does not mind, and what was opened for it closes here.
        if self.sender.send((owner, result)).is_ok() {
            self.wake.wake();
        }
    }
}

fn fell_over(operation: &FileOperation, panic: &(dyn Any + Send)) -> FileError {
    let words = crate::threads::words(panic);
    FileError {
        action: operation.action(),
        path: operation.path().map(Into::into).or(operation.file().map(nameless)).unwrap_or_default(),
        cause: io::Error::other(format!("a helper panicked: {words}")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::seam::{FileAnswer, FileResult, OpenMode, TaskId, Ticket};

    struct Nobody;

    impl Wake for Nobody {
        fn wake(&self) {}
    }

    fn ticket(number: u64) -> Ticket {
        Ticket { task: TaskId { place: 0, generation: 0 }, number }
    }

    fn create(path: &Path) -> FileOperation {
        FileOperation::Open { path: path.to_owned(), mode: OpenMode::Create }
    }

    fn reap(files: &mut Files) -> Vec<(Ticket, FileResult)> {
        let mut answers = Vec::new();
        files.reap(&mut |ticket, result| answers.push((ticket, result)));
        answers.sort_by_key(|(ticket, _)| *ticket);
        answers
    }

    #[test]
    fn what_was_submitted_is_done_before_it_stops() {
        let directory = tempfile::tempdir().unwrap();
        let pool = FilePool::start(2).unwrap();
        let mut files = pool.files(Arc::new(Nobody));
        let paths: Vec<_> = (0..100).map(|number| directory.path().join(number.to_string())).collect();
        for (number, path) in (0..).zip(&paths) {
            files.submit(ticket(number), create(path));
        }
        pool.stop().unwrap();
        assert!(paths.iter().all(|path| path.exists()));
        let answers = reap(&mut files);
        assert_eq!(answers.len(), 100);
        assert!(answers.iter().all(|(_, result)| matches!(result, Ok(FileAnswer::Opened(_)))));
        assert_eq!(files.in_flight(), 0);
    }

    #[test]
    fn a_pool_that_has_stopped_says_so() {
        let pool = FilePool::start(1).unwrap();
        let mut files = pool.files(Arc::new(Nobody));
        drop(pool);
        files.submit(ticket(1), create(Path::new("/data/part-0")));
        let [(_, Err(error))] = &reap(&mut files)[..] else { panic!("one error") };
        assert_eq!(error.to_string(), "cannot create /data/part-0: the file pool has stopped");
    }

    #[test]
    fn a_core_that_is_gone_holds_up_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let pool = FilePool::start(1).unwrap();
        let (mut gone, mut stays) = (pool.files(Arc::new(Nobody)), pool.files(Arc::new(Nobody)));
        gone.submit(ticket(1), create(&directory.path().join("gone")));
        drop(gone);
        stays.submit(ticket(2), create(&directory.path().join("stays")));
        pool.stop().unwrap();
        assert!(matches!(reap(&mut stays)[..], [(_, Ok(FileAnswer::Opened(_)))]));
    }

    #[test]
    fn a_helper_that_panics_answers_and_goes_on() {
        let pool = FilePool::start(1).unwrap();
        let mut files = pool.files(Arc::new(Nobody));
        // A bug of ours: an operation without its file.
        let broken = FileOperation::Length { file: FileId(7) };
        files.submit(ticket(1), FileOperation::List { directory: "/proc/self/task".into() });
        files.begin_on(Owner::Caller(ticket(2)), broken, None);
        files.submit(ticket(3), FileOperation::List { directory: "/proc/self/task".into() });
        pool.stop().unwrap();
        let mut answers = Vec::new();
        while let Some((owner, result)) = files.next() {
            answers.push((owner, result.map_err(|error| error.to_string())));
        }
        let words = "cannot measure file 7: a helper panicked: whoever submits looks the file up";
        assert!(
            matches!(&answers[..], [(_, Ok(_)), (_, Err(error)), (_, Ok(_))] if error == words),
            "{answers:?}"
        );
    }
}
