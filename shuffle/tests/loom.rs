//! Models of what crosses cores in `shuffle`, explored in every order that the memory model allows (up to three
//! preemptions), and for each the mistakes that the exploration must find.
//!
//! `cargo test -p millstream-shuffle --features loom --test loom`

#![cfg(feature = "loom")]

use std::cell::RefCell;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use shuffle::model::{Doorbell, Mutant, Published, mesh_of, plant};
use shuffle::{ChannelId, Hunger, Item, Links, Message, Receiver, Watermark, lane};

#[path = "../../memory/tests/loom/mutants.rs"]
mod mutants;

use mutants::holds_unless;

/// The next message, whenever it comes.
fn await_next<T>(receiver: &mut Receiver<T>) -> T {
    loop {
        if let Some(message) = receiver.pop() {
            return message;
        }
        // Lets the sender in: a load is reordered with the write of another thread only if this one has not just
        // loaded the same place.
        thread::yield_now();
    }
}

/// A turn of two messages, the second added to after it was written, and a turn of one: all arrive once, in order, as
/// they were last written.
fn messages_arrive_as_written() {
    let (mut sender, mut receiver) = lane(4);
    let sending = thread::spawn(move || {
        sender.push(1).unwrap();
        sender.push(2).unwrap();
        *sender.last_unpublished().unwrap() += 20;
        sender.publish();
        sender.push(3).unwrap();
        sender.publish();
        sender
    });
    assert_eq!([(); 3].map(|()| await_next(&mut receiver)), [1, 22, 3]);
    assert_eq!(receiver.pop(), None);
    drop(sending.join().unwrap());
}

#[test]
fn what_was_written_is_published_and_seen() {
    holds_unless(&[Mutant::PublishUnordered, Mutant::TakeUnordered], messages_arrive_as_written);
}

/// Whoever sees the first message of a turn sees the second too.
fn a_turn_arrives_whole() {
    let (mut sender, mut receiver) = lane(2);
    let sending = thread::spawn(move || {
        sender.push(1).unwrap();
        sender.push(2).unwrap();
        sender.publish();
        sender
    });
    assert_eq!(await_next(&mut receiver), 1);
    assert_eq!(receiver.pop(), Some(2));
    drop(sending.join().unwrap());
}

#[test]
fn a_turn_is_published_at_once() {
    holds_unless(&[Mutant::PublishEachPush], a_turn_arrives_whole);
}

/// Three messages through one slot: each is written when the one before it was read and its slot given back.
fn a_slot_is_used_again() {
    let (mut sender, mut receiver) = lane(1);
    let sending = thread::spawn(move || {
        for number in 1..=3 {
            while sender.push(number).is_err() {
                thread::yield_now();
            }
            sender.publish();
        }
        sender
    });
    for number in 1..=3 {
        assert_eq!(await_next(&mut receiver), number);
        receiver.give_back();
    }
    drop(sending.join().unwrap());
}

#[test]
fn a_slot_is_written_after_it_was_read() {
    holds_unless(&[Mutant::GiveBackUnordered, Mutant::ReuseUnordered], a_slot_is_used_again);
}

/// A sender that leaves: whoever sees that it is gone finds all it has published.
fn the_last_words_are_heard() {
    let (mut sender, mut receiver) = lane(2);
    let sending = thread::spawn(move || {
        sender.push(1).unwrap();
        sender.publish();
    });
    while !receiver.is_sender_gone() {
        thread::yield_now();
    }
    assert_eq!([receiver.pop(), receiver.pop()], [Some(1), None]);
    sending.join().unwrap();
}

#[test]
fn a_sender_is_gone_after_what_it_published() {
    holds_unless(&[Mutant::LeaveUnordered, Mutant::LeftUnordered], the_last_words_are_heard);
}

/// Notes that it was dropped, in a table of the real thread that all threads of a model are.
#[derive(Debug)]
struct Noted(usize);

std::thread_local! {
    static DROPS: RefCell<[u32; 4]> = const { RefCell::new([0; 4]) };
}

impl Drop for Noted {
    fn drop(&mut self) {
        DROPS.with_borrow_mut(|drops| drops[self.0] += 1);
    }
}

/// Both ends leave at any moment: of four messages one is perhaps taken, one is perhaps published after the receiver
/// has left, and the last never is. Each is dropped once.
fn both_ends_leave() {
    DROPS.set([0; 4]);
    let (mut sender, mut receiver) = lane(4);
    let sending = thread::spawn(move || {
        sender.push(Noted(0)).unwrap();
        sender.push(Noted(1)).unwrap();
        sender.publish();
        sender.push(Noted(2)).unwrap();
        sender.publish();
        sender.push(Noted(3)).unwrap();
    });
    drop(receiver.pop());
    thread::yield_now();
    drop(receiver);
    sending.join().unwrap();
    assert_eq!(DROPS.take(), [1; 4]);
}

#[test]
fn what_is_left_in_a_lane_is_dropped_once() {
    let mutants = [Mutant::UnpublishedForgotten, Mutant::TakenTwice, Mutant::RemainderForgotten];
    holds_unless(&mutants, both_ends_leave);
}

/// A core that sleeps when it has found nothing, and a sender that wakes it when it is told to. A wake that is lost
/// is a deadlock, which the exploration reports.
fn nobody_sleeps_over_a_message() {
    let (mut sender, mut receiver) = lane(1);
    let doorbell = Arc::new(Doorbell::default());
    let sending = {
        let (doorbell, receiving) = (doorbell.clone(), thread::current());
        thread::spawn(move || {
            sender.push(1).unwrap();
            sender.publish();
            if doorbell.ring(&Published::now()) {
                receiving.unpark();
            }
            sender
        })
    };
    let taken = loop {
        if let Some(taken) = receiver.pop() {
            break taken;
        }
        doorbell.spin();
        if doorbell.park(|| !receiver.is_empty()) {
            thread::park();
        }
        doorbell.work();
    };
    assert_eq!(taken, 1);
    drop(sending.join().unwrap());
}

#[test]
fn no_wake_is_lost() {
    holds_unless(&[Mutant::ParkUnfenced, Mutant::RingUnfenced], nobody_sleeps_over_a_message);
}

/// Two senders find one core parked.
fn one_of_two_wakes() {
    let doorbell = Arc::new(Doorbell::default());
    assert!(doorbell.park(|| false));
    let wakes = Arc::new(AtomicUsize::new(0));
    let senders = [(); 2].map(|()| {
        let (doorbell, wakes) = (doorbell.clone(), wakes.clone());
        thread::spawn(move || {
            if doorbell.ring(&Published::now()) {
                wakes.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    assert_eq!(wakes.load(Ordering::Relaxed), 1);
    assert_eq!(doorbell.hunger(), Hunger::Busy);
}

#[test]
fn exactly_one_sender_wakes() {
    holds_unless(&[Mutant::RingInTwoSteps], one_of_two_wakes);
}

/// Two cores with lanes of one slot. One sends two messages, so that the second waits for the slot of the first; both
/// sleep when they may. A core that sleeps too early is a deadlock, or goes with a message unsent.
fn links_deliver() {
    let [mut here, mut there]: [Links; 2] = mesh_of(2, 1, 1).try_into().ok().unwrap();
    let sending = {
        let receiving = thread::current();
        thread::spawn(move || {
            for time in 1..=2 {
                let item = Item::Watermark(Watermark(time));
                there.send(0, Message { channel: ChannelId(1), charge: 0, item });
            }
            while !there.park() {
                there.publish(|_| receiving.unpark());
                thread::yield_now();
            }
        })
    };
    let mut times = Vec::new();
    while times.len() < 2 {
        let came = here.receive(usize::MAX, |_, message| match message.item {
            Item::Watermark(watermark) => times.push(watermark.0),
            other => panic!("nobody has sent {other:?}"),
        });
        if came == 0 && here.park() {
            thread::park();
        }
        here.work();
    }
    assert_eq!(times, [1, 2]);
    sending.join().unwrap();
    assert!(here.is_gone(1));
}

#[test]
fn links_sleep_only_when_all_is_delivered() {
    holds_unless(&[Mutant::ParkUnfenced, Mutant::RingUnfenced], links_deliver);
}
