//! What makes a model worth its name: it holds, and it does not when a step of the protocol is left out. Shared by the
//! models of all crates; each brings its own mutants.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Mutant, plant};

/// Explores `model`; then plants each of `mutants` and wants the exploration to fail.
pub(crate) fn holds_unless(mutants: &[Mutant], model: fn()) {
    let explore = || {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(model);
    };
    plant(None);
    explore();
    for &mutant in mutants {
        plant(Some(mutant));
        let found = catch_unwind(AssertUnwindSafe(explore)).is_err();
        plant(None);
        assert!(found, "the model does not notice {mutant:?}");
    }
}
