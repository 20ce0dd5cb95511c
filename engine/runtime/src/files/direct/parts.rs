//! Parts of operations that the pool does for tasks of the executor.
//!
//! Keeps a place for each answer until it has come. Never answers twice.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::seam::{FileError, FileResult};

/// What the tasks of a core wait for.
#[derive(Default)]
pub(super) struct Parts {
    begun: Cell<u64>,
    waiting: RefCell<BTreeMap<u64, Rc<Part>>>,
    abandoned: Cell<bool>,
}

#[derive(Default)]
struct Part {
    result: RefCell<Option<FileResult>>,
    waker: RefCell<Option<Waker>>,
}

impl Parts {
    /// A number for the pool, and the answer to it.
    pub(super) fn begin(&self) -> (u64, impl Future<Output = FileResult> + use<>) {
        let number = self.begun.get();
        self.begun.set(number + 1);
        let part = Rc::new(Part::default());
        if self.abandoned.get() {
            part.answer(Err(abandoned()));
        } else {
            self.waiting.borrow_mut().insert(number, part.clone());
        }
        let answer = poll_fn(move |context| match part.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                part.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        });
        (number, answer)
    }

    /// Hands an answer to who waits for it.
    pub(super) fn answer(&self, number: u64, result: FileResult) {
        let part = self.waiting.borrow_mut().remove(&number);
        if let Some(part) = part {
            part.answer(result);
        }
    }

    /// Nobody brings answers any more: whoever waits gets an error, so that it can end.
    pub(super) fn abandon(&self) {
        self.abandoned.set(true);
        for part in self.waiting.take().into_values() {
            part.answer(Err(abandoned()));
        }
    }
}

impl Part {
    fn answer(&self, result: FileResult) {
        self.result.replace(Some(result));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

fn abandoned() -> FileError {
    let cause = io::Error::other("the core has left");
    FileError { action: "finish", path: "what was under way".into(), cause }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Context;

    use super::*;
    use crate::seam::FileAnswer;

    fn poll(answer: &mut (impl Future<Output = FileResult> + Unpin)) -> Poll<FileResult> {
        pin!(answer).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn each_task_gets_its_own_answer() {
        let parts = Parts::default();
        let [(one, mut first), (two, mut second)] = [parts.begin(), parts.begin()];
        assert!(poll(&mut first).is_pending());
        parts.answer(two, Ok(FileAnswer::Length(2)));
        assert!(poll(&mut first).is_pending());
        parts.answer(one, Ok(FileAnswer::Length(1)));
        assert!(matches!(poll(&mut first), Poll::Ready(Ok(FileAnswer::Length(1)))));
        assert!(matches!(poll(&mut second), Poll::Ready(Ok(FileAnswer::Length(2)))));
    }

    #[test]
    fn nobody_waits_for_who_has_left() {
        let parts = Parts::default();
        let (_, mut before) = parts.begin();
        parts.abandon();
        let (_, mut after) = parts.begin();
        assert!(matches!(poll(&mut before), Poll::Ready(Err(_))));
        assert!(matches!(poll(&mut after), Poll::Ready(Err(_))));
    }
}
