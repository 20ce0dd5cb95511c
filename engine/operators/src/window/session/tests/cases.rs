//! Random cases: disorder, late rows, sessions that become one, every cut, other subtasks on the way.

use memory::{KeyGroups, Lease};
use state::{Restore, redistribute};

use super::super::{SessionAggregate, SessionAggregation, SessionRows, SessionRowsSpec};
use super::model::{Model, Over};
use crate::accumulators::{Accumulator, JobAccumulators};
use crate::aggregate::tests::drive::{Drive, Random, Sent};
use crate::aggregate::tests::row::{self, COLUMNS, Row, Value};
use crate::aggregate::{Aggregation, Function};
use crate::window::{DROPPED, WindowColumns};
use crate::{Layout, Mode, stand};

/// What is on trial.
enum Subject {
    Rows(SessionRowsSpec),
    Aggregate(SessionAggregation),
}

impl Subject {
    fn new(random: &mut Random) -> Self {
        let input = row::layout(row::KEYS[random.below(row::KEYS.len())]);
        let gap = random.between(1, 6);
        if random.one_in(2) {
            return Self::Rows(SessionRowsSpec {
                input,
                time: COLUMNS,
                gap,
                columns: WindowColumns::default(),
            });
        }
        let aggregates = row::aggregates(random, false);
        Self::Aggregate(SessionAggregation { aggregation: Aggregation::new(input, aggregates), gap })
    }

    fn input(&self) -> &Layout {
        match self {
            Self::Rows(spec) => &spec.input,
            Self::Aggregate(spec) => &spec.aggregation.input,
        }
    }

    fn gap(&self) -> i64 {
        match self {
            Self::Rows(spec) => spec.gap,
            Self::Aggregate(spec) => spec.gap,
        }
    }

    fn drive(&self, seat: &crate::OperatorSeat, seed: u64) -> Drive {
        match self {
            Self::Rows(spec) => Drive::new(SessionRows::new(spec.clone(), seat).unwrap(), seed),
            Self::Aggregate(spec) => Drive::new(SessionAggregate::new(spec, seat).unwrap(), seed),
        }
    }

    /// What must be said of sessions, those that end first before the others.
    fn says(&self, mut over: Vec<Over>) -> Vec<Vec<Value>> {
        let number = |number: i64| Value::Number(number.into());
        over.sort_by_key(|(key, _, end, _)| (key.clone(), *end));
        let of = |(key, start, end, rows): Over| {
            let times = [start, end, end - 1].map(number);
            match self {
                Self::Rows(_) => {
                    let said = |row: &Row| {
                        (0..COLUMNS).map(|column| row.value(column)).chain(times.clone()).collect()
                    };
                    rows.iter().map(said).collect::<Vec<_>>()
                }
                Self::Aggregate(spec) => {
                    let rows: Vec<&Row> = rows.iter().collect();
                    let aggregates = spec.aggregation.aggregates.iter();
                    let values = aggregates.map(|aggregate| row::evaluate(aggregate.function, &rows));
                    vec![key.into_iter().chain(values).chain(times).collect()]
                }
            }
        };
        over.into_iter().flat_map(of).collect()
    }

    /// The key of what was said.
    fn key_of(&self, said: &[Value]) -> Vec<Value> {
        let key = self.input().key();
        match self {
            Self::Rows(_) => key.iter().map(|column| said[*column].clone()).collect(),
            Self::Aggregate(_) => said[..key.len()].to_vec(),
        }
    }
}

struct Case {
    subject: Subject,
    random: Random,
    lease: Lease,
    accumulators: JobAccumulators,
    instances: u32,
    drives: Vec<Drive>,
}

impl Case {
    fn start(&mut self, restores: Vec<Restore>) {
        self.drives.clear();
        for restore in restores {
            let mut seat = stand::seat(Mode::Streaming, &self.lease, None);
            seat.place.vertex = self.instances;
            self.instances += 1;
            seat.accumulators = self.accumulators.of(&seat.place);
            self.drives.push(self.subject.drive(&seat, self.random.bits()));
            self.drives.last_mut().unwrap().load(restore);
        }
    }

    /// Time comes to `now`: what all say then, by key, as it was said.
    fn time(&mut self, now: i64) -> Vec<Vec<Value>> {
        let mut said = Vec::new();
        for drive in &mut self.drives {
            drive.time(now).unwrap();
            let mut sent = drive.sent(0);
            assert!(matches!(sent.pop(), Some(Sent::Time(time)) if time == now), "no time at the end");
            for sent in sent {
                let Sent::Rows(batch) = sent else { panic!("time among rows") };
                said.extend(row::read(&batch, self.subject.input().key().len()));
            }
        }
        said.sort_by_key(|said| self.subject.key_of(said)); // Stable.
        said
    }

    fn rows(&mut self, rows: &[Row], model: &mut Model) {
        rows.iter().for_each(|row| model.row(row));
        for (owner, batch) in row::deal(self.subject.input(), rows, self.drives.len(), &mut self.random) {
            self.drives[owner].batch(batch).unwrap();
        }
    }

    fn reload(&mut self) {
        let snapshots: Vec<_> = self.drives.iter_mut().map(Drive::save).collect();
        let parallelism = self.random.parallelism();
        self.start(redistribute(&snapshots, KeyGroups::default(), parallelism));
    }
}

fn check(seed: u64) {
    let mut random = Random::new(seed);
    let subject = Subject::new(&mut random);
    let mut model = Model::new(subject.gap(), subject.input().key());
    let (lease, accumulators) = (Lease::root("trial", u64::MAX), JobAccumulators::default());
    let mut case = Case { subject, random, lease, accumulators, instances: 0, drives: Vec::new() };
    case.start(vec![Restore::default()]);
    let (mut now, mut watermark) = (0, i64::MIN);
    for _ in 0..case.random.below(14) {
        match case.random.below(8) {
            0..4 => {
                now += case.random.between(0, 9);
                let count = case.random.below(7);
                let times: Vec<i64> = (0..count).map(|_| now - case.random.between(0, 14)).collect();
                let rows: Vec<Row> =
                    times.into_iter().map(|time| Row::random(&mut case.random, time)).collect();
                case.rows(&rows, &mut model);
            }
            4..7 if now > watermark => {
                let least = watermark.max(now - 12);
                watermark = case.random.between(least + i64::from(least == watermark), now);
                let expected = case.subject.says(model.time(watermark));
                assert_eq!(case.time(watermark), expected, "seed {seed}");
            }
            _ => case.reload(),
        }
        if model.is_empty() {
            let saved = case.drives.iter_mut().map(Drive::save);
            let left = saved.flat_map(|saved| saved.parts().to_vec()).filter(|part| part.name != "watermark");
            assert_eq!(left.count(), 0, "seed {seed}: sessions that are over");
        }
    }
    let expected = case.subject.says(model.time(i64::MAX));
    assert_eq!(case.time(i64::MAX), expected, "seed {seed}");
    let dropped = case.accumulators.totals().unwrap().get(DROPPED).cloned();
    assert_eq!(dropped, (model.late > 0).then_some(Accumulator::Long(model.late)), "seed {seed}");
    for drive in &mut case.drives {
        assert!(drive.save().parts().is_empty(), "seed {seed}: something is left");
        drive.end().unwrap();
    }
    assert_eq!(case.lease.figures().used, 0, "seed {seed}");
}

#[test]
fn sessions_are_those_of_the_model() {
    (0..4_000).for_each(check);
}

#[test]
fn sessions_that_are_none_are_refused() {
    let seat = stand::seat(Mode::Streaming, &Lease::root("trial", u64::MAX), None);
    let input = row::layout(&[0]);
    let columns = WindowColumns::default();
    let rows = SessionRowsSpec { input: input.clone(), time: COLUMNS, gap: 0, columns };
    let failure = SessionRows::new(rows, &seat).err().unwrap().to_string();
    assert!(failure.starts_with("the gap of a window is 0 ms: it must be from 1"), "{failure}");
    let check = |input: &Layout, function: Function, words: &str| {
        let aggregation = Aggregation::new(input.clone(), vec![function.named("a")]);
        let spec = SessionAggregation { aggregation, gap: 5 };
        assert_eq!(SessionAggregate::new(&spec, &seat).err().unwrap().to_string(), words);
    };
    check(
        &input,
        Function::First(1),
        "there is no first over sessions, which become one in any order: take min or max, or a window function",
    );
    check(
        &Layout::of(input.schema().fields().clone()),
        Function::Count,
        "windows of event time over a stream without one: assign timestamps and watermarks first",
    );
}

#[test]
fn a_row_leaves_at_the_end_of_its_session_wherever_its_time_stands() {
    let columns = WindowColumns::default();
    let names = |input: Layout| {
        let output = SessionRowsSpec { input, time: COLUMNS, gap: 5, columns: columns.clone() }.output();
        let names: Vec<_> =
            output.schema().fields().iter().skip(COLUMNS).map(|field| field.name().clone()).collect();
        (names.join(" "), output.time(), output.record())
    };
    let timed = row::layout(&[0]);
    assert_eq!(names(timed.clone()), ("window_start window_end $time".into(), Some(7), 7));
    let all = Layout::of(timed.schema().fields().clone());
    assert_eq!(names(all), ("$time window_start window_end".into(), None, 8));
}

#[test]
fn rows_leave_as_they_came_even_if_they_were_copied_together_in_between() {
    /// A key, and a time.
    type Timed = (i64, record::Timestamp);
    let lease = Lease::root("trial", u64::MAX);
    let input = Layout::of(<Timed as record::Record>::fields()).keyed_by(vec![0]);
    let spec = SessionRowsSpec { input, time: 1, gap: 5, columns: WindowColumns::default() };
    let rows = SessionRows::new(spec, &stand::seat(Mode::Streaming, &lease, None)).unwrap();
    let mut stand = stand::Stand::new(rows, 1, None);
    let mut give = |rows: &[(i64, i64)]| {
        let rows = rows.iter().map(|(key, time)| (*key, record::Timestamp(*time)));
        stand.batch(0, memory::Batch::new(record::batch_of::<Timed>(rows))).unwrap();
    };
    give(&[(1, 200), (1, 190), (1, 201)]);
    (0..5).for_each(|_| give(&[(2, 7); 4_000]));
    let before = lease.figures().used;
    stand.time(100).unwrap();
    assert!(lease.figures().used < before * 3 / 4, "of 20,003 rows three are left");
    stand.take();
    let bridge = record::batch_of::<Timed>([(1, record::Timestamp(195))]);
    stand.batch(0, memory::Batch::new(bridge)).unwrap();
    stand.time(1_000).unwrap();
    let sent =
        stand::rows_sent::<(i64, record::Timestamp, record::Timestamp, record::Timestamp)>(&stand.take());
    let found = sent.into_iter().map(|(_, (_, time, start, end))| (time.0, start.0, end.0));
    assert!(found.eq([200, 190, 201, 195].map(|time| (time, 190, 206))));
}

#[test]
fn sessions_that_have_become_one_take_the_memory_of_one() {
    /// A number, and a time.
    type Timed = (i64, record::Timestamp);
    let lease = Lease::root("trial", u64::MAX);
    let input = Layout::of(<i64 as record::Record>::fields()).timed();
    let aggregation = Aggregation::new(input, vec![Function::Sum(0).named("sum")]);
    let spec = SessionAggregation { aggregation, gap: 5 };
    let seat = stand::seat(Mode::Streaming, &lease, None);
    let mut drive = Drive::new(SessionAggregate::new(&spec, &seat).unwrap(), 1);
    let (mut settled, mut said) = (0, 0);
    for turn in 0..20 {
        let first = |session: i64| (turn * 1_000 + session) * 100;
        let rows = (0..1_000)
            .flat_map(|session| [0, 10, 5].map(|time| (1, record::Timestamp(first(session) + time))));
        let columns = record::batch_of::<Timed>(rows).columns().to_vec();
        drive.batch(spec.aggregation.input.batch(columns, 3_000)).unwrap();
        drive.time(first(1_000)).unwrap();
        for sent in drive.sent(0) {
            let Sent::Rows(batch) = sent else { continue };
            said += row::read(&batch, 0).iter().filter(|row| row[0] == Value::Number(3)).count();
        }
        settled = if turn == 1 { lease.figures().peak } else { settled };
    }
    assert_eq!((said, lease.figures().peak), (20_000, settled));
}
