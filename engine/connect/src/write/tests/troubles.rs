//! Disks that refuse, and what a user reads then.

use runtime::sim::{DiskFaults, SimOptions};

use super::*;

#[test]
fn a_directory_that_is_a_file_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("taken");
    fs::write(&path, "a file").unwrap();
    for place in [path.clone(), path.join("below")] {
        let words = trial::fails(writes(numbers(1, 1), parts(&place, Encoding::Arrow))).to_string();
        let begin = format!("trial (1/1): cannot create {}: ", place.display());
        assert!(words.starts_with(&begin), "{words}");
        assert!(words.ends_with("; a file is in the way: remove it, or write elsewhere"), "{words}");
    }
}

#[test]
fn a_file_that_is_a_directory_is_told() {
    let directory = tempfile::tempdir().unwrap();
    for overwrite in [false, true] {
        let spec = FileSpec::new(Target::File(directory.path().to_owned()), Encoding::Arrow, number_schema());
        let words = trial::fails(writes(numbers(1, 1), FileSpec { overwrite, ..spec })).to_string();
        let expected = format!(
            "trial (1/1): {} is a directory, and was to be one file; name a file in it, or write parts into it",
            directory.path().display()
        );
        assert_eq!(words, expected);
    }
}

#[test]
fn a_place_where_nobody_may_write_is_told() {
    // Not even the superuser, as whom tests may run.
    let place = PathBuf::from("/proc/millstream/out");
    let words = trial::fails(writes(numbers(1, 1), parts(&place, Encoding::Arrow))).to_string();
    assert!(words.starts_with("trial (1/1): cannot create /proc/millstream/out: "), "{words}");
    let spec = FileSpec::new(Target::File("/proc/millstream.arrow".into()), Encoding::Arrow, number_schema());
    let words = trial::fails(writes(numbers(1, 1), spec)).to_string();
    assert!(words.starts_with("trial (1/1): cannot create /proc/.millstream.arrow.inprogress: "), "{words}");
}

#[test]
fn a_spec_that_makes_no_sense_is_refused() {
    let spec = parts(Path::new("out"), Encoding::Arrow);
    let refusal = |spec: FileSpec| FileSink::new(spec).unwrap_err().to_string();
    let nothing = FileSpec { roll_bytes: 0, ..spec.clone() };
    assert_eq!(
        refusal(nothing),
        "the size of a part is 0, so nothing would fit; make it larger, or leave it as it is"
    );
    let encoding = Encoding::Parquet(ParquetStyle { row_group_rows: 0, ..ParquetStyle::default() });
    assert!(refusal(FileSpec { encoding, ..spec.clone() }).starts_with("the size of a row group is 0"));
    let nameless = FileSpec { target: Target::File("/".into()), ..spec };
    assert_eq!(refusal(nameless), "/ names no file; add a name to it");
}

/// A job of three subtasks in a simulated world with such a disk.
fn on_disk(seed: u64, disk: DiskFaults) -> Option<Failure> {
    let options = SimOptions { disk, ..SimOptions::calm(2) };
    let spec =
        FileSpec { roll_bytes: 50_000, ..parts(Path::new("/out"), Encoding::Csv(CsvOptions::default())) };
    trial::simulate(seed, options, trial::graph(generates(20_000, spec).parallel(3))).failure
}

#[test]
fn a_full_disk_is_told_with_the_file_and_may_be_tried_again() {
    for seed in 0..5 {
        let disk = DiskFaults { capacity_bytes: 200_000, ..DiskFaults::none() };
        let failure = on_disk(seed, disk).unwrap();
        let words = failure.to_string();
        assert!(words.contains("): cannot write /out/.part-"), "{words}");
        assert!(words.contains("; free some space there, or write elsewhere"), "{words}");
        assert!(failure.retry_may_help());
    }
}

#[test]
fn each_operation_that_fails_is_told_and_nothing_is_left_open() {
    let faults = |disk: fn(DiskFaults) -> DiskFaults| disk(DiskFaults::none());
    for (disk, verb) in [
        (faults(|none| DiskFaults { open_errors_per_thousand: 1000, ..none }), "cannot create /out/.part-"),
        (faults(|none| DiskFaults { write_errors_per_thousand: 1000, ..none }), "cannot write /out/.part-"),
        (faults(|none| DiskFaults { sync_errors_per_thousand: 1000, ..none }), "cannot sync /"),
        (faults(|none| DiskFaults { name_errors_per_thousand: 1000, ..none }), "cannot create /out"),
    ] {
        let words = on_disk(1, disk).unwrap().to_string();
        assert!(words.contains(verb), "{words}");
    }
    // Some of them fail, or none, in whatever order.
    for seed in 0..50 {
        let disk = DiskFaults {
            write_errors_per_thousand: 5,
            name_errors_per_thousand: 5,
            open_errors_per_thousand: 5,
            sync_errors_per_thousand: 5,
            ..DiskFaults::none()
        };
        if let Some(failure) = on_disk(seed, disk) {
            assert!(failure.to_string().contains("): cannot "), "{failure}");
        }
    }
}
