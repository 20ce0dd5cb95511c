//! Frames: items and controls as bytes for another host.
//!
//! ```text
//!   frame    ┌ header 64 B ─┬ body, only of rows ──────────────────────────────────────┬ to 64 B ┐
//!            └──────────────┴──────────────────────────────────────────────────────────┴─────────┘
//!   body                    ┌ nodes ── lengths ┬ buffer ┬ buffer ┬ …   each on a cache line
//!                           └ 12 B   ─ 4 B each┴────────┴────────┴──
//! ```
//!
//! A body is Arrow's memory layout and nothing else. The types of the columns are not in it: both sides know
//! the [`Envelope`](memory::Envelope) of a channel since it was opened. So one row of four numbers takes 384
//! bytes, of which no schema is repeated, and a decoder builds its arrays over the bytes as they came in.
//!
//! The columns are written depth first. Each is a *node*, with its rows, its nulls and how many buffers it has:
//! a bitmap of validity if there are nulls, then those of its type. No offset is written down: a buffer begins
//! on the cache line after the one before, and the last ends the body.
//!
//! An event (a watermark, a barrier, credit …) lies in the header itself, in the words that describe the body of
//! rows. So it is one cache line, under one checksum, and needs no second read; a body of its own would have made it two.
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`Encoder`], [`Frame`] | `encode.rs` | messages to bytes, without copying those that lie well |
//! | [`Decoder`] | `decode.rs` | bytes to messages, in place |
//! | [`Codec`] | `compress.rs` | a body made shorter, where that pays |
//! | [`Hello`], [`Reply`] | `handshake.rs` | what two workers agree on first |
//! | [`FrameError`] | `error.rs` | what did not fit |
//!
//! Nothing that a peer sends can make a decoder panic, or allocate more than the cap on frames. It holds no key
//! and hides nothing: whoever can forge a checksum can send any rows. That is for the connection to prevent.

mod body;
mod compress;
mod decode;
mod encode;
mod error;
mod event;
mod handshake;
mod header;
mod nested;
mod packet;
mod rebuild;
mod texts;

pub use compress::Codec;
pub use decode::{Decoded, Decoder, Step};
pub use encode::{Encoder, Frame};
pub use error::FrameError;
pub use handshake::{HandshakeError, Hello, Refusal, RefusalCode, Reply, Welcome};

#[cfg(test)]
mod tests;
