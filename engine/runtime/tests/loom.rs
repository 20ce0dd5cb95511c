//! Models of what crosses cores in `runtime`, explored in every order that the memory model allows (up to three
//! preemptions), and for each the mistakes that the exploration must find. A wake that is lost is a deadlock, which the
//! exploration reports.
//!
//! `cargo test -p millstream-runtime --features loom --test loom`

#![cfg(feature = "loom")]

// Not loom's: that one asks the model when it is dropped, also when the model has failed.
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, JoinHandle};
use runtime::model::{Bell, Ear, Mutant, RingSleep, Rung, Thread, current, park, plant};
use runtime::plane::bridge::Poke;

#[path = "../../../memory/tests/loom/mutants.rs"]
mod mutants;

use mutants::holds_unless;

fn join<const N: usize>(threads: [JoinHandle<()>; N]) {
    threads.into_iter().for_each(|thread| thread.join().expect("a thread that comes to its end"));
}

/// A core's task, which goes on when its thread does.
struct Task(Thread);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Task {
    fn waker() -> Waker {
        Waker::from(Arc::new(Self(current())))
    }
}

/// Goes into the ring again and again until it has found `wanted` things there; the look is the weakest there is.
fn sleep_until(sleep: &RingSleep, things: &AtomicUsize, wanted: usize) {
    let waker = Task::waker();
    loop {
        sleep.begin();
        if things.load(Ordering::Relaxed) == wanted {
            break;
        }
        while !sleep.poll(&waker) {
            park();
        }
        sleep.end();
    }
    sleep.forget();
}

/// Two others post and wake; the core finds what both have posted.
fn nobody_sleeps_over_a_post() {
    let sleep = Arc::new(RingSleep::default());
    let things = Arc::new(AtomicUsize::new(0));
    let others = [(); 2].map(|()| {
        let (sleep, things) = (sleep.clone(), things.clone());
        thread::spawn(move || {
            things.fetch_add(1, Ordering::Relaxed);
            sleep.wake();
        })
    });
    sleep_until(&sleep, &things, 2);
    join(others);
}

#[test]
fn no_wake_of_a_core_in_its_ring_is_lost() {
    let mutants = [
        Mutant::BeginUnfenced,
        Mutant::BeginBackwards,
        Mutant::WakeUnfenced,
        Mutant::WokenAfterwards,
        Mutant::WakerAfterwards,
    ];
    holds_unless(&mutants, nobody_sleeps_over_a_post);
}

/// Nobody wakes the core but the guardian, which sleeps when it sees no core, and ends when it is told to.
fn the_guardian_sees_a_core() {
    let bell = Arc::new(Bell::default());
    let sleep = Arc::new(RingSleep::default());
    sleep.watch(bell.clone());
    let guardian = {
        let (bell, sleep) = (bell.clone(), sleep.clone());
        thread::spawn(move || bell.watch(|| sleep.wake_again()))
    };
    let waker = Task::waker();
    sleep.begin();
    while !sleep.poll(&waker) {
        park();
    }
    sleep.end();
    bell.end();
    join([guardian]);
}

#[test]
fn a_core_in_its_ring_is_seen() {
    let mutants = [Mutant::BeginUnfenced, Mutant::WatchUnfenced];
    holds_unless(&mutants, the_guardian_sees_a_core);
}

/// The guardian is told to end, at any moment of its life.
fn the_guardian_ends() {
    let bell = Arc::new(Bell::default());
    let guardian = {
        let bell = bell.clone();
        thread::spawn(move || bell.watch(|| false))
    };
    bell.end();
    join([guardian]);
}

#[test]
fn an_end_is_seen() {
    holds_unless(&[Mutant::EndUnfenced, Mutant::WatchUnfenced], the_guardian_ends);
}

/// A core's letter box: how much is in it.
struct Box {
    mails: AtomicUsize,
    owner: Thread,
}

impl Box {
    fn of_this_thread() -> Self {
        Self { mails: AtomicUsize::new(0), owner: current() }
    }

    /// Says how much was in it.
    fn post(&self) -> usize {
        let under_way = self.mails.fetch_add(1, Ordering::Release);
        self.owner.unpark();
        under_way
    }

    fn receive(&self) {
        while self.mails.load(Ordering::Acquire) == 0 {
            park();
        }
        self.mails.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Two others do something and ring; of two rings one may be dropped. The core looks once for each mail and finds both
/// things.
fn a_look_finds_what_was_rung_for() {
    let rung = Arc::new(Rung::default());
    let letters = Arc::new(Box::of_this_thread());
    let things = Arc::new(AtomicUsize::new(0));
    let others = [(); 2].map(|()| {
        let (rung, letters, things) = (rung.clone(), letters.clone(), things.clone());
        thread::spawn(move || {
            things.fetch_add(1, Ordering::Relaxed);
            if rung.ring() {
                assert_eq!(letters.post(), 0, "one mail at a time");
            }
        })
    });
    while things.load(Ordering::Relaxed) < 2 {
        letters.receive();
        rung.hear();
    }
    join(others);
}

#[test]
fn no_ring_is_lost_and_one_mail_is_under_way() {
    let mutants = [Mutant::RingUnordered, Mutant::HearUnordered, Mutant::HearUnread, Mutant::RingInTwoSteps];
    holds_unless(&mutants, a_look_finds_what_was_rung_for);
}

/// The box of a core that looks at a port.
struct Letters(Arc<Box>);

impl Poke for Letters {
    fn poke(&self) {
        self.0.post();
    }
}

/// Two items come through a channel that wakes for each; the core searches once when it opens the port, and then when
/// it is poked.
fn a_port_is_searched() {
    let letters = Arc::new(Box::of_this_thread());
    let ear = Ear::new(Arc::new(Letters(letters.clone())));
    let items = Arc::new(AtomicUsize::new(0));
    let Poll::Ready(waker) = ear.look(|context| Poll::Ready(context.waker().clone())) else {
        unreachable!("the search is ready")
    };
    let plane = [(); 2].map(|()| {
        let (waker, items) = (waker.clone(), items.clone());
        thread::spawn(move || {
            items.fetch_add(1, Ordering::Relaxed);
            waker.wake();
        })
    });
    let search = || ear.look(|_| Poll::Ready(items.load(Ordering::Relaxed)));
    while search() != Poll::Ready(2) {
        letters.receive();
    }
    join(plane);
}

#[test]
fn no_poke_of_a_port_is_lost() {
    holds_unless(&[Mutant::SearchBeforeHearing, Mutant::HearUnordered], a_port_is_searched);
}
