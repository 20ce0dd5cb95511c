//! Frames that move along rows, against a look at all rows of each.

use super::drive::Random;
use super::row::{self, Row, Value};
use crate::aggregate::slide::{self, Frames};

/// Frames over so many rows, none of which begins or ends before the one before it.
fn frames(rows: usize, random: &mut Random) -> Vec<(usize, usize)> {
    let (mut start, mut end) = (0, 0);
    let mut all = Vec::new();
    for _ in 0..random.below(20) {
        let far = if random.one_in(6) { 8 } else { 3 };
        start = (start + random.below(far)).min(rows);
        end = (end + random.below(4)).max(start).min(rows);
        all.push((start, end));
    }
    all
}

#[test]
fn results_over_frames_are_those_of_their_rows() {
    for seed in 0..4_000 {
        let mut random = Random::new(seed);
        let layout = row::layout(&[]);
        let count = random.below(25);
        let rows: Vec<Row> = (0..count).map(|_| Row::random(&mut random, 0)).collect();
        let spans = frames(count, &mut random);
        let mut all = Frames::with_capacity(spans.len());
        spans.iter().for_each(|(start, end)| all.push(*start, *end));
        let batch = row::batch(&layout, &rows, &mut random).compact();
        for aggregate in row::aggregates(&mut random, true) {
            let column = aggregate.function.column().map(|column| batch.columns().column(column));
            let mut accumulator = aggregate.accumulator(layout.schema()).unwrap();
            let expected: Vec<Value> = spans
                .iter()
                .map(|(start, end)| {
                    row::evaluate(aggregate.function, &rows[*start..*end].iter().collect::<Vec<_>>())
                })
                .collect();
            let found = accumulator.slide(&all, column).unwrap();
            assert_eq!(row::values(&found), expected, "seed {seed}: {aggregate:?} {spans:?}");
            let merged = slide::merged(&mut *accumulator, &all, column).unwrap();
            assert_eq!(row::values(&merged), expected, "seed {seed}, merged: {aggregate:?} {spans:?}");
        }
    }
}
