//! `UNNEST`: the columns of a row stand beside each element of an array or a map of it.

use std::sync::Arc;

use arrow_array::RecordBatch;
use datafusion_expr::UserDefinedLogicalNodeCore;
use expr::Program;
use operators::Operator;
use operators::rows::{FlatMapColumns, Spread};
use plan::{Factory, Make};

use super::{Node, Planner, Rows, failed, fields_of};
use crate::error::SqlError;
use crate::lower::lower;
use crate::unnest::Unnest;

impl Planner {
    pub(super) fn unnest(&mut self, unnest: &Unnest) -> Result<Rows, SqlError> {
        let rows = self.rows(&unnest.input)?;
        let of = lower(&unnest.of, unnest.input.schema())?;
        let (input, name) = (rows.layout.clone(), format!("Unnest [{of}]"));
        Program::compile(&of, input.schema()).map_err(SqlError::new)?;
        let output = input.derive(fields_of(unnest.schema()));
        let layout = output.clone();
        let (is_numbered, keeps_all) = (unnest.is_numbered, unnest.keeps_all);
        let make: Make<dyn Operator> = Arc::new(move |_| {
            let program = Program::compile(&of, input.schema()).map_err(failed)?;
            let schema = output.schema().clone();
            let function = move |rows: &RecordBatch| {
                let of = program.evaluate(rows).map_err(failed)?;
                Spread::of(&of, keeps_all)?.beside(rows, is_numbered, &schema)
            };
            Ok(Box::new(FlatMapColumns::new(input.clone(), output.clone(), function)) as Box<dyn Operator>)
        });
        let node = Node { is_single: self.is_single(&rows), ..Node::new(name, Factory::Operator(make)) };
        let window = rows.window;
        let spread = self.add(node, &[&rows], layout);
        Ok(Rows { window, ..spread })
    }
}
