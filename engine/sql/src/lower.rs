//! From the planner's expressions to ours, which run without it and print by themselves.

use std::any::Any;

use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use arrow_select::concat::concat;
use datafusion_common::{DFSchema, ScalarValue};
use datafusion_expr::expr::{Between, BinaryExpr, InList, Like, ScalarFunction};
use datafusion_expr::{Case, Expr as Planned, ExprSchemable, Operator};
use expr::{BinaryOp, Expr};

use crate::error::SqlError;
use crate::functions::{Arithmetic, Called};
use crate::now::{Present, now_column};
use crate::row_fields::{RowField, RowOf};
use crate::windows::{ADDED, GroupWindow, WindowPart};

type Lowered = Result<Expr, SqlError>;

/// An expression over the columns of this schema.
///
/// # Errors
///
/// If there is no such expression of ours yet.
pub(crate) fn lower(planned: &Planned, schema: &DFSchema) -> Lowered {
    let lowered = |planned: &Planned| lower(planned, schema);
    let boxed = |planned: &Planned| lower(planned, schema).map(Box::new);
    Ok(match planned {
        Planned::Alias(alias) => lowered(&alias.expr)?,
        Planned::Column(column) => Expr::Column(schema.index_of_column(column)?),
        Planned::Literal(value, _) => literal(value)?,
        Planned::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right }) => {
            let function = expr::function("CONCAT").expect("a function of ours");
            let texts = [lowered(left)?, lowered(right)?].map(|text| Expr::Cast {
                expr: Box::new(text),
                to: DataType::Utf8View,
                is_lenient: false,
            });
            Expr::Call { function, arguments: texts.into() }
        }
        Planned::BinaryExpr(BinaryExpr { op: op @ (Operator::And | Operator::Or), .. }) => {
            let terms = terms(planned, *op).into_iter().map(lowered).collect::<Result<_, _>>()?;
            Expr::balanced(operator(*op)?, terms)
        }
        Planned::BinaryExpr(BinaryExpr { left, op, right }) => {
            Expr::binary(operator(*op)?, lowered(left)?, lowered(right)?)
        }
        Planned::Not(of) => Expr::Not(boxed(of)?),
        Planned::Negative(of) => Expr::Negate(boxed(of)?),
        Planned::IsNull(of) => Expr::IsNull(boxed(of)?),
        Planned::IsNotNull(of) => Expr::Not(Box::new(Expr::IsNull(boxed(of)?))),
        Planned::IsTrue(of) => is(lowered(of)?, true),
        Planned::IsFalse(of) => is(lowered(of)?, false),
        Planned::IsUnknown(of) => Expr::IsNull(boxed(of)?),
        Planned::IsNotTrue(of) => Expr::Not(Box::new(is(lowered(of)?, true))),
        Planned::IsNotFalse(of) => Expr::Not(Box::new(is(lowered(of)?, false))),
        Planned::IsNotUnknown(of) => Expr::Not(Box::new(Expr::IsNull(boxed(of)?))),
        Planned::Cast(cast) => {
            Expr::Cast { expr: boxed(&cast.expr)?, to: own_type(cast.field.data_type()), is_lenient: false }
        }
        Planned::TryCast(cast) => {
            Expr::Cast { expr: boxed(&cast.expr)?, to: own_type(cast.field.data_type()), is_lenient: true }
        }
        Planned::Between(Between { expr, negated, low, high }) => {
            let least = Expr::binary(BinaryOp::GreaterOrEqual, lowered(expr)?, lowered(low)?);
            let most = Expr::binary(BinaryOp::LessOrEqual, lowered(expr)?, lowered(high)?);
            negated_if(*negated, Expr::binary(BinaryOp::And, least, most))
        }
        Planned::InList(InList { expr, list, negated }) => {
            let list = list.iter().map(lowered).collect::<Result<Vec<_>, _>>()?;
            negated_if(*negated, one_of(lowered(expr)?, list)?)
        }
        Planned::Like(Like { negated, expr, pattern, escape_char, case_insensitive: false }) => {
            let like = Expr::Like { expr: boxed(expr)?, pattern: boxed(pattern)?, escape: *escape_char };
            negated_if(*negated, like)
        }
        Planned::Case(case) => self::case(case, schema)?,
        Planned::ScalarFunction(called) => call(called, schema)?,
        other => return Err(SqlError::not_yet(other)),
    })
}

/// What stands between these operators, which do not mind in which order.
fn terms(planned: &Planned, op: Operator) -> Vec<&Planned> {
    let (mut terms, mut rest) = (Vec::new(), vec![planned]);
    while let Some(next) = rest.pop() {
        match next {
            Planned::BinaryExpr(both) if both.op == op => rest.extend([&*both.right, &*both.left]),
            term => terms.push(term),
        }
    }
    terms
}

/// `IN`: values of one type are looked up, others compared one by one.
fn one_of(of: Expr, list: Vec<Expr>) -> Lowered {
    let literals = list.iter().map_while(|expr| match expr {
        Expr::Literal(value) => Some(value.as_ref()),
        _ => None,
    });
    let literals: Vec<&dyn Array> = literals.collect();
    let Some(first) = literals.first() else { return compared(&of, list) };
    if literals.len() < list.len() || literals.iter().any(|value| value.data_type() != first.data_type()) {
        return compared(&of, list);
    }
    Ok(Expr::OneOf { of: Box::new(of), values: concat(&literals).map_err(SqlError::new)? })
}

fn compared(of: &Expr, list: Vec<Expr>) -> Lowered {
    if list.is_empty() {
        return Err(SqlError::new("IN takes at least one value"));
    }
    let equal = |each| Expr::binary(BinaryOp::Equal, of.clone(), each);
    Ok(Expr::balanced(BinaryOp::Or, list.into_iter().map(equal).collect()))
}

/// A call of one of the functions that the planner knows.
fn call(called: &ScalarFunction, schema: &DFSchema) -> Lowered {
    let mut arguments =
        called.args.iter().map(|argument| lower(argument, schema)).collect::<Result<Vec<_>, _>>()?;
    let implementation: &dyn Any = called.func.inner().as_ref();
    if let (Some(field), [row], [planned]) =
        (implementation.downcast_ref::<RowField>(), arguments.as_slice(), called.args.as_slice())
    {
        let field = field.place(&planned.get_type(schema)?)?;
        return Ok(Expr::Field { of: Box::new(row.clone()), field });
    }
    if implementation.is::<RowOf>() {
        let names = (0..arguments.len()).map(RowOf::name);
        return Ok(Expr::Row(names.zip(arguments).collect()));
    }
    if let Some(present) = implementation.downcast_ref::<Present>() {
        let now = Box::new(lower(&now_column(), schema)?);
        return Ok(Expr::Cast { expr: now, to: present.data_type(), is_lenient: false });
    }
    if let (Some(part), [window]) = (implementation.downcast_ref::<WindowPart>(), arguments.as_slice()) {
        return Ok(Expr::Field { of: Box::new(window.clone()), field: part.part });
    }
    if implementation.downcast_ref::<GroupWindow>().is_some_and(GroupWindow::is_whole) {
        return Ok(Expr::Row(ADDED.map(String::from).into_iter().zip(arguments).collect()));
    }
    if let Some(called) = implementation.downcast_ref::<Called>() {
        return Ok(Expr::Call { function: called.function, arguments });
    }
    match (implementation.downcast_ref::<Arithmetic>(), arguments.pop(), arguments.pop()) {
        (Some(arithmetic), Some(right), Some(left)) => Ok(Expr::binary(arithmetic.op, left, right)),
        _ => Err(SqlError::not_yet(called.func.name().to_uppercase())),
    }
}

fn negated_if(negated: bool, expr: Expr) -> Expr {
    if negated { Expr::Not(Box::new(expr)) } else { expr }
}

/// Whether a condition is certainly true, or certainly false.
fn is(condition: Expr, truth: bool) -> Expr {
    let value = Expr::Literal(std::sync::Arc::new(arrow_array::BooleanArray::from(vec![truth])));
    Expr::binary(BinaryOp::NotDistinct, condition, value)
}

fn case(case: &Case, schema: &DFSchema) -> Lowered {
    let of = case.expr.as_deref().map(|of| lower(of, schema)).transpose()?;
    let branch = |(when, then): &(Box<Planned>, Box<Planned>)| {
        let when = lower(when, schema)?;
        let condition = match &of {
            Some(of) => Expr::binary(BinaryOp::Equal, of.clone(), when),
            None => when,
        };
        Ok((condition, lower(then, schema)?))
    };
    let branches = case.when_then_expr.iter().map(branch).collect::<Result<Vec<_>, SqlError>>()?;
    let otherwise = case.else_expr.as_deref().map(|otherwise| lower(otherwise, schema)).transpose()?;
    Ok(Expr::Case { branches, otherwise: otherwise.map(Box::new) })
}

/// A value.
pub(crate) fn literal(value: &ScalarValue) -> Lowered {
    Ok(Expr::Literal(as_views(value.to_array()?)?))
}

/// Text as this engine has it.
pub(crate) fn as_views(column: ArrayRef) -> Result<ArrayRef, datafusion_common::DataFusionError> {
    let wanted = own_type(column.data_type());
    if &wanted == column.data_type() {
        return Ok(column);
    }
    let value = expr::Value::Rows(column);
    let cast = expr::cast(&value, &wanted)
        .map_err(|error| datafusion_common::DataFusionError::Plan(error.to_string()))?;
    Ok(cast.into_rows(0).expect("they are rows"))
}

/// The type that this engine has for one of the planner's.
pub(crate) fn own_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        other => other.clone(),
    }
}

fn operator(op: Operator) -> Result<BinaryOp, SqlError> {
    Ok(match op {
        Operator::Eq => BinaryOp::Equal,
        Operator::NotEq => BinaryOp::NotEqual,
        Operator::Lt => BinaryOp::Less,
        Operator::LtEq => BinaryOp::LessOrEqual,
        Operator::Gt => BinaryOp::Greater,
        Operator::GtEq => BinaryOp::GreaterOrEqual,
        Operator::And => BinaryOp::And,
        Operator::Or => BinaryOp::Or,
        Operator::IsDistinctFrom => BinaryOp::Distinct,
        Operator::IsNotDistinctFrom => BinaryOp::NotDistinct,
        Operator::Plus => BinaryOp::Plus,
        Operator::Minus => BinaryOp::Minus,
        Operator::Multiply => BinaryOp::Multiply,
        Operator::Divide => BinaryOp::Divide,
        Operator::Modulo => BinaryOp::Modulo,
        other => return Err(SqlError::not_yet(other)),
    })
}
