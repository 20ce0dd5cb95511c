//! The messages of an Arrow stream, one after the other.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_schema::Schema;

use super::{Decode, Decoded};
use crate::format::guarded;

/// Reads that are under way or wait.
const BLOCKS_AHEAD: usize = 2;

/// A stream on its way to being batches.
pub(super) struct StreamBytes {
    file_bytes: u64,
    block_bytes: u64,
    next_byte: u64,
    reads: usize,
    blocks: VecDeque<Buffer>,
    decoder: StreamDecoder,
}

impl StreamBytes {
    pub(super) fn new(file_bytes: u64, block_bytes: u64) -> Self {
        let (blocks, decoder) = (VecDeque::new(), StreamDecoder::new());
        // Messages lie on eight bytes, and so do their parts in blocks of these.
        let block_bytes = block_bytes.next_multiple_of(8);
        Self { file_bytes, block_bytes, next_byte: 0, reads: 0, blocks, decoder }
    }
}

impl Decode for StreamBytes {
    fn want(&mut self) -> Option<Range<u64>> {
        if self.next_byte == self.file_bytes || self.reads + self.blocks.len() >= BLOCKS_AHEAD {
            return None;
        }
        let start = self.next_byte;
        self.next_byte = (start + self.block_bytes).min(self.file_bytes);
        self.reads += 1;
        Some(start..self.next_byte)
    }

    fn give(&mut self, bytes: Buffer) {
        self.reads -= 1;
        self.blocks.push_back(bytes);
    }

    fn decode(&mut self) -> Result<Decoded, String> {
        while let Some(block) = self.blocks.front_mut() {
            if let Some(batch) = guarded(|| self.decoder.decode(block))? {
                return Ok(Decoded::Batch(batch));
            }
            self.blocks.pop_front();
        }
        if self.reads > 0 || self.next_byte < self.file_bytes {
            return Ok(Decoded::Nothing);
        }
        guarded(|| self.decoder.finish())?;
        if self.decoder.schema().is_none() {
            return Err("it ends before its schema does".to_owned());
        }
        Ok(Decoded::End)
    }

    fn schema(&self) -> Option<Arc<Schema>> {
        self.decoder.schema()
    }
}
