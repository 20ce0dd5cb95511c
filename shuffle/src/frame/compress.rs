//! A body made shorter, and made whole again.
//!
//! Whether it pays is [`Payoff`](memory::Payoff)'s to say, for each channel; which codec both sides have is the
//! handshake's. The contexts of zstd are large and are kept by the encoder and the decoder of a connection.

use arrow_buffer::{Buffer, MutableBuffer};

use crate::bound::COMPRESS_LEVEL;

/// How a body travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Codec {
    /// As it lies in memory: for a network that is faster than any codec.
    Plain = 0,
    /// Cheap, and saves less.
    Lz4 = 1,
    /// Dearer, and saves more; at its fastest level.
    Zstd = 2,
}

impl Codec {
    /// All there are, by number.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Lz4, Self::Zstd];

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// Makes bodies shorter. Keeps what it needs for that from frame to frame.
#[derive(Default)]
pub(super) struct Compressor {
    zstd: Option<zstd::bulk::Compressor<'static>>,
    /// The body in one piece. As long as the longest so far: at most a frame.
    whole: Vec<u8>,
}

impl Compressor {
    /// The body that `pieces` are, compressed. `None` if the codec has no memory left for it: then it travels as
    /// it is.
    pub(super) fn compress<'a>(
        &mut self,
        codec: Codec,
        pieces: impl Iterator<Item = &'a [u8]>,
    ) -> Option<Vec<u8>> {
        self.whole.clear();
        pieces.for_each(|piece| self.whole.extend_from_slice(piece));
        match codec {
            Codec::Plain => None,
            Codec::Lz4 => Some(lz4_flex::block::compress(&self.whole)),
            Codec::Zstd => {
                let zstd = match &mut self.zstd {
                    Some(zstd) => zstd,
                    none => none.insert(zstd::bulk::Compressor::new(COMPRESS_LEVEL).ok()?),
                };
                zstd.compress(&self.whole).ok()
            }
        }
    }
}

/// Makes bodies whole again.
#[derive(Default)]
pub(super) struct Decompressor {
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

impl Decompressor {
    /// The `raw` bytes that were compressed to `stored`. Allocates those and never writes more.
    pub(super) fn decompress(&mut self, codec: Codec, stored: &[u8], raw: usize) -> Result<Buffer, String> {
        let mut into = MutableBuffer::from_len_zeroed(raw);
        let written = match codec {
            Codec::Plain => unreachable!("a plain body is not decompressed"),
            Codec::Lz4 => lz4_flex::block::decompress_into(stored, into.as_slice_mut())
                .map_err(|cause| format!("its body does not decompress: {cause}"))?,
            Codec::Zstd => {
                let zstd = match &mut self.zstd {
                    Some(zstd) => zstd,
                    none => none.insert(zstd::bulk::Decompressor::new().map_err(|cause| cause.to_string())?),
                };
                zstd.decompress_to_buffer(stored, into.as_slice_mut())
                    .map_err(|cause| format!("its body does not decompress: {cause}"))?
            }
        };
        if written != raw {
            return Err(format!("its body decompresses to {written} bytes where {raw} were compressed"));
        }
        Ok(into.into())
    }
}
