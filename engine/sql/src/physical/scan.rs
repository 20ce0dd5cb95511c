//! Where rows come from: the sources of tables, and what they say of time.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use connect::datagen::DatagenSpec;
use connect::nexmark::Nexmark;
use connect::read::{Condition, FileSource, FileSourceSpec};
use datafusion_common::DFSchema;
use datafusion_expr::{Expr as Planned, TableScan};
use expr::{BinaryOp, Expr, Program};
use memory::Batch;
use operators::layout::time_type;
use operators::time::{Stamp, Stamped, Times};
use operators::{Layout, OperatorSeat, Source};
use plan::{Factory, Make, TimesMaker};
use runtime::subtask::Failure;

use super::keys::Keys;
use super::{Node, Planner, Rows, failed};
use crate::connector::Connector;
use crate::error::SqlError;
use crate::lower::lower;
use crate::pushed::conditions;
use crate::table::Table;
use crate::zones::expression_in_zone;

impl Planner {
    pub(super) fn scan(&mut self, scan: &TableScan) -> Result<Rows, SqlError> {
        let name = scan.table_name.table().to_owned();
        let table = scan
            .source
            .downcast_ref::<Table>()
            .ok_or_else(|| SqlError::new(format!("{name} is no table")))?;
        let wanted: Vec<usize> = match &scan.projection {
            Some(columns) => columns.clone(),
            None => (0..table.stored.fields().len()).collect(),
        };
        let mut read = wanted.clone();
        let watermark = table.watermark.as_ref().filter(|_| !self.is_batch());
        let watermark = watermark.map(|watermark| {
            let all = DFSchema::try_from_qualified_schema(scan.table_name.clone(), &table.stored)?;
            for column in watermark.expr.column_refs() {
                let column = all.index_of_column(column)?;
                if !read.contains(&column) {
                    read.push(column);
                }
            }
            self.times(&watermark.expr, &all, &read, table)
        });
        let watermark = watermark.transpose()?;
        // Something has to be read to know how many rows there are.
        if read.is_empty() {
            read.push(0);
        }
        // Time goes on with rows that nobody wants, too.
        let asked = scan.filters.iter().filter(|_| watermark.is_none());
        let asked = asked.flat_map(|filter| conditions(filter, table)).collect();
        let Opened { make, layout, files } = self.source(&name, table, &read, asked)?;
        let node = Node::new(format!("Source: {name}"), Factory::Source(make, watermark));
        // Each subtask would be another connection.
        let node = if matches!(table.connector, Connector::Socket(_)) { node.single() } else { node };
        let rows = self.add(node, &[], layout);
        let rows = self.scanned(rows, files, &read);
        let key: Option<BTreeSet<usize>> = table
            .primary_key
            .iter()
            .map(|column| read.iter().position(|read| read == column))
            .collect::<Option<_>>()
            .filter(|_| !table.primary_key.is_empty());
        let rows = Rows { keys: key.map(Keys::of).unwrap_or_default(), ..rows };
        let fields = rows.layout.schema().fields().iter().take(wanted.len()).cloned().collect();
        self.projection(&rows, (0..wanted.len()).map(Expr::Column).collect(), &fields)
    }

    /// Reads these columns of a table, and leaves out what has no row for which all conditions hold.
    fn source(
        &self,
        name: &str,
        table: &Table,
        read: &[usize],
        conditions: Vec<Condition>,
    ) -> Result<Opened, SqlError> {
        let wrong = |error: &dyn std::fmt::Display| SqlError::new(format!("table {name}: {error}"));
        match &table.connector {
            Connector::Files(files) => {
                let spec = files.source(&table.stored).project(read.to_vec()).conditions(conditions);
                // A stream goes on in the middle of a row group, a batch begins anew.
                let spec = if self.is_batch() { spec.by_row() } else { spec };
                spec.check().map_err(|error| wrong(&error))?;
                let layout = Layout::of(spec.schema().fields().clone());
                let make = FileSource::open(spec.clone());
                let make: Make<dyn Source> = Arc::new(move |seat| make(&seat.subtask()));
                Ok(Opened { make, layout, files: Some(spec) })
            }
            Connector::Datagen(datagen) => {
                let spec = DatagenSpec { now_ms: self.files.now_ms(), ..datagen.project(read) };
                let layout = Layout::of(spec.schema().fields().clone());
                let generator = spec.generator();
                Ok(Opened {
                    make: Arc::new(move |seat| generator.make(&seat.subtask())),
                    layout,
                    files: None,
                })
            }
            Connector::Nexmark(nexmark) => {
                let spec = nexmark.source(Some(read));
                spec.check().map_err(|error| wrong(&error))?;
                let layout = Layout::of(spec.schema().fields().clone());
                let make = Nexmark::open(spec);
                Ok(Opened { make: Arc::new(move |seat| make(&seat.subtask())), layout, files: None })
            }
            Connector::Socket(socket) => {
                let source = socket.source(read);
                let layout = Layout::of(source.schema().fields().clone());
                Ok(Opened { make: Arc::new(move |seat| source.make(&seat.subtask())), layout, files: None })
            }
            Connector::Print { .. } | Connector::Blackhole(_) => {
                Err(SqlError::new(format!("{name} can only be written to")))
            }
            Connector::View => Err(SqlError::new(format!("{name} is a view"))),
        }
    }

    /// What a source says of time, for rows of the columns that are read.
    fn times(
        &self,
        watermark: &Planned,
        all: &DFSchema,
        read: &[usize],
        table: &Table,
    ) -> Result<TimesMaker, SqlError> {
        let place = |column: usize| read.iter().position(|read| *read == column).unwrap_or(column);
        let watermark = expression_in_zone(watermark.clone(), all, self.zone)?;
        let expr = Box::new(lower(&watermark, all)?.moved(&place));
        let expr = Expr::Cast { expr, to: time_type(), is_lenient: false };
        let schema = Arc::new(table.stored.project(read).map_err(SqlError::new)?);
        Program::compile(&expr, &schema).map_err(SqlError::new)?;
        let idle_after = self.idle_after;
        Ok(Arc::new(move |_: &OperatorSeat| {
            let program = Program::compile(&expr, &schema).expect("it was compiled when it was planned");
            let of_latest = behind(&expr);
            Times::by(Box::new(Computed { program, of_latest }), idle_after)
        }))
    }
}

/// A source, what its rows are, and what it reads, if that is files.
struct Opened {
    make: Make<dyn Source>,
    layout: Layout,
    files: Option<FileSourceSpec>,
}

/// A watermark that is computed of each row: the greatest of a batch counts.
struct Computed {
    program: Program,
    /// The column of times of which it is so far behind, if it is no more than that: then it is computed of the latest row alone.
    of_latest: Option<usize>,
}

impl Computed {
    fn greatest(&self, rows: &RecordBatch) -> Result<Option<i64>, Failure> {
        let times = self.program.evaluate(rows).map_err(failed)?;
        Ok(arrow_arith::aggregate::max(times.as_primitive::<TimestampMillisecondType>()))
    }
}

impl Stamp for Computed {
    fn stamp(&mut self, batch: Batch) -> Result<Stamped, Failure> {
        let batch = batch.compact();
        let latest = self.of_latest.and_then(|column| latest(batch.columns().column(column)));
        let watermark = match latest {
            Some(row) => self.greatest(&batch.columns().slice(row, 1))?,
            None => self.greatest(batch.columns())?,
        };
        Ok(Stamped { batch, watermark })
    }
}

/// The row with the latest time, if rows have one.
fn latest(times: &ArrayRef) -> Option<usize> {
    let times = times.as_primitive_opt::<TimestampMillisecondType>()?;
    let latest = arrow_arith::aggregate::max(times)?;
    // Mostly one of the last.
    (0..times.len()).rev().find(|row| times.value(*row) == latest && times.is_valid(*row))
}

/// The column of which an expression is no more than so far behind.
fn behind(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Column(column) => Some(*column),
        Expr::Binary { op: BinaryOp::Minus | BinaryOp::Plus, left, right }
            if matches!(**right, Expr::Literal(_)) =>
        {
            behind(left)
        }
        Expr::Cast { expr, to: DataType::Timestamp(..), .. } => behind(expr),
        _ => None,
    }
}
