//! Functions and arithmetic, as the planner sees them: names, signatures, and a way to compute constants.
//!
//! `+ - * / %` are functions here too, so that their types are Flink's and nobody else's; `expr` knows both. Aggregates have
//! signatures alone: operators compute them.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, FieldRef, Schema};
use datafusion_common::{DFSchema, DataFusionError, Result, ScalarValue, exec_err, plan_err};
use datafusion_expr::expr::{AggregateFunction, ScalarFunction};
use datafusion_expr::expr_rewriter::NamePreserver;
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::planner::{ExprPlanner, PlannerResult, RawAggregateExpr, RawBinaryExpr};
use datafusion_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion_sql::sqlparser::ast::BinaryOperator;
use expr::{BinaryOp, ExprError, Program};

use crate::literals::narrow;

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

/// An aggregate.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Aggregate {
    name: &'static str,
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

/// The aggregate of this name.
pub(crate) fn aggregate(name: &str) -> Option<Arc<AggregateUDF>> {
    let name = AGGREGATES.iter().find(|each| each.eq_ignore_ascii_case(name))?;
    let signature = Signature::variadic_any(Volatility::Immutable);
    Some(Arc::new(AggregateUDF::new_from_impl(Aggregate { name, signature })))
}

/// All of them.
pub(crate) const AGGREGATES: [&str; 5] = ["count", "sum", "min", "max", "avg"];

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
        self.function.coerce(types).or_else(|_| self.function.coerce(&narrowed())).map_err(|_| {
            let given = types.iter().map(crate::type_syntax::written_type).collect::<Vec<_>>().join(", ");
            let (name, wanted) = (self.function.name, self.function.arguments());
            DataFusionError::Plan(format!("{name}({wanted}) does not take ({given}); use CAST"))
        })
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.function.returns(types).map_err(|error| wrong(&error))
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
    let mut columns = Vec::with_capacity(args.args.len());
    for value in &args.args {
        columns.push(crate::lower::as_views(value.to_array(args.number_rows)?)?);
    }
    let fields = columns.iter().map(|column| Field::new("", column.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let expr = of((0..columns.len()).map(expr::Expr::Column).collect());
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

impl AggregateUDFImpl for Aggregate {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [of] = types else { return plan_err!("{} takes one value", self.name.to_uppercase()) };
        Ok(match (self.name, of) {
            ("count", _) => DataType::Int64,
            ("sum", DataType::Decimal128(_, scale)) => DataType::Decimal128(38, *scale),
            ("avg", DataType::Decimal128(_, scale)) => DataType::Decimal128(38, (*scale).max(6)),
            ("sum" | "avg", other) if !other.is_numeric() => {
                let given = crate::type_syntax::written_type(other);
                return plan_err!("{} takes a number, not {given}; use CAST", self.name.to_uppercase());
            }
            (_, other) => other.clone(),
        })
    }

    fn is_nullable(&self) -> bool {
        self.name != "count"
    }

    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        match self.name {
            "count" => Ok(ScalarValue::Int64(Some(0))),
            _ => ScalarValue::try_from(data_type),
        }
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        plan_err!("{} is computed by operators", self.name)
    }

    fn state_fields(&self, _: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        plan_err!("{} is computed by operators", self.name)
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
            _ => return refuse_text_and_number(raw, schema),
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
        match expr::function(&name) {
            Some(_) => Ok(PlannerResult::Planned(call(&name, args[1..].to_vec()))),
            None => plan_err!("a time has no {part}"),
        }
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

fn call(name: &str, args: Vec<Expr>) -> Expr {
    let function = scalar(name).expect("a function of ours");
    Expr::ScalarFunction(ScalarFunction::new_udf(function, args))
}

/// Flink compares no text with a number: the planner would cast the text, and fail at the first one that is none.
fn refuse_text_and_number(raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
    let is_comparison = matches!(
        raw.op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
    );
    let (left, right) = (raw.left.get_type(schema)?, raw.right.get_type(schema)?);
    let is_text = |data_type: &DataType| matches!(data_type, DataType::Utf8View | DataType::Utf8);
    if is_comparison && (is_text(&left) && right.is_numeric() || left.is_numeric() && is_text(&right)) {
        let [left, right] = [&left, &right].map(crate::type_syntax::written_type);
        return plan_err!("{left} {} {right}: text and numbers are not compared; use CAST", raw.op);
    }
    let [left, right] = match is_comparison {
        true => [raw.left, raw.right].map(narrow).map(span),
        false => [raw.left, raw.right].map(span),
    };
    Ok(PlannerResult::Original(RawBinaryExpr { op: raw.op, left, right }))
}

/// An interval of days and less is a duration.
fn span(expr: Expr) -> Expr {
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
