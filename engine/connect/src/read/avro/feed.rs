//! Bytes that a decoder reads as they come: when there are none yet it hears so, and goes on later where it was.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use arrow_buffer::Buffer;

/// One end of it is the decoder's. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Feed {
    shared: Rc<RefCell<Shared>>,
    /// What is being read, and how far.
    current: Buffer,
    at: usize,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: VecDeque<Buffer>,
    has_ended: bool,
    was_empty: bool,
}

impl Feed {
    /// These bytes, and no others.
    pub(super) fn of(bytes: Buffer) -> Self {
        let feed = Self::default();
        feed.give(bytes);
        feed.end();
        feed
    }

    /// More bytes will come after all.
    pub(super) fn go_on(&self) {
        self.shared.borrow_mut().has_ended = false;
    }

    pub(super) fn give(&self, bytes: Buffer) {
        self.shared.borrow_mut().waiting.push_back(bytes);
    }

    /// No more bytes will come.
    pub(super) fn end(&self) {
        self.shared.borrow_mut().has_ended = true;
    }

    /// Whether the decoder has come too early since this was asked last.
    pub(super) fn was_empty(&self) -> bool {
        std::mem::take(&mut self.shared.borrow_mut().was_empty)
    }
}

impl BufRead for Feed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.current.len() {
            let mut shared = self.shared.borrow_mut();
            match shared.waiting.pop_front() {
                Some(bytes) => (self.current, self.at) = (bytes, 0),
                None if shared.has_ended => {}
                None => {
                    shared.was_empty = true;
                    return Err(io::ErrorKind::WouldBlock.into());
                }
            }
        }
        Ok(&self.current[self.at..])
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
    }
}

impl Read for Feed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut there = self.fill_buf()?;
        let read = there.read(into)?;
        self.consume(read);
        Ok(read)
    }
}
