//! Windows of random scripts against the model.

use super::drawn::*;
use super::model::{Rules, Sends, Sent, Shape};
use super::trial::{Row, Step, Way, run, script};
use crate::keyed::{Accumulate, Reduce};
use crate::stand::Chance;
use crate::window::*;
use crate::{Mode, OperatorSeat};

#[test]
fn aligned_windows_of_all_rows() {
    for seed in 0..2_000 {
        let drawn = draw(seed, aligned, false);
        let expected = model(drawn.0, &drawn.1, show_all);
        check(seed, drawn, || AllRows::with(all_of), &expected);
    }
}

#[test]
fn aligned_windows_of_a_fold() {
    for seed in 0..1_500 {
        let drawn = draw(seed ^ 0xf01d, aligned, false);
        let expected = model(drawn.0, &drawn.1, show_total);
        check(seed, drawn, || Folded(Accumulate(Totals)), &expected);
    }
}

#[test]
fn sessions_of_all_rows_merge_in_every_order() {
    for seed in 0..2_000 {
        let drawn = draw(seed ^ 0x5e55, sessions, false);
        let expected = model(drawn.0, &drawn.1, show_all);
        check(seed, drawn, || AllRows::with(all_of), &expected);
    }
}

#[test]
fn sessions_of_a_fold_merge_in_every_order() {
    for seed in 0..800 {
        let drawn = draw(seed ^ 0x5f01d, sessions, false);
        let expected = model(drawn.0, &drawn.1, |sent| {
            Some((sent.key, sent.start, sent.end, vec![sent.values().iter().sum()]))
        });
        let add = |first: Row, second: Row| (first.0, first.1 + second.1);
        check(seed, drawn, || FoldedThen::new(Reduce::new(add), Each(all_of)), &expected);
    }
}

#[test]
fn windows_of_the_machines_clock() {
    for seed in 0..1_500 {
        let shape = |chance: &mut Chance| if chance.one_in(2) { sessions(chance) } else { aligned(chance) };
        let drawn = draw(seed ^ 0xc10c, shape, true);
        let expected = model(drawn.0, &drawn.1, show_all);
        check(seed, drawn, || AllRows::with(all_of), &expected);
    }
}

#[test]
fn counted_rows_of_a_key() {
    for seed in 0..700 {
        let (rules, script) = draw(seed ^ 0xa11, |_| Shape::All, false);
        let rules =
            Rules { by_clock: true, lateness: 0, sends: Sends::Counted(1 + Chance(seed).below(4)), ..rules };
        let expected = model(rules, &script, show_total);
        check(seed, (rules, script), || Folded(Accumulate(Totals)), &expected);
    }
}

#[test]
fn the_last_rows_of_a_window() {
    for seed in 0..1_500 {
        let shape = |chance: &mut Chance| match chance.below(3) {
            0 => Shape::All,
            1 => sessions(chance),
            _ => aligned(chance),
        };
        let (mut rules, script) = draw(seed ^ 0xe71c, shape, false);
        if matches!(rules.shape, Shape::All) {
            rules = Rules {
                by_clock: true,
                lateness: 0,
                sends: Sends::Counted(1 + Chance(seed).below(4)),
                ..rules
            };
        }
        let (left, afterwards, by_time) =
            (Chance(seed).below(4), Chance(seed + 1).one_in(2), Chance(seed + 2).one_in(2));
        let evict = |rows: &mut Vec<Row>| match by_time {
            true => {
                let latest = rows.iter().map(|(_, time)| *time).max();
                rows.retain(|(_, time)| *time > latest.unwrap() - left as i64);
            }
            false => _ = rows.drain(..rows.len().saturating_sub(left)),
        };
        let show = |sent: &mut Sent| {
            let before = sent.rows.clone();
            evict(&mut sent.rows);
            let rows = if afterwards { before } else { sent.rows.clone() };
            Some((sent.key, sent.start, sent.end, rows.iter().map(|(value, _)| *value).collect()))
        };
        let expected = model(rules, &script, show);
        let drawn = (rules, script);
        let (count, time) = (CountEvictor::of(left), TimeEvictor::of(left as i64));
        match (by_time, afterwards) {
            (false, false) => check(seed, drawn, || Evicting::new(count, AllRows::with(all_of)), &expected),
            (false, true) => {
                check(seed, drawn, || Evicting::new(count.afterwards(), AllRows::with(all_of)), &expected);
            }
            (true, false) => check(seed, drawn, || Evicting::new(time, AllRows::with(all_of)), &expected),
            (true, true) => {
                check(seed, drawn, || Evicting::new(time.afterwards(), AllRows::with(all_of)), &expected);
            }
        }
    }
}

#[test]
fn a_batch_is_a_stream_without_watermarks() {
    for seed in 0..500 {
        let shape = |chance: &mut Chance| if chance.one_in(2) { sessions(chance) } else { aligned(chance) };
        let (rules, mut script) = draw(seed ^ 0xba7c, shape, false);
        script.retain(|step| matches!(step, Step::Row { .. }));
        let expected = model(rules, &script, show_all);
        let make = |seat: &OperatorSeat| operator(rules, AllRows::with(all_of), seat);
        let way = Way { mode: Mode::Batch, ..Way::of(seed, 1) };
        assert_eq!(
            run(&make, &script, &way, true, All::key_of),
            expected,
            "seed {seed}, {rules:?}\n{script:?}"
        );
    }
}

#[test]
fn nothing_that_comes_in_time_is_dropped() {
    for seed in 0..500 {
        let mut chance = Chance(seed);
        let size = 1 + chance.below(9) as i64;
        let rules = Rules {
            shape: Shape::Every { size, slide: size, offset: 0 },
            sends: Sends::AtEnd,
            purges: false,
            lateness: 0,
            by_clock: false,
        };
        let script = script(seed, 1, false);
        let (mut now, mut on_time) = (i64::MIN, 0);
        for step in &script {
            match step {
                Step::Time(time) => now = *time,
                Step::Row { time, .. } => on_time += i64::from(*time > now),
                Step::Clock(_) => {}
            }
        }
        let make = |seat: &OperatorSeat| operator(rules, Folded(Accumulate(Totals)), seat);
        let got = run(&make, &script, &Way::of(seed, 1), false, Total::key_of);
        let late: usize = got.late[0].values().map(Vec::len).sum();
        let counted: i64 = got.all().iter().map(|total| total.2).sum();
        assert!(counted >= on_time, "seed {seed}");
        let rows = script.iter().filter(|step| matches!(step, Step::Row { .. })).count();
        assert_eq!(counted, i64::try_from(rows - late).unwrap(), "seed {seed}");
    }
}
