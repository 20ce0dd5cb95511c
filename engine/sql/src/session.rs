//! A session: settings, tables and views, and statements one after the other.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use connect::{Collected, collect};
use datafusion_common::DFSchema;
use datafusion_common::tree_node::TreeNodeRecursion;
use datafusion_expr::{Expr as Planned, LogicalPlan};
use datafusion_sql::sqlparser::ast::{self, ObjectName, Query};
use expr::Zone;
use operators::Mode;
use options::{JOIN_REORDER_ENABLED, Origin, RUNTIME_MODE, RuntimeMode, Settings};
use plan::JobGraph;

use crate::aggregates::AGGREGATES;
use crate::answers::answer;
use crate::catalog::{Catalog, Kind, parts_of};
use crate::error::{Place, SqlError};
use crate::estimates::Estimates;
use crate::files::Files;
use crate::now;
use crate::physical::{Planner, fields_of};
use crate::rules::optimized;
use crate::shape::for_table;
use crate::statement::{self, Insert, Located, Statement};
use crate::table::{Table, did_you_mean};
use crate::window_functions::WINDOW_FUNCTIONS;
use crate::zones::zone_of;

/// Batches that wait for whoever reads results.
const COLLECTED_BATCHES: usize = 16;

/// What statements are run in.
pub struct Session {
    settings: Settings,
    /// What RESET goes back to.
    initial: Settings,
    pub(crate) catalog: Catalog,
    /// What is guessed while a statement is planned.
    pub(crate) estimates: Arc<Estimates>,
}

/// What a statement comes to.
#[derive(Debug)]
pub enum Outcome {
    /// It is done.
    Done,
    /// An answer in words, of some lines.
    Text(String),
    /// An answer: rows that are there.
    Answer(RecordBatch),
    /// A job that is to be run.
    Job(Box<PlannedJob>),
}

/// A job.
#[derive(Debug)]
pub struct PlannedJob {
    /// What is run.
    pub graph: JobGraph,
    /// With which settings.
    pub settings: Settings,
    /// Whether results come while it runs.
    pub is_live: bool,
    /// Where the rows of a query come out.
    pub rows: Option<QueryRows>,
}

/// The rows of a query.
#[derive(Debug)]
pub struct QueryRows {
    /// Their columns.
    pub schema: SchemaRef,
    /// By the clocks of which zone instants are shown.
    pub zone: Zone,
    /// Whether some of them take others back.
    pub are_changes: bool,
    /// What comes.
    pub collected: Collected,
}

impl Session {
    /// With these settings, and nothing in the catalog.
    pub fn new(settings: Settings, files: Arc<dyn Files>) -> Self {
        let estimates = Arc::new(Estimates::new(files.clone()));
        Self { initial: settings.clone(), settings, catalog: Catalog::new(files), estimates }
    }

    /// The tables and views of the current database, as far as they can be read, with their columns.
    pub fn tables(&self) -> Vec<(String, Vec<String>)> {
        let names = self.catalog.current_names(Kind::Table);
        let columns = |name: &String| {
            let table = self.catalog.table(&[name]).ok();
            table.map(|table| table.schema.fields().iter().map(|field| field.name().clone()).collect())
        };
        names
            .into_iter()
            .map(|name| {
                let columns = columns(&name).unwrap_or_default();
                (name, columns)
            })
            .collect()
    }

    /// The names of functions that a query may call.
    pub fn functions(&self) -> Vec<String> {
        let mut names: Vec<String> =
            expr::functions().map(|(_, function)| function.name.to_owned()).collect();
        names.extend(AGGREGATES.map(str::to_uppercase));
        names.extend(WINDOW_FUNCTIONS.map(str::to_uppercase));
        names.extend(self.catalog.current_names(Kind::Function));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Runs a text, statement by statement; `outcome` gets what each comes to before the next one is looked at.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, before anything is run; then what is wrong with a statement, or what `outcome` says.
    pub fn run<E: From<SqlError>>(
        &mut self,
        text: &str,
        mut outcome: impl FnMut(Outcome) -> Result<(), E>,
    ) -> Result<(), E> {
        for Located { statement, begins } in statement::parse(text)? {
            let done = self.statement(&statement);
            let done =
                done.map_err(|error| error.at(Place::at(begins.line, begins.column, 1)).within(text))?;
            outcome(done)?;
        }
        Ok(())
    }

    fn statement(&mut self, statement: &Statement) -> Result<Outcome, SqlError> {
        // Files may be others by now.
        self.estimates = Arc::new(Estimates::new(self.catalog.files.clone()));
        match statement {
            Statement::CreateTable(table) => self.create_table(table),
            Statement::CreateView(view) => self.create_view(view),
            Statement::CreateFunction(function) => self.create_function(function),
            Statement::Drop { what, lifetime, name, if_exists } => {
                self.drop_one(*what, *lifetime, name, *if_exists)
            }
            Statement::Insert(insert) => self.inserts(std::slice::from_ref(insert)),
            Statement::InsertSet(inserts) => self.inserts(inserts),
            Statement::Query(query) => self.select(query),
            Statement::Explain { explained, details } => self.explain(explained, *details),
            Statement::Describe { name, is_extended } => self.describe(name, *is_extended),
            Statement::Show(shown) => self.show(shown),
            Statement::Truncate(name) => self.truncate(name),
            Statement::Analyze(name, columns) => self.analyze(name, columns),
            Statement::Set(None) => {
                let set = self.settings.iter().map(|(key, value)| [key.to_owned(), value.to_owned()]);
                Ok(Outcome::Answer(answer(["key", "value"], set)))
            }
            Statement::Set(Some((key, value))) => {
                self.settings.set(key, value, Origin::Statement).map_err(SqlError::new)?;
                Ok(Outcome::Done)
            }
            Statement::Reset(key) => {
                match key {
                    None => self.settings = self.initial.clone(),
                    Some(key) => {
                        let reset = self.settings.reset(key, &self.initial);
                        reset.map_err(SqlError::new)?;
                    }
                }
                Ok(Outcome::Done)
            }
            other => self.define(other),
        }
    }

    /// The plan that is run in place of another one, in this mode.
    pub(crate) fn optimized(&self, plan: LogicalPlan, mode: Mode) -> Result<LogicalPlan, SqlError> {
        let is_batch = mode == Mode::Batch;
        let zone = self.zone();
        let plan = if is_batch { now::at(plan, self.catalog.files.now_ms(), zone)? } else { plan };
        let reorders = is_batch && self.settings.get(&JOIN_REORDER_ENABLED);
        let estimates = reorders.then_some(&*self.estimates);
        optimized(plan, &self.catalog.planner_options, zone, is_batch, estimates)
    }

    /// By the clocks of which zone instants are read.
    fn zone(&self) -> Zone {
        zone_of(&self.settings, &*self.catalog.files)
    }

    pub(crate) fn planner(&self, name: &str, mode: Mode) -> Result<Planner, SqlError> {
        Planner::new(name, mode, &self.settings, (self.catalog.files.clone(), self.estimates.clone()))
    }

    /// How results come: as the settings say, and as they must of a table that never ends.
    pub(crate) fn mode_of<'a>(
        &self,
        plans: impl IntoIterator<Item = &'a LogicalPlan>,
    ) -> Result<Mode, SqlError> {
        let wanted = self.settings.get(&RUNTIME_MODE);
        if wanted == RuntimeMode::Streaming {
            return Ok(Mode::Streaming);
        }
        let endless = plans.into_iter().find_map(endless_table);
        match (endless, wanted) {
            (None, _) => Ok(Mode::Batch),
            (Some(_), RuntimeMode::Automatic) => Ok(Mode::Streaming),
            (Some(name), _) => Err(SqlError::new(format!(
                "table {name} never ends, so a batch of it is never complete; SET 'execution.runtime-mode' = 'streaming'"
            ))),
        }
    }

    fn job(&self, planner: Planner, rows: Option<QueryRows>) -> Result<Outcome, SqlError> {
        let graph = JobGraph::of(planner.finish()).map_err(SqlError::new)?;
        let is_live = graph.program.mode == Mode::Streaming;
        Ok(Outcome::Job(Box::new(PlannedJob { graph, settings: self.settings.clone(), is_live, rows })))
    }

    fn select(&self, query: &Query) -> Result<Outcome, SqlError> {
        let plan = self.catalog.query(query)?;
        let mode = self.mode_of([&plan])?;
        let plan = self.optimized(plan, mode)?;
        let schema = Arc::new(Schema::new(fields_of(plan.schema())));
        let mut planner = self.planner("query", mode)?;
        let rows = planner.rows(&plan)?;
        let (sink, collected) = collect(COLLECTED_BATCHES);
        planner.collect(&rows, sink);
        self.job(
            planner,
            Some(QueryRows { schema, zone: self.zone(), are_changes: rows.changes(), collected }),
        )
    }

    pub(crate) fn inserts(&self, inserts: &[Insert]) -> Result<Outcome, SqlError> {
        self.job(self.planned(inserts)?.0, None)
    }

    /// Inserts as one program, and what each is planned as.
    pub(crate) fn planned(&self, inserts: &[Insert]) -> Result<(Planner, Vec<LogicalPlan>), SqlError> {
        let names: Vec<String> = inserts.iter().map(|insert| insert.table.to_string()).collect();
        let mut plans = Vec::with_capacity(inserts.len());
        for (insert, name) in inserts.iter().zip(&names) {
            let table = self.catalog.table(&parts_of(&insert.table));
            let table = table.map_err(|error| located(error, &insert.table))?;
            if let Some(column) = &table.unwritable {
                let words = format!("{name}: {column} cannot be written; declare it METADATA VIRTUAL");
                return Err(located(SqlError::new(words), &insert.table));
            }
            let plan = self.catalog.query(&insert.query)?;
            let fixed = self.fixed(insert, name, &table)?;
            plans.push((for_table(plan, name, &table, &insert.columns, &fixed)?, table));
        }
        let mode = self.mode_of(plans.iter().map(|(plan, _)| plan))?;
        let mut planner = self.planner(&format!("insert into {}", names.join(", ")), mode)?;
        let mut planned = Vec::with_capacity(plans.len());
        for ((plan, table), (insert, name)) in plans.into_iter().zip(inserts.iter().zip(&names)) {
            let plan = self.optimized(plan, mode)?;
            let rows = planner.rows(&plan)?;
            planner.write(&rows, name, &table, insert.overwrite)?;
            planned.push(plan);
        }
        Ok((planner, planned))
    }

    /// The columns that have one value in all rows of an insert.
    fn fixed(
        &self,
        insert: &Insert,
        table_name: &str,
        table: &Table,
    ) -> Result<Vec<(String, Planned)>, SqlError> {
        let taken = table.taken();
        let fields = taken.fields();
        let value = |(name, value): &(ast::Ident, ast::Expr)| {
            if fields.find(&name.value).is_none() {
                let advice = did_you_mean(&name.value, fields.iter().map(|field| field.name().as_str()));
                let words = format!("{table_name} has no column {name}{advice}");
                return Err(SqlError::new(words).at_ident(name));
            }
            Ok((name.value.clone(), self.catalog.expression(value, &DFSchema::empty())?))
        };
        insert.partition.iter().map(value).collect()
    }
}

/// A table in a plan that never ends.
fn endless_table(plan: &LogicalPlan) -> Option<String> {
    let mut endless = None;
    // It never fails, since what is called does not.
    let _ = plan.apply_with_subqueries(|part| {
        if let LogicalPlan::TableScan(scan) = part
            && let Some(table) = scan.source.downcast_ref::<Table>()
            && !table.connector.ends()
        {
            endless = Some(scan.table_name.table().to_owned());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    endless
}

/// The last part of a name.
pub(crate) fn last(name: &ObjectName) -> String {
    let part = name.0.last().and_then(|part| part.as_ident());
    part.map(|ident| ident.value.clone()).unwrap_or_default()
}

/// An error about a name, which stands in the text.
pub(crate) fn located(error: SqlError, name: &ObjectName) -> SqlError {
    match name.0.last().and_then(|part| part.as_ident()) {
        Some(ident) => error.at_ident(ident),
        None => error,
    }
}
