//! Promises of lanes and links on one thread, against queues that nobody can get wrong; and a million messages from
//! one thread to another.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::thread;

use arrow_array::{Array, Int64Array, cast::AsArray, types::Int64Type};
use arrow_schema::{DataType, Field, Schema};
use memory::{ColumnBuilder, Envelope, Layout, Pool, View};
use proptest::prelude::*;

use super::lane::{Receiver, Sender, lane};
use super::links::mesh_of;
use super::*;
use crate::item::{Alignment, Barrier, ChannelId, Control, Item, Message, Purpose, Watermark};

#[derive(Clone, Copy, Debug)]
enum LaneStep {
    Push,
    AddToLast,
    Publish,
    Pop,
    GiveBack,
}

/// A lane, and the same as two queues and a count.
struct LaneModel {
    sender: Sender<Vec<u32>>,
    receiver: Receiver<Vec<u32>>,
    slots: usize,
    unpublished: VecDeque<Vec<u32>>,
    waiting: VecDeque<Vec<u32>>,
    /// Taken, and their slots not given back.
    taken: usize,
    next: u32,
}

impl LaneModel {
    fn new(slots: usize) -> Self {
        let (sender, receiver) = lane(slots);
        let (unpublished, waiting) = Default::default();
        Self { sender, receiver, slots, unpublished, waiting, taken: 0, next: 0 }
    }

    fn step(&mut self, step: LaneStep) {
        self.next += 1;
        match step {
            LaneStep::Push => {
                let message = vec![self.next];
                let fits = self.unpublished.len() + self.waiting.len() + self.taken < self.slots;
                let refused = if fits { Ok(()) } else { Err(message.clone()) };
                assert_eq!(self.sender.push(message.clone()), refused);
                self.unpublished.extend(fits.then_some(message));
            }
            LaneStep::AddToLast => {
                let (last, expected) = (self.sender.last_unpublished(), self.unpublished.back_mut());
                assert_eq!(last, expected);
                [last, expected].into_iter().flatten().for_each(|message| message.push(self.next));
            }
            LaneStep::Publish => {
                assert_eq!(self.sender.publish(), !self.unpublished.is_empty());
                self.waiting.append(&mut self.unpublished);
            }
            LaneStep::Pop => {
                assert_eq!(self.receiver.is_empty(), self.waiting.is_empty());
                let expected = self.waiting.pop_front();
                self.taken += usize::from(expected.is_some());
                assert_eq!(self.receiver.pop(), expected);
            }
            LaneStep::GiveBack => {
                self.receiver.give_back();
                self.taken = 0;
            }
        }
    }
}

fn lane_steps() -> impl Strategy<Value = Vec<LaneStep>> {
    let step = prop_oneof![
        4 => Just(LaneStep::Push),
        1 => Just(LaneStep::AddToLast),
        2 => Just(LaneStep::Publish),
        4 => Just(LaneStep::Pop),
        1 => Just(LaneStep::GiveBack),
    ];
    prop::collection::vec(step, 0..200)
}

proptest! {
    #[test]
    fn a_lane_is_a_queue_whose_end_is_hidden(slots in 0_u32..5, steps in lane_steps()) {
        let mut model = LaneModel::new(1 << slots);
        steps.into_iter().for_each(|step| model.step(step));
    }

    #[test]
    fn whichever_end_goes_first_everything_is_dropped_once(steps in lane_steps(), receiver_first: bool) {
        let counted = Arc::new(());
        let (mut sender, mut receiver) = lane(8);
        for step in steps {
            match step {
                LaneStep::Push | LaneStep::AddToLast => _ = sender.push(counted.clone()),
                LaneStep::Publish => _ = sender.publish(),
                LaneStep::Pop => _ = receiver.pop(),
                LaneStep::GiveBack => receiver.give_back(),
            }
        }
        if receiver_first {
            drop(receiver);
            assert!(sender.is_receiver_gone());
            sender.publish();
            drop(sender);
        } else {
            drop(sender);
            assert!(receiver.is_sender_gone());
            drop(receiver);
        }
        prop_assert_eq!(Arc::strong_count(&counted), 1);
    }
}

#[test]
fn what_a_sender_published_outlives_it_and_what_it_did_not_is_never_seen() {
    let (mut sender, mut receiver) = lane(4);
    sender.push(1).unwrap();
    sender.publish();
    sender.push(2).unwrap();
    assert!(!receiver.is_sender_gone());
    drop(sender);
    assert!(receiver.is_sender_gone());
    assert_eq!([receiver.pop(), receiver.pop()], [Some(1), None]);
}

#[test]
#[should_panic(expected = "a lane of 3 slots")]
fn a_lane_has_a_power_of_two_slots() {
    lane::<u8>(3);
}

#[test]
fn a_million_messages_arrive_in_order_on_another_thread() {
    const MESSAGES: u64 = 1_000_000;
    let (mut sender, mut receiver) = lane(256);
    let sending = move || {
        for number in 0..MESSAGES {
            let mut message = [number, !number];
            while let Err(refused) = sender.push(message) {
                sender.publish();
                thread::yield_now();
                message = refused;
            }
            // Turns of changing lengths, now and then longer than the lane.
            if number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57 == 0 {
                sender.publish();
            }
        }
        sender.publish();
    };
    thread::scope(|scope| {
        scope.spawn(sending);
        let mut expected = 0;
        while expected < MESSAGES {
            let gone = receiver.is_sender_gone();
            while let Some(message) = receiver.pop() {
                assert_eq!(message, [expected, !expected]);
                expected += 1;
            }
            receiver.give_back();
            assert!(!gone || expected == MESSAGES, "the sender is gone after {expected} messages");
            thread::yield_now();
        }
    });
}

/// A segment in which numbers become views.
struct Numbers {
    pool: Pool,
    layout: Arc<Layout>,
    builder: ColumnBuilder,
}

impl Numbers {
    fn new() -> Self {
        let pool = Pool::open(2 << 20, 4096).unwrap();
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        let envelope = Arc::new(Envelope::new(schema, false, false));
        let layout = Layout::new(envelope, pool.segment_bytes(), 0).unwrap();
        let builder = ColumnBuilder::open(&layout, pool.take().unwrap());
        Self { pool, layout, builder }
    }

    fn reopen(&mut self) {
        self.builder = ColumnBuilder::open(&self.layout, self.pool.take().unwrap());
    }

    fn view(&mut self, number: i64) -> View {
        if self.builder.is_full() {
            self.reopen();
        }
        let mut row = self.builder.row().unwrap();
        row.put::<Int64Type>(number);
        row.commit().unwrap();
        self.builder.view().unwrap()
    }

    fn message(&mut self, channel: u32, number: i64) -> Message {
        Message { channel: ChannelId(channel), charge: 8, item: Item::View(self.view(number)) }
    }
}

/// What a channel carries, row by row, whatever was merged.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Passed {
    Row(i64),
    Watermark(i64),
}

/// The rows and events of a message, and its charge for each row.
fn passed(message: &Message) -> Vec<Passed> {
    match &message.item {
        Item::View(view) => {
            assert_eq!(message.charge as usize, 8 * view.rows());
            let columns = view.columns();
            let numbers: &Int64Array = columns.column(0).as_primitive();
            assert_eq!(numbers.null_count(), 0);
            numbers.values().iter().map(|number| Passed::Row(*number)).collect()
        }
        Item::Watermark(watermark) => vec![Passed::Watermark(watermark.0)],
        other => panic!("nobody has sent {other:?}"),
    }
}

fn watermark(channel: u32, time: i64) -> Message {
    Message { channel: ChannelId(channel), charge: 0, item: Item::Watermark(Watermark(time)) }
}

fn credit(channel: u32, consumed: u64) -> Control {
    Control::Credit { channel: ChannelId(channel), consumed, limit: consumed + 100 }
}

fn wanted(channel: u32, bytes: u64) -> Control {
    Control::Wanted { channel: ChannelId(channel), bytes }
}

fn barrier(channel: u32, behind: u64) -> Control {
    let (purpose, alignment) = (Purpose::Checkpoint, Alignment::Unaligned);
    let barrier = Barrier { checkpoint: behind, started_at_ms: 0, purpose, alignment };
    Control::Barrier { channel: ChannelId(channel), behind, barrier }
}

/// Two cores with lanes of so few slots; tests send from the first to the second.
fn pair(slots: usize) -> [Links; 2] {
    mesh_of(2, slots, slots).try_into().ok().unwrap()
}

fn receive_all(links: &mut Links) -> Vec<Message> {
    let mut came = Vec::new();
    links.receive(usize::MAX, |_, message| came.push(message));
    came
}

fn controls(links: &mut Links) -> Vec<Control> {
    let mut came = Vec::new();
    links.receive_control(|_, control| came.push(control));
    came
}

/// Publishes and receives until nothing waits.
#[track_caller]
fn deliver<T>(here: &mut Links, there: &mut Links, receive: fn(&mut Links) -> Vec<T>) -> Vec<T> {
    let mut came = Vec::new();
    for _ in 0..10 {
        here.publish(|_| ());
        came.extend(receive(there));
    }
    assert!(here.park(), "something waits for ever");
    came
}

#[derive(Clone, Copy, Debug)]
enum LinkStep {
    Row { from: usize, to: usize, channel: u32 },
    Watermark { from: usize, to: usize, channel: u32 },
    Reopen,
    Publish { core: usize },
    Receive { core: usize, most: usize },
}

fn link_steps() -> impl Strategy<Value = Vec<LinkStep>> {
    // The second of a pair is one of the two others.
    let others = (0..3_usize, 1..3_usize).prop_map(|(from, step)| (from, (from + step) % 3));
    let step = prop_oneof![
        12 => (others.clone(), 0..3_u32).prop_map(|((from, to), channel)| LinkStep::Row { from, to, channel }),
        2 => (others, 0..3_u32).prop_map(|((from, to), channel)| LinkStep::Watermark { from, to, channel }),
        1 => Just(LinkStep::Reopen),
        3 => (0..3_usize).prop_map(|core| LinkStep::Publish { core }),
        2 => (0..3_usize, 0..6_usize).prop_map(|(core, most)| LinkStep::Receive { core, most }),
    ];
    prop::collection::vec(step, 0..200)
}

/// Three links with lanes of two slots, and for each (from, to, channel) what was sent and what came.
struct Mesh {
    links: Vec<Links>,
    numbers: Numbers,
    sent: BTreeMap<(usize, usize, u32), Vec<Passed>>,
    came: BTreeMap<(usize, usize, u32), Vec<Passed>>,
    /// Messages that were sent and not merged, less those that came.
    apart: isize,
}

impl Mesh {
    fn new() -> Self {
        let (sent, came) = Default::default();
        Self { links: mesh_of(3, 2, 2), numbers: Numbers::new(), sent, came, apart: 0 }
    }

    fn send(&mut self, from: usize, to: usize, message: Message) {
        self.sent.entry((from, to, message.channel.0)).or_default().extend(passed(&message));
        self.apart += isize::from(self.links[from].send(to, message));
    }

    fn step(&mut self, number: i64, step: LinkStep) {
        match step {
            LinkStep::Row { from, to, channel } => {
                let message = self.numbers.message(channel, number);
                self.send(from, to, message);
            }
            LinkStep::Watermark { from, to, channel } => self.send(from, to, watermark(channel, number)),
            LinkStep::Reopen => self.numbers.reopen(),
            LinkStep::Publish { core } => {
                self.links[core].publish(|_| panic!("nobody sleeps"));
            }
            LinkStep::Receive { core, most } => self.receive(core, most),
        }
    }

    fn receive(&mut self, to: usize, most: usize) {
        let Self { links, came, apart, .. } = self;
        let mut of_each = [0; 3];
        let count = links[to].receive(most, |from, message| {
            of_each[from] += 1;
            came.entry((from, to, message.channel.0)).or_default().extend(passed(&message));
        });
        *apart -= isize::try_from(count).unwrap();
        assert_eq!(count, of_each.iter().sum::<usize>());
        assert!(of_each.iter().all(|&came| came <= most));
    }

    fn settle(&mut self) {
        // Each round moves two messages through every lane, and no lane was sent more than two hundred.
        for _ in 0..101 {
            (0..3).for_each(|core| self.links[core].publish(|_| ()));
            (0..3).for_each(|core| self.receive(core, 2));
        }
        assert!(self.links.iter_mut().all(Links::park), "something waits for ever");
    }
}

proptest! {
    #[test]
    fn whatever_is_merged_each_channel_carries_what_was_sent_in_order(steps in link_steps()) {
        let mut mesh = Mesh::new();
        (0..).zip(steps).for_each(|(number, step)| mesh.step(number, step));
        mesh.settle();
        prop_assert_eq!(&mesh.came, &mesh.sent);
        prop_assert_eq!(mesh.apart, 0);
        let pool = mesh.numbers.pool;
        drop(mesh.numbers.builder);
        prop_assert_eq!(pool.bytes_out(), 0);
    }
}

#[test]
fn nothing_is_seen_before_it_is_published() {
    let [mut here, mut there] = pair(4);
    here.send(1, watermark(7, 1));
    here.control(1, credit(7, 1));
    assert_eq!((receive_all(&mut there).len(), controls(&mut there)), (0, vec![]));
    here.publish(|_| ());
    assert_eq!((receive_all(&mut there).len(), controls(&mut there)), (1, vec![credit(7, 1)]));
}

/// Sends rows of channel 1, but of channel 2 where it says so, to lanes of `slots`, and wants messages of so many rows.
#[track_caller]
fn check_merging(slots: usize, channels: &[u32], expected: &[(u32, usize)]) {
    let [mut here, mut there] = pair(slots);
    let mut numbers = BTreeMap::new();
    for (number, &channel) in (0..).zip(channels) {
        let numbers = numbers.entry(channel).or_insert_with(Numbers::new);
        here.send(1, numbers.message(channel, number));
    }
    let came = deliver(&mut here, &mut there, receive_all);
    let came: Vec<_> = came.iter().map(|message| (message.channel.0, message.item.rows())).collect();
    assert_eq!(came, expected);
}

#[test]
fn in_a_lane_a_view_joins_the_message_before_it() {
    check_merging(8, &[1, 1, 1], &[(1, 3)]);
    check_merging(8, &[1, 2, 1, 1], &[(1, 1), (2, 1), (1, 2)]);
}

#[test]
fn in_the_line_a_view_joins_the_last_of_its_channel() {
    check_merging(1, &[1, 2, 1, 2, 1, 1], &[(1, 1), (2, 2), (1, 3)]);
}

#[test]
fn a_view_that_was_published_is_left_alone() {
    let ([mut here, mut there], mut numbers) = (pair(4), Numbers::new());
    for number in 0..2 {
        assert!(here.send(1, numbers.message(1, number)));
        here.publish(|_| ());
    }
    assert_eq!(receive_all(&mut there).len(), 2);
}

#[test]
fn charges_that_cannot_be_added_stay_apart() {
    let ([mut here, mut there], mut numbers) = (pair(4), Numbers::new());
    let large = Message { charge: u32::MAX - 7, ..numbers.message(1, 0) };
    assert!(here.send(1, large));
    assert!(here.send(1, numbers.message(1, 1)));
    here.publish(|_| ());
    let charges: Vec<_> = receive_all(&mut there).iter().map(|message| message.charge).collect();
    assert_eq!(charges, [u32::MAX - 7, 8]);
}

/// Sends a row before and a row behind an overtaking barrier, with `ahead` other messages before them.
#[track_caller]
fn check_barrier(ahead: usize, barrier_channel: u32, expected: &[usize]) {
    let ([mut here, mut there], mut numbers) = (pair(2), Numbers::new());
    (0..ahead).for_each(|_| _ = here.send(1, watermark(9, 0)));
    here.send(1, numbers.message(1, 0));
    here.control(1, barrier(barrier_channel, 1));
    here.send(1, numbers.message(1, 1));
    let came = deliver(&mut here, &mut there, receive_all);
    let rows: Vec<_> = came[ahead..].iter().map(|message| message.item.rows()).collect();
    assert_eq!((rows.as_slice(), controls(&mut there)), (expected, vec![barrier(barrier_channel, 1)]));
}

#[test]
fn rows_behind_an_overtaking_barrier_do_not_join_those_before_it() {
    for ahead in [0, 2, 3] {
        check_barrier(ahead, 1, &[1, 1]);
        check_barrier(ahead, 8, &[2]);
    }
}

/// Sends `sent` through a lane of two slots that nobody drains meanwhile, and wants `expected`.
#[track_caller]
fn check_controls(sent: &[Control], expected: &[Control]) {
    let [mut here, mut there] = pair(2);
    sent.iter().for_each(|&control| here.control(1, control));
    let came = deliver(&mut here, &mut there, controls);
    assert_eq!(came, expected);
}

#[test]
fn a_later_figure_replaces_an_earlier_one_of_its_channel_and_kind() {
    check_controls(&[credit(1, 1), credit(1, 2)], &[credit(1, 2)]);
    check_controls(&[credit(1, 1), wanted(1, 2)], &[credit(1, 1), wanted(1, 2)]);
    // Two are in the lane, the others wait in line.
    let full = [wanted(8, 0), wanted(9, 0)];
    let waiting = [credit(1, 1), credit(2, 1), wanted(1, 1), credit(1, 2), credit(2, 2), wanted(1, 2)];
    let left = [credit(1, 2), credit(2, 2), wanted(1, 2)];
    check_controls(&[full.as_slice(), &waiting].concat(), &[full.as_slice(), &left].concat());
}

#[test]
fn a_barrier_replaces_nothing_and_is_not_replaced() {
    let barriers = [barrier(1, 1), barrier(1, 1), barrier(1, 2), barrier(1, 2)];
    check_controls(&barriers, &barriers);
}

#[test]
fn publishing_wakes_each_parked_core_once() {
    let mut links = mesh_of(4, 4, 4);
    assert!(links[1].park());
    assert!(links[2].park());
    links[3].spin();
    let mut woken = Vec::new();
    for to in [1, 3, 1, 2] {
        links[0].send(to, watermark(1, 0));
        links[0].control(to, credit(1, 1));
    }
    links[0].publish(|core| woken.push(core));
    assert_eq!(woken, [1, 2]);
    let hunger: Vec<_> = (1..4).map(|core| links[0].hunger(core)).collect();
    assert_eq!(hunger, [Hunger::Busy, Hunger::Busy, Hunger::Spinning]);
    links[0].send(1, watermark(1, 1));
    links[0].publish(|core| panic!("core {core} is awake"));
}

#[test]
fn a_core_parks_only_when_nothing_came_and_nothing_is_left_to_publish() {
    let [mut here, mut there] = pair(1);
    (0..2).for_each(|time| _ = here.send(1, watermark(1, time)));
    assert!(!here.park(), "it has not published");
    here.publish(|_| ());
    assert!(!here.is_published());
    assert!(!here.park(), "a message waits for room");
    assert!(!there.park(), "a message came");
    assert_eq!(receive_all(&mut there).len(), 1);
    here.publish(|_| ());
    assert!(here.is_published());
    assert!(here.park());
    assert_eq!(receive_all(&mut there).len(), 1);
    here.work();
    there.control(0, wanted(1, 1));
    there.publish(|_| ());
    assert!(!here.park(), "a control came");
}

#[test]
fn what_waits_for_a_core_that_is_gone_is_dropped() {
    let [mut here, mut there] = pair(1);
    there.send(0, watermark(1, 1));
    there.publish(|_| ());
    assert!(!here.is_gone(1));
    drop(there);
    assert!(here.is_gone(1));
    assert_eq!(receive_all(&mut here).len(), 1);
    (0..5).for_each(|time| _ = here.send(1, watermark(1, time)));
    here.publish(|_| ());
    assert!(here.park());
}

#[test]
#[should_panic(expected = "core 0 sends to itself")]
fn what_stays_on_a_core_does_not_cross() {
    mesh(2)[0].send(0, watermark(1, 1));
}

#[test]
fn links_move_to_their_thread() {
    fn check<T: Send>() {}
    check::<Links>();
}
