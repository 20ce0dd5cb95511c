//! What comes to a core, and who it is for: messages and words about credit of other cores, answers of the host, frames of
//! other hosts.
//!
//! Whoever it is for is called, and takes it in its next step. What is for somebody who is gone is dropped, and its
//! segment goes home.

use arrow_buffer::Buffer;
use shuffle::{ChannelId, Control, Decoded};

use super::Reactor;
use super::junction::Junction;
use super::task::Doing;
use super::tasks::Tasks;
use super::wires::Broken;
use crate::bound::MESSAGES_A_TURN;
use crate::seam::{Completion, ConnectionId, FileAnswer, FileOperation, Host, TaskId, Ticket};
use crate::subtask::{Failure, Why};

impl Reactor {
    /// Brings what other cores have sent to its gates and outputs.
    pub(super) fn receive(&mut self, now_ns: u64) -> bool {
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
    pub(super) fn reap(&mut self, host: &mut dyn Host, now_ns: u64) -> bool {
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

    /// What came over a connection goes where messages go. Of a peer nothing is believed that can be checked.
    fn take_frames(&mut self, connection: ConnectionId, bytes: &Buffer, now_ns: u64) -> Result<(), Broken> {
        let Self { wires, junction, tasks, ready, gauges, controls, .. } = self;
        let taken = wires.receive(connection, bytes, |decoded| {
            let message = match decoded {
                Decoded::Control(control) => {
                    if !admits(tasks, junction, control) {
                        return Err(format!("{:?} says what cannot be: {control:?}", control.channel()));
                    }
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
        });
        for control in std::mem::take(&mut self.controls) {
            self.hear(control, now_ns);
        }
        taken
    }

    /// The attempt cannot go on without this connection: one of those who used it says so for all.
    pub(super) fn break_up(&mut self, broken: &Broken, host: &mut dyn Host) {
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
}

/// Whether what another host says is possible. What is for somebody who is gone always is.
fn admits(tasks: &mut Tasks, junction: &Junction, control: Control) -> bool {
    let channel = control.channel();
    match control {
        Control::Credit { consumed, .. } => {
            let end = junction.sender(channel).and_then(|end| Some((end, tasks.get(end.task)?)));
            end.is_none_or(|(end, task)| {
                task.ports.outs[end.output].output.admits_credit(end.index, consumed)
            })
        }
        Control::Barrier { barrier, .. } => {
            let task = junction.receiver(channel).and_then(|end| tasks.get(end.task));
            task.and_then(|task| task.ports.gate.as_ref()).is_none_or(|gate| gate.admits_barrier(&barrier))
        }
        Control::Wanted { .. } => true,
    }
}
