//! One subtask, from its first click to its part of the answer.
//!
//! Thin: the loop of a core, which `runtime` will run for any operator. Here it knows its one job: generate a
//! batch, send it, take what has come.

use std::sync::mpsc::{Receiver, SyncSender};

use memory::{Lease, Pool, SLAB_BYTES};

use super::aggregation::Aggregation;
use super::answer::Part;
use super::exchange::{Exchange, Parcel};
use super::failure::Failure;
use super::inbox::{Inbox, Receiving};
use super::job::Job;
use super::runs::Runs;
use super::table::Table;

/// Rows of a generated batch: what one turn of the loop may take, about a tenth of a millisecond.
const BATCH_ROWS: usize = 1024;

/// All that one subtask has to itself. Dropped when its thread does not start, and then its siblings notice.
pub(crate) struct Seat {
    pub(crate) number: usize,
    /// To every subtask, this one included.
    pub(crate) channels: Vec<SyncSender<Parcel>>,
    pub(crate) parcels: Receiver<Parcel>,
    pub(crate) receiving: Receiving,
    /// For the segments of its pool.
    pub(crate) network: Lease,
    /// For the table and nothing else yet.
    pub(crate) managed: Lease,
    pub(crate) table: Table,
}

/// Runs on the subtask's own core, since its pool belongs to the thread.
pub(crate) fn run(job: &Job, seat: Seat) -> Result<Part, Failure> {
    let Seat { number, channels, parcels, receiving, network, managed, table } = seat;
    let senders = channels.len();
    let budget = network.reserve(network.figures().guaranteed).expect("guaranteed, and nobody else's");
    let segment_bytes = usize::try_from(job.plan.segment.get()).expect("at most a slab");
    let pool = Pool::open_within(budget, segment_bytes)?;
    debug_assert!(pool.capacity().is_multiple_of(SLAB_BYTES));

    let aggregation = Aggregation::new(table, Runs::new(job.spills.clone(), job.counters.clone()));
    let mut inbox = Inbox::open((parcels, receiving), senders, aggregation, job.counters.clone());
    let mut exchange = Exchange::open(&pool, job.groups, job.envelope.clone(), number, channels);
    let clicks = job.clicks_of(number);
    for first in clicks.clone().step_by(BATCH_ROWS) {
        let batch = job.clicks.batch(first..clicks.end.min(first + BATCH_ROWS as u64));
        exchange.scatter(batch, || inbox.receive_or_wait())?;
        inbox.receive()?;
    }
    let sent = exchange.finish();
    let (aggregation, batches) = inbox.finish()?;

    let mut part = Part::new(sent, batches, job.keeps_totals);
    aggregation.finish(|page| part.take(page))?;
    part.managed_peak = managed.figures().peak;
    part.segments_home = wait_for_segments(job, &pool);
    Ok(part)
}

/// Waits until the siblings have given back every segment of this pool, or could not any more.
fn wait_for_segments(job: &Job, pool: &Pool) -> bool {
    while pool.bytes_out() > 0 && job.is_receiving() {
        pool.collect();
        std::thread::yield_now();
    }
    pool.collect();
    pool.bytes_out() == 0
}
