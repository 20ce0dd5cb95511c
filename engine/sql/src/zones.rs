//! Time zones: a plan in which it stands written by whose clocks an instant is read.
//!
//! ```text
//!   CAST(ltz AS DATE)             ─►  CAST(TO_LOCAL(ltz, 'Europe/Berlin') AS DATE)
//!   CAST(ts AS TIMESTAMP_LTZ(3))  ─►  TO_INSTANT(ts, 'Europe/Berlin')
//!   HOUR(ltz)                     ─►  HOUR(TO_LOCAL(ltz, 'Europe/Berlin'))
//! ```
//!
//! A TIMESTAMP_LTZ is an instant, and of type `Timestamp(_, UTC)` wherever it goes: tables, views and what is kept for keys do not
//! depend on the zone of a session. Its plans do. This is done behind the planner's casts and before any constant is
//! computed; by the clocks of UTC nothing is left to do. Arithmetic with intervals is that of instants, as in Flink.

use arrow_schema::{DataType, TimeUnit};
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_common::{DFSchema, DataFusionError, ScalarValue};
use datafusion_expr::expr::{BinaryExpr, ScalarFunction};
use datafusion_expr::expr_rewriter::NamePreserver;
use datafusion_expr::utils::merge_schema;
use datafusion_expr::{Cast, Expr, ExprSchemable, LogicalPlan, Operator, TryCast};
use expr::Zone;
use options::{LOCAL_TIME_ZONE, Settings};

use crate::files::Files;
use crate::functions::{Called, call};
use crate::now::Present;

type Rewritten = Result<Transformed<Expr>, DataFusionError>;

/// How a text is read, and seconds are shown, if nothing else is said.
const PATTERN: &str = "yyyy-MM-dd HH:mm:ss";

/// The zone of a session.
pub(crate) fn zone_of(settings: &Settings, files: &dyn Files) -> Zone {
    Zone::set_to(settings.get(&LOCAL_TIME_ZONE), files.zone())
}

/// The plan, by the clocks of a zone.
pub(crate) fn in_zone(plan: LogicalPlan, zone: Zone) -> Result<LogicalPlan, DataFusionError> {
    if zone.is_utc() {
        return Ok(plan);
    }
    let transformed = plan.transform_up_with_subqueries(|part| {
        let (schema, names) = (merge_schema(&part.inputs()), NamePreserver::new(&part));
        part.map_expressions(|expr| {
            let name = names.save(&expr);
            let changed = expr.transform_up(|inner| rewritten(inner, &schema, zone))?;
            Ok(changed.update_data(|expr| name.restore(expr)))
        })
    });
    Ok(transformed?.data)
}

/// An expression that is in no plan, by the clocks of a zone.
pub(crate) fn expression_in_zone(expr: Expr, schema: &DFSchema, zone: Zone) -> Result<Expr, DataFusionError> {
    if zone.is_utc() {
        return Ok(expr);
    }
    Ok(expr.transform_up(|inner| rewritten(inner, schema, zone))?.data)
}

/// What clocks show, in place of an instant.
pub(crate) fn shown(instant: expr::Expr, zone: Zone) -> expr::Expr {
    moved("TO_LOCAL", instant, zone)
}

/// The instant at which clocks show this.
pub(crate) fn instant(shown: expr::Expr, zone: Zone) -> expr::Expr {
    moved("TO_INSTANT", shown, zone)
}

fn moved(name: &str, time: expr::Expr, zone: Zone) -> expr::Expr {
    if zone.is_utc() {
        return time;
    }
    let function = expr::function(name).expect("a function of ours");
    let zone = arrow_array::StringViewArray::from_iter_values([zone.to_string()]);
    let zone = expr::Expr::Literal(std::sync::Arc::new(zone));
    expr::Expr::Call { function, arguments: vec![time, zone] }
}

fn rewritten(expr: Expr, schema: &DFSchema, zone: Zone) -> Rewritten {
    let rewritten = match &expr {
        Expr::Cast(cast) => {
            let to = cast.field.data_type();
            let by = |expr, to| Expr::Cast(Cast::new(Box::new(expr), to));
            recast(&cast.expr, to, schema, zone, by)?
        }
        Expr::TryCast(cast) => {
            let to = cast.field.data_type();
            let by = |expr, to| Expr::TryCast(TryCast::new(Box::new(expr), to));
            recast(&cast.expr, to, schema, zone, by)?
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right }) => {
            let [left, right] = [left, right].map(|side| read(side, schema, zone));
            Some(Expr::BinaryExpr(BinaryExpr::new(Box::new(left?), Operator::StringConcat, Box::new(right?))))
        }
        Expr::ScalarFunction(function) => match (Called::of(function), Present::called(function)) {
            (Some(called), _) => called_in(called.function.name, &function.args, schema, zone)?,
            (None, Some(present)) => present_in(present, zone),
            (None, None) => None,
        },
        _ => None,
    };
    Ok(rewritten.map_or_else(|| Transformed::no(expr), Transformed::yes))
}

/// A cast between instants and what is none.
fn recast(
    from: &Expr,
    to: &DataType,
    schema: &DFSchema,
    zone: Zone,
    by: impl Fn(Expr, DataType) -> Expr,
) -> Result<Option<Expr>, DataFusionError> {
    let given = from.get_type(schema)?;
    Ok(match (has_instants(&given), has_instants(to)) {
        (true, false) => Some(by(local(from.clone(), zone), to.clone())),
        // A text may say by which clocks its time is.
        (false, true) if given.is_string() => {
            let args = vec![by(from.clone(), to.clone()), text(zone), from.clone()];
            Some(call("TO_INSTANT", args))
        }
        (false, true) if !given.is_null() => {
            let wanted = expr::function("TO_LOCAL").expect("a function of ours");
            let shown = wanted.returns(&[to.clone(), DataType::Utf8View]);
            let shown = shown.map_err(|error| DataFusionError::Plan(error.to_string()))?;
            Some(at_instant(by(from.clone(), shown), zone))
        }
        _ => None,
    })
}

/// A function that goes by clocks.
fn called_in(
    name: &str,
    args: &[Expr],
    schema: &DFSchema,
    zone: Zone,
) -> Result<Option<Expr>, DataFusionError> {
    let is_instant = |arg: &Expr| Ok::<_, DataFusionError>(has_instants(&arg.get_type(schema)?));
    let is_text = |arg: &Expr| Ok::<_, DataFusionError>(arg.get_type(schema)?.is_string());
    let pattern = || args.get(1).cloned().unwrap_or_else(|| text(PATTERN));
    Ok(match (name, args) {
        ("FLOOR_TIME" | "CEIL_TIME", [time, unit]) if is_instant(time)? => {
            Some(call(name, vec![time.clone(), unit.clone(), text(zone)]))
        }
        ("UNIX_TIMESTAMP", [time] | [time, _]) if is_text(time)? => {
            Some(call(name, vec![time.clone(), pattern(), text(zone)]))
        }
        ("FROM_UNIXTIME", [seconds] | [seconds, _]) => {
            let whole = Expr::Literal(ScalarValue::Int32(Some(0)), None);
            let instant = call("TO_TIMESTAMP_LTZ", vec![seconds.clone(), whole]);
            Some(call("DATE_FORMAT", vec![local(instant, zone), pattern()]))
        }
        ("TIMESTAMPDIFF", [unit, from, to]) if is_instant(from)? != is_instant(to)? => {
            let as_instant = |time: &Expr| {
                let time_type = DataType::Timestamp(TimeUnit::Nanosecond, None);
                Ok::<_, DataFusionError>(match (is_instant(time)?, time.get_type(schema)?) {
                    (true, _) => time.clone(),
                    (false, DataType::Timestamp(..)) => at_instant(time.clone(), zone),
                    (false, DataType::Date32) => {
                        let seconds = DataType::Timestamp(TimeUnit::Second, None);
                        at_instant(datafusion_expr::cast(time.clone(), seconds), zone)
                    }
                    (false, _) => at_instant(datafusion_expr::cast(time.clone(), time_type), zone),
                })
            };
            Some(call(name, vec![unit.clone(), as_instant(from)?, as_instant(to)?]))
        }
        ("DATE_FORMAT" | "EXTRACT", _)
        | ("YEAR" | "QUARTER" | "MONTH" | "WEEK", [_])
        | ("DAYOFYEAR" | "DAYOFMONTH" | "DAYOFWEEK" | "HOUR" | "MINUTE" | "SECOND", [_]) => {
            let args = args.iter().map(|arg| read(arg, schema, zone)).collect::<Result<_, _>>()?;
            Some(call(name, args))
        }
        _ => None,
    })
}

/// What a clock says beside the instant that it is.
fn present_in(present: &Present, zone: Zone) -> Option<Expr> {
    let to = present.data_type();
    if has_instants(&to) {
        return None;
    }
    let now = crate::now::function("now").expect("a function of the present");
    let now = Expr::ScalarFunction(ScalarFunction::new_udf(now, Vec::new()));
    Some(datafusion_expr::cast(local(now, zone), to))
}

/// What clocks show, if this is an instant; else what it is.
fn read(expr: &Expr, schema: &DFSchema, zone: Zone) -> Result<Expr, DataFusionError> {
    Ok(if has_instants(&expr.get_type(schema)?) { local(expr.clone(), zone) } else { expr.clone() })
}

fn local(instant: Expr, zone: Zone) -> Expr {
    call("TO_LOCAL", vec![instant, text(zone)])
}

fn at_instant(shown: Expr, zone: Zone) -> Expr {
    call("TO_INSTANT", vec![shown, text(zone)])
}

fn text(text: impl ToString) -> Expr {
    Expr::Literal(ScalarValue::Utf8(Some(text.to_string())), None)
}

/// Whether it is a TIMESTAMP_LTZ, or something with one in it.
pub(crate) fn has_instants(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(_, zone) => zone.is_some(),
        DataType::List(item) => has_instants(item.data_type()),
        DataType::Map(entry, _) => has_instants(entry.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_instants(field.data_type())),
        _ => false,
    }
}
