//! Views: queries under a name. What a view says is planned where it is used, so it follows the tables that it reads.
//!
//! ```text
//!   CREATE VIEW v AS SELECT a FROM t  ─► SELECT a FROM `default_catalog`.`default_database`.`t`, wherever it is used
//! ```

use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion_sql::sqlparser::ast::{self, Ident, ObjectName, Query};
use datafusion_sql::sqlparser::tokenizer::Location;

use crate::catalog::{Catalog, FullName, Kind, parts_of};
use crate::connector::Connector;
use crate::declaration::{listed, literal};
use crate::error::SqlError;
use crate::shape::under_names;
use crate::statement::{self, CreateView, Statement, offset};
use crate::table::Table;

impl Catalog {
    /// What a view stands for.
    pub(crate) fn view(&self, name: &FullName, view: &CreateView) -> Result<Table, SqlError> {
        if self.planned_views.borrow().contains(name) {
            return Err(SqlError::new(format!("view {} is in its own query", name.name)));
        }
        self.planned_views.borrow_mut().push(name.clone());
        let plan = self.query(&view.query);
        self.planned_views.borrow_mut().pop();
        let plan = match view.columns.as_slice() {
            [] => plan?,
            columns => under_names(plan?, columns)?,
        };
        let schema = Arc::new(plan.schema().as_arrow().clone());
        Ok(Table { plan: Some(plan), ..Table::of(schema, Connector::View) })
    }

    /// A query with its tables under their full names, so that it means the same from every database.
    pub(crate) fn in_full(&self, written: &str) -> Result<String, SqlError> {
        let mut statements = statement::parse(written)?;
        let Some(Statement::Query(query)) = statements.pop().map(|located| located.statement) else {
            return Err(SqlError::new("a view is a query"));
        };
        let mut within = Names::default();
        let _ = ast::Visit::visit(&query, &mut within);
        let mut whole = String::with_capacity(written.len());
        let mut done = 0;
        within.tables.sort_by_key(|name| span(name).map(|(start, _)| (start.line, start.column)));
        for name in &within.tables {
            let parts = parts_of(name);
            let is_local = matches!(parts.as_slice(), [one] if within.local.contains(*one));
            let Some((start, end)) = span(name) else { continue };
            let full = self.full(&parts)?;
            if is_local || self.find(Kind::Table, &full)?.is_none() {
                continue;
            }
            let [start, end] = [start, end].map(|place| offset(written, place));
            if start >= done {
                write!(whole, "{}{full}", &written[done..start]).expect("a text takes all");
                done = end;
            }
        }
        whole.push_str(&written[done..]);
        Ok(whole)
    }
}

/// Where a name stands.
fn span(name: &ObjectName) -> Option<(Location, Location)> {
    let first = name.0.first()?.as_ident()?.span;
    let last = name.0.last()?.as_ident()?.span;
    (first.start.line > 0).then_some((first.start, last.end))
}

/// The names of tables in a query, and those that it gives to parts of itself.
#[derive(Default)]
struct Names {
    tables: Vec<ObjectName>,
    local: BTreeSet<String>,
}

impl ast::Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        self.local.extend(tables.map(|table| table.alias.name.value.clone()));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        self.tables.push(name.clone());
        ControlFlow::Continue(())
    }
}

/// What stands behind the name in `CREATE VIEW`.
pub(crate) fn written_view(columns: &[Ident], comment: Option<&str>, query: &str) -> String {
    let mut written = String::new();
    if !columns.is_empty() {
        writeln!(written, "({})", listed(columns)).expect("a text takes all");
    }
    if let Some(comment) = comment {
        writeln!(written, "COMMENT {}", literal(comment)).expect("a text takes all");
    }
    written.push_str("AS ");
    written.push_str(query);
    written
}
