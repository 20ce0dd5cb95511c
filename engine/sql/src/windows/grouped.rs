//! `GROUP BY TUMBLE(ts, …)`, the older form, as a grouping of a [`WindowTable`].
//!
//! ```text
//!   TUMBLE_START(ts, i)                  ─► $window_start($tumble(ts, i))          so that SELECT holds what GROUP BY holds
//!   Aggregate [k, $tumble(ts, i)] of x   ─► Project [k, $window(window_start, window_end, window_time)]
//!                                             Aggregate [k, window_start, window_end, window_time] of WindowTable of x
//! ```

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_schema::{DataType, Field, TimeUnit};
use datafusion_common::tree_node::Transformed;
use datafusion_common::{Column, Result, plan_err};
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{
    Aggregate, ColumnarValue, Expr, LogicalPlan, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion_sql::sqlparser::ast::{
    self, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName,
};

use super::{ADDED, Shape, WindowTable, milliseconds};
use crate::error::SqlError;

/// `$tumble`, `$hop` and `$session` while a query is planned, and `$window`, which puts a window's columns together.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct GroupWindow {
    name: &'static str,
    signature: Signature,
}

/// A column of a window.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct WindowPart {
    pub(crate) part: usize,
    signature: Signature,
}

const WINDOWS: [&str; 3] = ["$tumble", "$hop", "$session"];
const WHOLE: &str = "$window";
const PARTS: [&str; 3] = ["$window_start", "$window_end", "$window_time"];

/// What these names mean while a query is planned.
pub(crate) fn function(name: &str) -> Option<ScalarUDF> {
    let signature = || Signature::variadic_any(Volatility::Immutable);
    if let Some(name) = WINDOWS.into_iter().chain([WHOLE]).find(|each| *each == name) {
        return Some(ScalarUDF::new_from_impl(GroupWindow { name, signature: signature() }));
    }
    let part = PARTS.iter().position(|each| *each == name)?;
    Some(ScalarUDF::new_from_impl(WindowPart { part, signature: signature() }))
}

impl ScalarUDFImpl for GroupWindow {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let bound = || DataType::Timestamp(TimeUnit::Millisecond, None);
        let time = types.get(if self.name == WHOLE { 2 } else { 0 }).cloned().unwrap_or_else(bound);
        let fields = ADDED.into_iter().zip([bound(), bound(), time]);
        Ok(DataType::Struct(fields.map(|(name, data_type)| Field::new(name, data_type, true)).collect()))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        plan_err!("{} belongs in GROUP BY", self.name.trim_start_matches('$').to_uppercase())
    }
}

impl ScalarUDFImpl for WindowPart {
    fn name(&self) -> &str {
        PARTS[self.part]
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [DataType::Struct(fields)] => Ok(fields[self.part].data_type().clone()),
            _ => plan_err!("a part of something that is no window"),
        }
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        plan_err!("a window is no constant")
    }
}

impl GroupWindow {
    /// Whether it puts columns together, which it does for every row.
    pub(crate) fn is_whole(&self) -> bool {
        self.name == WHOLE
    }
}

/// `TUMBLE(ts, …)` and its parts under names of their own.
pub(crate) fn with_group_windows(query: &mut ast::Query) {
    let _ = ast::visit_expressions_mut(query, |expr: &mut ast::Expr| {
        if let ast::Expr::Function(function) = expr
            && let Some((window, part)) = named(function)
        {
            function.name = ObjectName::from(vec![Ident::new(window)]);
            if let Some(part) = part {
                let FunctionArguments::List(list) = &function.args else { return ControlFlow::Continue(()) };
                let mut outer = function.clone();
                let mut arguments = list.clone();
                arguments.args =
                    vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::Function(function.clone())))];
                outer.name = ObjectName::from(vec![Ident::new(part)]);
                outer.args = FunctionArguments::List(arguments);
                *expr = ast::Expr::Function(outer);
            }
        }
        ControlFlow::<()>::Continue(())
    });
}

/// Which window a call means, and which part of it.
fn named(function: &ast::Function) -> Option<(&'static str, Option<&'static str>)> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let is_table = matches!(
        list.args.first(),
        Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::Subquery(_))) | FunctionArg::Named { .. })
    );
    if is_table || list.args.is_empty() {
        return None;
    }
    let name = function.name.to_string().to_uppercase();
    let (base, part) = match name.rsplit_once('_') {
        Some((base, "START")) => (base, Some(PARTS[0])),
        Some((base, "END")) => (base, Some(PARTS[1])),
        Some((base, "ROWTIME" | "PROCTIME")) => (base, Some(PARTS[2])),
        _ => (name.as_str(), None),
    };
    let window = ["TUMBLE", "HOP", "SESSION"].iter().position(|each| *each == base)?;
    Some((WINDOWS[window], part))
}

/// The plan with [`WindowTable`]s in place of groupings by windows.
pub(crate) fn as_window_tables(plan: LogicalPlan) -> Result<LogicalPlan, SqlError> {
    let transformed = plan.transform_up_with_subqueries(|part| match &part {
        LogicalPlan::Aggregate(aggregate) => match window_of(aggregate) {
            Some((place, call)) => Ok(Transformed::yes(grouped(aggregate, place, &call)?)),
            None => Ok(Transformed::no(part)),
        },
        _ => Ok(Transformed::no(part)),
    });
    Ok(transformed?.data)
}

fn window_of(aggregate: &Aggregate) -> Option<(usize, ScalarFunction)> {
    aggregate.group_expr.iter().enumerate().find_map(|(place, expr)| match expr {
        Expr::ScalarFunction(call) if WINDOWS.contains(&call.func.name()) => Some((place, call.clone())),
        _ => None,
    })
}

fn grouped(aggregate: &Aggregate, place: usize, call: &ScalarFunction) -> Result<LogicalPlan> {
    let name = call.func.name().trim_start_matches('$').to_uppercase();
    let Some(Expr::Column(time)) = call.args.first() else {
        return plan_err!("{name} takes a column and an interval: {name}(ts, INTERVAL '10' SECOND)");
    };
    let lengths = call.args[1..].iter().map(|length| milliseconds(length).map(Some));
    let shape = Shape::of(&name, &lengths.collect::<Result<Vec<_>>>()?)?;
    let others = || aggregate.group_expr.iter().enumerate().filter(|(at, _)| *at != place);
    let keys = match shape {
        Shape::Session { .. } => others().map(|(_, key)| key.clone()).collect(),
        _ => Vec::new(),
    };
    let table = WindowTable::new(aggregate.input.as_ref().clone(), shape, time.clone(), keys)?.node();
    let window = ADDED.map(|name| Expr::Column(Column::new_unqualified(name)));
    let groups: Vec<Expr> = others().map(|(_, key)| key.clone()).chain(window.clone()).collect();
    let inner = LogicalPlanBuilder::from(table).aggregate(groups, aggregate.aggr_expr.clone())?.build()?;
    let function = Arc::new(function(WHOLE).expect("a function of this file"));
    let whole = Expr::ScalarFunction(ScalarFunction::new_udf(function, window.into()));
    let columns = aggregate.schema.iter().enumerate().map(|(at, (qualifier, field))| {
        if at == place {
            return whole.clone().alias_qualified(qualifier.cloned(), field.name());
        }
        Expr::Column(Column::from((qualifier, field)))
    });
    LogicalPlanBuilder::from(inner).project(columns.collect::<Vec<_>>())?.build()
}
