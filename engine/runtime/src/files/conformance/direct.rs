//! Direct files as a world: an executor on a thread of its own, with a driver task like a host's.
//!
//! Where the preflight grants no rings the tests say so and check nothing: the executor would end the process.

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use glommio::{LocalExecutorBuilder, Placement};

use super::pool::{WATCHDOG, check_in, open_below};
use super::{Disk, Scenario, all, life};
use crate::files::{DirectFiles, FILE_HELPERS, FilePool, Files};
use crate::seam::{FileOperation, FileResult, Ticket, Wake};
use crate::threads::{Thread, spawn_on};
use crate::{Backend, Core, Cores, IoBackend, Preflight};

/// How long to wait before the executor is woken once more.
const AGAIN: Duration = Duration::from_millis(5);

/// How long the first turn of an executor may take.
const FIRST_TURN: Duration = Duration::from_secs(2);

/// How many executors in a row may lose their first turn.
const LOST_MAX: usize = 10;

type Question = (Ticket, FileOperation);
type Answer = (Ticket, FileResult);

/// Wakes the driver task, from any thread.
#[derive(Default)]
struct TaskWake(Mutex<Option<Waker>>);

impl Wake for TaskWake {
    fn wake(&self) {
        if let Some(waker) = &*self.0.lock().unwrap() {
            waker.wake_by_ref();
        }
    }
}

struct DirectDisk {
    /// Nothing, once the driver shall end.
    questions: Option<Sender<Question>>,
    answers: Receiver<Answer>,
    wake: Arc<TaskWake>,
    thread: Option<Thread<()>>,
    _pool: FilePool,
}

impl DirectDisk {
    /// Starts an executor, and another one when that loses its first turn: it is asleep then with the driver not begun,
    /// so that nobody has anything to wake it by. Such a thread stays behind; it holds nothing of the scenario.
    fn start(core: Core, ending: &Ending) -> Self {
        let started = (0..LOST_MAX).find_map(|_| Self::try_start(core, ending.clone()));
        started.expect("an executor that takes a first turn")
    }

    fn try_start(core: Core, ending: Ending) -> Option<Self> {
        let pool = FilePool::start(FILE_HELPERS).unwrap();
        let (questions, asked) = channel();
        let (answer, answers) = channel();
        let (begin, begun) = channel();
        let wake = Arc::new(TaskWake::default());
        let (files, waker) = (pool.files(wake.clone()), wake.clone());
        let thread = spawn_on(core, "direct", move || {
            let executor = LocalExecutorBuilder::new(Placement::Fixed(core.number()))
                .io_memory(1 << 20)
                .ring_depth(256)
                .preempt_timer(Duration::from_micros(200));
            executor.make().unwrap().run(async move {
                let _nobody_waits = begin.send(());
                drive(files, &waker, asked, &answer, ending).await;
                // A waker must not outlive its executor.
                *waker.0.lock().unwrap() = None;
            });
        });
        let thread = Some(thread.unwrap());
        begun.recv_timeout(FIRST_TURN).ok()?;
        Some(Self { questions: Some(questions), answers, wake, thread, _pool: pool })
    }
}

/// What a host does: hands on what is asked and what is answered, and sleeps between.
async fn drive(
    files: Files,
    wake: &Arc<TaskWake>,
    asked: Receiver<Question>,
    answer: &Sender<Answer>,
    ending: Ending,
) {
    let notify = wake.clone();
    let mut files = DirectFiles::new(files, Rc::new(move || notify.wake()));
    poll_fn(|context| {
        *wake.0.lock().unwrap() = Some(context.waker().clone());
        files.reap(&mut |ticket, result| {
            let _nobody_listens = answer.send((ticket, result));
        });
        loop {
            match asked.try_recv() {
                Ok((ticket, operation)) => files.submit(ticket, operation),
                Err(TryRecvError::Empty) => break Poll::Pending,
                Err(TryRecvError::Disconnected) => break Poll::Ready(()),
            }
        }
    })
    .await;
    // Neither a device that cannot be polled nor memory that is not a device is asked for what it cannot do.
    assert_eq!(files.refusals(), 0);
    match ending {
        Ending::Finish => files.finish().await,
        Ending::Leave(root) => {
            drop(files);
            let closed = || open_below(&root).is_empty();
            poll_fn(|_| if closed() { Poll::Ready(()) } else { Poll::Pending }).await;
        }
    }
}

/// How the driver ends.
#[derive(Clone)]
enum Ending {
    /// As it should.
    Finish,
    /// It drops everything, and the executor goes on until what was under way below the directory has closed.
    Leave(PathBuf),
}

impl DirectDisk {
    /// Waits for an answer, or until the driver has ended.
    ///
    /// The executor may go to sleep over a task that can run: it takes being preempted before the first task for having
    /// none. A timer within it does not help, since its task may be the one. So whoever waits wakes it again and again.
    fn answer(&self) -> Option<Answer> {
        for _ in 0..WATCHDOG.as_millis() / AGAIN.as_millis() {
            self.wake.wake();
            match self.answers.recv_timeout(AGAIN) {
                Ok(answer) => return Some(answer),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        panic!("it hangs")
    }
}

impl Disk for DirectDisk {
    fn submit(&mut self, ticket: Ticket, operation: FileOperation) {
        self.questions.as_ref().unwrap().send((ticket, operation)).unwrap();
        self.wake.wake();
    }

    fn next(&mut self) -> Answer {
        self.answer().expect("the driver does not end by itself")
    }
}

impl Drop for DirectDisk {
    fn drop(&mut self) {
        self.questions = None;
        if std::thread::panicking() {
            return;
        }
        while self.answer().is_some() {}
        self.thread.take().unwrap().join().unwrap();
    }
}

/// The core to run on, if there may be an executor.
fn granted() -> Option<Core> {
    let report = Preflight::run(IoBackend::Auto).unwrap();
    if report.backend == Backend::Uring {
        return Some(Cores::available().unwrap().all()[0]);
    }
    println!("checked on the pool only: {report}");
    None
}

fn check_below(parent: &Path, scenarios: &[Scenario], ending: fn(&Path) -> Ending) {
    if let Some(core) = granted() {
        check_in(parent, scenarios, &|root| Box::new(DirectDisk::start(core, &ending(root))));
    }
}

#[test]
fn direct_files_conform() {
    check_below(&std::env::temp_dir(), &all(), |_| Ending::Finish);
}

#[test]
fn direct_files_conform_where_nothing_is_direct() {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        check_below(memory, &all(), |_| Ending::Finish);
    }
}

#[test]
fn direct_files_that_are_dropped_close_what_they_had() {
    check_below(&std::env::temp_dir(), &life::scenarios(), |root| Ending::Leave(root.to_owned()));
}
