//! Answers of the session itself: `EXPLAIN`, `DESCRIBE`, `SHOW`.

use std::sync::Arc;

use arrow_array::{RecordBatch, StringViewArray};
use arrow_schema::{DataType, Field, Schema};
use connect::collect;
use datafusion_expr::LogicalPlan;
use datafusion_sql::sqlparser::ast::{Ident, ObjectName, Query};
use plan::JobGraph;

use crate::catalog::{Definition, Kind, parts_of};
use crate::declaration::{Column, ColumnKind, Declaration, literal};
use crate::error::SqlError;
use crate::physical::Planner;
use crate::session::{Outcome, Session, located};
use crate::statement::{Details, Drawn, Pattern, Shown, Statement};
use crate::time::TimeKind;
use crate::type_syntax::written_type;
use crate::view::written_view;

impl Session {
    pub(crate) fn explain(&self, explained: &Statement, details: Details) -> Result<Outcome, SqlError> {
        let (planner, plans) = match explained {
            Statement::Query(query) => self.planned_query("query", query)?,
            Statement::Insert(insert) => self.planned(std::slice::from_ref(insert))?,
            Statement::InsertSet(inserts) => self.planned(inserts)?,
            Statement::CreateTable(table) if table.query.is_some() => {
                let query = table.query.as_ref().expect("it has one");
                self.planned_query(&table.name.to_string(), query)?
            }
            _ => return Err(SqlError::new("EXPLAIN takes a query, an INSERT or a STATEMENT SET")),
        };
        let mut written = Vec::with_capacity(plans.len());
        for plan in &plans {
            written.push(match details.has_cost {
                true => self.estimates.written(plan),
                false => plan.display_indent().to_string(),
            });
        }
        let written = written.join("\n\n");
        let program = if details.has_kinds { planner.finish_explained() } else { planner.finish() };
        let graph = JobGraph::of(program).map_err(SqlError::new)?;
        Ok(Outcome::Text(match details.drawn {
            Drawn::Text => {
                let job = plan::explain::text(&graph);
                format!("== Optimized Logical Plan ==\n{written}\n\n== Job Graph ==\n{job}")
            }
            Drawn::Json => format!("{:#}", plan::explain::json(&graph)),
            Drawn::Graphviz => plan::explain::graphviz(&graph),
            Drawn::Mermaid => plan::explain::mermaid(&graph),
        }))
    }

    fn planned_query(&self, name: &str, query: &Query) -> Result<(Planner, Vec<LogicalPlan>), SqlError> {
        let plan = self.catalog.query(query)?;
        let mode = self.mode_of([&plan])?;
        let plan = self.optimized(plan, mode)?;
        let mut planner = self.planner(name, mode)?;
        let rows = planner.rows(&plan)?;
        planner.collect(&rows, collect(1).0);
        Ok((planner, vec![plan]))
    }

    pub(crate) fn describe(&self, name: &ObjectName, is_extended: bool) -> Result<Outcome, SqlError> {
        if is_extended {
            return self.columns(name, &Pattern::default());
        }
        let table = self.catalog.table(&parts_of(name)).map_err(|error| located(error, name))?;
        let column =
            |field: &Arc<Field>| [field.name().clone(), written_type(field.data_type()), null(field)];
        Ok(Outcome::Answer(answer(["name", "type", "null"], table.schema.fields().iter().map(column))))
    }

    /// All that is known of columns.
    fn columns(&self, name: &ObjectName, pattern: &Pattern) -> Result<Outcome, SqlError> {
        let parts = parts_of(name);
        let table = self.catalog.table(&parts).map_err(|error| located(error, name))?;
        let found = self.catalog.find(Kind::Table, &self.catalog.full(&parts)?)?;
        let declaration = match found.map(|found| found.definition) {
            Some(Definition::Table(declaration)) => *declaration,
            _ => Declaration::default(),
        };
        let key = declaration.primary_key.as_ref();
        let key_names = key.map(|key| key.columns.iter().map(|name| name.value.as_str()).collect::<Vec<_>>());
        let key_names = key_names.unwrap_or_default();
        let column = |field: &Arc<Field>| {
            let time = match TimeKind::of(field) {
                Some(TimeKind::Event) => " *ROWTIME*",
                Some(TimeKind::Processing) => " *PROCTIME*",
                None => "",
            };
            let is_key = key_names.contains(&field.name().as_str());
            let watermark = declaration.watermark.as_ref();
            let watermark = watermark.filter(|watermark| watermark.column.value == *field.name());
            let declared = declaration.column(field.name());
            [
                field.name().clone(),
                format!("{}{time}", written_type(field.data_type())),
                null(field),
                if is_key { format!("PRI({})", key_names.join(", ")) } else { String::new() },
                declared.map(extras).unwrap_or_default(),
                watermark.map(|watermark| watermark.written.clone()).unwrap_or_default(),
                declared.and_then(|column| column.comment.clone()).unwrap_or_default(),
            ]
        };
        let fields = table.schema.fields().iter().filter(|field| pattern.takes(field.name()));
        let names = ["name", "type", "null", "key", "extras", "watermark", "comment"];
        Ok(Outcome::Answer(answer(names, fields.map(column))))
    }

    pub(crate) fn show(&self, shown: &Shown) -> Result<Outcome, SqlError> {
        let (catalog, database) = self.catalog.current();
        let one = |name: &str, value: String| answer([name], [[value]]);
        let listed = |name: &str, names: Vec<String>, pattern: &Pattern| {
            answer([name], names.into_iter().filter(|name| pattern.takes(name)).map(|name| [name]))
        };
        Ok(Outcome::Answer(match shown {
            Shown::Catalogs(pattern) => {
                listed("catalog name", self.catalog.catalogs().cloned().collect(), pattern)
            }
            Shown::CurrentCatalog => one("current catalog name", catalog.to_owned()),
            Shown::CurrentDatabase => one("current database name", database.to_owned()),
            Shown::Databases(of, pattern) => {
                let of = of.as_ref().map_or(catalog, |of| &of.value);
                listed("database name", self.catalog.databases(of)?, pattern)
            }
            Shown::Tables(of, pattern) => {
                listed("table name", self.names_of(Kind::Table, of.as_ref())?, pattern)
            }
            Shown::Views(of, pattern) => {
                listed("view name", self.names_of(Kind::View, of.as_ref())?, pattern)
            }
            Shown::Functions { of_user: true, of, pattern } => {
                listed("function name", self.names_of(Kind::Function, of.as_ref())?, pattern)
            }
            Shown::Functions { of_user: false, of, pattern } => {
                functions(&self.names_of(Kind::Function, of.as_ref())?, pattern)
            }
            Shown::Partitions(name, of) => {
                let names = self.partitions(name, of)?;
                listed("partition name", names, &Pattern::default())
            }
            Shown::Modules { is_full: false } => one("module name", "core".to_owned()),
            Shown::Modules { is_full: true } => {
                answer(["module name", "used"], [["core".to_owned(), "TRUE".to_owned()]])
            }
            Shown::CreateSubject(subject) => one("result", self.statement_of_subject(subject)?),
            Shown::About { subject, is_extended } => {
                answer(["info name", "info value"], self.about(subject, *is_extended)?)
            }
            Shown::Columns(name, pattern) => return self.columns(name, pattern),
            Shown::Create(kind, name) => one("result", self.statement_of(*kind, name)?),
        }))
    }

    /// The names in a database, or in the current one.
    fn names_of(&self, kind: Kind, database: Option<&ObjectName>) -> Result<Vec<String>, SqlError> {
        let database = match database {
            Some(name) => self.catalog.database(&parts_of(name)).map_err(|error| located(error, name))?,
            None => {
                let (catalog, database) = self.catalog.current();
                (catalog.to_owned(), database.to_owned())
            }
        };
        self.catalog.names(kind, &database)
    }

    /// The statement that makes a table or a view.
    fn statement_of(&self, kind: Kind, name: &ObjectName) -> Result<String, SqlError> {
        let found = self.existing(kind, name, "SHOW CREATE")?;
        let full = self.catalog.full(&parts_of(name))?;
        let temporary = if found.is_temporary { "TEMPORARY " } else { "" };
        let written = match &found.definition {
            Definition::View(view) => {
                // All of its columns have a name, as in Flink.
                let table = self.catalog.table(&parts_of(name)).map_err(|error| located(error, name))?;
                let fields = table.schema.fields().iter();
                let columns: Vec<Ident> = fields.map(|field| Ident::new(field.name())).collect();
                written_view(&columns, view.comment.as_deref(), &view.written)
            }
            Definition::Table(declaration) => declaration.to_string(),
            Definition::Function(_) => unreachable!("functions are not shown so"),
        };
        Ok(format!("CREATE {temporary}{} {full} {written}", kind.word()))
    }
}

fn null(field: &Field) -> String {
    if field.is_nullable() { "TRUE".to_owned() } else { "FALSE".to_owned() }
}

/// Where the values of a column come from, if it is not stored.
fn extras(column: &Column) -> String {
    match &column.kind {
        ColumnKind::Physical(_) => String::new(),
        ColumnKind::Computed { written, .. } => format!("AS {written}"),
        ColumnKind::Metadata { key, is_virtual, .. } => {
            let key = key.as_ref().map(|key| format!(" FROM {}", literal(key))).unwrap_or_default();
            format!("METADATA{key}{}", if *is_virtual { " VIRTUAL" } else { "" })
        }
    }
}

/// The functions that there are always, and those of the user.
fn functions(of_user: &[String], pattern: &Pattern) -> RecordBatch {
    let of_user = of_user.iter().map(|name| {
        let about = format!("What SHOW CREATE FUNCTION {name} says.");
        [name.clone(), String::new(), "Yours".to_owned(), about]
    });
    let rows = crate::reference::listed().chain(of_user).filter(|[name, ..]| pattern.takes(name));
    answer(["function name", "takes", "topic", "what it does"], rows)
}

/// Rows of text.
pub(crate) fn answer<const COLUMNS: usize>(
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
