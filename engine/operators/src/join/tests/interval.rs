//! Joins within intervals.

use super::super::{Interval, IntervalJoin};
use crate::rows::Collector;
use crate::stand::Chance;
use crate::window::Late;
use crate::window::tests::trial::{
    LATE, LATE_RIGHT, Outcome, Row, Step, Way, layout, run, run_in_order, script, seat,
};
use crate::{Layout, Mode, Operator, OperatorSeat};

/// Key, left value, right value.
type Pair = (i64, i64, i64);

fn pair(left: Row, right: Row, out: &mut Collector<Pair>) {
    out.emit((left.0, left.1, right.1));
}

/// Bounds, and which of them do not count.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    lower: i64,
    upper: i64,
    above: bool,
    below: bool,
}

impl Bounds {
    fn draw(seed: u64) -> Self {
        let mut chance = Chance(seed ^ 0xb0);
        let lower = chance.below(14) as i64 - 8;
        let width = 2 + chance.below(8) as i64;
        Self { lower, upper: lower + width, above: chance.one_in(3), below: chance.one_in(3) }
    }

    fn interval(self) -> Interval {
        let interval = Interval::between(self.lower, self.upper);
        let interval = if self.above { interval.lower_exclusive() } else { interval };
        if self.below { interval.upper_exclusive() } else { interval }
    }

    fn has(self, left: i64, right: i64) -> bool {
        let distance = right - left;
        let above = if self.above { distance > self.lower } else { distance >= self.lower };
        let below = if self.below { distance < self.upper } else { distance <= self.upper };
        above && below
    }

    /// Whether a row finds no partner any more that is not late.
    fn is_over(self, port: usize, time: i64, now: i64) -> bool {
        let partners = (time - 30..time + 30).filter(|other| match port {
            0 => self.has(time, *other),
            _ => self.has(*other, time),
        });
        // It stays as long as it is not late itself.
        partners.chain([time]).max().unwrap() <= now
    }
}

/// All pairs, by a look at all rows.
fn model(bounds: Bounds, script: &[Step]) -> Outcome<Pair> {
    let (mut outcome, mut now) = (Outcome::default(), i64::MIN);
    let mut rows: Vec<(usize, Row, i64)> = Vec::new();
    for step in script {
        match *step {
            Step::Time(time) => {
                now = time;
                rows.retain(|(port, _, time)| !bounds.is_over(*port, *time, now));
            }
            Step::Row { port, key, value, time } if time < now => outcome.push_late(port, time, (key, value)),
            Step::Row { port, key, value, time } => {
                let mut partners: Vec<_> =
                    rows.iter().filter(|(side, row, _)| *side != port && row.0 == key).collect();
                partners.sort_by_key(|(_, _, time)| *time);
                for (_, other, other_time) in partners {
                    let (left, right) = if port == 0 { (time, *other_time) } else { (*other_time, time) };
                    if bounds.has(left, right) {
                        let values = if port == 0 { (value, other.1) } else { (other.1, value) };
                        outcome.push(key, time.max(*other_time), (key, values.0, values.1));
                    }
                }
                rows.push((port, (key, value), time));
            }
            Step::Clock(_) => {}
        }
    }
    outcome
}

fn operator(bounds: Bounds, late: &Late, seat: &OperatorSeat) -> Box<dyn Operator> {
    let join = IntervalJoin::new([layout(), layout()], bounds.interval(), pair, seat).unwrap();
    Box::new(join.late(late).late_left_to(LATE).late_right_to(LATE_RIGHT))
}

#[test]
fn each_row_meets_those_within_its_interval() {
    for seed in 0..5_000 {
        let (bounds, script) = (Bounds::draw(seed), script(seed ^ 0x1a7, 2, false));
        let expected = model(bounds, &script);
        let late = Late::default();
        let make = |seat: &OperatorSeat| operator(bounds, &late, seat);
        let way = Way::of(seed, 2);
        // A row of just the time of the watermark is not late, as in Flink, and neither are its pairs.
        let got = run(&make, &script, &way, true, |pair: &Pair| pair.0);
        assert_eq!(got, expected, "seed {seed}, {bounds:?}, {way:?}\n{script:?}");
        let refused: usize = got.late.iter().flat_map(|side| side.values()).map(Vec::len).sum();
        assert_eq!(late.rows(), refused as u64);
    }
}

#[test]
fn no_pair_in_time_is_missed() {
    for seed in 0..500 {
        let (bounds, script) = (Bounds::draw(seed), script(seed ^ 0x9a9, 2, false));
        let mut now = i64::MIN;
        let mut on_time: [Vec<(Row, i64)>; 2] = Default::default();
        for step in &script {
            match *step {
                Step::Time(time) => now = time,
                Step::Row { port, key, value, time } if time > now => {
                    on_time[port].push(((key, value), time))
                }
                Step::Row { .. } | Step::Clock(_) => {}
            }
        }
        let [left, right] = &on_time;
        let pairs = left.iter().flat_map(|left| right.iter().map(move |right| (left, right)));
        let all = pairs.filter(|(left, right)| left.0.0 == right.0.0 && bounds.has(left.1, right.1));
        let mut expected: Vec<Pair> = all.map(|(left, right)| (left.0.0, left.0.1, right.0.1)).collect();
        let make = |seat: &OperatorSeat| operator(bounds, &Late::default(), seat);
        let mut got = run(&make, &script, &Way::of(seed, 2), true, |pair: &Pair| pair.0).all();
        got.sort_unstable();
        expected.sort_unstable();
        let mut rest = got.iter();
        assert!(
            expected.iter().all(|pair| rest.any(|each| each == pair)),
            "seed {seed}, {bounds:?}\n{script:?}"
        );
    }
}

#[test]
fn bounds_count_unless_they_are_excluded() {
    let left = Step::Row { port: 0, key: 1, value: 0, time: 10 };
    let right = (8..=12).map(|time| Step::Row { port: 1, key: 1, value: time, time });
    let script: Vec<Step> = right.chain([left]).collect();
    for (above, below, expected) in [
        (false, false, &[9, 10, 11][..]),
        (true, false, &[10, 11]),
        (false, true, &[9, 10]),
        (true, true, &[10]),
    ] {
        let bounds = Bounds { lower: -1, upper: 1, above, below };
        let make = |seat: &OperatorSeat| operator(bounds, &Late::default(), seat);
        let got: Vec<(i64, Pair)> = run_in_order(&make, &script, &Way::plain(2));
        assert_eq!(got.iter().map(|(_, pair)| pair.2).collect::<Vec<_>>(), expected);
        assert!(got.iter().all(|(time, pair)| *time == pair.2.max(10)), "a pair has the later time");
    }
}

#[test]
fn a_row_with_many_partners_stops_in_their_middle() {
    let bounds = Bounds { lower: -100, upper: 100, above: false, below: false };
    let make = |seat: &OperatorSeat| operator(bounds, &Late::default(), seat);
    let mut script: Vec<Step> =
        (0..20_000).map(|value| Step::Row { port: 1, key: 1, value, time: value % 100 }).collect();
    script.push(Step::Row { port: 0, key: 1, value: 7, time: 50 });
    script.push(Step::Row { port: 0, key: 1, value: 8, time: 50 });
    let way = Way { refuses: true, rows_max: 1_000, ..Way::plain(2) };
    let got: Vec<(i64, Pair)> = run_in_order(&make, &script, &way);
    assert_eq!(got.len(), 40_000);
    let by_time = |rows: &[(i64, Pair)]| rows.iter().map(|(_, pair)| pair.2 % 100).is_sorted();
    assert!(by_time(&got[..20_000]) && by_time(&got[20_000..]));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let seat = seat(Mode::Streaming);
    let empty = Interval::between(1, 1).lower_exclusive();
    let refused = IntervalJoin::new([layout(), layout()], empty, pair, &seat).err().unwrap();
    let words =
        "an interval from 2 to 1 ms has nothing in it: the lower bound must not be above the upper one";
    assert_eq!(refused.to_string(), words);
    let timeless = Layout::of(<Row as record::Record>::fields()).keyed_by(vec![0]);
    let refused =
        IntervalJoin::new([layout(), timeless], Interval::between(0, 1), pair, &seat).err().unwrap();
    let words = "an interval join of a stream without event time: assign timestamps and watermarks first";
    assert_eq!(refused.to_string(), words);
}
