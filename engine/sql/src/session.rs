//! A session: settings, tables and views, and statements one after the other.

use std::sync::Arc;

use arrow_array::{RecordBatch, StringViewArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use connect::{Collected, collect};
use datafusion_expr::{Expr as Planned, LogicalPlan, LogicalPlanBuilder};
use datafusion_sql::planner::{ParserOptions, SqlToRel};
use datafusion_sql::sqlparser::ast::{self, ObjectName, Query};
use operators::Mode;
use options::{Origin, RUNTIME_MODE, RuntimeMode, Settings};
use plan::JobGraph;

use crate::catalog::Catalog;
use crate::error::{Place, SqlError};
use crate::files::Files;
use crate::physical::{Planner, fields_of};
use crate::rules::optimized;
use crate::shape::{for_table, under_names, with_limit, with_names};
use crate::statement::{self, Column, CreateTable, Insert, Kind, Located, Shown, Statement};
use crate::table::{Connector, Table, did_you_mean};
use crate::type_syntax::{column_type, written_type};

/// Batches that wait for whoever reads results.
const COLLECTED_BATCHES: usize = 16;

/// What statements are run in.
pub struct Session {
    settings: Settings,
    /// What RESET goes back to.
    initial: Settings,
    catalog: Catalog,
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
    /// Where the rows of a query come out.
    pub rows: Option<(SchemaRef, Collected)>,
}

impl Session {
    /// With these settings, and nothing in the catalog.
    pub fn new(settings: Settings, files: Arc<dyn Files>) -> Self {
        Self { initial: settings.clone(), settings, catalog: Catalog::new(files) }
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
                let view =
                    Table { stored: schema.clone(), schema, connector: Connector::View, plan: Some(plan) };
                self.add(name, view, *or_replace, *if_not_exists)
            }
            Statement::Drop { what, name, if_exists } => self.drop_one(*what, name, *if_exists),
            Statement::Insert(insert) => self.inserts(std::slice::from_ref(insert)),
            Statement::InsertSet(inserts) => self.inserts(inserts),
            Statement::Query(query) => self.select(query),
            Statement::Explain(explained) => self.explain(explained),
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

    fn is_batch(&self) -> bool {
        // Every source ends today.
        self.settings.get(&RUNTIME_MODE) != RuntimeMode::Streaming
    }

    fn mode(&self) -> Mode {
        if self.is_batch() { Mode::Batch } else { Mode::Streaming }
    }

    /// A query with its names and types resolved.
    fn query(&self, query: &Query) -> Result<LogicalPlan, SqlError> {
        let mut query = query.clone();
        with_names(&mut query);
        with_limit(&mut query)?;
        Ok(self.resolver().sql_statement_to_plan(ast::Statement::Query(Box::new(query)))?)
    }

    /// What finds out what names mean.
    fn resolver(&self) -> SqlToRel<'_, Catalog> {
        let options = ParserOptions::from(&self.catalog.planner_options.sql_parser);
        SqlToRel::new_with_options(&self.catalog, options)
    }

    fn optimized(&self, plan: LogicalPlan) -> Result<LogicalPlan, SqlError> {
        optimized(plan, &self.catalog.planner_options, self.is_batch())
    }

    fn planner(&self, name: &str) -> Planner {
        Planner::new(name, self.mode(), &self.settings, self.catalog.files.clone())
    }

    fn job(&self, planner: Planner, rows: Option<(SchemaRef, Collected)>) -> Result<Outcome, SqlError> {
        let graph = JobGraph::of(planner.finish()).map_err(SqlError::new)?;
        Ok(Outcome::Job(Box::new(PlannedJob { graph, settings: self.settings.clone(), rows })))
    }

    fn select(&self, query: &Query) -> Result<Outcome, SqlError> {
        let plan = self.optimized(self.query(query)?)?;
        let schema = Arc::new(Schema::new(fields_of(plan.schema())));
        let mut planner = self.planner("query");
        let rows = planner.rows(&plan)?;
        let (sink, collected) = collect(COLLECTED_BATCHES);
        planner.collect(&rows, sink);
        self.job(planner, Some((schema, collected)))
    }

    fn inserts(&self, inserts: &[Insert]) -> Result<Outcome, SqlError> {
        let names: Vec<String> = inserts.iter().map(|insert| insert.table.to_string()).collect();
        let mut planner = self.planner(&format!("insert into {}", names.join(", ")));
        for (insert, name) in inserts.iter().zip(&names) {
            let table = self
                .catalog
                .table(&last(&insert.table))
                .map_err(|error| located(error.into(), &insert.table))?;
            let plan = self.query(&insert.query)?;
            let plan = self.optimized(for_table(plan, name, &table, &insert.columns)?)?;
            let rows = planner.rows(&plan)?;
            planner.write(&rows, name, &table, insert.overwrite)?;
        }
        self.job(planner, None)
    }

    fn explain(&self, explained: &Statement) -> Result<Outcome, SqlError> {
        let (name, query) = match explained {
            Statement::Query(query) => ("query".to_owned(), query),
            Statement::Insert(insert) => (insert.table.to_string(), &insert.query),
            _ => return Err(SqlError::new("EXPLAIN takes a query or an INSERT")),
        };
        let plan = self.optimized(self.query(query)?)?;
        let mut planner = self.planner(&name);
        let rows = planner.rows(&plan)?;
        planner.collect(&rows, collect(1).0);
        let graph = JobGraph::of(planner.finish()).map_err(SqlError::new)?;
        Ok(Outcome::Text(format!(
            "== Optimized Logical Plan ==\n{}\n\n== Job Graph ==\n{}",
            plan.display_indent(),
            plan::explain::text(&graph)
        )))
    }

    fn describe(&self, name: &ObjectName) -> Result<Outcome, SqlError> {
        let table = self.catalog.table(&last(name)).map_err(|error| located(error.into(), name))?;
        let column = |field: &Arc<Field>| {
            let null = if field.is_nullable() { "TRUE" } else { "FALSE" };
            [field.name().clone(), written_type(field.data_type()), null.to_owned()]
        };
        Ok(Outcome::Answer(answer(["name", "type", "null"], table.schema.fields().iter().map(column))))
    }

    fn show(&self, shown: Shown) -> RecordBatch {
        let is_view = |table: &Table| matches!(table.connector, Connector::View);
        let named = |wanted: bool| {
            let tables = self.catalog.tables.iter().filter(move |(_, table)| is_view(table) || !wanted);
            tables.map(|(name, _)| [name.clone()])
        };
        match shown {
            Shown::Tables => answer(["table name"], named(false)),
            Shown::Views => answer(["view name"], named(true)),
            Shown::Functions => {
                let functions = expr::functions().map(|(topic, function)| {
                    [
                        function.name.to_owned(),
                        function.arguments(),
                        topic.to_owned(),
                        function.about.to_owned(),
                    ]
                });
                answer(["function name", "takes", "topic", "what it does"], functions)
            }
        }
    }

    fn create_table(&mut self, table: &CreateTable) -> Result<Outcome, SqlError> {
        if table.query.is_some() {
            return Err(SqlError::not_yet("CREATE TABLE … AS SELECT"));
        }
        let name = last(&table.name);
        let connector =
            Connector::of(&name, table.options.clone()).map_err(|error| located(error, &table.name))?;
        let mut fields = Vec::new();
        for column in &table.columns {
            if let Column::Physical { name, data_type, takes_nulls } = column {
                let data_type =
                    column_type(data_type).map_err(|words| SqlError::new(words).at_ident(name))?;
                fields.push(Field::new(&name.value, data_type, *takes_nulls));
            }
        }
        if fields.is_empty() {
            let words = format!("table {name} has no column; declare some, or read its files by their path");
            return Err(located(SqlError::new(words), &table.name));
        }
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let bare = Table { stored: schema.clone(), schema, connector, plan: None };
        let computed = self.computed(&name, &bare, table)?;
        self.add(&table.name, computed, false, table.if_not_exists)
    }

    /// With the columns that follow from others.
    fn computed(&self, name: &str, bare: &Table, table: &CreateTable) -> Result<Table, SqlError> {
        let resolver = self.resolver();
        let scan = LogicalPlanBuilder::scan(name, Arc::new(bare.clone()), None)?.build()?;
        let schema = scan.schema().clone();
        let of = |expr: &ast::Expr| resolver.sql_to_expr(expr.clone(), &schema, &mut Default::default());
        if let Some((column, expr)) = &table.watermark {
            // It has to be understood, though nobody needs it before there are windows.
            of(expr).map_err(|error| SqlError::from(error).at_ident(column))?;
        }
        if table.columns.iter().all(|column| matches!(column, Column::Physical { .. })) {
            return Ok(bare.clone());
        }
        let exprs = table.columns.iter().map(|column| match column {
            Column::Physical { name: column, .. } => {
                Ok(Planned::Column(datafusion_common::Column::new(Some(name), &column.value)))
            }
            Column::Computed { name: column, expr } => {
                Ok(of(expr).map_err(|error| SqlError::from(error).at_ident(column))?.alias(&column.value))
            }
        });
        let exprs = exprs.collect::<Result<Vec<_>, SqlError>>()?;
        let plan = LogicalPlanBuilder::from(scan).project(exprs)?.build()?;
        let schema = Arc::new(plan.schema().as_arrow().clone());
        Ok(Table { schema, stored: bare.stored.clone(), connector: bare.connector.clone(), plan: Some(plan) })
    }

    fn add(
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

/// The last part of a name.
fn last(name: &ObjectName) -> String {
    let part = name.0.last().and_then(|part| part.as_ident());
    part.map(|ident| ident.value.clone()).unwrap_or_default()
}

/// An error about a name, which stands in the text.
fn located(error: SqlError, name: &ObjectName) -> SqlError {
    match name.0.last().and_then(|part| part.as_ident()) {
        Some(ident) => error.at_ident(ident),
        None => error,
    }
}

/// Rows of text.
fn answer<const COLUMNS: usize>(
    names: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> RecordBatch {
    let fields = names.map(|name| Field::new(name, DataType::Utf8View, false));
    let rows: Vec<[String; COLUMNS]> = rows.into_iter().collect();
    let column = |number: usize| {
        let texts = rows.iter().map(|row| row[number].as_str());
        Arc::new(StringViewArray::from_iter_values(texts)) as arrow_array::ArrayRef
    };
    let columns = (0..COLUMNS).map(column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns).expect("columns of one length")
}
