//! The shape of a query: what its columns are called, how many rows it wants, and which columns a table takes of it.
//!
//! Before it is planned, what the planner does not know is written in words that it knows.

use std::ops::ControlFlow;

use arrow_schema::{DataType, Field};
use datafusion_common::ScalarValue;
use datafusion_expr::{Expr as Planned, ExprSchemable, LogicalPlan, LogicalPlanBuilder};
use datafusion_sql::sqlparser::ast::{self, Ident, LimitClause, Query};

use crate::error::SqlError;
use crate::table::{Table, did_you_mean};
use crate::type_syntax::written_type;

/// `FETCH FIRST n ROWS ONLY` as the `LIMIT n` that it means, in subqueries too.
pub(crate) fn with_limit(query: &mut Query) -> Result<(), SqlError> {
    match ast::VisitMut::visit(query, &mut Limits) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Limits;

impl ast::VisitorMut for Limits {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlError> {
        match limited(query) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

fn limited(query: &mut Query) -> Result<(), SqlError> {
    let Some(fetch) = query.fetch.take() else { return Ok(()) };
    if fetch.with_ties || fetch.percent {
        return Err(SqlError::not_yet("FETCH … WITH TIES or PERCENT"));
    }
    let one = || ast::Expr::value(ast::Value::Number("1".into(), false));
    let quantity = fetch.quantity.unwrap_or_else(one);
    match query.limit_clause.get_or_insert(LimitClause::LimitOffset {
        limit: None,
        offset: None,
        limit_by: Vec::new(),
    }) {
        LimitClause::LimitOffset { limit: limit @ None, .. } => *limit = Some(quantity),
        _ => return Err(SqlError::new("a query has LIMIT or FETCH, not both")),
    }
    Ok(())
}

/// What the planner would take for something else.
///
/// # Errors
///
/// If there is any.
pub(crate) fn refuse_what_is_misread(query: &Query) -> Result<(), SqlError> {
    let mut misread = Misread(None);
    let _ = ast::Visit::visit(query, &mut misread);
    match misread.0 {
        Some(words) => Err(SqlError::not_yet(words)),
        None => Ok(()),
    }
}

/// The first thing that would be taken for something else.
struct Misread(Option<&'static str>);

impl ast::Visitor for Misread {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.look_at(&query.body);
        if self.0.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Misread {
    fn look_at(&mut self, body: &ast::SetExpr) {
        match body {
            ast::SetExpr::SetOperation { left, right, .. } => {
                self.look_at(left);
                self.look_at(right);
            }
            ast::SetExpr::Select(select) => {
                let joins = select.from.iter().flat_map(|table| &table.joins);
                for join in joins {
                    if let ast::JoinOperator::FullOuter(
                        ast::JoinConstraint::Using(_) | ast::JoinConstraint::Natural,
                    ) = &join.join_operator
                    {
                        self.0 = Some("FULL JOIN with USING or NATURAL; ON and COALESCE say the same: it");
                    }
                }
            }
            _ => {}
        }
    }
}

/// Names as Flink gives them: what is no column and has no name is `EXPR$0`, by its place, and of two columns of one name the
/// second one is `name0`.
pub(crate) fn with_names(query: &mut Query) {
    let mut body = query.body.as_mut();
    // The first part of a union names its columns.
    while let ast::SetExpr::SetOperation { left, .. } = body {
        body = left.as_mut();
    }
    let ast::SetExpr::Select(select) = body else { return };
    let mut seen: Vec<String> = Vec::new();
    for (place, item) in select.projection.iter_mut().enumerate() {
        let name = match item {
            ast::SelectItem::ExprWithAlias { alias, .. } => alias.value.clone(),
            ast::SelectItem::UnnamedExpr(ast::Expr::Identifier(ident)) => ident.value.clone(),
            ast::SelectItem::UnnamedExpr(ast::Expr::CompoundIdentifier(parts)) => {
                parts.last().map(|part| part.value.clone()).unwrap_or_default()
            }
            ast::SelectItem::UnnamedExpr(expr) if named(expr).is_some() => named(expr).unwrap_or_default(),
            ast::SelectItem::UnnamedExpr(expr) => {
                let alias = Ident::new(format!("EXPR${place}"));
                *item = ast::SelectItem::ExprWithAlias { expr: expr.clone(), alias };
                continue;
            }
            _ => continue,
        };
        let mut other = name.clone();
        let mut number = 0;
        while seen.contains(&other) {
            other = format!("{name}{number}");
            number += 1;
        }
        if other != name
            && let ast::SelectItem::UnnamedExpr(expr) | ast::SelectItem::ExprWithAlias { expr, .. } = item
        {
            *item = ast::SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::new(&other) };
        }
        seen.push(other);
    }
}

/// The name of a column in brackets.
fn named(expr: &ast::Expr) -> Option<String> {
    match expr {
        ast::Expr::Nested(inner) => match inner.as_ref() {
            ast::Expr::Identifier(ident) => Some(ident.value.clone()),
            ast::Expr::CompoundIdentifier(parts) => parts.last().map(|part| part.value.clone()),
            nested => named(nested),
        },
        _ => None,
    }
}

/// The columns of `VALUES` without names are called as those of a query without names. What is called otherwise, or by none, is
/// left as it is; those of the whole query follow from [`value_names`].
pub(crate) fn with_names_of_values(query: &mut Query) {
    let _ = ast::VisitMut::visit(query, &mut NamesOfValues { tables: 0 });
}

struct NamesOfValues {
    /// How many of them have got a name of their own: it is another one each time.
    tables: usize,
}

impl ast::VisitorMut for NamesOfValues {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        for cte in query.with.iter_mut().flat_map(|with| &mut with.cte_tables) {
            name_columns(&mut cte.alias, &cte.query);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut ast::TableFactor) -> ControlFlow<()> {
        if let ast::TableFactor::Derived { subquery, alias, .. } = factor
            && !value_names(subquery).is_empty()
        {
            self.tables += 1;
            let name = Ident::new(format!("VALUES${}", self.tables));
            let unnamed = || ast::TableAlias { explicit: true, name, columns: Vec::new(), at: None };
            name_columns(alias.get_or_insert_with(unnamed), subquery);
        }
        ControlFlow::Continue(())
    }
}

fn name_columns(alias: &mut ast::TableAlias, query: &Query) {
    if alias.columns.is_empty() {
        let column = |name| ast::TableAliasColumnDef { name, data_type: None };
        alias.columns = value_names(query).into_iter().map(column).collect();
    }
}

/// The names of the columns of a query that is `VALUES`; none of another one.
pub(crate) fn value_names(query: &Query) -> Vec<Ident> {
    let mut body = query.body.as_ref();
    while let ast::SetExpr::SetOperation { left, .. } = body {
        body = left.as_ref();
    }
    let ast::SetExpr::Values(values) = body else { return Vec::new() };
    let columns = values.rows.first().map_or(0, |row| row.content.len());
    (0..columns).map(|place| Ident::new(format!("EXPR${place}"))).collect()
}

/// The same columns under other names.
pub(crate) fn under_names(plan: LogicalPlan, names: &[Ident]) -> Result<LogicalPlan, SqlError> {
    let columns = plan.schema().columns();
    if columns.len() != names.len() {
        let (has, named) = (columns.len(), names.len());
        return Err(SqlError::new(format!("the query has {has} columns, and {named} names were given")));
    }
    let renamed =
        columns.into_iter().zip(names).map(|(column, name)| Planned::Column(column).alias(&name.value));
    Ok(LogicalPlanBuilder::from(plan).project(renamed)?.build()?)
}

/// The columns of a table from those of a query: by position, or by the names that were listed; others are what is fixed for
/// all rows, or null.
pub(crate) fn for_table(
    plan: LogicalPlan,
    name: &str,
    table: &Table,
    listed: &[Ident],
    fixed: &[(String, Planned)],
) -> Result<LogicalPlan, SqlError> {
    let taken = table.taken();
    let fields = taken.fields();
    let given = plan.schema().columns();
    let fixed_as = |name: &str| fixed.iter().find(|(fixed, _)| fixed == name).map(|(_, value)| value.clone());
    let wanted: Vec<&str> = match listed {
        [] => {
            let free = fields.iter().map(|field| field.name().as_str());
            free.filter(|name| fixed_as(name).is_none()).collect()
        }
        listed => listed.iter().map(|ident| ident.value.as_str()).collect(),
    };
    if wanted.len() != given.len() {
        let (takes, has) = (wanted.len(), given.len());
        return Err(SqlError::new(format!(
            "{name} takes {takes} columns ({}), and the query has {has}",
            wanted.join(", ")
        )));
    }
    if let Some(unknown) = listed.iter().find(|ident| taken.column_with_name(&ident.value).is_none()) {
        let advice = did_you_mean(&unknown.value, fields.iter().map(|field| field.name().as_str()));
        return Err(
            SqlError::new(format!("{name} has no column {}{advice}", unknown.value)).at_ident(unknown)
        );
    }
    if let Some(twice) = listed.iter().enumerate().find(|(place, name)| listed[..*place].contains(name)) {
        return Err(SqlError::new(format!("column {} is listed twice", twice.1)).at_ident(twice.1));
    }
    let schema = plan.schema().clone();
    let columns = fields.iter().map(|field| {
        let place = wanted.iter().position(|wanted| wanted == field.name());
        let to = field.data_type();
        let column = match place {
            Some(place) => {
                let column = Planned::Column(given[place].clone());
                let is = column.get_type(schema.as_ref())?;
                if !is_taken_as(&is, to) {
                    return Err(wrong_type(name, field, &is));
                }
                column
            }
            None => fixed_as(field.name()).unwrap_or(Planned::Literal(ScalarValue::Null, None)),
        };
        Ok(datafusion_expr::cast(column, to.clone()).alias(field.name()))
    });
    let columns = columns.collect::<Result<Vec<_>, SqlError>>()?;
    Ok(LogicalPlanBuilder::from(plan).project(columns)?.build()?)
}

fn wrong_type(table: &str, field: &Field, is: &DataType) -> SqlError {
    let [is, to] = [is, field.data_type()].map(written_type);
    SqlError::new(format!(
        "column {} of {table} is {to}, and the query gives it {is}; CAST(… AS {to}) says that it is meant",
        field.name()
    ))
}

/// Whether values of a type are taken as those of another one though nobody has cast them: as in Flink, if none of them fails.
fn is_taken_as(is: &DataType, to: &DataType) -> bool {
    use DataType::{
        Binary, BinaryView, Date32, Decimal128, Float32, Float64, LargeUtf8, List, Map, Null, Struct, Time32,
        Time64, Timestamp, Utf8, Utf8View,
    };
    let size = |data_type: &DataType| data_type.is_signed_integer().then(|| data_type.primitive_width());
    match (is, to) {
        (Null, _) | (Utf8 | LargeUtf8 | Utf8View, Utf8View) | (Binary | BinaryView, BinaryView) => true,
        (is, Decimal128(..) | Float64) if is.is_numeric() => true,
        (is, Float32) if is.is_numeric() => is != &Float64,
        (Timestamp(..), Timestamp(..))
        | (Timestamp(_, None), Date32 | Time32(_) | Time64(_))
        | (Time32(_) | Time64(_), Time32(_) | Time64(_)) => true,
        (Struct(is), Struct(to)) => {
            let mut pairs = is.iter().zip(to);
            is.len() == to.len() && pairs.all(|(is, to)| is_taken_as(is.data_type(), to.data_type()))
        }
        (List(is), List(to)) | (Map(is, _), Map(to, _)) => is_taken_as(is.data_type(), to.data_type()),
        (is, to) if is == to => true,
        (is, to) => matches!((size(is), size(to)), (Some(is), Some(to)) if is <= to),
    }
}
