//! Rows of several segments as one batch, for a reader that is behind.
//!
//! A batch costs its reader more than its rows do when these are wide: a segment holds some fifty rows of twenty columns, and
//! each operator allocates for each of its columns. Copying the stripes together, a `memcpy` a column and segment, buys batches
//! ten times as long: a Top-N over such rows took 2.3 times as much time without it. Long texts stay in their heaps.

#![expect(unsafe_code, reason = "Arrow would look at all texts again")]

use std::sync::Arc;

use arrow_array::types::{BinaryViewType, ByteViewType, StringViewType};
use arrow_array::{ArrayRef, BooleanArray, GenericByteViewArray, RecordBatch};
use arrow_buffer::{Buffer, MutableBuffer, NullBuffer, ScalarBuffer};
use arrow_data::MAX_INLINE_VIEW_LEN;
use arrow_schema::DataType;

use super::copy::{pack, pack_validity};
use super::layout::{Cell, Place};
use super::view::{View, fixed};
use crate::batch::Batch;

impl View {
    /// Whether the rows of both can be one batch: they have the same columns, all of them in their segments.
    pub fn may_follow(&self, before: &Self) -> bool {
        let [one, other] = [before, self].map(|view| view.layout.envelope());
        let in_segment = |place: &Place| matches!(place, Place::Stripe { .. });
        Arc::ptr_eq(one, other) && self.layout.places().iter().all(in_segment)
    }

    /// The rows of all, one after the other, as a batch: copied, but for long texts.
    ///
    /// # Panics
    ///
    /// With less than two views, or if one may not follow the one before it.
    pub fn batch_of(views: &[Self]) -> Batch {
        assert!(
            views.len() > 1 && views.windows(2).all(|pair| pair[1].may_follow(&pair[0])),
            "views of the same columns"
        );
        let first = &views[0];
        let rows = views.iter().map(Self::rows).sum();
        let fields = first.layout.fields().enumerate();
        let mut columns =
            fields.map(|(place, field)| column(views, place, field.data_type(), rows)).collect();
        let envelope = first.layout.envelope();
        let split = envelope.split(&mut columns);
        let (kinds, hashes) = split.expect("row kinds are checked before they are appended");
        // SAFETY: 1. Each column is of the type of its field. 2. All have the rows of these views. 3. A field that is not
        // nullable has no validity in any of them. What was split off were the columns behind those of the schema.
        let columns = unsafe { RecordBatch::new_unchecked(envelope.schema().clone(), columns, rows) };
        Batch::new(columns).with_kinds(kinds).with_hashes(hashes)
    }
}

/// One column of all views.
fn column(views: &[View], number: usize, data_type: &DataType, rows: usize) -> ArrayRef {
    let stripe = |view: &View| match view.layout.places()[number] {
        Place::Stripe { cell, values, validity } => (cell, values, validity),
        Place::Beside(_) => unreachable!("a column beside its segment follows nothing"),
    };
    let bytes = |width: usize, start: &dyn Fn(&View) -> usize| {
        let mut bytes = MutableBuffer::with_capacity(rows * width);
        views.iter().for_each(|view| bytes.extend_from_slice(view.bytes(start(view), width)));
        bytes
    };
    let (cell, _, validity) = stripe(&views[0]);
    let nulls = validity.and_then(|_| {
        let valid = bytes(1, &|view| stripe(view).2.expect("the same column has a validity in all segments"));
        pack_validity(&valid)
    });
    let nulls = nulls.map(NullBuffer::new);
    let values = bytes(cell.width(), &|view| stripe(view).1);
    match (cell, data_type) {
        (Cell::Boolean, _) => Arc::new(BooleanArray::new(pack(&values), nulls)),
        (_, DataType::Utf8View) => texts::<StringViewType>(views, values, nulls),
        (_, DataType::BinaryView) => texts::<BinaryViewType>(views, values, nulls),
        _ => fixed(data_type, values.into(), nulls, rows),
    }
}

/// Texts that point into the heaps of their segments, by the places of these among all.
fn texts<T: ByteViewType>(views: &[View], mut texts: MutableBuffer, nulls: Option<NullBuffer>) -> ArrayRef {
    let mut heaps: Vec<Buffer> = Vec::with_capacity(views.len());
    let mut rest = texts.typed_data_mut::<u128>();
    for view in views {
        let (own, others) = rest.split_at_mut(view.rows());
        rest = others;
        let Some(heap) = view.heap() else { continue };
        let place = u128::try_from(heaps.len()).expect("a number");
        heaps.push(heap);
        for text in own {
            let is_long = (*text & u128::from(u32::MAX)) > u128::from(MAX_INLINE_VIEW_LEN);
            *text |= if is_long { place << 64 } else { 0 };
        }
    }
    let rows = texts.len() / size_of::<u128>();
    let texts = ScalarBuffer::new(texts.into(), 0, rows);
    // SAFETY: 1. In its segment each text was a view of this type into the one heap there, whose number is 0; now it names
    // the place of that heap among all. A segment without a heap has no long text. 2. Nulls have the length of the rows.
    Arc::new(unsafe { GenericByteViewArray::<T>::new_unchecked(texts, heaps, nulls) })
}
