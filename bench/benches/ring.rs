//! What crossing from one core to another costs.
//!
//! Dimensions: there and back, one message at a time · one way, in turns of 16 and of 1024 messages. Both ends look
//! again and again and never sleep. Beside: `rtrb`, a ring of the same kind, which writes and reads turns as chunks,
//! and the standard library's bounded channel. `lane` is the ring alone; `links` is what a core really has: lanes for
//! messages and controls, merging, and the doorbell's fence once a turn.

use std::hint::spin_loop;
use std::ops::Range;
use std::sync::mpsc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use millstream_bench::{elapsed, run};
use runtime::{Core, Cores, spawn_on};
use shuffle::{ChannelId, Item, Links, Message, Receiver, Sender, Watermark, lane, mesh};

/// As many messages as a lane between two cores has room for, for everybody.
const SLOTS: usize = 1024;

/// Round trips timed as one, so that reading the clock does not weigh.
const BLOCK: u32 = 100;

/// Blocks whose times are put in order: a million round trips.
const BLOCKS: u32 = 10_000;

fn main() {
    run(|criterion| {
        let cores = Cores::available().expect("the kernel knows its CPUs");
        let (here, there) = (cores.all()[0], *cores.all().last().expect("at least the first"));
        here.pin().expect("it is one of ours");
        measure::<LaneEnd>(criterion, there);
        measure::<RtrbEnd>(criterion, there);
        measure::<Links>(criterion, there);
        measure::<ChannelEnd>(criterion, there);
    });
}

/// One of two ends, each of which sends to the other.
trait End: Send + Sized + 'static {
    const NAME: &'static str;

    fn pair() -> [Self; 2];

    /// Sends one message for each of `times`, as far as there is room, and shows them together. Says how many.
    fn send(&mut self, times: Range<i64>) -> usize;

    /// Takes all that has come. Says how many.
    fn receive(&mut self, each: impl FnMut(i64)) -> usize;

    /// Whether the other end is gone: what has come by then is its last.
    fn is_alone(&mut self) -> bool;
}

fn message(time: i64) -> Message {
    Message { channel: ChannelId(1), charge: 0, item: Item::Watermark(Watermark(time)) }
}

fn time_of(message: &Message) -> i64 {
    let Item::Watermark(time) = &message.item else { panic!("nobody has sent {message:?}") };
    time.0
}

struct LaneEnd(Sender<Message>, Receiver<Message>);

impl End for LaneEnd {
    const NAME: &'static str = "lane";

    fn pair() -> [Self; 2] {
        let ((there, from_here), (back, from_there)) = (lane(SLOTS), lane(SLOTS));
        [Self(there, from_there), Self(back, from_here)]
    }

    fn send(&mut self, times: Range<i64>) -> usize {
        let sent = times.take_while(|&time| self.0.push(message(time)).is_ok()).count();
        self.0.publish();
        sent
    }

    fn receive(&mut self, mut each: impl FnMut(i64)) -> usize {
        let mut taken = 0;
        while let Some(message) = self.1.pop() {
            each(time_of(&message));
            taken += 1;
        }
        self.1.give_back();
        taken
    }

    fn is_alone(&mut self) -> bool {
        self.1.is_sender_gone()
    }
}

impl End for Links {
    const NAME: &'static str = "links";

    fn pair() -> [Self; 2] {
        mesh(2).try_into().ok().expect("two cores have two")
    }

    /// Links refuse nothing, since it is credit that bounds what waits. Here nobody gives any, so it is the benchmark
    /// that sends nothing more while something waits.
    fn send(&mut self, times: Range<i64>) -> usize {
        let peer = peer(self);
        let times = if !self.is_published() { 0..0 } else { times };
        let sent = times.map(|time| self.send(peer, message(time))).count();
        self.publish(|core| panic!("core {core} never sleeps"));
        sent
    }

    fn receive(&mut self, mut each: impl FnMut(i64)) -> usize {
        // As in a core's turn: what found no room goes now.
        self.publish(|core| panic!("core {core} never sleeps"));
        self.receive_control(|_, control| panic!("nobody has sent {control:?}"));
        self.receive(SLOTS, |_, message| each(time_of(&message)))
    }

    fn is_alone(&mut self) -> bool {
        self.is_gone(peer(self))
    }
}

/// The other one of two cores.
fn peer(links: &Links) -> usize {
    1 - links.core()
}

struct RtrbEnd(rtrb::Producer<Message>, rtrb::Consumer<Message>);

impl End for RtrbEnd {
    const NAME: &'static str = "rtrb";

    fn pair() -> [Self; 2] {
        let ((there, from_here), (back, from_there)) =
            (rtrb::RingBuffer::new(SLOTS), rtrb::RingBuffer::new(SLOTS));
        [Self(there, from_there), Self(back, from_here)]
    }

    fn send(&mut self, times: Range<i64>) -> usize {
        let wanted = times.clone().count();
        if wanted == 1 {
            return usize::from(self.0.push(message(times.start)).is_ok());
        }
        // Looks at the other end's figure only when its copy says that there is too little room.
        let room = match self.0.cached_slots() {
            room if room >= wanted => wanted,
            _ => self.0.slots().min(wanted),
        };
        let chunk = self.0.write_chunk_uninit(room).expect("there is room");
        chunk.fill_from_iter(times.map(message))
    }

    fn receive(&mut self, mut each: impl FnMut(i64)) -> usize {
        let taken = self.1.slots();
        if taken == 1 {
            each(time_of(&self.1.pop().expect("there is one")));
        } else if taken > 1 {
            let chunk = self.1.read_chunk(taken).expect("there are so many");
            chunk.into_iter().for_each(|message| each(time_of(&message)));
        }
        taken
    }

    fn is_alone(&mut self) -> bool {
        self.1.is_abandoned()
    }
}

struct ChannelEnd {
    sender: mpsc::SyncSender<Message>,
    receiver: mpsc::Receiver<Message>,
    alone: bool,
}

impl End for ChannelEnd {
    const NAME: &'static str = "std channel";

    fn pair() -> [Self; 2] {
        let ((there, from_here), (back, from_there)) = (mpsc::sync_channel(SLOTS), mpsc::sync_channel(SLOTS));
        [(there, from_there), (back, from_here)].map(|(sender, receiver)| Self {
            sender,
            receiver,
            alone: false,
        })
    }

    fn send(&mut self, times: Range<i64>) -> usize {
        times.take_while(|&time| self.sender.try_send(message(time)).is_ok()).count()
    }

    fn receive(&mut self, mut each: impl FnMut(i64)) -> usize {
        let mut taken = 0;
        loop {
            match self.receiver.try_recv() {
                Ok(message) => each(time_of(&message)),
                Err(why) => {
                    self.alone = why == mpsc::TryRecvError::Disconnected;
                    return taken;
                }
            }
            taken += 1;
        }
    }

    fn is_alone(&mut self) -> bool {
        self.alone
    }
}

/// The other core: adds up what comes, and answers a negative number with the sum so far.
fn answer(mut end: impl End) {
    let mut sum = 0;
    loop {
        let alone = end.is_alone();
        let mut asked = false;
        let taken = end.receive(|time| if time < 0 { asked = true } else { sum += time });
        if asked {
            while end.send(sum..sum + 1) == 0 {
                spin_loop();
            }
            sum = 0;
        } else if taken == 0 {
            if alone {
                return;
            }
            spin_loop();
        }
    }
}

/// Asks for the sum so far, and waits for it.
fn ask(end: &mut impl End) -> i64 {
    while end.send(-1..0) == 0 {
        spin_loop();
    }
    let mut answered = None;
    while end.receive(|sum| answered = Some(sum)) == 0 {
        spin_loop();
    }
    answered.expect("one message came")
}

/// Sends the numbers from 0 in turns, and waits until they are added up.
fn send_turns(end: &mut impl End, turns: u64, turn: usize) {
    let total = i64::try_from(turns * turn as u64).expect("less than a day's messages");
    let mut next = 0;
    while next < total {
        let sent = end.send(next..total.min(next + turn as i64));
        next += sent as i64;
        if sent == 0 {
            spin_loop();
        }
    }
    assert_eq!(ask(end), total * (total - 1) / 2);
}

fn measure<E: End>(criterion: &mut Criterion, there: Core) {
    let [mut here, other] = E::pair();
    let thread = spawn_on(there, "answer", move || answer(other)).expect("a thread");
    send_turns(&mut here, 10, SLOTS);
    let mut group = criterion.benchmark_group("ring/there and back");
    group.bench_function(E::NAME, |bencher| bencher.iter(|| ask(&mut here)));
    group.finish();
    if std::env::args().any(|argument| argument == "--bench") {
        print_round_trips(&mut here);
    }
    let mut group = criterion.benchmark_group("ring/one way");
    for turn in [16, SLOTS] {
        group.throughput(Throughput::Elements(turn as u64));
        group.bench_function(BenchmarkId::new(E::NAME, turn), |bencher| {
            bencher.iter_custom(|turns| elapsed(|| send_turns(&mut here, turns, turn)));
        });
    }
    group.finish();
    drop(here);
    thread.join().expect("it ends when it is alone");
}

/// The middle of many, which a neighbour on the machine does not move, as he does the mean.
#[expect(clippy::print_stdout, reason = "criterion has no percentiles")]
fn print_round_trips<E: End>(end: &mut E) {
    let mut blocks: Vec<Duration> =
        (0..BLOCKS).map(|_| elapsed(|| (0..BLOCK).for_each(|_| assert_eq!(ask(end), 0))) / BLOCK).collect();
    blocks.sort_unstable();
    let at = |percent: usize| blocks[(blocks.len() - 1) * percent / 100];
    println!("{}: p10 {:?}, p50 {:?}, p90 {:?}, p99 {:?}", E::NAME, at(10), at(50), at(90), at(99));
}
