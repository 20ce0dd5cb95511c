//! Where rows go: the sinks of tables, and whoever asked for them.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_schema::Fields;
use connect::write::FileSink;
use connect::{Blackhole, Checksum, Collect, Print, RowStyle};
use operators::sort::SortColumn;
use operators::top_n::TopNSpec;
use operators::{Layout, Sink};
use options::UpsertMaterialize;
use plan::{Factory, Make};

use super::changelog::{Changelog, Hears};
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
        let rows = self.enforced(rows.clone(), name, &fields)?;
        let rows = self.renamed(&rows, &fields)?;
        if rows.changes() && !table.connector.takes_changes() {
            return Err(SqlError::new(format!(
                "table {name} takes rows that stay, and the query takes some of its back; write to a table that takes changes \
                 ('connector' = 'print'), or SET 'execution.runtime-mode' = 'batch', where only the last ones count"
            )));
        }
        let (rows, hears) =
            if table.connector.takes_changes() { self.for_key(rows, table) } else { (rows, Hears::All) };
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
            Connector::Blackhole(None) => {
                let sink = Blackhole::default();
                Arc::new(move |seat| sink.make(&seat.subtask()))
            }
            Connector::Blackhole(Some(_)) => {
                let sink = Checksum::new(name, &taken);
                let sink = sink.map_err(|error| SqlError::new(format!("table {name}: {error}")))?;
                Arc::new(move |seat| sink.make(seat))
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
        let node = Node::new(format!("Sink: {name}"), Factory::Sink(make));
        // Whoever listens may take one connection at a time.
        let node = if matches!(table.connector, Connector::Socket(_)) { node.single() } else { node };
        self.end(&rows, node.with(Changelog::passing(hears)));
        Ok(())
    }

    /// Rows as a table takes them that knows them by its primary key, and which of them it has to hear.
    ///
    /// Changes of rows that the query tells apart by other columns meet in the table under one key: the last that came and is
    /// still there is the one that counts then, and which one that is somebody has to know.
    fn for_key(&mut self, rows: Rows, table: &Table) -> (Rows, Hears) {
        let key: BTreeSet<usize> = table.primary_key.iter().copied().collect();
        let is_needed = match self.upsert_materialize {
            _ if key.is_empty() || self.is_batch() => false,
            UpsertMaterialize::Auto => rows.changes() && !rows.keys.lie_in(&key),
            UpsertMaterialize::Force => true,
            UpsertMaterialize::None => false,
        };
        if is_needed {
            return (self.last_of_each(rows, &table.primary_key), Hears::NewRows);
        }
        let is_by_key = key.is_empty() || rows.keys.has(&key);
        let hears = match table.connector.takes_former_rows() || !is_by_key {
            true => Hears::All,
            false => Hears::NewRows,
        };
        (rows, hears)
    }

    /// Of the rows that are there, the last of each key.
    fn last_of_each(&mut self, rows: Rows, key: &[usize]) -> Rows {
        let input = rows.layout.clone().keyed_by(key.to_vec());
        // All rows of a key are equal in a column of it, and of equal ones the last wins.
        let spec = TopNSpec::new(input.clone(), vec![SortColumn::ascending(key[0])], 1).later_wins();
        let names = key.iter().map(|column| input.schema().field(*column).name().as_str());
        let name = format!("Sink Materializer [{}]", names.collect::<Vec<_>>().join(", "));
        self.top_n(Rows { layout: input.clone(), ..rows }, spec, name)
    }

    /// Hands rows out.
    pub(crate) fn collect(&mut self, rows: &Rows, sink: Collect) {
        let make: Make<dyn Sink> = Arc::new(move |seat| sink.make(&seat.subtask()));
        // What is in order stays so.
        self.end(rows, Node::new("Sink: Collect", Factory::Sink(make)).single());
    }

    fn end(&mut self, rows: &Rows, sink: Node) {
        self.add(sink, &[rows], Layout::of(Fields::empty()));
    }
}
