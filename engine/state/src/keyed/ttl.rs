//! How long a state lives that nobody looks at: a value, each value of a list, each entry of a map. In processing time, as
//! in Flink.

use std::time::Duration;

/// When a state is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ttl {
    live_ms: i64,
    update: UpdateType,
    visibility: Visibility,
}

/// What makes a state young again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateType {
    /// That it is written.
    #[default]
    OnCreateAndWrite,
    /// That it is written or read.
    OnReadAndWrite,
}

/// Whether a state can be seen that is too old and still there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// It cannot.
    #[default]
    NeverReturnExpired,
    /// It can, as long as nobody has cleaned up.
    ReturnExpiredIfNotCleanedUp,
}

impl Ttl {
    /// A state lives for so long after it was last written.
    pub const fn new(live: Duration) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "more milliseconds than the engine will run")]
        let live_ms = live.as_millis() as i64;
        Self { live_ms, update: UpdateType::OnCreateAndWrite, visibility: Visibility::NeverReturnExpired }
    }

    /// The same, with another thing that makes it young again.
    #[must_use]
    pub const fn update(self, update: UpdateType) -> Self {
        Self { update, ..self }
    }

    /// The same, with another visibility.
    #[must_use]
    pub const fn visibility(self, visibility: Visibility) -> Self {
        Self { visibility, ..self }
    }

    pub(super) fn has_expired(self, touched_ms: i64, now_ms: i64) -> bool {
        touched_ms.saturating_add(self.live_ms) <= now_ms
    }

    pub(super) fn shows_expired(self) -> bool {
        self.visibility == Visibility::ReturnExpiredIfNotCleanedUp
    }

    pub(super) fn counts_reads(self) -> bool {
        self.update == UpdateType::OnReadAndWrite
    }
}

/// A time to live, and now.
#[derive(Clone, Copy)]
pub(super) struct Age {
    pub(super) ttl: Ttl,
    pub(super) now_ms: i64,
}

impl Age {
    pub(super) fn has_expired(self, touched_ms: i64) -> bool {
        self.ttl.has_expired(touched_ms, self.now_ms)
    }

    /// Whether what was touched then can be seen.
    pub(super) fn is_seen(self, touched_ms: i64) -> bool {
        self.ttl.shows_expired() || !self.has_expired(touched_ms)
    }

    /// What can be seen of a value, which is younger then if reads count.
    pub(super) fn seen<V>(self, (value, touched_ms): &mut (V, i64)) -> Option<&V> {
        if !self.is_seen(*touched_ms) {
            return None;
        }
        if self.ttl.counts_reads() {
            *touched_ms = self.now_ms;
        }
        Some(value)
    }
}
