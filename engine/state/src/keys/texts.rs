//! Keys of one column of strings, or of bytes: short ones in their views, long ones in memory of their own.

use std::sync::Arc;

use arrow_array::builder::{BinaryViewBuilder, StringViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{Buffer, NullBuffer};
use arrow_data::{ByteView, MAX_INLINE_VIEW_LEN};
use arrow_schema::DataType;

use super::{Slot, Store, is_null};

pub(super) struct Texts {
    data_type: DataType,
    /// By slot, as in Arrow; that of a long text has its length and its first bytes, and says where the rest is.
    views: Vec<u128>,
    long: Vec<Box<[u8]>>,
    /// Places of `long` that are free.
    free: Vec<u32>,
    null: Option<Slot>,
}

/// A column of views.
pub(super) struct Views<'a> {
    nulls: Option<&'a NullBuffer>,
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
        Self { data_type, views: Vec::new(), long: Vec::new(), free: Vec::new(), null: None }
    }

    fn bytes(&self, slot: Slot) -> Option<Vec<u8>> {
        let view = self.views[slot as usize];
        (self.null != Some(slot)).then(|| match is_long(view) {
            true => self.long[place_of(view)].to_vec(),
            false => view.to_le_bytes()[4..4 + ByteView::from(view).length as usize].to_vec(),
        })
    }

    /// Keeps a long text, and says in its view where.
    fn keep(&mut self, view: u128, text: &[u8]) -> u128 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.long.push(Box::default());
            u32::try_from(self.long.len() - 1).expect("fewer texts than slots")
        });
        self.long[place as usize] = text.into();
        view & HEAD | u128::from(place) << 64
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

/// Where a long text is kept.
fn place_of(view: u128) -> usize {
    ByteView::from(view).buffer_index as usize
}

impl Store for Texts {
    const CHEAP: bool = true;

    type Mark = u128;
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
        Views { nulls: column.nulls().filter(|nulls| nulls.null_count() > 0), views, buffers }
    }

    #[inline(always)]
    fn mark(&self, slot: Slot) -> u128 {
        self.views[slot as usize]
    }

    #[inline(always)]
    fn is(&self, slot: Slot, own: u128, probe: &Views<'_>, row: usize) -> bool {
        if is_null(probe.nulls, row) || self.null == Some(slot) {
            return is_null(probe.nulls, row) && self.null == Some(slot);
        }
        let view = probe.views[row];
        // Lengths and first bytes are equal before anything long is looked at.
        own == view && !is_long(own)
            || (own ^ view) & HEAD == 0 && is_long(own) && *self.long[place_of(own)] == *probe.long(view)
    }

    fn put(&mut self, slot: Slot, probe: &Views<'_>, row: usize) -> usize {
        self.views.resize(self.views.len().max(slot as usize + 1), 0);
        let view = probe.views[row];
        self.views[slot as usize] = if is_null(probe.nulls, row) {
            self.null = Some(slot);
            0
        } else if is_long(view) {
            self.keep(view, probe.long(view))
        } else {
            view
        };
        self.bytes_of(slot)
    }

    fn forget(&mut self, slot: Slot) -> usize {
        if self.null == Some(slot) {
            self.null = None;
        }
        let bytes = self.bytes_of(slot);
        let view = std::mem::take(&mut self.views[slot as usize]);
        if is_long(view) {
            self.long[place_of(view)] = Box::default();
            self.free.push(u32::try_from(place_of(view)).expect("it came from there"));
        }
        bytes
    }

    fn clear(&mut self) {
        self.views.clear();
        self.long.clear();
        self.free.clear();
        self.null = None;
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

impl Texts {
    /// How much memory the key of a slot takes.
    fn bytes_of(&self, slot: Slot) -> usize {
        let view = self.views[slot as usize];
        let long =
            if is_long(view) { size_of::<Box<[u8]>>() + ByteView::from(view).length as usize } else { 0 };
        size_of::<u128>() + long
    }
}
