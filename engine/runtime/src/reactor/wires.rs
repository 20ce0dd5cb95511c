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
    /// Something found no room, in one of them at least.
    congested: bool,
}

struct Wire {
    attempt: Attempt,
    encoder: Encoder,
    decoder: Decoder,
    channels: Vec<ChannelId>,
    /// The beginning of a frame that has not come whole, and how long it must become before it is worth a look.
    begun: Vec<u8>,
    needed: usize,
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
        let (begun, needed, waiting) = (Vec::new(), 0, VecDeque::new());
        let wire = Wire { attempt, encoder, decoder, channels, begun, needed, waiting };
        self.wires.insert(connection, wire);
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
        self.congested |= !wire.waiting.is_empty();
        Ok(())
    }

    /// Whether something waits for room.
    pub(crate) fn is_congested(&self) -> bool {
        self.congested
    }

    /// Goes on with what found no room.
    pub(crate) fn go_on(&mut self, host: &mut dyn Host) {
        self.wires.iter_mut().for_each(|(connection, wire)| wire.go_on(*connection, host));
        self.congested = self.wires.values().any(|wire| !wire.waiting.is_empty());
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
        if self.begun.len() + bytes.len() < self.needed {
            self.begun.extend_from_slice(bytes);
            return Ok(());
        }
        let mut bytes = if self.begun.is_empty() {
            bytes.clone()
        } else {
            self.begun.extend_from_slice(bytes);
            Buffer::from_vec(std::mem::take(&mut self.begun))
        };
        loop {
            match self.decoder.decode(&bytes).map_err(|error| error.to_string())? {
                Step::Need(more) => {
                    self.needed = bytes.len() + more;
                    break;
                }
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use arrow_array::record_batch;
    use memory::Batch;
    use shuffle::{Control, Item, Message};

    use super::*;
    use crate::job::JobId;
    use crate::seam::{Completion, FileOperation, Ticket};

    const WIRE: ConnectionId = ConnectionId(7);
    const CHANNEL: ChannelId = ChannelId(3);

    /// A host with one connection that keeps what it is sent, and takes no more than there is room for.
    #[derive(Default)]
    struct Paper {
        sent: Rc<RefCell<Vec<u8>>>,
        room: usize,
        closed: usize,
    }

    impl Host for Paper {
        fn now_ns(&self) -> u64 {
            0
        }

        fn wall_ms(&self) -> i64 {
            0
        }

        fn random(&mut self) -> u64 {
            0
        }

        fn submit(&mut self, _ticket: Ticket, _operation: FileOperation) {}

        fn send(&mut self, _connection: ConnectionId, bytes: Buffer) -> Result<(), Refused> {
            if self.room == 0 {
                return Err(Refused::Congested(bytes));
            }
            self.room -= 1;
            self.sent.borrow_mut().extend_from_slice(&bytes);
            Ok(())
        }

        fn close(&mut self, _connection: ConnectionId) {
            self.closed += 1;
        }

        fn reap(&mut self, _each: &mut dyn FnMut(Completion)) {}

        fn wake(&mut self, _core: usize) {}
    }

    fn attempt(number: u32) -> Attempt {
        Attempt { job: JobId(1), number }
    }

    fn rows() -> Batch {
        Batch::new(record_batch!(("number", Int64, [1, 2, 3])).unwrap())
    }

    fn opened(number: u32) -> Wires {
        let mut wires = Wires::default();
        wires.open(WIRE, attempt(number), vec![(CHANNEL, Arc::new(Envelope::of(&rows())))]).unwrap();
        wires
    }

    fn departures() -> [Departure; 3] {
        let message = |charge, item| Departure::Message(Message { channel: CHANNEL, charge, item });
        [
            message(24, Item::Batch(Box::new(rows()))),
            Departure::Control(Control::Credit { channel: CHANNEL, consumed: 5, limit: 9 }),
            message(0, Item::End),
        ]
    }

    fn frames() -> Vec<u8> {
        let (mut wires, mut host) = (opened(0), Paper { room: 9, ..Paper::default() });
        departures().into_iter().for_each(|departure| wires.send(departure, &mut host).unwrap());
        host.sent.take()
    }

    /// What comes out of bytes that come in such pieces, in words.
    fn received(wires: &mut Wires, bytes: &[u8], piece: usize) -> Result<Vec<String>, String> {
        let mut seen = Vec::new();
        for bytes in bytes.chunks(piece) {
            let taken = wires.receive(WIRE, &Buffer::from_vec(bytes.to_vec()), |decoded| {
                seen.push(match decoded {
                    Decoded::Message(Message { item: Item::Batch(batch), charge, .. }) => {
                        format!("{} rows, {charge}", batch.rows())
                    }
                    Decoded::Message(message) => format!("{:?}", message.item),
                    Decoded::Part(_) => "a part".to_owned(),
                    Decoded::Control(control) => format!("{control:?}"),
                });
                Ok(())
            });
            taken.map_err(|broken| broken.why)?;
        }
        Ok(seen)
    }

    #[test]
    fn what_departs_arrives_however_it_is_cut() {
        let bytes = frames();
        for piece in [1, 7, 64, 100, bytes.len()] {
            let seen = received(&mut opened(0), &bytes, piece).unwrap();
            assert_eq!(seen[0], "3 rows, 24");
            assert!(seen[1].starts_with("Credit") && seen[2] == "End" && seen.len() == 3, "{seen:?}");
        }
    }

    #[test]
    fn what_finds_no_room_waits_in_order() {
        let (mut wires, mut host) = (opened(0), Paper::default());
        departures().into_iter().for_each(|departure| wires.send(departure, &mut host).unwrap());
        assert!(wires.is_congested() && host.sent.borrow().is_empty());
        for is_congested in [true, false] {
            host.room = 2;
            wires.go_on(&mut host);
            assert_eq!(wires.is_congested(), is_congested);
        }
        assert_eq!(host.sent.take(), frames());
    }

    #[test]
    fn bytes_that_are_not_as_agreed_break_the_connection() {
        let bytes = frames();
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            let mut wires = opened(0);
            let told = received(&mut wires, &damaged, bytes.len());
            assert!(told.is_err(), "a flipped bit in byte {place} was believed: {told:?}");
            assert!(wires.wires.is_empty() && wires.channels.is_empty());
        }
        let other = received(&mut opened(1), &bytes, 64).unwrap_err();
        assert!(other.contains("attempt"), "{other}");
    }

    #[test]
    fn a_connection_that_breaks_before_it_is_used_fails_who_would_use_it() {
        let mut wires = Wires::default();
        assert!(wires.closed(WIRE, "cut".to_owned()).is_none());
        assert!(wires.open(WIRE, attempt(0), Vec::new()).is_err());
        let broken = opened(0).closed(WIRE, "cut".to_owned()).unwrap();
        assert_eq!((broken.channels, broken.why.as_str()), (vec![CHANNEL], "cut"));
    }

    #[test]
    fn an_attempt_that_is_closed_leaves_no_connection() {
        let (mut wires, mut host) = (opened(4), Paper::default());
        wires.close(attempt(3), &mut host);
        assert_eq!(host.closed, 0);
        wires.close(attempt(4), &mut host);
        assert_eq!(host.closed, 1);
        // Nobody is left who could miss what departs, or comes, now.
        departures().into_iter().for_each(|departure| wires.send(departure, &mut host).unwrap());
        assert_eq!(received(&mut wires, &frames(), 64).unwrap(), Vec::<String>::new());
    }
}
