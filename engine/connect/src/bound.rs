//! Every maximum of this crate, with its reason.
//!
//! A number that limits something stands here and nowhere else; what must hold between two of them is asserted when
//! the crate is compiled.

/// Bytes of a split of a file, unless somebody asks for another size: as in Hadoop and Flink. Large enough that opening
/// a file and finding the first line do not count, small enough that the last splits of a large file end together.
pub(crate) const SPLIT_BYTES: u64 = 64 << 20;

/// Bytes that are read at once from a file of lines, while the block before is used up. A mebibyte takes a core about as
/// long as a helper needs to fetch the next one from a disk, and two of them stay in the cache of most cores.
pub(crate) const BLOCK_BYTES: usize = 1 << 20;

/// How far a read goes beyond the end of its split, for the line that lies across it: nearly all lines are shorter.
pub(crate) const TAIL_BYTES: u64 = 16 << 10;

/// What a block must hold at least: the first one is asked for the mark of three bytes that may stand before a text.
pub(crate) const BLOCK_BYTES_LEAST: usize = 4;

/// Rows of a batch, unless somebody asks for another number: as many as fit the caches with some columns.
pub(crate) const BATCH_ROWS: usize = 8192;

/// Bytes of lines that leave together though they are fewer than a batch takes: a batch of long lines would keep
/// block after block in memory.
pub(crate) const BATCH_BYTES_ENOUGH: usize = 256 << 10;

/// Bytes of a compressed file of text that are unpacked at once: they may be a thousand times as many of text.
pub(crate) const PACKED_BYTES: usize = 32 << 10;

/// The longest line. One that is longer has lost its end, and would take all memory before anybody was told.
pub(crate) const LINE_BYTES_MAX: usize = 256 << 20;

/// Reads of one split that are under way at the same time where many are known beforehand: the columns of a row group.
/// A device is busy with them, and a subtask stays far below what it may have under way.
pub(crate) const READS_MAX: usize = 16;

/// Files that are looked at at the same time when a source finds its splits: each look is some system calls long.
pub(crate) const LOOKS_MAX: usize = 16;

/// What is read from the end of a Parquet or Arrow file first: nearly all footers are shorter, and a second read costs as
/// much as the first.
pub(crate) const FOOTER_BYTES: u64 = 64 << 10;

/// What is read from the beginning of an Avro file first: nearly all headers are shorter.
pub(crate) const HEADER_BYTES: u64 = 64 << 10;

/// The longest header. It holds a schema, and what somebody has written beside it.
pub(crate) const HEADER_BYTES_MAX: u64 = 64 << 20;

/// Bytes of rows that are worth a block of an Avro file: its frame takes some twenty.
pub(crate) const AVRO_BLOCK_BYTES: usize = 256 << 10;

/// The longest block of an Avro file. What says that it is longer is damaged, or would take all memory.
pub(crate) const AVRO_BLOCK_BYTES_MAX: usize = 1 << 30;

/// The longest footer. What says that it is longer is damaged.
pub(crate) const FOOTER_BYTES_MAX: u64 = 256 << 20;

/// Bytes of a file that are read again to count its lines before a bad record. Beyond that its byte is told instead:
/// somebody who waits for an error does not wait for minutes.
pub(crate) const COUNTED_BYTES_MAX: u64 = 4 << 30;

/// Dead letters that are collected before they are written. A bad file makes many, and a write has its price.
pub(crate) const DEAD_LETTER_BYTES: usize = 64 << 10;

/// Letters of a value that an error shows: it is one line.
pub(crate) const SHOWN_CHARS: usize = 60;

const _: () = assert!(BLOCK_BYTES >= BLOCK_BYTES_LEAST && BATCH_BYTES_ENOUGH < BLOCK_BYTES);
const _: () = assert!(LINE_BYTES_MAX + BLOCK_BYTES < i32::MAX as usize, "offsets of strings have 31 bits");

/// Rows of a generated batch: about a tenth of a millisecond, what one step may take.
pub(crate) const GENERATED_ROWS: u64 = 1024;

/// Lanes of a generator, at least: as many subtasks can share what is left of one that goes on elsewhere. As many as there
/// are key groups in a small job.
pub(crate) const LANES_LEAST: u64 = 128;

/// Events of an auction, numbered from zero: the last one's time still fits a column when there is one event a second. At
/// a hundred million of them a second the end is years away.
pub(crate) const NEXMARK_EVENTS_MAX: u64 = 1 << 53;

const _: () = assert!(NEXMARK_EVENTS_MAX < u64::MAX / 1000 / 2, "milliseconds of a second for each event");

/// How often a generator with a rate looks at most. A millisecond is what the rows of a fast one come too late by, and a
/// thousand looks a second cost a core nothing.
pub(crate) const PACE_NS: u64 = 1_000_000;

/// What a generator that was held up sends at once is a second's worth divided by this.
pub(crate) const BURSTS_A_SECOND: u64 = 10;

/// How soon a sink whose client's queue is full looks again: nobody tells, and a client who reads a queue of some batches
/// takes longer.
pub(crate) const COLLECT_RETRY_NS: u64 = 1_000_000;

/// The longest line of a socket. What is typed or sent for a trial is shorter, and nobody reserves memory for it.
pub(crate) const SOCKET_LINE_BYTES_MAX: usize = 16 << 20;

/// Bytes that are read from a socket at once: more than the kernel mostly has.
pub(crate) const SOCKET_READ_BYTES: usize = 64 << 10;

/// Reads of a socket that wait for the core: with more the other end is held up.
pub(crate) const SOCKET_READS: usize = 16;

/// Batches that wait for a socket.
pub(crate) const SOCKET_WRITES: usize = 16;

/// Bytes of one write. As much as a device takes at once, and a helper copies in a tenth of a millisecond.
pub(crate) const PIECE_BYTES: usize = 256 << 10;

/// Bytes of a file that are on their way to the disk or wait for it, before a sink takes no more rows. Enough to keep a
/// device busy while others are served, and little memory for each subtask.
pub(crate) const WINDOW_BYTES: usize = 8 << 20;

/// Renames and removals of a sink that are under way at the same time.
pub(crate) const ERRANDS_MAX: usize = 16;

/// Directories that a sink makes ready at the same time, and files that it ends: each is some operations, one after the
/// other.
pub(crate) const READYING_MAX: usize = 16;

/// Partitions of a subtask that have an open file. Rows mostly come near others of their time; with more the encoders would
/// take the memory, and each file has a descriptor.
pub(crate) const OPEN_PARTITIONS_MAX: usize = 64;

/// Bytes that the encoders of all of them hold. Beyond that, the file of the one that holds the most is ended.
pub(crate) const OPEN_PARTITIONS_BYTES_MAX: usize = 128 << 20;

/// Bytes of a part that is followed by another one, unless somebody asks for another size: as in Flink and Hadoop.
pub(crate) const ROLL_BYTES: u64 = 128 << 20;

/// Rows of a row group of Parquet, unless somebody asks for another number: what writers of Parquet do.
pub(crate) const ROW_GROUP_ROWS: usize = 1 << 20;

/// About the bytes of a row group, which a subtask holds in memory until it is full.
pub(crate) const ROW_GROUP_BYTES: usize = 32 << 20;

const _: () = assert!(WINDOW_BYTES >= 2 * PIECE_BYTES && ROLL_BYTES > WINDOW_BYTES as u64);
