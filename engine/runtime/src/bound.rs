//! Every maximum of this crate, with its reason.
//!
//! A number that limits something stands here and nowhere else; what must hold between two of them is asserted when
//! the crate is compiled.

use std::time::Duration;

/// How long a step may take, for the subtask with the most shares on its core. Long enough that what surrounds a step
/// (some hundred nanoseconds) does not count, short enough that whoever waits for the core notices little.
pub(crate) const STEP_NS: u64 = 100_000;

/// The same for the subtask with the least: below this the surroundings begin to cost more than a few percent.
pub(crate) const STEP_NS_LEAST: u64 = 20_000;

/// Rows of a step, should they be so cheap that time does not end it: eight of the largest batches.
pub(crate) const STEP_ROWS: u64 = 64 << 10;

/// How long a turn goes on stepping before it looks at what has come. A turn that has nothing to receive costs about a
/// hundred nanoseconds, a hundredth of it.
pub(crate) const TURN_NS: u64 = 10_000;

/// A step that takes longer than this is counted and named: a hundred times of what it should take.
pub(crate) const OVERRUN_NS: u64 = 10_000_000;

/// Overruns of a subtask are logged no more often than this.
pub(crate) const OVERRUN_LOG_NS: u64 = 1_000_000_000;

/// Messages taken from each other core in a turn. A lane holds 1024: a core that is flooded still looks at its
/// subtasks in between.
pub(crate) const MESSAGES_A_TURN: usize = 128;

/// How soon a subtask is stepped again that waits for a segment or for memory: nobody tells when one comes home.
pub(crate) const RETRY_NS: u64 = 100_000;

/// How often a gate's bytes in flight are adapted, as often as in Flink.
pub(crate) const ADAPT_NS: u64 = 200_000_000;

/// How often figures are brought up to date that cost a look at every channel.
pub(crate) const REFRESH_NS: u64 = 10_000_000;

/// What waking another core costs the one that does it, a system call and the way back, on the machines we know.
pub(crate) const WAKE_COST_NS: u64 = 5_000;

/// Intervals of buffer timeouts and latency marks. Shorter ones would keep a core busy with itself; longer ones than an
/// hour are what `never` is for.
pub(crate) const INTERVAL_LEAST: Duration = Duration::from_micros(1);
/// See [`INTERVAL_LEAST`].
pub(crate) const INTERVAL_MAX: Duration = Duration::from_secs(60 * 60);

/// File operations that a subtask has under way before it is told not to go on: enough to keep a device busy.
pub(crate) const FILE_OPERATIONS_ENOUGH: usize = 256;

/// And at most: one that does not listen holds the memory of so many.
pub(crate) const FILE_OPERATIONS_MAX: usize = 4096;

/// Shares of a job. A thousand times as much as another one's is as good as all of it.
pub(crate) const SHARES_MAX: u32 = 10_000;

/// Latencies are told from a nanosecond to a minute (more is one), in three digits: 220 KiB for each source that a subtask
/// hears of, where marks are asked for.
pub(crate) const LATENCY_NS_MAX: u64 = 60_000_000_000;

/// Slots of channels that rest before the first of them is used again, so that a generation lasts for a while even where
/// one small job follows the other.
pub(crate) const RESTING_SLOTS: usize = 4096;

const _: () = assert!(STEP_NS_LEAST <= STEP_NS && STEP_NS < OVERRUN_NS);
const _: () = assert!(TURN_NS <= STEP_NS_LEAST);
/// Helpers of a worker's file pool, unless somebody asks for another number. One would let a slow sync hold up every
/// read; more than two take time from the cores, which have the work.
pub const FILE_HELPERS: usize = 2;

/// Memory that a read is given before it is known whether the file has as much to fill it. Beyond that it doubles.
pub(crate) const READ_FIRST_BYTES: usize = 64 << 10;

/// Bytes of one direct request. A device is busy with a quarter of a mebibyte, and four of them fit in the memory that
/// is registered with a ring.
#[cfg(feature = "uring")]
pub(crate) const DIRECT_CHUNK_BYTES: usize = 256 << 10;

/// Direct operations of a core on its ring at the same time; more wait in their order. A device with a queue for each
/// core takes as many at once, and each may hold a buffer of a request: 16 MiB in all.
#[cfg(feature = "uring")]
pub(crate) const DIRECT_OPERATIONS_MAX: usize = 64;

/// What direct requests are aligned to, at least: every device divides it, and nearly every page.
#[cfg(feature = "uring")]
pub(crate) const DIRECT_ALIGN_BYTES: usize = 4 << 10;

#[cfg(feature = "uring")]
const _: () = assert!(DIRECT_CHUNK_BYTES.is_multiple_of(DIRECT_ALIGN_BYTES));
/// Tasks of one I/O plane, those that wait to be begun included. A task costs some hundred bytes and mostly has a
/// socket; a process has fewer sockets than this. It is there to notice somebody who has lost his way before memory
/// is.
pub(crate) const PLANE_TASKS_MAX: usize = 1 << 16;

/// Entries of a plane thread's ring. A full queue is handed to the kernel at once, so more would save a system call
/// only to a thread that begins hundreds of operations before it sleeps.
pub(crate) const PLANE_RING_ENTRIES: u32 = 256;

/// The largest capacity of a port between a core and the plane. What waits in a port is memory that no budget
/// counts, and a core that is thousands of items behind does not get faster by more of them.
pub(crate) const PORT_CAPACITY_MAX: usize = 1 << 16;

const _: () = assert!(PLANE_TASKS_MAX > 0 && PORT_CAPACITY_MAX > 0);
