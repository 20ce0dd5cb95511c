//! How much comes out of a plan: a guess, good enough to say which side of a join is the smaller one.
//!
//! From the sizes of files, the part of their columns that is read, and a share for each condition. It never reads a row, and
//! says nothing where a table does not say how large it is.

use std::path::Path;

use datafusion_expr::{FetchType, LogicalPlan};

use super::Planner;
use crate::connector::Connector;
use crate::table::Table;

/// What a condition leaves of its rows, if nothing is known of them.
const KEPT_BY_FILTER: f64 = 0.2;

/// How many groups there are for a row.
const GROUPS: f64 = 0.1;

/// About a row in a limit, in bytes.
const ROW: f64 = 64.0;

impl Planner {
    /// About how many bytes come out of a plan.
    pub(super) fn size(&mut self, plan: &LogicalPlan) -> Option<f64> {
        match plan {
            LogicalPlan::TableScan(scan) => {
                let table = scan.source.downcast_ref::<Table>()?;
                let Connector::Files(files) = &table.connector else { return None };
                #[expect(clippy::cast_precision_loss, reason = "a guess")]
                let bytes = self.bytes_of(&files.path)? as f64;
                let all = table.stored.fields().len().max(1);
                let read = scan.projection.as_ref().map_or(all, Vec::len);
                Some(bytes * share(read, all))
            }
            LogicalPlan::Filter(filter) => Some(self.size(&filter.input)? * KEPT_BY_FILTER),
            LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => Some(ROW),
            LogicalPlan::Aggregate(aggregate) => Some(self.size(&aggregate.input)? * GROUPS),
            LogicalPlan::Values(_) | LogicalPlan::EmptyRelation(_) => Some(ROW),
            LogicalPlan::Limit(limit) => {
                let size = self.size(&limit.input)?;
                match limit.get_fetch_type() {
                    #[expect(clippy::cast_precision_loss, reason = "a guess")]
                    Ok(FetchType::Literal(Some(rows))) => Some(size.min(rows as f64 * ROW)),
                    _ => Some(size),
                }
            }
            // A key of one side, as a rule, and as many rows as the other one has.
            LogicalPlan::Join(join) => Some(self.size(&join.left)?.max(self.size(&join.right)?)),
            other => other.inputs().into_iter().map(|input| self.size(input)).sum(),
        }
    }

    /// A plan as text, with about how much comes out of each part of it.
    pub(crate) fn with_sizes(&mut self, plan: &LogicalPlan) -> String {
        let mut lines = Vec::new();
        self.add_sizes(plan, 0, &mut lines);
        lines.join("\n")
    }

    fn add_sizes(&mut self, plan: &LogicalPlan, depth: usize, lines: &mut Vec<String>) {
        let size = match self.size(plan) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a guess")]
            Some(bytes) => format!("about {} bytes", bytes as u64),
            None => "nobody knows how much".to_owned(),
        };
        lines.push(format!("{}{}: {size}", "  ".repeat(depth), plan.display()));
        plan.inputs().into_iter().for_each(|input| self.add_sizes(input, depth + 1, lines));
    }

    fn bytes_of(&mut self, path: &Path) -> Option<u64> {
        let look = || self.files.bytes(&path.to_string_lossy());
        *self.bytes.entry(path.to_owned()).or_insert_with(look)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a guess")]
fn share(read: usize, all: usize) -> f64 {
    read.max(1) as f64 / all as f64
}
