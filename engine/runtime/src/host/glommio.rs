//! stub
use super::{Basis, Patience};
use crate::{cores::Core, files::Files, reactor::Reactor};
pub(crate) fn run(
    core: usize,
    _place: Core,
    reactor: Reactor,
    basis: Basis,
    files: Files,
    patience: Patience,
) -> Reactor {
    super::run_on_std(core, reactor, basis, files, patience)
}
