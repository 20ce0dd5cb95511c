//! Where rows go: the sinks of tables, and whoever asked for them.

use std::sync::Arc;

use arrow_schema::Fields;
use connect::write::FileSink;
use connect::{Blackhole, Collect, Print, RowStyle};
use operators::{Layout, Sink};
use plan::{Factory, Make};

use super::{Node, Planner, Rows};
use crate::connector::Connector;
use crate::error::SqlError;
use crate::table::Table;

impl Planner {
    /// Writes rows to a table.
    pub(crate) fn write(
        &mut self,
        rows: &Rows,
        name: &str,
        table: &Table,
        overwrite: bool,
    ) -> Result<(), SqlError> {
        let taken = table.taken();
        let fields: Fields = taken.fields().clone();
        let rows = self.renamed(rows, &fields)?;
        if rows.changes() && !table.connector.takes_changes() {
            return Err(SqlError::new(format!(
                "table {name} takes rows that stay, and the query takes some of its back; write to a table that takes changes \
                 ('connector' = 'print'), or SET 'execution.runtime-mode' = 'batch', where only the last ones count"
            )));
        }
        let make: Make<dyn Sink> = match &table.connector {
            Connector::Files(files) => {
                let run = (!overwrite).then(|| self.files.unique());
                let spec = files.target(taken, run);
                let sink =
                    FileSink::new(spec).map_err(|error| SqlError::new(format!("table {name}: {error}")))?;
                Arc::new(move |seat| sink.make(&seat.subtask()))
            }
            Connector::Print { identifier } => {
                let print = Print::default().style(RowStyle::Changelog);
                let print = match identifier {
                    Some(identifier) => print.identifier(identifier.clone()),
                    None => print,
                };
                Arc::new(move |seat| print.make(&seat.subtask()))
            }
            Connector::Blackhole => {
                let sink = Blackhole::default();
                Arc::new(move |seat| sink.make(&seat.subtask()))
            }
            Connector::Socket(socket) => {
                let sink =
                    socket.sink(&taken).map_err(|error| SqlError::new(format!("table {name}: {error}")))?;
                Arc::new(move |seat| sink.make(&seat.subtask()))
            }
            Connector::Datagen(_) | Connector::Nexmark(_) => {
                return Err(SqlError::new(format!("{name} can only be read")));
            }
            Connector::View => {
                return Err(SqlError::new(format!("{name} is a view: INSERT INTO takes a table")));
            }
        };
        // Whoever listens may take one connection at a time.
        let is_single = matches!(table.connector, Connector::Socket(_));
        self.sink(&rows, format!("Sink: {name}"), make, is_single);
        Ok(())
    }

    /// Hands rows out.
    pub(crate) fn collect(&mut self, rows: &Rows, sink: Collect) {
        let make: Make<dyn Sink> = Arc::new(move |seat| sink.make(&seat.subtask()));
        // What is in order stays so.
        self.sink(rows, "Sink: Collect".to_owned(), make, true);
    }

    fn sink(&mut self, rows: &Rows, name: String, make: Make<dyn Sink>, is_single: bool) {
        let node = Node::new(name, Factory::Sink(make));
        let node = if is_single { node.single() } else { node };
        self.add(node, &[rows], Layout::of(Fields::empty()));
    }
}
