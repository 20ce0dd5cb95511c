//! The memory of an operator, reserved as its state grows. An operator without a seat counts for nobody.

use runtime::subtask::Failure;

use crate::seat::{Grant, OperatorSeat};

/// What an operator has been granted, if it asks.
#[derive(Default)]
pub(crate) struct Held(Option<Grant>);

impl Held {
    /// As this seat allows.
    pub(crate) fn of(seat: &OperatorSeat) -> Self {
        Self(Some(Grant::of(seat)))
    }

    /// The state takes so much now.
    pub(crate) fn hold(&mut self, bytes: impl FnOnce() -> usize) -> Result<(), Failure> {
        match &mut self.0 {
            Some(grant) => grant.hold(bytes()),
            None => Ok(()),
        }
    }
}
