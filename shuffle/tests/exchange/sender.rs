//! A sender that does what comes into its mind, and remembers what it did.

use std::sync::Arc;

use arrow_schema::SortOptions;
use memory::{Batch, Envelope, KeyGroups};
use shuffle::{
    Allowance, Barrier, ChannelId, Edge, Event, Flow, HashKey, Output, Partitioner, Purpose, RangeBounds,
    Route, Watermark,
};

use crate::cases::{Case, Random, Ways};
use crate::lanes::Lanes;
use crate::rows;

pub(crate) const SEGMENT: usize = 4096;

pub(crate) struct Sender {
    number: u32,
    pub(crate) output: Output,
    pub(crate) lanes: Lanes,
    /// The receivers it has channels to.
    pub(crate) receivers: std::ops::Range<u32>,
    /// Rows sent.
    pub(crate) rows: u64,
    /// How many rows were sent before each barrier, by checkpoint from 1.
    pub(crate) barriers: Vec<u64>,
    /// Watermarks, and how many rows were sent before each.
    pub(crate) watermarks: Vec<(i64, u64)>,
    idle: bool,
    pub(crate) ended: bool,
    overdraft: usize,
    now_ns: u64,
}

pub(crate) fn route(case: &Case) -> Route {
    match case.ways {
        Ways::Forward => Route::Forward,
        Ways::Hash => Route::Hash { key: HashKey::Columns(vec![0]), groups: KeyGroups::new(16) },
        Ways::Rebalance => Route::Rebalance,
        Ways::Rescale => Route::Rescale,
        Ways::Broadcast => Route::Broadcast,
        Ways::Global => Route::Global,
        Ways::Range => {
            let sample: Vec<i64> = (0..40).map(|row| rows::id(row % 3, row as u64 * 20)).collect();
            let key = [(0, SortOptions::default())];
            let sample = Batch::new(rows::columns(&sample));
            Route::Range(Arc::new(RangeBounds::cut(&sample, &key, case.receivers).expect("integers")))
        }
        Ways::Custom => Route::Custom(Partitioner::new("by number", |batch: &Batch, channels, into| {
            into.extend(rows::check(batch).iter().map(|id| (rows::number(*id) % u64::from(channels)) as u32));
        })),
    }
}

impl Sender {
    pub(crate) fn open(case: &Case, route: &Route, number: u32, allowance: Allowance) -> Self {
        let receivers = route.connects(number, case.senders, case.receivers);
        let schema = rows::columns(&[]).schema();
        let edge = Edge {
            envelope: Arc::new(Envelope::new(schema, true, route.sends_hashes())),
            route: route.clone(),
            timeout: case.timeout,
            channels: receivers.clone().map(|to| ChannelId(number * case.receivers + to)).collect(),
            segment_bytes: SEGMENT,
            credit_bytes: allowance.opening_bytes(),
        };
        Self {
            number,
            output: Output::open(&edge),
            lanes: Lanes::open(SEGMENT, case.starves.then_some(5), case.receivers),
            receivers,
            rows: 0,
            barriers: Vec::new(),
            watermarks: Vec::new(),
            idle: false,
            ended: false,
            overdraft: 0,
            now_ns: 0,
        }
    }

    /// Does something, if it may.
    pub(crate) fn act(&mut self, case: &Case, checkpoints: usize, random: &mut Random) {
        self.lanes.hungry = random.one_in(2);
        self.now_ns += random.next() % 1_000_000;
        if self.output.resume(&mut self.lanes) == Flow::Ready {
            self.overdraft = 0;
        } else if self.overdraft == 3 {
            return;
        }
        self.overdraft += 1;
        match random.below(12) {
            0..6 => self.send(random),
            6 => self.watermark(random),
            7 if self.barriers.len() < checkpoints => self.barrier(case),
            // Whoever acts next asks for the flow first.
            8 => _ = self.output.flush(&mut self.lanes),
            9 if case.idles => self.turn_idle(),
            10 => self.output.set_age_cap(random.next() % 3_000_000),
            _ => _ = self.output.input_done(self.now_ns, &mut self.lanes),
        }
    }

    /// Ends, as soon as it may.
    pub(crate) fn end(&mut self) {
        if !self.ended && self.output.resume(&mut self.lanes) == Flow::Ready {
            let _ = self.output.event(Event::End, &mut self.lanes);
            self.ended = true;
        }
    }

    fn send(&mut self, random: &mut Random) {
        if self.idle {
            self.turn_idle();
        }
        let count = [1, 3, 40, 300][random.below(4)].min(1 + random.below(300)) as u64;
        let batch = rows::batch(self.number, self.rows..self.rows + count, random);
        self.rows += count;
        let _ = self.output.send(batch, &mut self.lanes).expect("integers can be hashed");
    }

    fn watermark(&mut self, random: &mut Random) {
        if self.idle {
            return;
        }
        let last = self.watermarks.last().map_or(0, |(time, _)| *time);
        let time = last + 1 + random.below(100) as i64;
        self.watermarks.push((time, self.rows));
        let _ = self.output.event(Event::Watermark(Watermark(time)), &mut self.lanes);
    }

    fn barrier(&mut self, case: &Case) {
        self.barriers.push(self.rows);
        let barrier = Barrier {
            checkpoint: self.barriers.len() as u64,
            started_at_ms: 0,
            purpose: Purpose::Checkpoint,
            alignment: case.alignment,
        };
        let _ = self.output.event(Event::Barrier(barrier), &mut self.lanes);
    }

    fn turn_idle(&mut self) {
        self.idle = !self.idle;
        let event = if self.idle { Event::Idle } else { Event::Active };
        let _ = self.output.event(event, &mut self.lanes);
    }
}
