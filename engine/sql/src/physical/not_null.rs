//! Columns of a table that take no nulls: a row that has one there is an error, or is left out, as the settings say.

use std::sync::Arc;

use arrow_array::{Array, RecordBatch};
use arrow_schema::Fields;
use expr::{BinaryOp, Expr};
use operators::Operator;
use operators::rows::Columns;
use options::NotNullEnforcer;
use plan::{Factory, Make};
use runtime::subtask::Failure;

use super::changelog::{Changelog, Hears};
use super::{Node, Planner, Rows};
use crate::error::SqlError;

/// A null where none may be.
#[derive(Debug, thiserror::Error)]
#[error(
    "column {column} of table {table} is NOT NULL, and a row has a null there; COALESCE gives it another value, and \
     SET 'table.exec.sink.not-null-enforcer' = 'DROP' leaves such rows out"
)]
struct Null {
    table: String,
    column: String,
}

impl Planner {
    /// Rows that have no null where a table of these columns takes none.
    pub(super) fn enforced(&mut self, rows: Rows, table: &str, fields: &Fields) -> Result<Rows, SqlError> {
        let strict: Vec<usize> = (0..fields.len()).filter(|column| !fields[*column].is_nullable()).collect();
        if strict.is_empty() {
            return Ok(rows);
        }
        match self.not_null {
            NotNullEnforcer::Error => Ok(self.refusing_nulls(&rows, table, fields, strict)),
            NotNullEnforcer::Drop => {
                let is_there =
                    |column: &usize| Expr::Not(Box::new(Expr::IsNull(Box::new(Expr::Column(*column)))));
                let all = strict.iter().map(is_there);
                let all = all.reduce(|one, other| Expr::binary(BinaryOp::And, one, other));
                self.filter(&rows, all.expect("there are such columns"))
            }
        }
    }

    fn refusing_nulls(&mut self, rows: &Rows, table: &str, fields: &Fields, strict: Vec<usize>) -> Rows {
        let layout = rows.layout.clone();
        let (table, fields) = (table.to_owned(), fields.clone());
        let names =
            strict.iter().map(|column| fields[*column].name().as_str()).collect::<Vec<_>>().join(", ");
        let make: Make<dyn Operator> = {
            let layout = layout.clone();
            Arc::new(move |_| {
                let (table, fields, strict) = (table.clone(), fields.clone(), strict.clone());
                let function = move |batch: &RecordBatch| match strict
                    .iter()
                    .find(|column| batch.column(**column).null_count() > 0)
                {
                    None => Ok(batch.clone()),
                    Some(column) => {
                        let column = fields[*column].name().clone();
                        Err(Failure::lasting(Null { table: table.clone(), column }))
                    }
                };
                Ok(Box::new(Columns::new(layout.clone(), layout.clone(), function)) as Box<dyn Operator>)
            })
        };
        let node = Node::new(format!("Not Null [{names}]"), Factory::Operator(make));
        let node = Node { is_single: self.is_single(rows), ..node };
        let checked = self.add(node.with(Changelog::passing(Hears::AsItsReaders)), &[rows], layout);
        Rows { window: rows.window, keys: rows.keys.clone(), ..checked }
    }
}
