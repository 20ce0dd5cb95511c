//! Distinct rows against a set.

use std::collections::BTreeSet;

use memory::Lease;

use super::*;
use crate::Mode;
use crate::stand::{self, Chance, Sent, Stand, batches_of, passed_on, rows_sent};

/// A key of two columns, and when it came.
type Row = (Option<String>, i64, i64);

fn layout() -> Layout {
    Layout::of(<Row as record::Record>::fields()).keyed_by(vec![0, 1])
}

#[test]
fn the_first_row_of_each_key_passes_at_once() {
    for seed in 0..2_000 {
        let chance = &mut Chance(seed);
        let lease = Lease::root("trial", u64::MAX);
        let mode = if chance.one_in(2) { Mode::Streaming } else { Mode::Batch };
        let make =
            || Stand::new(Distinct::new(layout(), &stand::seat(mode, &lease, None)).unwrap(), 1, Some(seed));
        let row = |at: i64| {
            let text = (!chance.one_in(4)).then(|| "abc".split_at(chance.below(3)).0.to_owned());
            (text, i64::try_from(chance.below(4)).unwrap(), at)
        };
        let rows: Vec<Row> = (0..60).map(row).collect();
        let (mut stand, mut sent) = (make(), Vec::new());
        let (mut seen, mut count, mut wanted) = (BTreeSet::new(), 0, Vec::new());
        for batch in batches_of(&rows, 20, chance) {
            let next = count + batch.rows();
            let is_new = |row: &&Row| seen.insert((row.0.clone(), row.1));
            wanted.extend(rows[count..next].iter().filter(is_new).cloned());
            count = next;
            stand.batch(0, batch).unwrap();
            sent.extend(stand.take());
            let found: Vec<Row> = rows_sent(&sent).into_iter().map(|(_, row)| row).collect();
            assert_eq!(found, wanted, "seed {seed}");
            if chance.one_in(4) {
                let restore = passed_on(stand.save());
                drop(stand);
                stand = make();
                stand.load(&restore).unwrap();
            }
        }
        stand.time(7).unwrap();
        assert_eq!(stand.take(), [Sent::Time(7)]);
        stand.end(0).unwrap();
        assert!(stand.save().parts().is_empty());
        assert_eq!(lease.figures().used, 0);
    }
}

#[test]
fn too_many_keys_are_a_failure_that_says_what_to_raise() {
    let lease = Lease::root("job", 10_000);
    let mut stand =
        Stand::new(Distinct::new(layout(), &stand::seat(Mode::Streaming, &lease, None)).unwrap(), 1, None);
    let rows = (0..1_000).map(|at| (None, at, at));
    let failure = stand.batch(0, Batch::new(record::batch_of::<Row>(rows))).unwrap_err().to_string();
    assert!(failure.contains("the state of trial takes") && failure.contains("managed.size"), "{failure}");
}
