//! A rule: `EXISTS`, `IN`, `ANY` and `ALL` anywhere in an expression become marks, columns that a join makes.
//!
//! ```text
//!   SELECT x IN (SELECT y FROM u) FROM t     t ─► LeftMark join, y = x ─► LeftMark join, y IS NULL ─► … ─► CASE of the marks
//! ```
//!
//! A mark is true or false. What three-valued logic makes of a null is computed of marks: whether there is a pair, whether
//! the right side has a null, whether it has a row at all. Where a condition is asked only whether it is true, one mark does.
//!
//! A conjunct of `WHERE` that is nothing but `EXISTS` or `IN` is left to the rule behind this one: it needs no column. So is
//! `NOT IN`, unless it looks outside. What cannot be decorrelated stays as it is, and is refused later.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_common::{Column, DFSchema, Result, ScalarValue};
use datafusion_expr::expr::{BinaryExpr, Exists, InSubquery, SetComparison, SetQuantifier};
use datafusion_expr::expr_rewriter::replace_col;
use datafusion_expr::utils::{conjunction, disjunction, split_conjunction, split_conjunction_owned};
use datafusion_expr::{
    Case, Expr, ExprSchemable, Join, JoinType, LogicalPlan, LogicalPlanBuilder, Operator, lit, not,
};
use datafusion_optimizer::decorrelate::PullUpCorrelatedExpr;
use datafusion_optimizer::optimizer::ApplyOrder;
use datafusion_optimizer::{OptimizerConfig, OptimizerRule};

/// The rule.
#[derive(Debug)]
pub(super) struct Marks;

impl OptimizerRule for Marks {
    fn name(&self) -> &str {
        "marks"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let inner = |subquery: LogicalPlan| subquery.transform_down(|part| self.rewrite(part, config));
        let plan = plan.map_subqueries(inner)?.data;
        if !plan.expressions().iter().any(asks) {
            return Ok(Transformed::no(plan));
        }
        match plan {
            LogicalPlan::Filter(filter) => {
                let parts = split_conjunction(&filter.predicate);
                if parts.into_iter().all(|part| !asks(part) || is_semi_join(part)) {
                    return Ok(Transformed::no(LogicalPlan::Filter(filter)));
                }
                let parts = split_conjunction_owned(filter.predicate);
                let schema = filter.input.schema().clone();
                let mut marking = Marking::of(Arc::unwrap_or_clone(filter.input), config);
                let marked = |part| if is_semi_join(&part) { Ok(part) } else { marking.condition(part) };
                let parts = parts.into_iter().map(marked).collect::<Result<Vec<_>>>()?;
                let condition = conjunction(parts).expect("as many as before");
                let plan = LogicalPlanBuilder::from(marking.plan).filter(condition)?.build()?;
                restored(plan, &schema).map(Transformed::yes)
            }
            LogicalPlan::Projection(_) | LogicalPlan::Aggregate(_) | LogicalPlan::Window(_) => {
                let schema = plan.schema().clone();
                let [input] = plan.inputs()[..] else { return Ok(Transformed::no(plan)) };
                let mut marking = Marking::of(input.clone(), config);
                let exprs = plan.expressions().into_iter().map(|expr| marking.value(expr));
                let exprs = exprs.collect::<Result<Vec<_>>>()?;
                let width = input.schema().fields().len();
                let wider = marking.plan.schema().fields().len() - width;
                let plan = plan.with_new_exprs(exprs, vec![marking.plan])?;
                match plan {
                    // The columns of the input come first, and so do the marks.
                    LogicalPlan::Window(_) => without(plan, width..width + wider, &schema),
                    plan => restored(plan, &schema),
                }
                .map(Transformed::yes)
            }
            LogicalPlan::Join(join) if join.join_type == JoinType::Inner => {
                // What is asked of pairs is asked behind them.
                let parts = join.filter.into_iter().flat_map(split_conjunction_owned);
                let (behind, within): (Vec<Expr>, Vec<Expr>) = parts.partition(asks);
                let joined = LogicalPlan::Join(Join { filter: conjunction(within), ..join });
                match conjunction(behind) {
                    Some(condition) => {
                        let plan = LogicalPlanBuilder::from(joined).filter(condition)?.build()?;
                        Ok(Transformed::yes(self.rewrite(plan, config)?.data))
                    }
                    None => Ok(Transformed::no(joined)),
                }
            }
            plan => Ok(Transformed::no(plan)),
        }
    }
}

/// Whether an expression asks a subquery for more than a value.
fn asks(expr: &Expr) -> bool {
    let asks =
        |expr: &Expr| Ok(matches!(expr, Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_)));
    expr.exists(asks).unwrap_or(true)
}

/// Whether a conjunct is a semi or an anti join by itself.
fn is_semi_join(expr: &Expr) -> bool {
    match expr {
        Expr::Not(of) => match of.as_ref() {
            Expr::Not(_) => false,
            Expr::InSubquery(of) if !of.negated => is_anti_join(of),
            of => is_semi_join(of),
        },
        Expr::InSubquery(of) if of.negated => is_anti_join(of),
        Expr::InSubquery(of) => !asks(&of.expr),
        Expr::Exists(_) => true,
        _ => false,
    }
}

/// Whether `NOT IN` is an anti join. That knows of nulls on its right side only that there is one: where each row has a right side of
/// its own, that is too little.
fn is_anti_join(of: &InSubquery) -> bool {
    !asks(&of.expr) && of.subquery.outer_ref_columns.is_empty()
}

/// The first columns under the names that they had.
fn restored(plan: LogicalPlan, schema: &DFSchema) -> Result<LogicalPlan> {
    let width = plan.schema().fields().len();
    without(plan, schema.fields().len()..width, schema)
}

/// The columns that are not `left_out`, under the names that they had.
fn without(plan: LogicalPlan, left_out: std::ops::Range<usize>, schema: &DFSchema) -> Result<LogicalPlan> {
    let columns = plan.schema().columns().into_iter().enumerate();
    let columns = columns.filter(|(place, _)| !left_out.contains(place)).zip(schema.iter());
    let columns = columns.map(|((_, column), (qualifier, field))| {
        if column.relation.as_ref() == qualifier && &column.name == field.name() {
            return Expr::Column(column);
        }
        Expr::Column(column).alias_qualified(qualifier.cloned(), field.name())
    });
    let columns: Vec<Expr> = columns.collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

/// A plan that gets marks, one after the other.
struct Marking<'a> {
    plan: LogicalPlan,
    config: &'a dyn OptimizerConfig,
    /// Subqueries whose values are called by a name of their own.
    named: Vec<(LogicalPlan, LogicalPlan)>,
    /// What was asked before has its mark.
    marks: Vec<(LogicalPlan, Expr)>,
}

impl<'a> Marking<'a> {
    fn of(plan: LogicalPlan, config: &'a dyn OptimizerConfig) -> Self {
        Self { plan, config, named: Vec::new(), marks: Vec::new() }
    }

    /// An expression that is asked only whether it is true.
    fn condition(&mut self, expr: Expr) -> Result<Expr> {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
                let (left, right) = (self.condition(*left)?, self.condition(*right)?);
                Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right))))
            }
            Expr::InSubquery(InSubquery { expr, subquery, negated: false }) => {
                let expr = self.value(*expr)?;
                self.any(expr, Operator::Eq, &subquery.subquery, true)
            }
            Expr::SetComparison(SetComparison { expr, subquery, op, quantifier: SetQuantifier::Any }) => {
                let expr = self.value(*expr)?;
                self.any(expr, op, &subquery.subquery, true)
            }
            other => self.value(other),
        }
    }

    /// An expression whose value is wanted.
    fn value(&mut self, expr: Expr) -> Result<Expr> {
        if !asks(&expr) {
            return Ok(expr);
        }
        match expr {
            Expr::Exists(Exists { subquery, negated }) => {
                let mark = self.mark(subquery.subquery.as_ref().clone(), true)?;
                let mark = mark.unwrap_or(Expr::Exists(Exists { subquery, negated: false }));
                Ok(if negated { not(mark) } else { mark })
            }
            Expr::InSubquery(InSubquery { expr, subquery, negated }) => {
                let expr = self.value(*expr)?;
                let any = self.any(expr, Operator::Eq, &subquery.subquery, false)?;
                Ok(if negated { not(any) } else { any })
            }
            Expr::SetComparison(SetComparison { expr, subquery, op, quantifier }) => {
                let expr = self.value(*expr)?;
                match (quantifier, op.negate()) {
                    (SetQuantifier::All, Some(other)) => {
                        Ok(not(self.any(expr, other, &subquery.subquery, false)?))
                    }
                    _ => self.any(expr, op, &subquery.subquery, false),
                }
            }
            Expr::Case(Case { expr: None, when_then_expr, else_expr }) => {
                let branch = |(when, then): (Box<Expr>, Box<Expr>)| {
                    Ok((Box::new(self.condition(*when)?), Box::new(self.value(*then)?)))
                };
                let when_then_expr = when_then_expr.into_iter().map(branch).collect::<Result<Vec<_>>>()?;
                let else_expr =
                    else_expr.map(|otherwise| self.value(*otherwise).map(Box::new)).transpose()?;
                Ok(Expr::Case(Case { expr: None, when_then_expr, else_expr }))
            }
            other => other.map_children(|child| self.value(child).map(Transformed::yes)).data(),
        }
    }

    /// Whether `expr` is `op` to one of the values of a subquery; nothing, if that depends on what a null is.
    fn any(&mut self, expr: Expr, op: Operator, subquery: &LogicalPlan, is_condition: bool) -> Result<Expr> {
        let named = self.named(subquery)?;
        let value = Expr::Column(Column::from(named.schema().qualified_field(0)));
        let value_is_nullable = named.schema().field(0).is_nullable();
        let expr_is_nullable = expr.nullable(self.plan.schema())?;
        let outer = as_outer(expr.clone(), self.plan.schema())?;
        let unknown = || not_decorrelated(subquery);
        let compared = Expr::BinaryExpr(BinaryExpr::new(Box::new(outer), op, Box::new(value.clone())));
        let compared = LogicalPlanBuilder::from(named.clone()).filter(compared)?.build()?;
        let found = self.mark(compared, false)?.ok_or_else(unknown)?;
        if is_condition {
            return Ok(found);
        }
        let mut doubts = Vec::new();
        if value_is_nullable {
            let nulls = LogicalPlanBuilder::from(named.clone()).filter(value.is_null())?.build()?;
            doubts.push(self.mark(nulls, false)?.ok_or_else(unknown)?);
        }
        if expr_is_nullable {
            let has_rows = self.mark(named, false)?.ok_or_else(unknown)?;
            doubts.push(expr.is_null().and(has_rows));
        }
        let Some(doubt) = disjunction(doubts) else { return Ok(found) };
        let nothing = Expr::Literal(ScalarValue::Boolean(None), None);
        let branches = vec![(Box::new(found), Box::new(lit(true))), (Box::new(doubt), Box::new(nothing))];
        Ok(Expr::Case(Case { expr: None, when_then_expr: branches, else_expr: Some(Box::new(lit(false))) }))
    }

    /// The values of a subquery, whose columns may be called as those of the plan are, under a name of their own.
    fn named(&mut self, subquery: &LogicalPlan) -> Result<LogicalPlan> {
        if let Some((_, named)) = self.named.iter().find(|(known, _)| known == subquery) {
            return Ok(named.clone());
        }
        let value = Expr::Column(Column::from(subquery.schema().qualified_field(0)));
        let value = value.alias(self.config.alias_generator().next("__value"));
        let named = LogicalPlanBuilder::from(subquery.clone()).project([value])?.build()?;
        self.named.push((subquery.clone(), named.clone()));
        Ok(named)
    }

    /// Whether a subquery has a row, as a column of the plan. `None` if it cannot be decorrelated.
    fn mark(&mut self, subquery: LogicalPlan, is_exists: bool) -> Result<Option<Expr>> {
        if let Some((_, mark)) = self.marks.iter().find(|(known, _)| known == &subquery) {
            return Ok(Some(mark.clone()));
        }
        let asked = subquery.clone();
        let alias = self.config.alias_generator().next("__mark");
        let mut pulled = PullUpCorrelatedExpr::new().with_exists_sub_query(is_exists);
        let subquery = subquery.rewrite(&mut pulled).data()?;
        // An aggregate without groups has a row always, and one for each value of a column only where there is one.
        let loses_a_row = pulled.pulled_up_scalar_agg && !pulled.join_filters.is_empty();
        if !pulled.can_pull_up || pulled.pull_up_having_expr.is_some() || loses_a_row {
            return Ok(None);
        }
        let correlated: BTreeSet<&Column> = pulled.correlated_subquery_cols_map.values().flatten().collect();
        let named = |column: &&Column| Column::new(Some(alias.clone()), &column.name);
        let renamed: Vec<Column> = correlated.iter().map(named).collect();
        let names: HashMap<&Column, &Column> = correlated.into_iter().zip(&renamed).collect();
        let filter =
            conjunction(pulled.join_filters).map(|filter| replace_col(filter, &names)).transpose()?;
        let right = LogicalPlanBuilder::from(subquery).alias(alias.clone())?.build()?;
        let joined = LogicalPlanBuilder::from(self.plan.clone());
        let joined = joined.join_on(right, JoinType::LeftMark, Some(filter.unwrap_or(lit(true))))?;
        self.plan = joined.build()?;
        let mark = Expr::Column(Column::new(Some(alias), "mark"));
        self.marks.push((asked, mark.clone()));
        Ok(Some(mark))
    }
}

/// An expression over a plan as one of a subquery in it.
fn as_outer(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    let outer = |expr: Expr| match expr {
        Expr::Column(column) => {
            let field = schema.qualified_field_from_column(&column)?.1.clone();
            Ok(Transformed::yes(Expr::OuterReferenceColumn(field, column)))
        }
        other => Ok(Transformed::no(other)),
    };
    expr.transform_up(outer).data()
}

fn not_decorrelated(subquery: &LogicalPlan) -> datafusion_common::DataFusionError {
    let what = subquery.display().to_string();
    datafusion_common::DataFusionError::NotImplemented(format!(
        "IN, ANY or ALL of a subquery that looks outside from a {what}"
    ))
}
