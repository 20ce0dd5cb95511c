//! A hash repartition from two subtasks to two, on two cores: every row is hashed, half of them cross.
//!
//! Each core sends batches of 8192 rows and takes what comes to it; nobody does anything with the rows but count them.
//! Beside it, on as many threads and with the same batches, DataFusion's `RepartitionExec`:
//!
//! `cargo bench -p millstream-bench --features peers --bench repartition`

use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use criterion::{BenchmarkId, Throughput};
use memory::{Batch, Envelope, KeyGroups, Pool};
use millstream_bench::{bids, elapsed, hundred_bytes, run};
use runtime::{Core, Cores, spawn_on};
use shuffle::{
    Allowance, Arrival, BufferTimeout, ChannelId, Control, Edge, Ends, Event, Flow, Gate, GateSpec, HashKey,
    Links, Output, Route, Switch, mesh,
};

const SEGMENT: usize = 32 << 10;
const SUBTASKS: usize = 2;
const BATCH_ROWS: usize = 8192;

/// Batches that each subtask sends for one iteration: half a million rows in all.
const BATCHES: u64 = 32;

fn main() {
    run(|criterion| {
        let mut group = criterion.benchmark_group("repartition");
        group.sample_size(12).measurement_time(Duration::from_secs(4));
        group.throughput(Throughput::Elements(BATCHES * (SUBTASKS * BATCH_ROWS) as u64));
        for (name, columns) in [("100 bytes", hundred_bytes(BATCH_ROWS)), ("bids", bids(BATCH_ROWS, false))] {
            for timeout in [BufferTimeout::Full, BufferTimeout::Input] {
                let name = BenchmarkId::new(name, format!("{timeout:?}"));
                group.bench_function(name, |bencher| {
                    bencher.iter_custom(|iterations| exchange(&columns, timeout, iterations * BATCHES));
                });
            }
            #[cfg(feature = "peers")]
            group.bench_function(BenchmarkId::new(name, "DataFusion"), |bencher| {
                bencher.iter_custom(|iterations| peer::exchange(&columns, iterations * BATCHES));
            });
        }
        group.finish();
    });
}

/// How long it takes until every subtask has sent so many batches and has received all that are for it.
fn exchange(columns: &RecordBatch, timeout: BufferTimeout, batches: u64) -> Duration {
    let cores = Cores::available().expect("a machine with cores");
    let places: Vec<Core> = cores.usable().iter().copied().cycle().take(SUBTASKS).collect();
    let columns = columns.clone();
    elapsed(|| {
        let threads: Vec<_> = mesh(SUBTASKS)
            .into_iter()
            .zip(places)
            .enumerate()
            .map(|(core, (links, place))| {
                let columns = columns.clone();
                spawn_on(place, "subtask", move || Subtask::open(core, links, &columns, timeout).run(batches))
                    .expect("a thread")
            })
            .collect();
        let received: u64 = threads.into_iter().map(|thread| thread.join().expect("no panic")).sum();
        assert_eq!(received, batches * (SUBTASKS * BATCH_ROWS) as u64);
    })
}

/// One core's loop, as short as it can be.
struct Subtask {
    switch: Switch,
    output: Output,
    gate: Gate,
    batch: Batch,
    core: usize,
    received: u64,
    ended: bool,
}

impl Subtask {
    fn open(core: usize, links: Links, columns: &RecordBatch, timeout: BufferTimeout) -> Self {
        let batch = Batch::new(columns.clone());
        let allowance = Allowance::of_segments(u32::try_from(SEGMENT).expect("32 KiB"));
        let number = |sender: usize, receiver: usize| {
            ChannelId(u32::try_from(sender * SUBTASKS + receiver).expect("four channels"))
        };
        let edge = Edge {
            envelope: Arc::new(Envelope::new(batch.schema(), false, true)),
            route: Route::Hash { key: HashKey::Columns(vec![0]), groups: KeyGroups::default() },
            timeout,
            channels: (0..SUBTASKS).map(|receiver| number(core, receiver)).collect(),
            segment_bytes: SEGMENT,
            credit_bytes: allowance.opening_bytes(),
        };
        let channels = (0..SUBTASKS).map(|sender| number(sender, core)).collect();
        let pool = Pool::open(16 << 20, SEGMENT).expect("memory for a benchmark");
        let mut switch = Switch::open(core, links, pool, 0);
        for (sender, receiver) in (0..SUBTASKS).flat_map(|from| (0..SUBTASKS).map(move |to| (from, to))) {
            switch.connect(number(sender, receiver), Ends { sender, receiver });
        }
        Self {
            switch,
            output: Output::open(&edge),
            gate: Gate::open(GateSpec::new(vec![channels], allowance)),
            batch,
            core,
            received: 0,
            ended: false,
        }
    }

    fn run(mut self, batches: u64) -> u64 {
        let mut left = batches;
        let mut controls = Vec::new();
        while !self.ended || !self.output.is_drained() || !self.switch.is_clear() {
            self.switch.turn(0);
            let gate = &mut self.gate;
            self.switch.receive(64, |message| gate.receive(message.channel.0 as usize / SUBTASKS, message));
            self.switch.controls(&mut controls);
            controls.drain(..).for_each(|control| self.hear(control));
            if self.output.resume(&mut self.switch) == Flow::Ready && left > 0 {
                left -= 1;
                let _ = self.output.send(self.batch.clone(), &mut self.switch).expect("a key of integers");
                if left == 0 {
                    let _ = self.output.event(Event::End, &mut self.switch);
                } else {
                    // The next turn asks for the flow, when it resumes.
                    let _ = self.output.input_done(0, &mut self.switch);
                }
            }
            self.take();
            self.switch.publish(|_| {});
        }
        self.received
    }

    fn take(&mut self) {
        while let Some(arrival) = self.gate.next() {
            match arrival {
                Arrival::Batch { batch, .. } => self.received += batch.rows() as u64,
                Arrival::End => self.ended = true,
                _ => {}
            }
        }
        let switch = &mut self.switch;
        self.gate.drain_credit(|control| shuffle::Carrier::control(switch, control));
    }

    fn hear(&mut self, control: Control) {
        match control {
            Control::Credit { channel, consumed, limit } => {
                let outlet = channel.0 as usize - self.core * SUBTASKS;
                let _ = self.output.credit(outlet, consumed, limit, &mut self.switch);
            }
            Control::Wanted { channel, bytes } => self.gate.wanted(channel.0 as usize / SUBTASKS, bytes),
            Control::Barrier { .. } => unreachable!("nobody makes a checkpoint"),
        }
    }
}

/// The same on DataFusion.
#[cfg(feature = "peers")]
mod peer {
    use std::sync::Arc;
    use std::time::Duration;

    use arrow_array::RecordBatch;
    use arrow_schema::SchemaRef;
    use datafusion_execution::{SendableRecordBatchStream, TaskContext};
    use datafusion_physical_expr::expressions::Column;
    use datafusion_physical_plan::repartition::RepartitionExec;
    use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
    use datafusion_physical_plan::streaming::{PartitionStream, StreamingTableExec};
    use datafusion_physical_plan::{ExecutionPlan, Partitioning};
    use futures::StreamExt;
    use millstream_bench::elapsed;

    use super::SUBTASKS;

    /// So many copies of one batch.
    #[derive(Debug)]
    struct Source {
        batch: RecordBatch,
        schema: SchemaRef,
        batches: usize,
    }

    impl PartitionStream for Source {
        fn schema(&self) -> &SchemaRef {
            &self.schema
        }

        fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
            let batch = self.batch.clone();
            let batches = futures::stream::iter((0..self.batches).map(move |_| Ok(batch.clone())));
            Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches))
        }
    }

    pub(super) fn exchange(batch: &RecordBatch, batches: u64) -> Duration {
        let schema = batch.schema();
        let source = || {
            let batches = usize::try_from(batches).expect("few batches");
            Arc::new(Source { batch: batch.clone(), schema: schema.clone(), batches })
                as Arc<dyn PartitionStream>
        };
        let sources = (0..SUBTASKS).map(|_| source()).collect();
        let input =
            StreamingTableExec::try_new(schema.clone(), sources, None, [], false, None).expect("a plan");
        let key = Arc::new(Column::new(schema.field(0).name(), 0));
        let plan = RepartitionExec::try_new(Arc::new(input), Partitioning::Hash(vec![key], SUBTASKS));
        let plan: Arc<dyn ExecutionPlan> = Arc::new(plan.expect("a plan"));
        let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(SUBTASKS).build();
        let threads = threads.expect("threads");
        elapsed(|| {
            let received: usize = threads.block_on(async {
                let tasks: Vec<_> = (0..SUBTASKS)
                    .map(|partition| {
                        let mut stream = plan.execute(partition, Arc::default()).expect("it executes");
                        tokio::spawn(async move {
                            let mut rows = 0;
                            while let Some(batch) = stream.next().await {
                                rows += batch.expect("rows").num_rows();
                            }
                            rows
                        })
                    })
                    .collect();
                let mut received = 0;
                for task in tasks {
                    received += task.await.expect("no panic");
                }
                received
            });
            assert_eq!(received as u64, batches * (SUBTASKS * super::BATCH_ROWS) as u64);
        })
    }
}
