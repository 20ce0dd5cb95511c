//! From what was declared to a table.
//!
//! ```text
//!   columns that are stored ─► scan ─► with those that are computed ─► a plan, which stands for the table in queries
//!                                                └── WATERMARK FOR, in terms of what is stored: the source's own
//! ```

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use datafusion_common::TableReference;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_expr::{Expr as Planned, LogicalPlan, LogicalPlanBuilder};
use datafusion_sql::sqlparser::ast;

use crate::catalog::{Catalog, FullName};
use crate::connector::{Connector, Declared};
use crate::declaration::{Column, ColumnKind, Declaration, WatermarkFor};
use crate::error::SqlError;
use crate::table::{Table, Watermark, did_you_mean};
use crate::time::TimeKind;
use crate::type_syntax::column_type;

impl Catalog {
    /// The table that a declaration makes.
    ///
    /// # Errors
    ///
    /// If it makes none.
    pub(crate) fn declared(&self, name: &FullName, table: &Declaration) -> Result<Table, SqlError> {
        let (fields, taken) = stored(table)?;
        if taken == 0 {
            let words = "declare some, or read its files by their path";
            return Err(SqlError::new(format!("table {} has no column; {words}", name.name)));
        }
        let stored: SchemaRef = Arc::new(Schema::new(fields));
        let partitions = partitions(table, &stored)?;
        let primary_key = primary_key(table, &stored)?;
        let declared =
            Declared { table: &name.name, schema: &stored, taken, partitions, metadata: metadata(table) };
        let connector = Connector::of(declared, table.options.clone())?;
        let unwritable = table
            .columns
            .iter()
            .find(|column| matches!(column.kind, ColumnKind::Metadata { is_virtual: false, .. }));
        let unwritable = unwritable.map(|column| column.name.value.clone());
        self.with_computed(
            name,
            Table { taken, primary_key, unwritable, ..Table::of(stored, connector) },
            table,
        )
    }

    /// With the columns that follow from others, and what its times say.
    fn with_computed(
        &self,
        name: &FullName,
        mut bare: Table,
        table: &Declaration,
    ) -> Result<Table, SqlError> {
        let name = TableReference::full(&*name.catalog, &*name.database, &*name.name);
        let scan = scan(&name, &bare)?;
        let schema = scan.schema().clone();
        let mut exprs = Vec::with_capacity(table.columns.len());
        for Column { name: column, kind, .. } in &table.columns {
            exprs.push(match kind {
                ColumnKind::Physical(_) | ColumnKind::Metadata { .. } => {
                    Planned::Column(datafusion_common::Column::new(Some(name.clone()), &column.value))
                }
                ColumnKind::Computed { expr, .. } => self
                    .expression(expr, &schema)
                    .map_err(|error| error.at_ident(column))?
                    .alias(&column.value),
            });
        }
        let is_stored = |column: &Column| matches!(column.kind, ColumnKind::Physical(_));
        let is_computed = !table.columns.iter().all(is_stored);
        let whole = match is_computed {
            true => LogicalPlanBuilder::from(scan).project(exprs.clone())?.build()?,
            false => scan,
        };
        if let Some(WatermarkFor { column, expr, .. }) = &table.watermark {
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
            let whole = LogicalPlanBuilder::from(self::scan(&name, &bare)?).project(exprs)?.build()?;
            let schema = Arc::new(whole.schema().as_arrow().clone());
            return Ok(Table { schema, plan: Some(whole), ..bare });
        }
        Ok(bare)
    }
}

fn scan(name: &TableReference, table: &Table) -> Result<LogicalPlan, SqlError> {
    Ok(LogicalPlanBuilder::scan(name.clone(), Arc::new(table.clone()), None)?.build()?)
}

/// The columns that are read: those that are stored, then those that are known beside them; how many are stored.
fn stored(table: &Declaration) -> Result<(Vec<Field>, usize), SqlError> {
    let (mut stored, mut known) = (Vec::new(), Vec::new());
    for Column { name, kind, .. } in &table.columns {
        let (fields, typed) = match kind {
            ColumnKind::Physical(typed) => (&mut stored, typed),
            ColumnKind::Metadata { typed, .. } => (&mut known, typed),
            ColumnKind::Computed { .. } => continue,
        };
        let data_type = column_type(&typed.data_type);
        let data_type = data_type.map_err(|words| SqlError::new(words).at_ident(name))?;
        fields.push(Field::new(&name.value, data_type, typed.takes_nulls));
    }
    let taken = stored.len();
    stored.append(&mut known);
    Ok((stored, taken))
}

/// What the connector calls the columns that it knows beside the rows, in their order.
fn metadata(table: &Declaration) -> Vec<&str> {
    let known = table.columns.iter().filter_map(|column| match &column.kind {
        ColumnKind::Metadata { key, .. } => Some(key.as_deref().unwrap_or(&column.name.value)),
        _ => None,
    });
    known.collect()
}

/// The columns of its primary key, by their places.
fn primary_key(table: &Declaration, stored: &Schema) -> Result<Vec<usize>, SqlError> {
    let of_key = table.primary_key.iter().flat_map(|key| &key.columns);
    let place = |name: &ast::Ident| {
        let place = stored.index_of(&name.value).map_err(|_| {
            let words = match table.column(&name.value) {
                Some(_) => format!("PRIMARY KEY takes columns that are stored, and {name} is computed"),
                None => {
                    let names = table.columns.iter().map(|column| column.name.value.as_str());
                    let advice = did_you_mean(&name.value, names);
                    format!("PRIMARY KEY takes columns of the table, and {name} is none{advice}")
                }
            };
            SqlError::new(words).at_ident(name)
        })?;
        Ok(place)
    };
    of_key.map(place).collect()
}

/// The columns by which it is partitioned, by their places.
fn partitions(table: &Declaration, schema: &Schema) -> Result<Vec<usize>, SqlError> {
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
