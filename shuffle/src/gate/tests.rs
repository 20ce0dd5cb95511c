//! What the tests of the gate share: things in a channel as plain values, and what a subtask is told of them.

mod barriers;
mod credit;
mod drift;
mod edge;
mod interleavings;
mod model;
mod refused;
mod restored;
mod rows;

use std::sync::LazyLock;

use arrow_array::cast::AsArray;
use arrow_array::record_batch;
use arrow_array::types::Int64Type;
use memory::Batch;

use super::*;
use crate::credit::Allowance;
use crate::item::{ChannelId, LatencyMark, Purpose};

/// What travels in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Row(i64),
    NoRow,
    Watermark(i64),
    Barrier(u64, Alignment),
    Idle,
    Active,
    Mark(u64),
    End,
}

/// What a subtask is told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Rows(usize, Vec<i64>),
    Watermark(i64),
    Barrier(u64),
    InFlight(u64, Vec<(usize, Vec<Thing>)>),
    Abandoned(u64),
    Idle,
    Active,
    Mark(u64),
    InputEnded(usize),
    End,
}

/// Making a batch costs more than a gate does; these are cloned.
static ROWS: LazyLock<Vec<Batch>> = LazyLock::new(|| {
    let row = |number: i64| Batch::new(record_batch!(("n", Int64, [number])).unwrap());
    (0..64).map(row).collect()
});

impl Thing {
    fn item(self) -> Item {
        match self {
            Self::Row(number) => Item::Batch(Box::new(ROWS[number as usize].clone())),
            Self::NoRow => Item::Batch(Box::new(ROWS[0].slice(0, 0))),
            Self::Watermark(time) => Item::Watermark(Watermark(time)),
            Self::Barrier(checkpoint, alignment) => Item::Barrier(barrier(checkpoint, alignment)),
            Self::Idle => Item::Idle,
            Self::Active => Item::Active,
            Self::Mark(emitted_ns) => Item::LatencyMark(LatencyMark { source: 0, subtask: 0, emitted_ns }),
            Self::End => Item::End,
        }
    }

    /// A captured item, of a test that captures only rows of one batch and what is said of time.
    fn of(item: &Item) -> Self {
        match item {
            Item::Batch(batch) => Self::Row(numbers(batch)[0]),
            Item::View(view) => Self::Row(numbers(&view.batch())[0]),
            Item::Watermark(Watermark(time)) => Self::Watermark(*time),
            Item::Idle => Self::Idle,
            Item::Active => Self::Active,
            other => panic!("{other:?} was captured"),
        }
    }
}

impl Told {
    fn of(arrival: &Arrival) -> Self {
        match arrival {
            Arrival::Batch { channel, batch, .. } => Self::Rows(*channel, numbers(batch)),
            Arrival::Watermark(Watermark(time)) => Self::Watermark(*time),
            Arrival::Barrier(barrier) => Self::Barrier(barrier.checkpoint),
            Arrival::InFlight { checkpoint, channels } => {
                let things = |items: &Vec<Item>| items.iter().map(Thing::of).collect();
                let channels = channels.iter().map(|(channel, items)| (*channel, things(items)));
                Self::InFlight(*checkpoint, channels.collect())
            }
            Arrival::Abandoned { checkpoint } => Self::Abandoned(*checkpoint),
            Arrival::Idle => Self::Idle,
            Arrival::Active => Self::Active,
            Arrival::LatencyMark(mark) => Self::Mark(mark.emitted_ns),
            Arrival::InputEnded(input) => Self::InputEnded(*input),
            Arrival::End => Self::End,
        }
    }
}

fn barrier(checkpoint: u64, alignment: Alignment) -> Barrier {
    Barrier { checkpoint, started_at_ms: 0, purpose: Purpose::Checkpoint, alignment }
}

/// A barrier that nobody waits for.
fn lax(checkpoint: u64) -> Thing {
    Thing::Barrier(checkpoint, Alignment::AtLeastOnce)
}

/// A barrier that makes its channel wait for the others.
fn aligned(checkpoint: u64) -> Thing {
    Thing::Barrier(checkpoint, Alignment::Aligned)
}

/// A barrier that overtakes, although it travels with the rows.
fn unaligned(checkpoint: u64) -> Thing {
    Thing::Barrier(checkpoint, Alignment::Unaligned)
}

/// Rows of a channel that come out as one batch.
fn rows(channel: usize, numbers: &[i64]) -> Told {
    Told::Rows(channel, numbers.to_vec())
}

fn numbers(batch: &Batch) -> Vec<i64> {
    batch.columns().column(0).as_primitive::<Int64Type>().values().to_vec()
}

/// Inputs with so many channels each, numbered through.
fn spec(inputs: &[usize]) -> GateSpec {
    let mut ids = (0..).map(ChannelId);
    let inputs = inputs.iter().map(|channels| ids.by_ref().take(*channels).collect());
    GateSpec::new(inputs.collect(), Allowance { gate_segments: 0, ..Allowance::of_segments(1 << 15) })
}

/// A gate with one input of so many channels.
fn gate(channels: usize) -> Gate {
    Gate::open(spec(&[channels]))
}

fn message(channel: usize, charge: u32, item: Item) -> Message {
    Message { channel: ChannelId(channel as u32), charge, item }
}

impl Gate {
    /// All that comes by a channel at once.
    fn bring(&mut self, channel: usize, things: &[Thing]) {
        for thing in things {
            self.receive(channel, message(channel, 0, thing.item()));
        }
    }

    /// All that the subtask is told until there is nothing more.
    fn tell(&mut self) -> Vec<Told> {
        std::iter::from_fn(|| self.next()).map(|arrival| Told::of(&arrival)).collect()
    }

    /// A barrier of the control lane.
    fn overtake_by(&mut self, channel: usize, checkpoint: u64, behind: u64) {
        self.overtake(channel, barrier(checkpoint, Alignment::Unaligned), behind);
    }

    fn tell_next(&mut self) -> Option<Told> {
        self.next().map(|arrival| Told::of(&arrival))
    }
}
