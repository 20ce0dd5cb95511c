//! Ctrl-C: the first one asks for the end of the job, the second one is the end of the program.
//!
//! Signals belong to a program and not to the engine, which is told by [`JobHandle::cancel`](runtime::JobHandle::cancel)
//! like any other wish. The handler sets a flag and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

use super::failure::Failure;

/// While this lives, Ctrl-C is a wish; afterwards it ends the program as ever.
#[derive(Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let asked = Arc::<AtomicBool>::default();
        // In this order: what the first signal sets is what the second one finds.
        flag::register_conditional_default(SIGINT, asked.clone()).map_err(Failure::Signal)?;
        flag::register(SIGINT, asked.clone()).map_err(Failure::Signal)?;
        Ok(Self(asked))
    }

    /// Asked already.
    #[cfg(test)]
    pub(crate) fn asked() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    /// Whether somebody wants the job to end.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_signal_is_a_wish_and_ends_nothing() {
        let interrupt = Interrupt::listen().unwrap();
        assert!(!interrupt.is_asked());
        signal_hook::low_level::raise(SIGINT).unwrap();
        assert!(interrupt.is_asked());
    }
}
