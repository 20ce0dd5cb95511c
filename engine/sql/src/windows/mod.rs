//! Windows of time: `TUMBLE`, `HOP`, `CUMULATE` and `SESSION` as tables, and as what rows are grouped by.
//!
//! ```text
//!   TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' SECOND)) ─┐ call.rs
//!                                                                   ├─► WindowTable: the columns of bid, and window_start,
//!   GROUP BY TUMBLE(ts, INTERVAL '10' SECOND) ──────────────────────┘ grouped.rs       window_end, window_time
//! ```
//!
//! A [`WindowTable`] is a node of the logical plan. It knows no operator.

mod call;
mod grouped;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use arrow_schema::{DataType, Field, TimeUnit};
use datafusion_common::{Column, DFSchemaRef, ExprSchema, Result, ScalarValue, plan_err};
use datafusion_expr::logical_plan::{Extension, UserDefinedLogicalNodeCore};
use datafusion_expr::{Expr, LogicalPlan};

pub(crate) use call::Windows as WindowCalls;
pub(crate) use grouped::{GroupWindow, WindowPart, as_window_tables, function, with_group_windows};

use crate::time::TimeKind;

/// The columns that a window adds.
pub(crate) const ADDED: [&str; 3] = ["window_start", "window_end", "window_time"];

/// How windows lie in time. All lengths are milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    Tumble { size: i64, offset: i64 },
    Hop { slide: i64, size: i64, offset: i64 },
    Cumulate { step: i64, size: i64, offset: i64 },
    Session { gap: i64 },
}

impl Shape {
    /// What a function makes of the lengths that it was given, in the order in which they are written.
    pub(crate) fn of(name: &str, lengths: &[Option<i64>]) -> Result<Self> {
        let at = |place: usize| lengths.get(place).copied().flatten();
        let name = name.to_uppercase();
        let need = |place: usize, what: &str| match at(place) {
            Some(length) if length > 0 => Ok(length),
            Some(_) => plan_err!("the {what} of {name} must be more than nothing"),
            None => plan_err!("{name} takes a {what}: INTERVAL '10' SECOND"),
        };
        let several = |whole: i64, part: i64| {
            if whole % part == 0 {
                return Ok(());
            }
            plan_err!("{name}: the size ({whole} ms) must be a multiple of the other length ({part} ms)")
        };
        Ok(match name.as_str() {
            "TUMBLE" => Self::Tumble { size: need(0, "size")?, offset: at(1).unwrap_or(0) },
            "HOP" => {
                let (slide, size) = (need(0, "slide")?, need(1, "size")?);
                several(size, slide)?;
                Self::Hop { slide, size, offset: at(2).unwrap_or(0) }
            }
            "CUMULATE" => {
                let (step, size) = (need(0, "step")?, need(1, "size")?);
                several(size, step)?;
                Self::Cumulate { step, size, offset: at(2).unwrap_or(0) }
            }
            "SESSION" => Self::Session { gap: need(0, "gap")? },
            other => {
                return plan_err!(
                    "there is no table function {other} yet: there are TUMBLE, HOP, CUMULATE, SESSION"
                );
            }
        })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, lengths) = match *self {
            Self::Tumble { size, offset } => ("TUMBLE", vec![("size", size), ("offset", offset)]),
            Self::Hop { slide, size, offset } => {
                ("HOP", vec![("slide", slide), ("size", size), ("offset", offset)])
            }
            Self::Cumulate { step, size, offset } => {
                ("CUMULATE", vec![("step", step), ("size", size), ("offset", offset)])
            }
            Self::Session { gap } => ("SESSION", vec![("gap", gap)]),
        };
        let said = lengths.iter().filter(|(what, length)| *what != "offset" || *length != 0);
        let said = said.map(|(what, length)| format!("{what}=[{length} ms]")).collect::<Vec<_>>();
        write!(f, "{word}({})", said.join(", "))
    }
}

/// The rows of a table, each with the windows that its time lies in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WindowTable {
    pub(crate) input: LogicalPlan,
    pub(crate) shape: Shape,
    /// The column that says when a row is.
    pub(crate) time: Column,
    /// Sessions are those of rows with the same values of these.
    pub(crate) keys: Vec<Expr>,
    schema: DFSchemaRef,
}

impl WindowTable {
    pub(crate) fn new(input: LogicalPlan, shape: Shape, time: Column, keys: Vec<Expr>) -> Result<Self> {
        let schema = input.schema();
        let field = schema.field_from_column(&time)?;
        let data_type = field.data_type().clone();
        if !matches!(data_type, DataType::Timestamp(..)) {
            let written = crate::type_syntax::written_type(&data_type);
            return plan_err!("a window is one of a TIMESTAMP, and {} is {written}", time.name);
        }
        let kind = TimeKind::of(field);
        let mut fields: Vec<_> =
            schema.iter().map(|(qualifier, field)| (qualifier.cloned(), field.clone())).collect();
        // As in Flink the bounds are local times of three digits, and the time of a window is of the type of its rows'.
        for (number, name) in ADDED.into_iter().enumerate() {
            let added = match (number, kind) {
                (2, Some(kind)) => kind.mark(Field::new(name, data_type.clone(), true)),
                (2, None) => Field::new(name, data_type.clone(), true),
                _ => Field::new(name, DataType::Timestamp(TimeUnit::Millisecond, None), true),
            };
            fields.push((None, Arc::new(added)));
        }
        let schema =
            datafusion_common::DFSchema::new_with_metadata(fields, schema.as_arrow().metadata().clone())?;
        Ok(Self { input, shape, time, keys, schema: Arc::new(schema) })
    }

    /// If an extension of a plan is one.
    pub(crate) fn of(extension: &Extension) -> Option<&Self> {
        extension.node.as_any().downcast_ref()
    }

    /// As a part of a plan.
    pub(crate) fn node(self) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(self) })
    }
}

impl PartialOrd for WindowTable {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for WindowTable {
    fn name(&self) -> &str {
        "WindowTable"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.keys.iter().cloned().chain([Expr::Column(self.time.clone())]).collect()
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        // A condition on other columns may be asked before windows are assigned, unless rows make the sessions of others.
        match self.shape {
            Shape::Session { .. } => self.schema.fields().iter().map(|field| field.name().clone()).collect(),
            _ => ADDED.map(String::from).into(),
        }
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "WindowTable: {} of {}", self.shape, self.time)?;
        if self.keys.is_empty() {
            return Ok(());
        }
        let keys = self.keys.iter().map(ToString::to_string).collect::<Vec<_>>();
        write!(f, " partition by {}", keys.join(", "))
    }

    fn with_exprs_and_inputs(&self, mut exprs: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        let (Some(Expr::Column(time)), Some(input)) = (exprs.pop(), inputs.pop()) else {
            return plan_err!("a window has a time and an input");
        };
        Self::new(input, self.shape, time, exprs)
    }

    fn necessary_children_exprs(&self, wanted: &[usize]) -> Option<Vec<Vec<usize>>> {
        let input = self.input.schema();
        let mut needed: Vec<usize> =
            wanted.iter().copied().filter(|column| *column < input.fields().len()).collect();
        needed.push(input.index_of_column(&self.time).ok()?);
        for key in &self.keys {
            for column in key.column_refs() {
                needed.push(input.index_of_column(column).ok()?);
            }
        }
        needed.sort_unstable();
        needed.dedup();
        Some(vec![needed])
    }
}

/// An interval that a query says, in milliseconds.
pub(crate) fn milliseconds(expr: &Expr) -> Result<i64> {
    let value = match expr {
        Expr::Literal(value, _) => value,
        other => return plan_err!("a window has lengths like INTERVAL '10' SECOND, not {other}"),
    };
    match value {
        ScalarValue::IntervalMonthDayNano(Some(interval)) if interval.months == 0 => {
            Ok(i64::from(interval.days) * 86_400_000 + interval.nanoseconds / 1_000_000)
        }
        ScalarValue::DurationMillisecond(Some(milliseconds)) => Ok(*milliseconds),
        ScalarValue::IntervalMonthDayNano(_) | ScalarValue::IntervalYearMonth(_) => {
            plan_err!("a window has lengths like INTERVAL '10' SECOND; months are not all of one length")
        }
        _ => plan_err!("a window has lengths like INTERVAL '10' SECOND; {value} is none of days or less"),
    }
}
