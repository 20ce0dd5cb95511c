//! A tree of inner joins as relations and what is asked of them, and a tree of joins again.
//!
//! Filters between joins, and projections that only leave columns out, belong to the tree: all columns go up to its top.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion_common::{Column, JoinType, NullEquality, Result};
use datafusion_expr::expr::BinaryExpr;
use datafusion_expr::utils::{can_hash, conjunction, split_conjunction_owned};
use datafusion_expr::{Expr, ExprSchemable, Filter, Join, JoinConstraint, LogicalPlan, Operator, Projection};

use super::search::{Condition, Edge, Graph, SET_MAX, Set, Tree};
use crate::as_of::version_in;
use crate::estimates::{Estimates, condition_share, pair_share};

/// Relations, and the conditions of all joins between them.
#[derive(Debug, Default)]
pub(super) struct Relations {
    pub(super) plans: Vec<LogicalPlan>,
    pub(super) conditions: Vec<Expr>,
}

/// One side of an equality, and the relations that it looks at.
type Side<'a> = (&'a Expr, Set);

/// Whether a plan is a join whose sides may be joined with others first.
pub(super) fn is_inner(plan: &LogicalPlan) -> bool {
    let LogicalPlan::Join(join) = plan else { return false };
    let is_plain = join.null_equality == NullEquality::NullEqualsNothing && !join.null_aware;
    let asked = join.on.iter().flat_map(|(left, right)| [left, right]).chain(&join.filter);
    join.join_type == JoinType::Inner
        && is_plain
        && version_in(&join.right).is_none()
        && !asked.into_iter().any(Expr::is_volatile)
}

/// What a plan that belongs to a tree of joins reads: the tree goes on there.
pub(super) fn within(plan: &LogicalPlan) -> Option<&LogicalPlan> {
    let input = match plan {
        LogicalPlan::Filter(filter) if !filter.predicate.is_volatile() => &filter.input,
        LogicalPlan::Projection(projection) => {
            let leaves_out = projection.expr.iter().all(|expr| matches!(expr, Expr::Column(_)));
            leaves_out.then_some(&projection.input)?
        }
        _ => return None,
    };
    (is_inner(input) || within(input).is_some()).then_some(input)
}

impl Relations {
    /// Of a tree of joins.
    pub(super) fn of(plan: &LogicalPlan) -> Self {
        let mut relations = Self::default();
        relations.add(plan);
        relations
    }

    fn add(&mut self, plan: &LogicalPlan) {
        match plan {
            LogicalPlan::Join(join) if is_inner(plan) => {
                self.add(&join.left);
                self.add(&join.right);
                self.conditions.extend(join.on.iter().map(|(left, right)| left.clone().eq(right.clone())));
                self.conditions.extend(join.filter.iter().cloned().flat_map(split_conjunction_owned));
            }
            _ => match (plan, within(plan)) {
                (LogicalPlan::Filter(filter), Some(input)) => {
                    self.add(input);
                    self.conditions.extend(split_conjunction_owned(filter.predicate.clone()));
                }
                (_, Some(input)) => self.add(input),
                (_, None) => self.plans.push(plan.clone()),
            },
        }
    }

    /// The same relations joined in the order that costs the least, with these columns. Nothing if that cannot be known.
    pub(super) fn in_order(self, columns: Vec<Column>, estimates: &Estimates) -> Result<Option<LogicalPlan>> {
        if !(3..=SET_MAX).contains(&self.plans.len()) {
            return Ok(None);
        }
        let Some(graph) = self.graph(estimates) else { return Ok(None) };
        let tree = graph.cheapest();
        let mut left_over = Vec::new();
        for condition in &self.conditions {
            let Some(of) = self.of_columns(condition) else { return Ok(None) };
            left_over.push((condition.clone(), of));
        }
        let (joined, _) = self.joined(&tree, &mut left_over)?;
        // What looks at no table is asked at the top.
        let joined = match conjunction(left_over.into_iter().map(|(condition, _)| condition)) {
            Some(rest) => LogicalPlan::Filter(Filter::try_new(rest, Arc::new(joined))?),
            None => joined,
        };
        let columns = columns.into_iter().map(Expr::Column).collect();
        Ok(Some(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(joined))?)))
    }

    /// The relations as numbers, if it is known how large they are.
    fn graph(&self, estimates: &Estimates) -> Option<Graph> {
        let rows = self.plans.iter().map(|plan| estimates.rows(plan)).collect::<Option<Vec<_>>>()?;
        let mut keys: BTreeMap<(Set, Set), (Vec<Expr>, Vec<Expr>)> = BTreeMap::new();
        let mut conditions = Vec::new();
        for condition in &self.conditions {
            match self.equal(condition) {
                Some(((left, of_left), (right, of_right))) => {
                    let (left_keys, right_keys) = keys.entry((of_left, of_right)).or_default();
                    left_keys.push(left.clone());
                    right_keys.push(right.clone());
                }
                None => {
                    let share = condition_share(Some(condition));
                    conditions.push(Condition { of: self.of_columns(condition)?, share });
                }
            }
        }
        let edges = keys.into_iter().map(|((left, right), (left_keys, right_keys))| {
            let of_left = estimates.keys(self.single(left)?, &left_keys)?;
            let of_right = estimates.keys(self.single(right)?, &right_keys)?;
            Some(Edge { left, right, share: pair_share(of_left, of_right) })
        });
        Some(Graph { rows, edges: edges.collect::<Option<_>>()?, conditions })
    }

    /// The first relation of a set: one that a key is of.
    fn single(&self, set: Set) -> Option<&LogicalPlan> {
        self.plans.get(usize::try_from(set.trailing_zeros()).ok()?)
    }

    /// Both sides of an equality between different relations, each with its relations; those with the lower number first.
    fn equal<'a>(&self, condition: &'a Expr) -> Option<(Side<'a>, Side<'a>)> {
        let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = condition else { return None };
        let (of_left, of_right) = (self.of_columns(left)?, self.of_columns(right)?);
        let joins =
            of_left != 0 && of_right != 0 && of_left & of_right == 0 && self.may_be_key(left, of_left);
        let (one, other) = ((left.as_ref(), of_left), (right.as_ref(), of_right));
        joins.then_some(if of_left < of_right { (one, other) } else { (other, one) })
    }

    /// Whether a table may be made of what an expression gives. What is computed of several relations is a number or a text.
    fn may_be_key(&self, expr: &Expr, of: Set) -> bool {
        let relation = self.single(of).filter(|_| of.count_ones() == 1);
        let data_type = relation.and_then(|relation| expr.get_type(relation.schema()).ok());
        data_type.is_none_or(|data_type| can_hash(&data_type))
    }

    /// The relations that an expression looks at. Nothing if a column is of none of them, or of two.
    pub(super) fn of_columns(&self, expr: &Expr) -> Option<Set> {
        let mut all = 0;
        for column in expr.column_refs() {
            let mut with_it = (0..).zip(&self.plans).filter(|(_, plan)| plan.schema().has_column(column));
            let (number, _): (u32, _) = with_it.next()?;
            if with_it.next().is_some() {
                return None;
            }
            all |= 1 << number;
        }
        Some(all)
    }

    /// A tree of relations as joins, each with the conditions that can be asked there for the first time.
    fn joined(&self, tree: &Tree, left_over: &mut Vec<(Expr, Set)>) -> Result<(LogicalPlan, Set)> {
        let (left, right) = match tree {
            Tree::Relation(number) => return Ok((self.plans[*number].clone(), 1 << number)),
            Tree::Join(left, right) => (left, right),
        };
        let (left, of_left) = self.joined(left, left_over)?;
        let (right, of_right) = self.joined(right, left_over)?;
        let (mut on, mut asked) = (Vec::new(), Vec::new());
        let all = of_left | of_right;
        let (here, later): (Vec<_>, Vec<_>) =
            std::mem::take(left_over).into_iter().partition(|(_, of)| *of != 0 && of & !all == 0);
        *left_over = later;
        for (condition, _) in here {
            match self.equal(&condition) {
                Some(((one, of_one), (other, of_other)))
                    if of_one & !of_left == 0 && of_other & !of_right == 0 =>
                {
                    on.push((one.clone(), other.clone()));
                }
                Some(((one, of_one), (other, of_other)))
                    if of_one & !of_right == 0 && of_other & !of_left == 0 =>
                {
                    on.push((other.clone(), one.clone()));
                }
                _ => asked.push(condition),
            }
        }
        let join = Join::try_new(
            Arc::new(left),
            Arc::new(right),
            on,
            conjunction(asked),
            JoinType::Inner,
            JoinConstraint::On,
            NullEquality::NullEqualsNothing,
            false,
        )?;
        Ok((LogicalPlan::Join(join), all))
    }
}
