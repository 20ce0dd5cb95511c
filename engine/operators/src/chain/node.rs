//! One operator in its place: what waits for it, whether it is done, where its rows go.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use memory::Batch;
use runtime::seam::{FileResult, Ticket};
use runtime::subtask::Failure;
use shuffle::Watermark;

use crate::around::Around;
use crate::contract::{Flow, Operator, Poll, Sink, Source};
use crate::cx::{self, Cx};
use crate::time::Times;

/// What an operator is in its chain.
pub enum Role {
    /// Its head, without input.
    Source(Box<dyn Source>),
    /// In its middle.
    Operator(Box<dyn Operator>),
    /// At its end.
    Sink(Box<dyn Sink>),
}

/// Where rows go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// To the operator of this number in the same chain, which stands behind the sender.
    Node(usize),
    /// Over this edge of the subtask.
    Edge(usize),
}

/// What comes to an operator.
#[derive(Clone, Debug)]
pub(crate) enum Delivery {
    Batch(Batch),
    Time(Watermark),
    Idle,
    Active,
    End,
}

/// What belongs to an operator and not to itself.
pub(crate) struct Site {
    /// For each output, the main one first, who gets its rows.
    pub(crate) exits: Vec<Vec<Target>>,
    /// When it wants to be woken.
    pub(crate) wake_ns: Option<u64>,
    /// File operations under way.
    pub(crate) tickets: Vec<Ticket>,
    /// The last watermark it has sent.
    pub(crate) time: Watermark,
    /// What it says about time is not passed on.
    pub(crate) is_timeless: bool,
    /// A source's: what gives its rows their times.
    pub(crate) times: Option<Box<Times>>,
}

/// An operator and its place.
pub(crate) struct Node {
    role: Role,
    pub(crate) site: Site,
    flow: Flow,
    /// What waits until it is done with what it was given before.
    inbox: VecDeque<(usize, Delivery)>,
    /// Ports that have not ended.
    ports_open: usize,
    /// Nothing more comes, and all that came is sent.
    ended: bool,
    /// Set from any thread: what it has asked for on the I/O plane is there.
    poked: Option<Arc<AtomicBool>>,
}

impl Node {
    pub(crate) fn new(
        role: Role,
        ports: usize,
        exits: Vec<Vec<Target>>,
        poked: Option<Arc<AtomicBool>>,
    ) -> Self {
        let site = Site {
            exits,
            wake_ns: None,
            tickets: Vec::new(),
            time: Watermark::MIN,
            is_timeless: false,
            times: None,
        };
        Self { role, site, flow: Flow::Next, inbox: VecDeque::new(), ports_open: ports, ended: false, poked }
    }

    /// Whether something is left to be done here.
    pub(crate) fn is_busy(&self) -> bool {
        self.flow != Flow::Next || !self.inbox.is_empty()
    }

    /// Whether what is left to be done must wait for something.
    pub(crate) fn waits(&self) -> bool {
        self.flow == Flow::Wait
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// What it is, for whoever saves it.
    pub(crate) fn role(&mut self) -> &mut Role {
        &mut self.role
    }

    /// Something has come for a port: it is taken, or waits for its turn.
    #[expect(clippy::too_many_arguments, reason = "what comes, and what can be reached from here")]
    pub(crate) fn receive(
        &mut self,
        port: usize,
        delivery: Delivery,
        rest: &mut [Node],
        base: usize,
        around: &mut dyn Around,
    ) -> Result<(), Failure> {
        if self.is_busy() {
            self.inbox.push_back((port, delivery));
            return Ok(());
        }
        self.take(port, delivery, &mut Reach { rest, base, around })
    }

    /// Does the next thing that is left to be done here.
    pub(crate) fn go_on(
        &mut self,
        rest: &mut [Node],
        base: usize,
        around: &mut dyn Around,
    ) -> Result<(), Failure> {
        let reach = &mut Reach { rest, base, around };
        if self.flow == Flow::Next {
            let (port, delivery) = self.inbox.pop_front().expect("a busy operator has something to do");
            return self.take(port, delivery, reach);
        }
        let Self { role, site, .. } = self;
        let cx = &mut reach.cx(site);
        let flow = match role {
            Role::Source(_) => unreachable!("a source is polled"),
            Role::Operator(operator) => operator.more(cx)?,
            Role::Sink(sink) => sink.more(cx)?,
        };
        self.settle(flow, reach)
    }

    /// A source brings some rows.
    pub(crate) fn poll(
        &mut self,
        rest: &mut [Node],
        base: usize,
        around: &mut dyn Around,
    ) -> Result<Poll, Failure> {
        let reach = &mut Reach { rest, base, around };
        let Self { role: Role::Source(source), site, .. } = self else {
            unreachable!("only a source is polled")
        };
        if let Some(mut times) = site.times.take() {
            let must_wait = times.must_wait(&mut reach.cx(site));
            site.times = Some(times);
            if must_wait {
                return Ok(Poll::Wait);
            }
        }
        match source.poll(&mut reach.cx(site))? {
            Poll::End => self.end_source(rest, base, around),
            poll => Ok(poll),
        }
    }

    /// A source brings nothing else.
    pub(crate) fn end_source(
        &mut self,
        rest: &mut [Node],
        base: usize,
        around: &mut dyn Around,
    ) -> Result<Poll, Failure> {
        let reach = &mut Reach { rest, base, around };
        self.site.times.iter_mut().for_each(|times| times.end());
        reach.cx(&mut self.site).time(Watermark::MAX)?;
        self.ports_open = 0;
        self.settle(Flow::Next, reach)?;
        Ok(Poll::End)
    }

    /// Whether it has asked this, and hears no answer from now on.
    pub(crate) fn forget(&mut self, ticket: Ticket) -> bool {
        let before = self.site.tickets.len();
        self.site.tickets.retain(|open| *open != ticket);
        self.site.tickets.len() < before
    }

    /// Wakes it if it was poked, or its time has come.
    pub(crate) fn wake_if_due(
        &mut self,
        rest: &mut [Node],
        base: usize,
        around: &mut dyn Around,
    ) -> Result<(), Failure> {
        let poked = self.poked.as_ref().is_some_and(|poked| poked.swap(false, Ordering::AcqRel));
        let due = self.site.wake_ns.is_some_and(|at_ns| at_ns <= around.now_ns());
        if due {
            self.site.wake_ns = None;
        }
        if !(due || poked) || self.ended {
            return Ok(());
        }
        match self.flow {
            Flow::Wait => self.flow = Flow::Again,
            Flow::Again => {}
            Flow::Next => {
                let reach = &mut Reach { rest, base, around };
                let Self { role, site, .. } = self;
                let flow = match role {
                    Role::Source(_) => return wake_times(&mut reach.cx(site)), // It is polled anyway.
                    Role::Operator(operator) => operator.wake(&mut reach.cx(site))?,
                    Role::Sink(sink) => sink.wake(&mut reach.cx(site))?,
                };
                return self.settle(flow, reach);
            }
        }
        Ok(())
    }

    /// A file operation is over.
    #[expect(clippy::too_many_arguments, reason = "what comes, and what can be reached from here")]
    pub(crate) fn file(
        &mut self,
        ticket: Ticket,
        result: FileResult,
        rest: &mut [Node],
        base: usize,
        around: &mut dyn Around,
    ) -> Result<(), Failure> {
        self.site.tickets.retain(|open| *open != ticket);
        let reach = &mut Reach { rest, base, around };
        let Self { role, site, .. } = self;
        match role {
            Role::Source(source) => source.file(ticket, result, &mut reach.cx(site))?,
            Role::Operator(_) => unreachable!("an operator has no files"),
            Role::Sink(sink) => sink.file(ticket, result, &mut reach.cx(site))?,
        }
        if self.flow == Flow::Wait {
            self.flow = Flow::Again;
        }
        Ok(())
    }

    fn take(&mut self, port: usize, delivery: Delivery, reach: &mut Reach<'_>) -> Result<(), Failure> {
        let Self { role, site, .. } = self;
        let cx = &mut reach.cx(site);
        let flow = match (role, delivery) {
            (Role::Source(_), _) => unreachable!("nothing comes to a source"),
            (Role::Operator(operator), Delivery::Batch(batch)) => operator.batch(port, batch, cx)?,
            (Role::Operator(operator), Delivery::Time(now)) => operator.time(now, cx)?,
            (Role::Sink(sink), Delivery::Batch(batch)) => sink.batch(batch, cx)?,
            (Role::Sink(sink), Delivery::Time(now)) => sink.time(now, cx)?,
            (_, Delivery::Idle) => {
                cx.idle()?;
                Flow::Next
            }
            (_, Delivery::Active) => {
                cx.active()?;
                Flow::Next
            }
            (role, Delivery::End) => {
                self.ports_open -= 1;
                match role {
                    Role::Operator(operator) => operator.end(port, cx)?,
                    Role::Sink(sink) => sink.end(cx)?,
                    Role::Source(_) => unreachable!("nothing comes to a source"),
                }
            }
        };
        self.settle(flow, reach)
    }

    /// Notes whether it is done, and passes its end on.
    fn settle(&mut self, flow: Flow, reach: &mut Reach<'_>) -> Result<(), Failure> {
        self.flow = flow;
        if flow == Flow::Next && self.ports_open == 0 && !self.ended {
            self.ended = true;
            cx::end(&mut reach.cx(&mut self.site))?;
        }
        Ok(())
    }
}

/// The times of a source look who was silent for too long.
fn wake_times(cx: &mut Cx<'_>) -> Result<(), Failure> {
    let Some(mut times) = cx.site.times.take() else { return Ok(()) };
    let woken = times.wake(cx);
    cx.site.times = Some(times);
    woken
}

/// What an operator can reach.
struct Reach<'a> {
    rest: &'a mut [Node],
    base: usize,
    around: &'a mut dyn Around,
}

impl Reach<'_> {
    fn cx<'b>(&'b mut self, site: &'b mut Site) -> Cx<'b> {
        Cx { site, rest: self.rest, base: self.base, around: self.around }
    }
}
