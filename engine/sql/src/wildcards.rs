//! `t.*` of a table that stands in a query with more of its name: `SELECT t.* FROM shop.t`. The planner takes what stands before the
//! star for all of the name, so it gets all of it.

use std::ops::ControlFlow;

use datafusion_sql::sqlparser::ast::{
    self, ObjectName, Query, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, TableFactor,
};

use crate::catalog::parts_of;

/// The query with the names before its stars in full.
pub(crate) fn with_whole_wildcards(query: &mut Query) {
    let _ = ast::VisitMut::visit(query, &mut Wildcards);
}

struct Wildcards;

impl ast::VisitorMut for Wildcards {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        complete(&mut query.body);
        ControlFlow::Continue(())
    }
}

fn complete(body: &mut SetExpr) {
    match body {
        SetExpr::SetOperation { left, right, .. } => {
            complete(left);
            complete(right);
        }
        SetExpr::Select(select) => {
            let mut named = Vec::new();
            for table in &select.from {
                let joined = table.joins.iter().map(|join| &join.relation);
                std::iter::once(&table.relation).chain(joined).for_each(|factor| add(factor, &mut named));
            }
            for item in &mut select.projection {
                if let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) =
                    item
                    && let Some(whole) = named.iter().find(|whole| parts_of(whole).ends_with(&parts_of(name)))
                {
                    *name = whole.clone();
                }
            }
        }
        _ => {}
    }
}

/// The names of tables that have no other one.
fn add(factor: &TableFactor, to: &mut Vec<ObjectName>) {
    match factor {
        TableFactor::Table { name, alias: None, .. } => to.push(name.clone()),
        TableFactor::NestedJoin { table_with_joins, alias: None } => {
            add(&table_with_joins.relation, to);
            table_with_joins.joins.iter().for_each(|join| add(&join.relation, to));
        }
        _ => {}
    }
}
