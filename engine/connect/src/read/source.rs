//! Files as rows: takes one split after the other, and sends what is in it.
//!
//! ```text
//!   begin ─► take a split ─► read it ─┐
//!              ▲      │ │             │
//!              └──────┼─┼─────────────┘
//!                     │ └─ none yet ─► wait for who finds them
//!                     └─ none left ─► write the last dead letters ─► end
//! ```
//!
//! The first one that begins finds the splits for all, and goes on looking beside its reading, if the source is to.
//!
//! A state machine: it asks for file operations, and goes on with their answers. It never waits, and holds two blocks of
//! its file and a batch.

use std::sync::Arc;

use operators::{Cx, Poll, Source};
use runtime::seam::{FileOperation, FileResult, Ticket};
use runtime::subtask::{Failure, Seat};
use state::{Restore, Snapshot};

use super::attempt::{Attempt, Attempts, Taken};
use super::dead_letters::DeadLetters;
use super::line_count::Counted;
use super::pass::{Pass, Went};
use super::place;
use super::search::Search;
use super::spec::{FileSourceSpec, OnError};
use super::split::Done;
use super::wanted::Wanted;

/// Reads files.
pub struct FileSource {
    spec: Arc<FileSourceSpec>,
    attempt: Arc<Attempt>,
    number: u32,
    stage: Stage,
    /// Which rows, and what has to be known before the first split is begun.
    wanted: Wanted,
    /// Of the one that finds the splits.
    search: Option<Search>,
    /// Operations under way that are not those of a split, and who wants their answers.
    asked: Vec<(Ticket, Asker)>,
    letters: Option<DeadLetters>,
    /// What is known of the lines of the file that was read last.
    counted: Option<Counted>,
    /// What predecessors had done.
    inherited: Vec<Done>,
    /// What this one has done, without what it is doing.
    done: Vec<Done>,
}

enum Stage {
    Begin,
    Taking,
    Reading(Box<Pass>),
    /// Nothing is left to read.
    Ending,
}

/// Who wants an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    /// This look of the search.
    Look(usize),
    Letters,
    /// Nobody: a file was given back.
    Nobody,
}

impl FileSource {
    /// What makes the subtasks of a source: a maker of a chain calls it with its seat. All subtasks of a job have to be
    /// made by the same one, since what is made for one attempt shares its splits.
    pub fn open(
        spec: FileSourceSpec,
    ) -> impl Fn(&Seat) -> Result<Box<dyn Source>, Failure> + Send + Sync + 'static {
        let (spec, attempts) = (Arc::new(spec), Attempts::default());
        move |seat| {
            spec.check()?;
            let number = seat.place.number;
            let letters = match &spec.on_error {
                OnError::DeadLetter(directory) => Some(DeadLetters::new(directory.clone(), number)),
                OnError::Fail | OnError::Skip | OnError::Null => None,
            };
            Ok(Box::new(Self {
                spec: spec.clone(),
                attempt: attempts.join(seat),
                number,
                stage: Stage::Begin,
                wanted: Wanted::new(&spec, seat),
                search: None,
                asked: Vec::new(),
                letters,
                counted: None,
                inherited: Vec::new(),
                done: Vec::new(),
            }))
        }
    }

    fn submit(&mut self, operation: FileOperation, asker: Asker, cx: &mut Cx<'_>) {
        self.asked.push((cx.submit(operation), asker));
    }

    /// Goes one stage further; or says how the call ends.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Option<Poll>, Failure> {
        match &mut self.stage {
            Stage::Begin => {
                if self.attempt.begins_search() {
                    self.search = Some(Search::new(&self.spec, &self.inherited));
                }
                self.stage = Stage::Taking;
                self.look(cx)?;
                Ok(None)
            }
            Stage::Taking if !self.wanted.is_told() => Ok(Some(Poll::Wait)), // It is poked.
            Stage::Taking => {
                self.stage = match self.attempt.take() {
                    Taken::Split(number, split) => {
                        let rows = (&*self.spec, &self.wanted);
                        Stage::Reading(Box::new(Pass::new((number, split), self.counted.take(), rows)?))
                    }
                    Taken::NotYet => return Ok(Some(Poll::Wait)), // It is poked.
                    Taken::Over => Stage::Ending,
                };
                Ok(None)
            }
            Stage::Reading(_) => self.read(cx),
            Stage::Ending => {
                let is_done = self.letters.as_ref().is_none_or(DeadLetters::is_done);
                Ok(Some(if is_done { Poll::End } else { Poll::Wait }))
            }
        }
    }

    /// Goes on with the search, if this is the one that searches.
    fn look(&mut self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let Some(search) = &mut self.search else { return Ok(()) };
        search.begin(&self.spec, cx.now_ns())?;
        while let Some((look, operation)) = search.ask() {
            self.asked.push((cx.submit(operation), Asker::Look(look)));
        }
        if let Some(splits) = search.finish(&self.spec, cx.now_ns())? {
            self.attempt.publish(splits, self.spec.monitor.is_none());
        }
        match self.spec.monitor {
            None if search.wakes_ns().is_some() => self.search = None, // Once was enough.
            _ => search.wakes_ns().into_iter().for_each(|at_ns| cx.wake_at_ns(at_ns)),
        }
        Ok(())
    }

    fn read(&mut self, cx: &mut Cx<'_>) -> Result<Option<Poll>, Failure> {
        let Stage::Reading(pass) = &mut self.stage else { unreachable!("it is reading") };
        match pass.go_on(&self.spec, self.letters.as_mut(), cx)? {
            Went::On => Ok(Some(Poll::More)),
            Went::Waits => Ok(Some(Poll::Wait)),
            Went::Through => {
                let number = pass.number();
                self.done.push(pass.done_through());
                self.counted = pass.counted();
                self.spec.figures.add_split();
                self.wanted.weigh();
                if let Stage::Reading(pass) = std::mem::replace(&mut self.stage, Stage::Taking)
                    && let Some(operation) = pass.close()
                {
                    self.submit(operation, Asker::Nobody, cx);
                }
                cx.end_split(number)?;
                Ok(None)
            }
        }
    }

    /// Writes dead letters; whether there is room for more of them.
    fn write_letters(&mut self, cx: &mut Cx<'_>) -> bool {
        let is_end = matches!(self.stage, Stage::Ending);
        let Some(letters) = &mut self.letters else { return true };
        let operation = letters.ask(is_end);
        let has_room = !letters.is_full();
        if let Some(operation) = operation {
            self.submit(operation, Asker::Letters, cx);
        }
        has_room
    }
}

impl Source for FileSource {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        loop {
            self.look(cx)?;
            if !self.write_letters(cx) {
                return Ok(Poll::Wait);
            }
            if let Some(poll) = self.go_on(cx)? {
                return Ok(poll);
            }
        }
    }

    fn file(&mut self, ticket: Ticket, result: FileResult, _cx: &mut Cx<'_>) -> Result<(), Failure> {
        let asked = self.asked.iter().position(|(asked, _)| *asked == ticket);
        let asker = asked.map(|position| self.asked.swap_remove(position).1);
        match (asker, &mut self.stage) {
            (Some(Asker::Look(look)), _) => {
                self.search.as_mut().expect("one that has asked").answer(look, result)?;
            }
            (Some(Asker::Letters), _) => {
                self.letters.as_mut().expect("some that were written").answer(result)?;
            }
            (Some(Asker::Nobody), _) => {}
            (None, Stage::Reading(pass)) => pass.answer(ticket, result)?,
            (None, _) => unreachable!("{ticket:?}, which nobody has asked for"),
        }
        Ok(())
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        self.done = place::join(std::mem::take(&mut self.done));
        let mut done = self.done.clone();
        if let Stage::Reading(pass) = &self.stage {
            done.push(pass.done());
        }
        // Once is enough: all have inherited the same.
        if self.number == 0 {
            done.extend_from_slice(&self.inherited);
        }
        let letters = self.letters.as_ref().map(DeadLetters::unwritten).unwrap_or_default();
        place::save(to, &place::join(done), &letters);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        let (done, unwritten) = place::load(from)?;
        self.inherited = done;
        if let Some(letters) = self.letters.as_mut().filter(|_| !unwritten.is_empty()) {
            letters.push(&unwritten);
        }
        Ok(())
    }
}
