//! Every maximum of this crate, with its reason.
//!
//! A number that limits something stands here and nowhere else; what must hold between two of them is
//! asserted when the crate is compiled.

/// Channels that a worker has at the same time: a thousand subtasks on either side of an edge, all connected.
pub const CHANNEL_SLOTS: u32 = 1 << 20;

/// How often a slot is given out before a number comes again. Slots are used in turn, so between the two lie some
/// thousand jobs, and nothing stays on its way between two cores for longer than a few turns.
pub(crate) const CHANNEL_GENERATIONS: u32 = 1 << 12;

const _: () = assert!(CHANNEL_SLOTS.checked_mul(CHANNEL_GENERATIONS).is_none()); // Together exactly 32 bits.
const _: () = assert!(CHANNEL_SLOTS.is_power_of_two() && CHANNEL_GENERATIONS.is_power_of_two());

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

/// Segments of credit that a gate divides among its channels where that is more for each. Two cores are in step only every
/// now and then: what one of them makes in a step, and what the other one takes in a step, must both find room, or each
/// stands still while the other works. At a hundred million rows of 24 bytes a second two steps are fifteen segments.
pub(crate) const GATE_SEGMENTS: u32 = 16;

/// Segments of credit that the channels of a gate lend each other. Four channels can double their part at a time:
/// enough for the few that are skewed, little enough that a gate of few channels does not queue a second's rows.
pub(crate) const FLOATING_SEGMENTS: u32 = 8;

/// Rows of several segments that a reader copies into one batch. Enough that what a batch costs is little for each of its
/// rows, few enough that they stay in a cache of the second level.
pub(crate) const READ_TOGETHER_ROWS: usize = 1024;

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
/// What a partition writer sets aside from the start, in blocks: the piece that is gathered and where its rows come
/// from (16 bytes a row, up to one and a half), the texts copied together, the open block while its memory doubles (two
/// and a half), and the compressed one. It comes to 2 MiB with blocks of 256 KiB.
pub(crate) const WORKING_BLOCKS: u64 = 8;

/// Targets with less than this in a sorted run share blocks. A block has about 1 KiB that are no rows (the schema, the
/// header, padding); a consumer reads at most this much of others' rows with its own.
pub(crate) const SHARE_BYTES_MIN: usize = 16 << 10;

/// The same for each column, if that is more: a block describes each of its columns, in about 300 bytes.
pub(crate) const SHARE_BYTES_PER_COLUMN: usize = 4 << 10;

/// Rows of a merged batch: enough that its cost per batch does not count, few enough to stay in the caches.
pub(crate) const MERGED_ROWS_MAX: usize = 8 << 10;

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

/// A wake is paid for by this many times its cost without one: a twentieth of a core that is busy, at most.
pub(crate) const WAKE_COST_SHARE: u64 = 20;

/// Wakes that a core may save up while it has nothing to do: some for each of the others that a batch goes to, few enough
/// that a second of rest does not pay for a second in which every row wakes somebody.
pub(crate) const WAKES_SAVED: u64 = 16;

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
/// No body of a frame is longer than this, as it travels or once decompressed: a damaged or hostile length must
/// not become an allocation. A frame holds one batch, and the largest that an operator makes at once is a slab of
/// long strings many times over.
pub const FRAME_BYTES_MAX: usize = 64 << 20;

/// Frames, and the buffers in their bodies, start on a cache line, so that arrays can be built over them.
pub(crate) const FRAME_ALIGN: usize = 64;

/// Rows of one frame. A row without columns, or a null, takes no byte of the body, so the cap on bytes does not
/// bound them; whoever loops over them is bounded by this.
pub(crate) const FRAME_ROWS_MAX: usize = 1 << 26;

/// Buffers of one frame: a thousand columns with twenty nested lists each. Each costs the decoder a reference.
pub(crate) const FRAME_BUFFERS_MAX: usize = 1 << 16;

/// Buffers of text that one column of string views sends as they are. With more, the texts are gathered: a
/// buffer costs a slice in the vectored write, of which the kernel takes 1024, and up to 63 bytes of padding.
pub(crate) const HEAPS_MAX: usize = 64;

/// Long strings that the rows of a frame may show, each row's counted. A body of some bytes can show one text a
/// million times over, and whoever checks or reads rows would walk it as often.
pub(crate) const FRAME_TEXT_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX;

/// zstd's fastest level but the negative ones: about 400 MB/s on one core, a little over 3 Gbit/s.
pub(crate) const COMPRESS_LEVEL: i32 = 1;

/// An identity names a cluster or a job: a UUID in any spelling, a path, a digest. More is a mistake.
pub(crate) const IDENTITY_BYTES_MAX: usize = 256;

/// Why a peer refuses, in words: one line of a log.
pub(crate) const REFUSAL_BYTES_MAX: usize = 1024;

/// A packet of the handshake: two identities and a few numbers, or a refusal.
pub(crate) const PACKET_BYTES_MAX: usize = 2048;

const _: () = assert!(PACKET_BYTES_MAX >= 2 * IDENTITY_BYTES_MAX + 64);
const _: () = assert!(PACKET_BYTES_MAX > REFUSAL_BYTES_MAX);
const _: () = assert!(FRAME_BYTES_MAX.is_multiple_of(FRAME_ALIGN));
const _: () = assert!(FRAME_BYTES_MAX < i32::MAX as usize); // Offsets into a body fit those of Arrow.
const _: () = assert!(FRAME_ROWS_MAX < i32::MAX as usize);
const _: () = assert!(FRAME_ALIGN >= align_of::<u128>());
const _: () = assert!(memory::SEGMENT_BYTES_MAX < FRAME_BYTES_MAX); // A view fits a frame, whatever is in it.
const _: () = assert!(FRAME_TEXT_BYTES_MAX >= FRAME_BYTES_MAX); // A text that a frame can hold can be shown.
