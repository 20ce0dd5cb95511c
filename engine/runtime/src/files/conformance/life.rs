//! Scenarios: how long a file lives, and what becomes of what is under way when it ends.

use std::io::ErrorKind;

use super::world::{World, assert_same, noise, read, write};
use super::{Scenario, scenario};
use crate::seam::{FileAnswer, FileId, FileOperation};

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = closed();
    scenarios.extend(under_way());
    scenarios.extend(durable());
    scenarios
}

fn closed() -> Vec<Scenario> {
    /// Every use of a file that is not open is refused.
    fn is_refused(world: &mut World, file: FileId) {
        let uses = [
            read(file, 0, 10),
            read(file, 0, 0),
            write(file, 0, b"late"),
            write(file, 0, b""),
            FileOperation::Sync { file },
            FileOperation::Length { file },
            FileOperation::Modified { file },
            FileOperation::Close { file },
        ];
        for operation in uses {
            world.fail_with(operation, ErrorKind::InvalidInput);
        }
    }
    vec![
        scenario("a closed file is of no use", |world| {
            let file = world.create("file");
            world.write(file, 0, b"bytes");
            world.close(file);
            is_refused(world, file);
            assert_eq!(world.contents("file"), b"bytes");
        }),
        scenario("a number that nobody has given out is of no use", |world| {
            is_refused(world, FileId(u64::MAX));
            is_refused(world, FileId(1 << 40));
        }),
        scenario("one of two numbers of a file is closed", |world| {
            let writer = world.create("file");
            let reader = world.open("file");
            world.write(writer, 0, &noise(1, 9000));
            world.close(writer);
            assert_same(&world.all(reader), &noise(1, 9000));
            is_refused(world, writer);
        }),
        scenario("a file knows when it was written last", |world| {
            let writer = world.create("file");
            let began_ms = world.modified(writer);
            assert!(began_ms > 1_500_000_000_000, "{began_ms}");
            world.write(writer, 0, b"bytes");
            let written_ms = world.modified(writer);
            assert!(written_ms >= began_ms);
            let reader = world.open("file");
            world.all(reader);
            assert_eq!(world.modified(reader), written_ms);
        }),
        scenario("what one number writes, the other reads", |world| {
            let writer = world.create("file");
            let reader = world.open("file");
            let mut expected = Vec::new();
            for round in 0..20 {
                let piece = noise(round, 3000);
                world.write(writer, round * 3000, &piece);
                expected.extend(piece);
                assert_eq!(world.length(reader), expected.len() as u64);
                assert_same(&world.all(reader), &expected);
            }
        }),
    ]
}

fn under_way() -> Vec<Scenario> {
    vec![
        scenario("what was asked before the close is done", |world| {
            world.put("file", &noise(1, 1 << 20));
            let file = world.open("file");
            let reads: Vec<_> = (0..50).map(|part| world.submit(read(file, part * 10_001, 10_000))).collect();
            world.close(file);
            for (part, ticket) in (0..).zip(reads) {
                let expected = &noise(1, 1 << 20)[part * 10_001..][..10_000];
                assert_same(&world.bytes(ticket), expected);
            }
        }),
        scenario("what was written before the close is there", |world| {
            let (file, bytes) = (world.create("file"), noise(1, 300_000));
            let mut tickets: Vec<_> = (0..)
                .zip(bytes.chunks(5000))
                .map(|(part, piece)| world.submit(write(file, part * 5000, piece)))
                .collect();
            tickets.push(world.submit(FileOperation::Close { file }));
            for ticket in tickets {
                assert_eq!(world.wait(ticket).unwrap(), FileAnswer::Done);
            }
            assert_same(&world.contents("file"), &bytes);
        }),
        scenario("files that nobody closes", |world| {
            for round in 0..20 {
                let file = world.temporary();
                world.write(file, 0, &noise(round, 10_000));
            }
        }),
        scenario("left with operations under way", |world| {
            for round in 0..20 {
                let file = world.temporary();
                world.submit(write(file, 0, &noise(round, 100_000)));
                world.submit(write(file, 100_001, &noise(round, 100_000)));
                world.submit(FileOperation::Sync { file });
                world.submit(read(file, 0, 200_000));
            }
        }),
        scenario("left with files that are being opened and closed", |world| {
            world.put("file", &noise(1, 10_000));
            for number in 0..20 {
                let file = world.open("file");
                world.submit(read(file, 0, 10_000));
                if number % 2 == 0 {
                    world.submit(FileOperation::Close { file });
                }
                let path = world.path("file");
                world.submit(FileOperation::Open { path, mode: crate::seam::OpenMode::Read });
                let path = world.root();
                world.submit(FileOperation::Open { path, mode: crate::seam::OpenMode::Temporary });
            }
        }),
    ]
}

fn durable() -> Vec<Scenario> {
    vec![
        scenario("a synced file is as it was written", |world| {
            let file = world.create("file");
            world.write(file, 0, &noise(1, 10_000));
            world.sync(file);
            assert_eq!(world.length(file), 10_000);
            world.write(file, 10_000, &noise(2, 100));
            world.sync(file);
            world.sync(file);
            assert_same(&world.all(file), &[noise(1, 10_000), noise(2, 100)].concat());
        }),
        scenario("an empty file is synced", |world| {
            let file = world.create("file");
            world.sync(file);
            assert_eq!(world.length(file), 0);
        }),
        scenario("a file that was opened to read is synced", |world| {
            world.put("file", &noise(1, 10_000));
            let file = world.open("file");
            world.sync(file);
            assert_same(&world.all(file), &noise(1, 10_000));
        }),
        scenario("written aside, synced and put in place", |world| {
            world.put("state", b"old");
            let file = world.create("state.new");
            world.write(file, 0, &noise(1, 12_345));
            world.sync(file);
            world.close(file);
            world.rename("state.new", "state");
            world.done(FileOperation::SyncDirectory { directory: world.root() });
            assert_eq!(world.names(""), ["state"]);
            assert_same(&world.contents("state"), &noise(1, 12_345));
        }),
    ]
}
