//! What is known of a key goes when its last pane does.

use std::collections::BTreeMap;

use memory::hash_key;
use shuffle::Watermark;

use super::super::content::{Arrived, Content};
use super::super::firing::{Bench, Firing, Step};
use super::super::outbox::Outbox;
use super::super::progress::Progress;
use super::super::{WindowedAggregation, Windows, runs};
use crate::aggregate::accumulator::Selected;
use crate::aggregate::tests::drive::Random;
use crate::aggregate::tests::row::{self, Row};
use crate::aggregate::{Aggregation, Function};

/// How many keys and cells there are behind a row of each second up to `rows`, when time has come to `now`.
fn left(windows: Windows, function: Function, rows: i64, now: i64) -> (usize, usize) {
    let layout = row::layout(&[1]);
    let aggregation = Aggregation::new(layout.clone(), vec![function.named("n")]);
    let spec = WindowedAggregation { aggregation, windows, allowed_lateness: 0 };
    let grid = windows.grid().unwrap();
    let mut content = Content::new(&spec.aggregation, &grid).unwrap();
    let mut progress = Progress::new(grid, 0);
    let mut random = Random::new(1);
    let (mut outbox, mut ahead, mut found) = (Outbox::default(), BTreeMap::new(), Vec::new());
    let row = |second: i64| Row { number: Some(second), ..Row::random(&mut Random::new(1), second) };
    for second in 0..rows {
        let batch = row::batch(&layout, &[row(second)], &mut random).compact();
        let key = layout.key_columns(&batch);
        let mut hashes = Vec::new();
        hash_key(&key, 1, &mut hashes).unwrap();
        runs::find(&grid, &layout.times(&batch), Selected::All(1), &mut found);
        let (columns, rows) = (batch.columns(), Selected::All(1));
        content
            .note(Arrived { columns, key: &key, hashes: &hashes, rows, runs: &found }, &progress.included());
        let mut firing = Firing::new(Watermark(now.min(second)), &progress);
        loop {
            let bench = &mut Bench {
                content: &mut content,
                progress: &mut progress,
                outbox: &mut outbox,
                ahead: &mut ahead,
            };
            match firing.step(bench) {
                Step::Worked(_) => {}
                Step::Full => drop(outbox.empty(&mut content, &grid, &spec.output().unwrap()).unwrap()),
                Step::Done => break,
            }
        }
    }
    (content.keys.len(), content.cells.taken())
}

#[test]
fn keys_and_cells_go_with_the_last_window() {
    let (size, offset) = (10, 0);
    let sliding = Windows::Sliding { size, slide: 1, offset };
    for function in [Function::Count, Function::Max(2)] {
        // A second's key is in the windows of the nine that follow: a cell for it, and one for the total; of those that
        // cannot be taken from, also one in front and none in the back, or the other way round.
        let (keys, cells) = left(sliding, function, 100, i64::MAX);
        assert_eq!((keys, cells), (9, 18), "{function:?}");
        assert_eq!(left(Windows::Tumbling { size, offset }, function, 100, i64::MAX), (0, 0), "{function:?}");
        assert_eq!(left(Windows::Tumbling { size, offset }, function, 95, i64::MAX), (5, 5), "{function:?}");
        let cumulating = Windows::Cumulating { size, step: 2, offset };
        assert_eq!(left(cumulating, function, 100, i64::MAX), (0, 0), "{function:?}");
        assert_eq!(left(cumulating, function, 95, i64::MAX), (5, 9), "{function:?}");
    }
}
