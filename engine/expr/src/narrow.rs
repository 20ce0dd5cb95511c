//! An expression that is computed for some rows of a batch: only the columns that it reads are copied for it.

use arrow_array::{RecordBatch, RecordBatchOptions, UInt32Array};
use arrow_schema::Schema;
use arrow_select::take::take;

use crate::error::ExprError;
use crate::program::{Node, node_of};
use crate::tree::Expr;
use crate::value::Value;

/// An expression, and the columns that it reads.
pub(crate) struct Narrow {
    columns: Vec<usize>,
    node: Node,
    /// Whether it costs less to compute it for all rows than to copy columns for some. Then it cannot fail either.
    pub(crate) is_light: bool,
}

impl Narrow {
    pub(crate) fn of(expr: &Expr, schema: &Schema) -> Result<Self, ExprError> {
        // One that there is not is told of by its number in the schema.
        expr.data_type(schema)?;
        let columns = expr.columns();
        let place = |column: usize| columns.binary_search(&column).expect("one that it reads");
        let node = node_of(&expr.clone().moved(&place), &schema.project(&columns)?)?;
        Ok(Self { columns, is_light: is_light(&node), node })
    }

    /// With something else to compute from the same columns.
    pub(crate) fn map(self, of: impl FnOnce(Node) -> Node) -> Self {
        Self { node: of(self.node), ..self }
    }

    pub(crate) fn of_all(&self, batch: &RecordBatch) -> Result<Value, ExprError> {
        match &self.node {
            Node::Literal(value) => Ok(value.clone()),
            node => node.evaluate(&batch.project(&self.columns)?),
        }
    }

    /// For these rows, in their order.
    pub(crate) fn of_some(&self, batch: &RecordBatch, rows: &UInt32Array) -> Result<Value, ExprError> {
        if let Node::Literal(value) = &self.node {
            return Ok(value.clone());
        }
        let narrow = batch.project(&self.columns)?;
        let columns = narrow.columns().iter().map(|column| take(column, rows, None));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        self.node.evaluate(&RecordBatch::try_new_with_options(narrow.schema(), columns, &options)?)
    }
}

/// Whether all that is done is to compare columns: a loop over numbers or views each time, and nothing that may fail.
fn is_light(node: &Node) -> bool {
    match node {
        Node::Column(_) | Node::Literal(_) => true,
        Node::Comparison(_, sides) | Node::Logic(_, sides) => sides.iter().all(is_light),
        Node::Not(node) | Node::IsNull(node) | Node::Field(node, _) => is_light(node),
        _ => false,
    }
}
