//! Windows of known rows, as Flink's documents show them.

use super::trial::{LATE, Row, Step, Way, layout, run_in_order, seat};
use crate::accumulators::JobAccumulators;
use crate::keyed::Reduce;
use crate::window::trigger::*;
use crate::window::*;
use crate::{Mode, Operator, OperatorSeat};

/// Start, end, sum.
pub(super) type Total = (i64, i64, i64);

pub(super) fn add(first: Row, second: Row) -> Row {
    (first.0, first.1 + second.1)
}

pub(super) fn total(rows: &[Row], cx: &mut WindowCx<'_, Total>) {
    let window = cx.window();
    cx.emit((window.start, window.end, rows.iter().map(|row| row.1).sum()));
}

pub(super) fn row(time: i64, value: i64) -> Step {
    Step::Row { port: 0, key: 1, value, time }
}

/// What a window function of one key sends.
pub(super) fn totals<A, G>(windowing: impl Fn() -> Windowing<Row, A, G>, script: &[Step]) -> Vec<Total>
where
    A: Assigner<Row>,
    G: Trigger<Row>,
{
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        Box::new(
            WindowOperator::new(layout(), windowing(), AllRows::with(total), seat).unwrap().late_to(LATE),
        )
    };
    let plain: Vec<Total> = sums(&make, script, &Way::plain(1));
    for number in 0..20 {
        assert_eq!(sums(&make, script, &Way::of(number, 1)), plain);
    }
    plain
}

pub(super) fn sums(make: super::trial::Make<'_>, script: &[Step], way: &Way) -> Vec<Total> {
    run_in_order(make, script, way).into_iter().map(|(_, row)| row).collect()
}

const MINUTE: i64 = 60_000;
const SECOND: i64 = 1_000;

/// The bids of the documents on window functions of tables: minutes behind eight, and price.
fn bids() -> Vec<Step> {
    [(5, 4), (7, 2), (9, 5), (11, 3), (13, 1), (17, 6)].map(|(time, price)| row(time * MINUTE, price)).into()
}

fn in_minutes(totals: Vec<Total>) -> Vec<Total> {
    totals.into_iter().map(|(start, end, sum)| (start / MINUTE, end / MINUTE, sum)).collect()
}

#[test]
fn the_bids_of_the_documents() {
    let tumbling = totals(|| Windowing::of(TimeWindows::tumbling(10 * MINUTE)), &bids());
    assert_eq!(in_minutes(tumbling), [(0, 10, 11), (10, 20, 10)]);
    let hopping = totals(|| Windowing::of(TimeWindows::sliding(10 * MINUTE, 5 * MINUTE)), &bids());
    assert_eq!(in_minutes(hopping), [(0, 10, 11), (5, 15, 15), (10, 20, 10), (15, 25, 6)]);
    let cumulating = totals(|| Windowing::of(TimeWindows::cumulating(10 * MINUTE, 2 * MINUTE)), &bids());
    let expected = [
        (0, 6, 4),
        (0, 8, 6),
        (0, 10, 11),
        (10, 12, 3),
        (10, 14, 4),
        (10, 16, 4),
        (10, 18, 10),
        (10, 20, 10),
    ];
    assert_eq!(in_minutes(cumulating), expected);
}

#[test]
fn all_rows_of_a_stream_without_a_key() {
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::tumbling(10));
        let function = FoldedThen::new(Reduce::new(add), Each(total));
        Box::new(WindowOperator::new(layout().keyed_by(vec![]), windowing, function, seat).unwrap())
    };
    let script: Vec<Step> = (0..30).map(|n| Step::Row { port: 0, key: n % 7, value: 1, time: n }).collect();
    let way = Way { rows_max: 4, ..Way::plain(1) };
    assert_eq!(sums(&make, &script, &way), [(0, 10, 10), (10, 20, 10), (20, 30, 10)]);
}

#[test]
fn a_time_belongs_to_the_window_that_begins_with_it() {
    let script = [row(4_999, 1), row(5_000, 2), row(-1, 4), row(-5_000, 8), row(-5_001, 16)];
    assert_eq!(
        totals(|| Windowing::of(TimeWindows::tumbling(5_000)), &script),
        [(-10_000, -5_000, 16), (-5_000, 0, 12), (0, 5_000, 1), (5_000, 10_000, 2)]
    );
    let china = || Windowing::of(TimeWindows::tumbling(24 * 60 * MINUTE).offset(-8 * 60 * MINUTE));
    let hours = 60 * MINUTE;
    assert_eq!(totals(china, &[row(0, 1)]), [(-8 * hours, 16 * hours, 1)]);
}

#[test]
fn a_record_that_comes_late_joins_two_sessions() {
    let script = [row(0, 1), row(15, 2), row(8, 4), Step::Time(30), row(100, 8)];
    assert_eq!(totals(|| Windowing::of(TimeWindows::session(10)), &script), [(0, 25, 7), (100, 110, 8)]);
    let apart = [row(0, 1), row(15, 2)];
    assert_eq!(totals(|| Windowing::of(TimeWindows::session(10)), &apart), [(0, 10, 1), (15, 25, 2)]);
}

#[test]
fn the_gap_of_a_session_may_depend_on_its_rows() {
    let script = [row(0, 5), row(6, 20), row(20, 1), row(27, 1)];
    let sessions = || Windowing::of(DynamicSessions::new(|row: &Row| row.1));
    assert_eq!(totals(sessions, &script), [(0, 5, 5), (6, 26, 21), (27, 28, 1)]);
}

#[test]
fn seven_rows_are_two_windows_of_three() {
    let script: Vec<Step> = (1..=7).map(|n| row(n, n)).collect();
    let windowing = || Windowing::of(TimeWindows::global()).trigger(Purging(Count::of(3)));
    assert_eq!(totals(windowing, &script), [(i64::MIN, i64::MAX, 6), (i64::MIN, i64::MAX, 15)]);
}

#[test]
fn a_window_of_three_rows_slides_by_two() {
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::global()).trigger(Count::of(2));
        let function = Evicting::new(CountEvictor::of(3), AllRows::with(total));
        Box::new(WindowOperator::new(layout(), windowing, function, seat).unwrap())
    };
    let script: Vec<Step> = (1..=7).map(|n| row(n, n)).collect();
    let sums: Vec<i64> = sums(&make, &script, &Way::plain(1)).into_iter().map(|total| total.2).collect();
    assert_eq!(sums, [3, 9, 15]);
}

#[test]
fn early_results_every_ten_seconds_and_then_the_last() {
    let mut script = Vec::new();
    for n in 0..30 {
        script.extend([row(n * SECOND, 1), Step::Time(n * SECOND)]);
    }
    let early =
        || Windowing::of(TimeWindows::tumbling(25 * SECOND)).trigger(ContinuousEventTime::every(10 * SECOND));
    let ends =
        |sums: Vec<Total>| sums.into_iter().map(|(_, end, sum)| (end / SECOND, sum)).collect::<Vec<_>>();
    assert_eq!(ends(totals(early, &script)), [(25, 11), (25, 21), (25, 25), (50, 5), (50, 5), (50, 5)]);
}

#[test]
fn early_results_by_the_clock() {
    let script =
        [row(3, 1), Step::Clock(5), row(4, 2), Step::Clock(6), Step::Clock(1), Step::Clock(20), row(5, 4)];
    let early = || Windowing::of(TimeWindows::tumbling(100)).trigger(ContinuousProcessingTime::every(10));
    assert_eq!(totals(early, &script), [(0, 100, 3), (0, 100, 3), (0, 100, 3)]);
}

#[test]
fn late_rows_send_a_window_again_until_it_is_gone() {
    let script = [row(1, 1), Step::Time(9), row(2, 2), Step::Time(12), row(3, 4), Step::Time(14), row(4, 8)];
    let windowing = || Windowing::of(TimeWindows::tumbling(10)).allowed_lateness(5);
    assert_eq!(totals(windowing, &script), [(0, 10, 1), (0, 10, 3), (0, 10, 7)]);
}

#[test]
fn late_rows_are_counted() {
    let (late, job, mut seat) = (Late::default(), JobAccumulators::default(), seat(Mode::Streaming));
    seat.accumulators = job.of(&seat.place);
    let make = |_: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::tumbling(10)).late(late.clone());
        Box::new(WindowOperator::new(layout(), windowing, AllRows::with(total), &seat).unwrap())
    };
    let script = [row(5, 1), Step::Time(19), row(19, 1), row(7, 1), row(20, 1), row(8, 1)];
    run_in_order::<Total>(&make, &script, &Way::plain(1));
    assert_eq!((late.rows(), late.lateness_max_ms()), (3, 12));
    assert_eq!(job.totals().unwrap()[DROPPED].to_string(), "3");
}

#[test]
fn a_row_in_a_gap_between_windows_is_in_none() {
    let windowing = || Windowing::of(TimeWindows::sliding(2, 5));
    assert_eq!(totals(windowing, &[row(1, 1), row(2, 2), row(4, 4), row(5, 8)]), [(0, 2, 1), (5, 7, 8)]);
}

#[test]
fn a_row_far_from_the_last_one_sends_the_window() {
    let distance = |former: &Row, row: &Row| (row.1 - former.1).abs() as f64;
    let windowing = move || Windowing::of(TimeWindows::global()).trigger(Purging(Delta::of(5.0, distance)));
    let script = [1, 4, 6, 7, 8, 12, 13].map(|value| row(0, value));
    let sums: Vec<i64> = totals(windowing, &script).into_iter().map(|total| total.2).collect();
    assert_eq!(sums, [1 + 4 + 6 + 7, 8 + 12 + 13]);
}

#[test]
fn what_waits_too_long_is_sent() {
    let script = [
        row(1, 1),
        Step::Clock(4),
        row(2, 2),
        Step::Clock(7),
        row(3, 4),
        row(4, 8),
        row(5, 16),
        Step::Clock(50),
    ];
    let windowing = || Windowing::of(TimeWindows::global()).trigger(Purging(Timeout::of(Count::of(3), 10)));
    let sums: Vec<i64> = totals(windowing, &script).into_iter().map(|total| total.2).collect();
    assert_eq!(sums, [3, 28]);
    let resets = || {
        Windowing::of(TimeWindows::global())
            .trigger(Purging(Timeout::of(Count::of(3), 10).resets_with_rows()))
    };
    let sums: Vec<i64> = totals(resets, &script).into_iter().map(|total| total.2).collect();
    assert_eq!(sums, [7, 24]);
}

#[test]
fn the_end_of_the_stream_sends_what_never_ends() {
    let script = [row(1, 1), Step::Time(100), row(2, 2)];
    assert_eq!(totals(|| Windowing::of(TimeWindows::global()), &script), []);
    let at_end = || Windowing::of(TimeWindows::global()).trigger(EndOfStream);
    assert_eq!(totals(at_end, &script), [(i64::MIN, i64::MAX, 3)]);
    let often = || Windowing::of(TimeWindows::global()).trigger(Purging(ContinuousEventTime::every(10)));
    assert_eq!(totals(often, &script), [(i64::MIN, i64::MAX, 1), (i64::MIN, i64::MAX, 2)]);
}

#[test]
fn windows_of_the_clock_are_sent_when_a_batch_job_ends() {
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::tumbling(10).processing_time());
        Box::new(WindowOperator::new(layout(), windowing, AllRows::with(total), seat).unwrap())
    };
    let script = [row(1, 1), Step::Clock(30), row(2, 2)];
    let batch = Way { mode: Mode::Batch, ..Way::plain(1) };
    assert_eq!(sums(&make, &script, &batch), [(0, 10, 1), (30, 40, 2)]);
    assert_eq!(sums(&make, &script, &Way::plain(1)), [(0, 10, 1)]);
}

#[test]
fn rows_leave_in_the_order_of_time_and_keys() {
    let make = |seat: &OperatorSeat| -> Box<dyn Operator> {
        let windowing = Windowing::of(TimeWindows::sliding(10, 5));
        let function =
            AllRows::with(|_: &[Row], cx: &mut WindowCx<'_, Row>| cx.emit((cx.key(), cx.window().start)));
        Box::new(WindowOperator::new(layout(), windowing, function, seat).unwrap())
    };
    let of = |key: i64, time: i64| Step::Row { port: 0, key, value: 0, time };
    let script = [of(7, 12), of(3, 1), of(5, 6), of(3, 13)];
    let got: Vec<(i64, Row)> = run_in_order(&make, &script, &Way::plain(1));
    let expected = [
        (4, (3, -5)),
        (9, (3, 0)),
        (9, (5, 0)),
        (14, (7, 5)),
        (14, (3, 5)),
        (14, (5, 5)),
        (19, (7, 10)),
        (19, (3, 10)),
    ];
    assert_eq!(got, expected);
}
