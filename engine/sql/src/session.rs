//! A session: settings, tables and views, and statements one after the other.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use connect::{Collected, collect};
use datafusion_common::DFSchema;
use datafusion_common::tree_node::TreeNodeRecursion;
use datafusion_expr::{Expr as Planned, LogicalPlan};
use datafusion_sql::planner::{ParserOptions, SqlToRel};
use datafusion_sql::sqlparser::ast::{self, ObjectName, Query};
use operators::Mode;
use options::{Origin, RUNTIME_MODE, RuntimeMode, Settings};
use plan::JobGraph;

use crate::answers::answer;
use crate::as_of;
use crate::catalog::Catalog;
use crate::connector::Connector;
use crate::error::{Place, SqlError};
use crate::files::Files;
use crate::literals::{with_doubles, with_ints};
use crate::macros::with_macros;
use crate::mixing::refuse_mixed_types;
use crate::now;
use crate::one_type::with_one_type;
use crate::physical::{Planner, fields_of};
use crate::rules::optimized;
use crate::shape::{
    for_table, refuse_what_is_misread, under_names, value_names, with_limit, with_names, with_names_of_values,
};
use crate::statement::{self, Insert, Kind, Located, Statement};
use crate::syntax::with_calls;
use crate::table::{Table, did_you_mean};
use crate::windows::{as_window_tables, with_group_windows};

/// Batches that wait for whoever reads results.
const COLLECTED_BATCHES: usize = 16;

/// What statements are run in.
pub struct Session {
    settings: Settings,
    /// What RESET goes back to.
    initial: Settings,
    pub(crate) catalog: Catalog,
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
    /// Whether some of them take others back.
    pub are_changes: bool,
    /// What comes.
    pub collected: Collected,
}

impl Session {
    /// With these settings, and nothing in the catalog.
    pub fn new(settings: Settings, files: Arc<dyn Files>) -> Self {
        Self { initial: settings.clone(), settings, catalog: Catalog::new(files) }
    }

    /// The names that a statement may use: of tables and views and their columns, and of functions.
    pub fn names(&self) -> Vec<String> {
        let tables = self.catalog.tables.iter();
        let columns = tables
            .clone()
            .flat_map(|(_, table)| table.schema.fields().iter().map(|field| field.name().clone()));
        let functions = expr::functions().map(|(_, function)| function.name.to_owned());
        let mut names: Vec<String> =
            tables.map(|(name, _)| name.clone()).chain(columns).chain(functions).collect();
        names.extend(crate::aggregates::AGGREGATES.map(str::to_uppercase));
        names.extend(self.catalog.macros.keys().cloned());
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
        match statement {
            Statement::CreateTable(table) => self.create_table(table),
            Statement::CreateView { name, columns, or_replace, if_not_exists, query } => {
                let mut plan = self.query(query)?;
                if !columns.is_empty() {
                    plan = under_names(plan, columns)?;
                }
                let schema = Arc::new(plan.schema().as_arrow().clone());
                let view = Table {
                    stored: schema.clone(),
                    schema,
                    connector: Connector::View,
                    plan: Some(plan),
                    watermark: None,
                };
                self.add(name, view, *or_replace, *if_not_exists)
            }
            Statement::CreateFunction { name, or_replace, if_not_exists, function } => {
                let key = last(name).to_uppercase();
                if self.catalog.macros.contains_key(&key) && !or_replace {
                    let words = format!("function {key} is there already; DROP it before");
                    return if *if_not_exists {
                        Ok(Outcome::Done)
                    } else {
                        Err(located(SqlError::new(words), name))
                    };
                }
                self.catalog.macros.insert(key, function.clone());
                Ok(Outcome::Done)
            }
            Statement::Drop { what: Kind::Function, name, if_exists } => {
                let key = last(name).to_uppercase();
                match self.catalog.macros.remove(&key).is_some() || *if_exists {
                    true => Ok(Outcome::Done),
                    false => {
                        Err(located(SqlError::new(format!("there is no function {key} of yours")), name))
                    }
                }
            }
            Statement::Drop { what, name, if_exists } => self.drop_one(*what, name, *if_exists),
            Statement::Insert(insert) => self.inserts(std::slice::from_ref(insert)),
            Statement::InsertSet(inserts) => self.inserts(inserts),
            Statement::Query(query) => self.select(query),
            Statement::Explain { explained, as_json } => self.explain(explained, *as_json),
            Statement::Describe(name) => self.describe(name),
            Statement::Show(shown) => Ok(Outcome::Answer(self.show(*shown))),
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
        }
    }

    /// A query with its names and types resolved.
    pub(crate) fn query(&self, query: &Query) -> Result<LogicalPlan, SqlError> {
        refuse_what_is_misread(query)?;
        let mut query = query.clone();
        with_macros(&mut query, &self.catalog.macros)?;
        with_doubles(&mut query);
        with_calls(&mut query)?;
        with_one_type(&mut query, &self.resolver())?;
        with_names(&mut query);
        with_names_of_values(&mut query);
        let names = value_names(&query);
        with_limit(&mut query)?;
        with_group_windows(&mut query);
        let plan = as_of::checked(as_window_tables(
            self.resolver().sql_statement_to_plan(ast::Statement::Query(Box::new(query)))?,
        )?)?;
        let plan = if names.is_empty() { plan } else { under_names(plan, &names)? };
        let plan = with_ints(plan)?;
        refuse_mixed_types(&plan)?;
        Ok(plan)
    }

    /// An expression over the columns of this schema, with its names and types resolved.
    pub(crate) fn expression(&self, expr: &ast::Expr, schema: &DFSchema) -> Result<Planned, SqlError> {
        let mut expr = expr.clone();
        with_calls(&mut expr)?;
        Ok(self.resolver().sql_to_expr(expr, schema, &mut Default::default())?)
    }

    /// What finds out what names mean.
    pub(crate) fn resolver(&self) -> SqlToRel<'_, Catalog> {
        let options = ParserOptions::from(&self.catalog.planner_options.sql_parser);
        SqlToRel::new_with_options(&self.catalog, options)
    }

    /// The plan that is run in place of another one, in this mode.
    pub(crate) fn optimized(&self, plan: LogicalPlan, mode: Mode) -> Result<LogicalPlan, SqlError> {
        let is_batch = mode == Mode::Batch;
        let plan = if is_batch { now::at(plan, self.catalog.files.now_ms())? } else { plan };
        optimized(plan, &self.catalog.planner_options, is_batch)
    }

    pub(crate) fn planner(&self, name: &str, mode: Mode) -> Planner {
        Planner::new(name, mode, &self.settings, self.catalog.files.clone())
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
        let plan = self.query(query)?;
        let mode = self.mode_of([&plan])?;
        let plan = self.optimized(plan, mode)?;
        let schema = Arc::new(Schema::new(fields_of(plan.schema())));
        let mut planner = self.planner("query", mode);
        let rows = planner.rows(&plan)?;
        let (sink, collected) = collect(COLLECTED_BATCHES);
        planner.collect(&rows, sink);
        self.job(planner, Some(QueryRows { schema, are_changes: rows.changes(), collected }))
    }

    pub(crate) fn inserts(&self, inserts: &[Insert]) -> Result<Outcome, SqlError> {
        let names: Vec<String> = inserts.iter().map(|insert| insert.table.to_string()).collect();
        let mut plans = Vec::with_capacity(inserts.len());
        for (insert, name) in inserts.iter().zip(&names) {
            let table = self
                .catalog
                .table(&last(&insert.table))
                .map_err(|error| located(error.into(), &insert.table))?;
            let plan = self.query(&insert.query)?;
            let fixed = self.fixed(insert, name, &table)?;
            plans.push((for_table(plan, name, &table, &insert.columns, &fixed)?, table));
        }
        let mode = self.mode_of(plans.iter().map(|(plan, _)| plan))?;
        let mut planner = self.planner(&format!("insert into {}", names.join(", ")), mode);
        for ((plan, table), (insert, name)) in plans.into_iter().zip(inserts.iter().zip(&names)) {
            let rows = planner.rows(&self.optimized(plan, mode)?)?;
            planner.write(&rows, name, &table, insert.overwrite)?;
        }
        self.job(planner, None)
    }

    /// The columns that have one value in all rows of an insert.
    fn fixed(
        &self,
        insert: &Insert,
        table_name: &str,
        table: &Table,
    ) -> Result<Vec<(String, Planned)>, SqlError> {
        let fields = table.stored.fields();
        let value = |(name, value): &(ast::Ident, ast::Expr)| {
            if fields.find(&name.value).is_none() {
                let advice = did_you_mean(&name.value, fields.iter().map(|field| field.name().as_str()));
                let words = format!("{table_name} has no column {name}{advice}");
                return Err(SqlError::new(words).at_ident(name));
            }
            Ok((name.value.clone(), self.expression(value, &DFSchema::empty())?))
        };
        insert.partition.iter().map(value).collect()
    }

    pub(crate) fn has_table(&self, name: &str) -> bool {
        self.catalog.tables.contains_key(name)
    }

    pub(crate) fn add(
        &mut self,
        name: &ObjectName,
        table: Table,
        or_replace: bool,
        if_not_exists: bool,
    ) -> Result<Outcome, SqlError> {
        let key = last(name);
        if self.catalog.tables.contains_key(&key) && !or_replace {
            if if_not_exists {
                return Ok(Outcome::Done);
            }
            return Err(located(SqlError::new(format!("{key} is there already; DROP it before")), name));
        }
        self.catalog.tables.insert(key, Arc::new(table));
        Ok(Outcome::Done)
    }

    fn drop_one(&mut self, what: Kind, name: &ObjectName, if_exists: bool) -> Result<Outcome, SqlError> {
        let key = last(name);
        let Some(table) = self.catalog.tables.get(&key) else {
            let advice = did_you_mean(&key, self.catalog.tables.keys().map(String::as_str));
            let missing = SqlError::new(format!("there is no {key}{advice}"));
            return if if_exists { Ok(Outcome::Done) } else { Err(located(missing, name)) };
        };
        let is_view = matches!(table.connector, Connector::View);
        if is_view != (what == Kind::View) {
            let (is, other) = if is_view { ("a view", "VIEW") } else { ("a table", "TABLE") };
            return Err(located(SqlError::new(format!("{key} is {is}; DROP {other} takes it")), name));
        }
        self.catalog.tables.remove(&key);
        Ok(Outcome::Done)
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
