//! What is due, and what follows from that: ticks of buffer timeouts, timers, second tries.

use shuffle::Event;

use super::Reactor;
use super::task::Phase;
use crate::seam::TaskId;
use crate::subtask::{Mail, TimerId};

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

impl Reactor {
    /// Does what is due.
    pub(super) fn fire(&mut self, now_ns: u64) -> bool {
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
}
