//! Messages and controls to frames.
//!
//! An encoder belongs to one connection and numbers what it encodes, so its frames are written in the order in
//! which they were made. It holds no row back: what it was given is in the frames it answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use memory::{Envelope, Payoff};

use super::body::{Body, TooLong};
use super::compress::{Codec, Compressor};
use super::error::FrameError;
use super::event;
use super::header::{Content, HEADER_BYTES, Header, Kind, RowsHeader};
use crate::bound::{FRAME_ALIGN, FRAME_BYTES_MAX};
use crate::{ChannelId, Control, Item, Message};

/// Zeroes behind a buffer, up to the next cache line.
static PADDING: [u8; FRAME_ALIGN] = [0; FRAME_ALIGN];

/// Bytes on their way to another host: a header, and buffers that lie where they lay before.
///
/// As long as it lives, so does what it shows; a segment goes home after the frames over it.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The header and, of a plain body, nodes and lengths.
    head: Vec<u8>,
    buffers: Vec<Buffer>,
}

/// Encodes what goes over one connection.
pub struct Encoder {
    attempt: u32,
    /// The number of the next frame.
    sequence: u64,
    body_bytes_max: usize,
    channels: BTreeMap<ChannelId, Outgoing>,
    compressor: Compressor,
}

/// A channel, as its sender knows it.
struct Outgoing {
    envelope: Arc<Envelope>,
    codec: Codec,
    payoff: Payoff,
}

/// Some rows of a message.
struct Part {
    body: Body,
    /// The first of them, and how many there are.
    rows: (usize, usize),
}

impl Frame {
    /// All bytes in order, for a vectored write. Slices are not empty; there may be more of them than one call
    /// takes.
    pub fn slices(&self) -> impl Iterator<Item = &[u8]> {
        let buffers = self.buffers.iter().flat_map(|buffer| [buffer.as_slice(), padding(buffer.len())]);
        [self.head.as_slice()].into_iter().chain(buffers).filter(|slice| !slice.is_empty())
    }

    /// How many bytes that are: whole cache lines.
    pub fn bytes(&self) -> usize {
        let buffers = self.buffers.iter().map(|buffer| buffer.len().next_multiple_of(FRAME_ALIGN));
        self.head.len() + buffers.sum::<usize>()
    }
}

impl Encoder {
    /// An encoder for a fresh connection of this attempt. No body will be longer than `body_bytes_max`, which the
    /// peer has named in the handshake.
    ///
    /// # Panics
    ///
    /// If that is more than [`FRAME_BYTES_MAX`](crate::FRAME_BYTES_MAX).
    pub fn new(attempt: u32, body_bytes_max: usize) -> Self {
        assert!(body_bytes_max <= FRAME_BYTES_MAX);
        let (channels, compressor) = (BTreeMap::new(), Compressor::default());
        Self { attempt, sequence: 0, body_bytes_max, channels, compressor }
    }

    /// From now on rows of this envelope may go in `channel`, and are tried with `codec`.
    pub fn open(&mut self, channel: ChannelId, envelope: Arc<Envelope>, codec: Codec) {
        self.channels.insert(channel, Outgoing { envelope, codec, payoff: Payoff::default() });
    }

    /// Nothing will go in `channel` any more.
    pub fn close(&mut self, channel: ChannelId) {
        self.channels.remove(&channel);
    }

    /// Adds the frames of a message: one, unless its rows are longer than a frame may be. On an error none was
    /// added, and the message has not been sent.
    ///
    /// # Panics
    ///
    /// If the channel is not open, the rows are not of its envelope, or an event has a charge.
    pub fn encode(&mut self, message: &Message, frames: &mut Vec<Frame>) -> Result<(), FrameError> {
        let outgoing = self.channels.get(&message.channel).expect("a channel is opened before it is used");
        let columns = match &message.item {
            Item::View(view) => {
                let columns = view.columns();
                assert_eq!(columns.schema_ref().fields(), outgoing.envelope.packed().fields());
                columns
            }
            Item::Batch(batch) => outgoing.envelope.pack(&batch.as_ref().clone().compact()),
            event => {
                assert_eq!(message.charge, 0, "nothing but rows costs credit");
                let (kind, words) = event::write_item(event);
                frames.push(self.event(message.channel, kind, words));
                return Ok(());
            }
        };
        let parts = self.parts(message.channel, &columns)?;
        for part in parts {
            let frame = self.rows(message, columns.num_rows(), part);
            frames.push(frame);
        }
        Ok(())
    }

    /// The frame of a control.
    pub fn encode_control(&mut self, control: &Control) -> Frame {
        let (kind, words) = event::write_control(control);
        self.event(control.channel(), kind, words)
    }

    /// Takes columns apart, into several parts when one is too long: halves are tried until they fit, and behind a
    /// part that fits twice as many rows, so that one long row does not make all behind it travel alone.
    fn parts(&self, channel: ChannelId, columns: &RecordBatch) -> Result<Vec<Part>, FrameError> {
        let total = columns.num_rows();
        let (mut parts, mut start, mut count) = (Vec::with_capacity(1), 0, total);
        loop {
            match Body::of(&columns.slice(start, count), self.body_bytes_max) {
                Ok(body) => {
                    parts.push(Part { body, rows: (start, count) });
                    start += count;
                    count = (count * 2).min(total - start);
                    if start == total {
                        return Ok(parts);
                    }
                }
                Err(TooLong { bytes }) if count <= 1 => {
                    return Err(FrameError::RowTooLong { channel, bytes, bytes_max: self.body_bytes_max });
                }
                Err(_) => count /= 2,
            }
        }
    }

    fn rows(&mut self, message: &Message, total: usize, part: Part) -> Frame {
        let Part { body, rows: (start, count) } = part;
        let (raw, buffers) = (body.bytes(), body.buffer_count());
        let mut front = Vec::with_capacity(HEADER_BYTES + raw.min(4 << 10));
        front.resize(HEADER_BYTES, 0);
        body.write_front(&mut front);
        let mut frame = Frame { head: front, buffers: body.into_buffers() };
        let (codec, stored) = self.compress(message.channel, &mut frame, raw);
        let checksum = frame.checksum_behind_header();
        let content = Content::Rows(RowsHeader {
            codec,
            goes_on: start + count < total,
            charge: share(message.charge, start + count, total) - share(message.charge, start, total),
            rows: number(count),
            buffers: number(buffers),
            stored: number(stored),
            raw: number(raw),
            checksum,
        });
        let header = self.header(message.channel, Kind::Rows, content);
        frame.head[..HEADER_BYTES].copy_from_slice(&header.write());
        frame
    }

    /// Compresses the body of a frame if that pays. Answers what it is now and how long.
    fn compress(&mut self, channel: ChannelId, frame: &mut Frame, raw: usize) -> (Codec, usize) {
        let outgoing = self.channels.get_mut(&channel).expect("the channel is open");
        if outgoing.codec == Codec::Plain || !outgoing.payoff.try_next(raw) {
            return (Codec::Plain, raw);
        }
        let Some(packed) = self.compressor.compress(outgoing.codec, frame.slices_behind_header()) else {
            return (Codec::Plain, raw);
        };
        if !outgoing.payoff.learn(raw, packed.len()) {
            return (Codec::Plain, raw);
        }
        let stored = packed.len();
        frame.head.truncate(HEADER_BYTES);
        frame.buffers = vec![Buffer::from_vec(packed)];
        (outgoing.codec, stored)
    }

    fn event(&mut self, channel: ChannelId, kind: Kind, words: super::header::Words) -> Frame {
        let header = self.header(channel, kind, Content::Event(words));
        Frame { head: header.write().to_vec(), buffers: Vec::new() }
    }

    fn header(&mut self, channel: ChannelId, kind: Kind, content: Content) -> Header {
        let sequence = self.sequence;
        self.sequence += 1;
        Header { kind, channel, attempt: self.attempt, sequence, content }
    }
}

impl Frame {
    fn slices_behind_header(&self) -> impl Iterator<Item = &[u8]> {
        // The header is the front of the first slice.
        self.slices()
            .enumerate()
            .map(|(index, slice)| if index == 0 { &slice[HEADER_BYTES..] } else { slice })
    }

    fn checksum_behind_header(&self) -> u32 {
        self.slices_behind_header().fold(0, crc32c::crc32c_append)
    }
}

/// What the first `rows` of `total` cost of a charge: so parts add up to it.
fn share(charge: u32, rows: usize, total: usize) -> u32 {
    if total == 0 {
        return if rows == 0 { 0 } else { charge };
    }
    let share = u64::from(charge) * rows as u64 / total as u64;
    u32::try_from(share).expect("no more than the charge")
}

fn padding(bytes: usize) -> &'static [u8] {
    &PADDING[..bytes.next_multiple_of(FRAME_ALIGN) - bytes]
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("what does not fit a frame was refused before")
}
