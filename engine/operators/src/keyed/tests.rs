//! Keyed functions of rows on trial: a script each, and random rows against plain maps.

use std::collections::BTreeMap;

use record::Record;
use runtime::subtask::Failure;
use state::keyed::{MapState, ValueState};

use super::{
    CoProcess, Fold, KeyedCoProcess, KeyedCx, KeyedProcess, OneByOne, Process, Reduce, TimeDomain, Timer,
};
use crate::probe::{FinalRows, Item, Probe, Row, Trial, probe};
use crate::{Layout, Mode, Operator, OperatorSeat};

/// Key and value.
type Pair = (String, i64);

fn layout() -> Layout {
    Layout::of(Pair::fields()).timed().keyed_by(vec![0])
}

fn rows(items: &[Item]) -> impl Iterator<Item = &Row> {
    items.iter().filter_map(|item| if let Item::Row(row) = item { Some(row) } else { None })
}

fn reduce() -> Probe {
    let add = |left: Pair, right: Pair| (left.0, left.1.wrapping_add(right.1));
    probe(layout(), move |seat| Ok(Box::new(Fold::new(layout(), Reduce::new(add), seat)?)))
        .final_rows(FinalRows::LastOfKey)
}

#[test]
fn fold_shows_what_has_become_of_a_key_behind_each_row() {
    reduce().tight(20_000).given("a 1 @10 | b 2 @12 | ~11 | a 3 @15").expect("a 1 @10 | b 2 @12 | a 4 @15");
    reduce().cases(1_000).against(|items| {
        let mut sums = BTreeMap::new();
        let mut show = |row: &Row| {
            let sum = sums.entry(row.text(0).to_owned()).or_insert(0);
            *sum += row.number(1).unwrap();
            format!("{} {sum} @{}", row.text(0), row.time.unwrap())
        };
        rows(items).map(&mut show).collect()
    });
}

#[test]
fn fold_of_a_batch_shows_each_key_once_with_its_greatest_time() {
    let fold = || reduce().mode(Mode::Batch);
    fold().given("a 1 @10 | b 2 @12 | a 3 @15 | a 4 @14").expect("a 8 @15 | b 2 @12");
    fold().cases(1_000).against(|items| {
        let mut sums = BTreeMap::new();
        for row in rows(items) {
            let (sum, time) = sums.entry(row.text(0)).or_insert((0, i64::MIN));
            *sum += row.number(1).unwrap();
            *time = row.time.unwrap().max(*time);
        }
        sums.into_iter().map(|(key, (sum, time))| format!("{key} {sum} @{time}")).collect()
    });
}

/// Sums of each ten milliseconds. Late rows are dropped.
#[derive(Clone)]
struct Tens {
    sums: MapState<i64, i64>,
}

fn next_ten(time: i64) -> i64 {
    (time.div_euclid(10) + 1) * 10
}

impl KeyedProcess<Pair, Pair> for Tens {
    fn process(&mut self, row: Pair, cx: &mut KeyedCx<'_, Pair>) -> Result<(), Failure> {
        let at = next_ten(cx.time().unwrap());
        if at > cx.watermark() {
            let sum = self.sums.get(cx, &at).unwrap_or(0);
            self.sums.put(cx, at, sum + row.1);
            cx.set_event_timer(at);
        }
        Ok(())
    }

    fn timer(&mut self, timer: Timer, cx: &mut KeyedCx<'_, Pair>) -> Result<(), Failure> {
        let sum = self.sums.remove(cx, &timer.at).unwrap();
        let key = cx.key::<String>();
        cx.emit((key, sum));
        Ok(())
    }
}

fn tens() -> Probe {
    let tens = Tens { sums: MapState::new("sums") };
    probe(layout(), move |seat| Ok(Box::new(Process::new(layout(), tens.clone(), seat)?)))
}

#[test]
fn timers_of_a_key_fire_before_the_watermark_is_passed_on() {
    tens()
        .given("a 1 @1 | b 2 @12 | a 3 @9 | ~9 | a 4 @5 | ~10 | a 9 @5 | a 5 @20 | ~25")
        .expect("a 8 @10 | b 2 @20 | a 5 @30");
    tens().cases(1_000).against(|items| {
        let (mut sums, mut now, mut out) = (BTreeMap::new(), i64::MIN, Vec::new());
        let mut fire = |sums: &mut BTreeMap<(i64, String), i64>, now: i64| {
            while let Some(first) = sums.first_entry().filter(|first| first.key().0 <= now) {
                let ((at, key), sum) = first.remove_entry();
                out.push(format!("{key} {sum} @{at}"));
            }
        };
        for item in items {
            match item {
                Item::Row(row) => {
                    let at = next_ten(row.time.unwrap());
                    if at > now {
                        *sums.entry((at, row.text(0).to_owned())).or_insert(0) += row.number(1).unwrap();
                    }
                }
                Item::Watermark(next) => {
                    now = *next;
                    fire(&mut sums, now);
                }
                Item::Wait(_) => {}
            }
        }
        fire(&mut sums, i64::MAX);
        out
    });
}

/// Says 50 ms later what has come.
#[derive(Clone)]
struct Later {
    last: ValueState<i64>,
}

impl KeyedProcess<Pair, Pair> for Later {
    fn process(&mut self, row: Pair, cx: &mut KeyedCx<'_, Pair>) -> Result<(), Failure> {
        if self.last.get(cx).is_none() {
            cx.set_processing_timer(cx.processing_time() + 50);
        }
        self.last.set(cx, row.1);
        Ok(())
    }

    fn timer(&mut self, timer: Timer, cx: &mut KeyedCx<'_, Pair>) -> Result<(), Failure> {
        assert_eq!(timer.domain, TimeDomain::Processing);
        let (key, last) = (cx.key::<String>(), self.last.get(cx).unwrap());
        self.last.clear(cx);
        cx.emit((key, last));
        Ok(())
    }
}

#[test]
fn timers_of_the_machine_fire_when_they_are_due() {
    let later = Later { last: ValueState::new("last") };
    let layout = || Layout::of(Pair::fields()).keyed_by(vec![0]);
    probe(layout(), move |seat| Ok(Box::new(Process::new(layout(), later.clone(), seat)?)))
        .without(
            Trial::Restarts,
            "nobody wakes an operator behind a load, so its timers wait for its next call",
        )
        .without(Trial::BatchIsStream, "a batch sees one moment, and fires once")
        .given("a 1 | +30ms | b 2 | a 3 | +20ms | a 4 | +100ms")
        .expect("a 3 | b 2 | a 4");
}

/// Adds to each row of the first input the last of the second.
#[derive(Clone)]
struct Add {
    last: ValueState<i64>,
}

impl KeyedCoProcess<Pair, Pair, Pair> for Add {
    fn first(&mut self, row: Pair, cx: &mut KeyedCx<'_, Pair>) -> Result<(), Failure> {
        let last = self.last.get(cx).unwrap_or(0);
        cx.emit((row.0, row.1 + last));
        Ok(())
    }

    fn second(&mut self, row: Pair, cx: &mut KeyedCx<'_, Pair>) -> Result<(), Failure> {
        self.last.set(cx, row.1);
        Ok(())
    }
}

#[test]
fn two_inputs_share_the_states_of_their_keys() {
    let add = || {
        let add = Add { last: ValueState::new("last") };
        probe(layout(), move |seat| Ok(Box::new(CoProcess::new([layout(), layout()], add.clone(), seat)?)))
            .two_inputs(layout())
            .without(Trial::NothingLeft, "the function keeps its values for good")
    };
    add()
        .given("a 1 @1 | 1: a 10 @2 | 1: b 20 @2 | a 2 @3 | ~3 | b 3 @4 | 1: a 30 @5 | a 4 @6")
        .expect("a 1 @1 | a 12 @3 | b 23 @4 | a 34 @6");
    add().cases(1_000).against(|items| {
        let (mut last, mut out) = (BTreeMap::new(), Vec::new());
        for row in rows(items) {
            let (key, value) = (row.text(0), row.number(1).unwrap());
            if row.port == 1 {
                last.insert(key, value);
            } else {
                out.push(format!("{key} {} @{}", value + last.get(key).unwrap_or(&0), row.time.unwrap()));
            }
        }
        out
    });
}

/// Rows of each key together, as after a sort.
const SORTED: &str = "a 1 @12 | a 2 @3 | b 5 @1 | c 7 @30 | c 1 @25 | c 2 @30";

#[test]
fn one_key_after_the_other_comes_to_what_all_keys_at_once_come_to() {
    let one_by_one = |make: fn(&OperatorSeat) -> Result<Box<dyn Operator>, Failure>| {
        probe(layout(), move |seat| {
            let seat = seat.clone();
            Ok(Box::new(OneByOne::new(layout(), move || make(&seat))?))
        })
        .mode(Mode::Batch)
        .without(Trial::Restarts, "what an operator of one key knows is not saved: batch jobs begin anew")
        .without(Trial::Instances, "input is sorted in each of them")
        .without(Trial::BatchIsStream, "a stream is not sorted")
    };
    one_by_one(|seat| Ok(Box::new(Process::new(layout(), Tens { sums: MapState::new("sums") }, seat)?)))
        .given(SORTED)
        .expect("a 2 @10 | a 1 @20 | b 5 @10 | c 1 @30 | c 9 @40");
    one_by_one(|seat| {
        let add = |left: Pair, right: Pair| (left.0, left.1 + right.1);
        Ok(Box::new(Fold::new(layout(), Reduce::new(add), seat)?))
    })
    .given(SORTED)
    .expect("a 3 @12 | b 5 @1 | c 10 @30");
}
