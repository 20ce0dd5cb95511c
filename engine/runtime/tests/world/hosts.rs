//! The hosts that this machine grants, and what a process shows of a worker that has left something behind.
//!
//! Tests that count threads and descriptors of the process have it to themselves; all others run beside each other.

#![expect(clippy::disallowed_methods, reason = "asks the kernel, not a disk")]

use std::fs::read_dir;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use memory::Lease;
use runtime::{Backend, Cores, IoBackend, Preflight, Worker, WorkerSpec};

use crate::parts::until;

static ALONE: RwLock<()> = RwLock::new(());

/// Workers that were started so far.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// Of each worker.
const CORES: usize = 2;

/// What workers of a test are given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means {
    pub(crate) network_bytes: u64,
    pub(crate) managed_bytes: u64,
}

impl Default for Means {
    fn default() -> Self {
        Self { network_bytes: 64 << 20, managed_bytes: 64 << 20 }
    }
}

/// Runs the test on a worker of two cores, on each host that this machine grants. All memory has to come home.
pub(crate) fn on_each_host(test: impl Fn(&Worker)) {
    on_each_host_with(Means::default(), test);
}

pub(crate) fn on_each_host_with(means: Means, test: impl Fn(&Worker)) {
    let _beside_others = ALONE.read().unwrap_or_else(PoisonError::into_inner);
    for spec in specs(means) {
        on_host(spec, &test);
    }
}

/// The same for a test that looks at the [`Footprint`]: nobody else changes it, and the worker leaves none.
pub(crate) fn alone_on_each_host(test: impl Fn(&Worker)) {
    alone_with_each_spec(|spec| on_host(spec, &test));
}

/// The same for a test that starts workers itself.
pub(crate) fn alone_with_each_spec(test: impl Fn(WorkerSpec)) {
    let _alone = ALONE.write().unwrap_or_else(PoisonError::into_inner);
    for spec in specs(Means::default()) {
        // The kernel lists a thread for a moment after it was joined.
        until("the workers of other tests are gone", || Footprint::now().threads.is_empty());
        leaves_nothing(spec.backend, || test(spec));
    }
}

/// Nothing is left of the workers that are started and stopped in between, on this host.
pub(crate) fn leaves_nothing(backend: Backend, between: impl FnOnce()) {
    let started = STARTED.load(Ordering::Relaxed);
    let mut before = Footprint::now();
    between();
    if backend == Backend::Uring {
        // An executor keeps one descriptor for good when it ends: its own mistake, and a process has one worker.
        before.descriptors += CORES * (STARTED.load(Ordering::Relaxed) - started);
    }
    until("a worker that has stopped leaves nothing behind", || Footprint::now() == before);
}

fn on_host(spec: WorkerSpec, test: impl FnOnce(&Worker)) {
    println!("on {}", spec.backend);
    with_worker(spec, test);
}

/// Starts a worker and stops it; all memory has to come home.
pub(crate) fn with_worker(spec: WorkerSpec, test: impl FnOnce(&Worker)) {
    let (network, managed) = (spec.network.clone(), spec.managed.clone());
    let worker = start(spec);
    test(&worker);
    assert_eq!(worker.stop().unwrap().segment_bytes_out, 0);
    assert_eq!((network.figures().used, managed.figures().used), (0, 0));
}

pub(crate) fn start(spec: WorkerSpec) -> Worker {
    STARTED.fetch_add(1, Ordering::Relaxed);
    Worker::start(spec).unwrap()
}

fn specs(means: Means) -> Vec<WorkerSpec> {
    let mut backends = vec![Backend::Std];
    if Preflight::run(IoBackend::Auto).unwrap().backend == Backend::Uring {
        backends.push(Backend::Uring);
    }
    backends.into_iter().map(|backend| spec(means, backend)).collect()
}

/// A host that the machine does not grant ends the process.
pub(crate) fn spec(means: Means, backend: Backend) -> WorkerSpec {
    let cores = Cores::available().unwrap();
    WorkerSpec {
        cores: cores.all().iter().copied().cycle().take(CORES).collect(),
        busy: false,
        shared: true, // Tests run beside each other.
        backend,
        io_threads: 1,
        network: Lease::root("network", means.network_bytes),
        managed: Lease::root("managed", means.managed_bytes),
        segment_bytes: 32 << 10,
    }
}

/// What of this process belongs to workers: the threads that bear our name, and all open descriptors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Footprint {
    pub(crate) threads: Vec<String>,
    pub(crate) descriptors: usize,
}

impl Footprint {
    pub(crate) fn now() -> Self {
        let names = read_dir("/proc/self/task").unwrap().map(|task| name_of(&task.unwrap().path()));
        let mut threads: Vec<String> = names.filter(|name| name.starts_with("millstream")).collect();
        threads.sort_unstable();
        Self { threads, descriptors: descriptors() }
    }
}

/// Open descriptors of this process, and one more for the look.
pub(crate) fn descriptors() -> usize {
    read_dir("/proc/self/fd").unwrap().count()
}

/// The kernel keeps fifteen letters of it. A thread that has ended between two looks has none.
fn name_of(task: &std::path::Path) -> String {
    std::fs::read_to_string(task.join("comm")).unwrap_or_default().trim().to_owned()
}
