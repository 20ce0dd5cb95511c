//! What an operator sees of the world while it is called: where its rows go, the time, files.
//!
//! Operators of a chain call each other directly: [`Cx::send`] ends when the next operator has taken the batch, or when
//! the batch waits for one that is not done yet.

use memory::Batch;
use runtime::seam::{FileOperation, Ticket};
use runtime::subtask::Failure;
use shuffle::{Event, Watermark};

use crate::around::Around;
use crate::chain::{Delivery, Node, Site, Target};

/// The split of a source that has just one.
pub(crate) const WHOLE: u32 = 0;

/// The context of a call.
pub struct Cx<'a> {
    pub(crate) site: &'a mut Site,
    /// The operators behind this one; all that it can send to are among them.
    pub(crate) rest: &'a mut [Node],
    /// The number of the first of them.
    pub(crate) base: usize,
    pub(crate) around: &'a mut dyn Around,
}

impl Cx<'_> {
    /// Sends the rows of a batch that count, all the same whether somebody wants them.
    ///
    /// # Errors
    ///
    /// What the operators behind this one say, or the edge.
    pub fn send(&mut self, batch: Batch) -> Result<(), Failure> {
        self.send_to(0, batch)
    }

    /// Sends the rows of a batch to a side output; the main one has number 0.
    ///
    /// # Errors
    ///
    /// As [`Cx::send`].
    pub fn send_to(&mut self, output: usize, batch: Batch) -> Result<(), Failure> {
        if batch.is_empty() {
            return Ok(());
        }
        if self.site.times.is_some() {
            return self.send_split(WHOLE, batch); // A source that says nothing of splits has one.
        }
        let Some(targets) = self.site.exits.get(output) else { return Ok(()) };
        let Some((last, others)) = targets.split_last() else { return Ok(()) };
        for target in others {
            deliver(*target, Delivery::Batch(batch.clone()), self.rest, self.base, self.around)?;
        }
        deliver(*last, Delivery::Batch(batch), self.rest, self.base, self.around)
    }

    /// A source sends rows of one of its splits. Splits are read in order and have a time each; that of the source is the
    /// least of them.
    ///
    /// # Errors
    ///
    /// As [`Cx::send`].
    pub fn send_split(&mut self, split: u32, batch: Batch) -> Result<(), Failure> {
        let Some(mut times) = self.site.times.take() else { return self.send(batch) };
        let sent = times.rows(split, batch, self);
        self.site.times = Some(times);
        sent
    }

    /// A source has read one of its splits to its end: nobody waits for its time any more.
    ///
    /// # Errors
    ///
    /// As [`Cx::time`].
    pub fn end_split(&mut self, split: u32) -> Result<(), Failure> {
        let Some(mut times) = self.site.times.take() else { return Ok(()) };
        let ended = times.end_split(split, self);
        self.site.times = Some(times);
        ended
    }

    /// Whether anybody listens at a side output.
    pub fn is_wanted(&self, output: usize) -> bool {
        self.site.exits.get(output).is_some_and(|targets| !targets.is_empty())
    }

    /// Tells everybody behind this operator that no row of this time or an earlier one will follow.
    ///
    /// # Errors
    ///
    /// What the operators behind this one say.
    pub fn time(&mut self, now: Watermark) -> Result<(), Failure> {
        if self.site.is_timeless {
            return Ok(());
        }
        debug_assert!(now >= self.site.time, "time does not go back");
        self.site.time = now;
        self.tell(Delivery::Time(now))
    }

    /// Calls an operator within an operator, whose time is not everybody's.
    pub(crate) fn timeless<R>(&mut self, call: impl FnOnce(&mut Self) -> R) -> R {
        self.site.is_timeless = true;
        let answer = call(self);
        self.site.is_timeless = false;
        answer
    }

    /// Tells everybody behind this operator not to wait for its time.
    ///
    /// # Errors
    ///
    /// As [`Cx::time`].
    pub fn idle(&mut self) -> Result<(), Failure> {
        self.tell(Delivery::Idle)
    }

    /// Tells everybody behind this operator to wait for its time again.
    ///
    /// # Errors
    ///
    /// As [`Cx::time`].
    pub fn active(&mut self) -> Result<(), Failure> {
        self.tell(Delivery::Active)
    }

    /// Whether to go on: there is time left, no edge is full, and nobody behind this operator has work left.
    pub fn may_go_on(&mut self) -> bool {
        !self.rest.iter().any(Node::is_busy) && self.around.may_go_on()
    }

    /// Nanoseconds of the runtime's clock, the same on all cores of a worker.
    pub fn now_ns(&self) -> u64 {
        self.around.now_ns()
    }

    /// Milliseconds since 1970, as the machine believes: processing time.
    pub fn wall_ms(&self) -> i64 {
        self.around.wall_ms()
    }

    /// 64 random bits.
    pub fn random(&mut self) -> u64 {
        self.around.random()
    }

    /// Asks to be woken at this time of the runtime's clock, or soon after. The earliest wish counts; once woken, ask
    /// again.
    pub fn wake_at_ns(&mut self, at_ns: u64) {
        self.site.wake_ns = Some(self.site.wake_ns.map_or(at_ns, |earlier| earlier.min(at_ns)));
    }

    /// Asks to be woken when the wall clock should have come to this.
    pub fn wake_at_wall_ms(&mut self, at_ms: i64) {
        let ahead_ms = at_ms.saturating_sub(self.wall_ms()).max(0).unsigned_abs();
        self.wake_at_ns(self.now_ns().saturating_add(ahead_ms.saturating_mul(1_000_000)));
    }

    /// Begins a file operation; a source or a sink hears of its end.
    pub fn submit(&mut self, operation: FileOperation) -> Ticket {
        let ticket = self.around.submit(operation);
        self.site.tickets.push(ticket);
        ticket
    }

    fn tell(&mut self, delivery: Delivery) -> Result<(), Failure> {
        for target in self.site.exits.iter().flatten() {
            deliver(*target, delivery.clone(), self.rest, self.base, self.around)?;
        }
        Ok(())
    }
}

/// Brings something to where it is meant for: an operator of the chain, or an edge.
fn deliver(
    target: Target,
    delivery: Delivery,
    rest: &mut [Node],
    base: usize,
    around: &mut dyn Around,
) -> Result<(), Failure> {
    match target {
        Target::Node(number) => {
            let (head, behind) = rest.split_at_mut(number + 1 - base);
            let node = head.last_mut().expect("a chain goes forward");
            node.receive(0, delivery, behind, number + 1, around)
        }
        Target::Edge(edge) => match delivery {
            Delivery::Batch(batch) => around.send(edge, batch),
            Delivery::Time(time) => {
                around.event(edge, Event::Watermark(time));
                Ok(())
            }
            Delivery::Idle => {
                around.event(edge, Event::Idle);
                Ok(())
            }
            Delivery::Active => {
                around.event(edge, Event::Active);
                Ok(())
            }
            // The subtask's end ends all of its edges.
            Delivery::End => Ok(()),
        },
    }
}

/// The end of an operator, for everybody behind it.
pub(crate) fn end(cx: &mut Cx<'_>) -> Result<(), Failure> {
    cx.tell(Delivery::End)
}
