//! Batches cut into pieces, for routes that deal out rows without looking at them.

use memory::Batch;

/// Cuts a batch into pieces of at most `rows_max` rows that count, sharing its columns.
pub(crate) fn pieces(batch: Batch, rows_max: usize) -> impl Iterator<Item = Batch> {
    let total = batch.rows();
    // One piece keeps its selection: nothing has to be copied.
    let batch = if total > rows_max { batch.compact() } else { batch };
    let cut = move |start: usize| match total > rows_max {
        true => batch.slice(start, rows_max.min(total - start)),
        false => batch.clone(),
    };
    (0..total).step_by(rows_max).map(cut)
}

#[cfg(test)]
mod tests {
    use arrow_array::record_batch;
    use memory::Selection;

    use super::*;

    #[test]
    fn pieces_together_are_the_batch() {
        let batch = Batch::new(record_batch!(("n", Int32, [1, 2, 3, 4, 5])).unwrap());
        let cut: Vec<_> = pieces(batch.clone(), 2).collect();
        assert_eq!(cut, [batch.slice(0, 2), batch.slice(2, 2), batch.slice(4, 1)]);
        assert_eq!(pieces(batch.clone(), 5).collect::<Vec<_>>(), [batch]);
    }

    #[test]
    fn rows_that_do_not_count_are_in_no_piece() {
        let batch = Batch::new(record_batch!(("n", Int32, [1, 2, 3, 4])).unwrap());
        let some = batch.clone().with_selection(Selection::new(vec![1, 3]));
        assert_eq!(pieces(some.clone(), 2).collect::<Vec<_>>(), std::slice::from_ref(&some));
        assert_eq!(pieces(some, 1).collect::<Vec<_>>(), [batch.slice(1, 1), batch.slice(3, 1)]);
    }
}
