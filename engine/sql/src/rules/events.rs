//! A rule: of a table of events only the kinds and the columns are made that a query wants.
//!
//! ```text
//!   Project [bid.price]                              Project [`bid.price`]
//!     Filter [event_type = 2 AND bid.price > 100] ─►   Filter [`bid.price` > 100]
//!       Scan [event_type, bid]                           Scan [`bid.price`], bids alone
//! ```
//!
//! What is known of the type is written in its place, so that `CASE event_type …` comes to one of its branches.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow_schema::{Field, Schema};
use connect::nexmark::{NexmarkColumn, NexmarkKind, NexmarkSpec};
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_common::{Column, DataFusionError, ScalarValue};
use datafusion_expr::expr_rewriter::NamePreserver;
use datafusion_expr::utils::split_conjunction;
use datafusion_expr::{Expr, Filter, LogicalPlan, Operator, Projection, TableScan};
use datafusion_optimizer::optimizer::ApplyOrder;
use datafusion_optimizer::{OptimizerConfig, OptimizerRule};

use super::constants::simplified;
use crate::connector::{Connector, NexmarkTable};
use crate::row_fields::RowField;
use crate::table::{Table, Watermark};

type Rewritten<T> = Result<Transformed<T>, DataFusionError>;

/// The rule.
#[derive(Debug)]
pub(super) struct Events;

impl OptimizerRule for Events {
    fn name(&self) -> &str {
        "events"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Rewritten<LogicalPlan> {
        let LogicalPlan::Projection(projection) = &plan else { return Ok(Transformed::no(plan)) };
        let (filter, scan) = match projection.input.as_ref() {
            LogicalPlan::Filter(filter) => match filter.input.as_ref() {
                LogicalPlan::TableScan(scan) => (Some(filter), scan),
                _ => return Ok(Transformed::no(plan)),
            },
            LogicalPlan::TableScan(scan) => (None, scan),
            _ => return Ok(Transformed::no(plan)),
        };
        let Some(events) = Narrowed::of(scan, filter)? else { return Ok(Transformed::no(plan)) };
        let names = NamePreserver::new(&plan);
        let mut columns = Columns { events: &events, wanted: Vec::new() };
        let mut exprs = Vec::with_capacity(projection.expr.len());
        for expr in &projection.expr {
            let name = names.save(expr);
            exprs.push(name.restore(columns.flat(expr)?));
        }
        let mut conditions = Vec::new();
        for condition in filter.map(|filter| split_conjunction(&filter.predicate)).unwrap_or_default() {
            conditions.push(columns.flat(condition)?);
        }
        let watermark = events.table.watermark.as_ref();
        let watermark = watermark.map(|watermark| columns.flat(&watermark.expr)).transpose()?;
        let input = events.scan(&columns.wanted, watermark)?;
        conditions.retain(|condition| !is_true(condition));
        let input = match conditions.into_iter().reduce(Expr::and) {
            Some(predicate) => LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(input))?),
            None => input,
        };
        let flat = Projection::try_new(exprs, Arc::new(input))?;
        Ok(Transformed::yes(LogicalPlan::Projection(flat)))
    }
}

fn is_true(condition: &Expr) -> bool {
    matches!(condition, Expr::Literal(ScalarValue::Boolean(Some(true)), _))
}

/// A table of events of some kinds.
struct Narrowed<'a> {
    scan: &'a TableScan,
    table: &'a Table,
    nexmark: &'a NexmarkTable,
    kinds: BTreeSet<NexmarkKind>,
}

impl<'a> Narrowed<'a> {
    /// If this reads whole rows, and so can be narrowed.
    fn of(scan: &'a TableScan, filter: Option<&Filter>) -> Result<Option<Self>, DataFusionError> {
        let Some(table) = scan.source.downcast_ref::<Table>() else { return Ok(None) };
        let Connector::Nexmark(nexmark) = &table.connector else { return Ok(None) };
        let columns = 0..table.stored.fields().len();
        if !columns.clone().any(|column| matches!(nexmark.column(column), NexmarkColumn::Row(_))) {
            return Ok(None);
        }
        let mut events = Self { scan, table, nexmark, kinds: nexmark.kinds().clone() };
        for condition in filter.map(|filter| split_conjunction(&filter.predicate)).unwrap_or_default() {
            if let Some(kind) = events.kind_of(condition) {
                events.kinds.retain(|each| number(*each) == kind);
            }
        }
        Ok((!events.kinds.is_empty()).then_some(events))
    }

    /// The number of a type, of a condition that says which one it is.
    fn kind_of(&self, condition: &Expr) -> Option<i64> {
        let Expr::BinaryExpr(binary) = condition else { return None };
        let (column, value) = match (binary.left.as_ref(), binary.right.as_ref()) {
            (Expr::Column(column), Expr::Literal(value, _))
            | (Expr::Literal(value, _), Expr::Column(column)) => (column, value),
            _ => return None,
        };
        if binary.op != Operator::Eq || self.column(column)? != NexmarkColumn::EventType {
            return None;
        }
        match value {
            ScalarValue::Int32(Some(kind)) => Some(i64::from(*kind)),
            ScalarValue::Int64(Some(kind)) => Some(*kind),
            _ => None,
        }
    }

    fn column(&self, column: &Column) -> Option<NexmarkColumn> {
        let place = self.table.stored.index_of(&column.name).ok()?;
        Some(self.nexmark.column(place))
    }

    /// Reads these columns.
    fn scan(
        &self,
        wanted: &[NexmarkColumn],
        watermark: Option<Expr>,
    ) -> Result<LogicalPlan, DataFusionError> {
        // A row is there all the same, though nobody looks at it.
        let columns = if wanted.is_empty() { vec![NexmarkColumn::EventType] } else { wanted.to_vec() };
        let nexmark = self.nexmark.narrowed(self.kinds.clone(), columns.clone());
        let made = nexmark.source(None).schema();
        let fields = made.fields().iter().zip(&columns);
        let fields = fields.map(|(field, column)| Field::new(name(*column), field.data_type().clone(), true));
        // Two scans are the same if their schemas are: which kinds there are is part of that.
        let kinds = self.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
        let metadata = HashMap::from([("events".to_owned(), kinds)]);
        let schema = Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), metadata));
        let table = Table {
            watermark: watermark.map(|expr| Watermark { expr }),
            ..Table::of(schema, Connector::Nexmark(nexmark))
        };
        let name = self.scan.table_name.clone();
        datafusion_expr::LogicalPlanBuilder::scan(name, Arc::new(table), None)?.build()
    }
}

/// What is wanted of events.
struct Columns<'a> {
    events: &'a Narrowed<'a>,
    wanted: Vec<NexmarkColumn>,
}

impl Columns<'_> {
    /// An expression over columns that are fields of rows, with what is known of the type in its place.
    fn flat(&mut self, expr: &Expr) -> Result<Expr, DataFusionError> {
        let known = self.events.kinds.first().copied().filter(|_| self.events.kinds.len() == 1).map(number);
        let with_type = expr.clone().transform_up(|part| {
            if let Expr::Column(column) = &part
                && let Some(known) = known
                && self.events.column(column) == Some(NexmarkColumn::EventType)
            {
                let known = ScalarValue::Int32(i32::try_from(known).ok());
                return Ok(Transformed::yes(Expr::Literal(known, None)));
            }
            Ok(Transformed::no(part))
        })?;
        let simple = simplified(with_type.data)?;
        let flat = simple.transform_down(|part| {
            let found = match &part {
                Expr::ScalarFunction(call) => match (RowField::called(call), call.args.as_slice()) {
                    (Some(field), [Expr::Column(row)]) => match self.events.column(row) {
                        Some(NexmarkColumn::Row(kind)) => field
                            .place(&arrow_schema::DataType::Struct(NexmarkSpec::fields_of(kind)))
                            .ok()
                            .map(|place| NexmarkColumn::Field(kind, place)),
                        _ => None,
                    },
                    _ => None,
                },
                Expr::Column(column) => self.events.column(column),
                _ => None,
            };
            Ok(match found {
                Some(found) => {
                    let column = self.want(found);
                    Transformed::new(column, true, datafusion_common::tree_node::TreeNodeRecursion::Jump)
                }
                None => Transformed::no(part),
            })
        })?;
        Ok(flat.data)
    }

    fn want(&mut self, column: NexmarkColumn) -> Expr {
        if !self.wanted.contains(&column) {
            self.wanted.push(column);
        }
        Expr::Column(Column::new(Some(self.events.scan.table_name.clone()), name(column)))
    }
}

/// The number of a kind among types of events.
fn number(kind: NexmarkKind) -> i64 {
    match kind {
        NexmarkKind::Person => 0,
        NexmarkKind::Auction => 1,
        NexmarkKind::Bid => 2,
    }
}

/// What a column is called in a scan of this rule's.
fn name(column: NexmarkColumn) -> String {
    match column {
        NexmarkColumn::Number => "n".to_owned(),
        NexmarkColumn::EventType => "event_type".to_owned(),
        NexmarkColumn::Time => "dateTime".to_owned(),
        NexmarkColumn::Row(kind) => kind.name().to_owned(),
        NexmarkColumn::Field(kind, place) => {
            format!("{}.{}", kind.name(), NexmarkSpec::fields_of(kind)[place].name())
        }
    }
}
