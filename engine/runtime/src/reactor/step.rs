//! One step of one subtask, and what follows from how it has ended.
//!
//! User code runs here, where subtasks are made, and where they are dropped, and nowhere else on a core; always behind a
//! net: a panic fails its job, and the core goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use shuffle::Event;

use super::ready::step_ns;
use super::task::{Doing, Phase, Task};
use super::wheel::Wheel;
use super::{Due, Reactor, Ready};
use crate::bound::{OVERRUN_LOG_NS, OVERRUN_NS, STEP_ROWS};
use crate::job::Report;
use crate::seam::Host;
use crate::subtask::{Budget, CoreParts, Failure, Progress, StepCx, Why};

impl Reactor {
    /// Steps the subtask in this place. Answers what time it is.
    pub(super) fn step(&mut self, place: u32, host: &mut dyn Host, now_ns: u64) -> u64 {
        // It stood in line, and left its place meanwhile; who has the place now may not even have begun.
        let Some(mut task) = self.tasks.take(place) else { return now_ns };
        if !task.in_line {
            self.tasks.put(task);
            return now_ns;
        }
        task.in_line = false;
        task.turn_to(Doing::Busy, now_ns);
        let progress = match task.phase {
            Phase::Made => unreachable!("nobody calls a subtask before its start"),
            Phase::Running => self.step_work(&mut task, host, now_ns),
            Phase::Draining => {
                task.discard();
                Ok(Progress::IDLE)
            }
        };
        // What a panic has left of an output is not to be touched.
        if progress.is_ok() {
            task.ports.resume(&mut self.switch);
            task.ports.tell_credit(&mut self.switch);
        }
        let ended_ns = host.now_ns();
        self.account(&mut task, now_ns, ended_ns);
        match progress {
            Err(failure) => self.fail(task, &failure, host),
            Ok(progress) => self.settle(task, progress, host, ended_ns),
        }
        ended_ns
    }

    /// Mails first, then the work, unless an output is full: then mails are all that may be done.
    fn step_work(&mut self, task: &mut Task, host: &mut dyn Host, now_ns: u64) -> Result<Progress, Failure> {
        let Task { work, ports, standing, mails, gauges, id, shares, .. } = task;
        let work = work.as_mut().expect("a subtask that runs has not ended");
        let budget = if host.buggify("a step that is over at once") {
            Budget { now_ns: now_ns.into(), ends_ns: now_ns, rows_left: 1, unspent: true }
        } else {
            let ends_ns = now_ns + step_ns(*shares, self.shares_most);
            Budget { now_ns: now_ns.into(), ends_ns, rows_left: STEP_ROWS, unspent: true }
        };
        let mut cx = StepCx {
            core: CoreParts { switch: &mut self.switch, wheel: &mut self.wheel, host },
            ports,
            task: *id,
            standing,
            gauges,
            budget,
        };
        cx.standing.cut_short = false;
        let stepped = catch_unwind(AssertUnwindSafe(|| {
            while let Some(mail) = mails.pop_front() {
                work.mail(mail, &mut cx)?;
                if !mails.is_empty() && cx.now_ns() >= cx.budget.ends_ns {
                    return Ok(Progress::Worked); // The others come with the next step.
                }
            }
            let blocked = cx.ports.is_blocked();
            let progress = if blocked { Progress::Blocked(Why::Output) } else { work.step(&mut cx)? };
            cx.input_done();
            if let Progress::Idle { .. } = progress {
                cx.rest();
            }
            Ok(progress)
        }));
        stepped.unwrap_or_else(|panic| Err(Failure::panic(panic.as_ref())))
    }

    /// What the step has cost.
    fn account(&self, task: &mut Task, began_ns: u64, ended_ns: u64) {
        let went_ns = ended_ns.saturating_sub(began_ns);
        task.clocked.pass(went_ns);
        task.gauges.steps.add(1);
        task.gauges.step_ns_max.raise_to(went_ns);
        if went_ns > OVERRUN_NS {
            task.gauges.overruns.add(1);
            let quiet = task.overrun_logged_ns.is_some_and(|at_ns| ended_ns - at_ns < OVERRUN_LOG_NS);
            if !quiet {
                task.overrun_logged_ns = Some(ended_ns);
                tracing::warn!(
                    subtask = %task.place.name,
                    core = self.core,
                    "a step took {} ms; whatever else runs on this core had to wait",
                    went_ns / 1_000_000
                );
            }
        }
        task.adapt_credit(ended_ns);
    }

    /// Decides when it is stepped again, if at all.
    fn settle(&mut self, mut task: Box<Task>, progress: Progress, host: &mut dyn Host, now_ns: u64) {
        if progress == Progress::Done
            && let Err(failure) = task.end(&mut self.switch)
        {
            return self.fail(task, &failure, host);
        }
        if task.is_over() {
            return self.finish(task, host);
        }
        let doing = task.doing_next(progress);
        task.turn_to(doing, now_ns);
        if let Some(former) = task.wake.take() {
            self.wheel.remove(former); // It has said anew when it wants to be woken.
        }
        if doing == Doing::Busy {
            task.call(&mut self.ready, now_ns);
        } else if let Progress::Idle { wake_at_ns: Some(wake_at_ns) } = progress {
            task.wake_at(wake_at_ns, &mut self.wheel);
        }
        task.arm(now_ns, &mut self.wheel);
        task.refresh(now_ns, false);
        self.tasks.put(task);
    }

    /// It has come to its end.
    fn finish(&mut self, task: Box<Task>, host: &mut dyn Host) {
        let (attempt, subtask) = (task.attempt, task.subtask);
        self.leave(task, host);
        (self.report)(self.core, Report::Finished(attempt, subtask));
    }

    pub(super) fn fail(&mut self, task: Box<Task>, failure: &Failure, host: &mut dyn Host) {
        let (attempt, subtask) = (task.attempt, task.subtask);
        let failure = failure.clone().at(&task.place.name);
        self.leave(task, host);
        (self.report)(self.core, Report::Failed(attempt, subtask, failure));
    }

    /// It is gone, and its place is free.
    pub(super) fn leave(&mut self, task: Box<Task>, host: &mut dyn Host) {
        let id = task.id;
        if let Some(latency) = &task.standing.latency {
            (self.report)(self.core, Report::Measured(task.attempt, task.subtask, latency.copy()));
        }
        task.leave(&mut self.wheel, host);
        self.tasks.release(id);
        self.shares_most = self.tasks.iter().map(|task| task.shares).max().unwrap_or(0);
        self.gauges.subtasks.set(self.tasks.len() as u64);
    }
}

impl Task {
    /// Something may be to be done: it stands in line, if it may be stepped and does not already.
    pub(super) fn call(&mut self, ready: &mut Ready, now_ns: u64) {
        if self.phase == Phase::Made || self.in_line {
            return;
        }
        if self.doing != Doing::Busy {
            self.turn_to(Doing::Busy, now_ns);
        }
        self.in_line = true;
        ready.push(self.id.place, &self.clocked);
    }

    /// It wants no more and sends no more.
    fn end(&mut self, switch: &mut shuffle::Switch) -> Result<(), Failure> {
        self.phase = Phase::Draining;
        self.drop_work()?;
        for out in &mut self.ports.outs {
            out.flow = out.output.event(Event::End, switch);
        }
        self.discard();
        self.ports.tell_credit(switch);
        Ok(())
    }

    /// Drops what comes to one that has ended, so that those who send it can end too.
    fn discard(&mut self) {
        let Some(gate) = &mut self.ports.gate else { return };
        while let Some(arrival) = gate.next() {
            self.standing.input_ended |= matches!(arrival, shuffle::Arrival::End);
        }
    }

    fn doing_next(&self, progress: Progress) -> Doing {
        if self.phase == Phase::Draining {
            return if self.ports.is_drained() { Doing::Idle } else { Doing::Blocked(Why::Output) };
        }
        if self.ports.is_blocked() {
            return Doing::Blocked(Why::Output);
        }
        let more = || self.ports.gate.as_ref().is_some_and(shuffle::Gate::has_more);
        match progress {
            // It was full when the subtask looked, and is not any more: nobody would tell.
            Progress::Blocked(Why::Output) => Doing::Busy,
            Progress::Blocked(why) if self.mails.is_empty() => Doing::Blocked(why),
            Progress::Idle { .. } if self.mails.is_empty() && !self.standing.cut_short && !more() => {
                Doing::Idle
            }
            _ => Doing::Busy,
        }
    }

    fn wake_at(&mut self, wake_at_ns: u64, wheel: &mut Wheel<Due>) {
        self.wake = Some(wheel.insert(wake_at_ns, Due::Wake(self.id)));
    }

    /// When a source sends its next mark.
    pub(super) fn arm_mark(&mut self, now_ns: u64, wheel: &mut Wheel<Due>) {
        let id = self.id;
        if let Some(mark) = &mut self.mark {
            mark.entry = Some(wheel.insert(now_ns.saturating_add(mark.every_ns), Due::Mark(id)));
        }
    }
}
