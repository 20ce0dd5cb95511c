//! `VALUES`: all values of a column are of one type.
//!
//! ```text
//!   VALUES (1, 'a'), (CAST(2 AS DOUBLE), 'b')  ─►  VALUES (CAST(1 AS DOUBLE), 'a'), (CAST(2 AS DOUBLE), 'b')
//! ```
//!
//! Beside a `DOUBLE` the planner would make a `DECIMAL` of it, and a text of a number beside a text.

use std::ops::ControlFlow;

use arrow_schema::DataType;
use datafusion_common::DFSchema;
use datafusion_expr::ExprSchemable;
use datafusion_sql::planner::SqlToRel;
use datafusion_sql::sqlparser::ast::{
    self, CastKind, ExactNumberInfo, Expr, Query, SetExpr, Value, ValueWithSpan, VisitMut, VisitorMut,
};

use crate::catalog::Catalog;
use crate::error::SqlError;
use crate::mixing::together;

/// The query whose `VALUES` have columns of one type each.
///
/// # Errors
///
/// If values of a column have nothing in common.
pub(crate) fn with_one_type(query: &mut Query, resolver: &SqlToRel<'_, Catalog>) -> Result<(), SqlError> {
    match query.visit(&mut Columns { resolver }) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Columns<'a> {
    resolver: &'a SqlToRel<'a, Catalog>,
}

impl VisitorMut for Columns<'_> {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlError> {
        match self.look_at(&mut query.body) {
            Err(error) => ControlFlow::Break(error),
            Ok(()) => ControlFlow::Continue(()),
        }
    }
}

impl Columns<'_> {
    fn look_at(&self, body: &mut SetExpr) -> Result<(), SqlError> {
        match body {
            SetExpr::SetOperation { left, right, .. } => {
                self.look_at(left)?;
                self.look_at(right)
            }
            SetExpr::Values(values) => {
                let columns = values.rows.iter().map(|row| row.content.len()).min().unwrap_or(0);
                (0..columns).try_for_each(|column| {
                    let of_column = values.rows.iter_mut().filter_map(|row| row.content.get_mut(column));
                    self.unify(of_column.collect())
                })
            }
            _ => Ok(()),
        }
    }

    fn unify(&self, mut column: Vec<&mut Expr>) -> Result<(), SqlError> {
        let types: Vec<DataType> = column.iter().map(|value| self.type_of(value)).collect();
        let known = types.iter().find(|data_type| !data_type.is_null());
        for data_type in &types {
            together("a column of VALUES", known.unwrap_or(data_type), data_type)?;
        }
        if !types.iter().any(DataType::is_floating) {
            return Ok(());
        }
        for (value, data_type) in column.iter_mut().zip(&types) {
            if data_type.is_numeric() && !data_type.is_floating() {
                let number = std::mem::replace(&mut **value, Expr::value(Value::Null));
                **value = Expr::Cast {
                    kind: CastKind::Cast,
                    expr: Box::new(number),
                    data_type: ast::DataType::Double(ExactNumberInfo::None),
                    array: false,
                    format: None,
                };
            }
        }
        Ok(())
    }

    /// The type of a value; of what is wrong with it the planner tells.
    fn type_of(&self, value: &Expr) -> DataType {
        match value {
            Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_), .. }) => DataType::Utf8,
            Expr::Value(ValueWithSpan { value: Value::Number(..), .. }) => DataType::Int32,
            Expr::Value(ValueWithSpan { value: Value::Boolean(_), .. }) => DataType::Boolean,
            Expr::Value(ValueWithSpan { value: Value::Null, .. }) => DataType::Null,
            other => {
                let nothing = DFSchema::empty();
                let planned = self.resolver.sql_to_expr(other.clone(), &nothing, &mut Default::default());
                planned.and_then(|planned| planned.get_type(&nothing)).unwrap_or(DataType::Null)
            }
        }
    }
}
