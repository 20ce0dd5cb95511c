//! Every maximum of this crate, with its reason.
//!
//! A number that limits something stands here and nowhere else; what must hold between two of them is
//! asserted when the crate is compiled.

/// A slab is what the kernel can back with one huge page on the machines we know.
pub const SLAB_BYTES: usize = 2 << 20;

/// Segments start on a page, so that direct I/O can read into them as they are.
pub const SEGMENT_BYTES_MIN: usize = 4 << 10;

/// A segment is at most a slab: a longer run would need luck with neighbouring huge pages.
pub const SEGMENT_BYTES_MAX: usize = SLAB_BYTES;

/// Free segments kept at hand in last-in-first-out order. Sixty-four segments of 32 KiB are 2 MiB, about the
/// second-level cache of one core: a segment further down the stack would be cold anyway.
pub(crate) const MAGAZINE_MAX: usize = 64;

/// Segments moved between the magazine and the maps at a time: half, so that a core which alternates between
/// freeing and taking at the edge does not move something every time.
pub(crate) const MAGAZINE_MOVE: usize = MAGAZINE_MAX / 2;

/// Columns start on a cache line: Arrow asks for it, and vector loads like it.
pub(crate) const COLUMN_ALIGN: usize = 64;

/// The key groups a job may have. A key group number fits 16 bits in snapshots, and this is Flink's limit.
pub const KEY_GROUPS_MAX: u32 = 1 << 15;

/// Blocks smaller than this are never compressed: the header of the codec eats the gain.
pub(crate) const COMPRESS_BYTES_MIN: usize = 4 << 10;

/// zstd's fastest level but the negative ones: about 400 MB/s on one core, which few disks outrun.
pub(crate) const COMPRESS_LEVEL: i32 = 1;

/// After a compression that did not pay, this many blocks are stored as they are before the next try: trying
/// one block in seventeen costs about a twentieth of compressing all.
pub(crate) const COMPRESS_PAUSE_BLOCKS: u32 = 16;

/// No block of a spill file is longer than this, whatever its header says: a damaged length must not become
/// an allocation. One block holds one batch, and the widest batch is a slab of long strings plus its views.
pub(crate) const BLOCK_BYTES_MAX: usize = 256 << 20;

/// Letters that texts may be parts of: what the 31 bits of a place in a view can name.
pub(crate) const LETTERS_MAX: usize = i32::MAX as usize;

/// The first block of letters that excerpts put somewhere: each is twice the one before, so that a few texts take little.
pub(crate) const EXCERPT_BLOCK_MIN: usize = 8 << 10;
/// The largest of these blocks: what a batch of long texts fills once or twice.
pub(crate) const EXCERPT_BLOCK_MAX: usize = 1 << 20;

const _: () = assert!(SLAB_BYTES.is_power_of_two());
const _: () = assert!(SEGMENT_BYTES_MIN.is_power_of_two());
const _: () = assert!(SLAB_BYTES.is_multiple_of(SEGMENT_BYTES_MIN));
const _: () = assert!(SEGMENT_BYTES_MIN.is_multiple_of(COLUMN_ALIGN));
const _: () = assert!(MAGAZINE_MOVE > 0 && MAGAZINE_MOVE < MAGAZINE_MAX);
const _: () = assert!(EXCERPT_BLOCK_MIN <= EXCERPT_BLOCK_MAX);
const _: () = assert!(KEY_GROUPS_MAX <= 1 << 16);
const _: () = assert!(COMPRESS_BYTES_MIN < BLOCK_BYTES_MAX);
