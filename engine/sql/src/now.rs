//! Functions of the present: `PROCTIME()`, `NOW()`, `CURRENT_TIMESTAMP` and the like.
//!
//! In a batch the present is when the query began, for all rows. In a stream each row has its own: a column that
//! says when it came stands behind those of the rows, under a [name](NOW) that nobody can write.

use std::any::Any;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, TimeUnit};
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_common::{Column, DFSchema, Result, ScalarValue, plan_err};
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{
    ColumnarValue, Expr, LogicalPlan, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};

use expr::Zone;

use crate::error::SqlError;
use crate::time::TimeKind;

/// The column of the present.
pub(crate) const NOW: &str = "$now";

/// A function of the present.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Present {
    name: &'static str,
    signature: Signature,
}

/// All of them.
pub(crate) const PRESENT: [&str; 8] = [
    "proctime",
    "now",
    "current_timestamp",
    "current_row_timestamp",
    "localtimestamp",
    "current_date",
    "current_time",
    "localtime",
];

/// The function of this name.
pub(crate) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    let name = PRESENT.into_iter().find(|each| each.eq_ignore_ascii_case(name))?;
    let present = Present { name, signature: Signature::nullary(Volatility::Volatile) };
    Some(Arc::new(ScalarUDF::new_from_impl(present)))
}

impl Present {
    /// If a call is one.
    pub(crate) fn called(call: &ScalarFunction) -> Option<&Self> {
        let implementation: &dyn Any = call.func.inner().as_ref();
        implementation.downcast_ref()
    }

    /// What it is of.
    pub(crate) fn data_type(&self) -> DataType {
        match self.name {
            "localtimestamp" => DataType::Timestamp(TimeUnit::Millisecond, None),
            "current_date" => DataType::Date32,
            "current_time" | "localtime" => DataType::Time32(TimeUnit::Second),
            _ => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        }
    }
}

impl ScalarUDFImpl for Present {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.data_type())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        let field = Field::new(self.name, self.data_type(), true);
        Ok(Arc::new(match self.name {
            "proctime" => TimeKind::Processing.mark(field),
            _ => field,
        }))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        plan_err!("{} is known when rows come", self.name.to_uppercase())
    }
}

/// Whether one of these looks at the clock.
pub(crate) fn look_at_the_clock<'a>(exprs: impl IntoIterator<Item = &'a Expr>) -> bool {
    exprs.into_iter().any(|expr| {
        let mut looks = false;
        // It never fails, since what is called does not.
        let _ = expr.apply(|part| {
            looks |= matches!(part, Expr::ScalarFunction(call) if Present::called(call).is_some());
            Ok(if looks { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        });
        looks
    })
}

/// The columns of a schema, and that of the present behind them.
pub(crate) fn with_now(schema: &DFSchema) -> Result<DFSchema> {
    let now = Field::new(NOW, DataType::Timestamp(TimeUnit::Millisecond, None), true);
    schema.join(&DFSchema::from_unqualified_fields(vec![now].into(), Default::default())?)
}

/// The column of the present.
pub(crate) fn now_column() -> Expr {
    Expr::Column(Column::new_unqualified(NOW))
}

/// The plan with this present in place of the functions, for all rows, as clocks of a zone show it.
pub(crate) fn at(plan: LogicalPlan, now_ms: i64, zone: Zone) -> Result<LogicalPlan, SqlError> {
    let value = |present: &Present| match present.data_type() {
        DataType::Timestamp(_, Some(utc)) => {
            Expr::Literal(ScalarValue::TimestampMillisecond(Some(now_ms), Some(utc)), None)
        }
        other => {
            let shown = ScalarValue::TimestampMillisecond(Some(zone.local_ms(now_ms)), None);
            datafusion_expr::cast(Expr::Literal(shown, None), other)
        }
    };
    let transformed = plan.transform_up_with_subqueries(|part| {
        let names = datafusion_expr::expr_rewriter::NamePreserver::new(&part);
        part.map_expressions(|expr| {
            let name = names.save(&expr);
            let replaced = expr.transform_up(|inner| match &inner {
                Expr::ScalarFunction(call) => match Present::called(call) {
                    Some(present) => Ok(Transformed::yes(value(present))),
                    None => Ok(Transformed::no(inner)),
                },
                _ => Ok(Transformed::no(inner)),
            })?;
            Ok(replaced.update_data(|expr| name.restore(expr)))
        })
    });
    Ok(transformed?.data)
}
