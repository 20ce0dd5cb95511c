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
