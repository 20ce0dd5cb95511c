//! From a logical plan to a program of operators.
//!
//! ```text
//!   LogicalPlan ─► Planner: a node for each operator, keys and routes ─► StreamGraph ─► plan::JobGraph
//! ```
//!
//! | part | file |
//! |---|---|
//! | unions, values | here |
//! | where rows go | `sinks.rs`, `not_null.rs` |
//! | sources, and what they say of time | `scan.rs` |
//! | projections, filters | `columns.rs`, `repeated.rs` |
//! | what only we have a word for | `extensions.rs` |
//! | aggregates | `aggregates.rs`, `grouping_sets.rs`, `computed.rs`, `reads.rs`, `split_distinct.rs`, `mini_batch.rs` |
//! | joins | `joins.rs`, `intervals.rs` |
//! | joins of rows with the best of their window | `contenders/` |
//! | which scans are told the keys of which joins | `sieves.rs` |
//! | joins with what a table was | `temporal.rs` |
//! | set operations that count | `multisets.rs` |
//! | rows for elements | `unnest.rs` |
//! | windows of time, and groups of their rows | `windows.rs`, `window_aggregates.rs` |
//! | the first rows of each key, `OVER` | `top_n.rs`, `over.rs` |
//! | order, limits | `order.rs` |
//! | which rows take others back, and who has to hear it | `changelog.rs` |
//! | by which columns rows are told apart | `keys.rs` |
//! | operators on their way into the program | `node.rs` |
//!
//! Columns are found by their numbers: a plan's schema has the same columns in the same order as the rows of its operator.
//! All that is computed takes nulls.

mod aggregates;
mod changelog;
mod columns;
mod computed;
mod contenders;
mod extensions;
mod grouping_sets;
mod intervals;
mod joins;
mod keys;
mod mini_batch;
mod multisets;
mod node;
mod not_null;
mod order;
mod over;
mod reads;
mod repeated;
mod scan;
mod sieves;
mod sinks;
mod split_distinct;
mod temporal;
mod top_n;
mod unnest;
mod window_aggregates;
mod windows;

use std::sync::Arc;
use std::time::Duration;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Fields, Schema, SchemaRef};
use connect::Collection;
use datafusion_common::DFSchema;
use datafusion_expr::{EmptyRelation, LogicalPlan, Union, Values};
use expr::{Program, Zone};
use memory::KeyGroups;
use operators::{Layout, Mode, Source};
use options::{
    AGG_PHASE_STRATEGY, AggPhaseStrategy, BATCH_SHUFFLE_MODE, BUFFER_TIMEOUT_ENABLED,
    BUFFER_TIMEOUT_INTERVAL, BatchShuffleMode, DISTINCT_SPLIT, DISTINCT_SPLIT_BUCKETS, FlushInterval,
    MAX_PARALLELISM, NOT_NULL_ENFORCER, NotNullEnforcer, OPERATOR_CHAINING, PARALLELISM, SOURCE_IDLE_TIMEOUT,
    STATE_TTL, Settings, UPSERT_MATERIALIZE, UpsertMaterialize,
};
use plan::{Factory, Make, Partition, StreamGraph, key_groups};
use runtime::subtask::Failure;

use crate::error::SqlError;
use crate::estimates::Estimates;
use crate::files::Files;
use crate::lower::{lower, own_type};
use crate::now::{look_at_the_clock, with_now};
use changelog::Known;
use contenders::BestOfWindow;
use keys::Keys;
use mini_batch::MiniBatch;
use node::{Node, Origin};
use sieves::{Scan, Scanned};
use top_n::FirstRows;

/// Makes a program of plans.
pub(crate) struct Planner {
    graph: StreamGraph,
    parallelism: u32,
    groups: KeyGroups,
    shuffle: BatchShuffleMode,
    files: Arc<dyn Files>,
    /// By the clocks of which zone instants are cut into windows.
    zone: Zone,
    /// Nobody waits for a source that has had no row for so long.
    idle_after: Option<Duration>,
    /// Whether rows leave as soon as they can, however few.
    is_at_once: bool,
    /// For how many milliseconds what has no bound of time is known, in a stream.
    state_ttl: Option<i64>,
    /// About how many rows there are of what.
    estimates: Arc<Estimates>,
    /// Into how many parts the distinct values of a key go, if they do.
    distinct_buckets: Option<u32>,
    /// Whether rows of a key may be combined before they travel.
    has_two_phases: bool,
    mini_batch: Option<MiniBatch>,
    /// What becomes of a row that has a null where its table takes none.
    not_null: NotNullEnforcer,
    /// When the last row of each key of a table is kept for it.
    upsert_materialize: UpsertMaterialize,
    /// What each operator does about rows that take others back.
    known: Vec<Known>,
    /// Scans of files, and what they are told.
    scans: Vec<Scan>,
    /// What was planned, with its rows.
    shared: Vec<(LogicalPlan, Rows)>,
}

/// The rows of a plan while it is made into operators.
#[derive(Clone)]
pub(crate) struct Rows {
    origins: Vec<Origin>,
    layout: Layout,
    /// Which columns say in which window a row lies, if all rows of a window have come when it is over.
    window: Option<Window>,
    /// By which columns they are told apart.
    keys: Keys,
    /// Which of their columns are columns of files.
    scanned: Scanned,
    /// Whether rows have not been kept until long after their event time, so that what comes behind a watermark is late.
    is_timely: bool,
}

/// The columns of a window, and the zone by whose clocks it begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    start: usize,
    end: usize,
    zone: Zone,
}

impl Rows {
    fn routed(mut self, partition: &Partition) -> Self {
        self.origins.iter_mut().for_each(|origin| origin.partition = Some(partition.clone()));
        self
    }

    /// And these rows, of the same columns.
    fn append(&mut self, others: Self) {
        self.origins.extend(others.origins);
        if others.layout.has_kinds() {
            self.layout = self.layout.clone().changing();
        }
        self.window = self.window.filter(|window| others.window == Some(*window));
        self.keys = Keys::default();
        self.scanned = Scanned::default();
        self.is_timely &= others.is_timely;
    }

    /// Whether some of them take others back.
    pub(crate) fn changes(&self) -> bool {
        self.layout.has_kinds()
    }
}

impl Window {
    /// Where the columns are behind a projection, if both are there.
    fn behind(self, exprs: &[expr::Expr]) -> Option<Self> {
        let place = |wanted: usize| {
            exprs.iter().position(|expr| matches!(expr, expr::Expr::Column(column) if *column == wanted))
        };
        Some(Self { start: place(self.start)?, end: place(self.end)?, ..self })
    }
}

impl Planner {
    /// For a job of this name.
    ///
    /// # Errors
    ///
    /// If settings do not fit each other.
    pub(crate) fn new(
        name: &str,
        mode: Mode,
        settings: &Settings,
        (files, estimates): (Arc<dyn Files>, Arc<Estimates>),
    ) -> Result<Self, SqlError> {
        let parallelism = settings.get(&PARALLELISM);
        let groups = key_groups(parallelism, settings.get(&MAX_PARALLELISM));
        let graph = StreamGraph {
            name: name.to_owned(),
            mode,
            chaining: settings.get(&OPERATOR_CHAINING),
            nodes: Vec::new(),
            edges: Vec::new(),
        };
        Ok(Self {
            graph,
            parallelism,
            groups,
            shuffle: settings.get(&BATCH_SHUFFLE_MODE),
            zone: crate::zones::zone_of(settings, &*files),
            files,
            idle_after: Some(settings.get(&SOURCE_IDLE_TIMEOUT)).filter(|timeout| !timeout.is_zero()),
            is_at_once: settings.get(&BUFFER_TIMEOUT_ENABLED)
                && settings.get(&BUFFER_TIMEOUT_INTERVAL) == FlushInterval::Every(Duration::ZERO),
            state_ttl: i64::try_from(settings.get(&STATE_TTL).as_millis())
                .ok()
                .filter(|after_ms| *after_ms > 0 && mode == Mode::Streaming),
            estimates,
            distinct_buckets: settings.get(&DISTINCT_SPLIT).then(|| settings.get(&DISTINCT_SPLIT_BUCKETS)),
            has_two_phases: settings.get(&AGG_PHASE_STRATEGY) != AggPhaseStrategy::OnePhase,
            mini_batch: MiniBatch::of(settings)?,
            not_null: settings.get(&NOT_NULL_ENFORCER),
            upsert_materialize: settings.get(&UPSERT_MATERIALIZE),
            known: Vec::new(),
            scans: Vec::new(),
            shared: Vec::new(),
        })
    }

    fn is_batch(&self) -> bool {
        self.graph.mode == Mode::Batch
    }

    /// The rows of a plan. What stands in it twice is computed once.
    pub(crate) fn rows(&mut self, plan: &LogicalPlan) -> Result<Rows, SqlError> {
        if !self.is_worth_sharing(plan) {
            return self.rows_anew(plan);
        }
        if let Some((_, rows)) = self.shared.iter().find(|(known, _)| known == plan) {
            return Ok(rows.clone());
        }
        let rows = self.rows_anew(plan)?;
        self.shared.push((plan.clone(), rows.clone()));
        Ok(rows)
    }

    /// Whether the rows of a plan are had for less when they come from where others have them. A join of a batch reads one
    /// side first and keeps what comes of the other: of what is read off files that would be too much.
    fn is_worth_sharing(&self, plan: &LogicalPlan) -> bool {
        match plan {
            LogicalPlan::Values(_) | LogicalPlan::EmptyRelation(_) => false,
            LogicalPlan::Aggregate(_) | LogicalPlan::Join(_) | LogicalPlan::Window(_) => true,
            LogicalPlan::TableScan(_) => !self.is_batch(),
            LogicalPlan::Extension(extension) if BestOfWindow::of(extension).is_some() => true,
            other => other.inputs().into_iter().any(|input| self.is_worth_sharing(input)),
        }
    }

    fn rows_anew(&mut self, plan: &LogicalPlan) -> Result<Rows, SqlError> {
        match plan {
            LogicalPlan::TableScan(scan) => self.scan(scan),
            LogicalPlan::Projection(projection) => {
                if let Some(rows) = self.computed_once(projection)? {
                    return Ok(rows);
                }
                let first = match projection.input.as_ref() {
                    LogicalPlan::Filter(filter) => FirstRows::of(filter),
                    _ => None,
                };
                let rows = match first {
                    Some(first) if !first.numbers_are_in(&projection.expr) => {
                        self.first_rows(&first, false)?
                    }
                    _ => self.rows(&projection.input)?,
                };
                let schema = projection.input.schema();
                if look_at_the_clock(&projection.expr) {
                    let exprs = lowered(&projection.expr, &with_now(schema)?)?;
                    let rows = self.now(&rows);
                    return self.projection(&rows, exprs, &fields_of(&projection.schema));
                }
                let exprs = lowered(&projection.expr, schema)?;
                self.projection(&rows, exprs, &fields_of(&projection.schema))
            }
            LogicalPlan::Filter(filter) => {
                if let Some(first) = FirstRows::of(filter) {
                    return self.first_rows(&first, true);
                }
                let rows = self.rows(&filter.input)?;
                let schema = filter.input.schema();
                if look_at_the_clock([&filter.predicate]) {
                    let condition = lower(&filter.predicate, &with_now(schema)?)?;
                    let filtered = self.now(&rows);
                    let filtered = self.filter(&filtered, condition)?;
                    return self.renamed(&filtered, rows.layout.schema().fields());
                }
                self.filter(&rows, lower(&filter.predicate, schema)?)
            }
            LogicalPlan::SubqueryAlias(alias) => self.rows(&alias.input),
            LogicalPlan::Union(union) => self.union(union),
            LogicalPlan::Values(values) => self.values(values),
            LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row, schema }) => {
                let fields = fields_of(schema);
                let options = RecordBatchOptions::new().with_row_count(Some(usize::from(*produce_one_row)));
                let schema = Arc::new(Schema::new(fields));
                let rows = match produce_one_row {
                    true => RecordBatch::try_new_with_options(schema, Vec::new(), &options),
                    false => Ok(RecordBatch::new_empty(schema)),
                };
                Ok(self.collection(rows.map_err(SqlError::new)?))
            }
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate),
            LogicalPlan::Sort(sort) => self.sort(sort),
            LogicalPlan::Limit(limit) => self.limit(limit),
            LogicalPlan::Join(join) => self.join(join),
            LogicalPlan::Window(window) => self.over(window),
            LogicalPlan::Extension(extension) => self.extension(extension),
            LogicalPlan::Subquery(_) => Err(SqlError::not_yet("a subquery that looks outside")),
            other => Err(SqlError::not_yet(other.display())),
        }
    }

    fn union(&mut self, union: &Union) -> Result<Rows, SqlError> {
        let fields = fields_of(&union.schema);
        let mut all: Option<Rows> = None;
        for input in &union.inputs {
            let rows = self.rows(input)?;
            // Names may differ from one to the other, and types are the same.
            let rows = self.renamed(&rows, &fields)?;
            match &mut all {
                None => all = Some(rows),
                Some(all) => all.append(rows),
            }
        }
        all.ok_or_else(|| SqlError::new("a union of nothing"))
    }

    fn values(&mut self, values: &Values) -> Result<Rows, SqlError> {
        let fields = fields_of(&values.schema);
        let schema: SchemaRef = Arc::new(Schema::new(fields.clone()));
        let mut batches = Vec::with_capacity(values.values.len());
        for row in &values.values {
            let mut columns = Vec::with_capacity(row.len());
            for (value, field) in row.iter().zip(&fields) {
                let expr = Box::new(lower(value, &DFSchema::empty())?);
                let cast = expr::Expr::Cast { expr, to: field.data_type().clone(), is_lenient: false };
                columns.push(Program::constant(&cast).map_err(SqlError::new)?);
            }
            let batch = RecordBatch::try_new(schema.clone(), columns);
            batches.push(batch.map_err(SqlError::new)?);
        }
        let source = Collection::of(schema, batches);
        Ok(self.collected(source))
    }

    fn collection(&mut self, rows: RecordBatch) -> Rows {
        self.collected(Collection::of(rows.schema(), [rows]))
    }

    fn collected(&mut self, source: Collection) -> Rows {
        let layout = Layout::of(source.schema().fields().clone());
        let make: Make<dyn Source> = Arc::new(move |seat| source.make(&seat.subtask()));
        self.add(Node::new("Source: Values", Factory::Source(make, None)).single(), &[], layout)
    }
}

/// The columns of a plan. All of them take nulls.
pub(crate) fn fields_of(schema: &DFSchema) -> Fields {
    let field = |field: &Arc<Field>| Field::new(field.name(), own_type(field.data_type()), true);
    schema.fields().iter().map(field).collect()
}

fn lowered(exprs: &[datafusion_expr::Expr], schema: &DFSchema) -> Result<Vec<expr::Expr>, SqlError> {
    exprs.iter().map(|expr| lower(expr, schema)).collect()
}

fn failed(error: expr::ExprError) -> Failure {
    Failure::lasting(error)
}
