//! Functions and arithmetic, as the planner sees them: names, signatures, and a way to compute constants.
//!
//! `+ - * / %` are functions here too, so that their types are Flink's and nobody else's; `expr` knows both.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, FieldRef, Schema};
use datafusion_common::{DFSchema, DataFusionError, Result, ScalarValue, exec_err, plan_err};
use datafusion_expr::expr::{AggregateFunction, ScalarFunction};
use datafusion_expr::expr_rewriter::NamePreserver;
use datafusion_expr::planner::{
    ExprPlanner, PlannerResult, RawAggregateExpr, RawBinaryExpr, RawFieldAccessExpr,
};
use datafusion_expr::{
    ColumnarValue, Expr, ExprSchemable, GetFieldAccess, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion_sql::sqlparser::ast::BinaryOperator;
use expr::{BinaryOp, ExprError, Program};

use crate::literals::narrow;
use crate::mixing::{compare, truth};
use crate::row_fields::RowField;

/// A function of `expr`.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) function: &'static expr::Function,
    signature: Signature,
}

/// An operator of two numbers or times.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Arithmetic {
    pub(crate) op: BinaryOp,
    signature: Signature,
}

// A function is its name.
impl PartialEq for Called {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
    }
}

impl Eq for Called {}

impl std::hash::Hash for Called {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

/// The function of this name, as the planner wants it.
pub(crate) fn scalar(name: &str) -> Option<Arc<ScalarUDF>> {
    let signature = Signature::user_defined(Volatility::Immutable);
    expr::function(name).map(|function| Arc::new(ScalarUDF::new_from_impl(Called { function, signature })))
}

impl Called {
    /// If a call is one of these.
    pub(crate) fn of(call: &ScalarFunction) -> Option<&Self> {
        let implementation: &dyn std::any::Any = call.func.inner().as_ref();
        implementation.downcast_ref()
    }
}

fn wrong(error: &ExprError) -> DataFusionError {
    DataFusionError::Plan(error.to_string())
}

impl ScalarUDFImpl for Called {
    fn name(&self) -> &str {
        self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        // A number that is written in a query is a BIGINT here, and an INT to whoever wrote it.
        let narrow = |data_type: &DataType| match data_type {
            DataType::Int64 => DataType::Int32,
            other => other.clone(),
        };
        let narrowed = || types.iter().map(narrow).collect::<Vec<_>>();
        let coerced = self.function.coerce(types).or_else(|_| self.function.coerce(&narrowed()));
        // A text that is written in the query stays a literal, of which a type may depend: it is none any more when it is cast.
        let as_written = |(given, wanted): (&DataType, DataType)| match (given, &wanted) {
            (DataType::Utf8, DataType::Utf8View) => DataType::Utf8,
            _ => wanted,
        };
        let coerced = coerced.map(|wanted| types.iter().zip(wanted).map(as_written).collect());
        coerced.map_err(|_| {
            let given = types.iter().map(crate::type_syntax::written_type).collect::<Vec<_>>().join(", ");
            let (name, wanted) = (self.function.name, self.function.arguments());
            DataFusionError::Plan(format!("{name}({wanted}) does not take ({given}); use CAST"))
        })
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.function.returns(types).map_err(|error| wrong(&error))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let literal = |value: &Option<&ScalarValue>| value.map(ScalarValue::to_array).transpose();
        let literals = args.scalar_arguments.iter().map(literal).collect::<Result<Vec<_>>>()?;
        let returned = self.function.returns_for(&types, &literals).map_err(|error| wrong(&error))?;
        Ok(Arc::new(Field::new(self.name(), returned, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let call = |arguments| expr::Expr::Call { function: self.function, arguments };
        constant(&args, call)
    }
}

impl Arithmetic {
    pub(crate) fn of(op: BinaryOp) -> ScalarUDF {
        ScalarUDF::new_from_impl(Self { op, signature: Signature::user_defined(Volatility::Immutable) })
    }
}

impl ScalarUDFImpl for Arithmetic {
    fn name(&self) -> &str {
        self.op.sign()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let fields = types.iter().map(|data_type| Field::new("", data_type.clone(), true));
        let sides = expr::Expr::binary(self.op, expr::Expr::Column(0), expr::Expr::Column(1));
        sides.data_type(&Schema::new(fields.collect::<Vec<_>>())).map_err(|_| {
            let given = types.iter().map(crate::type_syntax::written_type).collect::<Vec<_>>().join(" and ");
            DataFusionError::Plan(format!("{} does not take {given}; use CAST", self.op.sign()))
        })
    }

    fn schema_name(&self, arguments: &[Expr]) -> Result<String> {
        match arguments {
            [left, right] => Ok(format!("{} {} {}", left.schema_name(), self.op.sign(), right.schema_name())),
            _ => plan_err!("{} takes two values", self.op.sign()),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        constant(&args, |arguments| {
            let mut sides = arguments.into_iter();
            match (sides.next(), sides.next()) {
                (Some(left), Some(right)) => expr::Expr::binary(self.op, left, right),
                _ => unreachable!("the planner gives two sides"),
            }
        })
    }
}

/// Computes what is the same for all rows.
fn constant(args: &ScalarFunctionArgs, of: impl Fn(Vec<expr::Expr>) -> expr::Expr) -> Result<ColumnarValue> {
    let (mut columns, mut arguments) = (Vec::with_capacity(args.args.len()), Vec::new());
    for (number, value) in args.args.iter().enumerate() {
        columns.push(crate::lower::as_views(value.to_array(args.number_rows)?)?);
        arguments.push(match value {
            ColumnarValue::Scalar(value) => expr::Expr::Literal(crate::lower::as_views(value.to_array()?)?),
            ColumnarValue::Array(_) => expr::Expr::Column(number),
        });
    }
    let fields = columns.iter().map(|column| Field::new("", column.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let expr = of(arguments);
    let computed = Program::compile(&expr, &schema).and_then(|program| {
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(args.number_rows));
        let batch = RecordBatch::try_new_with_options(schema, columns, &options)?;
        program.evaluate(&batch)
    });
    match computed {
        Ok(column) if args.number_rows == 1 => {
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&column, 0)?))
        }
        Ok(column) => Ok(ColumnarValue::Array(column)),
        Err(error) => exec_err!("{error}"),
    }
}

/// Turns operators into functions of ours, and `COUNT(*)` into a count of ones.
#[derive(Debug)]
pub(crate) struct Operators;

impl ExprPlanner for Operators {
    fn plan_binary_op(&self, raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let op = match raw.op {
            BinaryOperator::Plus => BinaryOp::Plus,
            BinaryOperator::Minus => BinaryOp::Minus,
            BinaryOperator::Multiply => BinaryOp::Multiply,
            BinaryOperator::Divide => BinaryOp::Divide,
            BinaryOperator::Modulo => BinaryOp::Modulo,
            _ => return compared(raw, schema),
        };
        let sides = [raw.left, raw.right].map(narrow).map(span);
        let function = Arc::new(Arithmetic::of(op));
        let planned = Expr::ScalarFunction(ScalarFunction::new_udf(function, sides.into()));
        planned.get_type(schema)?;
        Ok(PlannerResult::Planned(planned))
    }

    fn plan_substring(&self, args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        Ok(PlannerResult::Planned(call("SUBSTRING", args)))
    }

    fn plan_extract(&self, args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        let Some(Expr::Literal(ScalarValue::Utf8(Some(part)), _)) = args.first() else {
            return plan_err!("EXTRACT takes a part of a time");
        };
        let name = match part.to_uppercase().as_str() {
            "DAY" => "DAYOFMONTH".to_owned(),
            "DOW" => "DAYOFWEEK".to_owned(),
            "DOY" => "DAYOFYEAR".to_owned(),
            other => other.to_owned(),
        };
        Ok(PlannerResult::Planned(match expr::function(&name) {
            Some(_) => call(&name, args[1..].to_vec()),
            None => call("EXTRACT", args),
        }))
    }

    fn plan_field_access(
        &self,
        raw: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        let RawFieldAccessExpr { field_access, expr } = raw;
        let key = match field_access {
            GetFieldAccess::NamedStructField { name } => match (expr.get_type(schema)?, &name) {
                (DataType::Struct(_), ScalarValue::Utf8(Some(name))) => {
                    return Ok(PlannerResult::Planned(RowField::of(expr, name)));
                }
                _ => Expr::Literal(name, None),
            },
            GetFieldAccess::ListIndex { key } => narrow(*key),
            GetFieldAccess::ListRange { .. } => {
                return plan_err!("ARRAY_SLICE(x, from, to) takes a part of an array");
            }
        };
        Ok(PlannerResult::Planned(call("ITEM", vec![expr, key])))
    }

    fn plan_position(&self, mut args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        // What is looked in comes first here, and behind what is looked for there.
        args.truncate(2);
        args.reverse();
        Ok(PlannerResult::Planned(call("LOCATE", args)))
    }

    fn plan_aggregate(&self, raw: RawAggregateExpr) -> Result<PlannerResult<RawAggregateExpr>> {
        #[expect(deprecated, reason = "it is how the planner still says COUNT(*)")]
        let counts_rows = raw.func.name() == "count"
            && (raw.args.is_empty() || matches!(raw.args.as_slice(), [Expr::Wildcard { .. }]));
        if !counts_rows {
            return Ok(PlannerResult::Original(raw));
        }
        let RawAggregateExpr { func, args, distinct, filter, order_by, null_treatment } = raw;
        let of = |args| {
            let (func, filter, order_by) = (func.clone(), filter.clone(), order_by.clone());
            Expr::AggregateFunction(AggregateFunction::new_udf(
                func,
                args,
                distinct,
                filter,
                order_by,
                null_treatment,
            ))
        };
        let name = NamePreserver::new_for_projection().save(&of(args));
        let ones = Expr::Literal(ScalarValue::Int64(Some(1)), None);
        Ok(PlannerResult::Planned(name.restore(of(vec![ones]))))
    }
}

/// A call of a function of ours.
pub(crate) fn call(name: &str, args: Vec<Expr>) -> Expr {
    let function = scalar(name).expect("a function of ours");
    Expr::ScalarFunction(ScalarFunction::new_udf(function, args))
}

/// A comparison of what Flink compares: the planner would cast a text to a number, and fail at the first one that is none.
fn compared(raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
    let is_comparison = matches!(
        raw.op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
    );
    if matches!(raw.op, BinaryOperator::And | BinaryOperator::Or) {
        for side in [&raw.left, &raw.right] {
            // What is compared or joined is a condition, and was looked at before.
            if !matches!(side, Expr::BinaryExpr(_)) {
                let data_type = match side {
                    Expr::Literal(..) => narrow(side.clone()).get_type(schema),
                    side => side.get_type(schema),
                };
                truth(&raw.op.to_string(), data_type.ok())?;
            }
        }
    }
    if !is_comparison {
        let [left, right] = [raw.left, raw.right].map(span);
        return Ok(PlannerResult::Original(RawBinaryExpr { op: raw.op, left, right }));
    }
    let [left, right] = [raw.left, raw.right].map(narrow).map(span);
    compare(&left.get_type(schema)?, &raw.op, &right.get_type(schema)?)?;
    Ok(PlannerResult::Original(RawBinaryExpr { op: raw.op, left, right }))
}

/// An interval of days and less is a duration.
pub(crate) fn span(expr: Expr) -> Expr {
    let Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(interval)), metadata) = &expr else {
        return expr;
    };
    if interval.months != 0 {
        if interval.days == 0 && interval.nanoseconds == 0 {
            return Expr::Literal(ScalarValue::IntervalYearMonth(Some(interval.months)), metadata.clone());
        }
        return expr;
    }
    let milliseconds = i64::from(interval.days) * 86_400_000 + interval.nanoseconds / 1_000_000;
    Expr::Literal(ScalarValue::DurationMillisecond(Some(milliseconds)), metadata.clone())
}
