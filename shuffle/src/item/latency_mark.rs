//! A traveller that measures the way.

/// Emitted by a source now and then; it waits in every queue that rows wait in, and is read at the sinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatencyMark {
    /// Which source operator has sent it.
    pub source: u32,
    /// Which subtask of it.
    pub subtask: u32,
    /// When, in nanoseconds of the runtime's clock.
    pub emitted_ns: u64,
}
