//! One operator with a plane, driven by hand: who waits for whom is decided here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use memory::{Batch, Lease};
use runtime::plane::Plane;
use runtime::preflight::Backend;
use tokio::sync::oneshot;

use crate::async_io::{AsyncIo, AsyncOrder, AsyncSpec, Retry};
use crate::layout::Layout;
use crate::stand::{self, Bell, Chance, Stand, passed_on, rows_sent};
use crate::{Mode, OperatorSeat};

type Answer = Result<Vec<String>, String>;

/// Somebody who answers when told to.
#[derive(Clone, Default)]
struct Oracle {
    asked: Arc<Mutex<BTreeMap<i64, Vec<oneshot::Sender<Answer>>>>>,
}

impl Oracle {
    fn ask(&self, row: i64) -> impl Future<Output = Answer> + use<> {
        let (answer, wait) = oneshot::channel();
        self.asked.lock().unwrap().entry(row).or_default().push(answer);
        async move { wait.await.unwrap() }
    }

    /// Waits until it was asked about a row.
    fn wait_for(&self, row: i64) -> oneshot::Sender<Answer> {
        loop {
            let waiting = self.asked.lock().unwrap().get_mut(&row).and_then(Vec::pop);
            match waiting {
                Some(answer) => return answer,
                None => std::thread::yield_now(),
            }
        }
    }

    fn answer(&self, row: i64) {
        self.wait_for(row).send(Ok(vec![format!("{row}")])).unwrap();
    }

    fn fail(&self, row: i64, words: &str) {
        self.wait_for(row).send(Err(words.to_owned())).unwrap();
    }
}

struct Trial {
    _plane: Plane,
    seat: OperatorSeat,
    bell: Option<Bell>,
    oracle: Oracle,
}

fn trial() -> Trial {
    let plane = Plane::start(1, Backend::Std).unwrap();
    let (bell, poke) = Bell::new();
    let mut seat = stand::seat(Mode::Streaming, &Lease::root("trial", u64::MAX), None);
    (seat.plane, seat.poke) = (Some(plane.handle()), poke);
    Trial { _plane: plane, seat, bell: Some(bell), oracle: Oracle::default() }
}

impl Trial {
    fn operator(&self, spec: AsyncSpec<i64, String>) -> AsyncIo<i64, String> {
        let oracle = self.oracle.clone();
        let layout = Layout::of(<i64 as record::Record>::fields());
        AsyncIo::new(layout, move |row: i64| oracle.ask(row), spec, &self.seat).unwrap()
    }

    fn stand(&mut self, spec: AsyncSpec<i64, String>) -> Stand {
        let bell = self.bell.take();
        Stand::rung_by(self.operator(spec), 1, Some(7), bell)
    }
}

fn rows(range: std::ops::Range<i64>) -> Batch {
    Batch::new(record::batch_of(range))
}

fn texts(stand: &mut Stand) -> Vec<String> {
    rows_sent(&stand.take()).into_iter().map(|(_, text)| text).collect()
}

/// Lets it hear until so many rows have come.
fn heard(stand: &mut Stand, count: usize) -> Vec<String> {
    let mut found = texts(stand);
    while found.len() < count {
        stand.hear().unwrap();
        found.extend(texts(stand));
    }
    found
}

fn names(range: std::ops::Range<i64>) -> Vec<String> {
    range.map(|row| row.to_string()).collect()
}

#[test]
fn answers_in_any_order_leave_as_the_rows_came_or_as_they_come() {
    for (order, seed) in [(AsyncOrder::Ordered, 1), (AsyncOrder::Unordered, 2)] {
        let mut trial = trial();
        let mut stand = trial.stand(AsyncSpec::new(order));
        stand.batch(0, rows(0..50)).unwrap();
        let mut open: Vec<i64> = (0..50).collect();
        let (chance, mut answered) = (&mut Chance(seed), Vec::new());
        while !open.is_empty() {
            let row = open.swap_remove(chance.below(open.len()));
            trial.oracle.answer(row);
            answered.push(row.to_string());
            if order == AsyncOrder::Unordered {
                assert_eq!(heard(&mut stand, 1), [row.to_string()]);
            }
        }
        if order == AsyncOrder::Ordered {
            assert_eq!(heard(&mut stand, 50), names(0..50));
            assert_ne!(answered, names(0..50));
        }
    }
}

#[test]
fn a_full_queue_holds_up_what_comes() {
    let mut trial = trial();
    let mut stand = trial.stand(AsyncSpec::new(AsyncOrder::Ordered).capacity(3));
    let oracle = trial.oracle.clone();
    // The batch is taken only when there is room for its last row: somebody else has to answer.
    let answers = std::thread::scope(|scope| {
        scope.spawn(move || {
            for row in 0..7 {
                let answer = oracle.wait_for(row);
                assert!(!oracle.asked.lock().unwrap().contains_key(&(row + 3)), "more than three at a time");
                answer.send(Ok(vec![row.to_string()])).unwrap();
            }
        });
        stand.batch(0, rows(0..10)).unwrap();
        heard(&mut stand, 7)
    });
    assert_eq!(answers, names(0..7));
    (7..10).for_each(|row| trial.oracle.answer(row));
    assert_eq!(heard(&mut stand, 3), names(7..10));
}

#[test]
fn what_was_under_way_is_asked_again_by_the_next() {
    let mut first = trial();
    let mut stand = first.stand(AsyncSpec::new(AsyncOrder::Ordered));
    stand.batch(0, rows(0..5)).unwrap();
    first.oracle.answer(0);
    assert_eq!(heard(&mut stand, 1), ["0"]);
    first.oracle.answer(3);
    stand.hear().unwrap();
    assert!(texts(&mut stand).is_empty(), "it is behind what is not answered");
    let restore = passed_on(stand.save());
    drop(stand);
    let mut second = trial();
    let mut stand = second.stand(AsyncSpec::new(AsyncOrder::Ordered).timeout(Duration::from_secs(1)));
    stand.load(&restore).unwrap();
    stand.hear().unwrap();
    stand.batch(0, rows(5..6)).unwrap();
    (1..6).rev().for_each(|row| second.oracle.answer(row));
    assert_eq!(heard(&mut stand, 5), names(1..6));
    assert!(stand.save().parts().is_empty());
}

#[test]
fn what_was_loaded_may_take_no_longer_than_what_came() {
    let mut first = trial();
    let spec = AsyncSpec::new(AsyncOrder::Ordered).timeout(Duration::from_secs(1));
    let mut stand = first.stand(spec.clone());
    stand.batch(0, rows(0..1)).unwrap();
    stand.pass_ns(900_000_000).unwrap();
    let restore = passed_on(stand.save());
    let mut second = trial();
    let mut stand = second.stand(spec);
    stand.load(&restore).unwrap();
    stand.hear().unwrap();
    stand.pass_ns(999_999_999).unwrap();
    assert!(stand.pass_ns(1).unwrap_err().to_string().contains("took longer than 1000 ms"));
}

#[test]
fn a_row_that_takes_too_long_fails_the_job_or_becomes_what_the_user_says() {
    let mut alone = trial();
    let spec = AsyncSpec::new(AsyncOrder::Ordered).timeout(Duration::from_millis(50));
    let mut stand = alone.stand(spec.clone());
    stand.batch(0, rows(0..2)).unwrap();
    stand.pass_ns(49_999_999).unwrap();
    assert_eq!(
        stand.pass_ns(1).unwrap_err().to_string(),
        "the asynchronous function of trial took longer than 50 ms for a row; raise its timeout, or say with on_timeout what the row becomes"
    );

    let mut other = trial();
    let spec = spec.capacity(1).on_timeout(|row| Ok::<_, String>(vec![format!("no answer to {row}")]));
    let mut stand = other.stand(spec);
    stand.batch(0, rows(0..1)).unwrap();
    let late = other.oracle.wait_for(0);
    stand.pass_ns(50_000_000).unwrap();
    assert_eq!(texts(&mut stand), ["no answer to 0"]);
    // Its future is gone, so there is room for another one though nobody has answered.
    stand.batch(0, rows(1..2)).unwrap();
    stand.hear().unwrap();
    assert!(late.is_closed());
    other.oracle.answer(1);
    assert_eq!(heard(&mut stand, 1), ["1"]);
}

#[test]
fn an_error_is_tried_again_after_a_pause_and_fails_the_job_in_the_end() {
    let mut trial = trial();
    let retry = Retry::Fixed { times: 2, delay: Duration::from_millis(3) };
    let mut stand = trial.stand(AsyncSpec::new(AsyncOrder::Ordered).retry(retry));
    stand.batch(0, rows(0..1)).unwrap();
    for _ in 0..2 {
        trial.oracle.fail(0, "busy");
        stand.hear().unwrap();
        stand.pass_ns(2_999_999).unwrap();
        assert!(trial.oracle.asked.lock().unwrap()[&0].is_empty(), "too early");
        stand.pass_ns(1).unwrap();
    }
    trial.oracle.answer(0);
    assert_eq!(heard(&mut stand, 1), ["0"]);

    stand.batch(0, rows(1..2)).unwrap();
    for _ in 0..2 {
        trial.oracle.fail(1, "busy");
        stand.hear().unwrap();
        stand.pass_ns(3_000_000).unwrap();
    }
    trial.oracle.fail(1, "still busy");
    assert_eq!(
        stand.hear().unwrap_err().to_string(),
        "the asynchronous function of trial failed for a row after 3 tries: still busy"
    );
}

#[test]
fn without_a_plane_there_is_no_such_function() {
    let mut seat = trial().seat;
    seat.plane = None;
    let layout = Layout::of(<i64 as record::Record>::fields());
    let function = |row: i64| async move { Ok::<_, String>(vec![row]) };
    let made = AsyncIo::new(layout, function, AsyncSpec::new(AsyncOrder::Ordered), &seat);
    assert_eq!(
        made.err().unwrap().to_string(),
        "trial has a function that waits, and here is no I/O plane to run it on; run the job on a worker that has one"
    );
}
