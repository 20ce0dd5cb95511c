//! What happens to columns row by row: projections and filters.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Fields, Schema, SchemaRef};
use expr::{Expr, Program};
use operators::rows::{Columns, FilterColumns};
use operators::{Layout, Operator};
use plan::{Factory, Make};
use runtime::subtask::Failure;

use super::changelog::{Changelog, Hears};
use super::{Node, Planner, Rows, failed};
use crate::error::SqlError;

impl Planner {
    /// Other columns in place of those that there are.
    pub(super) fn projection(
        &mut self,
        rows: &Rows,
        exprs: Vec<Expr>,
        fields: &Fields,
    ) -> Result<Rows, SqlError> {
        let input = rows.layout.clone();
        if is_the_same(&exprs, &input, fields) {
            return Ok(rows.clone());
        }
        let output = Layout::of(fields.clone());
        let output = if rows.changes() { output.changing() } else { output };
        let window = rows.window.and_then(|window| window.behind(&exprs));
        let keys = rows.keys.behind(&exprs, input.schema());
        let exprs: Arc<[Expr]> = exprs
            .into_iter()
            .zip(fields)
            .map(|(expr, field)| of_type(expr, input.schema(), field))
            .collect::<Result<Vec<_>, _>>()?
            .into();
        programs(&exprs, input.schema()).map_err(SqlError::new)?;
        let scanned = rows.scanned.behind(&exprs);
        let make: Make<dyn Operator> = {
            let output = output.clone();
            Arc::new(move |_| {
                let programs = programs(&exprs, input.schema()).map_err(failed)?;
                let schema = output.schema().clone();
                let function = move |batch: &RecordBatch| projected(&programs, &schema, batch);
                Ok(Box::new(Columns::new(input.clone(), output.clone(), function)) as Box<dyn Operator>)
            })
        };
        let names = fields.iter().enumerate().map(shown).collect::<Vec<_>>().join(", ");
        let node = Node {
            is_single: self.is_single(rows),
            ..Node::new(format!("Calc [{names}]"), Factory::Operator(make))
        };
        let node = node.with(Changelog::passing(Hears::AsItsReaders));
        let projected = self.add(node, &[rows], output);
        Ok(Rows { window, keys, scanned, ..projected })
    }

    /// The columns that there are, and behind them others.
    pub(super) fn extended(&mut self, rows: &Rows, others: Vec<(String, Expr)>) -> Result<Rows, SqlError> {
        let own = rows.layout.schema();
        let mut exprs: Vec<Expr> = (0..rows.layout.record()).map(Expr::Column).collect();
        let mut fields: Vec<Field> = own.fields().iter().map(|field| (**field).clone()).collect();
        for (name, expr) in others {
            fields.push(Field::new(name, expr.data_type(own).map_err(SqlError::new)?, true));
            exprs.push(expr);
        }
        self.projection(rows, exprs, &fields.into())
    }

    /// The same columns under other names.
    pub(super) fn renamed(&mut self, rows: &Rows, fields: &Fields) -> Result<Rows, SqlError> {
        let exprs = (0..fields.len()).map(Expr::Column).collect();
        self.projection(rows, exprs, fields)
    }

    /// The rows for which a condition is true.
    pub(super) fn filter(&mut self, rows: &Rows, condition: Expr) -> Result<Rows, SqlError> {
        let input = rows.layout.clone();
        Program::compile(&condition, input.schema()).map_err(SqlError::new)?;
        let name = format!("Filter [{condition}]");
        // A row that is passed on may change to one that is not, and then it is gone: unless the condition is about its key.
        let hears = match rows.keys.decide(&condition.columns()) {
            true => Hears::AsItsReaders,
            false => Hears::All,
        };
        let make: Make<dyn Operator> = {
            let input = input.clone();
            Arc::new(move |_| {
                let program = Program::compile(&condition, input.schema()).map_err(failed)?;
                let function = move |batch: &RecordBatch| program.holds(batch).map_err(failed);
                Ok(Box::new(FilterColumns::new(input.clone(), function)) as Box<dyn Operator>)
            })
        };
        let node = Node { is_single: self.is_single(rows), ..Node::new(name, Factory::Operator(make)) };
        let filtered = self.add(node.with(Changelog::passing(hears)), &[rows], input);
        let (keys, scanned) = (rows.keys.clone(), rows.scanned.clone());
        Ok(Rows { window: rows.window, keys, scanned, ..filtered })
    }

    /// Whether rows come from one subtask: what is done with them row by row needs no more.
    pub(super) fn is_single(&self, rows: &Rows) -> bool {
        rows.origins
            .iter()
            .all(|origin| origin.partition.is_none() && self.graph.node(origin.node).parallelism == 1)
    }
}

/// What a column is called in the name of an operator: one that the planner has named by what it holds has a number.
fn shown((number, field): (usize, &Arc<Field>)) -> String {
    let is_name =
        field.name().chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$' | '.'));
    if is_name { field.name().clone() } else { format!("EXPR${number}") }
}

/// Whether a projection changes nothing, names and types included.
fn is_the_same(exprs: &[Expr], input: &Layout, fields: &Fields) -> bool {
    let columns = exprs
        .iter()
        .enumerate()
        .all(|(number, expr)| matches!(expr, Expr::Column(column) if *column == number));
    columns && input.schema().fields() == fields
}

/// Cast, if it is of another type than was planned.
fn of_type(expr: Expr, schema: &Schema, field: &Field) -> Result<Expr, SqlError> {
    let own = expr.data_type(schema).map_err(SqlError::new)?;
    Ok(match &own == field.data_type() {
        true => expr,
        false => Expr::Cast { expr: Box::new(expr), to: field.data_type().clone(), is_lenient: false },
    })
}

fn programs(exprs: &[Expr], schema: &Schema) -> Result<Vec<Program>, expr::ExprError> {
    exprs.iter().map(|expr| Program::compile(expr, schema)).collect()
}

fn projected(programs: &[Program], schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, Failure> {
    let columns = programs.iter().map(|program| program.evaluate(batch).map_err(failed));
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new_with_options(schema.clone(), columns, &options).map_err(Failure::lasting)
}
