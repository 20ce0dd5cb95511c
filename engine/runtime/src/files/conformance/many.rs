//! Scenarios: many operations at the same time.

use super::world::{assert_same, noise, read, write};
use super::{Scenario, scenario};
use crate::random::Random;
use crate::seam::{FileAnswer, FileOperation, OpenMode};

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = reads();
    scenarios.extend(writes());
    scenarios
}

fn reads() -> Vec<Scenario> {
    vec![
        scenario("a thousand reads before the first answer is taken", |world| {
            let bytes = noise(1, 1_000_000);
            world.put("file", &bytes);
            let file = world.open("file");
            let tickets: Vec<_> = (0..1000).map(|part| world.submit(read(file, part * 999, 1500))).collect();
            for (part, ticket) in (0..).zip(tickets) {
                let from = part * 999;
                assert_same(&world.bytes(ticket), &bytes[from..bytes.len().min(from + 1500)]);
            }
        }),
        scenario("many reads of the same bytes", |world| {
            world.put("file", &noise(1, 100_000));
            let file = world.open("file");
            let tickets: Vec<_> = (0..100).map(|_| world.submit(read(file, 1234, 50_000))).collect();
            for ticket in tickets {
                assert_same(&world.bytes(ticket), &noise(1, 100_000)[1234..51_234]);
            }
        }),
        scenario("a hundred files are opened at once", |world| {
            let numbers = 0..100_u64;
            let open = |number: u64, mode| (format!("file-{number}"), mode);
            let mut files = Vec::new();
            for (name, mode) in numbers.clone().map(|number| open(number, OpenMode::Create)) {
                let path = world.path(&name);
                files.push(world.submit(FileOperation::Open { path, mode }));
            }
            for (number, ticket) in numbers.zip(files) {
                let FileAnswer::Opened(file) = world.wait(ticket).unwrap() else { panic!("another answer") };
                world.submit(write(file, 0, &noise(number, 1000)));
                world.submit(FileOperation::Close { file });
            }
            world.done(FileOperation::SyncDirectory { directory: world.root() });
            assert_eq!(world.names("").len(), 100);
        }),
    ]
}

fn writes() -> Vec<Scenario> {
    /// Pieces of that length side by side, all at once, in an order of chance.
    fn side_by_side(name: &'static str, piece: usize, pieces: usize) -> Scenario {
        scenario(name, move |world| {
            let (file, bytes) = (world.create("file"), noise(7, piece * pieces));
            let mut parts: Vec<(u64, &[u8])> = (0..).step_by(piece).zip(bytes.chunks(piece)).collect();
            let mut random = Random::new(piece as u64);
            for at in (1..parts.len()).rev() {
                let other = usize::try_from(random.below(at as u64 + 1)).unwrap();
                parts.swap(at, other);
            }
            let tickets: Vec<_> =
                parts.iter().map(|(offset, part)| world.submit(write(file, *offset, part))).collect();
            for ticket in tickets {
                assert_eq!(world.wait(ticket).unwrap(), FileAnswer::Done);
            }
            assert_same(&world.all(file), &bytes);
        })
    }
    vec![
        side_by_side("neighbouring bytes of one block", 1, 500),
        side_by_side("pieces shorter than a block", 700, 200),
        side_by_side("pieces of a block", 4096, 200),
        side_by_side("pieces a little longer than a block", 4097, 200),
        side_by_side("pieces of odd length", 23_456, 50),
        side_by_side("large pieces", 300_001, 10),
        scenario("reads beside writes of other bytes", |world| {
            let mut expected = noise(1, 400_000);
            let file = world.create("file");
            world.write(file, 0, &expected);
            let mut random = Random::new(5);
            let (mut reads, mut writes) = (Vec::new(), Vec::new());
            for part in 0..40 {
                let from = part * 10_000;
                if random.chance(500) {
                    reads.push((from, world.submit(read(file, from as u64, 10_000))));
                } else {
                    let piece = noise(random.bits(), 10_000);
                    expected[from..from + 10_000].copy_from_slice(&piece);
                    writes.push(world.submit(write(file, from as u64, &piece)));
                }
            }
            for (from, ticket) in reads {
                assert_same(&world.bytes(ticket), &expected[from..from + 10_000]);
            }
            for ticket in writes {
                assert_eq!(world.wait(ticket).unwrap(), FileAnswer::Done);
            }
            assert_same(&world.all(file), &expected);
        }),
    ]
}
