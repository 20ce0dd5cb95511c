//! Every maximum of this crate, with its reason.
//!
//! A number that limits something stands here and nowhere else; what must hold between two of them is
//! asserted when the crate is compiled.

/// Rows that rebalance gives to one channel before it looks at the next. Enough that a batch pays for itself, few
/// enough that a batch of a source (8192 rows) reaches several channels.
pub(crate) const BALANCE_ROWS: usize = 1024;

/// How many channels rebalance looks at to find the one with the most room. Four find most of what is to be found,
/// and a thousand channels cost no more than four.
pub(crate) const BALANCE_LOOK: usize = 4;

/// Batches that reach this part of a segment are passed on as they are when all of their rows go one way; smaller
/// ones are copied behind each other, since a batch costs its receiver more than a quarter of a segment's copy.
pub(crate) const WHOLE_SEGMENT_PART: usize = 4;

/// Segments' worth of rows that may wait for credit in one channel before the output says that it is full. More
/// would only lengthen the queue: what waits here has its turn behind all that the receiver has already.
pub(crate) const WAITING_SEGMENTS: usize = 2;

/// Batches that may be handed to an output after it said that it is full: enough for an operator to finish the batch
/// it is at, few enough to notice one that does not listen.
pub(crate) const OVERDRAFT_BATCHES: usize = 5;

/// Events (watermarks, latency marks) that wait in one channel for a flush before they are shipped without one. Only
/// an edge that never flushes by time gets there, and it must not collect them for ever.
pub(crate) const STAGED_EVENTS: usize = 1024;

/// Long strings of a row that a first segment is laid out for; later ones are laid out for what came.
pub(crate) const HEAP_PER_ROW: usize = 16;

const _: () = assert!(BALANCE_LOOK > 0 && BALANCE_ROWS > 0);
const _: () = assert!(WAITING_SEGMENTS > 0 && OVERDRAFT_BATCHES > 0);
/// Segments of credit that belong to a channel whatever the others do: one is read while the next one travels.
pub(crate) const EXCLUSIVE_SEGMENTS: u32 = 2;

/// Segments of credit that the channels of a gate lend each other. Four channels can double their part at a time:
/// enough for the few that are skewed, little enough that a gate of few channels does not queue a second's rows.
pub(crate) const FLOATING_SEGMENTS: u32 = 8;

/// Messages queued in one channel of a gate. Rows are bounded by credit long before (ten segments of the shortest
/// rows in views of one row are some ten thousand); this bounds events, which cost none, so that a sender that has
/// lost its way is noticed before memory is.
pub(crate) const CHANNEL_MESSAGES_MAX: usize = 1 << 20;

/// Checkpoints that align at the same time, which only those that let nobody wait do. More are under way only
/// when barriers come faster than the slowest channel, and then the oldest is of no use to anybody.
pub(crate) const ALIGNMENTS_MAX: usize = 32;

/// Checkpoints remembered as aborted before their first barrier has come: as many as can be under way.
pub(crate) const ABORTED_MAX: usize = 64;

/// Samples in the moving average of bytes in flight. At five samples a second it is four seconds long: one
/// odd sample changes nothing, a changed load does within seconds.
pub(crate) const IN_FLIGHT_SAMPLES: u64 = 20;

/// For how long the rows in flight should last a receiver: a barrier waits behind them for about that time.
pub(crate) const IN_FLIGHT_NS: u64 = 1_000_000_000;

/// Changes of the bytes in flight below this share are noise, and each change is announced to every sender.
pub(crate) const IN_FLIGHT_PERCENT: u64 = 25;

// A channel always has room for a message of one segment.
const _: () = assert!(EXCLUSIVE_SEGMENTS >= 1);
// An aborted checkpoint is remembered at least as long as those that may still align beside it.
const _: () = assert!(ABORTED_MAX >= ALIGNMENTS_MAX);
/// A row waits no longer in an edge than this, however modest the goal: it is Flink's default timeout, and beyond it
/// batches have long been large enough.
pub(crate) const AGE_CAP_MAX_NS: u64 = 100_000_000;

/// The cap without a goal. A person notices nothing, and an edge that makes a batch every 10 ms spends a thousandth of
/// a core on it, at 10 µs a batch.
pub(crate) const AGE_CAP_DEFAULT_NS: u64 = 10_000_000;

/// A shorter cap is none: in a microsecond no second batch comes together.
pub(crate) const AGE_CAP_LEAST_NS: u64 = 1_000;

/// The first step up from no cap: the spacing of wakes, since a receiver that is parked would not be woken more often
/// anyway.
pub(crate) const AGE_CAP_STEP_NS: u64 = WAKE_SPACING_MIN_NS;

/// The part of a core that batches may cost before they are called too small.
pub(crate) const OVERHEAD_MAX: f64 = 0.05;

/// A parked receiver is woken for a part of a batch no more often than this: a wake costs some microseconds on both
/// sides, and the scheduler's own slices are not shorter.
pub(crate) const WAKE_SPACING_MIN_NS: u64 = 50_000;

/// A wake is paid for by this many times its cost without one: a twentieth of a core at most.
pub(crate) const WAKE_COST_SHARE: u64 = 20;

const _: () = assert!(AGE_CAP_LEAST_NS <= AGE_CAP_STEP_NS);
const _: () = assert!(AGE_CAP_STEP_NS < AGE_CAP_DEFAULT_NS);
const _: () = assert!(AGE_CAP_DEFAULT_NS <= AGE_CAP_MAX_NS);
/// Messages in a lane between two cores: 64 KiB, a part of the second-level cache that the receiver can spare, and
/// more than a core sends to another in most turns. What a channel may have under way is bounded by its credit; a
/// lane that is full only makes the rest wait at the sender. For 16 cores all lanes take 15 MiB.
pub(crate) const LANE_MESSAGES: usize = 1024;

/// Controls in the lane beside it. They are drained every turn and merged while they wait, so it takes dozens of
/// channels that all report in one turn to fill it.
pub(crate) const LANE_CONTROLS: usize = 64;

const _: () = assert!(LANE_MESSAGES.is_power_of_two());
const _: () = assert!(LANE_CONTROLS.is_power_of_two());
