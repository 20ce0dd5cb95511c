//! The harness itself: good operators stand, and each kind of bad one is caught by the trial that is meant for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use memory::Batch;
use record::Record;
use shuffle::Watermark;
use state::{Redistribution, Restore, Snapshot};

use super::*;
use crate::keyed::{Fold, Reduce};
use crate::rows::Filter;
use crate::{Cx, Flow};

type Pair = (String, i64);

fn layout() -> Layout {
    Layout::of(Pair::fields()).timed()
}

fn keyed() -> Layout {
    layout().keyed_by(vec![0])
}

/// Ways to be bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    LosesItsPlace,
    SendsBeyondRefusals,
    ForgetsOnSave,
    SendsOversizedBatches,
    DependsOnCuts,
    LeavesState,
    PassesTimeBeforeRows,
    NeverFinishes,
    FailsWithoutAnOption,
}

/// Keeps all rows until time has come, then sends them, batch by batch.
struct Holder {
    flaw: Flaw,
    held: Vec<RecordBatch>,
    sending: Vec<RecordBatch>,
    then: Option<Watermark>,
}

impl Holder {
    fn new(flaw: Flaw) -> Self {
        Self { flaw, held: Vec::new(), sending: Vec::new(), then: None }
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if self.flaw == Flaw::NeverFinishes {
            return Ok(Flow::Again);
        }
        while !self.sending.is_empty() {
            cx.send(Batch::new(self.sending.remove(0)))?;
            if !self.sending.is_empty() && self.flaw != Flaw::SendsBeyondRefusals && !cx.may_go_on() {
                if self.flaw == Flaw::LosesItsPlace {
                    self.sending.clear();
                }
                return Ok(Flow::Again);
            }
        }
        self.then.take().map_or(Ok(()), |now| cx.time(now))?;
        Ok(Flow::Next)
    }
}

impl Operator for Holder {
    fn batch(&mut self, _port: usize, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if self.flaw == Flaw::FailsWithoutAnOption {
            return Err(Failure::lasting("no room"));
        }
        let rows = batch.compact();
        let take_at_once = if self.flaw == Flaw::SendsOversizedBatches { usize::MAX } else { 1 << 12 };
        let count = rows.rows();
        for start in (0..count).step_by(take_at_once.min(count.max(1))) {
            self.held.push(rows.columns().slice(start, take_at_once.min(count - start)));
        }
        Ok(Flow::Next)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.then = Some(now);
        if self.flaw == Flaw::PassesTimeBeforeRows {
            self.then = None;
            cx.time(now)?;
        }
        self.sending = std::mem::take(&mut self.held);
        if self.flaw == Flaw::SendsOversizedBatches && !self.sending.is_empty() {
            let schema = self.sending[0].schema();
            self.sending = vec![arrow_select::concat::concat_batches(&schema, &self.sending).unwrap()];
        }
        self.go_on(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        if self.flaw == Flaw::ForgetsOnSave {
            return Ok(());
        }
        for rows in &self.held {
            to.rows("held", Redistribution::Split, rows.clone());
        }
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.held.extend(from.rows("held").cloned());
        Ok(())
    }
}

/// Passes rows on, and numbers the rows of a batch, or keeps a count for good.
struct Numbering(Flaw);

impl Operator for Numbering {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let batch = batch.compact();
        if self.0 != Flaw::DependsOnCuts {
            cx.send(batch)?;
            return Ok(Flow::Next);
        }
        let mut columns = batch.columns().columns().to_vec();
        let numbers = columns[1].as_primitive::<Int64Type>();
        let numbered = (0..).zip(numbers.values()).map(|(row, number): (i64, &i64)| number + row);
        columns[1] = Arc::new(Int64Array::from_iter_values(numbered));
        cx.send(Batch::new(RecordBatch::try_new(batch.schema(), columns).unwrap()))?;
        Ok(Flow::Next)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        if self.0 == Flaw::LeavesState {
            let schema = Schema::new(vec![Field::new("count", DataType::Int64, false)]);
            let count = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int64Array::from(vec![1]))]);
            to.rows("count", Redistribution::Split, count.unwrap());
        }
        Ok(())
    }
}

/// What a probe says that is not stood.
fn caught(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("a bad operator was not caught");
    panic.downcast_ref::<String>().cloned().expect("a text")
}

fn hold(flaw: Flaw) -> Probe {
    probe(layout(), move |_| Ok(Box::new(Holder::new(flaw))))
        .given("a 1 @10 | b 2 @12 | ~11 | a 3 @15 | c 4 @16")
}

const HELD: &str = "a 1 @10 | b 2 @12 | a 3 @15 | c 4 @16";

fn number(flaw: Flaw) -> Probe {
    probe(layout(), move |_| Ok(Box::new(Numbering(flaw)))).given("a 1 @10 | b 2 @12 | ~11 | a 3 @15")
}

#[test]
fn good_operators_stand() {
    hold(Flaw::None).expect(HELD);
    number(Flaw::None).expect("a 1 @10 | b 2 @12 | a 3 @15");
    probe(layout(), |_| Ok(Box::new(Filter::new(layout(), |row: &Pair| row.1 > 2))))
        .given("a 1 @10 | b 2 @12 | ~11 | a 3 @15")
        .expect("a 3 @15");
    reduce().given("a 1 @10 | b 2 @12 | ~11 | a 3 @15").expect("a 1 | b 2 | a 4");
}

fn reduce() -> Probe {
    let add = |left: Pair, right: Pair| (left.0, left.1.wrapping_add(right.1));
    probe(keyed(), move |seat| Ok(Box::new(Fold::new(keyed(), Reduce::new(add), seat)?)))
        .final_rows(FinalRows::LastOfKey)
}

#[test]
fn each_bad_operator_is_caught_by_the_trial_that_is_meant_for_it() {
    let trials = [
        (Flaw::LosesItsPlace, Trial::Refusals),
        (Flaw::SendsBeyondRefusals, Trial::Refusals),
        (Flaw::ForgetsOnSave, Trial::Restarts),
        (Flaw::NeverFinishes, Trial::Progress),
        (Flaw::SendsOversizedBatches, Trial::BatchRows),
        (Flaw::PassesTimeBeforeRows, Trial::BatchIsStream),
    ];
    for (flaw, trial) in trials {
        let says = caught(|| drop(hold(flaw).expect(HELD)));
        assert!(says.starts_with(&trial.to_string()), "{flaw:?}: {says}");
        assert!(says.contains("script  a 1 @10 | b 2 @12 | ~11 | a 3 @15 | c 4 @16"), "{says}");
    }
    let says = caught(|| drop(number(Flaw::DependsOnCuts).expect("a 1 @10 | b 3 @12 | a 3 @15")));
    assert!(says.starts_with("trial 1") && says.contains("wanted  a 1 @10 | b 3 @12"), "{says}");
    let says = caught(|| drop(number(Flaw::LeavesState).expect("a 1 @10 | b 2 @12 | a 3 @15")));
    assert!(says.starts_with("trial 9") && says.contains("`count`"), "{says}");
}

#[test]
fn a_stream_that_says_more_than_a_batch_is_caught() {
    let says =
        caught(|| drop(reduce().final_rows(FinalRows::All).given("a 1 @1 | a 2 @2").expect("a 1 | a 3")));
    assert!(says.starts_with("trial 8"), "{says}");
}

#[test]
fn instances_that_share_are_caught() {
    // The rows of a key are right only if all of them are counted by one instance, and those of others too.
    let says = caught(|| {
        probe(keyed(), |_| Ok(Box::new(Counting(0))))
            .without(Trial::Restarts, "it is about instances")
            .given("a 0 @1 | b 0 @2 | c 0 @3 | d 0 @4 | e 0 @5")
            .expect("a 1 @1 | b 2 @2 | c 3 @3 | d 4 @4 | e 5 @5");
    });
    assert!(says.starts_with("trial 7"), "{says}");
}

/// Numbers all rows that an instance sees.
struct Counting(i64);

impl Operator for Counting {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let batch = batch.compact();
        let mut columns = batch.columns().columns().to_vec();
        let start = self.0;
        self.0 += i64::try_from(columns[0].len()).unwrap();
        columns[1] = Arc::new(Int64Array::from_iter_values(start + 1..=self.0));
        cx.send(Batch::new(RecordBatch::try_new(batch.schema(), columns).unwrap()))?;
        Ok(Flow::Next)
    }
}

#[test]
fn too_little_memory_is_a_failure_that_names_an_option() {
    reduce().tight(20_000).given("a 1 @10 | b 2 @12").expect("a 1 | b 2");
    let says = caught(|| {
        let fails = probe(layout(), |seat| {
            let is_tight = seat.managed.figures().limit < u64::MAX;
            Ok(Box::new(Holder::new(if is_tight { Flaw::FailsWithoutAnOption } else { Flaw::None })))
        });
        drop(fails.tight(1).given("a 1 @10").expect("a 1"));
    });
    assert!(says.starts_with("trial 6") && says.contains("no room"), "{says}");
}

#[test]
fn a_script_by_chance_that_finds_something_is_made_small() {
    let says = caught(|| hold(Flaw::ForgetsOnSave).cases(200).against(held_rows));
    assert!(says.starts_with("trial 3"), "{says}");
    let script = says.lines().find_map(|line| line.strip_prefix("script  ")).unwrap();
    assert!(script.split('|').count() <= 2, "{says}");
    assert!(says.contains("seed    1 (case "), "{says}");
    hold(Flaw::None).cases(200).against(held_rows);
}

fn held_rows(items: &[Item]) -> Vec<String> {
    let rows = items.iter().filter(|item| matches!(item, Item::Row(_)));
    rows.map(Item::to_string).collect()
}

/// Rows that come and go, as they are, but for those of one number.
fn passed(lost: i64) -> Probe {
    let input = layout().changing();
    probe(input.clone(), move |_| Ok(Box::new(Filter::new(input.clone(), move |row: &Pair| row.1 != lost))))
        .final_rows(FinalRows::Folded)
}

#[test]
fn a_changelog_counts_by_what_it_comes_to() {
    passed(9).given("a 1 @1 | b 2 @2 | -D a 1 @3 | b 2 @4").expect("b 2 | b 2");
    let says = caught(|| drop(passed(9).given("-D a 1 @3 | a 1 @4").expect("")));
    assert!(says.contains("`-D a 1 @3` takes back what is not there"), "{says}");
}

#[test]
fn a_changelog_by_key_counts_by_the_last_row_of_each() {
    let by_key = || {
        let input = layout().changing().keyed_by(vec![0]);
        probe(input.clone(), move |_| Ok(Box::new(Filter::new(input.clone(), |_: &Pair| true))))
            .final_rows(FinalRows::ByKey)
            .output_key([0])
    };
    by_key().given("a 1 @1 | b 2 @1 | +U a 3 @1 | -D b 2 @1 | c 4 @1").expect("a 3 | c 4");
    for wrong in ["a 1 @1 | a 2 @1", "+U a 1 @1", "a 1 @1 | -U a 1 @1 | +U a 2 @1"] {
        let says = caught(|| drop(by_key().given(wrong).expect("")));
        assert!(says.contains("does not fit what its key has"), "{says}");
    }
    let says = caught(|| drop(passed(9).final_rows(FinalRows::ByKey).given("a 1 @1").expect("a 1")));
    assert!(says.contains("name it with `output_key`"), "{says}");
}

/// The rows that no later one takes back, and how many do.
fn there(items: &[Item]) -> (Vec<String>, usize) {
    let (mut there, mut taken): (Vec<&Row>, usize) = (Vec::new(), 0);
    for item in items {
        match item {
            Item::Row(row) if row.kind.adds() => there.push(row),
            Item::Row(row) => {
                let place = there.iter().position(|each| each.values == row.values);
                there.remove(place.expect("a row that is there"));
                taken += 1;
            }
            _ => {}
        }
    }
    (there.iter().map(|row| row.values.join(" ")).collect(), taken)
}

#[test]
fn scripts_by_chance_take_back_what_is_there_and_do_so_when_they_are_made_small() {
    passed(99).cases(100).against(|items| there(items).0);
    let none_is_taken = |items: &[Item]| if there(items).1 > 0 { vec!["z 0".into()] } else { there(items).0 };
    let says = caught(|| passed(99).cases(100).against(none_is_taken));
    let script = says.lines().find_map(|line| line.strip_prefix("script  ")).unwrap();
    assert!(script.contains("| -D") || script.contains("| -U"), "{says}");
    assert_eq!(script.split('|').count(), 2, "{says}");
}

#[test]
fn a_panic_and_a_wrong_text_say_where() {
    let says = caught(|| drop(hold(Flaw::None).expect("a 1 @10")));
    assert!(says.starts_with("before all trials: other rows"), "{says}");
    let panics = probe(layout(), |_| panic!("no such operator"));
    let says = caught(|| drop(panics.given("a 1 @1").expect("a 1")));
    assert!(says.contains("the operator has panicked: no such operator"), "{says}");
}
