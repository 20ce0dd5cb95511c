//! The blocks of an Arrow file: where its footer says that they lie.

use std::ops::Range;
use std::sync::Arc;

use arrow_buffer::Buffer;
use arrow_ipc::Block;
use arrow_ipc::reader::FileDecoder;
use arrow_schema::Schema;

use super::{Decode, Decoded};
use crate::bound::FOOTER_BYTES;
use crate::format::{ArrowFooter, Footer, arrow_footer, guarded};

/// A file on its way to being batches.
pub(super) struct BlockReader {
    file_bytes: u64,
    stage: Stage,
    /// The next bytes to read, and whether some are under way.
    wanted: Option<Range<u64>>,
    is_reading: bool,
    given: Option<Buffer>,
}

enum Stage {
    /// The end of the file is read, until there is enough of it.
    Footer {
        bytes: u64,
    },
    Blocks(Blocks),
}

struct Blocks {
    footer: ArrowFooter,
    decoder: FileDecoder,
    /// Dictionaries come first, then batches; this many of both were asked for and are decoded.
    asked: usize,
    decoded: usize,
}

impl BlockReader {
    pub(super) fn new(file_bytes: u64) -> Self {
        let bytes = FOOTER_BYTES.min(file_bytes);
        let wanted = Some(file_bytes - bytes..file_bytes);
        Self { file_bytes, stage: Stage::Footer { bytes }, wanted, is_reading: false, given: None }
    }

    /// The footer, from the last bytes of the file.
    fn foot(&mut self, tail: &[u8]) -> Result<(), String> {
        match arrow_footer(tail, self.file_bytes)? {
            Footer::Needs(bytes) => {
                self.stage = Stage::Footer { bytes };
                self.wanted = Some(self.file_bytes - bytes..self.file_bytes);
            }
            Footer::Found(footer) => {
                let decoder = FileDecoder::new(footer.schema.clone(), footer.version);
                let mut blocks = Blocks { footer, decoder, asked: 0, decoded: 0 };
                self.wanted = blocks.ask();
                self.stage = Stage::Blocks(blocks);
            }
        }
        Ok(())
    }
}

impl Blocks {
    fn block(&self, number: usize) -> Option<&Block> {
        let dictionaries = self.footer.dictionaries.len();
        match number.checked_sub(dictionaries) {
            Some(batch) => self.footer.batches.get(batch),
            None => self.footer.dictionaries.get(number),
        }
    }

    /// Where the next block lies.
    fn ask(&mut self) -> Option<Range<u64>> {
        let block = self.block(self.asked)?;
        let (start, bytes) = (block.offset(), i64::from(block.metaDataLength()) + block.bodyLength());
        self.asked += 1;
        let checked = |number: i64| u64::try_from(number).expect("the footer was checked");
        Some(checked(start)..checked(start + bytes))
    }

    /// The batch of the next block; none, if it was a dictionary.
    fn decode(&mut self, bytes: &Buffer) -> Result<Option<arrow_array::RecordBatch>, String> {
        let number = self.decoded;
        self.decoded += 1;
        let block = *self.block(number).expect("it was asked for");
        if number < self.footer.dictionaries.len() {
            return guarded(|| self.decoder.read_dictionary(&block, bytes)).map(|()| None);
        }
        guarded(|| self.decoder.read_record_batch(&block, bytes))
    }
}

impl Decode for BlockReader {
    fn want(&mut self) -> Option<Range<u64>> {
        // One block is read while the one before it is used up.
        if self.is_reading || self.given.is_some() {
            return None;
        }
        let range = self.wanted.take()?;
        self.is_reading = true;
        Some(range)
    }

    fn give(&mut self, bytes: Buffer) {
        self.is_reading = false;
        self.given = Some(bytes);
    }

    fn decode(&mut self) -> Result<Decoded, String> {
        while let Some(bytes) = self.given.take() {
            match &mut self.stage {
                Stage::Footer { bytes: asked } if bytes.len() as u64 == *asked => self.foot(&bytes)?,
                Stage::Footer { .. } => return Err("its end is missing".to_owned()),
                Stage::Blocks(blocks) => {
                    self.wanted = blocks.ask();
                    if let Some(batch) = blocks.decode(&bytes)? {
                        return Ok(Decoded::Batch(batch));
                    }
                }
            }
        }
        let is_over = !self.is_reading && self.wanted.is_none();
        Ok(if is_over { Decoded::End } else { Decoded::Nothing })
    }

    fn schema(&self) -> Option<Arc<Schema>> {
        match &self.stage {
            Stage::Footer { .. } => None,
            Stage::Blocks(blocks) => Some(blocks.footer.schema.clone()),
        }
    }
}
