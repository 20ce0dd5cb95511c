//! Questions and answers.

use std::future::pending;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::sync::oneshot;

use super::*;

fn answers<A: Send + 'static>(
    requests: &mut Requests<u64, A>,
    heard: &Receiver<()>,
    wanted: usize,
) -> Vec<(u64, Answer<A>)> {
    let mut found = Vec::new();
    wait_for(heard, || {
        requests.answers(|number, answer| found.push((number, answer)));
        (found.len() >= wanted).then_some(())
    });
    found
}

fn failed<A>(words: &str) -> Answer<A> {
    Answer::Failed(words.to_owned())
}

#[test]
fn answers_come_in_the_order_in_which_they_are_found() {
    over_each_backend(|plane| {
        let (poke, heard) = pokes();
        let (finds, waits): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel::<&str>()).unzip();
        let waits = Mutex::new(waits.into_iter().map(Some).collect::<Vec<_>>());
        let serve = move |question: u64| {
            let wait = waits.lock().unwrap()[usize::try_from(question).unwrap() - 10].take().unwrap();
            async move { format!("{} to {question}", wait.await.unwrap()) }
        };
        let mut requests = Requests::open(&plane.handle(), poke, 3, serve).unwrap();
        assert_eq!([10, 11, 12].map(|question| requests.ask(question)), [Ok(0), Ok(1), Ok(2)]);
        let mut finds: Vec<_> = finds.into_iter().map(Some).collect();
        for (number, words) in [(1, "no"), (2, "yes"), (0, "perhaps")] {
            finds[number].take().unwrap().send(words).unwrap();
            let expected = (number as u64, Answer::Done(format!("{words} to {}", number + 10)));
            assert_eq!(answers(&mut requests, &heard, 1), [expected]);
        }
        assert_eq!(requests.outstanding(), 0);
    });
}

#[test]
fn a_question_is_refused_while_too_many_are_outstanding() {
    over_each_backend(|plane| {
        let ((poke, heard), steps) = (pokes(), Arc::new(Semaphore::new(0)));
        let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let serve = {
            let (steps, under_way, most) = (Arc::clone(&steps), Arc::clone(&under_way), Arc::clone(&most));
            move |question: u64| {
                let (steps, under_way, most) =
                    (Arc::clone(&steps), Arc::clone(&under_way), Arc::clone(&most));
                async move {
                    most.fetch_max(under_way.fetch_add(1, SeqCst) + 1, SeqCst);
                    step(&steps).await;
                    under_way.fetch_sub(1, SeqCst);
                    question
                }
            }
        };
        let mut requests = Requests::open(&plane.handle(), poke, 4, serve).unwrap();
        assert!((0..4).all(|question| requests.ask(question) == Ok(question)));
        for question in 4..50 {
            assert_eq!((requests.ask(question), requests.outstanding()), (Err(question), 4));
            steps.add_permits(1);
            assert_eq!(answers(&mut requests, &heard, 1).len(), 1);
            assert_eq!(requests.ask(question), Ok(question));
        }
        assert_eq!(most.load(SeqCst), 4);
    });
}

#[test]
fn a_panic_fails_its_question_and_no_other() {
    over_each_backend(|plane| {
        let (poke, heard) = pokes();
        let serve = |question: u64| {
            assert!(question != 1, "stone broke while it was made");
            async move {
                assert!(question != 2, "stone {question} broke");
                question * 10
            }
        };
        let mut requests = Requests::open(&plane.handle(), poke, 4, serve).unwrap();
        (0..4).for_each(|question| assert_eq!(requests.ask(question), Ok(question)));
        let mut found = answers(&mut requests, &heard, 4);
        found.sort_by_key(|(number, _)| *number);
        let expected = [
            (0, Answer::Done(0)),
            (1, failed("panicked: stone broke while it was made")),
            (2, failed("panicked: stone 2 broke")),
            (3, Answer::Done(30)),
        ];
        assert_eq!(found, expected);
        assert_eq!(plane.handle().figures().tasks_panicked, 0, "it was the question's panic, not the port's");
    });
}

#[test]
fn a_question_that_is_let_go_makes_room() {
    over_each_backend(|plane| {
        let ((poke, heard), (begin, begun), (say, ended)) = (pokes(), channel(), channel());
        let serve = move |question: u64| {
            let (tombstone, begin) = (Tombstone(say.clone()), begin.clone());
            async move {
                begin.send(()).unwrap();
                if question == 0 {
                    pending::<()>().await;
                }
                drop(tombstone);
                question
            }
        };
        let mut requests = Requests::open(&plane.handle(), poke, 1, serve).unwrap();
        let (number, leash) = requests.ask_on_leash(0).unwrap();
        begun.recv().unwrap();
        assert!(requests.ask_on_leash(1).is_err() && ended.try_recv().is_err());
        drop(leash);
        assert_eq!(answers(&mut requests, &heard, 1), [(number, failed("nobody waits for the answer"))]);
        ended.recv().unwrap();
        let (number, leash) = requests.ask_on_leash(1).unwrap();
        assert_eq!(answers(&mut requests, &heard, 1), [(number, Answer::Done(1))]);
        drop(leash);
    });
}

#[test]
fn dropping_the_port_drops_every_future() {
    over_each_backend(|plane| {
        let ((poke, _heard), (begin, begun), (say, ended)) = (pokes(), channel(), channel());
        let serve = move |_question: u64| {
            let (tombstone, begin) = (Tombstone(say.clone()), begin.clone());
            async move {
                begin.send(()).unwrap();
                drop((tombstone, pending::<()>().await));
            }
        };
        let mut requests = Requests::open(&plane.handle(), poke, 4, serve).unwrap();
        (0..3).for_each(|question| assert_eq!(requests.ask(question), Ok(question)));
        (0..3).for_each(|_| begun.recv().unwrap());
        assert!(ended.try_recv().is_err());
        drop(requests);
        assert_eq!(ended.iter().count(), 3);
    });
}

#[test]
fn a_plane_that_stops_fails_what_is_outstanding_and_what_is_asked_later() {
    let plane = Plane::start(1, Backend::Std).unwrap();
    let (poke, heard) = pokes();
    let mut requests = Requests::open(&plane.handle(), poke, 3, |_question| pending::<()>()).unwrap();
    assert_eq!([0, 1].map(|question| requests.ask(question)), [Ok(0), Ok(1)]);
    plane.stop().unwrap();
    let stopped = || failed("the I/O plane has stopped");
    assert_eq!(answers(&mut requests, &heard, 2), [(0, stopped()), (1, stopped())]);
    heard.try_iter().for_each(drop);
    assert_eq!(requests.ask(2), Ok(2));
    heard.recv().unwrap();
    assert_eq!(answers(&mut requests, &heard, 1), [(2, stopped())]);
}
