//! Who may use how much memory: a tree of leases.
//!
//! ```text
//!   process  8gb
//!   ├── job clicks    limit 4gb, guaranteed 1gb
//!   │   ├── subtask 0   limit 2gb, guaranteed 64mb     reserve 100mb ─┐
//!   │   └── subtask 1                                                 ▼ charged here, and what exceeds the
//!   └── job report                                                      guarantee also above, up to the root
//! ```
//!
//! Reserve first, allocate afterwards. A refusal is an ordinary answer: the caller spills, waits, or does with
//! less. What a lease was *guaranteed* was charged to its parent when the lease was made, so a job that has
//! started can always use its minimum, whatever its neighbours do; only what exceeds it is asked for above.
//!
//! Figures are atomics that anybody may read at any time. Several threads may reserve at once; a reservation
//! that is about to be refused can make another one look refused for an instant, which is the same answer a
//! moment earlier would have given.
//!
//! This tree counts. It allocates nothing and enforces nothing on code that does not ask.

mod plan;

use std::fmt;
use std::sync::Arc;

use options::Bytes;

use crate::sync::{AtomicU64, Mutant, Ordering, planted};
pub use plan::MemoryPlan;

/// A node of the tree: an upper limit, a guaranteed minimum, and what is used of it.
#[derive(Clone, Debug)]
pub struct Lease(Arc<Node>);

#[derive(Debug)]
struct Node {
    name: String,
    parent: Option<Lease>,
    limit: u64,
    guaranteed: u64,
    used: AtomicU64,
    peak: AtomicU64,
}

/// What a lease stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Reserved now, in bytes. What is guaranteed to a lease below counts here as reserved.
    pub used: u64,
    /// The most that was ever reserved.
    pub peak: u64,
    /// What is always there.
    pub guaranteed: u64,
    /// What is never exceeded.
    pub limit: u64,
}

impl Lease {
    /// The root of a tree: all that a process may use for one purpose.
    pub fn root(name: impl Into<String>, limit: u64) -> Self {
        Self::node(name.into(), None, 0, limit)
    }

    /// A lease below this one. `None` when `guaranteed` cannot be had here any more.
    ///
    /// # Panics
    ///
    /// If more is guaranteed than the limit allows.
    pub fn child(&self, name: impl Into<String>, guaranteed: u64, limit: u64) -> Option<Self> {
        assert!(guaranteed <= limit);
        self.0.charge(guaranteed).then(|| Self::node(name.into(), Some(self.clone()), guaranteed, limit))
    }

    fn node(name: String, parent: Option<Self>, guaranteed: u64, limit: u64) -> Self {
        let (used, peak) = (AtomicU64::new(0), AtomicU64::new(0));
        Self(Arc::new(Node { name, parent, limit, guaranteed, used, peak }))
    }

    /// Sets `bytes` aside, or answers `None`.
    #[must_use = "a reservation ends when it is dropped"]
    pub fn reserve(&self, bytes: u64) -> Option<Reservation> {
        self.0.charge(bytes).then(|| Reservation { lease: self.clone(), bytes })
    }

    /// What the lease stands at, at about this moment.
    pub fn figures(&self) -> Figures {
        Figures {
            used: self.0.used.load(Ordering::Relaxed),
            peak: self.0.peak.load(Ordering::Relaxed),
            guaranteed: self.0.guaranteed,
            limit: self.0.limit,
        }
    }

    /// The names from the root down to this lease: `process/clicks/map (3)`.
    pub fn path(&self) -> String {
        match &self.0.parent {
            Some(parent) => format!("{}/{}", parent.path(), self.0.name),
            None => self.0.name.clone(),
        }
    }
}

/// `process/clicks: 100mb of 4gb used, 1gb guaranteed, peak 2gb`.
impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { used, peak, guaranteed, limit } = self.figures();
        let [used, peak, guaranteed, limit] = [used, peak, guaranteed, limit].map(Bytes::new);
        write!(f, "{}: {used} of {limit} used, {guaranteed} guaranteed, peak {peak}", self.path())
    }
}

impl Node {
    /// What the parent is charged while `used` is used here.
    fn share_of_parent(&self, used: u64) -> u64 {
        used.max(self.guaranteed)
    }

    /// Counts `bytes` as used here and, beyond the guarantee, above. All or nothing.
    fn charge(&self, bytes: u64) -> bool {
        let mut used = self.used.load(Ordering::Relaxed);
        loop {
            let Some(wanted) = used.checked_add(bytes).filter(|wanted| *wanted <= self.limit) else {
                return false;
            };
            // The parent first. While the two differ the parent stands too high, never too low, so that a
            // release that comes in between cannot give back what was not yet charged.
            let more = self.share_of_parent(wanted) - self.share_of_parent(used);
            let late = planted(Mutant::ChargeAfterwards);
            if !late && !self.charge_parent(more) {
                return false;
            }
            if planted(Mutant::ReserveInTwoSteps) {
                self.used.store(wanted, Ordering::Relaxed);
                return true;
            }
            // Relaxed: the figures guard numbers, not memory that one thread prepares for another.
            match self.used.compare_exchange_weak(used, wanted, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) if late && !self.charge_parent(more) => {
                    self.release(bytes);
                    return false;
                }
                Ok(_) => {
                    self.peak.fetch_max(wanted, Ordering::Relaxed);
                    return true;
                }
                Err(seen) => {
                    if !late {
                        self.release_parent(more);
                    }
                    used = seen;
                }
            }
        }
    }

    /// Counts `bytes` as free again.
    fn release(&self, bytes: u64) {
        let mut used = self.used.load(Ordering::Relaxed);
        loop {
            let left = used.checked_sub(bytes).unwrap_or_else(|| {
                // A bug; but a second panic, while the first one unwinds, would end the whole process.
                assert!(std::thread::panicking(), "no more is released than was reserved");
                0
            });
            match self.used.compare_exchange_weak(used, left, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return self.release_parent(self.share_of_parent(used) - self.share_of_parent(left)),
                Err(seen) => used = seen,
            }
        }
    }

    fn charge_parent(&self, bytes: u64) -> bool {
        match &self.parent {
            Some(parent) if bytes > 0 => parent.0.charge(bytes),
            _ => true,
        }
    }

    fn release_parent(&self, bytes: u64) {
        if let Some(parent) = &self.parent
            && bytes > 0
        {
            parent.0.release(bytes);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Every reservation holds its lease, so nothing is used any more; the guarantee goes back.
        self.release_parent(self.guaranteed);
    }
}

/// Bytes that were set aside. Dropping it gives them back.
#[derive(Debug)]
pub struct Reservation {
    lease: Lease,
    bytes: u64,
}

impl Reservation {
    /// How much is set aside.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Sets `more` aside in addition. `false`, and nothing changed, when it cannot be had.
    #[must_use = "growing may be refused"]
    pub fn grow(&mut self, more: u64) -> bool {
        let grown = self.lease.0.charge(more);
        if grown {
            self.bytes += more;
        }
        grown
    }

    /// Gives `less` of it back.
    ///
    /// # Panics
    ///
    /// If that is more than is set aside.
    pub fn shrink(&mut self, less: u64) {
        self.bytes = self.bytes.checked_sub(less).expect("no more is given back than is set aside");
        self.lease.0.release(less);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.lease.0.release(self.bytes);
    }
}

#[cfg(test)]
mod tests;
