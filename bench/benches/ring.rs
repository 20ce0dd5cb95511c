//! What it costs to send a message to another core that is looking for it.
//!
//! Dimensions: a round trip, one message each way · one way, published in turns of 16 or 1024 · the lane alone, or a
//! core's links with their channels, outlets and doorbells. Beside: rtrb, a ring of the same kind, and the channel of
//! the standard library.
//!
//! Both threads are pinned and poll. What is reported is the middle one of many short blocks: whatever else the
//! machine does falls into a few of them.

use std::hint::{black_box, spin_loop};
use std::sync::mpsc;
use std::thread::yield_now;
use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use millstream_bench::{elapsed, run};
use runtime::{Core, Cores, spawn_on};
use shuffle::{ChannelId, Item, Links, Message, Watermark, lane, mesh};

/// As many slots as links have, and as many again, so that a turn of 1024 can be written while one is read.
const SLOTS: usize = 2048;

/// Round trips in a block.
const TRIPS: u64 = 64;

/// Messages in a block of one-way traffic.
const SENT: u64 = 16 << 10;

fn main() {
    run(|criterion| {
        check_that_each_trip_brings_its_message();
        round_trips(criterion);
        one_way(criterion);
    });
}

/// Two CPUs, or the only one twice.
fn cores() -> [Core; 2] {
    let cores = Cores::available().expect("the kernel tells");
    let all = cores.all();
    [all[0], *all.last().expect("there is one")]
}

fn message(number: u64) -> Message {
    let item = Item::Watermark(Watermark(number.cast_signed()));
    Message { channel: ChannelId(7), charge: 0, item }
}

fn number(message: &Message) -> u64 {
    let Item::Watermark(Watermark(number)) = message.item else { panic!("nobody sent {message:?}") };
    number.cast_unsigned()
}

/// Looks until there is something. Gives the CPU away when that takes long: the other thread may need it.
fn poll<T>(mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        for _ in 0..10_000 {
            if let Some(found) = look() {
                return found;
            }
            spin_loop();
        }
        yield_now();
    }
}

/// One of two ends that send to each other.
trait End: Send + 'static {
    /// The other end can see it when this returns.
    fn send(&mut self, message: Message);
    fn take(&mut self) -> Option<Message>;
}

impl End for (shuffle::Sender<Message>, shuffle::Receiver<Message>) {
    fn send(&mut self, message: Message) {
        assert!(self.0.push(message).is_ok());
        self.0.publish();
    }

    fn take(&mut self) -> Option<Message> {
        let taken = self.1.pop();
        self.1.give_back();
        taken
    }
}

impl End for (rtrb::Producer<Message>, rtrb::Consumer<Message>) {
    fn send(&mut self, message: Message) {
        assert!(self.0.push(message).is_ok());
    }

    fn take(&mut self) -> Option<Message> {
        self.1.pop().ok()
    }
}

impl End for (mpsc::Sender<Message>, mpsc::Receiver<Message>) {
    fn send(&mut self, message: Message) {
        assert!(self.0.send(message).is_ok());
    }

    fn take(&mut self) -> Option<Message> {
        self.1.try_recv().ok()
    }
}

/// The links of a core, and the other core.
impl End for (Links, usize) {
    fn send(&mut self, message: Message) {
        self.0.send(self.1, message);
        self.0.publish(|_| panic!("nobody sleeps"));
    }

    fn take(&mut self) -> Option<Message> {
        let mut taken = None;
        self.0.receive(1, |_, message| taken = Some(message));
        taken
    }
}

/// Connects two ends by two ways.
fn connect<S, R>(way: impl Fn() -> (S, R)) -> [(S, R); 2] {
    let ((to_far, at_far), (to_near, at_near)) = (way(), way());
    [(to_far, at_near), (to_near, at_far)]
}

fn linked() -> [(Links, usize); 2] {
    let [near, far]: [Links; 2] = mesh(2).try_into().ok().expect("two cores");
    [(near, 1), (far, 0)]
}

/// The middle time of `blocks` blocks of round trips.
fn trip_block([mut near, mut far]: [impl End; 2], blocks: u64) -> Duration {
    let [here, there] = cores();
    let echo = spawn_on(there, "far", move || {
        (0..blocks * TRIPS).for_each(|_| {
            let message = poll(|| far.take());
            far.send(message);
        });
    });
    let timing = spawn_on(here, "near", move || {
        let block = |block| {
            elapsed(|| {
                for trip in 0..TRIPS {
                    near.send(message(block * TRIPS + trip));
                    let back = poll(|| near.take());
                    assert_eq!(number(&back), block * TRIPS + trip);
                }
            })
        };
        middle((0..blocks).map(block).collect())
    });
    let time = timing.expect("a thread").join().expect("every message comes back");
    echo.expect("a thread").join().expect("every message comes");
    time
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn check_that_each_trip_brings_its_message() {
    trip_block(connect(|| lane(SLOTS)), 100);
    trip_block(connect(|| rtrb::RingBuffer::new(SLOTS)), 100);
    trip_block(connect(mpsc::channel), 100);
    trip_block(linked(), 100);
}

fn round_trips(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ring");
    group.throughput(Throughput::Elements(1));
    trips(&mut group, "round trip/lane", || connect(|| lane(SLOTS)));
    trips(&mut group, "round trip/links", linked);
    trips(&mut group, "round trip/rtrb", || connect(|| rtrb::RingBuffer::new(SLOTS)));
    trips(&mut group, "round trip/mpsc", || connect(mpsc::channel));
}

fn trips<E: End>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, ends: impl Fn() -> [E; 2]) {
    group.bench_function(name, |bench| {
        bench.iter_custom(|iterations| {
            let time = trip_block(ends(), iterations.div_ceil(TRIPS));
            time.mul_f64(iterations as f64 / TRIPS as f64)
        });
    });
}

fn one_way(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ring");
    group.throughput(Throughput::Elements(1));
    for turn in [16, 1024] {
        sends(&mut group, &format!("one way/lane/{turn}"), turn, || lane_way(turn));
        sends(&mut group, &format!("one way/links/{turn}"), turn, || links_way(turn));
        sends(&mut group, &format!("one way/rtrb/{turn}"), turn, || rtrb_way(turn));
    }
}

/// What sends a turn that begins with this number, and what takes what is there, at most a turn.
type Way<S, R> = (S, R);

fn lane_way(turn: u64) -> Way<impl FnMut(u64), impl FnMut() -> u64> {
    let (mut sender, mut receiver) = lane(SLOTS);
    let send = move |first| {
        for number in first..first + turn {
            poll(|| sender.has_room().then_some(()));
            assert!(sender.push(message(number)).is_ok());
        }
        sender.publish();
    };
    let take = move || {
        let mut taken = 0;
        while taken < turn
            && let Some(message) = receiver.pop()
        {
            black_box(message);
            taken += 1;
        }
        receiver.give_back();
        taken
    };
    (send, take)
}

fn links_way(turn: u64) -> Way<impl FnMut(u64), impl FnMut() -> u64> {
    let [(mut near, to), (mut far, _)] = linked();
    let most = usize::try_from(turn).expect("a small number");
    let send = move |first| {
        (first..first + turn).for_each(|number| _ = near.send(to, message(number)));
        // Until all of it is in the lane: outlets have no bound of their own.
        poll(|| {
            near.publish(|_| ());
            (!near.has_unpublished()).then_some(())
        });
    };
    let take = move || far.receive(most, |_, message| _ = black_box(message)) as u64;
    (send, take)
}

fn rtrb_way(turn: u64) -> Way<impl FnMut(u64), impl FnMut() -> u64> {
    let (mut producer, mut consumer) = rtrb::RingBuffer::new(SLOTS);
    let most = usize::try_from(turn).expect("a small number");
    // The room is asked for first: a chunk borrows the producer, so it cannot be what polling returns.
    let send = move |first| {
        poll(|| (producer.slots() >= most).then_some(()));
        let chunk = producer.write_chunk_uninit(most).expect("there is room");
        assert_eq!(chunk.fill_from_iter((first..first + turn).map(message)), most);
    };
    let take = move || {
        let there = consumer.slots().min(most);
        let chunk = consumer.read_chunk(there).expect("they are there");
        chunk.into_iter().for_each(|message| _ = black_box(message));
        there as u64
    };
    (send, take)
}

fn sends<S, R>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, turn: u64, way: impl Fn() -> Way<S, R>)
where
    S: FnMut(u64) + Send + 'static,
    R: FnMut() -> u64 + Send + 'static,
{
    group.bench_function(name, |bench| {
        bench.iter_custom(|iterations| {
            let time = sent_block(way(), turn, iterations.div_ceil(SENT));
            time.mul_f64(iterations as f64 / SENT as f64)
        });
    });
}

/// The middle time in which a block of messages is taken, of `blocks`.
fn sent_block<S, R>((mut send, mut take): Way<S, R>, turn: u64, blocks: u64) -> Duration
where
    S: FnMut(u64) + Send + 'static,
    R: FnMut() -> u64 + Send + 'static,
{
    let [here, there] = cores();
    let sending = spawn_on(there, "far", move || {
        // Turns divide blocks.
        (0..blocks * SENT / turn).for_each(|number| send(number * turn));
    });
    let timing = spawn_on(here, "near", move || {
        let mut taken = 0;
        let mut block = |end| {
            elapsed(|| {
                while taken < end {
                    taken += poll(|| Some(take()).filter(|&taken| taken > 0));
                }
            })
        };
        middle((1..=blocks).map(|number| block(number * SENT)).collect())
    });
    let time = timing.expect("a thread").join().expect("every message comes");
    sending.expect("a thread").join().expect("every message is taken");
    time
}
