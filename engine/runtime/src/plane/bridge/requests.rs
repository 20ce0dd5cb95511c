//! Questions from a core, each answered by a future on the plane: asynchronous functions of the user, look-ups.
//!
//! Keeps a number for every question under way, and holds the task on a leash: all end with the port. Never puts
//! answers in order, which is the operator's business; and answers each question once, whatever becomes of its future.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{Id, JoinError, JoinSet};

use super::check_capacity;
use super::outcome::{panicked, stopped};
use super::poke::{Ear, Poke};
use crate::error::Error;
use crate::plane::leash::{Tether, leash};
use crate::plane::{Leash, PlaneHandle};
use crate::threads::words;

/// The core's end. Dropped, it drops every future that has not ended.
pub struct Requests<Q, A> {
    questions: Sender<Question<Q>>,
    answers: Receiver<(u64, Answer<A>)>,
    ear: Ear,
    next: u64,
    outstanding: BTreeSet<u64>,
    capacity: usize,
    _leash: Leash,
}

/// A question on its way, with its number, and what ends its future early if it may be.
type Question<Q> = (u64, Q, Option<Tether>);

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<A> {
    /// The future ended with this.
    Done(A),
    /// It did not end: what its panic said, that the plane has stopped, or that nobody waits for it any more.
    Failed(String),
}

impl<Q: Send + 'static, A: Send + 'static> Requests<Q, A> {
    /// Lets `serve` answer questions on the plane, at most `capacity` at a time. All are served by one thread there.
    ///
    /// # Errors
    ///
    /// Those of [`PlaneHandle::spawn`].
    ///
    /// # Panics
    ///
    /// If `capacity` is zero, or absurd.
    pub fn open<F>(
        handle: &PlaneHandle,
        poke: Arc<dyn Poke>,
        capacity: usize,
        serve: impl Fn(Q) -> F + Send + 'static,
    ) -> Result<Self, Error>
    where
        F: Future<Output = A> + 'static,
    {
        check_capacity(capacity);
        let (questions, asked) = mpsc::channel(capacity);
        let (answered, mut answers) = mpsc::channel(capacity);
        let ear = Ear::new(poke);
        // So that the first answer pokes. Nobody can have given it yet.
        let _empty = ear.look(|context| answers.poll_recv(context));
        let service =
            || Service { asked, answered, running: JoinSet::new(), numbers: BTreeMap::new() }.run(serve);
        let leash = handle.spawn_leashed(service)?;
        let outstanding = BTreeSet::new();
        Ok(Self { questions, answers, ear, next: 0, outstanding, capacity, _leash: leash })
    }

    /// Asks. The number comes back with the answer; they count up from zero.
    ///
    /// # Errors
    ///
    /// The question, while as many are outstanding as may be. There is a poke when one is answered.
    pub fn ask(&mut self, question: Q) -> Result<u64, Q> {
        self.put(question, None)
    }

    /// Asks what may lose its interest: drop the leash and its future is dropped, wherever it waits. An answer comes then
    /// all the same, to say that there is room again.
    ///
    /// # Errors
    ///
    /// As [`Requests::ask`].
    pub fn ask_on_leash(&mut self, question: Q) -> Result<(u64, Leash), Q> {
        let (leash, tether) = leash();
        self.put(question, Some(tether)).map(|number| (number, leash))
    }

    fn put(&mut self, question: Q, tether: Option<Tether>) -> Result<u64, Q> {
        if self.outstanding.len() == self.capacity {
            return Err(question);
        }
        let number = self.next;
        match self.questions.try_send((number, question, tether)) {
            Ok(()) => {}
            // The plane has stopped. The next look answers this one with the others, so there has to be one.
            Err(TrySendError::Closed(_)) => self.ear.ring(),
            Err(TrySendError::Full(_)) => unreachable!("more questions wait than are outstanding"),
        }
        self.next += 1;
        self.outstanding.insert(number);
        Ok(number)
    }

    /// Hands out all answers that have come, in the order in which the futures ended.
    pub fn answers(&mut self, mut each: impl FnMut(u64, Answer<A>)) {
        loop {
            match self.ear.look(|context| self.answers.poll_recv(context)) {
                Poll::Pending => return,
                Poll::Ready(Some((number, answer))) => {
                    self.outstanding.remove(&number);
                    each(number, answer);
                }
                Poll::Ready(None) => {
                    let cut_off = std::mem::take(&mut self.outstanding);
                    cut_off.into_iter().for_each(|number| each(number, Answer::Failed(stopped())));
                    return;
                }
            }
        }
    }

    /// Questions whose answers have not been handed out.
    pub fn outstanding(&self) -> usize {
        self.outstanding.len()
    }
}

/// The plane's end.
struct Service<Q, A> {
    asked: Receiver<Question<Q>>,
    answered: Sender<(u64, Answer<A>)>,
    /// The futures. The set catches their panics, and drops them when it is dropped. Nothing comes of one that was let go.
    running: JoinSet<Option<A>>,
    /// Which question each of them answers.
    numbers: BTreeMap<Id, u64>,
}

enum Event<Q, A> {
    Asked(Question<Q>),
    Ended(Result<(Id, Option<A>), JoinError>),
    Closed,
}

impl<Q: 'static, A: 'static> Service<Q, A> {
    async fn run<F>(mut self, serve: impl Fn(Q) -> F + 'static)
    where
        F: Future<Output = A> + 'static,
    {
        let serve = Rc::new(serve);
        loop {
            match self.next().await {
                Event::Asked((number, question, tether)) => {
                    let serve = Rc::clone(&serve);
                    // Made within the task, so that a panic of the making is the question's as well.
                    let task = self.running.spawn_local(async move {
                        match tether {
                            Some(tether) => tether.hold(|| serve(question)).await,
                            None => Some(serve(question).await),
                        }
                    });
                    self.numbers.insert(task.id(), number);
                }
                Event::Ended(ended) => self.answer(ended),
                Event::Closed => return,
            }
        }
    }

    /// Who has ended goes first: it makes room for the next question.
    async fn next(&mut self) -> Event<Q, A> {
        poll_fn(|context| {
            if let Poll::Ready(Some(ended)) = self.running.poll_join_next_with_id(context) {
                return Poll::Ready(Event::Ended(ended));
            }
            self.asked.poll_recv(context).map(|asked| asked.map_or(Event::Closed, Event::Asked))
        })
        .await
    }

    fn answer(&mut self, ended: Result<(Id, Option<A>), JoinError>) {
        let (task, answer) = match ended {
            Ok((task, Some(answer))) => (task, Answer::Done(answer)),
            Ok((task, None)) => (task, Answer::Failed("nobody waits for the answer".to_owned())),
            Err(failed) => {
                let task = failed.id();
                let panic = failed.try_into_panic();
                (
                    task,
                    Answer::Failed(
                        panic.map_or_else(|_| stopped(), |panic| panicked(&words(panic.as_ref()))),
                    ),
                )
            }
        };
        let number = self.numbers.remove(&task).expect("every future answers a question");
        match self.answered.try_send((number, answer)) {
            // Closed: the core's end is gone, and this task is about to be.
            Ok(()) | Err(TrySendError::Closed(_)) => {}
            Err(TrySendError::Full(_)) => unreachable!("more answers wait than questions are outstanding"),
        }
    }
}
