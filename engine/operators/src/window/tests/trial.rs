//! Puts operators of keyed rows of numbers through a script, in one way or another.
//!
//! A way says how rows are cut into batches, whether the outside refuses, when everything is saved and loaded anew, and by
//! how many instances. Whatever the way, each key must be sent the same.

use std::fmt::Debug;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{ArrayRef, BooleanArray, Int64Array, TimestampMillisecondArray, UInt32Array};
use arrow_select::take::take_record_batch;
use memory::{Batch, KeyGroups, Lease, hash_key};
use record::{Record, RecordReader};
use shuffle::Watermark;
use state::{Snapshot, redistribute};

pub(crate) use super::outcome::Outcome;
use super::world::World;
use crate::chain::{Delivery, Node, Role, Target};
use crate::stand::{self, Chance};
use crate::{Layout, Mode, Operator, OperatorSeat, OutputTag, SideSpec};

/// Key and value.
pub(crate) type Row = (i64, i64);

/// Late rows of the first and the second input.
pub(crate) const LATE: OutputTag<Row> = OutputTag::new("late");
pub(crate) const LATE_RIGHT: OutputTag<Row> = OutputTag::new("late right");

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A row comes by a port.
    Row { port: usize, key: i64, value: i64, time: i64 },
    /// Event time has come to this.
    Time(i64),
    /// The clock goes on by so many milliseconds.
    Clock(i64),
}

/// How it happens.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) mode: Mode,
    pub(crate) ports: usize,
    pub(crate) rows_max: usize,
    pub(crate) refuses: bool,
    /// One in so many steps everything is saved and loaded; never, if zero.
    pub(crate) reloads: usize,
    pub(crate) instances: u32,
    pub(crate) seed: u64,
}

impl Way {
    pub(crate) fn plain(ports: usize) -> Self {
        Self { mode: Mode::Streaming, ports, rows_max: 1, refuses: false, reloads: 0, instances: 1, seed: 0 }
    }

    /// Another one for every number.
    pub(crate) fn of(number: u64, ports: usize) -> Self {
        let mut chance = Chance(number);
        let reloads = [0, 0, 4, 1][chance.below(4)];
        let rows_max = 1 + chance.below(9);
        let instances = [1, 1, 2, 3][chance.below(4)];
        Self { rows_max, refuses: chance.one_in(2), reloads, instances, seed: number, ..Self::plain(ports) }
    }
}

/// Rows of `Row` by key, with event time.
pub(crate) fn layout() -> Layout {
    Layout::of(Row::fields()).timed().keyed_by(vec![0])
}

/// Where an operator sits in a trial.
pub(crate) fn seat(mode: Mode) -> OperatorSeat {
    let sides: [SideSpec; 2] = [LATE.spec(&layout()), LATE_RIGHT.spec(&layout())];
    OperatorSeat { sides: Arc::new(sides), ..stand::seat(mode, &Lease::root("trial", u64::MAX), None) }
}

/// Makes an operator for a seat.
pub(crate) type Make<'a> = &'a dyn Fn(&OperatorSeat) -> Box<dyn Operator>;

struct Trial<'a> {
    make: Make<'a>,
    way: Way,
    chance: Chance,
    instances: Vec<(Node, World)>,
    may_be_late: bool,
    now_ms: i64,
    sent: Vec<(usize, Batch)>,
}

impl Trial<'_> {
    fn build(&mut self, count: u32) {
        let may_be_late = self.may_be_late;
        self.instances = (0..count)
            .map(|number| {
                let operator = (self.make)(&seat(self.way.mode));
                let exits = (0..3).map(|edge| vec![Target::Edge(edge)]).collect();
                let node = Node::new(Role::Operator(operator), self.way.ports, exits, None);
                let world = World {
                    chance: Chance(self.way.seed + u64::from(number)),
                    refuses: self.way.refuses,
                    has_refused: false,
                    beyond: 0,
                    now_ms: self.now_ms,
                    sent: Vec::new(),
                    time: i64::MIN,
                    may_be_late,
                };
                (node, world)
            })
            .collect();
    }

    /// Does something with each instance, and lets it go on until nothing is left to be done.
    fn each(&mut self, mut act: impl FnMut(u32, &mut Node, &mut World)) {
        for (number, (node, world)) in (0..).zip(&mut self.instances) {
            (world.has_refused, world.beyond) = (false, 0);
            act(number, node, world);
            while node.is_busy() {
                assert!(!node.waits());
                (world.has_refused, world.beyond) = (false, 0);
                node.go_on(&mut [], 1, world).unwrap();
            }
            self.sent.append(&mut world.sent);
        }
    }

    fn give(&mut self, port: usize, delivery: &Delivery) {
        self.each(|_, node, world| node.receive(port, delivery.clone(), &mut [], 1, world).unwrap());
    }

    fn rows(&mut self, port: usize, rows: &[(Row, i64)]) {
        let keys: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(row, _)| row.0)));
        let values: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(row, _)| row.1)));
        let times = TimestampMillisecondArray::from_iter_values(rows.iter().map(|(_, time)| *time));
        let batch = layout().batch(vec![keys.clone(), values, Arc::new(times)], rows.len());
        if self.instances.len() == 1 {
            let batch = if self.chance.one_in(3) { doubled(&batch) } else { batch };
            return self.give(port, &Delivery::Batch(batch));
        }
        let (mut hashes, groups) = (Vec::new(), KeyGroups::default());
        hash_key(&[keys], rows.len(), &mut hashes).unwrap();
        let count = u32::try_from(self.instances.len()).unwrap();
        self.each(|number, node, world| {
            let mine = hashes.iter().map(|hash| Some(groups.owner(groups.of(*hash), count) == number));
            let share = batch.clone().narrow(&mine.collect());
            if !share.is_empty() {
                node.receive(port, Delivery::Batch(share), &mut [], 1, world).unwrap();
            }
        });
    }

    /// All is written down, and taken over by as many others or more or fewer.
    fn reload(&mut self) {
        let snapshots: Vec<Snapshot> = self.instances.iter_mut().map(|(node, _)| saved(node)).collect();
        let count = 1 + u32::try_from(self.chance.below(3)).unwrap();
        let time = self.instances[0].1.time;
        self.build(count);
        let restores = redistribute(&snapshots, KeyGroups::default(), count);
        for ((node, world), restore) in self.instances.iter_mut().zip(restores) {
            let Role::Operator(operator) = node.role() else { unreachable!() };
            operator.load(&restore).unwrap();
            node.site.wake_ns = Some(0); // It may wait for a time, and has not been able to say so.
            world.time = time;
        }
        self.each(|_, node, world| node.wake_if_due(&mut [], 1, world).unwrap());
    }

    fn end(&mut self) {
        self.give(0, &Delivery::Time(Watermark::MAX));
        (0..self.way.ports).for_each(|port| self.give(port, &Delivery::End));
        for (node, _) in &mut self.instances {
            assert!(node.has_ended());
            for part in saved(node).parts() {
                assert_eq!(part.rows.num_rows(), 0, "`{}` still has rows", part.name);
            }
        }
    }
}

fn saved(node: &mut Node) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let Role::Operator(operator) = node.role() else { unreachable!() };
    operator.save(&mut snapshot).unwrap();
    snapshot
}

/// Runs a script. `may_be_late` if results may come behind the watermark.
pub(crate) fn run<O: Record + Debug>(
    make: Make<'_>,
    script: &[Step],
    way: &Way,
    may_be_late: bool,
    key: impl Fn(&O) -> i64,
) -> Outcome<O> {
    outcome(&sent(make, script, way, may_be_late), key)
}

/// The rows of the main output in the order in which they were sent, with their times.
pub(crate) fn run_in_order<O: Record>(make: Make<'_>, script: &[Step], way: &Way) -> Vec<(i64, O)> {
    let sent = sent(make, script, way, true);
    sent.iter().filter(|(edge, _)| *edge == 0).flat_map(|(_, batch)| timed(batch)).collect()
}

/// The names of what there is to save behind a script, before the end of time.
pub(crate) fn left(make: Make<'_>, script: &[Step]) -> Vec<String> {
    let mut trial = played(make, script, &Way::plain(1), true);
    let snapshot = saved(&mut trial.instances[0].0);
    let mut names: Vec<String> = snapshot.parts().iter().map(|part| part.name.clone()).collect();
    names.sort_unstable();
    names
}

fn sent(make: Make<'_>, script: &[Step], way: &Way, may_be_late: bool) -> Vec<(usize, Batch)> {
    let mut trial = played(make, script, way, may_be_late);
    trial.end();
    trial.sent
}

/// A trial behind a script.
fn played<'a>(make: Make<'a>, script: &[Step], way: &Way, may_be_late: bool) -> Trial<'a> {
    let chance = Chance(way.seed ^ 0x5eed);
    let mut trial = Trial {
        make,
        way: way.clone(),
        chance,
        instances: Vec::new(),
        may_be_late,
        now_ms: 0,
        sent: Vec::new(),
    };
    trial.build(way.instances);
    let mut rest = script;
    while let Some(step) = rest.first() {
        let mut taken = 1;
        match *step {
            Step::Row { port, .. } => {
                let most = 1 + trial.chance.below(way.rows_max);
                let rows: Vec<(Row, i64)> =
                    rest.iter().take(most).map_while(|step| row_of(*step, port)).collect();
                taken = rows.len();
                trial.rows(port, &rows);
            }
            Step::Time(now) => trial.give(0, &Delivery::Time(Watermark(now))),
            Step::Clock(ms) => {
                trial.now_ms += ms;
                trial.each(|_, node, world| {
                    world.now_ms += ms;
                    node.wake_if_due(&mut [], 1, world).unwrap();
                });
            }
        }
        rest = &rest[taken..];
        if way.reloads > 0 && trial.chance.one_in(way.reloads) {
            trial.reload();
        }
    }
    trial
}

/// Each row behind a copy of it that does not count.
fn doubled(batch: &Batch) -> Batch {
    let twice =
        UInt32Array::from_iter_values((0..u32::try_from(batch.rows()).unwrap()).flat_map(|row| [row, row]));
    let keep = BooleanArray::from_iter((0..2 * batch.rows()).map(|row| Some(row % 2 == 1)));
    Batch::new(take_record_batch(batch.columns(), &twice).unwrap()).narrow(&keep)
}

fn row_of(step: Step, of: usize) -> Option<(Row, i64)> {
    match step {
        Step::Row { port, key, value, time } if port == of => Some(((key, value), time)),
        _ => None,
    }
}

fn outcome<O: Record>(sent: &[(usize, Batch)], key: impl Fn(&O) -> i64) -> Outcome<O> {
    let mut outcome = Outcome::default();
    for (edge, batch) in sent {
        match edge {
            0 => timed::<O>(batch).for_each(|(time, row)| outcome.push(key(&row), time, row)),
            side => timed::<Row>(batch).for_each(|(time, row)| outcome.push_late(side - 1, time, row)),
        }
    }
    outcome
}

fn timed<O: Record>(batch: &Batch) -> impl Iterator<Item = (i64, O)> {
    let batch = batch.clone().compact();
    let columns = batch.columns().columns();
    let times = columns.last().unwrap().as_primitive::<TimestampMillisecondType>().values().clone();
    let reader = O::Reader::open(columns).unwrap();
    (0..batch.rows()).map(move |row| (times[row], reader.get(row)))
}

/// A random script of so many steps: few keys, times that go on with some disorder, watermarks near them.
pub(crate) fn script(seed: u64, ports: usize, has_clock: bool) -> Vec<Step> {
    let mut chance = Chance(seed);
    let (mut time, mut watermark) = (chance.below(40) as i64 - 20, i64::MIN);
    let disorder = [2, 6, 20][chance.below(3)];
    let mut steps = Vec::new();
    for _ in 0..4 + chance.below(20) {
        match chance.below(12) {
            0 | 1 => {
                let now = time - chance.below(6) as i64;
                if now > watermark {
                    watermark = now;
                    steps.push(Step::Time(now));
                }
            }
            2 if has_clock => steps.push(Step::Clock(1 + chance.below(12) as i64)),
            _ => {
                time += chance.below(4) as i64;
                let (port, key, value) =
                    (chance.below(ports), chance.below(3) as i64, chance.below(10) as i64);
                steps.push(Step::Row { port, key, value, time: time - chance.below(disorder) as i64 });
            }
        }
    }
    steps
}
