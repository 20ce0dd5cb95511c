//! The loop of a core. Read [`Reactor::turn`] first: it is what every core does, all of the time.
//!
//! ```text
//!              ┌──────────────────────────── turn ───────────────────────────┐
//!   post ─────►│ orders ─► messages, credit ─► answers ─► what is due ─► steps │──► lanes, doorbells
//!   lanes ────►└──────────────────────────────────────────────────────────────┘
//!   files ────►      Busy: again at once · Idle: the host spins, then sleeps until something comes, or is due
//! ```
//!
//! What can make a core do something is a closed list: mail, a message or a word about credit from another core, a file
//! operation that is over, bytes of a connection, and a time that has come. All but the last ring the core's bell.
//!
//! The same code runs in every world; what a host is, it does not know. It belongs to one thread, and waits nowhere.

mod deploy;
mod junction;
mod post;
mod ready;
mod step;
mod task;
mod tasks;
pub(crate) mod wheel;
mod wires;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use arrow_buffer::Buffer;
use hdrhistogram::Histogram;
use memory::{Lease, Pool};
use shuffle::{ChannelId, Control, Decoded, Event, Links, Switch};

use crate::bound::{MESSAGES_A_TURN, RETRY_NS, TURN_NS, WAKE_COST_NS};
use crate::figures::{CoreGauges, Latencies, latency_histogram};
use crate::job::{Attempt, Report};
use crate::plane::PlaneHandle;
use crate::seam::{Completion, ConnectionId, FileAnswer, FileOperation, Host, TaskId, Ticket};
use crate::subtask::{Failure, Mail, Place, TimerId, Why};

use junction::Junction;
pub(crate) use post::{CoreMail, CorePost};
use ready::Ready;
use task::{Doing, Phase};
use tasks::Tasks;
use wheel::Wheel;
use wires::{Broken, Wires};

/// What a reactor is opened with. It is made where the worker is, and goes to the core's thread.
pub(crate) struct Opening {
    /// Its number among those of all hosts, and that of the first one of this host.
    pub(crate) core: usize,
    pub(crate) first: usize,
    pub(crate) links: Links,
    /// Takes the place of the pool until its thread is there.
    pub(crate) network: memory::Reservation,
    pub(crate) segment_bytes: usize,
    pub(crate) managed: Lease,
    pub(crate) inbox: Receiver<CoreMail>,
    pub(crate) post: CorePost,
    pub(crate) plane: Option<PlaneHandle>,
    pub(crate) gauges: Arc<CoreGauges>,
    pub(crate) report: Box<dyn Fn(usize, Report) + Send>,
}

/// One core's part of a worker.
pub(crate) struct Reactor {
    core: usize,
    switch: Switch,
    inbox: Receiver<CoreMail>,
    post: CorePost,
    plane: Option<PlaneHandle>,
    report: Box<dyn Fn(usize, Report) + Send>,
    managed: Lease,
    tasks: Tasks,
    ready: Ready,
    wheel: Wheel<Due>,
    junction: Junction,
    wires: Wires,
    wires_retry: bool,
    /// What each attempt has here.
    attempts: BTreeMap<Attempt, Vec<ChannelId>>,
    /// The most shares that a subtask here has.
    shares_most: u32,
    controls: Vec<Control>,
    due: Vec<Due>,
    answers: Vec<Completion>,
    gauges: Arc<CoreGauges>,
    turn_ns: Histogram<u64>,
    stopped: bool,
}

/// Something whose time will come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    /// The subtask wanted to be stepped.
    Wake(TaskId),
    /// The buffer timeout of an output.
    Tick(TaskId, usize),
    /// A timer of the subtask's.
    Timer(TaskId, TimerId),
    /// Perhaps there is now what there was not.
    Retry(TaskId),
    /// The next latency mark of a source.
    Mark(TaskId),
    /// Perhaps a connection has room now.
    Wires,
}

/// How a turn has ended, when it began, and when the clock was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// There is more to do.
    Busy { began_ns: u64 },
    /// There is nothing to do until something comes, or until a time.
    Idle(Idleness),
    /// There will be no more turn.
    Stopped,
}

/// A turn that has left nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Idleness {
    pub(crate) until_ns: Option<u64>,
    /// There was something to do in it.
    pub(crate) worked: bool,
    pub(crate) began_ns: u64,
    pub(crate) now_ns: u64,
}

/// What a core tells when it is asked.
#[derive(Debug)]
pub struct CoreFigures {
    /// Which core of the worker.
    pub core: usize,
    /// How long turns have taken in which something was done, in nanoseconds.
    pub turn_ns: Histogram<u64>,
    /// For each subtask here, the latencies that marks have told.
    pub latencies: Vec<(Place, Latencies)>,
}

impl Reactor {
    /// Opens the pool, on the thread that it will belong to.
    pub(crate) fn open(opening: Opening, now_ns: u64) -> Result<Self, memory::Error> {
        let Opening {
            core,
            first,
            links,
            network,
            segment_bytes,
            managed,
            inbox,
            post,
            plane,
            gauges,
            report,
        } = opening;
        let pool = Pool::open_within(network, segment_bytes)?;
        Ok(Self {
            core,
            switch: Switch::open(core - first, links, pool, WAKE_COST_NS).counted_from(first),
            inbox,
            post,
            plane,
            report,
            managed,
            tasks: Tasks::default(),
            ready: Ready::default(),
            wheel: Wheel::new(now_ns),
            junction: Junction::default(),
            wires: Wires::default(),
            wires_retry: false,
            attempts: BTreeMap::new(),
            shares_most: 0,
            controls: Vec::new(),
            due: Vec::new(),
            answers: Vec::new(),
            gauges,
            turn_ns: latency_histogram(),
            stopped: false,
        })
    }

    /// One turn. Each part stands where it does for a reason:
    ///
    /// orders first, since they decide who is there to receive; messages before controls, as gates demand; all that has
    /// come before the first step, so that a step finds as much as there is; what is due before the steps, so that a
    /// busy core keeps its timers; and what a step has sent is shown to the others as soon as it is over.
    pub(crate) fn turn(&mut self, host: &mut dyn Host) -> Pace {
        let began_ns = host.now_ns();
        self.switch.turn(began_ns);
        let posted = self.read_post(host, began_ns);
        let mut worked = posted;
        worked |= self.receive(began_ns);
        worked |= self.reap(host, began_ns);
        worked |= self.fire(began_ns);
        // What orders take, deploying above all, is nobody's step.
        let mut now_ns = if posted { host.now_ns() } else { began_ns };
        let mut stepped = false;
        while let Some(place) = self.ready.pop() {
            (worked, stepped) = (true, true);
            now_ns = self.step(place, host, now_ns);
            self.publish(host);
            if now_ns - began_ns >= TURN_NS || host.buggify("a turn of one step") {
                break;
            }
        }
        self.publish(host);
        if worked && !stepped {
            now_ns = host.now_ns();
        }
        self.count(began_ns, now_ns, worked);
        if self.stopped {
            return Pace::Stopped;
        }
        if !self.ready.is_empty() || self.switch.has_own() {
            self.switch.work();
            return Pace::Busy { began_ns };
        }
        self.switch.spin();
        Pace::Idle(Idleness { until_ns: self.wheel.next_ns(), worked, began_ns, now_ns })
    }

    /// The core would like to sleep. `true`: whoever has something for it from now on wakes it.
    #[must_use = "a core that sleeps after a no is not woken"]
    pub(crate) fn park(&mut self) -> bool {
        self.switch.park()
    }

    /// The core is awake again.
    pub(crate) fn awake(&mut self) {
        self.switch.spin();
    }

    /// It has slept from one time to the other.
    pub(crate) fn count_sleep(&self, from_ns: u64, to_ns: u64) {
        self.gauges.parks.add(1);
        self.gauges.parked_ns.add(to_ns.saturating_sub(from_ns));
    }

    /// Segments of this core's pool that are held somewhere, in bytes.
    pub(crate) fn bytes_out(&self) -> u64 {
        shuffle::Carrier::pool(&self.switch).collect();
        memory_out(&self.switch)
    }

    /// Drops all that it has, and what others have sent it, but for the pool.
    pub(crate) fn into_pool(self) -> Pool {
        self.switch.close()
    }

    fn read_post(&mut self, host: &mut dyn Host, now_ns: u64) -> bool {
        let mut any = false;
        while let Ok(mail) = self.inbox.try_recv() {
            any = true;
            match mail {
                CoreMail::Deploy(deploy) => self.deploy(deploy, now_ns),
                CoreMail::Start(attempt) => self.start(attempt, now_ns),
                CoreMail::Close(attempt) => self.close(attempt, host),
                CoreMail::Poke(bell) => self.call(bell.heard(), now_ns),
                CoreMail::Trigger(attempt, barrier) => self.trigger(attempt, barrier, now_ns),
                CoreMail::Figures(reply) => {
                    // Who has stopped listening needs no answer.
                    let _ = reply.send(self.figures(now_ns));
                }
                CoreMail::Stop => self.stop(host),
            }
        }
        any
    }

    /// Brings what other cores have sent to its gates and outputs.
    fn receive(&mut self, now_ns: u64) -> bool {
        let Self { switch, junction, tasks, ready, gauges, .. } = self;
        let messages = switch.receive(MESSAGES_A_TURN, |message| {
            let end = junction.receiver(message.channel);
            let Some((end, task)) = end.and_then(|end| Some((end, tasks.get(end.task)?))) else {
                return gauges.strays.add(1); // Its segment goes home as it is dropped.
            };
            let gate = task.ports.gate.as_mut().expect("a subtask that receives has a gate");
            gate.receive(end.index, message);
            task.call(ready, now_ns);
        });
        switch.controls(&mut self.controls);
        let controls = std::mem::take(&mut self.controls);
        for control in &controls {
            self.hear(*control, now_ns);
        }
        let any = messages > 0 || !controls.is_empty();
        self.controls = controls;
        self.controls.clear();
        any
    }

    fn hear(&mut self, control: Control, now_ns: u64) {
        let channel = control.channel();
        if let Control::Credit { consumed, limit, .. } = control {
            let Some(end) = self.junction.sender(channel) else { return };
            let Some(task) = self.tasks.get(end.task) else { return };
            let out = &mut task.ports.outs[end.output];
            out.flow = out.output.credit(end.index, consumed, limit, &mut self.switch);
            if !task.ports.is_blocked() && task.doing == Doing::Blocked(Why::Output) {
                task.call(&mut self.ready, now_ns);
            }
            return;
        }
        let Some(end) = self.junction.receiver(channel) else { return };
        let Some(task) = self.tasks.get(end.task) else { return };
        let gate = task.ports.gate.as_mut().expect("a subtask that receives has a gate");
        match control {
            Control::Wanted { bytes, .. } => {
                gate.wanted(end.index, bytes);
                // What that changes is told after its next step, or now if there is none.
                task.ports.tell_credit(&mut self.switch);
            }
            Control::Barrier { behind, barrier, .. } => {
                gate.overtake(end.index, barrier, behind);
                task.call(&mut self.ready, now_ns);
            }
            Control::Credit { .. } => unreachable!("it goes to the sender"),
        }
    }

    /// Hands out what the host has done.
    fn reap(&mut self, host: &mut dyn Host, now_ns: u64) -> bool {
        let mut answers = std::mem::take(&mut self.answers);
        host.reap(&mut |completion| answers.push(completion));
        let any = !answers.is_empty();
        let mut given_up = Vec::new();
        for completion in answers.drain(..) {
            match completion {
                Completion::File(ticket, result) => match self.tasks.get(ticket.task) {
                    Some(task) => {
                        task.answer(ticket, result);
                        task.call(&mut self.ready, now_ns);
                    }
                    // Opened for nobody.
                    None => {
                        if let Ok(FileAnswer::Opened(file)) = result {
                            let ticket = Ticket { number: u64::MAX, ..ticket };
                            host.submit(ticket, FileOperation::Close { file });
                        }
                    }
                },
                // It was given up here, by an answer before this one.
                Completion::Received(connection, _) | Completion::Closed(connection, _)
                    if given_up.contains(&connection) => {}
                Completion::Received(connection, bytes) => {
                    if let Err(broken) = self.take_frames(connection, &bytes, now_ns) {
                        host.close(connection);
                        given_up.push(connection);
                        self.break_up(&broken, host);
                    }
                }
                Completion::Closed(connection, why) => {
                    if let Some(broken) = self.wires.closed(connection, why) {
                        self.break_up(&broken, host);
                    }
                }
            }
        }
        self.answers = answers;
        any
    }

    /// Does what is due.
    fn fire(&mut self, now_ns: u64) -> bool {
        let mut due = std::mem::take(&mut self.due);
        self.wheel.fire(now_ns, |what| due.push(what));
        let any = !due.is_empty();
        for what in due.drain(..) {
            self.on_time(what, now_ns);
        }
        self.due = due;
        any
    }

    fn on_time(&mut self, what: Due, now_ns: u64) {
        let Self { tasks, ready, switch, wheel, .. } = self;
        let (Due::Wake(id) | Due::Tick(id, _) | Due::Timer(id, _) | Due::Retry(id) | Due::Mark(id)) = what
        else {
            return self.wires_retry = false; // What is published next goes on with them.
        };
        let Some(task) = tasks.get(id) else { return };
        match what {
            Due::Wake(_) => {
                task.wake = None;
                task.call(ready, now_ns);
            }
            Due::Tick(_, out) => {
                task.ports.flush(out, now_ns, switch);
                task.arm(now_ns, wheel);
            }
            Due::Timer(_, timer) => {
                task.standing.timers.remove(&timer.0);
                task.mails.push_back(Mail::Timer(timer));
                task.call(ready, now_ns);
            }
            Due::Retry(_) => {
                task.retry = None;
                task.ports.resume(switch);
                if task.ports.is_blocked() {
                    task.arm(now_ns, wheel);
                } else {
                    task.call(ready, now_ns);
                }
            }
            // One that has ended has nothing to say behind its end.
            Due::Mark(_) if task.phase != Phase::Running => {}
            Due::Mark(_) => {
                // Behind rows that wait, marks would pile up, for a mark needs no credit.
                if !task.ports.is_blocked() {
                    let mark = task.latency_mark(now_ns);
                    for out in &mut task.ports.outs {
                        out.flow = out.output.event(Event::LatencyMark(mark), switch);
                    }
                    task.ports.input_done(now_ns, switch);
                    task.arm(now_ns, wheel);
                }
                task.arm_mark(now_ns, wheel);
            }
            Due::Wires => unreachable!("it is nobody's"),
        }
    }

    /// Something may be to be done for this subtask.
    fn call(&mut self, id: TaskId, now_ns: u64) {
        if let Some(task) = self.tasks.get(id) {
            task.call(&mut self.ready, now_ns);
        }
    }

    /// What came over a connection goes where messages go. Of a peer nothing is believed that can be checked.
    fn take_frames(&mut self, connection: ConnectionId, bytes: &Buffer, now_ns: u64) -> Result<(), Broken> {
        let Self { wires, junction, tasks, ready, gauges, controls, .. } = self;
        wires.receive(connection, bytes, |decoded| {
            let message = match decoded {
                Decoded::Control(control) => {
                    controls.push(control);
                    return Ok(());
                }
                Decoded::Message(message) | Decoded::Part(message) => message,
            };
            let end = junction.receiver(message.channel);
            let Some((end, task)) = end.and_then(|end| Some((end, tasks.get(end.task)?))) else {
                gauges.strays.add(1);
                return Ok(());
            };
            let gate = task.ports.gate.as_mut().expect("a subtask that receives has a gate");
            if !gate.admits(end.index, &message) {
                return Err(format!(
                    "{:?} has more than its credit, or goes on behind its end",
                    message.channel
                ));
            }
            gate.receive(end.index, message);
            task.call(ready, now_ns);
            Ok(())
        })?;
        for control in std::mem::take(&mut self.controls) {
            self.hear(control, now_ns);
        }
        Ok(())
    }

    /// The attempt cannot go on without this connection: one of those who used it says so for all.
    fn break_up(&mut self, broken: &Broken, host: &mut dyn Host) {
        let Broken { attempt, channels, why } = broken;
        let ends = |channel: &ChannelId| {
            let sender = self.junction.sender(*channel).map(|end| end.task);
            sender.or_else(|| self.junction.receiver(*channel).map(|end| end.task))
        };
        let users: Vec<TaskId> = channels.iter().filter_map(ends).collect();
        let living = users.into_iter().find(|user| self.tasks.get(*user).is_some());
        // All of them have come to their end: the connection has served.
        let Some(user) = living else { return };
        let task = self.tasks.take(user.place).expect("just found");
        debug_assert_eq!(task.attempt, *attempt);
        self.fail(task, &Failure::passing(format!("a connection to another host is lost: {why}")), host);
    }

    /// Shows the other cores what was sent, and lets go what is for other hosts.
    fn publish(&mut self, host: &mut dyn Host) {
        while let Some(departure) = self.switch.depart() {
            if let Err(broken) = self.wires.send(departure, host) {
                self.break_up(&broken, host);
            }
        }
        if self.wires.is_congested() {
            self.wires.go_on(host);
        }
        let congested = self.wires.is_congested();
        self.switch.departures_wait(congested);
        if congested && !self.wires_retry {
            self.wires_retry = true;
            self.wheel.insert(host.now_ns() + RETRY_NS, Due::Wires);
        }
        let gauges = &self.gauges;
        self.switch.publish(|core| {
            gauges.wakes.add(1);
            host.wake(core);
        });
    }

    fn count(&mut self, began_ns: u64, ended_ns: u64, worked: bool) {
        let gauges = &self.gauges;
        gauges.turns.add(1);
        if worked {
            let went_ns = ended_ns - began_ns;
            gauges.busy_ns.add(went_ns);
            gauges.turn_ns_max.raise_to(went_ns);
            let segment_bytes = memory_out(&self.switch);
            gauges.segment_bytes.set(segment_bytes);
            gauges.segment_bytes_max.raise_to(segment_bytes);
            self.turn_ns.saturating_record(went_ns.max(1));
        }
    }

    /// Brings the gauges of its subtasks up to date, too: one that waits does not do so by itself.
    fn figures(&mut self, now_ns: u64) -> CoreFigures {
        for task in self.tasks.iter_mut() {
            task.turn_to(task.doing, now_ns);
            task.refresh(now_ns, true);
        }
        let told = |task: &task::Task| {
            let latency = task.standing.latency.as_ref()?;
            Some((task.place.clone(), latency.copy()))
        };
        CoreFigures {
            core: self.core,
            turn_ns: self.turn_ns.clone(),
            latencies: self.tasks.iter().filter_map(told).collect(),
        }
    }
}

fn memory_out(switch: &Switch) -> u64 {
    shuffle::Carrier::pool(switch).bytes_out()
}
