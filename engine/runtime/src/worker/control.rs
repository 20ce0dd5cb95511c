//! The control thread: brings events to the master, and its orders to the cores. It sleeps when there are none.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Error;
use crate::job::{Event, Master};
use crate::reactor::{CoreMail, CorePost};
use crate::threads::{self, Thread};

/// Starts it. It ends when it hears [`Event::Stop`].
pub(super) fn start(heard: Receiver<Event>, posts: Vec<CorePost>, clock: Clock) -> Result<Thread<()>, Error> {
    threads::spawn("millstream-control", move || run(&heard, &posts, clock))
}

fn run(heard: &Receiver<Event>, posts: &[CorePost], clock: Clock) {
    let (mut master, mut orders) = (Master::new(posts.len()), Vec::new());
    loop {
        let event = match master.due_ns() {
            None => heard.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due_ns) => heard.recv_timeout(Duration::from_nanos(due_ns.saturating_sub(clock.now_ns()))),
        };
        let now_ns = clock.now_ns();
        let stops = matches!(event, Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected));
        match event {
            Ok(event) => master.hear(event, now_ns, &mut orders),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => master.hear(Event::Stop, now_ns, &mut orders),
        }
        master.tick(now_ns, &mut orders);
        for order in orders.drain(..) {
            let (core, mail) = CoreMail::of(order);
            // One that is gone says so by itself.
            posts[core].post(mail);
        }
        if stops {
            return;
        }
    }
}
