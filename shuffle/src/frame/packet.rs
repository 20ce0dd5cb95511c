//! The packets of a handshake, whatever they say.
//!
//! ```text
//!   0     4     5     6            8
//!   MSHK  form  kind  length u16   body …   checksum u32        little endian
//! ```
//!
//! This form stays, whatever becomes of frames: two releases that do not understand each other can still say so.

use super::handshake::HandshakeError;
use crate::bound::PACKET_BYTES_MAX;

const MAGIC: [u8; 5] = *b"MSHK\x01";
const FRONT_BYTES: usize = 8;
const CHECKSUM_BYTES: usize = 4;

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Hello = 1,
    Welcome = 2,
    Refusal = 3,
}

/// A packet at the front of some bytes.
pub(super) struct Packet<'a> {
    /// The number of its kind.
    pub(super) kind: u8,
    pub(super) body: &'a [u8],
    /// The length of it all.
    pub(super) used: usize,
}

/// The body of a packet, field by field.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

/// A body as a packet.
pub(super) fn packet(kind: Kind, body: &[u8]) -> Vec<u8> {
    assert!(body.len() <= PACKET_BYTES_MAX);
    let mut bytes = Vec::with_capacity(FRONT_BYTES + body.len() + CHECKSUM_BYTES);
    bytes.extend_from_slice(&MAGIC);
    bytes.push(kind as u8);
    bytes.extend_from_slice(&length(body.len()));
    bytes.extend_from_slice(body);
    let checksum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The packet at the front of `bytes`; `None` while it is not whole.
pub(super) fn open_packet(bytes: &[u8]) -> Result<Option<Packet<'_>>, HandshakeError> {
    // As early as it can be known: a peer that is no worker may never send eight bytes.
    let start = bytes.len().min(MAGIC.len());
    if bytes[..start] != MAGIC[..start] {
        let mut found = [0; MAGIC.len()];
        found[..start].copy_from_slice(&bytes[..start]);
        return Err(HandshakeError::NoHandshake { found });
    }
    let Some(front) = bytes.first_chunk::<FRONT_BYTES>() else { return Ok(None) };
    let length = usize::from(u16::from_le_bytes([front[6], front[7]]));
    if length > PACKET_BYTES_MAX {
        return Err(wrong(format!("{length} bytes where at most {PACKET_BYTES_MAX} may be")));
    }
    let end = FRONT_BYTES + length;
    let Some(checksum) = bytes.get(end..end + CHECKSUM_BYTES) else { return Ok(None) };
    if *checksum != crc32c::crc32c(&bytes[..end]).to_le_bytes() {
        return Err(HandshakeError::Damaged);
    }
    Ok(Some(Packet { kind: front[5], body: &bytes[FRONT_BYTES..end], used: end + CHECKSUM_BYTES }))
}

/// Adds bytes with their length before them.
pub(super) fn put_bytes(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend_from_slice(&length(bytes.len()));
    body.extend_from_slice(bytes);
}

pub(super) fn wrong(what: String) -> HandshakeError {
    HandshakeError::Wrong { what }
}

impl<'a> Fields<'a> {
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], HandshakeError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(too_short)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn number(&mut self) -> Result<u32, HandshakeError> {
        self.take().map(u32::from_le_bytes)
    }

    /// Bytes with their length before them, at most so many.
    pub(super) fn bytes(&mut self, most: usize) -> Result<&'a [u8], HandshakeError> {
        let length = usize::from(u16::from_le_bytes(self.take()?));
        if length > most {
            return Err(wrong(format!("a field of {length} bytes where at most {most} may be")));
        }
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(too_short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Result<(), HandshakeError> {
        if self.0.is_empty() { Ok(()) } else { Err(wrong(format!("{} bytes too many", self.0.len()))) }
    }
}

fn too_short() -> HandshakeError {
    wrong(String::from("it ends within a field"))
}

fn length(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).expect("packets are short").to_le_bytes()
}
