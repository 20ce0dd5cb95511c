//! `CREATE TABLE`: from what was declared to a table.
//!
//! ```text
//!   columns that are stored ─► scan ─► with those that are computed ─► a plan, which stands for the table in queries
//!                                                └── WATERMARK FOR, in terms of what is stored: the source's own
//! ```

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_expr::{Expr as Planned, LogicalPlan, LogicalPlanBuilder};
use datafusion_sql::sqlparser::ast;

use crate::connector::Connector;
use crate::error::SqlError;
use crate::session::{Outcome, Session, last, located};
use crate::statement::{Column, CreateTable, Insert};
use crate::table::{Table, Watermark, did_you_mean};
use crate::time::TimeKind;
use crate::type_syntax::column_type;

impl Session {
    pub(crate) fn create_table(&mut self, table: &CreateTable) -> Result<Outcome, SqlError> {
        let name = last(&table.name);
        let fields = match &table.query {
            Some(query) => {
                if !table.columns.is_empty() {
                    return Err(located(
                        SqlError::new(
                            "CREATE TABLE … AS SELECT takes its columns from the query; leave them out",
                        ),
                        &table.name,
                    ));
                }
                let planned = self.query(query)?;
                crate::physical::fields_of(planned.schema()).iter().map(|field| (**field).clone()).collect()
            }
            None => stored(table)?,
        };
        if fields.is_empty() {
            let words = format!("table {name} has no column; declare some, or read its files by their path");
            return Err(located(SqlError::new(words), &table.name));
        }
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let partitions = partitions(table, &schema)?;
        let connector = Connector::of(&name, table.options.clone(), &schema, partitions);
        let connector = connector.map_err(|error| located(error, &table.name))?;
        let bare = Table { stored: schema.clone(), schema, connector, plan: None, watermark: None };
        let whole = self.with_computed(&name, bare, table)?;
        let is_new = !self.has_table(&name);
        let created = self.add(&table.name, whole, table.or_replace, table.if_not_exists)?;
        match &table.query {
            Some(query) if is_new || table.or_replace => self.inserts(&[Insert {
                table: table.name.clone(),
                overwrite: false,
                columns: Vec::new(),
                partition: Vec::new(),
                query: query.clone(),
            }]),
            _ => Ok(created),
        }
    }

    /// With the columns that follow from others, and what its times say.
    fn with_computed(&self, name: &str, mut bare: Table, table: &CreateTable) -> Result<Table, SqlError> {
        let scan = scan(name, &bare)?;
        let schema = scan.schema().clone();
        let mut exprs = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            exprs.push(match column {
                Column::Physical { name: column, .. } => {
                    Planned::Column(datafusion_common::Column::new(Some(name), &column.value))
                }
                Column::Computed { name: column, expr } => self
                    .expression(expr, &schema)
                    .map_err(|error| error.at_ident(column))?
                    .alias(&column.value),
            });
        }
        let is_computed = table.columns.iter().any(|column| !matches!(column, Column::Physical { .. }));
        let whole = match is_computed {
            true => LogicalPlanBuilder::from(scan).project(exprs.clone())?.build()?,
            false => scan,
        };
        if let Some((column, expr)) = &table.watermark {
            let wrong = |error: SqlError| error.at_ident(column);
            let place = time_of(column, &whole)?;
            let planned = self.expression(expr, whole.schema()).map_err(wrong)?;
            bare.watermark = Some(Watermark { expr: in_terms_of_stored(planned, &exprs)? });
            match is_computed {
                true => mark(&mut exprs, &column.value),
                false => bare = bare.marked(place, TimeKind::Event),
            }
        }
        if is_computed {
            let whole = LogicalPlanBuilder::from(self::scan(name, &bare)?).project(exprs)?.build()?;
            let schema = Arc::new(whole.schema().as_arrow().clone());
            return Ok(Table { schema, plan: Some(whole), ..bare });
        }
        Ok(bare)
    }
}

fn scan(name: &str, table: &Table) -> Result<LogicalPlan, SqlError> {
    Ok(LogicalPlanBuilder::scan(name, Arc::new(table.clone()), None)?.build()?)
}

/// The columns that are stored.
fn stored(table: &CreateTable) -> Result<Vec<Field>, SqlError> {
    let mut fields = Vec::new();
    for column in &table.columns {
        if let Column::Physical { name, data_type, takes_nulls } = column {
            let data_type = column_type(data_type).map_err(|words| SqlError::new(words).at_ident(name))?;
            fields.push(Field::new(&name.value, data_type, *takes_nulls));
        }
    }
    Ok(fields)
}

/// The columns by which it is partitioned, by their places.
fn partitions(table: &CreateTable, schema: &Schema) -> Result<Vec<usize>, SqlError> {
    let place = |name: &ast::Ident| {
        schema.index_of(&name.value).map_err(|_| {
            let advice = did_you_mean(&name.value, schema.fields().iter().map(|field| field.name().as_str()));
            SqlError::new(format!("PARTITIONED BY takes columns of the table, and {name} is none{advice}"))
                .at_ident(name)
        })
    };
    table.partitions.iter().map(place).collect()
}

/// The place of the column that says when a row is.
fn time_of(column: &ast::Ident, whole: &LogicalPlan) -> Result<usize, SqlError> {
    let fields = whole.schema().fields();
    let Some(place) = fields.iter().position(|field| *field.name() == column.value) else {
        let advice = did_you_mean(&column.value, fields.iter().map(|field| field.name().as_str()));
        return Err(SqlError::new(format!("there is no column {column}{advice}")).at_ident(column));
    };
    let data_type = fields[place].data_type();
    if !matches!(data_type, arrow_schema::DataType::Timestamp(..)) {
        let written = crate::type_syntax::written_type(data_type);
        return Err(SqlError::new(format!(
            "a watermark is one of a TIMESTAMP(3) or TIMESTAMP_LTZ(3), and {column} is {written}"
        ))
        .at_ident(column));
    }
    Ok(place)
}

/// An expression over a table's columns as one over those that are stored.
fn in_terms_of_stored(planned: Planned, exprs: &[Planned]) -> Result<Planned, SqlError> {
    let transformed = planned.transform_up(|part| {
        let Planned::Column(column) = &part else { return Ok(Transformed::no(part)) };
        let computed = exprs.iter().find_map(|expr| match expr {
            Planned::Alias(alias) if alias.name == column.name => Some(alias.expr.as_ref().clone()),
            _ => None,
        });
        Ok(computed.map_or(Transformed::no(part.clone()), Transformed::yes))
    });
    Ok(transformed?.data)
}

/// Says of the column of this name that it is a time.
fn mark(exprs: &mut [Planned], name: &str) {
    for expr in exprs {
        let of = match expr {
            Planned::Alias(alias) if alias.name == name => alias.expr.as_ref().clone(),
            Planned::Column(column) if column.name == name => Planned::Column(column.clone()),
            _ => continue,
        };
        *expr = of.alias_with_metadata(name, Some(TimeKind::Event.metadata().into()));
    }
}
