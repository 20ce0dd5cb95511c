//! JOIN: rows of both sides go where their keys belong, and meet in a table of those of the smaller side.
//!
//! In a stream a side is never complete: both are kept, and a row leaves with each of its partners when the later one comes.
//!
//! Without an equality the right side goes to every subtask of the left, or both to one, where rows without a partner have
//! to be known.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datafusion_common::{JoinType, NullEquality};
use datafusion_expr::{Join, LogicalPlan};
use expr::{Expr, Program, Zone};
use operators::Operator;
use operators::join::{ChangingJoin, HashJoin, JoinKind, Nulls, PairFilter, Retention};
use operators::layout::is_time_type;
use plan::{Factory, Make, Partition};
use runtime::subtask::Failure;

use super::changelog::{Changelog, Kinds, Sends};
use super::contenders::contested;
use super::intervals::interval;
use super::keys::Keys;
use super::sieves::Scanned;
use super::{Node, Planner, Rows, Window, failed, fields_of, lowered};
use crate::as_of::{AsOf, version_in};
use crate::error::SqlError;
use crate::lower::lower;

/// A side of a batch that takes no more is sent to every subtask of the other one, whose rows stay where they are: as much as
/// Flink's `table.optimizer.join.broadcast-threshold`.
const BROADCAST_BYTES: f64 = 1_048_576.0;

impl Planner {
    pub(super) fn join(&mut self, join: &Join) -> Result<Rows, SqlError> {
        if version_in(&join.right).is_some_and(AsOf::is_of_events) {
            return self.temporal_join(join);
        }
        let nulls = nulls_of(join);
        // A stream keeps both sides.
        let sizes = match self.is_batch() {
            true => self.estimates.bytes(&join.left).zip(self.estimates.bytes(&join.right)),
            false => None,
        };
        // Of a batch the smaller side is kept. Without keys, rows without a partner are found where the left side stays in place;
        // what is NOT IN a side is looked up in all of it.
        let may_swap = !join.on.is_empty() || join.join_type == JoinType::Inner;
        let may_swap = may_swap && nulls != Nulls::AreUnknown;
        let swaps = may_swap && sizes.is_some_and(|(left, right)| left < right);
        let (kind, swaps) = kind_of(join.join_type, swaps)?;
        let (left_keys, right_keys): (Vec<_>, Vec<_>) = join.on.iter().cloned().unzip();
        let left_keys = lowered(&left_keys, join.left.schema())?;
        let right_keys = lowered(&right_keys, join.right.schema())?;
        let [left, right] = match contested(join)? {
            Some(sides) => sides,
            None => [join.left.as_ref().clone(), join.right.as_ref().clone()],
        };
        let left = self.side(&left, left_keys.clone())?;
        let right = self.side(&right, right_keys.clone())?;
        let (columns, keys) = (join.left.schema().fields().len(), join.on.len());
        let others = join.right.schema().fields().len();
        let filter = join.filter.as_ref().map(|filter| {
            let both = join.left.schema().join(join.right.schema())?;
            // The keys of a side stand behind its columns.
            let place = |column: usize| match (swaps, column < columns) {
                (false, true) => column,
                (false, false) => column + keys,
                (true, true) => column + others + keys,
                (true, false) => column - columns,
            };
            Ok::<Expr, SqlError>(lower(filter, &both)?.moved(&place))
        });
        let filter = filter.transpose()?;
        let (left, right) = if swaps { (right, left) } else { (left, right) };
        let sides = [left, right];
        let keys_of_both = match swaps {
            true => right_keys.into_iter().zip(left_keys).collect::<Vec<_>>(),
            false => left_keys.into_iter().zip(right_keys).collect(),
        };
        let window = shared_window(&sides, &keys_of_both);
        let told_apart = keys_of_join(&sides, &keys_of_both, kind);
        let forgets = self.forgets((join, nulls), &sides, (window.is_some(), swaps));
        // A table that is looked up as it is does not change: it is read first.
        let is_read_first = self.is_batch() || self.is_lookup(join)?;
        // What is kept is the right side by now.
        let kept = sizes.map(|(left, right)| if swaps { left } else { right });
        let is_small = kept.is_some_and(|bytes| bytes <= BROADCAST_BYTES);
        let joined = match is_read_first {
            true => self.hash_join(sides, (kind, nulls), filter, is_small)?,
            false => self.changing_join(sides, (kind, nulls), filter, forgets)?,
        };
        // A row of the right without a partner has no window.
        let window = window.filter(|_| !matches!(kind, JoinKind::Right | JoinKind::Full));
        let joined = Rows { window, keys: told_apart, ..joined };
        let planned = fields_of(&join.schema);
        // Of the one side that its rows are of.
        let is_about_one = matches!(
            kind,
            JoinKind::LeftSemi | JoinKind::LeftAnti | JoinKind::RightSemi | JoinKind::RightAnti
        );
        let place = |number: usize| match number < columns {
            _ if is_about_one => number,
            true if swaps => number + others + keys,
            true => number,
            // The mark of a row.
            false if kind == JoinKind::LeftMark => number + keys,
            false if swaps => number - columns,
            false => number + keys,
        };
        self.projection(&joined, (0..planned.len()).map(place).map(Expr::Column).collect(), &planned)
    }

    /// Which rows a join of a stream forgets.
    fn forgets(
        &self,
        (join, nulls): (&Join, Nulls),
        sides: &[Rows; 2],
        (is_of_windows, swaps): (bool, bool),
    ) -> Forgets {
        if nulls == Nulls::AreUnknown {
            return Forgets::Nothing;
        }
        if is_of_windows {
            return Forgets::of_windows(sides);
        }
        match (self.interval(join, sides, swaps), self.state_ttl) {
            (Some(interval), _) => Forgets::Interval(interval),
            (None, Some(after_ms)) => Forgets::Idle(after_ms),
            (None, None) => Forgets::Nothing,
        }
    }

    /// Until when rows of both sides are to be known, if they come in the order of event time and a condition says so.
    fn interval(&self, join: &Join, sides: &[Rows; 2], swaps: bool) -> Option<[Retention; 2]> {
        // A row without a time is forgotten at once: where nulls are equal it could have a partner.
        if nulls_of(join) != Nulls::Differ || join.join_type == JoinType::LeftMark {
            return None;
        }
        let mut interval = interval(join)?;
        if swaps {
            interval.reverse();
        }
        let is_timely = |(rows, retention): (&Rows, &Retention)| {
            let is_time = is_time_type(rows.layout.schema().field(retention.column).data_type());
            rows.is_timely && !rows.changes() && is_time
        };
        sides.iter().zip(&interval).all(is_timely).then_some(interval)
    }

    /// Whether the right side is looked up for each row of the left one.
    fn is_lookup(&self, join: &Join) -> Result<bool, SqlError> {
        match (version_in(&join.right), join.join_type) {
            (None, _) => Ok(false),
            (Some(_), JoinType::Inner | JoinType::Left) => Ok(true),
            (Some(_), other) => Err(SqlError::new(format!(
                "FOR SYSTEM_TIME AS OF is for JOIN and LEFT JOIN, not for {other} JOIN"
            ))),
        }
    }

    /// A side with its keys behind its columns.
    pub(super) fn side(&mut self, plan: &LogicalPlan, keys: Vec<Expr>) -> Result<Rows, SqlError> {
        let rows = self.rows(plan)?;
        let columns = rows.layout.record();
        let key = (columns..columns + keys.len()).collect();
        let keys = keys.into_iter().enumerate().map(|(number, key)| (format!("$key{number}"), key)).collect();
        let rows = self.extended(&rows, keys)?;
        Ok(Rows { layout: rows.layout.clone().keyed_by(key), ..rows })
    }

    fn hash_join(
        &mut self,
        sides: [Rows; 2],
        (kind, nulls): (JoinKind, Nulls),
        filter: Option<Expr>,
        is_small: bool,
    ) -> Result<Rows, SqlError> {
        let [left, right] = sides;
        let inputs = [left.layout.clone(), right.layout.clone()];
        let keys = key_types(&inputs)?;
        let pairs = HashJoin::output(&inputs, JoinKind::Inner).schema().clone();
        if let Some(filter) = &filter {
            Program::compile(filter, &pairs).map_err(SqlError::new)?;
        }
        let output = HashJoin::output(&inputs, kind);
        let widths = inputs.each_ref().map(|input| input.schema().fields().len());
        let both = [(&left.scanned, widths[0]), (&right.scanned, widths[1])];
        let scanned = Scanned::joined(kind, both, output.schema().fields().len());
        let told = self.sieve(&left, (kind, nulls));
        let sieve = told.as_ref().map(|(_, sieved)| sieved.sieve.clone());
        // What is NOT IN the right side has to be looked for in all of it.
        let has_keys = !keys.is_empty() && nulls != Nulls::AreUnknown;
        // Rows of the right are known to be without a partner, or to have one, where all of the left comes.
        let needs_left =
            matches!(kind, JoinKind::Right | JoinKind::Full | JoinKind::RightSemi | JoinKind::RightAnti);
        let goes_by_key = has_keys && (needs_left || !is_small);
        let make: Make<dyn Operator> = Arc::new(move |seat| {
            let filter = pair_filter(filter.as_ref(), &pairs)?;
            let join = HashJoin::new(inputs.clone(), (kind, nulls), filter, seat)?;
            let join = match &sieve {
                Some(sieve) => join.telling(sieve, !goes_by_key, seat),
                None => join,
            };
            Ok(Box::new(join) as Box<dyn Operator>)
        });
        let node = Node::new(format!("Hash Join [{kind:?}]"), Factory::Operator(make)).stateful();
        let (node, left, right) = match kind {
            _ if goes_by_key => (node, left.routed(&Partition::Hash), right.routed(&Partition::Hash)),
            _ if needs_left => {
                (node.single(), left.routed(&Partition::Global), right.routed(&Partition::Global))
            }
            // Rows of the left stay where they are.
            _ if self.is_single(&left) => (node.single(), left, right.routed(&Partition::Global)),
            _ => (node, left, right.routed(&Partition::Broadcast)),
        };
        let joined = self.add(node, &[&left, &right], output);
        if let Some(told) = told {
            self.tells(&joined, told);
        }
        Ok(Rows { scanned, ..joined })
    }

    /// Of rows that come as they come, and may be taken back.
    fn changing_join(
        &mut self,
        sides: [Rows; 2],
        (kind, nulls): (JoinKind, Nulls),
        filter: Option<Expr>,
        forgets: Forgets,
    ) -> Result<Rows, SqlError> {
        // What windows forget they forget by their clocks.
        let zone = match (forgets, sides[0].window) {
            (Forgets::Windows(_), Some(window)) => window.zone,
            _ => Zone::UTC,
        };
        let [left, right] = sides.map(|rows| self.by_clocks(&rows, zone));
        let inputs = [left.layout.clone(), right.layout.clone()];
        let keys = key_types(&inputs)?;
        let pairs = HashJoin::output(&inputs, JoinKind::Inner).schema().clone();
        // What it does not look at is not copied to ask it.
        let seen = filter.as_ref().map(Expr::columns).unwrap_or_default();
        let pairs = SchemaRef::new(pairs.project(&seen).map_err(SqlError::new)?);
        let filter =
            filter.map(|filter| filter.moved(&|column| seen.binary_search(&column).expect("it was seen")));
        if let Some(filter) = &filter {
            Program::compile(filter, &pairs).map_err(SqlError::new)?;
        }
        let (output, name) = match forgets {
            Forgets::Interval(_) => (HashJoin::output(&inputs, kind), "Interval Join"),
            _ => (ChangingJoin::output(&inputs, kind), "Join"),
        };
        let make: Make<dyn Operator> = Arc::new(move |seat| {
            let holds = pair_filter(filter.as_ref(), &pairs)?;
            let new = |retention| {
                let join = ChangingJoin::new(inputs.clone(), (kind, nulls), holds, retention, seat)?;
                Ok::<_, Failure>(if filter.is_some() { join.filter_sees(&seen) } else { join })
            };
            Ok(Box::new(match forgets {
                Forgets::Nothing => new([None; 2])?,
                Forgets::Idle(after_ms) => new([None; 2])?.idle_after(after_ms)?,
                Forgets::Windows(retention) => new(retention.map(Some))?,
                Forgets::Interval(retention) => new(retention.map(Some))?.patient(),
            }) as Box<dyn Operator>)
        });
        let node = Node::new(format!("{name} [{kind:?}]"), Factory::Operator(make)).stateful();
        let node = node.with(Changelog::sending(Sends::Own(Kinds::DELETES)));
        let (node, route) = match !keys.is_empty() && nulls != Nulls::AreUnknown {
            true => (node, Partition::Hash),
            false => (node.single(), Partition::Global),
        };
        let joined = self.add(node, &[&left.routed(&route), &right.routed(&route)], output);
        let joined = self.by_utc(&joined, zone);
        // Rows that are kept for ever have pairs long after their time.
        let is_timely = joined.is_timely && matches!(forgets, Forgets::Windows(_) | Forgets::Interval(_));
        Ok(Rows { is_timely, ..joined })
    }
}

/// The kind of join, and whether its sides change places.
fn kind_of(planned: JoinType, swaps: bool) -> Result<(JoinKind, bool), SqlError> {
    Ok(match planned {
        JoinType::Inner => (JoinKind::Inner, swaps),
        JoinType::Left if swaps => (JoinKind::Right, true),
        JoinType::Left => (JoinKind::Left, false),
        JoinType::Right if swaps => (JoinKind::Left, true),
        JoinType::Right => (JoinKind::Right, false),
        JoinType::Full => (JoinKind::Full, swaps),
        JoinType::LeftSemi if swaps => (JoinKind::RightSemi, true),
        JoinType::LeftAnti if swaps => (JoinKind::RightAnti, true),
        JoinType::LeftSemi => (JoinKind::LeftSemi, false),
        JoinType::LeftAnti => (JoinKind::LeftAnti, false),
        JoinType::LeftMark => (JoinKind::LeftMark, false),
        JoinType::RightSemi => (JoinKind::LeftSemi, true),
        JoinType::RightAnti => (JoinKind::LeftAnti, true),
        other => return Err(SqlError::not_yet(format!("a {other} join"))),
    })
}

fn nulls_of(join: &Join) -> Nulls {
    match (join.null_equality, join.null_aware) {
        (_, true) => Nulls::AreUnknown,
        (NullEquality::NullEqualsNull, false) => Nulls::AreEqual,
        (NullEquality::NullEqualsNothing, false) => Nulls::Differ,
    }
}

/// Which rows a join of a stream forgets.
#[derive(Clone, Copy)]
enum Forgets {
    /// None.
    Nothing,
    /// Those that are there for so many milliseconds.
    Idle(i64),
    /// Those of windows that are over.
    Windows([Retention; 2]),
    /// Those that are too far from all that may come.
    Interval([Retention; 2]),
}

impl Forgets {
    fn of_windows([left, right]: &[Rows; 2]) -> Self {
        match [left.window, right.window] {
            // Windows of different clocks are over at different times.
            [Some(left), Some(right)] if left.zone == right.zone => {
                let [left, right] = [left.end, right.end];
                Self::Windows([left, right].map(|column| Retention { column, after: 0 }))
            }
            _ => Self::Nothing,
        }
    }
}

/// The window that pairs lie in, if both sides have it in their keys, by its place in the left side.
fn shared_window(sides: &[Rows; 2], keys: &[(Expr, Expr)]) -> Option<Window> {
    let [one, other] = [sides[0].window?, sides[1].window?];
    let is_shared = |left: usize, right: usize| {
        keys.iter().any(
            |key| matches!(key, (Expr::Column(one), Expr::Column(other)) if (*one, *other) == (left, right)),
        )
    };
    let are_same = one.zone == other.zone;
    (are_same && is_shared(one.start, other.start) && is_shared(one.end, other.end)).then_some(one)
}

/// By what the pairs of a join are told apart.
///
/// A side of which each row has one partner at most keeps its keys, and both together are one always. But changes of a row
/// meet in one place only where the key of the join does not change: it has to lie in what tells them apart.
fn keys_of_join(sides: &[Rows; 2], keys: &[(Expr, Expr)], kind: JoinKind) -> Keys {
    let compared = |side: fn(&(Expr, Expr)) -> &Expr| {
        let columns = keys.iter().map(|key| match side(key) {
            Expr::Column(column) => Some(*column),
            _ => None,
        });
        columns.collect::<Option<BTreeSet<usize>>>()
    };
    let ([left, right], columns) = (sides, [compared(|key| &key.0), compared(|key| &key.1)]);
    let kept = |rows: &Rows, columns: &Option<BTreeSet<usize>>| {
        columns.as_ref().map(|columns| rows.keys.with_all(columns)).unwrap_or_default()
    };
    let has_one = |rows: &Rows, columns: &Option<BTreeSet<usize>>| {
        columns.as_ref().is_some_and(|columns| rows.keys.lie_in(columns))
    };
    let (of_left, of_right) = (kept(left, &columns[0]), kept(right, &columns[1]));
    if matches!(kind, JoinKind::LeftSemi | JoinKind::LeftAnti | JoinKind::LeftMark) {
        return of_left;
    }
    let of_right = of_right.moved(left.layout.schema().fields().len());
    // A row that stands by itself has nulls in the columns of the other side, as others that stand by themselves.
    let (keeps_left, keeps_right) = match kind {
        JoinKind::Inner => (true, true),
        JoinKind::Left => (true, false),
        JoinKind::Right => (false, true),
        _ => return Keys::default(),
    };
    let mut all = of_left.and(&of_right);
    if keeps_left && has_one(right, &columns[1]) {
        all = of_left.or(all);
    }
    if keeps_right && has_one(left, &columns[0]) {
        all = of_right.or(all);
    }
    all
}

/// The types of the keys of both sides.
pub(super) fn key_types(inputs: &[operators::Layout; 2]) -> Result<Vec<arrow_schema::DataType>, SqlError> {
    let (one, other) = (inputs[0].key_types(), inputs[1].key_types());
    if one == other {
        return Ok(one);
    }
    let words = |types: &[arrow_schema::DataType]| {
        types.iter().map(crate::type_syntax::written_type).collect::<Vec<_>>().join(", ")
    };
    Err(SqlError::new(format!("({}) and ({}) are not compared; use CAST", words(&one), words(&other))))
}

/// Which pairs count.
pub(super) fn pair_filter(
    filter: Option<&Expr>,
    pairs: &arrow_schema::SchemaRef,
) -> Result<Option<PairFilter>, Failure> {
    let filter = filter.map(|filter| {
        let program = Program::compile(filter, pairs).map_err(failed)?;
        let holds = move |rows: &RecordBatch| program.holds(rows).map_err(failed);
        Ok::<_, Failure>(Box::new(holds) as PairFilter)
    });
    filter.transpose()
}
