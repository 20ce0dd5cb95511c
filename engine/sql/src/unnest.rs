//! `UNNEST(array) [WITH ORDINALITY]`: a row for each element of an array or a map of the row on its left.
//!
//! ```text
//!   t CROSS JOIN UNNEST(t.tags) AS x (tag)      Join(t, Subquery(UnnestOf(outer t.tags)))  ─►  Unnest(t, t.tags)
//! ```
//!
//! The planner makes a join with a subquery that looks outside; before rules see it, it becomes a node over the left side
//! alone (`lateral.rs`). `LEFT JOIN … ON TRUE` keeps rows whose array has nothing.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_schema::{DataType, Field};
use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_common::{DFSchema, DFSchemaRef, Result, TableReference, plan_err};
use datafusion_expr::logical_plan::{Extension, UserDefinedLogicalNodeCore};
use datafusion_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion_expr::{EmptyRelation, Expr, ExprSchemable, LogicalPlan};
use datafusion_sql::sqlparser::ast::{self, FunctionArg, FunctionArgExpr, TableFactor};

use crate::literals::narrow;

/// Each row of the input with each element of an array or a map of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Unnest {
    pub(crate) input: LogicalPlan,
    /// The array or the map.
    pub(crate) of: Expr,
    /// Whether the number of an element stands behind it.
    pub(crate) is_numbered: bool,
    /// Whether a row without elements stays, with nulls.
    pub(crate) keeps_all: bool,
    schema: DFSchemaRef,
}

impl Unnest {
    /// Of an array or a map that is computed of the input, or, until it is known, of what is outside.
    pub(crate) fn new(input: LogicalPlan, of: Expr, is_numbered: bool, keeps_all: bool) -> Result<Self> {
        let mut fields: Vec<_> =
            input.schema().iter().map(|(qualifier, field)| (qualifier.cloned(), field.clone())).collect();
        let data_type = match &of {
            Expr::OuterReferenceColumn(field, _) => field.data_type().clone(),
            of => of.get_type(input.schema())?,
        };
        let added =
            elements(&data_type)?.into_iter().map(|(name, data_type)| Field::new(name, data_type, true));
        let number = is_numbered.then(|| Field::new("ORDINALITY", DataType::Int32, true));
        // A column of the input may be called as one of an element is.
        let qualifier = || Some(TableReference::bare("$unnest"));
        fields.extend(added.chain(number).map(|field| (qualifier(), Arc::new(field))));
        let schema = DFSchema::new_with_metadata(fields, input.schema().as_arrow().metadata().clone())?;
        Ok(Self { input, of, is_numbered, keeps_all, schema: Arc::new(schema) })
    }

    /// If an extension of a plan is one.
    pub(crate) fn of(extension: &Extension) -> Option<&Self> {
        extension.node.as_any().downcast_ref()
    }

    /// As a part of a plan.
    pub(crate) fn node(self) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(self) })
    }

    /// The columns of an element.
    fn added(&self) -> impl Iterator<Item = &String> {
        self.schema.fields().iter().skip(self.input.schema().fields().len()).map(|field| field.name())
    }
}

/// The columns of an element: those of a row, a value, or a key and a value.
fn elements(data_type: &DataType) -> Result<Vec<(String, DataType)>> {
    match data_type {
        DataType::List(item) => Ok(match item.data_type() {
            DataType::Struct(fields) => {
                fields.iter().map(|field| (field.name().clone(), field.data_type().clone())).collect()
            }
            other => vec![("EXPR$0".to_owned(), other.clone())],
        }),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => {
                let names = ["KEY", "VALUE"].into_iter().map(str::to_owned);
                Ok(names.zip(fields.iter().map(|field| field.data_type().clone())).collect())
            }
            other => plan_err!("a map of {other}"),
        },
        other => {
            let written = crate::type_syntax::written_type(other);
            plan_err!("UNNEST takes an ARRAY or a MAP, not {written}")
        }
    }
}

impl PartialOrd for Unnest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for Unnest {
    fn name(&self) -> &str {
        "Unnest"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![self.of.clone()]
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        self.added().cloned().collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unnest: {}", self.of)
    }

    fn with_exprs_and_inputs(&self, mut exprs: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        match (exprs.pop(), inputs.pop()) {
            (Some(of), Some(input)) => Self::new(input, of, self.is_numbered, self.keeps_all),
            _ => plan_err!("UNNEST is of something"),
        }
    }

    fn necessary_children_exprs(&self, wanted: &[usize]) -> Option<Vec<Vec<usize>>> {
        let input = self.input.schema();
        let mut needed: Vec<usize> =
            wanted.iter().copied().filter(|column| *column < input.fields().len()).collect();
        for column in self.of.column_refs() {
            needed.push(input.index_of_column(column).ok()?);
        }
        needed.sort_unstable();
        needed.dedup();
        Some(vec![needed])
    }
}

/// `UNNEST(…)` in FROM as what it is: the parser takes it for a table with arguments, which looks at nothing on its left.
pub(crate) fn as_unnests(query: &mut ast::Query) {
    let _ = ast::VisitMut::visit(query, &mut Calls);
}

struct Calls;

impl ast::VisitorMut for Calls {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args: Some(arguments), alias, with_ordinality, .. } = factor
            && name.to_string().eq_ignore_ascii_case("UNNEST")
        {
            let expr = |argument: &FunctionArg| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
                _ => None,
            };
            let array_exprs = arguments.args.iter().filter_map(expr).collect();
            let (alias, with_ordinality) = (alias.take(), *with_ordinality);
            let (with_offset, with_offset_alias) = (false, None);
            *factor =
                TableFactor::UNNEST { alias, array_exprs, with_offset, with_offset_alias, with_ordinality };
        }
        ControlFlow::Continue(())
    }
}

/// `UNNEST` in FROM.
#[derive(Debug)]
pub(crate) struct Unnests;

impl RelationPlanner for Unnests {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let TableFactor::UNNEST { alias, array_exprs, with_ordinality, .. } = relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let Ok([of]) = <[ast::Expr; 1]>::try_from(array_exprs) else {
            return plan_err!(
                "UNNEST takes one ARRAY or MAP, as in Flink; of several, UNNEST(…) WITH ORDINALITY of each, joined by their numbers, says the same"
            );
        };
        let one_row = EmptyRelation { produce_one_row: true, schema: Arc::new(DFSchema::empty()) };
        let of = context.sql_to_expr(of, &DFSchema::empty())?;
        let of = of.transform_up(|part| Ok(Transformed::yes(narrow(part)))).data()?;
        let node = Unnest::new(LogicalPlan::EmptyRelation(one_row), of, with_ordinality, false)?.node();
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(node, alias))))
    }
}
