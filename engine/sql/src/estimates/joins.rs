//! About how many pairs a join has: every value of the side that has fewer is taken to be on the other side too.
//!
//! The values of a key are known by their range alone, which is more than there are. A side that has as many values as its
//! table has rows is a key of it; of two such sides the smaller one is, for the other one refers to it.

use datafusion_common::JoinType;
use datafusion_expr::utils::split_conjunction;
use datafusion_expr::{Expr, Join, LogicalPlan};

use super::Guesses;

/// A side has so many values for a row of its table if they are a key.
const KEY: f64 = 0.9;
/// What a condition beside the keys leaves.
const CONDITION: f64 = 1.0 / 3.0;
/// Rows without a partner are never taken for fewer.
const ALONE_LEAST: f64 = 0.1;

/// The key of one side of a join.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Keys {
    /// How many different keys the table has.
    pub(crate) distinct: f64,
    /// Whether no two of its rows have the same.
    pub(crate) are_unique: bool,
    /// Whether anything is known of them.
    pub(crate) is_known: bool,
}

/// Which share of all pairs has the same key.
pub(crate) fn pair_share(one: Keys, other: Keys) -> f64 {
    let distinct = match one.are_unique && other.are_unique {
        true => one.distinct.min(other.distinct),
        false => one.distinct.max(other.distinct),
    };
    1.0 / distinct.max(1.0)
}

/// What a condition over both sides leaves of pairs that have the same key.
pub(crate) fn condition_share(condition: Option<&Expr>) -> f64 {
    let parts = condition.map_or(0, |condition| split_conjunction(condition).len());
    CONDITION.powi(i32::try_from(parts).unwrap_or(i32::MAX))
}

impl Guesses<'_> {
    /// What is known of a key of several parts. There are no more of them than rows in the table that they are of.
    pub(super) fn keys(&self, plan: &LogicalPlan, parts: &[Expr]) -> Option<Keys> {
        let rows = self.rows(plan)?;
        let (mut distinct, mut is_known) = (1.0, true);
        let mut of: Option<f64> = None;
        for part in parts {
            if !part.any_column_refs() {
                continue;
            }
            let known = self.known(plan, part);
            let table = known.map_or(rows, |known| known.rows);
            is_known &= known.is_some_and(|known| known.distinct.is_some());
            distinct *= known.and_then(|known| known.distinct).unwrap_or(table);
            of = Some(of.map_or(table, |of| of.max(table)));
        }
        let table = of.unwrap_or(1.0);
        let distinct = if parts.len() == 1 || is_known { distinct.min(table) } else { distinct.min(rows) };
        Some(Keys { distinct: distinct.max(1.0), are_unique: distinct >= KEY * table, is_known })
    }

    pub(super) fn join_rows(&self, join: &Join) -> Option<f64> {
        let (left, right) = (self.rows(&join.left)?, self.rows(&join.right)?);
        let (of_left, of_right): (Vec<_>, Vec<_>) = join.on.iter().cloned().unzip();
        let (of_left, of_right) = (self.keys(&join.left, &of_left)?, self.keys(&join.right, &of_right)?);
        let has_keys = !join.on.is_empty();
        let share = if has_keys { pair_share(of_left, of_right) } else { 1.0 };
        let condition = condition_share(join.filter.as_ref());
        let pairs = (left * right * share * condition).max(1.0);
        // Which share of the keys of a side is among those that the other one has left.
        let found = |other: Keys, rows: f64| match has_keys {
            true => (other.distinct.min(rows) * share).min(1.0) * condition.sqrt(),
            false => condition.sqrt(),
        };
        Some(match join.join_type {
            JoinType::Inner => pairs,
            JoinType::Left => pairs.max(left),
            JoinType::Right => pairs.max(right),
            JoinType::Full => pairs.max(left).max(right),
            JoinType::LeftSemi => (left * found(of_right, right)).max(1.0),
            JoinType::LeftAnti => left * (1.0 - found(of_right, right)).max(ALONE_LEAST),
            JoinType::RightSemi => (right * found(of_left, left)).max(1.0),
            JoinType::RightAnti => right * (1.0 - found(of_left, left)).max(ALONE_LEAST),
            JoinType::LeftMark => left,
            JoinType::RightMark => right,
        })
    }
}
