//! Windows of time as columns of their rows.
//!
//! Who groups by them, joins on them or ranks within them gathers the rows of a window and knows when it is over.

use std::sync::Arc;

use arrow_array::DurationMillisecondArray;
use arrow_schema::DataType;
use datafusion_expr::logical_plan::UserDefinedLogicalNodeCore;
use expr::{BinaryOp, Expr, Zone};
use operators::Operator;
use operators::layout::time_type;
use operators::time::{ClockTimes, NowColumn, OtherClock, Reading};
use operators::window::pane::Windows;
use operators::window::session::{SessionRows, SessionRowsSpec};
use operators::window::{WindowColumns, WindowRows, WindowRowsSpec};
use plan::{Factory, Make, Partition};

use super::{Node, Planner, Rows, Window, fields_of, lowered};
use crate::error::SqlError;
use crate::now::NOW;
use crate::time::TimeKind;
use crate::windows::{ADDED, Shape, WindowTable};
use crate::zones::{has_instants, instant, shown};

impl Planner {
    /// The rows that lie in windows, when each of them is, in milliseconds, and by the clocks of which zone.
    pub(super) fn timed_rows(&mut self, table: &WindowTable) -> Result<(Rows, Expr, Zone), SqlError> {
        let schema = table.input.schema();
        let time = schema.index_of_column(&table.time)?;
        let kind = TimeKind::of(&schema.fields()[time]);
        if !self.is_batch() && kind.is_none() {
            return Err(SqlError::new(format!(
                "{} is no time attribute, so nobody knows when a window is over; declare WATERMARK FOR it in CREATE TABLE, or \
                 SET 'execution.runtime-mode' = 'batch'",
                table.time.name
            )));
        }
        let rows = self.rows(&table.input)?;
        if rows.changes() {
            return Err(SqlError::new(
                "windows are of rows that stay, and the query takes some of them back; group by windows first",
            ));
        }
        let rows = match kind {
            Some(TimeKind::Processing) if !self.is_batch() => self.clocked(&rows),
            _ => rows,
        };
        let data_type = rows.layout.schema().field(time).data_type();
        let (is_exact, zone) = match has_instants(data_type) {
            true => (false, self.zone),
            false => (*data_type == time_type(), Zone::UTC),
        };
        let time = shown(Expr::Column(time), zone);
        let time = if is_exact { time } else { cast(time, time_type()) };
        Ok((rows, time, zone))
    }

    pub(super) fn window_table(&mut self, table: &WindowTable) -> Result<Rows, SqlError> {
        let (rows, time, zone) = self.timed_rows(table)?;
        let own = rows.layout.record();
        // Windows are of milliseconds; what is computed becomes a column for a while.
        let mut others = Vec::new();
        let mut column = |expr: Expr| match expr {
            Expr::Column(column) => column,
            expr => {
                others.push((format!("$window{}", others.len()), expr));
                own + others.len() - 1
            }
        };
        let time = column(time);
        let keys =
            lowered(&table.keys, table.input.schema())?.into_iter().map(&mut column).collect::<Vec<_>>();
        let rows = self.extended(&rows, others)?;
        let record = rows.layout.record();
        let rows = match table.shape {
            Shape::Session { gap } => {
                let rows = self.by_clocks(&rows, zone);
                let rows = self.sessions(rows, time, keys, gap)?;
                self.by_utc(&rows, zone)
            }
            shape => self.assigned(rows, time, shape),
        };
        let rows = Rows { window: Some(Window { start: record, end: record + 1, zone }), ..rows };
        let mut columns: Vec<Expr> = (0..own).map(Expr::Column).collect();
        columns.extend([record, record + 1].map(Expr::Column));
        let fields = fields_of(UserDefinedLogicalNodeCore::schema(table));
        columns.push(cast(instant(last_time(record + 1), zone), fields[own + 2].data_type().clone()));
        self.projection(&rows, columns, &fields)
    }

    /// The rows with a column behind the others that says when they came.
    pub(super) fn now(&mut self, rows: &Rows) -> Rows {
        let input = rows.layout.clone();
        let output = NowColumn::output(&input, NOW);
        let make: Make<dyn Operator> =
            Arc::new(move |_| Ok(Box::new(NowColumn::new(input.clone(), NOW)) as Box<dyn Operator>));
        let node = Node { is_single: self.is_single(rows), ..Node::new("Now", Factory::Operator(make)) };
        let stamped = self.add(node, &[rows], output);
        Rows { window: rows.window, ..stamped }
    }

    /// The same rows, and time as clocks of a zone show it: what ends by them comes behind this.
    pub(super) fn by_clocks(&mut self, rows: &Rows, zone: Zone) -> Rows {
        self.told_by(rows, [zone, zone], Arc::new(move |now_ms| zone.passed_ms(now_ms)))
    }

    /// The same rows, and time as it was before [`Planner::by_clocks`].
    pub(super) fn by_utc(&mut self, rows: &Rows, zone: Zone) -> Rows {
        self.told_by(rows, [zone, Zone::UTC], Arc::new(move |shown_ms| zone.instant_ms(shown_ms)))
    }

    /// In a batch time does not go on before the end.
    fn told_by(&mut self, rows: &Rows, [zone, told]: [Zone; 2], shows: Reading) -> Rows {
        if zone.is_utc() || self.is_batch() {
            return rows.clone();
        }
        let make: Make<dyn Operator> =
            Arc::new(move |_| Ok(Box::new(OtherClock::new(shows.clone())) as Box<dyn Operator>));
        let node = Node::new(format!("Clock [{told}]"), Factory::Operator(make));
        let node = Node { is_single: self.is_single(rows), ..node };
        let told = self.add(node, &[rows], rows.layout.clone());
        Rows { window: rows.window, ..told }
    }

    /// The same rows, and time that goes on by the clock.
    fn clocked(&mut self, rows: &Rows) -> Rows {
        let make: Make<dyn Operator> =
            Arc::new(|seat| Ok(Box::new(ClockTimes::new(seat)) as Box<dyn Operator>));
        let node = Node { is_single: self.is_single(rows), ..Node::new("Clock", Factory::Operator(make)) };
        self.add(node, &[rows], rows.layout.clone())
    }

    fn assigned(&mut self, rows: Rows, time: usize, shape: Shape) -> Rows {
        let windows = windows_of(shape).expect("sessions are not assigned");
        let spec = WindowRowsSpec { input: rows.layout.clone(), windows, time, columns: columns() };
        let output = spec.output();
        let make: Make<dyn Operator> =
            Arc::new(move |seat| Ok(Box::new(WindowRows::new(spec.clone(), seat)?) as Box<dyn Operator>));
        let node = Node::new(format!("Window [{shape}]"), Factory::Operator(make));
        let node = Node { is_single: self.is_single(&rows), ..node };
        self.add(node, &[&rows], output)
    }

    fn sessions(&mut self, rows: Rows, time: usize, keys: Vec<usize>, gap: i64) -> Result<Rows, SqlError> {
        let input = rows.layout.clone().keyed_by(keys);
        let has_keys = !input.key().is_empty();
        let spec = SessionRowsSpec { input: input.clone(), time, gap, columns: columns() };
        let output = spec.output().unkeyed();
        let make: Make<dyn Operator> =
            Arc::new(move |seat| Ok(Box::new(SessionRows::new(spec.clone(), seat)?) as Box<dyn Operator>));
        let node =
            Node::new(format!("Window [{}]", Shape::Session { gap }), Factory::Operator(make)).stateful();
        let (node, route) = match has_keys {
            true => (node, Partition::Hash),
            false => (node.single(), Partition::Global),
        };
        let rows = Rows { layout: input, ..rows }.routed(&route);
        Ok(self.add(node, &[&rows], output))
    }
}

/// The windows of a shape that time alone decides.
pub(super) fn windows_of(shape: Shape) -> Option<Windows> {
    Some(match shape {
        Shape::Tumble { size, offset } => Windows::Tumbling { size, offset },
        Shape::Hop { slide, size, offset } => Windows::Sliding { size, slide, offset },
        Shape::Cumulate { step, size, offset } => Windows::Cumulating { size, step, offset },
        Shape::Session { .. } => return None,
    })
}

fn columns() -> WindowColumns {
    let [start, end, _] = ADDED.map(String::from);
    WindowColumns { start, end, are_nullable: true }
}

pub(super) fn cast(expr: Expr, to: DataType) -> Expr {
    Expr::Cast { expr: Box::new(expr), to, is_lenient: false }
}

/// The last time of a window that ends at what a column says.
pub(super) fn last_time(end: usize) -> Expr {
    let millisecond = Expr::Literal(Arc::new(DurationMillisecondArray::from(vec![1])));
    Expr::binary(BinaryOp::Minus, Expr::Column(end), millisecond)
}
