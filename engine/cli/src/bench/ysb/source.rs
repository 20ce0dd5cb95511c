//! Who sends the events: each subtask a block of them again and again, with times that go on.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::BinaryViewBuilder;
use memory::Batch;
use millstream::operators::{Cx, Poll, Source};
use millstream::record::{Bytes, schema_of};
use millstream::runtime::subtask::Failure;
use runtime::random::Random;

use super::event::{Drawn, EVENT_BYTES, TIME};

/// Events of a batch.
const BATCH_EVENTS: u64 = 4_096;
/// Events before the first of a subtask comes again: five megabytes.
const BLOCK_EVENTS: u64 = 1 << 16;
const SECOND_MS: u64 = 1_000;
const SEED: u64 = 114;

/// The events of all subtasks.
#[derive(Clone)]
pub(super) struct Load {
    blocks: Arc<[Block]>,
    /// How many each subtask sends.
    each: u64,
    /// How many there are to a second of their time.
    rate: u64,
}

struct Block {
    bytes: Vec<u8>,
    drawn: Vec<Drawn>,
}

impl Load {
    /// So many events, at least.
    pub(super) fn of(events: u64, rate: u64, subtasks: u32) -> Self {
        let block = |subtask: u32| {
            let (mut random, mut bytes) = (Random::new(SEED ^ u64::from(subtask)), Vec::new());
            let drawn = (0..BLOCK_EVENTS).map(|_| Drawn::draw(&mut random, &mut bytes)).collect();
            Block { bytes, drawn }
        };
        Self { blocks: (0..subtasks).map(block).collect(), each: events.div_ceil(u64::from(subtasks)), rate }
    }

    pub(super) fn events(&self) -> u64 {
        self.each * self.blocks.len() as u64
    }

    /// What tells these events from those of another load, but for their rate.
    pub(super) fn key(&self) -> String {
        format!("{}x{}", self.blocks.len(), self.each)
    }

    /// When a subtask's event of this number was, in milliseconds.
    fn time_ms(&self, number: u64) -> i64 {
        (number * self.blocks.len() as u64 * SECOND_MS / self.rate).cast_signed()
    }

    /// Gives all events to `each`, with their times.
    pub(super) fn each(&self, mut each: impl FnMut(Drawn, i64)) {
        for block in &*self.blocks {
            let drawn = block.drawn.iter().cycle();
            (0..self.each).zip(drawn).for_each(|(number, drawn)| each(*drawn, self.time_ms(number)));
        }
    }

    /// The events of a subtask.
    pub(super) fn source(&self, subtask: u32) -> Box<dyn Source> {
        Box::new(Events { load: self.clone(), subtask: subtask as usize, sent: 0 })
    }

    /// The events of all subtasks, those of one behind those of another.
    pub(super) fn batches(&self) -> impl Iterator<Item = RecordBatch> {
        let events = |subtask| Events { load: self.clone(), subtask, sent: 0 };
        (0..self.blocks.len()).map(events).flat_map(|mut events| std::iter::from_fn(move || events.next()))
    }
}

struct Events {
    load: Load,
    subtask: usize,
    sent: u64,
}

impl Events {
    /// The next ones, if there are some.
    fn next(&mut self) -> Option<RecordBatch> {
        let to_end = BLOCK_EVENTS - self.sent % BLOCK_EVENTS;
        let count = BATCH_EVENTS.min(to_end).min(self.load.each - self.sent);
        let batch = (count > 0).then(|| self.batch(count));
        self.sent += count;
        batch
    }

    /// The next so many, none of which is beyond the end of the block.
    fn batch(&self, count: u64) -> RecordBatch {
        let place =
            |number: u64| usize::try_from(number % BLOCK_EVENTS).expect("an event of a block") * EVENT_BYTES;
        let from = place(self.sent);
        let length = usize::try_from(count).expect("a batch fits in memory") * EVENT_BYTES;
        let mut bytes = self.load.blocks[self.subtask].bytes[from..from + length].to_vec();
        for (number, event) in (self.sent..).zip(bytes.chunks_exact_mut(EVENT_BYTES)) {
            event[TIME].copy_from_slice(&self.load.time_ms(number).to_le_bytes());
        }
        let mut column = BinaryViewBuilder::new();
        let block = column.append_block(bytes.into());
        let small = |number: usize| u32::try_from(number).expect("a batch is small");
        for from in (0..length).step_by(EVENT_BYTES) {
            column.try_append_view(block, small(from), small(EVENT_BYTES)).expect("within the block");
        }
        RecordBatch::try_new(schema_of::<Bytes>(), vec![Arc::new(column.finish())]).expect("one column")
    }
}

impl Source for Events {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        while cx.may_go_on() {
            let Some(batch) = self.next() else { return Ok(Poll::End) };
            cx.send(Batch::new(batch))?;
        }
        Ok(Poll::More)
    }
}
