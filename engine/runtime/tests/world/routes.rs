//! Every route, between every number of subtasks, at every buffer timeout.

use std::time::Duration;

use runtime::Worker;
use runtime::job::ExecutionGraph;
use shuffle::{BufferTimeout, Partitioner, Route};

use crate::hosts::on_each_host;
use crate::parts::{Count, Gathered, by_number, counted, finishes, join, rows_of, vertex};

const ROWS: u64 = 3_000;

const TIMEOUTS: [BufferTimeout; 4] = [
    BufferTimeout::Full,
    BufferTimeout::Input,
    BufferTimeout::Every(Duration::from_millis(5)),
    BufferTimeout::Auto,
];

/// Sends `rows` rows from each sender, and says what came where.
fn run(worker: &Worker, route: &Route, sizes: (u32, u32), timeout: BufferTimeout, rows: u64) -> Gathered {
    let (gathered, mut graph) = (Gathered::default(), ExecutionGraph::new("routes"));
    let source = graph.vertex(vertex("source", move |seat| Count::of(seat, rows, 97)).parallel(sizes.0));
    let sink = graph.vertex(gathered.sink().parallel(sizes.1));
    join(&mut graph, source, sink, route.clone(), timeout);
    finishes(&worker.run(graph).unwrap());
    gathered
}

/// Whether each channel has brought rows of one sender, in its order. Returns the receivers of each sender's rows.
#[track_caller]
fn channels_keep_their_order(gathered: &Gathered) {
    for ((receiver, channel), rows) in gathered.by_channel() {
        let in_order =
            rows.windows(2).all(|pair| pair[0] < pair[1] && pair[0] / 1_000_000 == pair[1] / 1_000_000);
        assert!(in_order, "channel {channel} of receiver {receiver}: {rows:?}");
    }
}

fn by_seven() -> Partitioner {
    Partitioner::new("by seven", |batch, channels, into| {
        into.extend(rows_of(batch).iter().map(|row| u32::try_from(row / 7 % i64::from(channels)).unwrap()));
    })
}

#[test]
fn each_row_arrives_once_and_in_the_order_of_its_channel() {
    on_each_host(|worker| {
        let unequal = [(1, 3), (3, 1), (2, 4), (3, 3)];
        let routes = [
            (Route::Forward, &[(1, 1), (3, 3)][..]),
            (by_number(), &unequal),
            (Route::Rebalance, &unequal),
            (Route::Rescale, &unequal),
            (Route::Broadcast, &unequal),
            (Route::Global, &unequal),
            (Route::Custom(by_seven()), &unequal),
        ];
        for (route, sizes) in routes {
            for (sizes, timeout) in sizes.iter().flat_map(|sizes| TIMEOUTS.map(|timeout| (*sizes, timeout))) {
                let gathered = run(worker, &route, sizes, timeout, ROWS);
                channels_keep_their_order(&gathered);
                let copies = if matches!(route, Route::Broadcast) { sizes.1 } else { 1 };
                let sent = counted(sizes.0.into(), ROWS);
                let expected: Vec<i64> =
                    sent.into_iter().flat_map(|row| (0..copies).map(move |_| row)).collect();
                gathered.is(&expected);
                goes_where_it_should(&route, sizes, &gathered);
            }
        }
    });
}

/// Whether each row has come to a receiver that the route means.
#[track_caller]
fn goes_where_it_should(route: &Route, (senders, receivers): (u32, u32), gathered: &Gathered) {
    for ((receiver, _), rows) in gathered.by_channel() {
        for row in rows {
            let sender = u32::try_from(row / 1_000_000).unwrap();
            let meant = match route {
                Route::Global => receiver == 0,
                Route::Custom(_) => i64::from(receiver) == row / 7 % i64::from(receivers),
                _ => route.connects(sender, senders, receivers).contains(&receiver),
            };
            assert!(meant, "{row} came to {receiver} by {route:?}");
        }
    }
}

#[test]
fn each_row_arrives_once_when_it_travels_by_itself() {
    on_each_host(|worker| {
        for route in [by_number(), Route::Rebalance, Route::Broadcast] {
            let gathered = run(worker, &route, (2, 2), BufferTimeout::Row, 300);
            channels_keep_their_order(&gathered);
            let copies = if matches!(route, Route::Broadcast) { 2 } else { 1 };
            assert_eq!(gathered.rows().len(), 600 * copies);
        }
    });
}

#[test]
fn rows_of_one_key_meet_whoever_sends_them() {
    on_each_host(|worker| {
        let (gathered, mut graph) = (Gathered::default(), ExecutionGraph::new("keys"));
        let source = graph.vertex(vertex("source", |_| Count::new(0, ROWS, 61)).parallel(3));
        let sink = graph.vertex(gathered.sink().parallel(3));
        join(&mut graph, source, sink, by_number(), BufferTimeout::Full);
        finishes(&worker.run(graph).unwrap());
        let mut owners = vec![None; usize::try_from(ROWS).unwrap()];
        for ((receiver, _), rows) in gathered.by_channel() {
            for row in rows {
                let owner = owners[usize::try_from(row).unwrap()].get_or_insert((receiver, 0));
                assert_eq!(owner.0, receiver);
                owner.1 += 1;
            }
        }
        assert!(owners.iter().all(|owner| owner.is_some_and(|(_, copies)| copies == 3)));
        for receiver in 0..3 {
            assert!(owners.iter().flatten().any(|owner| owner.0 == receiver), "{receiver} has no key");
        }
    });
}
