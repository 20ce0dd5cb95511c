//! A subtask's part of the exchange: every click goes to the subtask that owns its page.
//!
//! `shuffle` decides, fills segments and queues. What is here turns its handles once a turn, as a core's loop does for
//! all of its subtasks.
//!
//! Thin: the loop of `runtime` will do this.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use memory::{Batch, Pool};
use options::BUFFER_TIMEOUT_INTERVAL;
use shuffle::{
    Allowance, Arrival, BufferTimeout, Carrier, ChannelId, Control, Edge, Ends, Event, Flow, Gate, GateSpec,
    HashKey, Links, Output, Route, Steering, Switch,
};

use super::clicks::PAGE;
use super::failure::Failure;
use super::job::Job;
use super::wakers::Wakers;

/// Messages taken from each sibling in a turn.
const MESSAGES_A_TURN: usize = 64;

/// What waking a sibling costs on the machines we know, a system call and the way back.
const WAKE_COST_NS: u64 = 5_000;

/// What went through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) batches_sent: u64,
    pub(crate) rows: u64,
    pub(crate) messages: u64,
    pub(crate) batches_received: u64,
    /// The most that was out of the pool at the end of a turn.
    pub(crate) peak_bytes: u64,
}

pub(crate) struct Exchange {
    number: u32,
    parallelism: u32,
    switch: Switch,
    output: Output,
    gate: Gate,
    wakers: Arc<Wakers>,
    controls: Vec<Control>,
    next_tick_ns: Option<u64>,
    traffic: Traffic,
    /// The siblings whose threads had ended when this turn began.
    gone: Vec<usize>,
    /// Everything was sent.
    sent_all: bool,
    /// All siblings have sent everything.
    pub(crate) ended: bool,
}

/// The channel from one subtask to another.
fn channel(sender: u32, receiver: u32, parallelism: u32) -> ChannelId {
    ChannelId(sender * parallelism + receiver)
}

/// Which subtasks each channel joins; here every subtask has a core to itself.
pub(crate) fn ends(parallelism: u32) -> Arc<[Ends]> {
    let all = (0..parallelism as usize)
        .flat_map(|sender| (0..parallelism as usize).map(move |receiver| Ends { sender, receiver }));
    all.collect()
}

impl Exchange {
    pub(crate) fn open(job: &Job, number: usize, links: Links, pool: Pool, wakers: Arc<Wakers>) -> Self {
        let parallelism = job.parallelism;
        let core = number;
        let number = u32::try_from(number).expect("at most as many as key groups");
        let segment = u32::try_from(pool.segment_bytes()).expect("at most a slab");
        let allowance = Allowance::of_segments(segment);
        let edge = Edge {
            envelope: job.envelope.clone(),
            route: Route::Hash { key: HashKey::Columns(vec![PAGE]), groups: job.groups },
            timeout: job.timeout,
            channels: (0..parallelism).map(|receiver| channel(number, receiver, parallelism)).collect(),
            segment_bytes: pool.segment_bytes(),
            credit_bytes: allowance.exclusive_bytes(),
        };
        let mut output = Output::open(&edge);
        output.set_age_cap(Steering::toward(job.goal, 1).advice().age_cap_ns); // Nobody measures yet.
        let channels = (0..parallelism).map(|sender| channel(sender, number, parallelism)).collect();
        Self {
            number,
            parallelism,
            switch: Switch::open(core, links, pool, job.ends.clone(), WAKE_COST_NS),
            output,
            gate: Gate::open(GateSpec::new(vec![channels], allowance)),
            wakers,
            controls: Vec::new(),
            next_tick_ns: job.timeout.phase(number).map(nanoseconds),
            traffic: Traffic::default(),
            gone: Vec::new(),
            sent_all: false,
            ended: false,
        }
    }

    /// Takes what came, and lets go what is due. Says whether the subtask may send.
    pub(crate) fn turn(&mut self, now_ns: u64) -> Flow {
        self.switch.turn(now_ns);
        // Before the messages: what is received after this look are a gone sibling's last ones.
        let siblings = (0..self.parallelism).filter(|core| *core != self.number).map(|core| core as usize);
        self.gone = siblings.filter(|core| self.switch.is_gone(*core)).collect();
        let (gate, parallelism) = (&mut self.gate, self.parallelism);
        self.switch.receive(MESSAGES_A_TURN, |message| {
            gate.receive((message.channel.0 / parallelism) as usize, message);
        });
        self.switch.controls(&mut self.controls);
        for control in std::mem::take(&mut self.controls) {
            self.hear(control);
        }
        if self.next_tick_ns.is_some_and(|tick| tick <= now_ns) {
            self.output.flush(&mut self.switch);
            self.next_tick_ns = self.output.timeout().tick().map(|every| now_ns + nanoseconds(every));
        }
        self.output.resume(&mut self.switch)
    }

    /// Sends every row to its owner.
    pub(crate) fn send(&mut self, columns: RecordBatch, now_ns: u64) -> Result<(), Failure> {
        self.traffic.batches_sent += 1;
        let _ = self.output.send(Batch::new(columns), &mut self.switch)?; // The next turn asks.
        self.output.input_done(now_ns, &mut self.switch);
        Ok(())
    }

    /// Tells the owners that nothing more comes from here.
    pub(crate) fn end(&mut self) {
        let _ = self.output.event(Event::End, &mut self.switch);
        self.sent_all = true;
    }

    /// The next clicks for this subtask.
    pub(crate) fn next(&mut self) -> Option<Batch> {
        loop {
            match self.gate.next()? {
                Arrival::Batch { batch, .. } => {
                    self.traffic.batches_received += 1;
                    return Some(batch);
                }
                Arrival::End => self.ended = true,
                Arrival::InputEnded(_) => {}
                other => unreachable!("no demo says {other:?}"),
            }
        }
    }

    /// Shows the siblings what this turn has sent.
    pub(crate) fn publish(&mut self) {
        let switch = &mut self.switch;
        self.gate.drain_credit(|control| switch.control(control));
        let bytes_out = self.switch.pool().bytes_out();
        self.traffic.peak_bytes = self.traffic.peak_bytes.max(bytes_out);
        self.switch.publish(|core| self.wakers.wake(core));
    }

    /// Waits until a sibling has something, but not for ever: the next tick comes without one.
    pub(crate) fn wait(&mut self) {
        if self.switch.park() {
            self.wakers.sleep();
        }
        self.switch.work();
    }

    /// Whether the siblings have, or will find, all that was sent.
    pub(crate) fn is_drained(&self) -> bool {
        self.output.is_drained() && self.switch.is_clear()
    }

    /// Whether a sibling is gone that has not sent everything, or that has not taken everything. It has failed, and
    /// knows why. Ask when nothing is left to be taken.
    pub(crate) fn is_forsaken(&self) -> bool {
        let failed = |core: usize| !self.sent_all || !self.gate.has_ended(core) || self.output.holds(core);
        self.gone.iter().any(|core| failed(*core))
    }

    /// Nothing more is received: what is held of others goes home. What remains is the own pool.
    pub(crate) fn close(self) -> (Traffic, Switch) {
        let sent = self.output.sent();
        (Traffic { rows: sent.rows, messages: sent.messages, ..self.traffic }, self.switch)
    }

    fn hear(&mut self, control: Control) {
        let channel = control.channel().0;
        let (sender, receiver) =
            ((channel / self.parallelism) as usize, (channel % self.parallelism) as usize);
        match control {
            Control::Credit { consumed, limit, .. } => {
                let _ = self.output.credit(receiver, consumed, limit, &mut self.switch);
            }
            Control::Wanted { bytes, .. } => self.gate.wanted(sender, bytes),
            Control::Barrier { .. } => unreachable!("the demo makes no checkpoint"),
        }
    }
}

/// What the user set, in the words of the header.
pub(crate) fn timeout_text(timeout: BufferTimeout) -> String {
    let name = options::Entry::name(&BUFFER_TIMEOUT_INTERVAL);
    match timeout {
        BufferTimeout::Full => format!("{name} = -1: segments leave when they are full"),
        BufferTimeout::Input => format!("{name} = 0: rows leave after each batch"),
        BufferTimeout::Row => format!("{name} = 0, strict: every row leaves by itself"),
        BufferTimeout::Every(time) => format!("{name} = {}", options::duration::write(time)),
        BufferTimeout::Auto => format!("{name} = auto: rows leave when their receiver is hungry"),
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("no interval is longer than an hour")
}
