//! What a scan is told of the filters above it: conditions by which files and row groups without such rows are left out.
//!
//! The filters stay where they are, so a condition may be left out, and none can make a result wrong.

use arrow_schema::DataType;
use connect::read::{Asked, Bound, Condition};
use datafusion_common::ScalarValue;
use datafusion_expr::expr::{Between, BinaryExpr, InList};
use datafusion_expr::{Expr, Operator};

use crate::connector::Connector;
use crate::table::Table;

/// So many values of a list are compared, with every row group.
const VALUES_MAX: usize = 64;

/// What a condition of a filter asks of the files of a table, as far as they can tell.
pub(crate) fn conditions(filter: &Expr, table: &Table) -> Vec<Condition> {
    match filter {
        Expr::Between(Between { expr, negated: false, low, high }) => {
            let ends = [
                expr.as_ref().clone().gt_eq(low.as_ref().clone()),
                expr.as_ref().clone().lt_eq(high.as_ref().clone()),
            ];
            ends.iter().filter_map(|end| condition(end, table)).collect()
        }
        other => condition(other, table).into_iter().collect(),
    }
}

fn condition(filter: &Expr, table: &Table) -> Option<Condition> {
    let Connector::Files(files) = &table.connector else { return None };
    let asked_of = |column: &Expr| {
        let Expr::Column(column) = column else { return None };
        let (place, field) = table.stored.column_with_name(&column.name)?;
        files.tells(place).then(|| (place, field.data_type().clone()))
    };
    let about = |column: &Expr, asked: &dyn Fn(&DataType) -> Option<Asked>| {
        let (column, data_type) = asked_of(column)?;
        Some(Condition { column, asked: asked(&data_type)? })
    };
    match filter {
        Expr::IsNull(of) => about(of, &|_| Some(Asked::Null)),
        Expr::IsNotNull(of) => about(of, &|_| Some(Asked::NotNull)),
        Expr::InList(InList { expr, list, negated: false }) if list.len() <= VALUES_MAX => {
            about(expr, &|data_type| one_of(list, data_type))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_ref(), right.as_ref()) {
            (column @ Expr::Column(_), Expr::Literal(value, _)) => {
                about(column, &|data_type| compared(*op, value, data_type))
            }
            (Expr::Literal(value, _), column @ Expr::Column(_)) => {
                about(column, &|data_type| compared(op.swap()?, value, data_type))
            }
            _ => None,
        },
        _ => None,
    }
}

fn compared(op: Operator, value: &ScalarValue, data_type: &DataType) -> Option<Asked> {
    let value = of_type(value, data_type)?.to_array().ok()?;
    Some(match op {
        Operator::Eq => Asked::OneOf(value),
        Operator::Lt => Asked::AtMost(value, Bound::Without),
        Operator::LtEq => Asked::AtMost(value, Bound::Within),
        Operator::Gt => Asked::AtLeast(value, Bound::Without),
        Operator::GtEq => Asked::AtLeast(value, Bound::Within),
        _ => return None,
    })
}

fn one_of(list: &[Expr], data_type: &DataType) -> Option<Asked> {
    let value = |value: &Expr| match value {
        Expr::Literal(value, _) => of_type(value, data_type),
        _ => None,
    };
    let values = list.iter().map(value).collect::<Option<Vec<_>>>()?;
    Some(Asked::OneOf(ScalarValue::iter_to_array(values).ok()?))
}

/// A value that is not null, as one of the column: texts are the same whatever holds them.
fn of_type(value: &ScalarValue, data_type: &DataType) -> Option<ScalarValue> {
    let is_text = |data_type: &DataType| matches!(data_type, DataType::Utf8 | DataType::Utf8View);
    let own = value.data_type();
    let is_same = &own == data_type || is_text(&own) && is_text(data_type);
    (is_same && !value.is_null()).then(|| value.cast_to(data_type).ok()).flatten()
}
