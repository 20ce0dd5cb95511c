//! What a generator makes on a worker, and how fast it is in a world whose clock is simulated.

use runtime::job::JobState;
use runtime::sim::SimOptions;
use runtime::subtask::Seat;

use super::*;
use crate::trial::{self, Kept, Stopped, number_rows, number_schema, numbers_of};
use memory::KeyGroups;
use state::redistribute;

const SECOND_NS: u64 = 1_000_000_000;

fn generator() -> Generator {
    Generator::new(number_schema(), number_rows)
}

fn made(kept: &Kept) -> Vec<u64> {
    let mut numbers: Vec<u64> =
        kept.batches().iter().flat_map(|(.., batch)| numbers_of(batch.columns())).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn each_number_is_made_once_by_any_number_of_subtasks() {
    for parallelism in [1, 2, 3] {
        for count in [0, 1, 1024, 5_000, 300_000] {
            let (source, kept) = (generator().count(count), Kept::default());
            let sink = kept.clone();
            let vertex = trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat));
            trial::finishes(vertex.parallel(parallelism));
            assert!(made(&kept) == (0..count).collect::<Vec<_>>(), "{count} by {parallelism}");
            assert!(kept.batches().iter().all(|(.., batch)| batch.rows() <= 1024));
        }
    }
}

#[test]
fn without_a_count_it_goes_on_until_it_is_cancelled() {
    let (source, kept) = (generator(), Kept::default());
    let sink = kept.clone();
    let worker = trial::worker();
    let vertex = trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat));
    let job = worker.run(trial::graph(vertex)).unwrap();
    while kept.batches().len() < 100 {
        std::thread::yield_now();
    }
    job.cancel();
    assert_eq!(job.wait().state, JobState::Canceled);
    let numbers = made(&kept);
    assert!(numbers == (0..numbers.len() as u64).collect::<Vec<_>>());
}

#[test]
fn a_function_that_makes_too_few_rows_is_told() {
    let source =
        Generator::new(number_schema(), |numbers| number_rows(numbers.start..numbers.end - 1)).count(5);
    let sink = Kept::default();
    let failure = trial::fails(trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat)));
    let words = "trial (1/1): the function of a generator has made 4 rows for the numbers 0..5; it has to make one for each";
    assert_eq!(failure.to_string(), words);
}

#[test]
fn the_rate_is_kept_by_all_subtasks_together() {
    for (parallelism, rate) in [(1, 10), (3, 10), (1, 1_000), (2, 1_000), (3, 50_000)] {
        let count = 4 * rate;
        let (source, kept) = (generator().count(count).rows_per_second(rate), Kept::default());
        let sink = kept.clone();
        let vertex = trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat));
        let graph = trial::graph(vertex.parallel(parallelism));
        let outcome = trial::simulate(7, SimOptions::calm(3), graph);
        assert_eq!(outcome.state, JobState::Finished);
        assert_eq!(made(&kept), (0..count).collect::<Vec<_>>());
        keeps_the_schedule(&kept, rate);
    }
}

/// At no time are there more rows than the rate allows, nor many fewer.
fn keeps_the_schedule(kept: &Kept, rate: u64) {
    let mut batches = kept.batches();
    batches.sort_by_key(|(_, at_ns, _)| *at_ns);
    // Each subtask begins to count when it is first asked: nearly at the same time.
    let began_ns = batches[0].1;
    let mut sent = 0;
    for (subtask, at_ns, batch) in &batches {
        let ahead = sent + batch.rows() as u64;
        let allowed = (at_ns - began_ns + 2_000_000) * rate / SECOND_NS + 3;
        assert!(ahead <= allowed, "{ahead} of {allowed} at {at_ns}, by {subtask}");
        sent = ahead;
    }
    // The last row of an uneven share comes a little later than that of an even one.
    let took_ns = batches.last().unwrap().1 - began_ns;
    assert!((3_700_000_000..4_400_000_000).contains(&took_ns), "{took_ns} for four seconds' rows");
}

#[test]
fn successors_make_what_is_left() {
    for (before, after) in [(1, 3), (3, 2)] {
        let (source, first, stopped) = (generator().count(200_000), Kept::default(), Stopped::default());
        let (sink, stop) = (first.clone(), stopped.clone());
        let make = move |seat: &Seat| Ok(stop.after(seat.place.number as usize, source.make(seat)?));
        trial::finishes(trial::vertex(make, move |seat| sink.make(seat)).parallel(before));
        let restores = redistribute(&stopped.snapshots(), KeyGroups::default(), after);
        let (source, second) = (generator().count(200_000), Kept::default());
        let sink = second.clone();
        let make = move |seat: &Seat| {
            let mut made = source.make(seat)?;
            made.load(&restores[seat.place.number as usize])?;
            Ok(made)
        };
        trial::finishes(trial::vertex(make, move |seat| sink.make(seat)).parallel(after));
        assert!(!made(&first).is_empty() && !made(&second).is_empty());
        let mut all = [made(&first), made(&second)].concat();
        all.sort_unstable();
        assert!(all == (0..200_000).collect::<Vec<_>>(), "{before} to {after}: {}", all.len());
    }
}
