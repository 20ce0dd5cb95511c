//! One subtask, from its first click to its part of the answer.
//!
//! Thin: the loop of a core, which `runtime` will run for any operator. Here it knows its one job: generate a
//! batch, send it, take what has come.

use std::sync::Arc;

use memory::{Lease, Pool, SLAB_BYTES};
use runtime::Clock;
use shuffle::{Carrier, Flow, Links, Switch};

use super::aggregation::Aggregation;
use super::answer::Part;
use super::exchange::Exchange;
use super::failure::Failure;
use super::job::{Job, Receiving};
use super::runs::Runs;
use super::table::Table;
use super::wakers::Wakers;

/// Rows of a generated batch: what one turn of the loop may take, about a tenth of a millisecond.
const BATCH_ROWS: usize = 1024;

/// All that one subtask has to itself. Dropped when its thread does not start, and then its siblings notice.
pub(crate) struct Seat {
    pub(crate) number: usize,
    pub(crate) links: Links,
    pub(crate) wakers: Arc<Wakers>,
    pub(crate) receiving: Receiving,
    /// For the segments of its pool.
    pub(crate) network: Lease,
    /// For the table and nothing else yet.
    pub(crate) managed: Lease,
    pub(crate) table: Table,
}

/// Runs on the subtask's own core, since its pool belongs to the thread.
pub(crate) fn run(job: &Job, seat: Seat) -> Result<Part, Failure> {
    let Seat { number, links, wakers, receiving, network, managed, table } = seat;
    wakers.register(number);
    let budget = network.reserve(network.figures().guaranteed).expect("guaranteed, and nobody else's");
    let segment_bytes = usize::try_from(job.plan.segment.get()).expect("at most a slab");
    let pool = Pool::open_within(budget, segment_bytes)?;
    debug_assert!(pool.capacity().is_multiple_of(SLAB_BYTES));

    let mut aggregation = Aggregation::new(table, Runs::new(job.spills.clone(), job.counters.clone()));
    let mut exchange = Exchange::open(job, number, links, pool, wakers);
    step_to_the_end(job, number, &mut exchange, &mut aggregation)?;
    let (traffic, switch) = exchange.close();
    drop(receiving); // Nothing of the siblings is held here any more.

    let mut part = Part::new(traffic, job.keeps_totals);
    aggregation.finish(|page| part.take(page))?;
    part.managed_peak = managed.figures().peak;
    part.segments_home = wait_for_segments(job, &switch);
    Ok(part)
}

/// Turn by turn: take what came, send a batch if there is credit, show it to the others.
fn step_to_the_end(
    job: &Job,
    number: usize,
    exchange: &mut Exchange,
    aggregation: &mut Aggregation,
) -> Result<(), Failure> {
    let clock = Clock::start();
    let mut clicks = job.clicks_of(number);
    let mut sent_all = false;
    while !exchange.ended || !exchange.is_drained() {
        let now_ns = clock.now_ns();
        let flow = exchange.turn(now_ns);
        let mut idle = true;
        if flow == Flow::Ready && !sent_all {
            idle = false;
            let end = clicks.end.min(clicks.start + BATCH_ROWS as u64);
            if clicks.is_empty() {
                exchange.end();
                sent_all = true;
            } else {
                exchange.send(job.clicks.batch(clicks.start..end), now_ns)?;
                clicks.start = end;
            }
        }
        while let Some(batch) = exchange.next() {
            idle = false;
            aggregation.add(&batch)?;
            job.counters.aggregated(batch.rows() as u64);
        }
        exchange.publish();
        if idle {
            if exchange.is_forsaken() {
                return Err(Failure::Stopped);
            }
            exchange.wait();
        }
    }
    Ok(())
}

/// Waits until the siblings have given back every segment of this pool, or could not any more.
fn wait_for_segments(job: &Job, switch: &Switch) -> bool {
    while switch.pool().bytes_out() > 0 && job.is_receiving() {
        switch.pool().collect();
        std::thread::yield_now();
    }
    switch.pool().collect();
    switch.pool().bytes_out() == 0
}
