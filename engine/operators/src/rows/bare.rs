//! Takes what travels beside records away: sinks see the records.

use memory::Batch;
use runtime::subtask::Failure;

use super::map::{selected, selected_kinds};
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;

/// Records and nothing else.
pub struct Bare {
    input: Layout,
    output: Layout,
}

impl Bare {
    /// Of a stream of layout `input`.
    pub fn new(input: Layout, output: Layout) -> Self {
        Self { input, output }
    }
}

impl Operator for Bare {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let columns = (0..self.input.record()).map(|column| selected(&batch, column)).collect();
        cx.send(self.output.batch(columns, batch.rows()).with_kinds(selected_kinds(&batch)))?;
        Ok(Flow::Next)
    }
}
