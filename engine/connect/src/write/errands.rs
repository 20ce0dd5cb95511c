//! Renames, removals and the sync of a directory behind them: some at a time, none forgotten.

use std::collections::VecDeque;
use std::io::ErrorKind;

use operators::Cx;
use runtime::seam::{FileError, FileOperation, FileResult, Ticket};

use crate::bound::ERRANDS_MAX;

/// Operations that are to be done, in no order but that a sync of a directory comes behind all before it.
#[derive(Debug, Default)]
pub(super) struct Errands {
    left: VecDeque<FileOperation>,
    under_way: Vec<Ticket>,
    /// Syncs are under way: what follows waits for them, so that they are of what they were meant for.
    is_syncing: bool,
}

impl Errands {
    pub(super) fn add(&mut self, operations: impl IntoIterator<Item = FileOperation>) {
        self.left.extend(operations);
    }

    pub(super) fn go_on(&mut self, cx: &mut Cx<'_>) {
        while let Some(next) = self.left.front() {
            let syncs = matches!(next, FileOperation::SyncDirectory { .. });
            let is_other = syncs != self.is_syncing && !self.under_way.is_empty();
            if is_other || self.under_way.len() >= ERRANDS_MAX {
                return;
            }
            self.is_syncing = syncs;
            self.under_way.push(cx.submit(self.left.pop_front().expect("just seen")));
        }
    }

    /// Takes the answer, if the question was asked here. That a file is gone which was to be removed is no trouble.
    pub(super) fn answer(
        &mut self,
        ticket: Ticket,
        result: FileResult,
    ) -> Result<Option<FileResult>, FileError> {
        let Some(at) = self.under_way.iter().position(|asked| *asked == ticket) else {
            return Ok(Some(result));
        };
        self.under_way.swap_remove(at);
        match result {
            Err(error) if !(error.action == "remove" && error.cause.kind() == ErrorKind::NotFound) => {
                Err(error)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn are_done(&self) -> bool {
        self.left.is_empty() && self.under_way.is_empty()
    }
}
