//! Random channels, in random order, against the model.

use super::model::Model;
use super::*;

const CASES: u64 = 100_000;

#[test]
fn a_gate_does_what_the_model_does_in_every_interleaving() {
    for seed in 0..CASES {
        let _named = Named(seed);
        Case::draw(seed).run();
    }
}

/// Names the seed of a case that fails.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("replay with Case::draw({}).run()", self.0);
        }
    }
}

/// A gate, its model, and what is still on its way.
struct Case {
    random: Random,
    gate: Gate,
    model: Model,
    senders: Vec<Sender>,
}

/// What a channel will bring, first last.
struct Sender {
    things: Vec<Thing>,
    /// Barriers of the control lane, with what is before them.
    controls: Vec<(u64, usize)>,
}

impl Case {
    fn draw(seed: u64) -> Self {
        let mut random = Random(seed);
        let inputs: Vec<usize> = (0..=random.below(2)).map(|_| 1 + random.below(2)).collect();
        let channels = inputs.iter().sum();
        let drift_max_ms = [None, None, None, Some(0), Some(3)][random.below(5)];
        let usual = random.alignment();
        // Mostly the checkpoints of a job align alike. Savepoints do not.
        let alignments: Vec<Alignment> =
            (0..3).map(|_| if random.below(3) == 0 { random.alignment() } else { usual }).collect();
        let mut rows = 0..64;
        let restored: Vec<Vec<Thing>> = (0..channels).map(|_| random.restored(&mut rows)).collect();
        let senders = (0..channels).map(|_| Sender::draw(&mut random, &mut rows, &alignments)).collect();
        let mut spec = GateSpec { drift_max_ms, ..spec(&inputs) };
        let items =
            |(channel, things): (usize, &Vec<Thing>)| (channel, things.iter().map(|t| t.item()).collect());
        spec.restored = restored.iter().enumerate().map(items).collect();
        let model = Model::open(&inputs, &restored, drift_max_ms);
        Self { random, gate: Gate::open(spec), model, senders }
    }

    fn run(mut self) {
        while self.senders.iter().any(|sender| !sender.things.is_empty()) {
            let channel = self.random.below(self.senders.len());
            match self.random.below(12) {
                0 | 1 => self.control(channel),
                2 if self.random.below(8) == 0 => self.abort(),
                2..=6 => drop(self.next()),
                _ => self.receive(channel),
            }
        }
        (0..self.senders.len()).for_each(|channel| self.control(channel));
        let mut last = None;
        while let Some(told) = self.next() {
            last = Some(told);
        }
        assert_eq!(last, Some(Told::End), "something still waits when everything has come");
    }

    fn receive(&mut self, channel: usize) {
        let Some(thing) = self.senders[channel].things.pop() else { return };
        self.gate.receive(channel, message(channel, 0, thing.item()));
        self.model.receive(channel, thing);
    }

    fn control(&mut self, channel: usize) {
        let Some((checkpoint, behind)) = self.senders[channel].controls.pop() else { return };
        self.gate.overtake(channel, barrier(checkpoint, Alignment::Unaligned), behind as u64);
        self.model.overtake(channel, checkpoint, behind + self.model.lanes[channel].restored);
    }

    fn abort(&mut self) {
        let checkpoint = 1 + self.random.below(3) as u64;
        self.gate.abort(checkpoint);
        self.model.abort(checkpoint);
    }

    /// As [`Gate::next`], but with a look at which channel is served: the model leaves that to the gate, as long as
    /// it may be.
    fn next(&mut self) -> Option<Told> {
        loop {
            self.gate.alignments.finish_capture(&mut self.gate.effects);
            self.model.finish_capture();
            let told = self.gate.effects.announced.pop_front().map(|arrival| Told::of(&arrival));
            assert_eq!(told, self.model.told.pop_front());
            if told.is_some() {
                return told;
            }
            let Some(channel) = self.gate.next_turn() else {
                let waiting = (0..self.senders.len()).find(|lane| self.model.may_serve(*lane));
                assert_eq!(waiting, None, "a channel is not served");
                return None;
            };
            assert!(self.model.may_serve(channel), "channel {channel} is served");
            self.gate.serve(channel);
            self.model.serve(channel);
        }
    }
}

impl Sender {
    fn draw(random: &mut Random, rows: &mut impl Iterator<Item = i64>, alignments: &[Alignment]) -> Self {
        let (mut things, mut controls) = (Vec::new(), Vec::new());
        for (checkpoint, alignment) in (1..).zip(alignments) {
            (0..random.below(4)).for_each(|_| things.extend(random.thing(rows)));
            // Some sources never hear of a checkpoint.
            if random.below(8) == 0 {
                continue;
            }
            let impatient = *alignment == Alignment::Aligned && random.below(8) == 0;
            let overtakes = *alignment == Alignment::Unaligned && random.below(3) > 0;
            if overtakes || impatient {
                controls.insert(0, (checkpoint, things.len()));
            } else {
                things.push(Thing::Barrier(checkpoint, *alignment));
            }
        }
        (0..random.below(4)).for_each(|_| things.extend(random.thing(rows)));
        things.push(Thing::End);
        things.reverse();
        Self { things, controls }
    }
}

/// Numbers that look random and are always the same for a seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    pub(super) fn alignment(&mut self) -> Alignment {
        [Alignment::AtLeastOnce, Alignment::Aligned, Alignment::Unaligned][self.below(3)]
    }

    /// What says something of rows or time. Rows are drawn until there are no more.
    fn thing(&mut self, rows: &mut impl Iterator<Item = i64>) -> Option<Thing> {
        match self.below(12) {
            0..=3 => rows.next().map(Thing::Row),
            4..=7 => Some(Thing::Watermark(self.below(9) as i64)),
            8 => Some([Thing::NoRow, Thing::Mark(7), Thing::Watermark(i64::MAX)][self.below(3)]),
            9 | 10 => Some(Thing::Idle),
            _ => Some(Thing::Active),
        }
    }

    fn restored(&mut self, rows: &mut impl Iterator<Item = i64>) -> Vec<Thing> {
        let count = self.below(8).saturating_sub(4);
        let things = (0..count).filter_map(|_| self.thing(rows));
        things.filter(|thing| !matches!(thing, Thing::NoRow | Thing::Mark(_))).collect()
    }
}
