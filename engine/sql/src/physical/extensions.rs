//! Nodes of a plan that are ours: which operators they take.

use datafusion_expr::Extension;

use super::contenders::BestOfWindow;
use super::{Planner, Rows};
use crate::as_of::AsOf;
use crate::error::SqlError;
use crate::rules::Multisets;
use crate::unnest::Unnest;
use crate::windows::WindowTable;

impl Planner {
    /// What the planner has no words for.
    pub(super) fn extension(&mut self, extension: &Extension) -> Result<Rows, SqlError> {
        if let Some(table) = WindowTable::of(extension) {
            return self.window_table(table);
        }
        if let Some(version) = AsOf::of(extension) {
            return self.rows(version.input());
        }
        if let Some(multisets) = Multisets::of(extension) {
            return self.multisets(multisets);
        }
        if let Some(unnest) = Unnest::of(extension) {
            return self.unnest(unnest);
        }
        if let Some(contest) = BestOfWindow::of(extension) {
            return self.best_of_window(contest);
        }
        Err(SqlError::not_yet(extension.node.name()))
    }
}
