//! A rule: what is the same for all rows is a literal before any other rule looks at it, with the value that `expr` gives it.
//!
//! What comes to an error stays what it is: there may be no row that wants it.

use arrow_schema::DataType;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_common::{DFSchema, DataFusionError, ScalarValue};
use datafusion_expr::expr_rewriter::NamePreserver;
use datafusion_expr::{Case, Expr, ExprSchemable, LogicalPlan};
use datafusion_optimizer::optimizer::ApplyOrder;
use datafusion_optimizer::{OptimizerConfig, OptimizerRule};
use expr::Program;

use crate::lower::lower;

type Rewritten<T> = Result<Transformed<T>, DataFusionError>;

/// The rule.
#[derive(Debug)]
pub(super) struct Constants;

impl OptimizerRule for Constants {
    fn name(&self) -> &str {
        "constants"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Rewritten<LogicalPlan> {
        if !matches!(plan, LogicalPlan::Projection(_) | LogicalPlan::Filter(_) | LogicalPlan::Join(_)) {
            return Ok(Transformed::no(plan));
        }
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let rewritten = rewritten(expr)?;
            Ok(rewritten.update_data(|expr| name.restore(expr)))
        })
    }
}

/// The same expression with the values of its constants.
pub(super) fn simplified(expr: Expr) -> Result<Expr, DataFusionError> {
    Ok(rewritten(expr)?.data)
}

fn rewritten(expr: Expr) -> Rewritten<Expr> {
    let with_values = expr.transform_down(|part| {
        Ok(match value_of(&part) {
            Some(value) => Transformed::yes(Expr::Literal(value, None)),
            None => Transformed::no(part),
        })
    })?;
    with_values.transform_data(|expr| expr.transform_up(decided))
}

/// `CASE` without the branches whose conditions are false for all rows, and without those behind one that is true for all.
fn decided(expr: Expr) -> Rewritten<Expr> {
    let Expr::Case(case) = &expr else { return Ok(Transformed::no(expr)) };
    let truth = |when: &Expr| match (case.expr.as_deref(), when) {
        (None, Expr::Literal(ScalarValue::Boolean(truth), _)) => Some(truth.unwrap_or(false)),
        (Some(Expr::Literal(value, _)), Expr::Literal(when, _)) => are_equal(value, when),
        _ => None,
    };
    if !case.when_then_expr.iter().any(|(when, _)| truth(when).is_some()) {
        return Ok(Transformed::no(expr));
    }
    let (mut branches, mut otherwise) = (Vec::new(), case.else_expr.clone());
    for (when, then) in &case.when_then_expr {
        match truth(when) {
            Some(false) => {}
            Some(true) => {
                otherwise = Some(then.clone());
                break;
            }
            None => branches.push((when.clone(), then.clone())),
        }
    }
    Ok(Transformed::yes(match (branches.is_empty(), otherwise) {
        (true, Some(otherwise)) => *otherwise,
        // Nothing of its type: the branches say which one that is.
        (true, None) => return Ok(Transformed::no(expr)),
        (false, otherwise) => Expr::Case(Case::new(case.expr.clone(), branches, otherwise)),
    }))
}

/// Whether two values are equal, where types do not make a difference: of one type, or whole numbers.
fn are_equal(one: &ScalarValue, other: &ScalarValue) -> Option<bool> {
    let (types, number) = ([one.data_type(), other.data_type()], DataType::Int64);
    if types[0] == types[1] {
        return Some(!one.is_null() && one == other);
    }
    if !types.iter().all(DataType::is_signed_integer) {
        return None;
    }
    let [one, other] = [one.cast_to(&number).ok()?, other.cast_to(&number).ok()?];
    Some(!one.is_null() && one == other)
}

/// What an expression comes to that looks at no row.
fn value_of(planned: &Expr) -> Option<ScalarValue> {
    let is_truth = matches!(planned, Expr::Not(_) | Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::IsTrue(_))
        || matches!(
            planned,
            Expr::IsFalse(_) | Expr::IsUnknown(_) | Expr::IsNotTrue(_) | Expr::IsNotFalse(_)
        )
        || matches!(planned, Expr::IsNotUnknown(_) | Expr::Between(_) | Expr::InList(_) | Expr::Like(_));
    let is_value = matches!(planned, Expr::Cast(_) | Expr::TryCast(_) | Expr::ScalarFunction(_))
        || matches!(planned, Expr::BinaryExpr(_) | Expr::Negative(_) | Expr::Case(_));
    let is_computed = is_truth || is_value;
    if !is_computed || planned.any_column_refs() {
        return None;
    }
    let nothing = DFSchema::empty();
    let wanted = planned.get_type(&nothing).ok()?;
    let value = Program::constant(&lower(planned, &nothing).ok()?).ok()?;
    let value = ScalarValue::try_from_array(&value, 0).ok()?;
    match (value, wanted) {
        (ScalarValue::Utf8View(text), DataType::Utf8) => Some(ScalarValue::Utf8(text)),
        (value, wanted) => (value.data_type() == wanted).then_some(value),
    }
}
