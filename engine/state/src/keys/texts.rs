//! Keys of one column of strings, or of bytes: short ones in their views, long ones in memory of their own.

use std::sync::Arc;

use arrow_array::builder::{BinaryViewBuilder, StringViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::Buffer;
use arrow_data::{ByteView, MAX_INLINE_VIEW_LEN};
use arrow_schema::DataType;

use super::{Slot, Store, is_null};

pub(super) struct Texts {
    data_type: DataType,
    /// By slot.
    texts: Vec<Text>,
    null: Option<Slot>,
}

#[derive(Clone, Default)]
struct Text {
    /// As in Arrow; that of a long text has its length and its first bytes only.
    view: u128,
    long: Option<Box<[u8]>>,
}

/// A column of views.
pub(super) struct Views<'a> {
    column: &'a ArrayRef,
    views: &'a [u128],
    buffers: &'a [Buffer],
}

/// Length and first four bytes: what the views of equal long texts have in common.
const HEAD: u128 = u64::MAX as u128;

impl Texts {
    pub(super) fn takes(data_type: &DataType) -> bool {
        matches!(data_type, DataType::Utf8View | DataType::BinaryView)
    }

    pub(super) fn new(data_type: DataType) -> Self {
        Self { data_type, texts: Vec::new(), null: None }
    }

    pub(super) fn clear(&mut self) {
        self.texts.clear();
        self.null = None;
    }

    fn bytes(&self, slot: Slot) -> Option<Vec<u8>> {
        if self.null == Some(slot) {
            return None;
        }
        let text = &self.texts[slot as usize];
        Some(match &text.long {
            Some(long) => long.to_vec(),
            None => text.view.to_le_bytes()[4..4 + ByteView::from(text.view).length as usize].to_vec(),
        })
    }
}

impl Views<'_> {
    fn long(&self, view: u128) -> &[u8] {
        let view = ByteView::from(view);
        let start = view.offset as usize;
        &self.buffers[view.buffer_index as usize][start..start + view.length as usize]
    }
}

fn is_long(view: u128) -> bool {
    ByteView::from(view).length > MAX_INLINE_VIEW_LEN
}

impl Store for Texts {
    type Probe<'a> = Views<'a>;

    fn open<'a>(&self, columns: &'a [ArrayRef]) -> Views<'a> {
        let column = &columns[0];
        assert_eq!(column.data_type(), &self.data_type, "a key of another type");
        let (views, buffers) = match self.data_type {
            DataType::Utf8View => {
                let views = column.as_string_view();
                (&views.views()[..], views.data_buffers())
            }
            _ => {
                let views = column.as_binary_view();
                (&views.views()[..], views.data_buffers())
            }
        };
        Views { column, views, buffers }
    }

    #[inline(always)]
    fn is(&self, slot: Slot, probe: &Views<'_>, row: usize) -> bool {
        if is_null(probe.column, row) || self.null == Some(slot) {
            return is_null(probe.column, row) && self.null == Some(slot);
        }
        let (text, view) = (&self.texts[slot as usize], probe.views[row]);
        match &text.long {
            None => text.view == view,
            Some(long) => is_long(view) && text.view == view & HEAD && **long == *probe.long(view),
        }
    }

    fn put(&mut self, slot: Slot, probe: &Views<'_>, row: usize) -> usize {
        self.texts.resize(self.texts.len().max(slot as usize + 1), Text::default());
        let view = probe.views[row];
        let text = if is_null(probe.column, row) {
            self.null = Some(slot);
            Text::default()
        } else if is_long(view) {
            Text { view: view & HEAD, long: Some(probe.long(view).into()) }
        } else {
            Text { view, long: None }
        };
        let bytes = size_of::<Text>() + text.long.as_ref().map_or(0, |long| long.len());
        self.texts[slot as usize] = text;
        bytes
    }

    fn forget(&mut self, slot: Slot) -> usize {
        if self.null == Some(slot) {
            self.null = None;
        }
        let text = std::mem::take(&mut self.texts[slot as usize]);
        size_of::<Text>() + text.long.map_or(0, |long| long.len())
    }

    fn columns(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        let texts = slots.iter().map(|slot| self.bytes(*slot));
        vec![match self.data_type {
            DataType::Utf8View => {
                let mut column = StringViewBuilder::with_capacity(slots.len());
                texts.for_each(|text| {
                    column.append_option(
                        text.as_deref()
                            .map(|text| str::from_utf8(text).expect("it came from a column of strings")),
                    );
                });
                Arc::new(column.finish()) as ArrayRef
            }
            _ => {
                let mut column = BinaryViewBuilder::with_capacity(slots.len());
                texts.for_each(|text| column.append_option(text));
                Arc::new(column.finish())
            }
        }]
    }
}
