//! Who may read, how long a partition lives, and what is left behind: nothing.

use super::*;

/// A partition of several runs, with the disk it is on and the memory to read it.
fn written() -> (Rows, Arc<FakeDisk>, Arc<SpillDirectories>, Partition, Lease) {
    let rows = Rows::numbered(5000, 8);
    let disk = FakeDisk::with_room(usize::MAX);
    let spills = disk.directories(FORMAT);
    let partition = rows.partition(&spills, &Lease::root("writer", WORKING + 100_000), 100);
    (rows, disk, spills, partition, Lease::root("readers", 1 << 20))
}

fn nothing_is_left(disk: &FakeDisk, spills: &SpillDirectories, lease: &Lease) {
    assert_eq!((disk.files_open(), spills.figures().used, lease.figures().used), (0, 0, 0));
}

#[test]
fn several_threads_read_at_once() {
    let (rows, disk, spills, partition, lease) = written();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (rows, partition, lease) = (&rows, partition.clone(), &lease);
            scope.spawn(move || {
                for step in 0..8 {
                    let target = (thread * 2 + step) % 8;
                    let read = partition.read(target, lease).unwrap();
                    assert_eq!(rows.joined(read), rows.expected(target, |_| true));
                }
            });
        }
    });
    drop(partition);
    nothing_is_left(&disk, &spills, &lease);
}

#[test]
fn readers_of_one_target_do_not_disturb_each_other() {
    let (rows, _disk, _spills, partition, lease) = written();
    let mut one = partition.read(3, &lease).unwrap();
    let first = one.next().unwrap();
    let other = rows.joined(partition.read(3, &lease).unwrap());
    assert_eq!(other, rows.expected(3, |_| true));
    assert_eq!(rows.joined(std::iter::once(first).chain(one)), other);
}

#[test]
fn with_little_memory_the_steps_are_smaller() {
    let rows = Rows::numbered(5000, 2);
    let spills = FakeDisk::with_room(usize::MAX).directories(FORMAT);
    let partition = rows.partition(&spills, &Lease::root("writer", 8 << 20), 5000);
    let ample = Lease::root("ample", 1 << 20);
    drop(partition.read(1, &ample).unwrap());
    let most = ample.figures().peak;
    let (mut refused, mut least) = (0, most);
    while least - refused > 1 {
        let middle = u64::midpoint(refused, least);
        match partition.read(1, &Lease::root("tight", middle)) {
            Ok(_) => least = middle,
            Err(error) => {
                assert!(matches!(error, Error::NoMemory { action: "read", .. }), "{error}");
                assert!(error.retry_may_help());
                refused = middle;
            }
        }
    }
    assert!(least < most * 2 / 3, "{least} of {most} bytes are enough");
    let tight = Lease::root("tight", least);
    assert_eq!(rows.joined(partition.read(1, &tight).unwrap()), rows.expected(1, |_| true));
    assert_eq!(tight.figures().used, 0);
}

#[test]
fn a_partition_lives_as_long_as_a_ticket() {
    let (rows, disk, spills, partition, lease) = written();
    let mut tickets = partition.for_consumers(3);
    tickets.remove(0).release();
    let ticket = tickets.remove(0);
    // This consumer fails on the way and begins anew.
    let mut first_try = ticket.partition().read(5, &lease).unwrap();
    assert!(first_try.next().is_some());
    drop(first_try);
    let again = ticket.partition().read(5, &lease).unwrap();
    assert_eq!(rows.joined(again), rows.expected(5, |_| true));
    ticket.release();
    assert_eq!(disk.files_open(), 1, "one consumer is left");
    drop(tickets);
    nothing_is_left(&disk, &spills, &lease);
}

#[test]
fn without_consumers_nothing_stays() {
    let (_, disk, spills, partition, lease) = written();
    assert!(partition.for_consumers(0).is_empty());
    nothing_is_left(&disk, &spills, &lease);
}

#[test]
fn a_reader_may_outlive_the_last_handle() {
    let (rows, disk, spills, partition, lease) = written();
    let reader = partition.read(2, &lease).unwrap();
    drop(partition);
    assert_eq!(disk.files_open(), 1);
    assert_eq!(rows.joined(reader), rows.expected(2, |_| true));
    nothing_is_left(&disk, &spills, &lease);
}

#[test]
fn a_consumer_that_stops_early_leaves_nothing() {
    let (_, disk, spills, partition, lease) = written();
    let mut reader = partition.read(2, &lease).unwrap();
    assert!(reader.next().unwrap().is_ok());
    assert!(lease.figures().used > 0, "reading ahead is paid for");
    drop((reader, partition));
    nothing_is_left(&disk, &spills, &lease);
}

#[test]
fn a_writer_dropped_on_the_way_leaves_nothing() {
    let rows = Rows::numbered(5000, 8);
    let disk = FakeDisk::with_room(usize::MAX);
    let (spills, lease) = (disk.directories(FORMAT), Lease::root("writer", WORKING + 100_000));
    let mut writer = rows.open(&spills, &lease);
    for first in (0..5000).step_by(100) {
        rows.write(&mut writer, first, 100).unwrap();
    }
    assert_eq!(disk.files_open(), 1);
    drop(writer);
    nothing_is_left(&disk, &spills, &lease);
}

#[test]
fn an_error_leaves_nothing() {
    let rows = Rows::numbered(5000, 8);
    let disk = FakeDisk::with_room(50_000);
    let (spills, lease) = (disk.directories(FORMAT), Lease::root("writer", 1 << 20));
    let mut writer = rows.open(&spills, &lease);
    rows.write(&mut writer, 0, 5000).unwrap();
    let error = writer.finish().expect_err("the disk is too small");
    assert!(matches!(error, Error::Memory(memory::Error::DiskFull { .. })), "{error}");
    nothing_is_left(&disk, &spills, &lease);
}

#[test]
fn nothing_written_is_no_file() {
    let rows = Rows::numbered(0, 4);
    let disk = FakeDisk::with_room(0);
    let (spills, lease) = (disk.directories(FORMAT), Lease::root("both", 1 << 20));
    let partition = rows.partition(&spills, &lease, 1);
    assert_eq!((disk.files_created(), partition.rows(), partition.bytes()), (0, 0, 0));
    rows.check(&partition, &lease);
}

#[test]
fn a_damaged_block_is_found_by_those_who_need_it() {
    let (rows, disk, spills, partition, lease) = written();
    disk.damage(500..501);
    let mut damaged = 0;
    for target in 0..8 {
        let mut reader = partition.read(target, &lease).unwrap();
        let read: Result<Vec<Batch>, Error> = reader.by_ref().collect();
        match read {
            Ok(read) => assert_eq!(rows.joined(read.into_iter().map(Ok)), rows.expected(target, |_| true)),
            Err(error) => {
                assert!(matches!(error, Error::Memory(memory::Error::Damaged { .. })), "{error}");
                assert!(!error.retry_may_help());
                assert!(reader.next().is_none(), "after an error it goes no further");
                damaged += 1;
            }
        }
    }
    assert!((1..8).contains(&damaged), "{damaged} of 8 targets have rows in a damaged block");
    let mut gathered = Gathered::new([partition.clone(), partition.clone()], 0, &lease);
    disk.damage(0..1000);
    assert!(gathered.next().unwrap().is_err());
    assert!(gathered.next().is_none(), "nor does it go on with the next producer");
    drop((gathered, partition));
    nothing_is_left(&disk, &spills, &lease);
}
