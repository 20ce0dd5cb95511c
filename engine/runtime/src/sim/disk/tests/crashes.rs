//! What a crash may take, and what it must leave.

use std::collections::BTreeSet;

use super::*;

const LOSSES: [Loss; 3] = [Loss::Nothing, Loss::All, Loss::Some];

#[test]
fn what_was_synced_with_its_name_survives_every_crash() {
    for loss in LOSSES {
        for seed in 0..50 {
            let mut disk = disk(seed, DiskFaults::none());
            create_directory(&mut disk, "/d");
            sync_directory(&mut disk, "/");
            let file = durable(&mut disk, "/d/a", &[1; 2000]);
            // Beside it, what is not synced, and what is under way.
            done(&mut disk, writing(file, 2000, &[2; 2000]));
            open(&mut disk, "/d/b", OpenMode::Create);
            disk.submit(0, 0, writing(file, 3000, &[3; 2000]));
            disk.crash(loss);
            let found = content(&mut disk, "/d/a").unwrap();
            assert_eq!(found[..2000], [1; 2000], "{loss:?}");
        }
    }
}

#[test]
fn what_was_not_synced_is_lost_with_all_and_stays_with_nothing() {
    for (loss, expect) in [(Loss::All, b"old".as_slice()), (Loss::Nothing, b"newer")] {
        let mut disk = disk(1, DiskFaults::none());
        let file = durable(&mut disk, "/a", b"old");
        done(&mut disk, writing(file, 0, b"newer"));
        open(&mut disk, "/b", OpenMode::Create);
        disk.crash(loss);
        assert_eq!(content(&mut disk, "/a").unwrap(), expect);
        assert_eq!(content(&mut disk, "/b").is_some(), loss == Loss::Nothing);
        // A killed process syncs nothing: the power may still fail.
        disk.crash(Loss::All);
        assert_eq!(content(&mut disk, "/a").unwrap(), b"old");
    }
}

#[test]
fn a_name_is_durable_only_once_its_directory_was_synced() {
    let mut disk = disk(1, DiskFaults::none());
    create_directory(&mut disk, "/d");
    let file = open(&mut disk, "/d/a", OpenMode::Create);
    done(&mut disk, FileOperation::Sync { file });
    sync_directory(&mut disk, "/d");
    // The name of the directory itself belongs to the root.
    disk.crash(Loss::All);
    assert_eq!(names(&mut disk, "/"), [""; 0]);
}

#[test]
fn a_torn_write_is_torn_at_a_sector() {
    let (mut lengths, mut torn) = (BTreeSet::new(), 0);
    for seed in 0..300 {
        let mut disk = disk(seed, DiskFaults::none());
        let file = durable(&mut disk, "/a", &[0; 3000]);
        done(&mut disk, writing(file, 100, &[1; 2000]));
        disk.crash(Loss::Some);
        let found = content(&mut disk, "/a").unwrap();
        assert_eq!((&found[..100], &found[2100..]), ([0; 100].as_slice(), [0; 900].as_slice()));
        let (first, whole) = found[100..2100].split_at(412);
        for sector in [first].into_iter().chain(whole.chunks(512)) {
            assert!(sector.iter().all(|byte| *byte == sector[0]), "torn within a sector");
        }
        lengths.insert(found.iter().filter(|byte| **byte == 1).count());
        torn += disk.counts().torn_writes;
    }
    assert!(lengths.contains(&0) && lengths.contains(&2000) && lengths.len() > 5, "{lengths:?}");
    assert!((50..250).contains(&torn), "{torn}");
}

#[test]
fn a_write_under_way_is_done_or_not_or_in_part() {
    let mut counts = BTreeSet::new();
    for seed in 0..100 {
        let mut disk = disk(seed, DiskFaults::none());
        let file = durable(&mut disk, "/a", &[0; 2048]);
        disk.submit(0, 0, writing(file, 0, &[1; 2048]));
        disk.crash(Loss::Nothing);
        assert_eq!(disk.next_due_ns(), None);
        let found = content(&mut disk, "/a").unwrap();
        counts.insert(found.iter().filter(|byte| **byte == 1).count());
    }
    assert_eq!(counts, BTreeSet::from([0, 512, 1024, 1536, 2048]));
}

#[test]
fn files_are_closed_by_a_crash_and_their_numbers_never_used_again() {
    for loss in LOSSES {
        let mut disk = disk(2, DiskFaults::none());
        let file = durable(&mut disk, "/a", b"x");
        let temporary = open(&mut disk, "/", OpenMode::Temporary);
        done(&mut disk, writing(temporary, 0, b"spilled"));
        disk.crash(loss);
        assert_eq!((disk.open_files().count(), disk.used_bytes()), (0, 1));
        assert!(ask(&mut disk, reading(file)).is_err());
        assert!(open(&mut disk, "/a", OpenMode::Read) > temporary);
    }
}

#[test]
fn a_sync_covers_what_was_complete_when_it_began_and_no_more() {
    let mut overtaken = 0;
    for seed in 0..50 {
        let mut disk = disk(seed, DiskFaults::none());
        let file = durable(&mut disk, "/a", b"old");
        let sync_ns = disk.submit(0, 0, FileOperation::Sync { file });
        let write_ns = disk.submit(0, 0, writing(file, 0, b"new"));
        disk.complete_due(u64::MAX, &mut |_, answer| assert!(answer.is_ok()));
        overtaken += u32::from(write_ns < sync_ns);
        disk.crash(Loss::All);
        assert_eq!(content(&mut disk, "/a").unwrap(), b"old");
    }
    assert!(overtaken > 5);
}

#[test]
fn after_a_failed_sync_all_looks_well_and_is_lost() {
    let mut disk = disk(3, DiskFaults::none());
    let file = durable(&mut disk, "/a", b"old");
    done(&mut disk, writing(file, 0, b"new"));
    open(&mut disk, "/b", OpenMode::Create);
    disk.faults.sync_errors_per_thousand = 1000;
    assert!(!ask(&mut disk, FileOperation::Sync { file }).unwrap_err().retry_may_help());
    assert!(ask(&mut disk, FileOperation::SyncDirectory { directory: "/".into() }).is_err());

    disk.heal();
    assert_eq!(bytes(ask(&mut disk, reading(file))), b"new");
    assert_eq!(names(&mut disk, "/"), ["a", "b"]);
    done(&mut disk, FileOperation::Sync { file });
    sync_directory(&mut disk, "/");
    disk.crash(Loss::Some);
    assert_eq!(content(&mut disk, "/a").unwrap(), b"old");
    assert_eq!(names(&mut disk, "/"), ["a"]);
    assert_eq!((disk.counts().lost_writes, disk.counts().lost_names), (1, 1));
}

#[test]
fn a_rename_replaces_at_once_or_not_at_all() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..60 {
        let mut disk = disk(seed, DiskFaults::none());
        create_directory(&mut disk, "/d");
        sync_directory(&mut disk, "/");
        durable(&mut disk, "/d/current", b"old");
        let file = open(&mut disk, "/next", OpenMode::Create);
        done(&mut disk, writing(file, 0, b"new"));
        done(&mut disk, FileOperation::Sync { file });
        rename(&mut disk, "/next", "/d/current");
        disk.crash(Loss::Some);
        let found = (content(&mut disk, "/next"), content(&mut disk, "/d/current").unwrap());
        outcomes.insert(found);
    }
    let (old, new) = (b"old".to_vec(), b"new".to_vec());
    assert_eq!(outcomes, BTreeSet::from([(None, old.clone()), (Some(new.clone()), old), (None, new)]));
}

#[test]
fn syncing_one_directory_leaves_nothing_behind_in_the_other() {
    for seed in 0..20 {
        let mut disk = disk(seed, DiskFaults::none());
        create_directory(&mut disk, "/d");
        sync_directory(&mut disk, "/");
        let file = open(&mut disk, "/next", OpenMode::Create);
        done(&mut disk, FileOperation::Sync { file });
        rename(&mut disk, "/next", "/d/current");
        sync_directory(&mut disk, "/d");
        disk.crash(Loss::Some);
        assert_eq!(
            (names(&mut disk, "/"), names(&mut disk, "/d")),
            (vec!["d".into()], vec!["current".into()])
        );
    }
}

#[test]
fn syncing_one_directory_syncs_no_other() {
    let mut disk = disk(6, DiskFaults::none());
    create_directory(&mut disk, "/d");
    sync_directory(&mut disk, "/");
    open(&mut disk, "/d/a", OpenMode::Create);
    open(&mut disk, "/b", OpenMode::Create);
    sync_directory(&mut disk, "/");
    disk.crash(Loss::All);
    assert_eq!((names(&mut disk, "/"), names(&mut disk, "/d")), (vec!["b".into(), "d".into()], vec![]));
}

#[test]
fn a_sync_of_names_covers_those_that_were_there_when_it_began_and_no_more() {
    let mut overtaken = 0;
    for seed in 0..50 {
        let mut disk = disk(seed, DiskFaults::none());
        let sync_ns = disk.submit(0, 0, FileOperation::SyncDirectory { directory: "/".into() });
        let create_ns = disk.submit(0, 0, opening("/a", OpenMode::Create));
        disk.complete_due(u64::MAX, &mut |_, answer| assert!(answer.is_ok()));
        overtaken += u32::from(create_ns < sync_ns);
        disk.crash(Loss::All);
        assert_eq!(content(&mut disk, "/a"), None);
    }
    assert!(overtaken > 5);
}

#[test]
fn a_file_that_was_renamed_often_has_one_name_or_none_after_a_crash() {
    let mut found = BTreeSet::new();
    for seed in 0..100 {
        let mut disk = disk(seed, DiskFaults::none());
        open(&mut disk, "/a", OpenMode::Create);
        rename(&mut disk, "/a", "/b");
        rename(&mut disk, "/b", "/c");
        disk.crash(Loss::Some);
        found.insert(names(&mut disk, "/").concat());
    }
    assert!(found.iter().eq(["", "a", "b", "c"]), "{found:?}");
}

#[test]
fn a_removal_that_was_not_synced_may_come_undone_with_its_bytes() {
    let mut disk = disk(5, DiskFaults::none());
    let file = durable(&mut disk, "/a", b"kept");
    done(&mut disk, FileOperation::Close { file });
    remove(&mut disk, "/a");
    assert_eq!(disk.used_bytes(), 0);
    disk.crash(Loss::All);
    assert_eq!((content(&mut disk, "/a").unwrap(), disk.used_bytes()), (b"kept".to_vec(), 4));
    remove(&mut disk, "/a");
    sync_directory(&mut disk, "/");
    disk.crash(Loss::Some);
    assert_eq!(content(&mut disk, "/a"), None);
}

#[test]
fn directories_that_change_places_do_not_end_up_within_each_other() {
    fn count(disk: &mut Disk<u32>, directory: &str) -> usize {
        let names = names(disk, directory);
        names.iter().map(|name| 1 + count(disk, &format!("{directory}{name}/"))).sum()
    }
    for seed in 0..200 {
        let mut disk = disk(seed, DiskFaults::none());
        create_directory(&mut disk, "/a");
        create_directory(&mut disk, "/b");
        sync_directory(&mut disk, "/");
        rename(&mut disk, "/a", "/b/a");
        rename(&mut disk, "/b/a", "/c");
        rename(&mut disk, "/b", "/c/b");
        if seed % 2 == 0 {
            sync_directory(&mut disk, "/c");
        }
        disk.crash(Loss::Some);
        assert_eq!(count(&mut disk, "/"), 2);
    }
}
