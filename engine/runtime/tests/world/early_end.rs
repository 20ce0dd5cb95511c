//! Jobs that are odd: over before their input is, empty, of one subtask, of many, and many of them.

use runtime::job::{ExecutionGraph, JobState};
use runtime::subtask::{Progress, Why};
use shuffle::{Arrival, BufferTimeout, Route};

use crate::hosts::on_each_host;
use crate::parts::{
    Count, Gathered, Pass, act, batch_of, by_number, chain, counted, finishes, is_cancelled, join, until,
    vertex,
};

#[test]
fn who_has_enough_lets_its_senders_end() {
    on_each_host(|worker| {
        // Ten times as much as may be under way: what the sink does not want must be taken all the same.
        let source = vertex("source", |seat| Count::of(seat, 300_000, 1_000)).parallel(2);
        let sink = vertex("limit", |_| {
            act(|cx| {
                Ok(if let Some(Arrival::Batch { .. }) = cx.next() { Progress::Done } else { Progress::IDLE })
            })
        });
        let job = worker.run(chain("limit", [source, vertex("map", |_| Pass).parallel(2), sink])).unwrap();
        finishes(&job);
        let rows = |name| {
            let named = job.board().gauges().filter(move |(_, subtask, _)| subtask.starts_with(name));
            named.map(|(_, _, gauges)| gauges.rows_out.get()).sum::<u64>()
        };
        assert_eq!((rows("source"), rows("map")), (600_000, 600_000));
    });
}

#[test]
fn who_wants_nothing_at_all_lets_its_senders_end() {
    on_each_host(|worker| {
        let gathered = Gathered::default();
        let mut graph = ExecutionGraph::new("deaf");
        let source = vertex("source", |seat| {
            let first = i64::from(seat.place.number) * 1_000_000;
            let mut next = first;
            act(move |cx| {
                while cx.may_go_on() {
                    if next == first + 200_000 {
                        return Ok(Progress::Done);
                    }
                    let _ = cx.send(0, batch_of(next..next + 1_000))?;
                    let _ = cx.send(1, batch_of(next..next + 1_000))?;
                    next += 1_000;
                }
                Ok(Progress::Worked)
            })
        });
        let source = graph.vertex(source.parallel(2));
        let deaf = graph.vertex(vertex("deaf", |_| act(|_| Ok(Progress::Done))).parallel(3));
        let sink = graph.vertex(gathered.sink());
        join(&mut graph, source, deaf, by_number(), BufferTimeout::Full);
        join(&mut graph, source, sink, Route::Rebalance, BufferTimeout::Auto);
        finishes(&worker.run(graph).unwrap());
        gathered.is(&counted(2, 200_000));
    });
}

#[test]
fn a_source_without_rows_and_a_job_of_one_vertex_just_end() {
    on_each_host(|worker| {
        let gathered = Gathered::default();
        let empty = [vertex("source", |seat| Count::of(seat, 0, 1)).parallel(3), gathered.sink().parallel(2)];
        finishes(&worker.run(chain("empty", empty)).unwrap());
        gathered.is(&[]);
        let alone = vertex("alone", |_| act(|_| Ok(Progress::Done)));
        let job = worker.run(chain("alone", [alone.parallel(5)])).unwrap();
        finishes(&job);
        assert!(job.board().gauges().all(|(_, _, gauges)| gauges.steps.get() == 1));
    });
}

#[test]
fn sixty_four_subtasks_share_two_cores() {
    on_each_host(|worker| {
        let (gathered, mut graph) = (Gathered::default(), ExecutionGraph::new("many"));
        let source = graph.vertex(vertex("source", |seat| Count::of(seat, 2_000, 100)).parallel(16));
        let mut before = source;
        for _ in 0..2 {
            let map = graph.vertex(vertex("map", |_| Pass).parallel(16));
            join(&mut graph, before, map, by_number(), BufferTimeout::Full);
            before = map;
        }
        let sink = graph.vertex(gathered.sink().parallel(16));
        join(&mut graph, before, sink, Route::Rebalance, BufferTimeout::Auto);
        let job = worker.run(graph).unwrap();
        assert_eq!(job.board().subtasks().len(), 64);
        finishes(&job);
        gathered.is(&counted(16, 2_000));
    });
}

fn small(gathered: &Gathered) -> ExecutionGraph {
    let source = vertex("source", |seat| Count::of(seat, 100, 10)).parallel(2);
    chain("small", [source, vertex("map", |_| Pass).parallel(2), gathered.sink()])
}

#[test]
fn two_hundred_small_jobs_follow_each_other() {
    on_each_host(|worker| {
        for _ in 0..200 {
            let gathered = Gathered::default();
            finishes(&worker.run(small(&gathered)).unwrap());
            gathered.is(&counted(2, 100));
        }
    });
}

#[test]
fn twenty_jobs_at_once_do_not_mix_their_rows() {
    on_each_host(|worker| {
        let all: Vec<_> = (0..20).map(|_| Gathered::default()).collect();
        let jobs: Vec<_> = all.iter().map(|gathered| worker.run(small(gathered)).unwrap()).collect();
        jobs.iter().for_each(finishes);
        all.iter().for_each(|gathered| gathered.is(&counted(2, 100)));
    });
}

#[test]
fn who_waits_for_an_output_that_is_not_full_goes_on() {
    on_each_host(|worker| {
        // The output was full when the subtask looked, and room again when its step was over.
        let gathered = Gathered::default();
        let source = vertex("source", |_| {
            let mut next = 0;
            act(move |cx| {
                if next == 500 {
                    return Ok(Progress::Done);
                }
                let _ = cx.send(0, batch_of([next]))?;
                next += 1;
                Ok(Progress::Blocked(Why::Output))
            })
        });
        let mut graph = ExecutionGraph::new("late");
        let (source, sink) = (graph.vertex(source), graph.vertex(gathered.sink()));
        join(&mut graph, source, sink, Route::Forward, BufferTimeout::Full);
        finishes(&worker.run(graph).unwrap());
        gathered.is(&counted(1, 500));
    });
}

#[test]
fn jobs_that_are_dropped_by_their_users_run_on() {
    on_each_host(|worker| {
        let gathered = Gathered::default();
        drop(worker.run(small(&gathered)).unwrap());
        until("all rows are there", || gathered.rows().len() == 200);
        let forgotten =
            chain("forgotten", [vertex("source", |_| Count::endless()), Gathered::default().sink()]);
        let job = worker.run(forgotten).unwrap();
        until("it runs", || job.state() == JobState::Running);
        is_cancelled(&job);
    });
}
