//! A latch: opens when everybody who has a pass has arrived or has fallen.
//!
//! Not a barrier of the standard library, which waits for ever for one that has fallen.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// What the passes have in common.
#[derive(Debug, Default)]
pub(super) struct Latch {
    missing: Mutex<usize>,
    opened: Condvar,
}

/// One that is waited for until it is dropped.
#[derive(Debug)]
pub(super) struct Pass(Arc<Latch>);

impl Latch {
    pub(super) fn pass(self: &Arc<Self>) -> Pass {
        *self.missing.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Pass(self.clone())
    }
}

impl Pass {
    /// Is there, and waits for the others.
    pub(super) fn arrive(self) {
        let latch = self.0.clone();
        drop(self);
        let missing = latch.missing.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = latch.opened.wait_while(missing, |missing| *missing > 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        *self.0.missing.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.opened.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::spawn;

    #[test]
    fn it_opens_when_all_have_come_or_fallen() {
        let latch = Arc::new(Latch::default());
        let [own, other, fallen] = [latch.pass(), latch.pass(), latch.pass()];
        let other = spawn("other", move || other.arrive()).unwrap();
        let fallen = spawn("fallen", move || {
            let _held = fallen;
            panic!("on its way");
        });
        own.arrive();
        other.join().unwrap();
        let fallen: Result<(), _> = fallen.unwrap().join();
        fallen.unwrap_err();
    }
}
