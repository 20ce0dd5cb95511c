//! Every maximum of the operators, with its reason.

/// Sorted runs that are merged at the same time. Each takes a block, what it is unpacked to and its keys, so a merge takes
/// some tens of mebibytes; with runs of 64 MiB one pass sorts 4 GiB, and two all that a disk holds.
pub(crate) const MERGED_RUNS_MAX: usize = 64;

/// Rows that a Top-N of a bounded input may keep. More are sorted, since that can go to disk.
pub(crate) const TOP_ROWS_MAX: u64 = 64 << 10;

/// Rows that functions over rows look at together: those that get results, and those that these still see. So many are a few
/// mebibytes a column, and enough that a frame of ten thousand rows is looked at for ten keys at a time.
pub(crate) const STRETCH_ROWS_MAX: usize = 128 << 10;

/// Keys of the right side of a join that those who read its left side are told. The set of more of them is larger than the
/// caches of a core, and rarely leaves out much.
pub(crate) const SIEVED_KEYS_MAX: usize = 2 << 20;

const _: () = assert!(MERGED_RUNS_MAX >= 2);
const _: () = assert!(STRETCH_ROWS_MAX >= crate::rows::BATCH_ROWS);
