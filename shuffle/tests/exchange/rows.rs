//! Rows that say where they come from, and whose other columns follow from that.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{ArrayRef, BooleanArray, Int64Array, ListArray, RecordBatch, StringViewArray};
use memory::{Batch, RowKind, RowKinds};

use crate::cases::Random;

/// The row's sender, and its number there.
pub(crate) fn id(sender: u32, number: u64) -> i64 {
    (i64::from(sender) << 32) | i64::try_from(number).expect("few rows")
}

pub(crate) fn number(id: i64) -> u64 {
    (id & 0xffff_ffff) as u64
}

/// The text of a row: mostly short, sometimes longer than a view, seldom longer than a segment.
fn text(id: i64) -> Option<String> {
    let length = match id % 97 {
        0 => return None,
        1 => 5000,
        2..5 => 1500,
        5..20 => 40,
        other => other as usize % 13,
    };
    Some("x".repeat(length) + &id.to_string())
}

fn list(id: i64) -> Vec<Option<i32>> {
    (0..id % 3).map(|n| Some((id + n) as i32)).collect()
}

/// A batch of these rows, with rows between them that do not count, and a kind for each.
pub(crate) fn batch(sender: u32, numbers: std::ops::Range<u64>, random: &mut Random) -> Batch {
    let mut ids = Vec::new();
    let mut counts = Vec::new();
    let gaps = random.one_in(3);
    for number in numbers {
        while gaps && random.one_in(3) {
            ids.push(id(sender, 0xffff_ffff)); // Must not travel.
            counts.push(false);
        }
        ids.push(id(sender, number));
        counts.push(true);
    }
    let kinds = ids.iter().map(|id| kind(*id)).collect::<Vec<_>>();
    let batch = Batch::new(columns(&ids)).with_kinds(Some(RowKinds::new(kinds)));
    if gaps { batch.narrow(&BooleanArray::from(counts)) } else { batch }
}

pub(crate) fn columns(ids: &[i64]) -> RecordBatch {
    let columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("id", Arc::new(Int64Array::from(ids.to_vec())), false),
        ("text", Arc::new(ids.iter().map(|id| text(*id)).collect::<StringViewArray>()), true),
        (
            "list",
            Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(ids.iter().map(|id| Some(list(*id))))),
            true,
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

fn kind(id: i64) -> RowKind {
    [RowKind::Insert, RowKind::UpdateBefore, RowKind::UpdateAfter, RowKind::Delete][(id % 4) as usize]
}

/// The rows of a batch that came, after a look that they are what they were.
pub(crate) fn check(batch: &Batch) -> Vec<i64> {
    let batch = batch.clone().compact();
    let ids = batch.columns().column(0).as_primitive::<Int64Type>().values().to_vec();
    assert_eq!(batch.columns().columns(), columns(&ids).columns());
    let kinds: Vec<_> = ids.iter().map(|id| kind(*id)).collect();
    assert_eq!(batch.kinds(), Some(&RowKinds::new(kinds)));
    ids
}
