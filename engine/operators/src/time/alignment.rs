//! Sources that wait for each other: who is too far ahead in event time pauses, so that what joins them need not keep
//! what one has read hours before the other.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The groups of a job, by name. A clone is the same.
#[derive(Clone, Debug, Default)]
pub struct AlignmentGroups(Arc<Mutex<BTreeMap<(String, u32), AlignmentGroup>>>);

/// How far each member of a group is. A clone is the same.
#[derive(Clone, Debug, Default)]
pub struct AlignmentGroup(Arc<Mutex<BTreeMap<(u32, u32), i64>>>);

impl AlignmentGroups {
    /// The group of this name, in this attempt of the job.
    pub fn group(&self, name: &str, attempt: u32) -> AlignmentGroup {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        groups.entry((name.to_owned(), attempt)).or_default().clone()
    }
}

impl AlignmentGroup {
    /// A member has come this far. One that has not said anything yet holds the others up; one that has ended does not.
    pub(super) fn advance(&self, member: (u32, u32), watermark: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(member, watermark);
    }

    /// How far the last member is.
    pub(super) fn least(&self) -> Option<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().min().copied()
    }
}
