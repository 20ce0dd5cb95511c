//! The long strings of a column of views: no more of them than its rows show.
//!
//! ```text
//!   heap    ░░░░░▒▒▒▒▒▒▒▒░▒▒▒▒▒▒░░░░░░░░░      ▒ shown by these rows
//!                └──── span ────┘              sent as it lies, if half of it is shown; else ▒▒▒▒▒ is gathered
//! ```
//!
//! A view of a segment shows the whole heap that was committed when it was taken. If a frame carried that,
//! a segment flushed row by row would be sent once for each of its rows.

use arrow_buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow_data::{ByteView, MAX_INLINE_VIEW_LEN};

use super::body::{TooLong, bytes_of};
use crate::bound::HEAPS_MAX;

/// A column of string views as it is sent.
pub(super) struct Texts {
    pub(super) views: Buffer,
    pub(super) heaps: Vec<Buffer>,
    /// Bytes of all long strings, those that are shown twice counted twice.
    pub(super) shown_bytes: usize,
}

/// A part of a heap; empty when nothing of it is shown.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

/// What the rows show of the heaps.
struct Shown {
    spans: Vec<Span>,
    /// Bytes of all long strings, those that are shown twice counted twice.
    text_bytes: usize,
    /// Whether a null has a long string, which nobody shall see.
    hidden: bool,
}

/// The column with these `views` over these `heaps`, unless its texts alone are longer than `bytes_max`.
pub(super) fn shown_texts(
    views: &ScalarBuffer<u128>,
    nulls: Option<&NullBuffer>,
    heaps: &[Buffer],
    bytes_max: usize,
) -> Result<Texts, TooLong> {
    let shown = Shown::of(views, nulls, heaps.len());
    if shown.text_bytes == 0 && !shown.hidden {
        return Ok(Texts { views: bytes_of(views), heaps: Vec::new(), shown_bytes: 0 });
    }
    let spans: usize = shown.spans.iter().map(Span::bytes).sum();
    let count = shown.spans.iter().filter(|span| span.bytes() > 0).count();
    let (most, gather) = if shown.text_bytes >= spans / 2 && count <= HEAPS_MAX {
        (spans, false)
    } else {
        (shown.text_bytes, true)
    };
    if most > bytes_max {
        return Err(TooLong { bytes: most });
    }
    Ok(if gather {
        gather_texts(views, nulls, heaps, &shown)
    } else {
        keep_spans(views, nulls, heaps, &shown)
    })
}

impl Span {
    fn bytes(&self) -> usize {
        self.end.saturating_sub(self.start)
    }
}

impl Shown {
    fn of(views: &[u128], nulls: Option<&NullBuffer>, heaps: usize) -> Self {
        let mut shown =
            Self { spans: vec![Span { start: usize::MAX, end: 0 }; heaps], text_bytes: 0, hidden: false };
        for (row, view) in views.iter().enumerate() {
            let view = ByteView::from(*view);
            if view.length <= MAX_INLINE_VIEW_LEN {
                continue;
            }
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                shown.hidden = true;
                continue;
            }
            let span = &mut shown.spans[view.buffer_index as usize];
            span.start = span.start.min(view.offset as usize);
            span.end = span.end.max(view.offset as usize + view.length as usize);
            shown.text_bytes += view.length as usize;
        }
        shown
    }
}

/// Each span as it lies, and views that count from its start: the same views, where all heaps are shown from
/// their beginning.
fn keep_spans(
    views: &ScalarBuffer<u128>,
    nulls: Option<&NullBuffer>,
    heaps: &[Buffer],
    shown: &Shown,
) -> Texts {
    let mut kept = Vec::new();
    // For each heap, the buffer that its span becomes.
    let mut indexes = Vec::with_capacity(heaps.len());
    for (heap, span) in heaps.iter().zip(&shown.spans) {
        indexes.push(kept.len());
        if span.bytes() > 0 {
            kept.push(heap.slice_with_length(span.start, span.bytes()));
        }
    }
    if !shown.hidden && shown.spans.iter().all(|span| span.start == 0) {
        return Texts { views: bytes_of(views), heaps: kept, shown_bytes: shown.text_bytes };
    }
    let moved = |view: ByteView| {
        let heap = view.buffer_index as usize;
        let start = shown.spans[heap].start;
        view.with_buffer_index(number(indexes[heap])).with_offset(number(view.offset as usize - start))
    };
    Texts { views: rewrite(views, nulls, moved), heaps: kept, shown_bytes: shown.text_bytes }
}

/// All texts, one behind the other.
fn gather_texts(views: &[u128], nulls: Option<&NullBuffer>, heaps: &[Buffer], shown: &Shown) -> Texts {
    let mut gathered = Vec::with_capacity(shown.text_bytes);
    let moved = |view: ByteView| {
        let at = number(gathered.len());
        let start = view.offset as usize;
        gathered.extend_from_slice(&heaps[view.buffer_index as usize][start..start + view.length as usize]);
        view.with_buffer_index(0).with_offset(at)
    };
    let views = rewrite(views, nulls, moved);
    let heaps = if gathered.is_empty() { Vec::new() } else { vec![Buffer::from_vec(gathered)] };
    Texts { views, heaps, shown_bytes: shown.text_bytes }
}

/// The views with each long one moved, and nulls empty.
fn rewrite(
    views: &[u128],
    nulls: Option<&NullBuffer>,
    mut moved: impl FnMut(ByteView) -> ByteView,
) -> Buffer {
    let rewritten = views.iter().enumerate().map(|(row, bits)| {
        let view = ByteView::from(*bits);
        if view.length <= MAX_INLINE_VIEW_LEN {
            *bits
        } else if nulls.is_some_and(|nulls| nulls.is_null(row)) {
            0
        } else {
            moved(view).as_u128()
        }
    });
    Buffer::from_vec(rewritten.collect::<Vec<u128>>())
}

fn number(at: usize) -> u32 {
    u32::try_from(at).expect("texts were found shorter than a frame")
}
