//! Mail for a core: orders, and calls to look at somebody.
//!
//! From any thread, never lost, never waiting. The bound is in what is sent: orders are few for a job, and a poke is sent
//! again only when the one before was read.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use super::CoreFigures;
use crate::job::{Attempt, Deploy, Order};
use crate::plane::bridge::Poke;
use crate::rung::Rung;
use crate::seam::{TaskId, Wake};
use crate::subtask::Demand;

/// One thing a core is told.
pub(crate) enum CoreMail {
    Deploy(Deploy),
    Start(Attempt),
    Close(Attempt),
    /// Something that this subtask looks at has changed.
    Poke(Arc<Bell>),
    /// The sources of a job are asked for something.
    Trigger(Attempt, Demand),
    /// Somebody wants to know.
    Figures(Sender<CoreFigures>),
    /// There will be no more turn.
    Stop,
}

/// A core's letter box, for everybody else.
#[derive(Clone)]
pub(crate) struct CorePost {
    mails: Sender<CoreMail>,
    wake: Arc<dyn Wake>,
}

impl CorePost {
    /// For the core that `wake` wakes. The receiver is its end.
    pub(crate) fn open(wake: Arc<dyn Wake>) -> (Self, std::sync::mpsc::Receiver<CoreMail>) {
        let (mails, inbox) = channel();
        (Self { mails, wake }, inbox)
    }

    /// Puts it in, and wakes the core. `false`: the core is gone.
    pub(crate) fn post(&self, mail: CoreMail) -> bool {
        let there = self.mails.send(mail).is_ok();
        self.wake.wake();
        there
    }

    /// A bell that makes the core step this subtask.
    pub(super) fn bell(&self, task: TaskId) -> Arc<dyn Poke> {
        Arc::new(Rope(Arc::new(Bell { post: self.clone(), task, rung: Rung::default() })))
    }
}

impl CoreMail {
    /// The order, and the core that it is for.
    pub(crate) fn of(order: Order) -> (usize, Self) {
        match order {
            Order::Deploy { core, deploy } => (core, Self::Deploy(deploy)),
            Order::Start { core, attempt } => (core, Self::Start(attempt)),
            Order::Trigger { core, attempt, demand } => (core, Self::Trigger(attempt, demand)),
            Order::Close { core, attempt } => (core, Self::Close(attempt)),
        }
    }
}

/// A bell of a subtask. Between two looks of its core it sends one mail, however often it is rung.
pub(crate) struct Bell {
    post: CorePost,
    task: TaskId,
    rung: Rung,
}

impl Bell {
    /// The core has read the mail: a look begins. Nothing that happened before a poke is missed by it, or the poke sends
    /// another mail.
    pub(super) fn heard(&self) -> TaskId {
        self.rung.hear();
        self.task
    }
}

/// What subtasks are given: rings their bell.
struct Rope(Arc<Bell>);

impl Poke for Rope {
    fn poke(&self) {
        let Self(bell) = self;
        if bell.rung.ring() {
            // A core that is gone has no subtask that could miss it.
            let _ = bell.post.post(CoreMail::Poke(bell.clone()));
        }
    }
}
