//! Events and controls, in the words of a header.
//!
//! Each writes its numbers one behind the other, little endian; the words behind them are zero.

use super::header::{Kind, Words};
use crate::{Alignment, Barrier, ChannelId, Control, Item, LatencyMark, Purpose, Watermark};

/// What a header without rows says.
#[derive(Debug)]
pub(super) enum Event {
    Item(Item),
    Control(Control),
}

/// The kind and the words of an item that is not rows.
///
/// # Panics
///
/// If it is rows.
pub(super) fn write_item(item: &Item) -> (Kind, Words) {
    let mut words = Writer { bytes: [0; size_of::<Words>()], end: 0 };
    let kind = match item {
        Item::View(_) | Item::Batch(_) => unreachable!("rows are not an event"),
        Item::Watermark(Watermark(time)) => {
            words.put(time.to_le_bytes());
            Kind::Watermark
        }
        Item::Barrier(barrier) => {
            words.put_barrier(barrier);
            Kind::Barrier
        }
        Item::Idle => Kind::Idle,
        Item::Active => Kind::Active,
        Item::LatencyMark(mark) => {
            words.put(mark.source.to_le_bytes());
            words.put(mark.subtask.to_le_bytes());
            words.put(mark.emitted_ns.to_le_bytes());
            Kind::LatencyMark
        }
        Item::End => Kind::End,
    };
    (kind, words.bytes)
}

/// The kind and the words of a control.
pub(super) fn write_control(control: &Control) -> (Kind, Words) {
    let mut words = Writer { bytes: [0; size_of::<Words>()], end: 0 };
    let kind = match control {
        Control::Credit { consumed, limit, .. } => {
            words.put(consumed.to_le_bytes());
            words.put(limit.to_le_bytes());
            Kind::Credit
        }
        Control::Wanted { bytes, .. } => {
            words.put(bytes.to_le_bytes());
            Kind::Wanted
        }
        Control::Barrier { behind, barrier, .. } => {
            words.put(behind.to_le_bytes());
            words.put_barrier(barrier);
            Kind::BarrierAhead
        }
    };
    (kind, words.bytes)
}

/// What such words say, or what does not fit.
///
/// # Panics
///
/// If they are those of rows.
pub(super) fn read(kind: Kind, channel: ChannelId, words: &Words) -> Result<Event, String> {
    let mut words = Reader(words);
    let event = match kind {
        Kind::Rows => unreachable!("rows are not an event"),
        Kind::Watermark => Event::Item(Item::Watermark(Watermark(i64::from_le_bytes(words.take())))),
        Kind::Barrier => Event::Item(Item::Barrier(words.take_barrier()?)),
        Kind::Idle => Event::Item(Item::Idle),
        Kind::Active => Event::Item(Item::Active),
        Kind::LatencyMark => Event::Item(Item::LatencyMark(LatencyMark {
            source: u32::from_le_bytes(words.take()),
            subtask: u32::from_le_bytes(words.take()),
            emitted_ns: u64::from_le_bytes(words.take()),
        })),
        Kind::End => Event::Item(Item::End),
        Kind::Credit => {
            Event::Control(Control::Credit { channel, consumed: words.take_u64(), limit: words.take_u64() })
        }
        Kind::Wanted => Event::Control(Control::Wanted { channel, bytes: words.take_u64() }),
        Kind::BarrierAhead => {
            let behind = words.take_u64();
            Event::Control(Control::Barrier { channel, behind, barrier: words.take_barrier()? })
        }
    };
    if words.0.iter().any(|byte| *byte != 0) {
        return Err(format!("a byte behind the event {kind:?} is not zero"));
    }
    Ok(event)
}

struct Writer {
    bytes: Words,
    end: usize,
}

impl Writer {
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.bytes[self.end..self.end + N].copy_from_slice(&bytes);
        self.end += N;
    }

    fn put_barrier(&mut self, barrier: &Barrier) {
        self.put(barrier.checkpoint.to_le_bytes());
        self.put(barrier.started_at_ms.to_le_bytes());
        self.put([match barrier.purpose {
            Purpose::Checkpoint => 0,
            Purpose::Savepoint => 1,
            Purpose::StopWithSavepoint => 2,
        }]);
        self.put([match barrier.alignment {
            Alignment::AtLeastOnce => 0,
            Alignment::Aligned => 1,
            Alignment::Unaligned => 2,
        }]);
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_first_chunk().expect("the words have room for every event");
        self.0 = rest;
        *taken
    }

    fn take_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }

    fn take_barrier(&mut self) -> Result<Barrier, String> {
        let (checkpoint, started_at_ms) = (self.take_u64(), i64::from_le_bytes(self.take()));
        let [purpose, alignment] = self.take();
        Ok(Barrier {
            checkpoint,
            started_at_ms,
            purpose: match purpose {
                0 => Purpose::Checkpoint,
                1 => Purpose::Savepoint,
                2 => Purpose::StopWithSavepoint,
                other => return Err(format!("no purpose of a barrier has number {other}")),
            },
            alignment: match alignment {
                0 => Alignment::AtLeastOnce,
                1 => Alignment::Aligned,
                2 => Alignment::Unaligned,
                other => return Err(format!("no alignment of a barrier has number {other}")),
            },
        })
    }
}
