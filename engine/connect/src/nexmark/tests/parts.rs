//! That it does not matter who makes which events, which kinds and columns are asked for, nor where a job was stopped.

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_select::concat::concat_batches;
use arrow_select::filter::filter_record_batch;
use memory::KeyGroups;
use runtime::job::JobState;
use runtime::sim::SimOptions;
use runtime::subtask::Seat;
use state::redistribute;

use super::text::{every_column, write_lines};
use crate::nexmark::NexmarkKind::{Auction, Bid, Person};
use crate::nexmark::columns::Columns;
use crate::nexmark::{Nexmark, NexmarkColumn, NexmarkKind, NexmarkSpec};
use crate::trial::{self, Kept, Stopped};

/// So many events, with all that is known of them.
fn spec(events: u64) -> NexmarkSpec {
    NexmarkSpec { events: Some(events), columns: every_column(), ..NexmarkSpec::default() }
}

/// The rows of these events.
fn rows_of(spec: &NexmarkSpec, numbers: std::ops::Range<u64>) -> RecordBatch {
    let columns = Columns::new(spec.clone());
    let mut events = columns.events();
    events.push(numbers);
    columns.batch(&events)
}

/// The numbers and the lines of what has come, from one subtask or from all of them.
fn lines(kept: &Kept, subtask: Option<u32>) -> Vec<(u64, String)> {
    let mut text = String::new();
    for (from, _, batch) in kept.batches() {
        if subtask.is_none_or(|subtask| subtask == from) {
            write_lines(batch.columns(), &mut text);
        }
    }
    numbered(&text)
}

fn numbered(text: &str) -> Vec<(u64, String)> {
    let number = |line: &str| line.split('|').nth(1).unwrap().parse().unwrap();
    text.lines().map(|line| (number(line), line.to_owned())).collect()
}

fn sorted(mut lines: Vec<(u64, String)>) -> Vec<(u64, String)> {
    lines.sort_unstable();
    lines
}

/// What one look at all events says.
fn expected(spec: &NexmarkSpec) -> Vec<(u64, String)> {
    let mut text = String::new();
    write_lines(&rows_of(spec, 0..spec.events.unwrap()), &mut text);
    numbered(&text)
}

#[test]
fn any_number_of_subtasks_makes_the_same_events_and_each_of_them_its_epochs_in_order() {
    for (parallelism, events) in [(1, 20_017), (2, 20_017), (3, 49), (3, 9_001), (7, 0)] {
        let (spec, kept) = (spec(events), Kept::default());
        let (source, sink) = (Nexmark::open(spec.clone()), kept.clone());
        trial::finishes(trial::vertex(source, move |seat| sink.make(seat)).parallel(parallelism));
        assert!(sorted(lines(&kept, None)) == expected(&spec), "{events} by {parallelism}");
        for subtask in 0..parallelism {
            let numbers: Vec<u64> =
                lines(&kept, Some(subtask)).into_iter().map(|(number, _)| number).collect();
            assert!(numbers.is_sorted());
            assert!(numbers.iter().all(|number| number / 50 % u64::from(parallelism) == u64::from(subtask)));
        }
        assert!(kept.batches().iter().all(|(.., batch)| batch.rows() <= 8192));
    }
}

#[test]
fn successors_make_what_is_left() {
    for (before, after) in [(1, 1), (1, 3), (3, 2)] {
        let (spec, first, stopped) = (spec(120_007), Kept::default(), Stopped::default());
        let (source, sink, stop) = (Nexmark::open(spec.clone()), first.clone(), stopped.clone());
        let make = move |seat: &Seat| Ok(stop.after(seat.place.number as usize, source(seat)?));
        trial::finishes(trial::vertex(make, move |seat| sink.make(seat)).parallel(before));
        let restores = redistribute(&stopped.snapshots(), KeyGroups::default(), after);
        let (source, second) = (Nexmark::open(spec.clone()), Kept::default());
        let sink = second.clone();
        let make = move |seat: &Seat| {
            let mut made = source(seat)?;
            made.load(&restores[seat.place.number as usize])?;
            Ok(made)
        };
        trial::finishes(trial::vertex(make, move |seat| sink.make(seat)).parallel(after));
        let (first, second) = (lines(&first, None), lines(&second, None));
        assert!(!first.is_empty() && !second.is_empty(), "{before} to {after}");
        assert!(sorted([first, second].concat()) == expected(&spec), "{before} to {after}");
    }
}

#[test]
fn without_a_number_of_events_it_goes_on_until_it_is_cancelled() {
    let kept = Kept::default();
    let (source, sink) = (Nexmark::open(NexmarkSpec::default()), kept.clone());
    let worker = trial::worker();
    let job = worker.run(trial::graph(trial::vertex(source, move |seat| sink.make(seat)))).unwrap();
    while kept.batches().len() < 5 {
        std::thread::yield_now();
    }
    job.cancel();
    assert_eq!(job.wait().state, JobState::Canceled);
}

#[test]
fn the_pace_is_that_of_all_events_whatever_becomes_a_row() {
    let second_ns = 1_000_000_000;
    for (parallelism, pace, kinds) in
        [(1, 1_000, BTreeSet::from([Person])), (3, 1_000, NexmarkKind::ALL.into()), (2, 500, [Bid].into())]
    {
        let spec = NexmarkSpec { kinds, pace: Some(pace), ..spec(4 * pace) };
        let kept = Kept::default();
        let (source, sink) = (Nexmark::open(spec.clone()), kept.clone());
        let graph = trial::graph(trial::vertex(source, move |seat| sink.make(seat)).parallel(parallelism));
        let outcome = trial::simulate(7, SimOptions::calm(3), graph);
        assert_eq!(outcome.state, JobState::Finished);
        assert!(sorted(lines(&kept, None)) == expected(&spec));
        let times_ns: Vec<u64> = kept.batches().iter().map(|(_, at_ns, _)| *at_ns).collect();
        let took_ns = times_ns.iter().max().unwrap() - times_ns.iter().min().unwrap();
        assert!((3 * second_ns..5 * second_ns).contains(&took_ns), "{took_ns} at {pace} a second");
    }
}

/// The rows of a kind.
fn filtered(rows: &RecordBatch, kind: NexmarkKind) -> RecordBatch {
    let types = rows.column(1).as_primitive::<Int32Type>();
    let is_of_kind = types.iter().map(|each| Some(each == Some(kind.event_type()))).collect();
    filter_record_batch(rows, &is_of_kind).unwrap()
}

#[test]
fn kinds_that_are_left_out_leave_the_others_as_they_are() {
    let numbers = 7..9_993;
    let whole = rows_of(&spec(0), numbers.clone());
    for kinds in [vec![Person], vec![Auction], vec![Bid], vec![Person, Bid], vec![Auction, Person]] {
        let kinds: BTreeSet<NexmarkKind> = kinds.into_iter().collect();
        let rows = rows_of(&NexmarkSpec { kinds: kinds.clone(), ..spec(0) }, numbers.clone());
        for kind in NexmarkKind::ALL {
            let (made, all) = (filtered(&rows, kind), filtered(&whole, kind));
            assert!(
                made == if kinds.contains(&kind) { all } else { made.slice(0, 0) },
                "{kind:?} of {kinds:?}"
            );
        }
    }
}

#[test]
fn a_column_is_the_same_whatever_is_asked_for_beside_it() {
    let numbers = 3..5_004;
    let whole = rows_of(&spec(0), numbers.clone());
    let alone = |column| {
        let rows = rows_of(&NexmarkSpec { columns: vec![column], ..spec(0) }, numbers.clone());
        rows.column(0).clone()
    };
    for (position, column) in every_column().into_iter().enumerate() {
        assert!(alone(column).as_ref() == whole.column(position).as_ref(), "{column:?}");
    }
    let mut position = 2;
    for kind in NexmarkKind::ALL {
        let row: ArrayRef = alone(NexmarkColumn::Row(kind));
        for (number, column) in row.as_struct().columns().iter().enumerate() {
            assert!(column.as_ref() == whole.column(position).as_ref(), "{kind:?} {number}");
            assert_eq!(column.nulls(), row.nulls());
            position += 1;
        }
    }
    // A hundred events share a millisecond.
    let times = alone(NexmarkColumn::Time);
    let expected = numbers.map(|number| 1_735_775_900_000 + number as i64 / 100);
    assert_eq!(times.null_count(), 0);
    assert!(times.as_primitive::<TimestampMillisecondType>().values().iter().copied().eq(expected));
}

#[test]
fn batches_are_the_same_however_they_are_cut() {
    let spec = spec(0);
    let columns = Columns::new(spec.clone());
    let (mut cuts, mut begin) = (Vec::new(), 0);
    for length in [0, 1, 2, 3, 46, 47, 50, 99, 1, 400] {
        cuts.push(begin..begin + length);
        begin += length;
    }
    let whole = rows_of(&spec, 0..begin);
    let single = cuts.iter().map(|cut| rows_of(&spec, cut.clone())).collect::<Vec<_>>();
    assert!(concat_batches(&whole.schema(), &single).unwrap() == whole);
    let mut events = columns.events();
    cuts.into_iter().for_each(|cut| events.push(cut));
    assert!(columns.batch(&events) == whole);
}

#[test]
fn no_column_is_a_column_too() {
    let rows = rows_of(&NexmarkSpec { columns: vec![], kinds: [Auction].into(), ..spec(0) }, 0..100);
    assert_eq!((rows.num_rows(), rows.num_columns()), (6, 0));
}

#[test]
fn what_cannot_be_is_told() {
    let told = |change: fn(&mut NexmarkSpec)| {
        let mut spec = NexmarkSpec::default();
        change(&mut spec);
        spec.check().unwrap_err().to_string()
    };
    let rate = "0 events in a second of event time; take a number from 1 to 1000000000";
    assert_eq!(told(|spec| spec.rate = 0), rate);
    let pace = "a pace of 2000000000 events a second; take a number from 1 to 1000000000, or none to be as fast as can be";
    assert_eq!(told(|spec| spec.pace = Some(2_000_000_000)), pace);
    let kinds = "no kind of event is asked for; name one of person, auction, bid";
    assert_eq!(told(|spec| spec.kinds.clear()), kinds);
    let column = "column 7 of bid, which has 7";
    assert_eq!(told(|spec| spec.columns.push(NexmarkColumn::Field(Bid, 7))), column);
    let events = "18446744073709551615 events; take 9007199254740992 at most, or no number for all there are";
    assert_eq!(told(|spec| spec.events = Some(u64::MAX)), events);
    let (source, sink) = (Nexmark::open(NexmarkSpec { rate: 0, ..spec(5) }), Kept::default());
    let failure = trial::fails(trial::vertex(source, move |seat| sink.make(seat)));
    assert_eq!(failure.to_string(), format!("trial (1/1): {rate}"));
}
