//! Answers of the session itself: `EXPLAIN`, `DESCRIBE`, `SHOW`.

use std::sync::Arc;

use arrow_array::{RecordBatch, StringViewArray};
use arrow_schema::{DataType, Field, Schema};
use connect::collect;
use datafusion_sql::sqlparser::ast::ObjectName;
use plan::JobGraph;

use crate::connector::Connector;
use crate::error::SqlError;
use crate::session::{Outcome, Session, last, located};
use crate::statement::{Shown, Statement};
use crate::table::Table;
use crate::type_syntax::written_type;

impl Session {
    pub(crate) fn explain(&self, explained: &Statement, as_json: bool) -> Result<Outcome, SqlError> {
        let (name, query) = match explained {
            Statement::Query(query) => ("query".to_owned(), query),
            Statement::Insert(insert) => (insert.table.to_string(), &insert.query),
            _ => return Err(SqlError::new("EXPLAIN takes a query or an INSERT")),
        };
        let plan = self.query(query)?;
        let mode = self.mode_of([&plan])?;
        let plan = self.optimized(plan, mode)?;
        let mut planner = self.planner(&name, mode);
        let rows = planner.rows(&plan)?;
        planner.collect(&rows, collect(1).0);
        let graph = JobGraph::of(planner.finish()).map_err(SqlError::new)?;
        if as_json {
            return Ok(Outcome::Text(format!("{:#}", plan::explain::json(&graph))));
        }
        Ok(Outcome::Text(format!(
            "== Optimized Logical Plan ==\n{}\n\n== Job Graph ==\n{}",
            plan.display_indent(),
            plan::explain::text(&graph)
        )))
    }

    pub(crate) fn describe(&self, name: &ObjectName) -> Result<Outcome, SqlError> {
        let table = self.catalog.table(&last(name)).map_err(|error| located(error.into(), name))?;
        let column = |field: &Arc<Field>| {
            let null = if field.is_nullable() { "TRUE" } else { "FALSE" };
            [field.name().clone(), written_type(field.data_type()), null.to_owned()]
        };
        Ok(Outcome::Answer(answer(["name", "type", "null"], table.schema.fields().iter().map(column))))
    }

    pub(crate) fn show(&self, shown: Shown) -> RecordBatch {
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
