//! What all subtasks were told, against a map; with keys, and without.

use std::collections::BTreeMap;

use memory::{Batch, KeyGroups, Lease};
use runtime::subtask::Failure;
use state::keyed::ValueState;
use state::redistribute;

use super::*;
use crate::keyed::Timer;
use crate::layout::Layout;
use crate::stand::{self, Chance, Stand, passed_on, rows_sent};
use crate::{Mode, OperatorSeat};

/// A key, and a number.
type Row = (i64, i64);
/// The key to multiply, and by what; by nothing, to forget that.
type Rule = (i64, Option<i64>);

const RULES: BroadcastState<i64, i64> = BroadcastState::new("rules");

#[derive(Clone)]
struct Multiply;

impl BroadcastProcess<Row, Rule, Row> for Multiply {
    fn process(&mut self, row: Row, cx: &mut ReadCx<'_, Row>) -> Result<(), Failure> {
        let factor = RULES.get(cx, &row.0).unwrap_or(1);
        cx.emit((row.0, row.1 * factor));
        Ok(())
    }

    fn broadcast(&mut self, rule: Rule, cx: &mut BroadcastCx<'_, Row>) -> Result<(), Failure> {
        match rule {
            (key, Some(factor)) => RULES.put(cx, key, factor),
            (key, None) => _ = RULES.remove(cx, &key),
        }
        let rules = i64::try_from(RULES.len(cx)).unwrap();
        cx.emit((-1, rules));
        Ok(())
    }
}

/// The sum of a key's numbers so far, and a timer that says it again.
#[derive(Clone)]
struct Sums {
    sum: ValueState<i64>,
}

impl KeyedBroadcastProcess<Row, Rule, Row> for Sums {
    fn process(&mut self, row: Row, cx: &mut KeyedReadCx<'_, '_, Row>) -> Result<(), Failure> {
        let factor = RULES.find(cx, |key, factor| (*key == row.0).then_some(*factor)).unwrap_or(1);
        let sum = self.sum.update(
            cx,
            || 0,
            |sum| {
                *sum += row.1 * factor;
                *sum
            },
        );
        assert_eq!(cx.key::<i64>(), row.0);
        cx.emit((row.0, sum));
        cx.set_event_timer(100);
        Ok(())
    }

    fn broadcast(&mut self, rule: Rule, cx: &mut BroadcastCx<'_, Row>) -> Result<(), Failure> {
        Multiply.broadcast(rule, cx)
    }

    fn timer(&mut self, timer: Timer, cx: &mut KeyedReadCx<'_, '_, Row>) -> Result<(), Failure> {
        assert_eq!(timer.at, 100);
        let (key, sum) = (cx.key::<i64>(), self.sum.get(cx).unwrap());
        self.sum.clear(cx);
        let factor = RULES.get(cx, &key).unwrap_or(1);
        cx.emit((key, sum * factor));
        Ok(())
    }
}

fn layouts() -> [Layout; 2] {
    let rows = Layout::of(<Row as record::Record>::fields()).keyed_by(vec![0]);
    [rows, Layout::of(<Rule as record::Record>::fields())]
}

fn seat(lease: &Lease) -> OperatorSeat {
    stand::seat(Mode::Streaming, lease, None)
}

fn plain(lease: &Lease, refuses: Option<u64>) -> Stand {
    Stand::new(Broadcast::new(layouts(), Multiply, &seat(lease)), 2, refuses)
}

fn keyed(lease: &Lease, refuses: Option<u64>) -> Stand {
    let sums = Sums { sum: ValueState::new("sum") };
    Stand::new(KeyedBroadcast::new(layouts(), sums, &seat(lease)).unwrap(), 2, refuses)
}

fn number(chance: &mut Chance, below: usize) -> i64 {
    i64::try_from(chance.below(below)).unwrap()
}

fn random(make: impl Fn(&Lease, Option<u64>) -> Stand, is_keyed: bool, seed: u64) {
    let chance = &mut Chance(seed);
    let lease = Lease::root("trial", u64::MAX);
    let refuses = chance.one_in(2).then_some(seed);
    let mut stand = make(&lease, refuses);
    let (mut rules, mut sums) = (BTreeMap::new(), BTreeMap::new());
    for _ in 0..30 {
        let count = 1 + chance.below(4);
        let mut wanted = Vec::new();
        if chance.one_in(3) {
            let rule = |_| (number(chance, 3), (!chance.one_in(3)).then(|| number(chance, 9)));
            let told: Vec<Rule> = (0..count).map(rule).collect();
            for (key, factor) in &told {
                match factor {
                    Some(factor) => rules.insert(*key, *factor),
                    None => rules.remove(key),
                };
                wanted.push((-1, i64::try_from(rules.len()).unwrap()));
            }
            stand.batch(1, Batch::new(record::batch_of(told))).unwrap();
        } else {
            let rows: Vec<Row> = (0..count).map(|_| (number(chance, 4), number(chance, 9))).collect();
            for (key, value) in &rows {
                let value = value * rules.get(key).unwrap_or(&1);
                let sum: &mut i64 = sums.entry(*key).or_default();
                *sum += value;
                wanted.push((*key, if is_keyed { *sum } else { value }));
            }
            stand.batch(0, Batch::new(record::batch_of(rows))).unwrap();
        }
        let found: Vec<Row> = rows_sent(&stand.take()).into_iter().map(|(_, row)| row).collect();
        assert_eq!(found, wanted, "seed {seed}");
        if chance.one_in(5) {
            let restore = passed_on(stand.save());
            stand = make(&lease, refuses);
            stand.load(&restore).unwrap();
        }
    }
    stand.time(100).unwrap();
    let mut found: Vec<Row> = rows_sent(&stand.take()).into_iter().map(|(_, row)| row).collect();
    found.sort_unstable();
    let due = sums.iter().map(|(key, sum)| (*key, sum * rules.get(key).unwrap_or(&1)));
    assert_eq!(found, if is_keyed { due.collect() } else { Vec::new() });
    (0..2).for_each(|port| stand.end(port).unwrap());
    assert!(stand.save().parts().is_empty());
}

#[test]
fn rows_are_served_with_what_was_told_before_them() {
    (0..2_000).for_each(|seed| random(plain, false, seed));
}

#[test]
fn rows_of_a_key_are_served_so_too_and_have_states_and_timers() {
    (0..2_000).for_each(|seed| random(keyed, true, seed));
}

#[test]
fn new_subtasks_know_what_all_were_told_even_if_nobody_has_asked_since() {
    let lease = Lease::root("trial", u64::MAX);
    let rules = || Batch::new(record::batch_of::<Rule>([(1, Some(2)), (2, Some(5))]));
    let saved = || {
        let mut stand = keyed(&lease, None);
        stand.batch(1, rules()).unwrap();
        stand.save()
    };
    let restores = redistribute(&[saved(), saved()], KeyGroups::default(), 5);
    for restore in restores {
        let mut stand = keyed(&lease, None);
        stand.load(&restore).unwrap();
        let again = passed_on(stand.save());
        let mut stand = keyed(&lease, None);
        stand.load(&again).unwrap();
        stand.batch(0, Batch::new(record::batch_of::<Row>([(1, 7), (2, 7), (3, 7)]))).unwrap();
        let found: Vec<Row> = rows_sent(&stand.take()).into_iter().map(|(_, row)| row).collect();
        assert_eq!(found, [(1, 14), (2, 35), (3, 7)]);
    }
}

#[test]
#[should_panic(expected = "state rules is not a map from i64 to alloc::string::String")]
fn a_map_has_one_type() {
    let mut maps = Maps::default();
    maps.map::<i64, i64>("rules");
    maps.map::<i64, String>("rules");
}
