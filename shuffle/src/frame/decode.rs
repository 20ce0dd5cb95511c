//! Frames to messages and controls, as their bytes come in.
//!
//! A decoder belongs to one connection. It keeps no bytes: whoever reads from the connection holds them until a
//! frame is whole, and arrays are built over them there. Nothing is allocated before the header is found right
//! and the body has come in whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_buffer::{Buffer, MutableBuffer};
use memory::Envelope;

use super::compress::{Codec, Decompressor};
use super::error::FrameError;
use super::event::{self, Event};
use super::header::{Content, HEADER_BYTES, Header, RowsHeader};
use super::rebuild::{node_count, rebuild};
use crate::bound::FRAME_BYTES_MAX;
use crate::{ChannelId, Control, Item, Message};

/// Decodes what comes over one connection.
pub struct Decoder {
    attempt: u32,
    /// The number of the next frame.
    sequence: u64,
    body_bytes_max: usize,
    channels: BTreeMap<ChannelId, Incoming>,
    decompressor: Decompressor,
    bytes_realigned: u64,
}

/// A channel, as its receiver knows it.
struct Incoming {
    envelope: Arc<Envelope>,
    nodes: usize,
}

/// What the bytes so far come to.
#[derive(Debug)]
pub enum Step {
    /// No frame yet: at least so many bytes more are needed behind those that were shown.
    Need(usize),
    /// A frame, and how many bytes it has taken from the front.
    Frame(Decoded, usize),
}

/// What a frame holds.
#[derive(Debug)]
pub enum Decoded {
    /// A message, or the last rows of one.
    Message(Message),
    /// Rows of a message that goes on with the next rows of its channel: to whoever counts messages, none yet.
    Part(Message),
    /// What may overtake.
    Control(Control),
}

impl Decoder {
    /// A decoder for a fresh connection of this attempt, which refuses longer bodies than `body_bytes_max`.
    ///
    /// # Panics
    ///
    /// If that is more than [`FRAME_BYTES_MAX`](crate::FRAME_BYTES_MAX).
    pub fn new(attempt: u32, body_bytes_max: usize) -> Self {
        assert!(body_bytes_max <= FRAME_BYTES_MAX);
        Self {
            attempt,
            sequence: 0,
            body_bytes_max,
            channels: BTreeMap::new(),
            decompressor: Decompressor::default(),
            bytes_realigned: 0,
        }
    }

    /// From now on rows of this envelope may come in `channel`.
    pub fn open(&mut self, channel: ChannelId, envelope: Arc<Envelope>) {
        let nodes = node_count(envelope.packed());
        self.channels.insert(channel, Incoming { envelope, nodes });
    }

    /// Nothing should come in `channel` any more.
    pub fn close(&mut self, channel: ChannelId) {
        self.channels.remove(&channel);
    }

    /// Bytes of bodies that were copied because they did not lie on a boundary of 16. Frames are whole cache
    /// lines, so if the first of them lies well, the others do.
    pub fn bytes_realigned(&self) -> u64 {
        self.bytes_realigned
    }

    /// The frame at the front of `bytes`, if it is whole. Rows are built over `bytes`, without copying unless
    /// they were compressed or do not lie well, and keep its memory.
    ///
    /// After an error the connection is good for nothing; the same bytes give the same error again.
    pub fn decode(&mut self, bytes: &Buffer) -> Result<Step, FrameError> {
        let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else {
            return Ok(Step::Need(HEADER_BYTES - bytes.len()));
        };
        let header = Header::read(header, self.body_bytes_max)?;
        self.check_place(&header)?;
        let end = HEADER_BYTES + header.bytes_behind();
        if bytes.len() < end {
            return Ok(Step::Need(end - bytes.len()));
        }
        let decoded = match &header.content {
            Content::Event(words) => self.event(&header, words)?,
            Content::Rows(rows) => {
                let body = bytes.slice_with_length(HEADER_BYTES, end - HEADER_BYTES);
                self.rows(&header, rows, body)?
            }
        };
        self.sequence += 1;
        Ok(Step::Frame(decoded, end))
    }

    /// Whether the frame is the next of this connection.
    fn check_place(&self, header: &Header) -> Result<(), FrameError> {
        if header.attempt != self.attempt {
            return Err(FrameError::Attempt { expected: self.attempt, found: header.attempt });
        }
        if header.sequence != self.sequence {
            return Err(FrameError::Sequence { expected: self.sequence, found: header.sequence });
        }
        if !self.channels.contains_key(&header.channel) {
            return Err(FrameError::UnknownChannel { channel: header.channel });
        }
        Ok(())
    }

    fn event(&self, header: &Header, words: &super::header::Words) -> Result<Decoded, FrameError> {
        let event = event::read(header.kind, header.channel, words);
        Ok(match event.map_err(|what| FrameError::Header { what })? {
            Event::Item(item) => Decoded::Message(Message { channel: header.channel, charge: 0, item }),
            Event::Control(control) => Decoded::Control(control),
        })
    }

    fn rows(&mut self, header: &Header, rows: &RowsHeader, body: Buffer) -> Result<Decoded, FrameError> {
        if crc32c::crc32c(&body) != rows.checksum {
            return Err(FrameError::Damaged { part: "body" });
        }
        let (channel, sequence) = (header.channel, header.sequence);
        let malformed = |what| FrameError::Malformed { channel, sequence, what };
        let raw = self.raw_body(rows, body).map_err(malformed)?;
        let incoming = &self.channels[&channel];
        let counts = (rows.rows as usize, rows.buffers as usize);
        let columns = rebuild(incoming.envelope.packed(), incoming.nodes, counts, &raw).map_err(malformed)?;
        let batch = incoming.envelope.unpack(columns);
        let batch = batch.ok_or_else(|| malformed(String::from("a row kind that is none")))?;
        let message = Message { channel, charge: rows.charge, item: Item::Batch(Box::new(batch)) };
        Ok(if rows.goes_on { Decoded::Part(message) } else { Decoded::Message(message) })
    }

    /// The body as it was before it was compressed, on an address that arrays may begin on.
    fn raw_body(&mut self, rows: &RowsHeader, body: Buffer) -> Result<Buffer, String> {
        let raw = rows.raw as usize;
        if rows.codec != Codec::Plain {
            return self.decompressor.decompress(rows.codec, &body[..rows.stored as usize], raw);
        }
        if body.as_ptr().cast::<u128>().is_aligned() {
            return Ok(body);
        }
        self.bytes_realigned += raw as u64;
        let mut aligned = MutableBuffer::new(raw);
        aligned.extend_from_slice(&body);
        Ok(aligned.into())
    }
}
