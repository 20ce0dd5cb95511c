//! Rows with their windows against the definition of these: all that begin near a time and have it.

use memory::{Batch, Lease};
use record::{Record, Timestamp};

use crate::accumulators::{Accumulator, JobAccumulators};
use crate::probe::{Item, Probe, probe};
use crate::rows::BATCH_ROWS;
use crate::stand::{self, Chance, Sent, Stand, rows_sent, strewn};
use crate::window::pane::Windows;
use crate::window::{TIMELESS, WindowColumns, WindowRows, WindowRowsSpec};
use crate::{Layout, Mode};

/// A name, and a time if there is one.
type Row = (String, Option<Timestamp>);

fn spec(windows: Windows) -> WindowRowsSpec {
    let input = Layout::of(Row::fields());
    WindowRowsSpec { input, windows, time: 1, columns: WindowColumns::default() }
}

fn rows(windows: Windows) -> Probe {
    let spec = spec(windows);
    probe(spec.input.clone(), move |seat| Ok(Box::new(WindowRows::new(spec.clone(), seat)?)))
}

const SCRIPT: &str = "a 5 | b 12 | c ∅ | -U d 9 | +U d -1";

#[test]
fn a_row_leaves_once_for_each_of_its_windows() {
    let (size, offset) = (4, 0);
    rows(Windows::Tumbling { size, offset })
        .given(SCRIPT)
        .expect("a 5 4 8 | b 12 12 16 | -U d 9 8 12 | +U d -1 -4 0");
    rows(Windows::Sliding { size, slide: 2, offset }).given(SCRIPT).expect(
        "a 5 2 6 | a 5 4 8 | b 12 10 14 | b 12 12 16 | -U d 9 6 10 | -U d 9 8 12 | +U d -1 -4 0 | +U d -1 -2 2",
    );
    rows(Windows::Cumulating { size, step: 2, offset })
        .given(SCRIPT)
        .expect("a 5 4 6 | a 5 4 8 | b 12 12 14 | b 12 12 16 | -U d 9 8 10 | -U d 9 8 12 | +U d -1 -4 0");
    rows(Windows::Sliding { size: 2, slide: 4, offset })
        .given(SCRIPT)
        .expect("a 5 4 6 | b 12 12 14 | -U d 9 8 10");
}

/// All windows that have a time, the first one first.
fn windows_with(windows: Windows, time: i64) -> Vec<(i64, i64)> {
    let mut all = Vec::new();
    for turn in -100..100 {
        match windows {
            Windows::Tumbling { size, offset } => {
                all.push((turn * size + offset, (turn + 1) * size + offset))
            }
            Windows::Sliding { size, slide, offset } => {
                all.push((turn * slide + offset, turn * slide + offset + size));
            }
            Windows::Cumulating { size, step, offset } => {
                let start = turn * size + offset;
                all.extend((1..=size / step).map(|steps| (start, start + steps * step)));
            }
        }
    }
    all.retain(|(start, end)| *start <= time && time < *end);
    all
}

#[test]
fn all_windows_of_all_times() {
    for windows in [
        Windows::Tumbling { size: 7, offset: -3 },
        Windows::Sliding { size: 10, slide: 3, offset: 1 },
        Windows::Sliding { size: 3, slide: 10, offset: 0 },
        Windows::Cumulating { size: 12, step: 3, offset: 2 },
    ] {
        rows(windows).cases(300).values(1, &["-9", "0", "4", "5", "11", "40", "∅"]).against(|items| {
            let mut expected = Vec::new();
            for item in items {
                let Item::Row(row) = item else { continue };
                let Some(time) = row.number(1) else { continue };
                let windows = windows_with(windows, time).into_iter();
                expected.extend(windows.map(|(start, end)| format!("{row} {start} {end}")));
            }
            expected
        });
    }
}

#[test]
fn a_row_of_very_many_windows_leaves_in_pieces() {
    let lease = Lease::root("trial", u64::MAX);
    let windows = Windows::Sliding { size: 3_000, slide: 1, offset: 0 };
    let operator = WindowRows::new(spec(windows), &stand::seat(Mode::Streaming, &lease, None)).unwrap();
    let mut stand = Stand::new(operator, 1, Some(1));
    let given: Vec<Row> = (0..10).map(|time| (format!("row {time}"), Some(Timestamp(time)))).collect();
    stand.batch(0, strewn(&record::batch_of(given), &mut Chance(3))).unwrap();
    let sent = stand.take();
    assert!(sent.iter().all(|sent| matches!(sent, Sent::Rows(batch) if batch.rows() <= BATCH_ROWS)));
    let found = rows_sent::<(String, Option<Timestamp>, Timestamp, Timestamp)>(&sent);
    let starts = (0..10).flat_map(|time| (time - 2_999..=time).map(move |start| (time, start)));
    let found = found.into_iter().map(|(_, row)| (row.1.unwrap().0, row.2.0));
    assert!(found.eq(starts));
}

#[test]
fn rows_without_a_time_are_counted_and_the_columns_are_called_as_asked() {
    let input = Layout::of(Row::fields()).timed().keyed_beside(&<i64 as Record>::fields());
    let columns = WindowColumns { start: "from".into(), end: "to".into(), are_nullable: true };
    let windows = Windows::Tumbling { size: 5, offset: 0 };
    let output = WindowRowsSpec { input, columns, windows, time: 1 }.output();
    let names: Vec<_> = output.schema().fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names[2..], ["from", "to", "$time", "$key0"]);
    assert_eq!((output.record(), output.time(), output.key()), (4, Some(4), &[5][..]));
    assert!(output.schema().field(3).is_nullable());

    let (lease, job) = (Lease::root("trial", u64::MAX), JobAccumulators::default());
    let mut seat = stand::seat(Mode::Batch, &lease, None);
    seat.accumulators = job.of(&seat.place);
    let mut stand = Stand::new(WindowRows::new(spec(windows), &seat).unwrap(), 1, None);
    let given: Vec<Row> = [None, Some(Timestamp(3)), None].map(|time| (String::new(), time)).into();
    stand.batch(0, Batch::new(record::batch_of(given))).unwrap();
    assert_eq!(job.totals().unwrap()[TIMELESS], Accumulator::Long(2));
    let failure = WindowRows::new(spec(Windows::Tumbling { size: 0, offset: 0 }), &seat).err().unwrap();
    assert!(failure.to_string().contains("the size of a window is 0 ms"));
}
