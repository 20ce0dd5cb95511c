//! What lies in a place already, and what is left there.

use std::time::Duration;

use operators::{Cx, Poll, Source};
use runtime::job::{JobState, Restart};
use runtime::plane::bridge::Poke;
use runtime::subtask::Failure;

use super::*;

fn csv() -> Encoding {
    Encoding::Csv(CsvOptions::default().header(true))
}

#[test]
fn files_of_an_earlier_run_are_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    trial::finishes(generates(5000, parts(directory.path(), csv())).parallel(2));
    let before: Vec<_> =
        names(directory.path()).iter().map(|name| fs::read(directory.path().join(name)).unwrap()).collect();
    // More subtasks than before, fewer, as many; and another form.
    for parallelism in [1, 2] {
        for encoding in [csv(), Encoding::Arrow] {
            let vertex = generates(10, parts(directory.path(), encoding)).parallel(parallelism);
            let words = trial::fails(vertex).to_string();
            assert!(words.contains(&directory.path().join("part-").display().to_string()), "{words}");
            let way_out =
                "is there already, from an earlier run; remove it, write elsewhere, or set overwrite";
            assert!(words.ends_with(way_out), "{words}");
        }
    }
    assert_eq!(names(directory.path()), ["part-0-0.csv", "part-1-0.csv"]);
    let after: Vec<_> =
        names(directory.path()).iter().map(|name| fs::read(directory.path().join(name)).unwrap()).collect();
    assert!(before == after);
}

#[test]
fn runs_with_names_lie_beside_one_another_until_they_are_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let run = |run: &str| FileSpec { run: Some(run.to_owned()), ..parts(directory.path(), csv()) };
    trial::finishes(generates(10, parts(directory.path(), csv())));
    fs::write(directory.path().join(".part-b-0-0.csv.inprogress"), "of another one").unwrap();
    trial::finishes(generates(20, run("a")));
    trial::finishes(generates(30, run("c")).parallel(2));
    let hidden = ".part-b-0-0.csv.inprogress";
    let shown = ["part-0-0.csv", "part-a-0-0.csv", "part-c-0-0.csv", "part-c-1-0.csv"];
    assert_eq!(names(directory.path()), [&[hidden], &shown[..]].concat());
    fs::remove_file(directory.path().join(hidden)).unwrap();
    assert_eq!(numbers_in(directory.path()).len(), 10 + 20 + 30);

    let words = trial::fails(generates(1, run("a"))).to_string();
    assert!(words.contains("part-a-0-0.csv is there already"), "{words}");
    trial::finishes(generates(5, FileSpec { overwrite: true, ..run("d") }));
    assert_eq!(names(directory.path()), ["part-d-0-0.csv"]);
}

#[test]
fn overwriting_leaves_nothing_of_the_earlier_run_and_all_that_is_not_of_it() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("notes.csv"), "mine").unwrap();
    let spec = FileSpec { roll_bytes: 10_000, ..parts(directory.path(), csv()) };
    trial::finishes(generates(5000, spec).parallel(3));
    assert!(names(directory.path()).len() > 6);
    let spec = FileSpec { overwrite: true, ..parts(directory.path(), csv()) };
    trial::finishes(generates(2000, spec).parallel(2));
    assert_eq!(names(directory.path()), ["notes.csv", "part-0-0.csv", "part-1-0.csv"]);
    fs::remove_file(directory.path().join("notes.csv")).unwrap();
    assert!(numbers_in(directory.path()) == (0..2000).collect::<Vec<_>>());
}

#[test]
fn a_single_file_is_written_by_one_subtask_and_replaced_only_on_demand() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sub/result.csv");
    let spec = FileSpec::new(Target::File(path.clone()), csv(), number_schema());
    let words = trial::fails(generates(10, spec.clone()).parallel(2)).to_string();
    assert!(words.contains("is one file, and 2 subtasks were to write it"), "{words}");

    // It is never cut, however small a part would be.
    trial::finishes(writes(numbers(1000, 10), FileSpec { roll_bytes: 100, ..spec.clone() }));
    assert_eq!(names(path.parent().unwrap()), ["result.csv"]);
    assert_eq!(read(&path, &number_schema()), number_rows(0..1000));

    let words = trial::fails(writes(numbers(1, 1), spec.clone())).to_string();
    assert!(words.contains("result.csv is there already, from an earlier run"), "{words}");
    assert_eq!(read(&path, &number_schema()), number_rows(0..1000));

    trial::finishes(writes(numbers(7, 1), FileSpec { overwrite: true, ..spec }));
    assert_eq!(names(path.parent().unwrap()), ["result.csv"]);
    assert_eq!(read(&path, &number_schema()), number_rows(0..7));
}

#[test]
fn what_a_killed_run_has_left_is_removed_by_the_next_one() {
    let directory = tempfile::tempdir().unwrap();
    for name in
        [".part-0-0.csv.inprogress", ".part-0-7.parquet.inprogress", ".part-9-0.csv.inprogress", ".hidden"]
    {
        fs::write(directory.path().join(name), "half a ro").unwrap();
    }
    trial::finishes(generates(100, parts(directory.path(), csv())).parallel(2));
    assert_eq!(names(directory.path()), [".hidden", "part-0-0.csv", "part-1-0.csv"]);

    let path = directory.path().join("one.csv");
    fs::write(directory.path().join(".one.csv.inprogress"), "half a ro").unwrap();
    trial::finishes(writes(numbers(3, 1), FileSpec::new(Target::File(path.clone()), csv(), number_schema())));
    assert_eq!(read(&path, &number_schema()), number_rows(0..3));
    assert!(!names(directory.path()).contains(&".one.csv.inprogress".to_owned()));
}

#[test]
fn a_job_that_is_cancelled_leaves_hidden_files_only() {
    let directory = tempfile::tempdir().unwrap();
    let spec = FileSpec { roll_bytes: 1 << 20, ..parts(directory.path(), csv()) };
    let (source, sink) = (Generator::new(number_schema(), number_rows), FileSink::new(spec).unwrap());
    let vertex = trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat)).parallel(2);
    let worker = trial::worker();
    let job = worker.run(trial::graph(vertex)).unwrap();
    while names(directory.path()).len() < 6 {
        std::thread::yield_now();
    }
    job.cancel();
    assert_eq!(job.wait().state, JobState::Canceled);
    drop(worker);
    let names = names(directory.path());
    assert!(names.iter().all(|name| name.starts_with(".part-")), "{names:?}");
}

/// Sends the rows of a collection, but fails behind so many batches in the first attempts.
pub(super) struct Failing {
    pub(super) source: Box<dyn Source>,
    pub(super) polls_left: Option<u32>,
}

impl Source for Failing {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        if let Some(polls) = &mut self.polls_left {
            *polls = polls.checked_sub(1).ok_or_else(|| Failure::passing("the network was away"))?;
        }
        self.source.poll(cx)
    }
}

#[test]
fn a_job_that_is_started_again_writes_its_files_again() {
    for publish in [Publish::AtEnd, Publish::EachFile] {
        for (target, overwrite) in [("parts", false), ("parts", true), ("one", false)] {
            let directory = tempfile::tempdir().unwrap();
            let (place, path) = (directory.path().join("parts"), directory.path().join("parts/one.csv"));
            let target = if target == "one" { Target::File(path) } else { Target::Directory(place.clone()) };
            let spec = FileSpec::new(target, csv(), number_schema());
            let sink = FileSink::new(FileSpec { publish, overwrite, roll_bytes: 40_000, ..spec }).unwrap();
            let source = numbers(70_000, 1000);
            let make = move |seat: &Seat| -> trial::MadeSource {
                let polls_left = (seat.place.attempt < 3).then_some(2 * seat.place.attempt);
                Ok(Box::new(Failing { source: source.make(seat)?, polls_left }))
            };
            let mut graph = trial::graph(trial::vertex(make, move |seat| sink.make(seat)));
            graph.restart = Restart::Fixed { attempts: 3, delay: Duration::from_millis(1) };
            let outcome = trial::run(graph);
            assert_eq!(outcome.state, JobState::Finished, "{:?}", outcome.failure);
            assert!(
                numbers_in(&place) == (0..70_000).collect::<Vec<_>>(),
                "{publish:?}: {:?}",
                names(&place)
            );
        }
    }
}

#[test]
fn one_sink_may_be_used_for_two_jobs_and_the_second_finds_the_place_taken() {
    let directory = tempfile::tempdir().unwrap();
    let (source, sink) = (numbers(10, 1), FileSink::new(parts(directory.path(), csv())).unwrap());
    let job = || {
        let (source, sink) = (source.clone(), sink.clone());
        trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat))
    };
    trial::finishes(job());
    assert!(trial::fails(job()).to_string().contains("from an earlier run"));
}

struct Nobody;

impl Poke for Nobody {
    fn poke(&self) {}
}

#[test]
fn a_batch_that_waits_for_its_place_is_written_too() {
    // A seat whose poke is nobody's: the sink is first called with rows.
    let directory = tempfile::tempdir().unwrap();
    let (source, sink) = (numbers(5000, 1000), FileSink::new(parts(directory.path(), csv())).unwrap());
    let make = move |seat: &Seat| sink.make(&Seat { poke: Arc::new(Nobody), ..trial::seat_of(seat) });
    trial::finishes(trial::vertex(move |seat| source.make(seat), make));
    assert!(numbers_in(directory.path()) == (0..5000).collect::<Vec<_>>());
}
