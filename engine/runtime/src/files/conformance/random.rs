//! Scenarios: thousands of operations of chance against a model, which is a vector for each file.

use super::world::{World, assert_same, noise, read, write};
use super::{Scenario, scenario};
use crate::random::Random;
use crate::seam::{FileAnswer, FileId, FileOperation, Ticket};

/// How far files of this workload reach.
const FILE_BYTES_MAX: u64 = 300_000;

pub(super) fn scenarios() -> Vec<Scenario> {
    let seeded = |seed| scenario(format!("seed {seed}"), move |world: &mut World| run(world, seed));
    (1..=4).map(seeded).collect()
}

/// A file and what must be in it.
struct Modelled {
    file: FileId,
    name: Option<String>,
    bytes: Vec<u8>,
    under_way: Vec<UnderWay>,
}

/// An operation, the bytes that it touches, and what must come of it.
struct UnderWay {
    ticket: Ticket,
    from: u64,
    end: u64,
    expected: FileAnswer,
}

fn run(world: &mut World, seed: u64) {
    let mut random = Random::new(seed);
    let mut files: Vec<Modelled> = Vec::new();
    for step in 0..1500_u64 {
        if files.len() < 3 || (files.len() < 6 && random.chance(20)) {
            files.push(open(world, &mut random, step));
        }
        let at = usize::try_from(random.below(files.len() as u64)).unwrap();
        match random.below(100) {
            0..45 => files[at].write(world, &mut random),
            45..85 => files[at].read(world, &mut random),
            85..90 => files[at].measure(world),
            90..93 => world.sync(files[at].file),
            93..97 => files[at].settle(world),
            _ => files.swap_remove(at).close(world),
        }
    }
    for file in files {
        file.close(world);
    }
}

fn open(world: &mut World, random: &mut Random, step: u64) -> Modelled {
    let name = random.chance(700).then(|| format!("file-{step}"));
    let file = match &name {
        Some(name) => world.create(name),
        None => world.temporary(),
    };
    Modelled { file, name, bytes: Vec::new(), under_way: Vec::new() }
}

/// Small, large and round, in offset and length.
fn range(random: &mut Random) -> (u64, u64) {
    let length = match random.below(4) {
        0 => random.within(1, 600),
        1 => random.within(1, 20_000),
        2 => 4096 * random.within(1, 8),
        _ => random.within(4000, 4200),
    };
    let offset = random.below(FILE_BYTES_MAX - length);
    (if random.chance(400) { offset & !4095 } else { offset }, length)
}

impl Modelled {
    fn write(&mut self, world: &mut World, random: &mut Random) {
        let (from, length) = range(random);
        self.settle_what_meets(world, from, from + length);
        // A read of what is behind the end would find zeros there.
        if from + length > self.bytes.len() as u64 {
            self.settle(world);
        }
        let (start, length) = (usize::try_from(from).unwrap(), usize::try_from(length).unwrap());
        let bytes = noise(random.bits(), length);
        self.bytes.resize(self.bytes.len().max(start + length), 0);
        self.bytes[start..start + length].copy_from_slice(&bytes);
        let ticket = world.submit(write(self.file, from, &bytes));
        let end = from + length as u64;
        self.under_way.push(UnderWay { ticket, from, end, expected: FileAnswer::Done });
    }

    fn read(&mut self, world: &mut World, random: &mut Random) {
        let (from, length) = range(random);
        let there = self.bytes.len() as u64;
        // Where the file ends depends on every write under way, if the read gets there.
        if from + length > there || self.under_way.iter().any(|other| other.end >= there) {
            self.settle(world);
        }
        self.settle_what_meets(world, from, from + length);
        let clip = |place: u64| usize::try_from(place.min(there)).unwrap();
        let found = self.bytes[clip(from)..clip(from + length)].to_vec();
        let ticket = world.submit(read(self.file, from, usize::try_from(length).unwrap()));
        let expected = FileAnswer::Bytes(found.into());
        self.under_way.push(UnderWay { ticket, from, end: from + length, expected });
    }

    fn measure(&mut self, world: &mut World) {
        self.settle(world);
        assert_eq!(world.length(self.file), self.bytes.len() as u64);
    }

    /// Two operations on the same bytes at the same time have no order, so there is nothing to expect of them.
    fn settle_what_meets(&mut self, world: &mut World, from: u64, end: u64) {
        if self.under_way.iter().any(|other| other.from < end && from < other.end) {
            self.settle(world);
        }
    }

    fn settle(&mut self, world: &mut World) {
        for UnderWay { ticket, expected, .. } in self.under_way.drain(..) {
            match (world.wait(ticket).unwrap(), expected) {
                (FileAnswer::Bytes(found), FileAnswer::Bytes(expected)) => assert_same(&found, &expected),
                (found, expected) => assert_eq!(found, expected),
            }
        }
    }

    fn close(mut self, world: &mut World) {
        self.settle(world);
        assert_same(&world.all(self.file), &self.bytes);
        world.done(FileOperation::Close { file: self.file });
        if let Some(name) = &self.name {
            assert_same(&world.contents(name), &self.bytes);
            world.remove(name);
        }
    }
}
