//! Streams in the order of time: rows leave when time has come to them, and say what the model says of all that were not late.

use std::collections::BTreeMap;

use memory::{KeyGroups, Lease};
use state::{Restore, redistribute};

use super::super::{Bound, Frame, Over, OverCall, OverFunction, OverSpec};
use super::{model, random};
use crate::accumulators::{Accumulator, Accumulators, JobAccumulators};
use crate::aggregate::Function;
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, Row, Value};
use crate::sort::SortColumn;
use crate::window::{DROPPED, TIMELESS};
use crate::{Layout, Mode, OperatorSeat, stand};

struct Case {
    spec: OverSpec,
    random: Random,
    lease: Lease,
    drives: Vec<Drive>,
    /// Those of all instances.
    accumulators: JobAccumulators,
    instances: u32,
}

impl Case {
    fn start(&mut self, restores: Vec<Restore>) {
        self.drives.clear();
        for restore in restores {
            let mut seat = stand::seat(Mode::Streaming, &self.lease, None);
            seat.place.vertex = self.instances;
            self.instances += 1;
            seat.accumulators = self.accumulators.of(&seat.place);
            self.drives.push(Drive::new(Over::new(&self.spec, &seat).unwrap(), self.random.bits()));
            self.drives.last_mut().unwrap().load(restore);
        }
    }

    fn reload(&mut self) {
        let snapshots: Vec<_> = self.drives.iter_mut().map(Drive::save).collect();
        let parallelism = self.random.parallelism();
        self.start(redistribute(&snapshots, KeyGroups::default(), parallelism));
    }

    /// Time comes to `now`: what all instances say then, and how many rows that is.
    fn time(&mut self, now: i64, said: &mut BTreeMap<Vec<Value>, Vec<Vec<Value>>>) -> usize {
        let mut count = 0;
        for drive in &mut self.drives {
            drive.time(now).unwrap();
            let mut sent = drive.sent(0);
            assert!(matches!(sent.pop(), Some(Sent::Time(time)) if time == now), "no time at the end");
            for sent in sent {
                let Sent::Rows(batch) = sent else { panic!("time among rows") };
                assert!(batch.kinds().is_none(), "rows are only added");
                for row in row::read(&batch, 0) {
                    count += 1;
                    said.entry(random::key_of(&row, &self.spec)).or_default().push(row);
                }
            }
        }
        count
    }
}

fn check(seed: u64) {
    let mut random = Random::new(seed);
    let spec = random::spec_by_time(&mut random);
    let lease = Lease::root("trial", u64::MAX);
    let accumulators = JobAccumulators::default();
    let mut case = Case { spec, random, lease, drives: Vec::new(), accumulators, instances: 0 };
    case.start(vec![Restore::default()]);
    let (mut accepted, mut found, mut late) = (Vec::<Row>::new(), BTreeMap::new(), 0_i64);
    let (mut now, mut watermark) = (0, i64::MIN);
    for _ in 0..case.random.below(14) {
        match case.random.below(8) {
            0..4 => {
                now += case.random.between(0, 6);
                let count = case.random.below(7);
                let times: Vec<i64> = (0..count).map(|_| now - case.random.between(0, 9)).collect();
                let rows: Vec<Row> =
                    times.into_iter().map(|time| Row::random(&mut case.random, time)).collect();
                for (owner, batch) in row::deal(&case.spec.input, &rows, case.drives.len(), &mut case.random)
                {
                    case.drives[owner].batch(batch).unwrap();
                }
                let (timely, dropped): (Vec<Row>, Vec<Row>) =
                    rows.into_iter().partition(|row| row.time > watermark);
                late += i64::try_from(dropped.len()).unwrap();
                accepted.extend(timely);
            }
            4..7 if now > watermark => {
                let least = watermark.max(now - 12);
                let before = watermark;
                watermark = case.random.between(least + i64::from(least == watermark), now);
                let due = accepted.iter().filter(|row| row.time > before && row.time <= watermark).count();
                assert_eq!(case.time(watermark, &mut found), due, "seed {seed}");
            }
            _ => case.reload(),
        }
    }
    case.time(i64::MAX, &mut found);
    let said = |(row, results): (Row, Vec<Value>)| random::said(&row, &results);
    let expected: BTreeMap<_, Vec<_>> = model::over(&case.spec, &accepted)
        .into_iter()
        .map(|(key, rows)| (key, rows.into_iter().map(said).collect()))
        .collect();
    assert_eq!(found, expected, "seed {seed}: {:?}", case.spec.calls);
    let dropped = case.accumulators.totals().unwrap().get(DROPPED).cloned();
    assert_eq!(dropped, (late > 0).then_some(Accumulator::Long(late)), "seed {seed}");
    for drive in &mut case.drives {
        assert!(drive.save().parts().is_empty(), "seed {seed}: something is left");
        drive.end().unwrap();
    }
    assert_eq!(case.lease.figures().used, 0, "seed {seed}");
}

#[test]
fn rows_leave_in_the_order_of_time_with_the_results_of_the_model() {
    (0..3_000).for_each(check);
}

/// A key, a time and a number.
type Timed = (i64, Option<record::Timestamp>, i64);

fn last_ten(frame: Frame) -> OverSpec {
    let input = Layout::of(<Timed as record::Record>::fields()).keyed_by(vec![0]);
    let function = OverFunction::Aggregate(Function::Sum(2));
    let calls = vec![OverCall { function, frame, name: "sum".into() }];
    OverSpec { input, order: vec![SortColumn::ascending(1)], calls, time: Some(1) }
}

fn seat(lease: &Lease, accumulators: &Accumulators) -> OperatorSeat {
    OperatorSeat { accumulators: accumulators.clone(), ..stand::seat(Mode::Streaming, lease, None) }
}

#[test]
fn keys_of_which_nothing_can_be_seen_are_forgotten() {
    let lease = Lease::root("trial", u64::MAX);
    let spec = last_ten(Frame::range(Bound::Preceding(10), Bound::CurrentRow));
    let mut drive = Drive::new(Over::new(&spec, &seat(&lease, &Accumulators::default())).unwrap(), 1);
    let mut settled = 0;
    for turn in 0..400 {
        let rows = (0..100).map(|row| (turn * 100 + row, Some(record::Timestamp(turn)), 1));
        drive.batch(memory::Batch::new(record::batch_of::<Timed>(rows))).unwrap();
        drive.time(turn).unwrap();
        settled = if turn == 200 { lease.figures().peak } else { settled };
    }
    assert_eq!(lease.figures().peak, settled, "of 40,000 keys a thousand are there at a time");
    assert!(!drive.save().parts().is_empty());
    drive.time(399 + 10).unwrap();
    let left: Vec<_> = drive.save().parts().iter().map(|part| part.name.clone()).collect();
    assert_eq!(left, ["watermark"]);
}

#[test]
fn a_frame_of_rows_keeps_that_many_of_each_key() {
    let lease = Lease::root("trial", u64::MAX);
    let spec = last_ten(Frame::rows(Bound::Preceding(10), Bound::CurrentRow));
    let mut drive = Drive::new(Over::new(&spec, &seat(&lease, &Accumulators::default())).unwrap(), 1);
    for turn in 0..300 {
        let rows = (0..100).map(|row| (row % 7, Some(record::Timestamp(turn)), row));
        drive.batch(memory::Batch::new(record::batch_of::<Timed>(rows))).unwrap();
        drive.time(turn).unwrap();
    }
    let parts = drive.save();
    let seen = parts.parts().iter().find(|part| part.name == "over-seen").unwrap();
    assert_eq!(seen.rows.num_rows(), 70);
    let peak = lease.figures().peak;
    assert!(peak < 2 << 20, "{peak} bytes for seventy rows");
}

#[test]
fn rows_without_a_time_are_dropped_and_counted() {
    let (lease, job) = (Lease::root("trial", u64::MAX), JobAccumulators::default());
    let place = stand::seat(Mode::Streaming, &lease, None).place;
    let spec = last_ten(Frame::UNTIL_PEERS);
    let mut drive = Drive::new(Over::new(&spec, &seat(&lease, &job.of(&place))).unwrap(), 1);
    let rows = [(1, None, 5), (1, Some(record::Timestamp(3)), 7), (1, None, 5)];
    drive.batch(memory::Batch::new(record::batch_of::<Timed>(rows))).unwrap();
    drive.time(3).unwrap();
    let sent = drive.sent(0);
    let Sent::Rows(batch) = &sent[0] else { panic!("no row") };
    assert_eq!(row::read(batch, 0), [[1, 3, 7, 7].map(Value::Number).to_vec()]);
    assert_eq!(job.totals().unwrap()[TIMELESS], Accumulator::Long(2));
}

#[test]
fn many_rows_of_a_key_leave_in_pieces() {
    let lease = Lease::root("trial", u64::MAX);
    let mut spec = last_ten(Frame::rows(Bound::Preceding(99), Bound::CurrentRow));
    let call = |function, frame, name: &str| OverCall { function, frame, name: name.into() };
    spec.calls.push(call(OverFunction::RowNumber, Frame::WHOLE, "number"));
    spec.calls.push(call(OverFunction::Aggregate(Function::Count), Frame::UNTIL_PEERS, "peers"));
    let near = Frame::range(Bound::Preceding(1), Bound::CurrentRow);
    spec.calls.push(call(OverFunction::Aggregate(Function::Max(2)), near, "near"));
    let over = Over::new(&spec, &stand::seat(Mode::Streaming, &lease, None)).unwrap();
    let mut stand = stand::Stand::new(over, 1, Some(1));
    // Of two keys by turns; 3,000 rows of a key have the same time.
    let row = |number: i64| (number % 2, Some(record::Timestamp(number / 6_000)), 1 - number % 6_000);
    for first in (0..60_000).step_by(5_000) {
        stand
            .batch(0, memory::Batch::new(record::batch_of::<Timed>((first..first + 5_000).map(row))))
            .unwrap();
    }
    stand.time(i64::MAX).unwrap();
    /// A key, a time, a number, and the results.
    type Said = (i64, Option<record::Timestamp>, i64, i64, i64, i64, i64);
    let mut count = [0, 0];
    for (_, (key, time, number, sum, row_number, peers, near)) in stand::rows_sent::<Said>(&stand.take()) {
        let of_key = &mut count[usize::try_from(key).unwrap()];
        *of_key += 1;
        let time = time.unwrap().0;
        let first = (*of_key - 100).max(0);
        let number_of = |row: i64| 1 - (row * 2 + key) % 6_000;
        assert_eq!((number, row_number), (number_of(*of_key - 1), *of_key));
        assert_eq!(sum, (first..*of_key).map(number_of).sum::<i64>(), "of row {of_key}");
        assert_eq!((peers, near), (3_000 * (time + 1), 1 - key));
    }
    assert_eq!(count, [30_000, 30_000]);
    stand.end(0).unwrap();
    assert_eq!(lease.figures().used, 0);
}
