//! Channels that lead to other hosts: what departs becomes frames, and frames become what has come.
//!
//! ```text
//!   switch ─► depart ─► encoder ─► Host::send ~~~ connection ~~~ Completion::Received ─► decoder ─► gates, outputs
//!                          └─ waits, while the connection is congested
//! ```
//!
//! A connection serves one attempt of a job, between one core here and one there. Frames carry numbers, checksums and the
//! attempt; whatever is not as agreed breaks the connection, and a broken connection fails the attempt on both sides.
//! What waits for a congested connection is bounded by the credit of its channels.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use arrow_buffer::Buffer;
use memory::Envelope;
use shuffle::{ChannelId, Codec, Decoded, Decoder, Departure, Encoder, FRAME_BYTES_MAX, Frame, Step};

use crate::job::Attempt;
use crate::seam::{ConnectionId, Host, Refused};

/// The connections of a core.
#[derive(Default)]
pub(crate) struct Wires {
    wires: BTreeMap<ConnectionId, Wire>,
    /// Which connection a channel of this core takes.
    channels: BTreeMap<ChannelId, ConnectionId>,
    /// Those that broke before this core was told of them.
    broken_early: BTreeSet<ConnectionId>,
}

struct Wire {
    attempt: Attempt,
    encoder: Encoder,
    decoder: Decoder,
    channels: Vec<ChannelId>,
    /// The beginning of a frame that has not come whole.
    begun: Vec<u8>,
    /// Frames that found no room yet.
    waiting: VecDeque<Buffer>,
}

/// What a broken connection means.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) attempt: Attempt,
    /// The channels that went over it.
    pub(crate) channels: Vec<ChannelId>,
    pub(crate) why: String,
}

impl Wires {
    /// A connection for these channels of an attempt. An error if it is broken already.
    pub(crate) fn open(
        &mut self,
        connection: ConnectionId,
        attempt: Attempt,
        channels: Vec<(ChannelId, Arc<Envelope>)>,
    ) -> Result<(), &'static str> {
        if self.broken_early.remove(&connection) {
            return Err("the connection broke before it was used");
        }
        let mut encoder = Encoder::new(attempt.number, FRAME_BYTES_MAX);
        let mut decoder = Decoder::new(attempt.number, FRAME_BYTES_MAX);
        for (channel, envelope) in &channels {
            // Rows go one way, and words about credit the other.
            encoder.open(*channel, envelope.clone(), Codec::Plain);
            decoder.open(*channel, envelope.clone());
            self.channels.insert(*channel, connection);
        }
        let channels = channels.into_iter().map(|(channel, _)| channel).collect();
        let (begun, waiting) = (Vec::new(), VecDeque::new());
        self.wires.insert(connection, Wire { attempt, encoder, decoder, channels, begun, waiting });
        Ok(())
    }

    /// Closes the connections of an attempt.
    pub(crate) fn close(&mut self, attempt: Attempt, host: &mut dyn Host) {
        let closing = self.wires.iter().filter(|(_, wire)| wire.attempt == attempt);
        for connection in closing.map(|(connection, _)| *connection).collect::<Vec<_>>() {
            self.remove(connection);
            host.close(connection);
        }
    }

    /// Takes what the switch lets go.
    ///
    /// # Errors
    ///
    /// If it cannot be put into frames: a row that is too long for any.
    pub(crate) fn send(&mut self, departure: Departure, host: &mut dyn Host) -> Result<(), Broken> {
        let channel = match &departure {
            Departure::Message(message) => message.channel,
            Departure::Control(control) => control.channel(),
        };
        // A connection that broke has failed its attempt: nobody waits for this any more.
        let Some(connection) = self.channels.get(&channel).copied() else { return Ok(()) };
        let Some(wire) = self.wires.get_mut(&connection) else { return Ok(()) };
        let mut frames = Vec::new();
        let encoded = match departure {
            Departure::Message(message) => wire.encoder.encode(&message, &mut frames),
            Departure::Control(control) => {
                frames.push(wire.encoder.encode_control(&control));
                Ok(())
            }
        };
        if let Err(error) = encoded {
            host.close(connection);
            let broken = self.remove(connection).expect("it was just there");
            return Err(Broken { why: error.to_string(), ..broken });
        }
        wire.waiting.extend(frames.iter().map(gathered));
        wire.go_on(connection, host);
        Ok(())
    }

    /// Goes on with what found no room. Says whether something still waits.
    pub(crate) fn go_on(&mut self, host: &mut dyn Host) -> bool {
        self.wires.iter_mut().for_each(|(connection, wire)| wire.go_on(*connection, host));
        self.wires.values().any(|wire| !wire.waiting.is_empty())
    }

    /// Bytes have come: hands out what they hold.
    pub(crate) fn receive(
        &mut self,
        connection: ConnectionId,
        bytes: &Buffer,
        mut each: impl FnMut(Decoded) -> Result<(), String>,
    ) -> Result<(), Broken> {
        // The attempt was closed here, and the other end has not heard.
        let Some(wire) = self.wires.get_mut(&connection) else { return Ok(()) };
        wire.receive(bytes, &mut each).map_err(|why| {
            let broken = self.remove(connection).expect("it was just there");
            Broken { why, ..broken }
        })
    }

    /// The connection is gone.
    pub(crate) fn closed(&mut self, connection: ConnectionId, why: String) -> Option<Broken> {
        let broken = self.remove(connection);
        if broken.is_none() {
            self.broken_early.insert(connection);
        }
        broken.map(|broken| Broken { why, ..broken })
    }

    fn remove(&mut self, connection: ConnectionId) -> Option<Broken> {
        let Wire { attempt, channels, .. } = self.wires.remove(&connection)?;
        channels.iter().for_each(|channel| _ = self.channels.remove(channel));
        Some(Broken { attempt, channels, why: String::new() })
    }
}

impl Wire {
    fn go_on(&mut self, connection: ConnectionId, host: &mut dyn Host) {
        while let Some(bytes) = self.waiting.pop_front() {
            match host.send(connection, bytes) {
                Ok(()) => {}
                Err(Refused::Congested(bytes)) => return self.waiting.push_front(bytes),
                // The host will say so, and why.
                Err(Refused::Closed) => return self.waiting.clear(),
            }
        }
    }

    fn receive(
        &mut self,
        bytes: &Buffer,
        each: &mut impl FnMut(Decoded) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut bytes = if self.begun.is_empty() {
            bytes.clone()
        } else {
            self.begun.extend_from_slice(bytes);
            Buffer::from_vec(std::mem::take(&mut self.begun))
        };
        loop {
            match self.decoder.decode(&bytes).map_err(|error| error.to_string())? {
                Step::Need(_) => break,
                Step::Frame(decoded, taken) => {
                    bytes = bytes.slice(taken);
                    each(decoded)?;
                }
            }
        }
        self.begun.extend_from_slice(&bytes);
        Ok(())
    }
}

/// A frame in one piece. Hosts that write vectors will take it as it is.
fn gathered(frame: &Frame) -> Buffer {
    let mut bytes = Vec::with_capacity(frame.bytes());
    frame.slices().for_each(|slice| bytes.extend_from_slice(slice));
    Buffer::from_vec(bytes)
}
