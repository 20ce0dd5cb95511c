//! What a user brings along: assigners, triggers, states; what is refused, what is left.

use memory::Lease;
use runtime::subtask::Failure;
use state::keyed::{ListState, ValueState};

use super::golden::{Total, add, row, sums, total, totals};
use super::trial::{Row, Step, Way, layout, left, run, seat};
use crate::keyed::{Reduce, TimeDomain};
use crate::window::*;
use crate::{Mode, Operator, OperatorSeat};

/// The windows of a row are as long as it says.
struct ByValue;

impl Assigner<Row> for ByValue {
    fn assign(&mut self, row: &Row, time: i64, windows: &mut Vec<Window>) {
        if row.1 > 0 {
            windows.push(Window::new(time, time + row.1));
        }
    }

    fn domain(&self) -> TimeDomain {
        TimeDomain::Event
    }
}

/// Sends a window with every row that is larger than all before it, of which it tells how many there were.
struct Records;

impl Trigger<Row> for Records {
    type State = Row;

    fn on_row(&mut self, row: &Row, _time: i64, cx: &mut TriggerCx<'_, Row>) -> TriggerResult {
        if row.1 <= cx.state.1 {
            return TriggerResult::Continue;
        }
        *cx.state = (cx.state.0 + 1, row.1);
        TriggerResult::Fire
    }
}

#[test]
fn windows_and_triggers_of_ones_own() {
    let script = [row(1, 4), row(1, 4), row(2, 0), row(2, 8), Step::Time(3), row(1, 4)];
    assert_eq!(totals(|| Windowing::of(ByValue), &script), [(1, 5, 12), (2, 10, 8)]);
    let script = [1, 5, 3, 9, 9].map(|value| row(0, value));
    let records = || Windowing::of(TimeWindows::tumbling(10)).trigger(Records);
    assert_eq!(totals(records, &script), [(0, 10, 1), (0, 10, 6), (0, 10, 18)]);
}

/// Counts how often a window was sent, and how often any of the key's.
struct Firings {
    of_window: ValueState<i64>,
    of_key: ListState<i64>,
}

impl WindowProcess<Row, Total> for Firings {
    fn process(&mut self, rows: &[Row], cx: &mut WindowCx<'_, Total>) -> Result<(), Failure> {
        let of_window = self.of_window.update(
            &mut cx.window_state(),
            || 0,
            |count| {
                *count += 1;
                *count
            },
        );
        self.of_key.add(&mut cx.global_state(), rows.len() as i64);
        let of_key = self.of_key.get(&mut cx.global_state()).len() as i64;
        cx.emit((cx.window().start, of_window, of_key));
        Ok(())
    }

    fn clear(&mut self, cx: &mut WindowCx<'_, Total>) {
        if cx.window().start == 10 {
            self.of_key.clear(&mut cx.global_state());
        }
    }
}

#[test]
fn states_of_a_window_go_with_it_and_those_of_a_key_stay() {
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::tumbling(10)).allowed_lateness(5);
        let firings = Firings { of_window: ValueState::new("firings"), of_key: ListState::new("firings") };
        Box::new(WindowOperator::new(layout(), windowing, AllRows::new(firings), seat).unwrap())
    };
    let script = [row(1, 1), row(11, 1), Step::Time(9), row(2, 1), row(3, 1), Step::Time(15), Step::Time(20)];
    let expected = [(0, 1, 1), (0, 2, 2), (0, 3, 3), (10, 1, 4)];
    for number in 0..40 {
        assert_eq!(sums(&make, &script, &Way::of(number, 1)), expected);
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |words: &str, made: Result<(), Failure>| {
        assert_eq!(made.unwrap_err().to_string(), words);
    };
    fn made<A: Assigner<Row>, G: Trigger<Row>>(
        windowing: Windowing<Row, A, G>,
        timed: bool,
    ) -> Result<(), Failure> {
        let layout = if timed { layout() } else { crate::Layout::of(<Row as record::Record>::fields()) };
        WindowOperator::new(layout, windowing, AllRows::with(total), &seat(Mode::Streaming)).map(drop)
    }
    refused(
        "windows of event time over a stream without one: assign timestamps and watermarks first",
        made(Windowing::of(TimeWindows::tumbling(10)), false),
    );
    refused(
        "the allowed lateness is -1 ms: it must not be negative",
        made(Windowing::of(TimeWindows::tumbling(10)).allowed_lateness(-1), true),
    );
    refused(
        "windows that merge, such as sessions, with a trigger that cannot: take another, or implement `on_merge` and `can_merge`",
        made(Windowing::of(TimeWindows::session(10)).trigger(Records), true),
    );
    refused(
        "the gap of a window is 0 ms: it must be from 1 to 1125899906842624 ms",
        made(Windowing::of(TimeWindows::session(0)), true),
    );
    refused(
        "the offset of windows is 3 ms: it must be less than 3 ms, forwards or backwards",
        made(Windowing::of(TimeWindows::sliding(10, 3).offset(3)), true),
    );
    made(Windowing::of(TimeWindows::tumbling(10).processing_time()), false).unwrap();
}

#[test]
fn more_keys_than_a_batch_has_rows() {
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::tumbling(10));
        Box::new(WindowOperator::new(layout(), windowing, Folded(Reduce::new(add)), seat).unwrap())
    };
    let script: Vec<Step> = (0..30_000).map(|key| Step::Row { port: 0, key, value: key, time: 1 }).collect();
    let way = Way { rows_max: 5_000, refuses: true, ..Way::plain(1) };
    let outcome = run(&make, &script, &way, false, |row: &Row| row.0);
    assert_eq!(outcome.rows.len(), 30_000);
}

#[test]
fn nothing_is_left_of_a_window_that_is_gone() {
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::tumbling(10)).allowed_lateness(5);
        Box::new(WindowOperator::new(layout(), windowing, AllRows::with(total), seat).unwrap())
    };
    let mut script = vec![row(1, 1), row(2, 2), Step::Time(13)];
    assert_eq!(left(&make, &script), ["contents", "watermark", "windows"]);
    script.push(Step::Time(14));
    assert_eq!(left(&make, &script), ["watermark"]);
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::global()).trigger(trigger::Purging(trigger::Count::of(2)));
        Box::new(WindowOperator::new(layout(), windowing, AllRows::with(total), seat).unwrap())
    };
    assert_eq!(left(&make, &[row(1, 1)]), ["contents", "windows"]);
    assert_eq!(left(&make, &[row(1, 1), row(1, 1)]), [""; 0]);
}

#[test]
fn windows_that_do_not_fit_name_what_to_raise() {
    let lease = Lease::root("trial", 10_000);
    let make = |_: &OperatorSeat| -> Box<dyn Operator> {
        let seat = crate::stand::seat(Mode::Streaming, &lease, None);
        let windowing = Windowing::of(TimeWindows::tumbling(10));
        Box::new(WindowOperator::new(layout(), windowing, Folded(Reduce::new(add)), &seat).unwrap())
    };
    let script: Vec<Step> = (0..1_000).map(|key| Step::Row { port: 0, key, value: 0, time: 0 }).collect();
    let way = Way { rows_max: 100, ..Way::plain(1) };
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run(&make, &script, &way, false, |row: &Row| row.0)
    }));
    let words = ran.unwrap_err();
    let words = words.downcast_ref::<String>().unwrap();
    assert!(words.contains("taskmanager.memory.managed.size"), "{words}");
    assert_eq!(lease.figures().used, 0);
}
