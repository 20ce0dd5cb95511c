//! Limits against `skip` and `take`.

use memory::Batch;

use super::*;
use crate::stand::{Chance, Sent, Stand, batches_of, passed_on, rows_sent};

#[test]
fn the_first_rows_pass_however_they_are_cut() {
    for seed in 0..2_000 {
        let chance = &mut Chance(seed);
        let rows: Vec<i64> = (0..i64::try_from(chance.below(50)).unwrap()).collect();
        let (offset, count) = (chance.below(20), chance.below(40));
        let fetch = Fetch { offset: offset as u64, rows: (!chance.one_in(5)).then_some(count as u64) };
        let mut stand = Stand::new(Limit::new(fetch), 1, None);
        let mut sent = Vec::new();
        for batch in batches_of(&rows, 10, chance) {
            stand.batch(0, batch).unwrap();
            sent.extend(stand.take());
            if chance.one_in(4) {
                let restore = passed_on(stand.save());
                stand = Stand::new(Limit::new(fetch), 1, None);
                stand.load(&restore).unwrap();
            }
        }
        stand.time(5).unwrap();
        assert_eq!(stand.take(), [Sent::Time(5)]);
        let wanted = rows.iter().copied().skip(offset).take(fetch.rows.map_or(usize::MAX, |_| count));
        let found: Vec<i64> = rows_sent(&sent).into_iter().map(|(_, row)| row).collect();
        assert_eq!(found, wanted.collect::<Vec<_>>(), "seed {seed}");
    }
}

#[test]
fn what_several_have_seen_is_enough_for_one() {
    let saved = |rows: i64| {
        let mut stand = Stand::new(Limit::new(Fetch::first(5)), 1, None);
        stand.batch(0, Batch::new(record::batch_of(0..rows))).unwrap();
        stand.save()
    };
    let restore = state::redistribute(&[saved(2), saved(1)], memory::KeyGroups::default(), 1).pop().unwrap();
    let mut stand = Stand::new(Limit::new(Fetch::first(5)), 1, None);
    stand.load(&restore).unwrap();
    stand.batch(0, Batch::new(record::batch_of(0_i64..9))).unwrap();
    assert_eq!(rows_sent::<i64>(&stand.take()).len(), 2);
}
