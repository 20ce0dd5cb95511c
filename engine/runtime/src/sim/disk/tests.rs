//! Promises of a simulated disk. Most ask one thing after the other; what overlaps says so.

mod crashes;
mod model;

use std::io::ErrorKind;
use std::path::Path;

use arrow_buffer::Buffer;

use super::{Disk, DiskFaults, Loss};
use crate::random::Random;
use crate::seam::{FileAnswer, FileError, FileId, FileOperation, FileResult, OpenMode};
use crate::sim::Delay;

fn disk(seed: u64, faults: DiskFaults) -> Disk<u32> {
    Disk::new(Random::new(seed), faults)
}

/// What is asked alone is answered alone.
fn ask(disk: &mut Disk<u32>, operation: FileOperation) -> FileResult {
    let due_ns = disk.submit(0, 0, operation);
    let mut answers = Vec::new();
    disk.complete_due(due_ns, &mut |_, answer| answers.push(answer));
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

fn done(disk: &mut Disk<u32>, operation: FileOperation) {
    assert_eq!(ask(disk, operation).unwrap(), FileAnswer::Done);
}

fn kind(result: FileResult) -> ErrorKind {
    result.unwrap_err().cause.kind()
}

fn opening(path: &str, mode: OpenMode) -> FileOperation {
    FileOperation::Open { path: path.into(), mode }
}

fn open(disk: &mut Disk<u32>, path: &str, mode: OpenMode) -> FileId {
    match ask(disk, opening(path, mode)).unwrap() {
        FileAnswer::Opened(file) => file,
        other => panic!("{other:?}"),
    }
}

fn writing(file: FileId, offset: u64, bytes: &[u8]) -> FileOperation {
    FileOperation::Write { file, offset, bytes: Buffer::from(bytes) }
}

fn reading(file: FileId) -> FileOperation {
    FileOperation::Read { file, offset: 0, length: usize::MAX }
}

fn bytes(result: FileResult) -> Vec<u8> {
    match result.unwrap() {
        FileAnswer::Bytes(bytes) => bytes.to_vec(),
        other => panic!("{other:?}"),
    }
}

/// All of a file, or none if it has no name.
fn content(disk: &mut Disk<u32>, path: &str) -> Option<Vec<u8>> {
    let file = match ask(disk, opening(path, OpenMode::Read)) {
        Ok(FileAnswer::Opened(file)) => file,
        Err(FileError { cause, .. }) if cause.kind() == ErrorKind::NotFound => return None,
        other => panic!("{other:?}"),
    };
    let content = bytes(ask(disk, reading(file)));
    done(disk, FileOperation::Close { file });
    Some(content)
}

fn names(disk: &mut Disk<u32>, directory: &str) -> Vec<String> {
    match ask(disk, FileOperation::List { directory: directory.into() }).unwrap() {
        FileAnswer::Names(names) => names,
        other => panic!("{other:?}"),
    }
}

fn sync_directory(disk: &mut Disk<u32>, directory: &str) {
    done(disk, FileOperation::SyncDirectory { directory: directory.into() });
}

fn rename(disk: &mut Disk<u32>, from: &str, to: &str) {
    done(disk, FileOperation::Rename { from: from.into(), to: to.into() });
}

fn remove(disk: &mut Disk<u32>, path: &str) {
    done(disk, FileOperation::Remove { path: path.into() });
}

fn create_directory(disk: &mut Disk<u32>, directory: &str) {
    done(disk, FileOperation::CreateDirectory { directory: directory.into() });
}

/// A file with these bytes, durable with its name.
fn durable(disk: &mut Disk<u32>, path: &str, bytes: &[u8]) -> FileId {
    let file = open(disk, path, OpenMode::Create);
    done(disk, writing(file, 0, bytes));
    done(disk, FileOperation::Sync { file });
    let directory = Path::new(path).parent().unwrap().to_str().unwrap();
    sync_directory(disk, directory);
    file
}

#[test]
fn an_operation_is_answered_when_it_is_due_and_not_before() {
    let mut disk = disk(1, DiskFaults::none());
    let due_ns = disk.submit(5, 7, opening("/a", OpenMode::Create));
    assert_eq!(disk.next_due_ns(), Some(due_ns));
    assert!(due_ns > 5);
    disk.complete_due(due_ns - 1, &mut |_, _| panic!("too early"));
    let mut keys = Vec::new();
    disk.complete_due(due_ns, &mut |key, answer| keys.push((key, answer.is_ok())));
    assert_eq!((keys, disk.next_due_ns()), (vec![(7, true)], None));
}

#[test]
fn writes_that_overlap_land_in_the_order_of_their_completion() {
    let mut swapped = 0;
    for seed in 0..50 {
        let mut disk = disk(seed, DiskFaults::none());
        let file = open(&mut disk, "/a", OpenMode::Create);
        let first_ns = disk.submit(0, 1, writing(file, 0, b"1"));
        let second_ns = disk.submit(0, 2, writing(file, 0, b"2"));
        disk.complete_due(u64::MAX, &mut |_, answer| assert!(answer.is_ok()));
        let expect = if first_ns <= second_ns { b"2" } else { b"1" };
        assert_eq!(bytes(ask(&mut disk, reading(file))), expect);
        swapped += u32::from(second_ns < first_ns);
    }
    assert!((5..45).contains(&swapped), "{swapped}");
}

#[test]
fn closing_harms_nothing_that_is_under_way() {
    let mut disk = disk(2, DiskFaults::none());
    let file = durable(&mut disk, "/a", b"old");
    disk.submit(0, 1, writing(file, 0, b"new"));
    disk.submit(0, 2, FileOperation::Close { file });
    disk.submit(0, 3, FileOperation::Length { file });
    let mut answers = Vec::new();
    disk.complete_due(u64::MAX, &mut |key, answer| answers.push((key, answer.is_ok())));
    answers.sort_unstable();
    assert_eq!(answers, [(1, true), (2, true), (3, false)]);
    assert_eq!(content(&mut disk, "/a").unwrap(), b"new");
    assert_eq!(disk.open_files().count(), 0);
}

#[test]
fn a_removed_file_works_until_it_is_closed_and_then_frees_its_space() {
    let mut disk = disk(3, DiskFaults::none());
    let file = open(&mut disk, "/a", OpenMode::Create);
    done(&mut disk, writing(file, 2, b"abc"));
    remove(&mut disk, "/a");
    assert_eq!(content(&mut disk, "/a"), None);
    assert_eq!(bytes(ask(&mut disk, reading(file))), b"\0\0abc");
    assert_eq!(disk.used_bytes(), 5);
    done(&mut disk, FileOperation::Close { file });
    assert_eq!(disk.used_bytes(), 0);
}

#[test]
fn errors_are_those_of_linux() {
    let mut disk = disk(4, DiskFaults::none());
    create_directory(&mut disk, "/d/e");
    let file = durable(&mut disk, "/d/f", b"x");
    let reader = open(&mut disk, "/d/f", OpenMode::Read);
    let renaming = |from: &str, to: &str| FileOperation::Rename { from: from.into(), to: to.into() };
    let making = |path: &str| FileOperation::CreateDirectory { directory: path.into() };
    let long = format!("/{}", "n".repeat(256));
    for (operation, expect) in [
        (opening("/none", OpenMode::Read), ErrorKind::NotFound),
        (opening("", OpenMode::Read), ErrorKind::NotFound),
        (opening("/d", OpenMode::Read), ErrorKind::IsADirectory),
        (opening("/d/f/g", OpenMode::Read), ErrorKind::NotADirectory),
        (opening("/d/f", OpenMode::Create), ErrorKind::AlreadyExists),
        (opening("/d", OpenMode::Create), ErrorKind::AlreadyExists),
        (opening("/none/f", OpenMode::Create), ErrorKind::NotFound),
        (opening(&long, OpenMode::Create), ErrorKind::InvalidFilename),
        (opening("/none", OpenMode::Temporary), ErrorKind::NotFound),
        (opening("/d/f", OpenMode::Temporary), ErrorKind::NotADirectory),
        (writing(file, u64::MAX, b"x"), ErrorKind::FileTooLarge),
        (renaming("/none", "/x"), ErrorKind::NotFound),
        (renaming("/d/f", "/d/e"), ErrorKind::IsADirectory),
        (renaming("/d/e", "/d/f"), ErrorKind::NotADirectory),
        (renaming("/d", "/d/e/g"), ErrorKind::InvalidInput),
        (renaming("/d/f", "/d"), ErrorKind::IsADirectory),
        (renaming("/d/e", "/d"), ErrorKind::DirectoryNotEmpty),
        (FileOperation::Remove { path: "/d".into() }, ErrorKind::IsADirectory),
        (FileOperation::Remove { path: "/none".into() }, ErrorKind::NotFound),
        (FileOperation::List { directory: "/d/f".into() }, ErrorKind::NotADirectory),
        (FileOperation::SyncDirectory { directory: "/none".into() }, ErrorKind::NotFound),
        (making("/d/f"), ErrorKind::AlreadyExists),
        (making("/d/f/g"), ErrorKind::NotADirectory),
    ] {
        let words = format!("{operation:?}");
        assert_eq!(kind(ask(&mut disk, operation)), expect, "{words}");
    }
    for operation in
        [writing(reader, 0, b"x"), reading(FileId(99)), FileOperation::Close { file: FileId(99) }]
    {
        assert!(ask(&mut disk, operation).unwrap_err().to_string().contains("Bad file descriptor"));
    }
    create_directory(&mut disk, "/d/e");
    assert_eq!(names(&mut disk, "/d/e/.."), ["e", "f"]);
}

#[test]
fn what_does_not_fit_is_refused_and_fits_once_space_is_freed() {
    let mut disk = disk(5, DiskFaults { capacity_bytes: 10, ..DiskFaults::none() });
    let file = open(&mut disk, "/a", OpenMode::Create);
    done(&mut disk, writing(file, 0, b"12345678"));
    let spill = open(&mut disk, "/", OpenMode::Temporary);
    assert_eq!(kind(ask(&mut disk, writing(spill, 0, b"123"))), ErrorKind::StorageFull);
    assert!(disk.used_bytes() <= 10);
    done(&mut disk, writing(file, 0, b"87654321"));
    done(&mut disk, FileOperation::Close { file });
    remove(&mut disk, "/a");
    done(&mut disk, writing(spill, 0, b"123"));
    assert_eq!((disk.used_bytes(), disk.counts().full), (3, 1));
}

#[test]
fn every_kind_of_fault_happens_is_counted_and_ends_when_the_disk_is_healed() {
    let faults = DiskFaults {
        stalls_per_thousand: 500,
        stall: Delay { least_ns: 1_000_000_000, most_ns: 30_000_000_000 },
        open_errors_per_thousand: 500,
        read_errors_per_thousand: 500,
        write_errors_per_thousand: 500,
        sync_errors_per_thousand: 500,
        name_errors_per_thousand: 500,
        flips_per_thousand: 500,
        ..DiskFaults::none()
    };
    let mut disk = disk(6, DiskFaults::none());
    let file = durable(&mut disk, "/a", &[0; 100]);
    disk.faults = faults;
    let mut failed = 0;
    for _ in 0..20 {
        for operation in [
            opening("/a", OpenMode::Read),
            reading(file),
            writing(file, 0, &[1; 100]),
            FileOperation::Sync { file },
            FileOperation::SyncDirectory { directory: "/".into() },
            FileOperation::List { directory: "/".into() },
        ] {
            failed += u64::from(ask(&mut disk, operation).is_err());
        }
    }
    let counts = disk.counts();
    let errors = [counts.open_errors, counts.read_errors, counts.write_errors, counts.name_errors];
    assert!(errors.iter().all(|count| (1..20).contains(count)), "{counts:?}");
    assert_eq!(failed, errors.iter().sum::<u64>() + counts.sync_errors);
    assert!(counts.flips > 0 && counts.stalls > 0, "{counts:?}");

    disk.heal();
    done(&mut disk, writing(file, 0, &[2; 100]));
    for _ in 0..20 {
        assert_eq!(bytes(ask(&mut disk, reading(file))), [2; 100]);
    }
    assert_eq!(disk.counts(), counts);
}

#[test]
fn a_bit_turns_over_for_good_and_only_when_that_is_asked_for() {
    let mut disk = disk(7, DiskFaults { flips_per_thousand: 1000, ..DiskFaults::none() });
    let file = durable(&mut disk, "/a", &[0; 8]);
    let ones = |bytes: &[u8]| bytes.iter().map(|byte| byte.count_ones()).sum::<u32>();
    assert_eq!(ones(&bytes(ask(&mut disk, reading(file)))), 1);
    disk.heal();
    disk.crash(Loss::All);
    assert_eq!(ones(&content(&mut disk, "/a").unwrap()), 1);
    for seed in 0..20 {
        assert_eq!(DiskFaults::drawn(&mut Random::new(seed)).flips_per_thousand, 0);
    }
}

#[test]
fn the_same_seed_and_calls_give_the_same_history() {
    let history = |seed| {
        let random = Random::new(seed);
        let mut disk = disk(seed, DiskFaults::drawn(&mut random.branch("faults")));
        let (mut chance, mut told, mut opened) = (random.branch("calls"), Vec::new(), 0);
        for step in 0..600 {
            let file = FileId(chance.below(5) + opened);
            let path = format!("/{}", chance.below(20));
            let operation = match chance.below(5) {
                0 => opening(&path, OpenMode::Create),
                1 => writing(file, chance.below(2000), &[7; 1500]),
                2 => FileOperation::Sync { file },
                3 => FileOperation::SyncDirectory { directory: "/".into() },
                _ => reading(file),
            };
            disk.submit(step * 100_000, 0, operation);
            disk.complete_due(step * 100_000, &mut |_, answer| {
                told.push(answer.map_err(|error| error.to_string()));
            });
            if step % 200 == 199 {
                disk.crash(Loss::Some);
                opened = disk.opened;
            }
        }
        disk.heal();
        let content: Vec<_> = names(&mut disk, "/").iter().map(|name| content(&mut disk, name)).collect();
        (told, content, disk.counts())
    };
    // Not by `assert_eq`: the words of a buffer have its address in them.
    assert!(history(8) == history(8));
    assert!(history(8) != history(9));
}
