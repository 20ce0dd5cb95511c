//! What a subtask sees of the world while it is stepped.

use std::cell::Cell;
use std::collections::BTreeSet;

use memory::Batch;
use shuffle::{Arrival, Event, Flow, Switch};

use super::{Failure, Ports};
use crate::bound::{FILE_OPERATIONS_ENOUGH, FILE_OPERATIONS_MAX};
use crate::figures::{Latency, SubtaskGauges};
use crate::reactor::Due;
use crate::reactor::wheel::{Entry, Wheel};
use crate::seam::{FileId, FileOperation, Host, TaskId, Ticket};

/// A timer of a subtask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerId(pub(crate) Entry);

/// What belongs to the core and is lent to whoever is stepped.
pub(crate) struct CoreParts<'a> {
    pub(crate) switch: &'a mut Switch,
    pub(crate) wheel: &'a mut Wheel<Due>,
    pub(crate) host: &'a mut dyn Host,
}

/// What is known of a subtask from its steps.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// Rows or events were taken or sent since outputs were last told that the input is done with.
    pub(crate) input_open: bool,
    /// The budget was used up while there was more.
    pub(crate) cut_short: bool,
    /// All inputs have ended.
    pub(crate) input_ended: bool,
    /// Operations under way.
    pub(crate) in_flight: usize,
    pub(crate) next_ticket: u64,
    /// Its timers, and its open files, so that none outlives it.
    pub(crate) timers: BTreeSet<Entry>,
    pub(crate) files: BTreeSet<FileId>,
    /// What latency marks have told. There are none unless somebody wants them.
    pub(crate) latency: Option<Box<Latency>>,
}

/// The context of a step: input, outputs, time, files, timers.
///
/// Nothing here waits. When [`StepCx::next`] has nothing, or [`StepCx::may_go_on`] says no, the subtask returns; the
/// reactor knows why and calls it again at the right time.
pub struct StepCx<'a> {
    pub(crate) core: CoreParts<'a>,
    pub(crate) ports: &'a mut Ports,
    pub(crate) task: TaskId,
    pub(crate) standing: &'a mut Standing,
    pub(crate) gauges: &'a SubtaskGauges,
    pub(crate) budget: Budget,
}

/// What is left of a step, and when the clock was read last: reading it costs as much as sending a row.
pub(crate) struct Budget {
    pub(crate) now_ns: Cell<u64>,
    pub(crate) ends_ns: u64,
    pub(crate) rows_left: u64,
    /// Nobody has asked yet whether there is any left: there is, and no clock need be read for that.
    pub(crate) unspent: bool,
}

impl StepCx<'_> {
    /// The next of the input. Nothing when there is none, the budget is used up, or an output is full.
    ///
    /// Asking for the next also says that the one before is done with.
    #[expect(clippy::should_implement_trait, reason = "no iterator: behind `None` comes more")]
    pub fn next(&mut self) -> Option<Arrival> {
        loop {
            self.input_done();
            if !self.ports.gate.as_ref()?.has_more() || !self.may_go_on() {
                return None;
            }
            let arrival = self.ports.gate.as_mut()?.next()?;
            match &arrival {
                Arrival::Batch { batch, .. } => {
                    let rows = batch.rows() as u64;
                    self.gauges.rows_in.add(rows);
                    self.gauges.batches_in.add(1);
                    self.budget.spend(rows);
                    self.standing.input_open = true;
                }
                Arrival::LatencyMark(mark) => {
                    let now_ns = self.now_ns();
                    self.standing.latency.get_or_insert_default().record(*mark, now_ns);
                    self.event(Event::LatencyMark(*mark));
                    continue;
                }
                Arrival::Watermark(watermark) => self.gauges.watermark.set(watermark.0),
                Arrival::End => self.standing.input_ended = true,
                _ => {}
            }
            return Some(arrival);
        }
    }

    /// Whether to go on: there is budget left, no output is full, and not too much is under way.
    pub fn may_go_on(&mut self) -> bool {
        if self.ports.is_blocked() {
            // It may have room again before the step is over, and then nobody would tell.
            self.standing.cut_short = true;
            return false;
        }
        if self.standing.in_flight >= FILE_OPERATIONS_ENOUGH {
            return false; // Each answer is a mail, and a step follows.
        }
        let first = std::mem::take(&mut self.budget.unspent);
        let now_ns = if first { self.budget.now_ns.get() } else { self.now_ns() };
        let goes_on = self.budget.rows_left > 0 && now_ns < self.budget.ends_ns;
        self.standing.cut_short |= !goes_on;
        goes_on
    }

    /// Sends the rows of a batch that count. When the answer is [`Flow::Full`] they are taken all the same: finish what
    /// is at hand, which may be some batches more, and return.
    ///
    /// # Errors
    ///
    /// If a key cannot be hashed or compared, or the user's partitioner does not answer.
    ///
    /// # Panics
    ///
    /// If there is no such output, the batch does not fit its envelope, or batch after batch comes though the output is
    /// full.
    pub fn send(&mut self, output: usize, batch: Batch) -> Result<Flow, Failure> {
        let rows = batch.rows() as u64;
        self.gauges.rows_out.add(rows);
        let out = &mut self.ports.outs[output];
        out.flow = out.output.send(batch, self.core.switch)?;
        if self.ports.gate.is_some() {
            self.standing.input_open = true;
        } else {
            self.budget.spend(rows);
            self.ports.input_done(self.budget.now_ns.get(), self.core.switch);
        }
        Ok(self.ports.outs[output].flow) // What the timeout has let go may have filled it.
    }

    /// Sends an event to the receivers of all outputs, behind all rows sent before it.
    pub fn event(&mut self, event: Event) {
        for out in &mut self.ports.outs {
            out.flow = out.output.event(event, self.core.switch);
        }
        self.standing.input_open = true;
    }

    /// Sends an event to the receivers of one output, behind all rows sent before it: in a chain, time may have come
    /// further in one place than in another.
    ///
    /// # Panics
    ///
    /// If there is no such output.
    pub fn event_on(&mut self, output: usize, event: Event) {
        let out = &mut self.ports.outs[output];
        out.flow = out.output.event(event, self.core.switch);
        self.standing.input_open = true;
    }

    /// How many outputs there are.
    pub fn outputs(&self) -> usize {
        self.ports.outs.len()
    }

    /// Nanoseconds of the runtime's clock, the same on all cores of a worker.
    pub fn now_ns(&self) -> u64 {
        let now_ns = self.core.host.now_ns();
        self.budget.now_ns.set(now_ns);
        now_ns
    }

    /// Milliseconds since 1970, as the machine believes: may jump either way.
    pub fn wall_ms(&self) -> i64 {
        self.core.host.wall_ms()
    }

    /// 64 random bits.
    pub fn random(&mut self) -> u64 {
        self.core.host.random()
    }

    /// Whether to do the unlikely but legal thing here. Never, outside a simulation.
    pub fn buggify(&mut self, place: &'static str) -> bool {
        self.core.host.buggify(place)
    }

    /// Begins a file operation; its answer comes as [`Mail::File`](super::Mail::File). Files that are open when the
    /// subtask ends are the worker's to close. While many are under way, [`StepCx::may_go_on`] says no.
    ///
    /// # Panics
    ///
    /// If thousands are under way.
    pub fn submit(&mut self, operation: FileOperation) -> Ticket {
        assert!(self.standing.in_flight < FILE_OPERATIONS_MAX, "a subtask that does not wait for its files");
        let ticket = Ticket { task: self.task, number: self.standing.next_ticket };
        self.standing.next_ticket += 1;
        self.standing.in_flight += 1;
        if let FileOperation::Close { file } = &operation {
            self.standing.files.remove(file);
        }
        self.core.host.submit(ticket, operation);
        ticket
    }

    /// At this time of the runtime's clock, or soon after, [`Mail::Timer`](super::Mail::Timer) comes.
    pub fn set_timer(&mut self, due_ns: u64) -> TimerId {
        let task = self.task;
        let entry = self.core.wheel.insert_named(due_ns, |entry| Due::Timer(task, TimerId(entry)));
        self.standing.timers.insert(entry);
        TimerId(entry)
    }

    /// Takes a timer back. `false`: it is due, and its mail may be on its way.
    pub fn cancel_timer(&mut self, timer: TimerId) -> bool {
        self.standing.timers.remove(&timer.0);
        self.core.wheel.remove(timer.0).is_some()
    }

    /// What came in, and what was sent because of it, is done with.
    pub(crate) fn input_done(&mut self) {
        if std::mem::take(&mut self.standing.input_open) {
            self.ports.input_done(self.budget.now_ns.get(), self.core.switch);
        }
    }

    /// There is nothing else to do until something comes.
    pub(crate) fn rest(&mut self) {
        self.ports.sender_rests(self.budget.now_ns.get(), self.core.switch);
    }
}

impl Budget {
    fn spend(&mut self, rows: u64) {
        self.rows_left = self.rows_left.saturating_sub(rows);
    }
}
