//! Which windows, when they are sent, and for how long they take late rows.

use super::assign::{Assigner, TimeWindows};
use super::late::Late;
use super::pane::WindowsError;
use super::trigger::{DefaultTrigger, Trigger};
use crate::keyed::TimeDomain;
use crate::layout::Layout;

/// All of a window but its function.
#[derive(Clone, Debug)]
pub struct Windowing<T, A = TimeWindows, G = DefaultTrigger> {
    pub(super) assigner: A,
    pub(super) trigger: G,
    pub(super) lateness: i64,
    pub(super) late: Late,
    _row: std::marker::PhantomData<fn(T)>,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowingError {
    /// Of its windows.
    #[error(transparent)]
    Windows(#[from] WindowsError),
    /// Rows without event time lie in no window.
    #[error("windows of event time over a stream without one: assign timestamps and watermarks first")]
    Timeless,
    /// Late means after the end.
    #[error("the allowed lateness is {0} ms: it must not be negative")]
    Lateness(i64),
    /// A trigger that cannot say what has become of what it remembered.
    #[error(
        "windows that merge, such as sessions, with a trigger that cannot: take another, or implement `on_merge` and `can_merge`"
    )]
    Merging,
}

impl<T, A: Assigner<T>> Windowing<T, A> {
    /// These windows, sent when they end.
    pub fn of(assigner: A) -> Self {
        let trigger = assigner.default_trigger();
        Self { assigner, trigger, lateness: 0, late: Late::default(), _row: std::marker::PhantomData }
    }
}

impl<T, A, G> Windowing<T, A, G> {
    /// The same, sent when this says so.
    pub fn trigger<H: Trigger<T>>(self, trigger: H) -> Windowing<T, A, H> {
        let Self { assigner, lateness, late, _row, .. } = self;
        Windowing { assigner, trigger, lateness, late, _row }
    }

    /// For so many milliseconds behind its end a window of event time takes rows that come late, and is sent again.
    #[must_use]
    pub fn allowed_lateness(self, lateness: i64) -> Self {
        Self { lateness, ..self }
    }

    /// Where rows are counted that come later.
    #[must_use]
    pub fn late(self, late: Late) -> Self {
        Self { late, ..self }
    }
}

impl<T, A: Assigner<T>, G: Trigger<T>> Windowing<T, A, G> {
    pub(super) fn check(&self, input: &Layout) -> Result<(), WindowingError> {
        self.assigner.check()?;
        if self.assigner.domain() == TimeDomain::Event && input.time().is_none() {
            return Err(WindowingError::Timeless);
        }
        if self.lateness < 0 {
            return Err(WindowingError::Lateness(self.lateness));
        }
        if self.assigner.is_merging() && !self.trigger.can_merge() {
            return Err(WindowingError::Merging);
        }
        Ok(())
    }
}
