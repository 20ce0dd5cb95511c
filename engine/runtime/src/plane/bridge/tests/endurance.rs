//! No poke is lost: a core that sleeps until it is poked gets through a hundred thousand items.
//!
//! Each test is one port of the smallest capacity, so that nearly every item finds the other side asleep or about to
//! be. There is no time limit in it: a lost poke is a test that hangs.

#![expect(clippy::disallowed_methods, reason = "these threads play cores that sleep")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};

use super::*;

const ITEMS: u64 = 100_000;

/// A core that parks. It keeps the poke itself, since `park` may return for no reason, which would hide a lost one.
struct Parked {
    core: Thread,
    poked: AtomicBool,
}

impl Poke for Parked {
    fn poke(&self) {
        self.poked.store(true, Ordering::Release);
        self.core.unpark();
    }
}

impl Parked {
    fn here() -> Arc<Self> {
        Arc::new(Self { core: thread::current(), poked: AtomicBool::new(false) })
    }

    fn wait(&self) {
        while !self.poked.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

#[test]
fn no_poke_for_an_item_is_lost() {
    over_each_backend(|plane| {
        let core = Parked::here();
        let count = async |sender: InflowSender<u64>| {
            for number in 0..ITEMS {
                sender.send(number).await.unwrap();
            }
            Ok(())
        };
        let mut inflow = Inflow::open(&plane.handle(), core.clone(), 1, count).unwrap();
        let mut next = 0;
        loop {
            match inflow.take() {
                Taken::Item(number) => {
                    assert_eq!(number, next);
                    next += 1;
                }
                Taken::Empty => core.wait(),
                Taken::Ended(ended) => break ended.unwrap(),
            }
        }
        assert_eq!(next, ITEMS);
    });
}

#[test]
fn no_poke_for_room_is_lost() {
    over_each_backend(|plane| {
        let core = Parked::here();
        let (say, sum) = channel();
        let add = async move |mut items: OutflowReceiver<u64>| {
            let mut sum = 0;
            while let Some(item) = items.next().await {
                sum += item;
            }
            say.send(sum).unwrap();
            Ok(())
        };
        let mut outflow = Outflow::open(&plane.handle(), core.clone(), 1, add).unwrap();
        for number in 0..ITEMS {
            while outflow.offer(number).is_err() {
                core.wait();
            }
        }
        outflow.finish();
        while outflow.ended().is_none() {
            core.wait();
        }
        assert_eq!(sum.recv(), Ok(ITEMS * (ITEMS - 1) / 2));
    });
}

#[test]
fn no_poke_for_an_answer_is_lost() {
    over_each_backend(|plane| {
        let core = Parked::here();
        let serve = async |question: u64| question;
        let mut requests = Requests::open(&plane.handle(), core.clone(), 1, serve).unwrap();
        let mut answered = 0;
        while answered < ITEMS {
            match requests.ask(answered) {
                Ok(number) => assert_eq!(number, answered),
                Err(_) => core.wait(),
            }
            requests.answers(|number, answer| {
                assert_eq!((number, answer), (answered, Answer::Done(answered)));
                answered += 1;
            });
        }
    });
}
