//! What a job tells of itself while it runs, and afterwards.

use std::time::Duration;

use runtime::job::{ExecutionGraph, JobState, Restart};
use runtime::subtask::{Failure, Progress, Subtask, Why};
use runtime::{JobHandle, Worker};
use shuffle::{Arrival, BufferTimeout, Event, Route, Watermark};

use crate::hosts::on_each_host;
use crate::parts::{
    Count, Gathered, Pass, Quiet, Stuck, act, batch_of, burn, by_number, chain, finishes, is_cancelled, join,
    outcome, until, vertex,
};

const MS: u64 = 1_000_000;

/// Sums over the subtasks of a vertex.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    rows: (u64, u64),
    bytes: (u64, u64),
    batches_in: u64,
    messages_out: u64,
    times_ns: [u64; 3],
}

fn sums(job: &JobHandle, vertex: u32) -> Sums {
    let mut sums = Sums::default();
    for (_, _, gauges) in job.board().gauges().filter(|(number, ..)| *number == vertex) {
        sums.rows = (sums.rows.0 + gauges.rows_in.get(), sums.rows.1 + gauges.rows_out.get());
        sums.bytes = (sums.bytes.0 + gauges.bytes_in.get(), sums.bytes.1 + gauges.bytes_out.get());
        sums.batches_in += gauges.batches_in.get();
        sums.messages_out += gauges.messages_out.get();
        for (sum, time) in
            sums.times_ns.iter_mut().zip([&gauges.busy_ns, &gauges.idle_ns, &gauges.blocked_ns])
        {
            *sum += time.get();
        }
    }
    sums
}

/// Lets time pass, on a core of the worker.
fn pass_time(worker: &Worker, nanoseconds: u64) {
    let wait = vertex("wait", move |_| {
        let mut until_ns = None;
        act(move |cx| {
            let until_ns = *until_ns.get_or_insert(cx.now_ns() + nanoseconds);
            let is_over = cx.now_ns() >= until_ns;
            Ok(if is_over { Progress::Done } else { Progress::Idle { wake_at_ns: Some(until_ns) } })
        })
    });
    finishes(&worker.run(chain("wait", [wait])).unwrap());
}

#[test]
fn what_one_sends_another_receives() {
    on_each_host(|worker| {
        let (gathered, mut graph) = (Gathered::default(), ExecutionGraph::new("sums"));
        let source = graph.vertex(vertex("source", |seat| Count::of(seat, 50_000, 1_000)).parallel(2));
        let map = graph.vertex(vertex("map", |_| Pass).parallel(2));
        let sink = graph.vertex(gathered.sink());
        join(&mut graph, source, map, by_number(), BufferTimeout::Full);
        join(&mut graph, map, sink, Route::Rebalance, BufferTimeout::Input);
        let job = worker.run(graph).unwrap();
        finishes(&job);
        let [source, map, sink] = [0, 1, 2].map(|vertex| sums(&job, vertex));
        assert_eq!([source.rows, map.rows, sink.rows], [(0, 100_000), (100_000, 100_000), (100_000, 0)]);
        assert_eq!((source.bytes.0, sink.bytes.1), (0, 0));
        assert_eq!((source.bytes.1, map.bytes.1), (map.bytes.0, sink.bytes.0));
        assert!(source.bytes.1 >= 800_000, "a number has eight bytes: {source:?}");
        // Each sends its end in a message of its own, to each receiver.
        assert!(source.messages_out >= 4 && (1..=source.messages_out).contains(&map.batches_in), "{map:?}");
        assert!(map.messages_out >= sink.batches_in && sink.batches_in > 0 && sink.messages_out == 0);
        for gauges in job.board().gauges().map(|(_, _, gauges)| gauges) {
            assert_eq!((gauges.queued_bytes.get(), gauges.files_in_flight.get()), (0, 0));
            assert!(gauges.steps.get() > 0 && gauges.step_ns_max.get() > 0 && gauges.busy_ns.get() > 0);
        }
        let names: Vec<_> = job.board().gauges().map(|(vertex, name, _)| (vertex, name.to_owned())).collect();
        assert_eq!(names[3], (1, "map (2/2)".to_owned()));
    });
}

#[test]
fn figures_go_on_when_a_job_begins_again() {
    on_each_host(|worker| {
        let source =
            vertex("source", |seat| Count::new(0, 10_000, 100 * (1 + u64::from(seat.place.attempt))));
        let sink = vertex("sink", |seat| {
            let fails = seat.place.attempt == 0;
            act(move |cx| {
                while let Some(arrival) = cx.next() {
                    match arrival {
                        Arrival::End if fails => return Err(Failure::passing("a peer is gone")),
                        Arrival::End => return Ok(Progress::Done),
                        _ => {}
                    }
                }
                Ok(Progress::IDLE)
            })
        });
        let mut graph = chain("again", [source, sink]);
        graph.restart = Restart::Fixed { attempts: 1, delay: Duration::ZERO };
        let job = worker.run(graph).unwrap();
        finishes(&job);
        let [source, sink] = [0, 1].map(|vertex| sums(&job, vertex));
        assert_eq!((outcome(&job).attempts, source.rows.1, sink.rows.0), (2, 20_000, 20_000));
        assert_eq!(source.bytes.1, sink.bytes.0);
        assert!(sink.bytes.0 >= 160_000, "{sink:?}");
    });
}

#[test]
fn event_time_is_told_as_it_comes() {
    on_each_host(|worker| {
        let source = vertex("source", |seat| {
            let ahead = i64::from(seat.place.number) * 1_000;
            let mut said = false;
            act(move |cx| {
                if !std::mem::replace(&mut said, true) {
                    cx.event(Event::Watermark(Watermark(77 + ahead)));
                    let _ = cx.send(0, batch_of([1]))?;
                }
                Ok(Progress::IDLE)
            })
        });
        let map = vertex("map", |_| Pass);
        let job = worker.run(chain("time", [source.parallel(2), map, Gathered::default().sink()])).unwrap();
        let watermarks =
            || job.board().gauges().map(|(_, _, gauges)| gauges.watermark.get()).collect::<Vec<_>>();
        until("the least of both comes to the sink", || watermarks()[2..] == [77, 77]);
        assert_eq!(watermarks()[..2], [i64::MIN; 2], "sources have no input");
        is_cancelled(&job);
    });
}

#[test]
fn a_source_whose_sink_is_slow_is_mostly_blocked() {
    on_each_host(|worker| {
        let source = vertex("source", |seat| Count::of(seat, 200_000, 1_000)).on([0]);
        let slow = vertex("slow", |_| {
            let mut calls = 0_u64;
            act(move |cx| {
                calls += 1;
                if calls.is_multiple_of(20) {
                    while let Some(arrival) = cx.next() {
                        match arrival {
                            Arrival::End => return Ok(Progress::Done),
                            Arrival::Batch { .. } => break,
                            _ => {}
                        }
                    }
                }
                Ok(Progress::Blocked(Why::Memory(1)))
            })
        });
        let job = worker.run(chain("slow", [source, slow.on([1])])).unwrap();
        finishes(&job);
        for vertex in [0, 1] {
            let [busy, _idle, blocked] = sums(&job, vertex).times_ns;
            assert!(blocked > busy, "vertex {vertex}: blocked for {blocked} ns, busy for {busy} ns");
        }
    });
}

#[test]
fn who_waits_shows_it_while_it_waits_and_when_it_was_cancelled() {
    on_each_host(|worker| {
        let held =
            worker.run(chain("held", [vertex("source", |_| Count::endless()), vertex("sink", |_| Stuck)]));
        let (held, idle) = (held.unwrap(), worker.run(chain("idle", [vertex("source", |_| Quiet)])).unwrap());
        let both_run = || held.state() == JobState::Running && idle.state() == JobState::Running;
        until("both run", || {
            worker.figures();
            both_run() && sums(&held, 0).bytes.1 > 0
        });
        let before_ns = worker.clock().now_ns();
        pass_time(worker, 100 * MS);
        worker.figures();
        let waited_ns = worker.clock().now_ns() - before_ns;
        let blocked_ns = |job: &JobHandle| sums(job, 0).times_ns[2];
        let idle_ns = |job: &JobHandle| sums(job, 0).times_ns[1];
        assert!(blocked_ns(&held) > 50 * MS, "{} of {waited_ns} ns", blocked_ns(&held));
        assert!(idle_ns(&idle) > 90 * MS, "{} of {waited_ns} ns", idle_ns(&idle));
        assert!(sums(&idle, 0).times_ns[0] < idle_ns(&idle));
        assert!(held.board().gauges().nth(1).unwrap().2.queued_bytes.get() > 0);
        let told = (blocked_ns(&held), idle_ns(&idle));
        pass_time(worker, 50 * MS);
        is_cancelled(&held);
        is_cancelled(&idle);
        assert!(blocked_ns(&held) > told.0 + 40 * MS && idle_ns(&idle) > told.1 + 40 * MS);
        assert_eq!(held.board().gauges().nth(1).unwrap().2.queued_bytes.get(), 0);
    });
}

#[test]
fn a_step_that_takes_far_too_long_is_counted_where_it_was() {
    on_each_host(|worker| {
        let slow = move || {
            let mut left = 3;
            act(move |cx| {
                burn(cx, 15 * MS);
                left -= 1;
                Ok(if left == 0 { Progress::Done } else { Progress::Worked })
            })
        };
        let job = worker.run(chain("slow", [vertex("slow", move |_| slow())])).unwrap();
        finishes(&job);
        let (_, name, gauges) = job.board().gauges().next().unwrap();
        assert_eq!((name, gauges.steps.get(), gauges.overruns.get()), ("slow (1/1)", 3, 3));
        assert!(gauges.step_ns_max.get() >= 15 * MS);
    });
}

/// Ten rows each millisecond, for as long as somebody wants them.
fn drips() -> impl Subtask {
    act(|cx| {
        let _ = cx.send(0, batch_of(0..10))?;
        Ok(Progress::Idle { wake_at_ns: Some(cx.now_ns() + MS) })
    })
}

#[test]
fn latency_marks_measure_the_way_to_each_subtask() {
    on_each_host(|worker| {
        let mut graph = chain(
            "marks",
            [vertex("source", |_| drips()), vertex("map", |_| Pass), Gathered::default().sink()],
        );
        graph.latency_interval = Some(Duration::from_millis(1));
        let job = worker.run(graph).unwrap();
        let told = || {
            let told = worker.figures().into_iter().flat_map(|core| core.latencies);
            let mut told: Vec<_> =
                told.map(|(place, latencies)| (place.name.to_string(), latencies)).collect();
            told.sort_by(|left, right| left.0.cmp(&right.0));
            told
        };
        until("twenty marks have come to the sink", || {
            told().iter().any(|(name, from)| name == "sink (1/1)" && from[0].1.len() >= 20)
        });
        let told = told();
        assert_eq!(told.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["map (1/1)", "sink (1/1)"]);
        for (name, latencies) in &told {
            assert_eq!(latencies.iter().map(|(source, _)| *source).collect::<Vec<_>>(), [0], "{name}");
            let p50 = latencies[0].1.value_at_quantile(0.5);
            assert!(p50 > 0 && latencies[0].1.len() >= 20, "{name}: {p50}");
        }
        is_cancelled(&job);
    });
}

#[test]
fn no_latency_mark_comes_behind_the_end() {
    on_each_host(|worker| {
        // The source has ended long before its last rows leave, and its clock of marks goes on until then.
        let source = vertex("source", |_| {
            let mut next = 0;
            act(move |cx| {
                while cx.may_go_on() {
                    let _ = cx.send(0, batch_of(next..next + 8_000))?;
                    next += 8_000;
                }
                Ok(if next > 60_000 { Progress::Done } else { Progress::Worked })
            })
        });
        let slow = vertex("slow", |_| {
            let mut after_ns = 0;
            act(move |cx| {
                if cx.now_ns() < after_ns {
                    return Ok(Progress::Blocked(Why::Memory(1)));
                }
                match cx.next() {
                    Some(Arrival::End) => Ok(Progress::Done),
                    Some(Arrival::Batch { .. }) => {
                        after_ns = cx.now_ns() + 2 * MS;
                        Ok(Progress::Worked)
                    }
                    _ => Ok(Progress::IDLE),
                }
            })
        });
        let mut graph = chain("marks", [source.on([0]), slow.on([1])]);
        graph.latency_interval = Some(Duration::from_micros(100));
        finishes(&worker.run(graph).unwrap());
    });
}

#[test]
fn cores_tell_how_long_their_turns_take() {
    on_each_host(|worker| {
        let source = vertex("source", |seat| Count::of(seat, 10_000, 100)).parallel(2);
        finishes(&worker.run(chain("turns", [source, Gathered::default().sink().parallel(2)])).unwrap());
        let figures = worker.figures();
        assert_eq!(figures.iter().map(|figures| figures.core).collect::<Vec<_>>(), [0, 1]);
        for figures in figures {
            assert!(!figures.turn_ns.is_empty() && figures.turn_ns.max() > 0);
            assert!(figures.latencies.is_empty(), "nobody wanted marks");
        }
        for gauges in worker.core_gauges() {
            assert!(gauges.turns.get() > 0 && gauges.busy_ns.get() > 0);
            assert!(gauges.turn_ns_max.get() * gauges.turns.get() >= gauges.busy_ns.get());
        }
    });
}
