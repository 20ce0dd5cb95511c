//! Scenarios: what is read is what was written, wherever blocks begin and end.

use std::io::ErrorKind;

use super::world::{World, assert_same, noise, read, write};
use super::{Scenario, scenario};
use crate::seam::FileId;

/// Where blocks of devices and pages begin, and beside that.
const EDGES: [u64; 10] = [0, 1, 511, 512, 513, 4095, 4096, 4097, 8192, 12_345];

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = ends();
    scenarios.extend(holes());
    scenarios.extend(sizes());
    for offset in EDGES {
        scenarios.push(scenario(format!("reads at {offset}"), move |world| reads_at(world, offset)));
        scenarios
            .push(scenario(format!("overwrites at {offset}"), move |world| overwrites_at(world, offset)));
        scenarios
            .push(scenario(format!("the first write at {offset}"), move |world| first_at(world, offset)));
    }
    scenarios
}

fn ends() -> Vec<Scenario> {
    vec![
        scenario("a read of nothing", |world| {
            world.put("file", b"there");
            let file = world.open("file");
            assert_eq!(world.read(file, 0, 0), b"");
            assert_eq!(world.read(file, 3, 0), b"");
            assert_eq!(world.read(file, 300, 0), b"");
        }),
        scenario("a write of nothing changes nothing", |world| {
            let file = world.create("file");
            world.write(file, 0, b"");
            world.write(file, 10_000, b"");
            assert_eq!(world.length(file), 0);
        }),
        scenario("at the end there is nothing", |world| {
            world.put("file", &noise(1, 8192));
            let file = world.open("file");
            for offset in [8192, 8193, 12_288, 1 << 40] {
                assert_eq!(world.read(file, offset, 1), b"", "{offset}");
                assert_eq!(world.read(file, offset, 4096), b"", "{offset}");
            }
        }),
        scenario("a read over the end gives what there is", |world| {
            for length in [1_usize, 511, 512, 513, 4095, 4096, 4097, 10_000] {
                let name = format!("file-{length}");
                world.put(&name, &noise(1, length));
                let file = world.open(&name);
                for from in [0, 1, length / 2, length - 1] {
                    let found = world.read(file, from as u64, 20_000);
                    assert_same(&found, &noise(1, length)[from..]);
                }
            }
        }),
        scenario("a read of as much as can be named", |world| {
            world.put("file", &noise(1, 100_000));
            let file = world.open("file");
            assert_same(&world.read(file, 0, usize::MAX), &noise(1, 100_000));
            assert_same(&world.read(file, 99_999, usize::MAX), &noise(1, 100_000)[99_999..]);
        }),
        scenario("no file reaches so far", |world| {
            let file = world.create("file");
            for offset in [1 << 63, u64::MAX] {
                world.fail_with(write(file, offset, b"far"), ErrorKind::InvalidInput);
                world.fail_with(read(file, offset, 1), ErrorKind::InvalidInput);
            }
            assert_eq!(world.length(file), 0);
        }),
    ]
}

fn holes() -> Vec<Scenario> {
    vec![
        scenario("what was never written is zero", |world| {
            for offset in [1, 511, 513, 4095, 4096, 4097, 100_000] {
                let file = world.temporary();
                world.write(file, offset, b"end");
                let mut expected = vec![0; usize::try_from(offset).unwrap()];
                expected.extend(b"end");
                assert_same(&world.all(file), &expected);
            }
        }),
        scenario("between two writes is zero", |world| {
            let file = world.create("file");
            world.write(file, 0, &noise(1, 5000));
            world.write(file, 20_000, &noise(2, 5000));
            let mut expected = noise(1, 5000);
            expected.resize(20_000, 0);
            expected.extend(noise(2, 5000));
            assert_same(&world.all(file), &expected);
        }),
        scenario("a hole of a gibibyte", |world| {
            let file = world.temporary();
            world.write(file, 1 << 30, b"far");
            assert_eq!(world.length(file), (1 << 30) + 3);
            assert_eq!(world.read(file, (1 << 30) - 2, 10), b"\0\0far");
            assert_same(&world.read(file, 1 << 29, 10_000), &[0; 10_000]);
        }),
        scenario("a hole is filled later", |world| {
            let file = world.create("file");
            world.write(file, 9000, &noise(1, 1000));
            world.write(file, 100, &noise(2, 8900));
            let expected = [vec![0; 100], noise(2, 8900), noise(1, 1000)].concat();
            assert_same(&world.all(file), &expected);
        }),
    ]
}

fn sizes() -> Vec<Scenario> {
    vec![
        scenario("eight mebibytes at once", |world| large(world, 0, 8 << 20)),
        scenario("eight mebibytes beside the blocks", |world| large(world, 777, (8 << 20) + 13)),
        scenario("around a request of a quarter of a mebibyte", |world| {
            for length in [(256 << 10) - 1, 256 << 10, (256 << 10) + 1, (512 << 10) + 4096] {
                large(world, 0, length);
                large(world, 4096, length);
            }
        }),
        scenario("byte by byte", |world| {
            let (file, bytes) = (world.create("file"), noise(1, 600));
            for (offset, byte) in (0..).zip(&bytes) {
                world.write(file, offset, &[*byte]);
                assert_eq!(world.length(file), offset + 1);
            }
            assert_same(&world.all(file), &bytes);
            let read: Vec<u8> = (0..600).flat_map(|offset| world.read(file, offset, 1)).collect();
            assert_same(&read, &bytes);
        }),
        scenario("appended in odd pieces", |world| {
            let (file, bytes) = (world.create("file"), noise(1, 100_000));
            let mut offset = 0;
            for (piece, length) in bytes.chunks(4567).zip(std::iter::repeat(4567_u64)) {
                world.write(file, offset, piece);
                offset += length;
            }
            assert_same(&world.all(file), &bytes);
        }),
        scenario("a slice of a longer buffer", |world| {
            let whole = arrow_buffer::Buffer::from(noise(1, 20_000));
            let file = world.create("file");
            let bytes = whole.slice_with_length(3, 9001);
            world.done(crate::seam::FileOperation::Write { file, offset: 0, bytes });
            assert_same(&world.all(file), &noise(1, 20_000)[3..9004]);
        }),
    ]
}

fn large(world: &mut World, offset: u64, length: usize) {
    let (file, bytes) = (world.temporary(), noise(length as u64, length));
    world.write(file, offset, &bytes);
    assert_eq!(world.length(file), offset + length as u64);
    assert_same(&world.read(file, offset, length), &bytes);
    assert_same(&world.read(file, offset + 5, length), &bytes[5..]);
    world.close(file);
}

/// Lengths that end at an edge, before and behind it, whatever the offset.
fn lengths_from(offset: u64) -> impl Iterator<Item = usize> {
    let fixed = [1, 511, 512, 513, 4095, 4096, 4097, 16_384];
    let to_edges = [4096, 8192, 16_384].map(|edge: u64| edge.saturating_sub(offset).max(1));
    let to_edges = to_edges.map(|length| usize::try_from(length).unwrap());
    fixed.into_iter().chain(to_edges)
}

fn reads_at(world: &mut World, offset: u64) {
    let bytes = noise(1, 40_000);
    world.put("file", &bytes);
    let file = world.open("file");
    let from = usize::try_from(offset).unwrap();
    for length in lengths_from(offset) {
        assert_same(&world.read(file, offset, length), &bytes[from..from + length]);
    }
}

fn overwrites_at(world: &mut World, offset: u64) {
    let mut expected = noise(1, 40_000);
    let file = world.create("file");
    world.write(file, 0, &expected);
    for length in lengths_from(offset) {
        write_both(world, file, &mut expected, offset, length);
        assert_same(&world.all(file), &expected);
    }
}

fn first_at(world: &mut World, offset: u64) {
    for length in lengths_from(offset) {
        let (file, mut expected) = (world.temporary(), Vec::new());
        write_both(world, file, &mut expected, offset, length);
        assert_same(&world.all(file), &expected);
        world.close(file);
    }
}

/// Writes to the file and to what is expected of it.
fn write_both(world: &mut World, file: FileId, expected: &mut Vec<u8>, offset: u64, length: usize) {
    let bytes = noise(offset ^ (length as u64) << 32, length);
    world.write(file, offset, &bytes);
    let from = usize::try_from(offset).unwrap();
    expected.resize(expected.len().max(from + length), 0);
    expected[from..from + length].copy_from_slice(&bytes);
}
