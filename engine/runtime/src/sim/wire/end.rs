//! One end of a connection: the bytes on their way to it, and what becomes of them.
//!
//! Keeps their order, always. Knows no other end, no link and no chance: those come in as arguments.

use std::collections::VecDeque;

use arrow_buffer::Buffer;

use crate::seam::ConnectionId;

/// An end that has not learned yet that its connection is gone.
#[derive(Debug)]
pub(super) struct End<E> {
    /// Whose it is.
    pub(super) endpoint: E,
    /// The other end, which may be gone.
    pub(super) peer: ConnectionId,
    /// Whose that is.
    pub(super) peer_endpoint: E,
    /// When this end learns that the connection is gone, and why, if it is.
    pub(super) closing: Option<Closing>,
    /// What was sent from here into a connection that is gone. Nobody takes it, so it fills up.
    pub(super) swallowed_bytes: u64,
    /// When it is looked at next.
    pub(super) scheduled_ns: Option<u64>,
    /// In the order in which they were sent, which is that in which they come: one that is due waits for those before.
    incoming: VecDeque<Piece>,
    in_flight_bytes: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Closing {
    pub(super) due_ns: u64,
    pub(super) why: &'static str,
}

#[derive(Debug)]
struct Piece {
    due_ns: u64,
    bytes: Buffer,
}

impl<E: Copy> End<E> {
    pub(super) fn new(endpoint: E, peer: ConnectionId, peer_endpoint: E) -> Self {
        Self {
            endpoint,
            peer,
            peer_endpoint,
            closing: None,
            swallowed_bytes: 0,
            scheduled_ns: None,
            incoming: VecDeque::new(),
            in_flight_bytes: 0,
        }
    }

    /// Bytes that were sent to this end and have not come.
    pub(super) fn in_flight_bytes(&self) -> u64 {
        self.in_flight_bytes
    }

    /// Something is on its way, and should come at this instant if nothing before it comes later.
    pub(super) fn expect(&mut self, due_ns: u64, bytes: Buffer) {
        self.in_flight_bytes += bytes.len() as u64;
        self.incoming.push_back(Piece { due_ns, bytes });
    }

    /// When there is something to do here, if the link is clogged until `open_ns`.
    pub(super) fn due_ns(&self, open_ns: u64) -> Option<u64> {
        // A link that is clogged for ever wakes nobody.
        let bytes = self.incoming.front().filter(|_| open_ns < u64::MAX);
        let bytes_ns = bytes.map(|piece| piece.due_ns.max(open_ns));
        let closing_ns = self.closing.as_ref().map(|closing| closing.due_ns);
        bytes_ns.into_iter().chain(closing_ns).min()
    }

    /// The next piece that has come.
    pub(super) fn take(&mut self, now_ns: u64) -> Option<Buffer> {
        let piece = self.incoming.pop_front_if(|piece| piece.due_ns <= now_ns)?;
        self.in_flight_bytes -= piece.bytes.len() as u64;
        Some(piece.bytes)
    }

    /// Only the first bytes of what is on its way will come. Says how many will not.
    pub(super) fn keep(&mut self, kept_bytes: u64) -> u64 {
        let lost = self.in_flight_bytes.saturating_sub(kept_bytes);
        let mut left = lost;
        while left > 0 {
            let last = self.incoming.back_mut().expect("bytes under way are in some piece");
            let length = last.bytes.len() as u64;
            if length <= left {
                self.incoming.pop_back();
                left -= length;
            } else {
                let kept = usize::try_from(length - left).expect("below a length");
                last.bytes = last.bytes.slice_with_length(0, kept);
                left = 0;
            }
        }
        self.in_flight_bytes -= lost;
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(pieces: &[(u64, &str)]) -> End<()> {
        let mut end = End::new((), ConnectionId(1), ());
        for (due_ns, bytes) in pieces {
            end.expect(*due_ns, Buffer::from(bytes.as_bytes()));
        }
        end
    }

    #[test]
    fn a_fast_piece_waits_for_a_slow_one_before_it() {
        let mut end = end(&[(9, "slow"), (3, "fast")]);
        assert_eq!((end.due_ns(0), end.take(8)), (Some(9), None));
        assert_eq!(end.take(9).as_deref(), Some(b"slow".as_slice()));
        assert_eq!(end.take(9).as_deref(), Some(b"fast".as_slice()));
        assert_eq!((end.due_ns(0), end.in_flight_bytes()), (None, 0));
    }

    #[test]
    fn a_clogged_link_shifts_bytes_but_not_the_news_of_the_end() {
        let mut end = end(&[(3, "x")]);
        assert_eq!((end.due_ns(7), end.due_ns(u64::MAX)), (Some(7), None));
        end.closing = Some(Closing { due_ns: 5, why: "cut" });
        assert_eq!((end.due_ns(7), end.due_ns(u64::MAX)), (Some(5), Some(5)));
    }

    #[test]
    fn what_is_kept_is_the_beginning_to_the_byte() {
        for kept in 0..=6 {
            let mut end = end(&[(1, "ab"), (2, "c"), (3, "def")]);
            assert_eq!(end.keep(kept), 6 - kept);
            let come: Vec<u8> = std::iter::from_fn(|| end.take(9)).flat_map(|bytes| bytes.to_vec()).collect();
            assert_eq!(come, b"abcdef"[..usize::try_from(kept).unwrap()]);
            assert_eq!(end.in_flight_bytes(), 0);
        }
    }
}
