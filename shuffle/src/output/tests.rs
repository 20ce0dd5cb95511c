//! What the buffer timeout, credit and routes promise, one by one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Int64Array, RecordBatch, StringViewArray, record_batch};
use memory::{KeyGroups, Pool, RowKind, RowKinds, SLAB_BYTES};

use super::*;
use crate::item::{Control, LatencyMark, Message, Purpose, Watermark};
use crate::route::{HashKey, Partitioner};

const SEGMENT: usize = 4 << 10;

/// What a number takes: itself, and whether it is null.
const ROW: u64 = 9;

/// How many of them a segment holds: two stripes, each aligned to a cache line.
const ROWS_OF_SEGMENT: usize = (SEGMENT - 2 * 63) / ROW as usize;

/// Keeps all that it is given.
struct Bag {
    pool: Pool,
    messages: Vec<Message>,
    controls: Vec<Control>,
    hungry: Vec<ChannelId>,
    asleep: Vec<ChannelId>,
}

impl Bag {
    fn new() -> Self {
        let pool = Pool::open(SLAB_BYTES, SEGMENT).unwrap();
        Self { pool, messages: Vec::new(), controls: Vec::new(), hungry: Vec::new(), asleep: Vec::new() }
    }

    /// What came since the last call: for each item its channel and what it is, rows as their numbers.
    fn take(&mut self) -> Vec<(u32, String)> {
        self.messages.drain(..).map(|message| (message.channel.0, text(&message.item))).collect()
    }

    /// The same for an edge with one channel.
    fn take_one(&mut self) -> Vec<String> {
        self.take().into_iter().map(|(_, item)| item).collect()
    }
}

impl Carrier for Bag {
    fn send(&mut self, message: Message) -> bool {
        self.messages.push(message);
        true
    }

    fn control(&mut self, control: Control) {
        self.controls.push(control);
    }

    fn appetite(&self, channel: ChannelId) -> Appetite {
        let is_there = |channels: &[ChannelId]| channels.contains(&channel);
        match (is_there(&self.hungry), is_there(&self.asleep)) {
            (true, _) => Appetite::Hungry,
            (_, true) => Appetite::Asleep,
            _ => Appetite::Busy,
        }
    }

    fn pool(&self) -> &Pool {
        &self.pool
    }
}

fn text(item: &Item) -> String {
    let rows = |batch: &Batch| {
        let batch = batch.clone().compact();
        let numbers = batch.columns().column(0).as_primitive::<Int64Type>().values().to_vec();
        match &numbers[..] {
            [first, .., last] if numbers.len() > 9 => format!("{first}..{last}"),
            few => few.iter().map(i64::to_string).collect::<Vec<_>>().join(" "),
        }
    };
    match item {
        Item::View(view) => rows(&view.batch()),
        Item::Batch(batch) => format!("[{}]", rows(batch)),
        Item::Watermark(Watermark(time)) => format!("w{time}"),
        Item::Barrier(barrier) => format!("b{}", barrier.checkpoint),
        Item::Idle => "idle".into(),
        Item::Active => "active".into(),
        Item::LatencyMark(_) => "mark".into(),
        Item::End => "end".into(),
    }
}

fn numbers(range: std::ops::Range<i64>) -> Batch {
    Batch::new(record_batch!(("n", Int64, range.collect::<Vec<_>>())).unwrap())
}

fn edge(route: Route, timeout: BufferTimeout, channels: u32) -> Edge {
    let hashes = route.sends_hashes();
    Edge {
        envelope: Arc::new(Envelope::new(numbers(0..0).schema(), false, hashes)),
        route,
        timeout,
        channels: (0..channels).map(ChannelId).collect(),
        segment_bytes: SEGMENT,
        credit_bytes: 1 << 20,
    }
}

fn forward(timeout: BufferTimeout) -> (Output, Bag) {
    (Output::open(&edge(Route::Forward, timeout, 1)), Bag::new())
}

/// Sends rows one batch after the other, and wants that the output stays ready.
fn send(output: &mut Output, bag: &mut Bag, rows: std::ops::Range<i64>) {
    assert_eq!(output.send(numbers(rows), bag).unwrap(), Flow::Ready);
}

fn watermark(time: i64) -> Event {
    Event::Watermark(Watermark(time))
}

fn barrier(checkpoint: u64, alignment: Alignment) -> Barrier {
    Barrier { checkpoint, started_at_ms: 0, purpose: Purpose::Checkpoint, alignment }
}

const ALIGNED: fn(u64) -> Event = |checkpoint| Event::Barrier(barrier(checkpoint, Alignment::Aligned));

// ── The buffer timeout ───────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn at_minus_one_rows_wait_for_a_full_segment() {
    let (mut output, mut bag) = forward(BufferTimeout::Full);
    send(&mut output, &mut bag, 0..100);
    let _ = output.input_done(1_000_000_000, &mut bag);
    assert_eq!(bag.take_one(), [""; 0]);
    let rest = ROWS_OF_SEGMENT as i64;
    for start in (100..rest).step_by(100) {
        send(&mut output, &mut bag, start..(start + 100).min(rest));
    }
    assert_eq!(bag.take_one(), [format!("0..{}", rest - 1)]);
    send(&mut output, &mut bag, rest..rest + 1);
    let _ = output.input_done(2_000_000_000, &mut bag);
    assert_eq!(bag.take_one(), [""; 0], "what follows a full segment waits for the next one");
}

#[test]
fn at_minus_one_watermarks_wait_with_the_rows_around_them() {
    let (mut output, mut bag) = forward(BufferTimeout::Full);
    send(&mut output, &mut bag, 0..2);
    assert_eq!(output.event(watermark(7), &mut bag), Flow::Ready);
    send(&mut output, &mut bag, 2..3);
    assert_eq!(bag.take_one(), [""; 0]);
    assert_eq!(output.event(ALIGNED(1), &mut bag), Flow::Ready);
    assert_eq!(bag.take_one(), ["0 1", "w7", "2", "b1"]);
}

#[test]
fn a_barrier_and_the_end_take_everything_along_at_any_timeout() {
    for timeout in [
        BufferTimeout::Full,
        BufferTimeout::Input,
        BufferTimeout::Row,
        BufferTimeout::Every(Duration::from_secs(1)),
        BufferTimeout::Auto,
    ] {
        for event in [ALIGNED(1), Event::Barrier(barrier(1, Alignment::AtLeastOnce)), Event::End] {
            let (mut output, mut bag) = forward(timeout);
            send(&mut output, &mut bag, 0..1);
            send(&mut output, &mut bag, 1..3);
            let _ = output.event(event, &mut bag);
            let sent = bag.take_one();
            let (last, rows) = sent.split_last().unwrap();
            assert_eq!(rows.join(" "), "0 1 2", "{timeout:?}");
            assert_eq!(*last, text(&event.item()));
            assert!(output.is_drained());
        }
    }
}

#[test]
fn at_zero_the_rows_of_an_input_leave_when_it_is_done() {
    let (mut output, mut bag) = forward(BufferTimeout::Input);
    send(&mut output, &mut bag, 0..2);
    send(&mut output, &mut bag, 2..3); // The chain made two batches of its input.
    assert_eq!(bag.take_one(), [""; 0]);
    let _ = output.input_done(0, &mut bag);
    assert_eq!(bag.take_one(), ["0 1 2"]);
    send(&mut output, &mut bag, 3..4);
    let _ = output.input_done(0, &mut bag);
    assert_eq!(bag.take_one(), ["3"]);
}

#[test]
fn at_zero_watermarks_leave_at_once_and_take_rows_along() {
    let (mut output, mut bag) = forward(BufferTimeout::Input);
    send(&mut output, &mut bag, 0..1);
    let _ = output.event(watermark(5), &mut bag);
    assert_eq!(bag.take_one(), ["0", "w5"]);
}

#[test]
fn strictly_zero_ships_each_row_by_itself() {
    let (mut output, mut bag) = forward(BufferTimeout::Row);
    send(&mut output, &mut bag, 0..3);
    assert_eq!(bag.take_one(), ["0", "1", "2"], "without waiting for the end of the input");
    let large = ROWS_OF_SEGMENT as i64 * 2;
    send(&mut output, &mut bag, 0..large);
    assert_eq!(bag.take_one(), (0..large).map(|row| row.to_string()).collect::<Vec<_>>());
}

#[test]
fn at_t_rows_leave_with_the_tick() {
    let (mut output, mut bag) = forward(BufferTimeout::Every(Duration::from_millis(10)));
    assert_eq!(output.timeout().tick(), Some(Duration::from_millis(10)));
    send(&mut output, &mut bag, 0..2);
    let _ = output.event(watermark(1), &mut bag);
    send(&mut output, &mut bag, 2..3);
    let _ = output.input_done(1_000_000_000, &mut bag);
    assert_eq!(bag.take_one(), [""; 0]);
    let _ = output.flush(&mut bag);
    assert_eq!(bag.take_one(), ["0 1", "w1", "2"]);
    let _ = output.flush(&mut bag);
    assert_eq!(bag.take_one(), [""; 0], "nothing new, nothing sent");
}

#[test]
fn at_t_a_full_segment_does_not_wait_for_the_tick() {
    let (mut output, mut bag) = forward(BufferTimeout::Every(Duration::from_secs(1)));
    let full = ROWS_OF_SEGMENT as i64;
    for start in (0..full).step_by(50) {
        send(&mut output, &mut bag, start..(start + 50).min(full));
    }
    assert_eq!(bag.take_one(), [format!("0..{}", full - 1)]);
}

#[test]
fn a_flush_ships_a_view_and_filling_goes_on_in_the_same_segment() {
    let (mut output, mut bag) = forward(BufferTimeout::Every(Duration::from_millis(1)));
    for row in 0..100 {
        send(&mut output, &mut bag, row..row + 1);
        let _ = output.flush(&mut bag);
    }
    assert_eq!(bag.messages.len(), 100);
    assert_eq!(bag.pool.bytes_out(), SEGMENT as u64);
    let mut views = bag.messages.drain(..).map(|message| match message.item {
        Item::View(view) => view,
        other => panic!("{other:?}"),
    });
    let first = views.next().unwrap();
    let all = views.fold(first, |mut all, next| {
        assert!(all.absorb(&next), "they follow each other");
        all
    });
    assert_eq!(all.batch(), numbers(0..100));
}

#[test]
fn the_timeout_can_change_while_rows_wait() {
    let (mut output, mut bag) = forward(BufferTimeout::Full);
    send(&mut output, &mut bag, 0..1);
    output.set_timeout(BufferTimeout::Every(Duration::from_millis(1)), &mut bag);
    assert_eq!(bag.take_one(), [""; 0]);
    let _ = output.flush(&mut bag);
    assert_eq!(bag.take_one(), ["0"]);
    send(&mut output, &mut bag, 1..2);
    output.set_timeout(BufferTimeout::Input, &mut bag);
    assert_eq!(bag.take_one(), ["1"], "what has waited under the old one does not wait for an input to come");
}

#[test]
fn a_flush_looks_only_at_channels_that_were_written_to() {
    let mut output = Output::open(&edge(Route::Custom(by_number()), BufferTimeout::Input, 1000));
    let mut bag = Bag::new();
    send(&mut output, &mut bag, 7..8);
    assert_eq!(output.dirty.oldest(), Some(7));
    let _ = output.input_done(0, &mut bag);
    assert_eq!(bag.take(), [(7, "7".into())]);
    assert!(output.dirty.is_empty());
}

#[test]
fn an_idle_channel_keeps_its_rows_until_somebody_flushes() {
    let mut output = Output::open(&edge(Route::Custom(by_number()), BufferTimeout::Full, 2));
    let mut bag = Bag::new();
    send(&mut output, &mut bag, 0..1);
    for row in 0..3 {
        let ones = Int64Array::from(vec![1; ROWS_OF_SEGMENT / 2]);
        let ones = RecordBatch::try_new(numbers(0..0).schema(), vec![Arc::new(ones)]).unwrap();
        let _ = output.send(Batch::new(ones), &mut bag).unwrap();
        assert!(bag.take().iter().all(|(channel, _)| *channel == 1), "{row}");
    }
    let _ = output.event(ALIGNED(1), &mut bag);
    let idle: Vec<_> = bag.take().into_iter().filter(|(channel, _)| *channel == 0).collect();
    assert_eq!(idle, [(0, "0".into()), (0, "b1".into())]);
}

#[test]
fn watermarks_without_rows_between_them_do_not_pile_up() {
    let (mut output, mut bag) = forward(BufferTimeout::Full);
    for time in 0..10_000 {
        let _ = output.event(watermark(time), &mut bag);
    }
    let _ = output.flush(&mut bag);
    assert_eq!(bag.take_one(), ["w9999"]);
}

#[test]
fn marks_without_rows_do_not_pile_up_for_ever() {
    let (mut output, mut bag) = forward(BufferTimeout::Full);
    let mark = Event::LatencyMark(LatencyMark { source: 0, subtask: 0, emitted_ns: 0 });
    for _ in 0..3000 {
        let _ = output.event(mark, &mut bag);
    }
    assert!(bag.take_one().len() >= 2000);
}

// ── auto ─────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn auto_ships_to_the_hungry_and_to_nobody_else() {
    let mut output = Output::open(&edge(Route::Custom(by_number()), BufferTimeout::Auto, 2));
    let mut bag = Bag::new();
    output.set_age_cap(1000);
    bag.hungry = vec![ChannelId(1)];
    send(&mut output, &mut bag, 0..2);
    let _ = output.input_done(10, &mut bag);
    assert_eq!(bag.take(), [(1, "1".into())]);
    assert_eq!(output.deadline_ns(), Some(1010));
    let _ = output.input_done(1009, &mut bag);
    assert_eq!(bag.take(), []);
    let _ = output.input_done(1010, &mut bag);
    assert_eq!(bag.take(), [(0, "0".into())], "too old to wait for hunger");
    assert_eq!(output.deadline_ns(), None);
}

#[test]
fn a_sender_that_rests_ships_to_the_busy_too_and_wakes_nobody() {
    let mut output = Output::open(&edge(Route::Custom(by_number()), BufferTimeout::Auto, 2));
    let mut bag = Bag::new();
    output.set_age_cap(1000);
    bag.asleep = vec![ChannelId(1)];
    send(&mut output, &mut bag, 0..2);
    let _ = output.input_done(10, &mut bag);
    assert_eq!(bag.take(), []);
    let _ = output.sender_rests(20, &mut bag);
    assert_eq!(bag.take(), [(0, "0".into())]);
    assert_eq!(output.deadline_ns(), Some(1010));
    let _ = output.sender_rests(1010, &mut bag);
    assert_eq!(bag.take(), [(1, "1".into())], "too old to let it sleep");

    let (mut output, mut bag) = forward(BufferTimeout::Full);
    send(&mut output, &mut bag, 0..1);
    let _ = output.sender_rests(1010, &mut bag);
    assert_eq!(bag.take(), [], "only at `auto`");
}

#[test]
fn the_age_of_a_row_begins_with_its_own_input() {
    let (mut output, mut bag) = forward(BufferTimeout::Auto);
    output.set_age_cap(100);
    send(&mut output, &mut bag, 0..1);
    let _ = output.input_done(0, &mut bag);
    let _ = output.input_done(100, &mut bag);
    assert_eq!(bag.take_one(), ["0"]);
    send(&mut output, &mut bag, 1..2);
    let _ = output.input_done(150, &mut bag);
    assert_eq!(bag.take_one(), [""; 0]);
    assert_eq!(output.deadline_ns(), Some(250));
}

// ── Credit ───────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn without_credit_rows_wait_in_order_and_merge() {
    let edge = Edge { credit_bytes: ROW, ..edge(Route::Forward, BufferTimeout::Input, 1) };
    let (mut output, mut bag) = (Output::open(&edge), Bag::new());
    for row in 0..4 {
        send(&mut output, &mut bag, row..row + 1);
        let _ = output.input_done(0, &mut bag);
    }
    assert_eq!(bag.take_one(), ["0"]);
    assert_eq!(bag.controls, [Control::Wanted { channel: ChannelId(0), bytes: 2 * ROW }]);
    let _ = output.credit(0, ROW, 1000, &mut bag);
    assert_eq!(bag.take_one(), ["1 2 3"], "what has waited leaves as one view");
}

#[test]
fn events_wait_for_rows_but_not_for_credit() {
    let edge = Edge { credit_bytes: ROW, ..edge(Route::Forward, BufferTimeout::Input, 1) };
    let (mut output, mut bag) = (Output::open(&edge), Bag::new());
    send(&mut output, &mut bag, 0..1);
    let _ = output.event(ALIGNED(1), &mut bag);
    assert_eq!(bag.take_one(), ["0", "b1"], "all credit is used up, and the barrier goes");
    send(&mut output, &mut bag, 1..2);
    let _ = output.event(ALIGNED(2), &mut bag);
    assert_eq!(bag.take_one(), [""; 0], "it does not overtake a row");
    let _ = output.credit(0, ROW, 2 * ROW, &mut bag);
    assert_eq!(bag.take_one(), ["1", "b2"]);
}

#[test]
fn a_full_output_says_so_and_takes_what_comes_all_the_same() {
    let edge = Edge { credit_bytes: ROW, ..edge(Route::Forward, BufferTimeout::Input, 1) };
    let (mut output, mut bag) = (Output::open(&edge), Bag::new());
    let mut sent = 0;
    let mut flow = Flow::Ready;
    while flow == Flow::Ready {
        flow = output.send(numbers(sent..sent + 100), &mut bag).unwrap();
        let _ = output.input_done(0, &mut bag);
        sent += 100;
        assert!(sent < 100_000, "it is never full");
    }
    assert_eq!(output.send(numbers(sent..sent + 100), &mut bag).unwrap(), Flow::Full);
    assert_eq!(output.event(Event::End, &mut bag), Flow::Full);
    assert_eq!(output.credit(0, 0, 1 << 20, &mut bag), Flow::Ready);
    let _ = output.flush(&mut bag);
    let received: usize = bag.messages.iter().map(|message| message.item.rows()).sum();
    assert_eq!(received as i64, sent + 100);
    assert!(matches!(bag.messages.last().unwrap().item, Item::End));
    assert!(output.is_drained());
}

#[test]
fn a_flush_that_fills_an_output_says_so() {
    type Release = fn(&mut Output, &mut Bag) -> Flow;
    let releases: [(BufferTimeout, Release); 2] = [
        (BufferTimeout::Full, |output, bag| output.flush(bag)),
        (BufferTimeout::Input, |output, bag| output.input_done(0, bag)),
    ];
    for (timeout, release) in releases {
        let edge = Edge { credit_bytes: ROW, ..edge(Route::Forward, timeout, 1) };
        let (mut output, mut bag) = (Output::open(&edge), Bag::new());
        // One segment leaves, since nothing is in flight; two may wait, and do not fill the output.
        let rows = 3 * ROWS_OF_SEGMENT as i64;
        for start in (0..rows).step_by(100) {
            send(&mut output, &mut bag, start..(start + 100).min(rows));
        }
        assert_eq!(release(&mut output, &mut bag), Flow::Ready);
        send(&mut output, &mut bag, rows..rows + 1);
        assert_eq!(release(&mut output, &mut bag), Flow::Full, "{timeout:?}");
        assert_eq!(output.flow(), Flow::Full);
    }
}

#[test]
fn a_receiver_is_believed_to_have_taken_what_was_sent_and_no_more() {
    for (consumed, believed) in [(0, true), (ROW, true), (ROW + 1, false), (u64::MAX, false)] {
        let (mut output, mut bag) = forward(BufferTimeout::Input);
        send(&mut output, &mut bag, 0..1);
        let _ = output.input_done(0, &mut bag);
        assert_eq!(output.admits_credit(0, consumed), believed, "{consumed}");
        let taken = catch_unwind(AssertUnwindSafe(|| output.credit(0, consumed, u64::MAX, &mut bag)));
        assert_eq!(taken.is_ok(), believed, "{consumed}");
    }
}

#[test]
fn a_segment_costs_its_whole_length_by_the_time_the_next_is_begun() {
    let (mut output, mut bag) = forward(BufferTimeout::Input);
    let mut charges = 0;
    for row in 0..ROWS_OF_SEGMENT as i64 {
        send(&mut output, &mut bag, row..row + 1);
        let _ = output.input_done(0, &mut bag);
        charges += bag.messages.drain(..).map(|message| u64::from(message.charge)).sum::<u64>();
        let expected =
            if row + 1 == ROWS_OF_SEGMENT as i64 { SEGMENT as u64 } else { ROW * (row + 1) as u64 };
        assert_eq!(charges, expected);
    }
}

#[test]
fn what_is_left_of_a_segment_that_was_given_up_is_paid_by_the_next_view() {
    let mut output = Output::open(&edge(Route::Custom(by_number()), BufferTimeout::Input, 2));
    let mut bag = Bag::new();
    let charge = |output: &mut Output, bag: &mut Bag, row: i64| {
        let _ = output.send(numbers(row..row + 1), bag).unwrap();
        let _ = output.input_done(0, bag);
        bag.messages.drain(..).map(|message| u64::from(message.charge)).sum::<u64>()
    };
    assert_eq!(charge(&mut output, &mut bag, 0), ROW);
    let hoard: Vec<_> = std::iter::from_fn(|| bag.pool.take()).collect();
    assert_eq!(charge(&mut output, &mut bag, 1), ROW, "in the segment that the other channel gave up");
    drop(hoard);
    assert_eq!(charge(&mut output, &mut bag, 0), SEGMENT as u64);
    assert_eq!(charge(&mut output, &mut bag, 0), ROW);
}

#[test]
fn without_a_segment_rows_wait_as_they_came() {
    let (mut output, mut bag) = forward(BufferTimeout::Full);
    let all: Vec<_> = std::iter::from_fn(|| bag.pool.take()).collect();
    assert_eq!(output.send(numbers(0..3), &mut bag).unwrap(), Flow::Full);
    assert_eq!(output.event(ALIGNED(1), &mut bag), Flow::Full);
    assert_eq!(output.resume(&mut bag), Flow::Full);
    drop(all);
    assert_eq!(output.resume(&mut bag), Flow::Ready);
    assert_eq!(bag.take_one(), ["0 1 2", "b1"]);
}

#[test]
fn a_batch_that_does_not_fit_is_noticed_when_it_is_sent_though_rows_before_it_wait() {
    let other_type = Batch::new(record_batch!(("n", Int32, [1])).unwrap());
    let other_name = Batch::new(record_batch!(("m", Int64, [1])).unwrap());
    let more_columns = Batch::new(record_batch!(("n", Int64, [1]), ("m", Int64, [1])).unwrap());
    let kinds = numbers(1..2).with_kinds(Some(RowKinds::new([RowKind::Delete])));
    for wrong in [other_type, other_name, more_columns, kinds] {
        let (mut output, mut bag) = forward(BufferTimeout::Input);
        let all: Vec<_> = std::iter::from_fn(|| bag.pool.take()).collect();
        assert_eq!(output.send(numbers(0..1), &mut bag).unwrap(), Flow::Full);
        assert!(output.is_starved());
        let sent = catch_unwind(AssertUnwindSafe(|| output.send(wrong.clone(), &mut bag)));
        assert!(sent.is_err(), "{wrong:?} was taken");
        drop(all);
        assert_eq!(output.resume(&mut bag), Flow::Ready);
        let _ = output.flush(&mut bag);
        assert_eq!(bag.take_one(), ["0"]);
    }
}

#[test]
fn a_barrier_that_overtakes_is_no_event_and_that_is_noticed_though_rows_before_it_wait() {
    let (mut output, mut bag) = forward(BufferTimeout::Input);
    let all: Vec<_> = std::iter::from_fn(|| bag.pool.take()).collect();
    assert_eq!(output.send(numbers(0..1), &mut bag).unwrap(), Flow::Full);
    let overtaking = Event::Barrier(barrier(1, Alignment::Unaligned));
    let taken = catch_unwind(AssertUnwindSafe(|| output.event(overtaking, &mut bag)));
    assert!(taken.is_err());
    drop(all);
    assert_eq!(output.event(ALIGNED(2), &mut bag), Flow::Ready);
    assert_eq!(bag.take_one(), ["0", "b2"]);
}

#[test]
fn idle_channels_give_up_their_segments_when_the_pool_is_empty() {
    let mut output = Output::open(&edge(Route::Custom(by_number()), BufferTimeout::Full, 512));
    let mut bag = Bag::new();
    send(&mut output, &mut bag, 0..511); // All but one segment of the pool are in use, each for one row.
    let hog = bag.pool.take().unwrap();
    assert!(bag.pool.take().is_none());
    assert_eq!(output.send(numbers(511..512), &mut bag).unwrap(), Flow::Full);
    assert_eq!(bag.take().len(), 511, "they were shipped, though no timeout said so");
    assert_eq!(output.resume(&mut bag), Flow::Ready, "and have come home");
    drop(hog);
}

#[test]
#[should_panic(expected = "does not listen")]
fn a_sender_that_does_not_listen_is_a_bug() {
    let (mut output, mut bag) = forward(BufferTimeout::Full);
    let _all: Vec<_> = std::iter::from_fn(|| bag.pool.take()).collect();
    for _ in 0..20 {
        let _ = output.send(numbers(0..3), &mut bag).unwrap();
    }
}

// ── What rows look like on the way ───────────────────────────────────────────────────────────────────────────────

#[test]
fn a_large_batch_that_goes_one_way_is_passed_on_without_copying() {
    let (mut output, mut bag) = forward(BufferTimeout::Full);
    let batch = numbers(10..10 + ROWS_OF_SEGMENT as i64);
    send(&mut output, &mut bag, 0..2);
    let _ = output.send(batch.clone(), &mut bag).unwrap();
    let Item::Batch(passed) = &bag.messages[1].item else { panic!("{:?}", bag.messages) };
    let address = |batch: &Batch| batch.columns().column(0).as_primitive::<Int64Type>().values().as_ptr();
    assert_eq!(address(passed), address(&batch));
    assert_eq!(bag.take_one()[0], "0 1", "rows before it stay before it");
}

#[test]
fn a_huge_batch_leaves_in_pieces_that_credit_can_count() {
    let (mut output, mut bag) = forward(BufferTimeout::Full);
    let _ = output.send(numbers(0..100_000), &mut bag).unwrap();
    assert!(bag.messages.iter().all(|message| message.charge as usize <= SEGMENT));
    assert_eq!(bag.messages.iter().map(|message| message.item.rows()).sum::<usize>(), 100_000);
}

#[test]
fn rows_that_do_not_count_do_not_travel() {
    let (mut output, mut bag) = forward(BufferTimeout::Input);
    let odd = arrow_array::BooleanArray::from_iter((0..10).map(|n| Some(n % 2 == 1)));
    let _ = output.send(numbers(0..10).narrow(&odd), &mut bag).unwrap();
    let _ = output.input_done(0, &mut bag);
    assert_eq!(bag.take_one(), ["1 3 5 7 9"]);
    let none = arrow_array::BooleanArray::from(vec![false; 10]);
    let _ = output.send(numbers(0..10).narrow(&none), &mut bag).unwrap();
    let _ = output.input_done(0, &mut bag);
    assert_eq!(bag.take_one(), [""; 0]);
}

#[test]
fn a_row_that_fits_no_segment_travels_by_itself() {
    let texts = ["short", &"long ".repeat(SEGMENT), "after"].map(String::from).to_vec();
    let batch = RecordBatch::try_from_iter([
        ("n", Arc::new(Int64Array::from(vec![1, 2, 3])) as arrow_array::ArrayRef),
        ("text", Arc::new(StringViewArray::from(texts.clone()))),
    ])
    .unwrap();
    let batch = Batch::new(batch);
    let edge = Edge {
        envelope: Arc::new(Envelope::of(&batch)),
        ..edge(Route::Custom(by_number()), BufferTimeout::Input, 4)
    };
    for route in [Route::Custom(by_number()), Route::Forward] {
        let (mut output, mut bag) = (Output::open(&Edge { route, ..edge.clone() }), Bag::new());
        let _ = output.send(batch.clone(), &mut bag).unwrap();
        let _ = output.input_done(0, &mut bag);
        let rows: usize = bag.messages.iter().map(|message| message.item.rows()).sum();
        assert_eq!(rows, 3);
    }
}

#[test]
fn strings_longer_than_guessed_find_a_layout() {
    let texts: Vec<String> = (0..200).map(|row| "x".repeat(3000) + &row.to_string()).collect();
    let batch = RecordBatch::try_from_iter([
        ("n", Arc::new(Int64Array::from_iter_values(0..200)) as arrow_array::ArrayRef),
        ("text", Arc::new(StringViewArray::from(texts.clone()))),
    ])
    .unwrap();
    let batch = Batch::new(batch);
    let edge = Edge {
        envelope: Arc::new(Envelope::of(&batch)),
        ..edge(Route::Custom(Partitioner::new("two", two_ways)), BufferTimeout::Input, 2)
    };
    let (mut output, mut bag) = (Output::open(&edge), Bag::new());
    let _ = output.send(batch.clone(), &mut bag).unwrap();
    let _ = output.input_done(0, &mut bag);
    let mut seen = Vec::new();
    for message in &bag.messages {
        let Item::View(view) = &message.item else { panic!("they fit: {message:?}") };
        let columns = view.columns();
        let numbers = columns.column(0).as_primitive::<Int64Type>().values();
        for (row, number) in numbers.iter().enumerate() {
            assert_eq!(columns.column(1).as_string_view().value(row), texts[*number as usize]);
        }
        seen.extend_from_slice(numbers);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..200).collect::<Vec<_>>());
}

fn two_ways(batch: &Batch, _: u32, into: &mut Vec<u32>) {
    into.extend((0..batch.rows()).map(|row| row as u32 % 2));
}

/// Sends the row with number n to channel n.
fn by_number() -> Partitioner {
    Partitioner::new("by number", |batch: &Batch, _, into: &mut Vec<u32>| {
        let batch = batch.clone().compact();
        let numbers = batch.columns().column(0).as_primitive::<Int64Type>().values();
        into.extend(numbers.iter().map(|number| *number as u32));
    })
}

// ── Routes ───────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn broadcast_copies_once_and_reaches_everybody() {
    let (mut output, mut bag) = (Output::open(&edge(Route::Broadcast, BufferTimeout::Input, 3)), Bag::new());
    send(&mut output, &mut bag, 0..2);
    let _ = output.event(watermark(1), &mut bag);
    assert_eq!(bag.pool.bytes_out(), SEGMENT as u64);
    let sent = bag.take();
    for channel in 0..3 {
        let to: Vec<_> = sent.iter().filter(|(to, _)| *to == channel).map(|(_, item)| &item[..]).collect();
        assert_eq!(to, ["0 1", "w1"]);
    }
}

#[test]
fn hash_sends_a_key_to_the_owner_of_its_group_and_the_hash_along() {
    let groups = KeyGroups::new(128);
    let route = Route::Hash { key: HashKey::Columns(vec![0]), groups };
    let (mut output, mut bag) = (Output::open(&edge(route, BufferTimeout::Input, 3)), Bag::new());
    send(&mut output, &mut bag, 0..1000);
    let _ = output.input_done(0, &mut bag);
    let mut rows = 0;
    for message in &bag.messages {
        let Item::View(view) = &message.item else { panic!("{message:?}") };
        let batch = view.batch();
        let mut hashes = Vec::new();
        memory::hash_key(batch.columns().columns(), batch.rows(), &mut hashes).unwrap();
        assert_eq!(batch.hashes().unwrap()[..], hashes);
        assert!(hashes.iter().all(|hash| groups.owner(groups.of(*hash), 3) == message.channel.0));
        rows += batch.rows();
    }
    assert_eq!(rows, 1000);
}

#[test]
fn rebalance_takes_turns_and_prefers_room() {
    let edge = Edge { credit_bytes: 10_000, ..edge(Route::Rebalance, BufferTimeout::Input, 3) };
    let (mut output, mut bag) = (Output::open(&edge), Bag::new());
    for row in 0..6 {
        send(&mut output, &mut bag, row..row + 1);
        let _ = output.input_done(0, &mut bag);
    }
    let channels: Vec<_> = bag.take().into_iter().map(|(channel, _)| channel).collect();
    assert_eq!(channels, [0, 1, 2, 0, 1, 2], "with equal room, in turn");
    let _ = output.credit(1, 2 * ROW, 100_000, &mut bag);
    for row in 0..4 {
        send(&mut output, &mut bag, row..row + 1);
        let _ = output.input_done(0, &mut bag);
    }
    assert_eq!(bag.take().into_iter().map(|(channel, _)| channel).collect::<Vec<_>>(), [1; 4]);
}

#[test]
fn a_partitioner_that_names_no_channel_is_named() {
    for (answer, message) in [
        (
            vec![0, 4],
            "partitioner odd sends row 1 of a batch to channel 4, but there are 4: it must answer a number below that",
        ),
        (vec![0], "partitioner odd must name one channel for each of 2 rows, and named 1"),
    ] {
        let odd = Partitioner::new("odd", move |_: &Batch, _, into: &mut Vec<u32>| into.extend(&answer));
        let (mut output, mut bag) =
            (Output::open(&edge(Route::Custom(odd), BufferTimeout::Input, 4)), Bag::new());
        let error = output.send(numbers(0..2), &mut bag).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(!error.retry_may_help());
    }
}

// ── Barriers that overtake ───────────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_barrier_that_overtakes_leaves_at_once_and_names_what_it_has_overtaken() {
    let edge = Edge { credit_bytes: ROW, ..edge(Route::Forward, BufferTimeout::Full, 1) };
    let (mut output, mut bag) = (Output::open(&edge), Bag::new());
    for row in 0..3 {
        send(&mut output, &mut bag, row..row + 1);
        let _ = output.flush(&mut bag);
    }
    let overtaking = barrier(1, Alignment::Unaligned);
    send(&mut output, &mut bag, 3..4);
    let held = output.overtake(overtaking, &mut bag);
    assert_eq!(bag.take_one(), ["0"]);
    let expected = Control::Barrier { channel: ChannelId(0), behind: 1, barrier: overtaking };
    assert_eq!(bag.controls.last(), Some(&expected));
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].1.iter().map(text).collect::<Vec<_>>(), ["1 2 3"]);
    let _ = output.credit(0, ROW, 1000, &mut bag);
    assert_eq!(bag.take_one(), ["1 2 3"], "they are sent all the same");
}

#[test]
fn rows_that_had_no_segment_are_overtaken_too() {
    let (mut output, mut bag) = (Output::open(&edge(Route::Broadcast, BufferTimeout::Full, 2)), Bag::new());
    let _all: Vec<_> = std::iter::from_fn(|| bag.pool.take()).collect();
    let _ = output.send(numbers(0..2), &mut bag).unwrap();
    let _ = output.event(watermark(3), &mut bag);
    let held = output.overtake(barrier(1, Alignment::Unaligned), &mut bag);
    for (_, items) in held {
        assert_eq!(items.iter().map(text).collect::<Vec<_>>(), ["[0 1]", "w3"]);
    }
}

#[test]
fn what_a_predecessor_had_not_sent_goes_first() {
    let (mut output, mut bag) = forward(BufferTimeout::Input);
    output.restore(0, vec![Item::Batch(Box::new(numbers(0..2)))], &mut bag);
    send(&mut output, &mut bag, 2..3);
    let _ = output.input_done(0, &mut bag);
    assert_eq!(bag.take_one(), ["[0 1]", "2"]);
}
