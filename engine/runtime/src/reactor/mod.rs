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

mod arrivals;
mod deploy;
mod due;
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

use hdrhistogram::Histogram;
use memory::{Lease, Pool};
use shuffle::{ChannelId, Control, Links, Switch};

use crate::bound::{RETRY_NS, TURN_NS, WAKE_COST_NS};
use crate::figures::{CoreGauges, Latencies, latency_histogram};
use crate::job::{Attempt, Report};
use crate::plane::PlaneHandle;
use crate::seam::{Completion, Host, TaskId};
use crate::subtask::Place;

pub(crate) use due::Due;
use junction::Junction;
pub(crate) use post::{CoreMail, CorePost};
use ready::Ready;
use tasks::Tasks;
use wheel::Wheel;
use wires::Wires;

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
        self.switch.spin(now_ns);
        Pace::Idle(Idleness { until_ns: self.wheel.next_ns(), worked, began_ns, now_ns })
    }

    /// The core would like to sleep. `true`: whoever has something for it from now on wakes it.
    #[must_use = "a core that sleeps after a no is not woken"]
    pub(crate) fn park(&mut self) -> bool {
        self.switch.park()
    }

    /// The core is awake again.
    pub(crate) fn awake(&mut self) {
        self.switch.awake();
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
                CoreMail::Trigger(attempt, demand) => self.trigger(attempt, demand, now_ns),
                CoreMail::Figures(reply) => {
                    // Who has stopped listening needs no answer.
                    let _ = reply.send(self.figures(now_ns));
                }
                CoreMail::Stop => self.stop(host),
            }
        }
        any
    }

    /// Something may be to be done for this subtask.
    fn call(&mut self, id: TaskId, now_ns: u64) {
        if let Some(task) = self.tasks.get(id) {
            task.call(&mut self.ready, now_ns);
        }
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
