//! A subtask on its core: what it is, how it stands, and what it has cost.
//!
//! ```text
//!   made ──► running ──► draining ──► gone
//!     Start      Done, outputs end   all has left, all input has ended
//! ```

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use memory::Lease;
use shuffle::LatencyMark;

use super::Due;
use super::ready::Clocked;
use super::wheel::{Entry, Wheel};
use crate::bound::{ADAPT_NS, REFRESH_NS, RETRY_NS};
use crate::figures::SubtaskGauges;
use crate::job::Attempt;
use crate::seam::{FileAnswer, FileOperation, FileResult, Host, TaskId, Ticket};
use crate::subtask::{Failure, Mail, Place, Ports, Standing, Subtask, Why};

/// What a core keeps for a subtask.
pub(crate) struct Task {
    pub(crate) id: TaskId,
    pub(crate) attempt: Attempt,
    /// Its number over all vertices of the job.
    pub(crate) subtask: usize,
    pub(crate) place: Place,
    pub(crate) phase: Phase,
    /// Gone when it has come to its end.
    pub(crate) work: Option<Box<dyn Subtask>>,
    pub(crate) ports: Ports,
    pub(crate) standing: Standing,
    pub(crate) mails: VecDeque<Mail>,
    pub(crate) shares: u32,
    pub(crate) clocked: Clocked,
    /// It stands in the line of ready ones.
    pub(crate) in_line: bool,
    pub(crate) doing: Doing,
    /// When that began.
    pub(crate) since_ns: u64,
    /// When it wants to be stepped though nothing came.
    pub(crate) wake: Option<Entry>,
    pub(crate) retry: Option<Entry>,
    pub(crate) mark: Option<MarkClock>,
    pub(crate) gauges: Arc<SubtaskGauges>,
    /// Its guarantee holds for as long as it is here.
    _managed: Lease,
    adapt: Adapt,
    refreshed_ns: u64,
    /// Bytes in, messages and bytes out that the gauges have of this attempt: they go on from those before it.
    told: [u64; 3],
    pub(crate) overrun_logged_ns: Option<u64>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It waits for the word that all others are made too.
    Made,
    /// It is stepped.
    Running,
    /// It has come to its end; what it has sent is on its way, and what still comes is dropped.
    Draining,
}

/// What its time goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Nothing: there is nothing to do.
    Idle,
    /// It waits for something that is not in its hands.
    Blocked(Why),
    /// It works, or waits for its turn.
    Busy,
}

/// When a source sends its next latency mark.
#[derive(Debug)]
pub(crate) struct MarkClock {
    pub(crate) every_ns: u64,
    pub(crate) entry: Option<Entry>,
}

/// Since when the throughput of the gate is measured, and how much of the time it had nothing to do.
#[derive(Debug, Default)]
struct Adapt {
    since_ns: u64,
    idle_ns: u64,
}

/// What a task is made of.
pub(crate) struct Parts {
    pub(crate) id: TaskId,
    pub(crate) attempt: Attempt,
    pub(crate) subtask: usize,
    pub(crate) place: Place,
    pub(crate) work: Box<dyn Subtask>,
    pub(crate) ports: Ports,
    pub(crate) shares: u32,
    pub(crate) clocked: Clocked,
    pub(crate) mark_every_ns: Option<u64>,
    pub(crate) gauges: Arc<SubtaskGauges>,
    pub(crate) managed: Lease,
}

impl Task {
    pub(crate) fn new(parts: Parts, now_ns: u64) -> Self {
        let Parts {
            id,
            attempt,
            subtask,
            place,
            work,
            ports,
            shares,
            clocked,
            mark_every_ns,
            gauges,
            managed,
        } = parts;
        gauges.watermark.set(i64::MIN); // What an earlier attempt knew is not known here.
        Self {
            id,
            attempt,
            subtask,
            place,
            phase: Phase::Made,
            work: Some(work),
            ports,
            standing: Standing::default(),
            mails: VecDeque::new(),
            shares,
            clocked,
            in_line: false,
            doing: Doing::Idle,
            since_ns: now_ns,
            wake: None,
            retry: None,
            mark: mark_every_ns.map(|every_ns| MarkClock { every_ns, entry: None }),
            gauges,
            _managed: managed,
            adapt: Adapt { since_ns: now_ns, idle_ns: 0 },
            refreshed_ns: now_ns,
            told: [0; 3],
            overrun_logged_ns: None,
        }
    }

    /// From now on its time goes into something else.
    pub(crate) fn turn_to(&mut self, doing: Doing, now_ns: u64) {
        let went_ns = now_ns.saturating_sub(self.since_ns);
        match self.doing {
            Doing::Idle => {
                self.gauges.idle_ns.add(went_ns);
                self.adapt.idle_ns += went_ns;
            }
            Doing::Blocked(_) => self.gauges.blocked_ns.add(went_ns),
            Doing::Busy => self.gauges.busy_ns.add(went_ns),
        }
        (self.doing, self.since_ns) = (doing, now_ns);
    }

    /// Whether its end has come: all that was sent has left, and nothing will come.
    pub(crate) fn is_over(&self) -> bool {
        let input_over = self.ports.gate.is_none() || self.standing.input_ended;
        self.phase == Phase::Draining && input_over && self.ports.is_drained()
    }

    /// Adapts the bytes in flight to how fast rows were taken, now and then.
    pub(crate) fn adapt_credit(&mut self, now_ns: u64) {
        let Adapt { since_ns, idle_ns } = self.adapt;
        let elapsed_ns = now_ns.saturating_sub(since_ns);
        if elapsed_ns >= ADAPT_NS {
            if let Some(gate) = &mut self.ports.gate {
                gate.adapt_credit(elapsed_ns.saturating_sub(idle_ns));
            }
            self.adapt = Adapt { since_ns: now_ns, idle_ns: 0 };
        }
    }

    /// Brings the figures up to date: those that cost nothing always, the others now and then, and at its end.
    pub(crate) fn refresh(&mut self, now_ns: u64, ends: bool) {
        if let Some(gate) = &self.ports.gate {
            self.gauges.queued_bytes.set(gate.bytes_held());
        }
        self.gauges.files_in_flight.set(self.standing.in_flight as u64);
        if !ends && now_ns.saturating_sub(self.refreshed_ns) < REFRESH_NS {
            return;
        }
        self.refreshed_ns = now_ns;
        let bytes_in = self.ports.gate.as_ref().map_or(0, shuffle::Gate::bytes_received);
        let sent = self.ports.outs.iter().map(|out| out.output.sent());
        let (messages, bytes) = sent.fold((0, 0), |sum, sent| (sum.0 + sent.messages, sum.1 + sent.bytes));
        self.gauges.waiting_bytes.set(self.ports.outs.iter().map(|out| out.output.waiting_bytes()).sum());
        let told = std::mem::replace(&mut self.told, [bytes_in, messages, bytes]);
        self.gauges.bytes_in.add(bytes_in - told[0]);
        self.gauges.messages_out.add(messages - told[1]);
        self.gauges.bytes_out.add(bytes - told[2]);
    }

    /// The answer to one of its operations: it becomes a mail, and a file that was opened is noted.
    pub(crate) fn answer(&mut self, ticket: Ticket, result: FileResult) {
        self.standing.in_flight -= 1;
        if let Ok(FileAnswer::Opened(file)) = &result {
            self.standing.files.insert(*file);
        }
        self.mails.push_back(Mail::File(ticket, result));
    }

    /// Sets what the outputs, and its own wishes, want to be set.
    pub(crate) fn arm(&mut self, now_ns: u64, wheel: &mut Wheel<Due>) {
        for (number, out) in self.ports.outs.iter_mut().enumerate() {
            if out.tick.is_none()
                && let Some(due_ns) = out.due_ns(now_ns)
            {
                out.tick = Some(wheel.insert(due_ns, Due::Tick(self.id, number)));
            }
        }
        if self.retry.is_none() && self.must_retry() {
            self.retry = Some(wheel.insert(now_ns + RETRY_NS, Due::Retry(self.id)));
        }
    }

    /// Whether it waits for something that nobody tells: a segment that comes home, memory that is given back.
    fn must_retry(&self) -> bool {
        matches!(self.doing, Doing::Blocked(Why::Memory(_))) || self.ports.is_starved()
    }

    /// A mark, from here.
    pub(crate) fn latency_mark(&self, now_ns: u64) -> LatencyMark {
        LatencyMark { source: self.place.vertex, subtask: self.place.number, emitted_ns: now_ns }
    }

    /// Nothing of it stays behind: no timer, no open file. What it held of segments goes home.
    pub(crate) fn leave(mut self, wheel: &mut Wheel<Due>, host: &mut dyn Host) {
        let now_ns = host.now_ns();
        self.turn_to(self.doing, now_ns);
        self.refresh(now_ns, true);
        self.gauges.queued_bytes.set(0);
        self.gauges.waiting_bytes.set(0);
        self.gauges.files_in_flight.set(0);
        let ticks = self.ports.outs.iter_mut().filter_map(|out| out.tick.take());
        let mark = self.mark.as_mut().and_then(|mark| mark.entry.take());
        let own = [self.wake.take(), self.retry.take(), mark].into_iter().flatten();
        let timers = std::mem::take(&mut self.standing.timers);
        for entry in ticks.chain(own).chain(timers) {
            wheel.remove(entry);
        }
        for file in std::mem::take(&mut self.standing.files) {
            let number = self.standing.next_ticket;
            self.standing.next_ticket += 1;
            host.submit(Ticket { task: self.id, number }, FileOperation::Close { file });
        }
        if let Err(failure) = self.drop_work() {
            tracing::warn!(subtask = %self.place.name, "while it was dropped: {failure}");
        }
    }

    /// User code runs when it is dropped, and may panic there too.
    pub(super) fn drop_work(&mut self) -> Result<(), Failure> {
        drop_guarded(self.work.take())
    }
}

/// Drops what belongs to the user, behind the net.
pub(super) fn drop_guarded<T>(work: T) -> Result<(), Failure> {
    let dropped = catch_unwind(AssertUnwindSafe(move || drop(work)));
    dropped.map_err(|panic| Failure::panic(panic.as_ref()))
}
