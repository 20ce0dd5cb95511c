//! Files of text that are compressed as a whole.

use std::io::Write;

use arrow_schema::{DataType, Field, Schema};
use connect::format::CsvOptions;
use connect::read::{FileSourceSpec, OnError};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::rig::Rig;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &str) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap(); // As the command does it.
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn lines(text: &str) -> Vec<String> {
    text.strip_prefix('\u{feff}').unwrap_or(text).lines().map(str::to_owned).collect()
}

#[test]
fn text_is_read_whatever_it_is_packed_in() {
    let rig = Rig::start();
    let long: String = (0..40_000).map(|number| format!("line {number} {}\n", number * 7919)).collect();
    let one = "x".repeat(3 << 20);
    for text in ["", "\n", "a", "a\n", "\u{feff}one\ntwo\r\n\r\nthree", &long, &one] {
        for (name, bytes) in [("t.gz", gzip(text)), ("t.log.GZ", gzip(text)), ("t.zst", zstd(text))] {
            let path = rig.file(name, bytes);
            for (block, rows) in [(4, 7), (1000, 100), (1 << 20, 8192)] {
                if block < 1000 && text.len() > 1000 {
                    continue;
                }
                let spec = FileSourceSpec::text([&path]).block_bytes(block).batch_rows(rows).split_bytes(9);
                let figures = spec.figures();
                let outcome = rig.read_with(spec, 2);
                assert!(outcome.strings() == lines(text), "{name}, {} bytes, blocks of {block}", text.len());
                assert_eq!(figures.splits(), 1);
            }
        }
    }
}

#[test]
fn packed_and_plain_files_are_read_together() {
    let rig = Rig::start();
    rig.file("in/a.csv", "name,n\na,1\n");
    rig.file("in/b.csv.gz", gzip("name,n\nb,2\nc,3\n"));
    rig.file("in/c.csv.zst", zstd("name,n\nd,4\n"));
    // Some that were put together, as `cat` does.
    rig.file("in/d.csv.gz", [gzip("name,n\ne,5\n"), gzip("f,6\n")].concat());
    rig.file("in/e.csv.zst", [zstd("name,n\ng,7\n"), zstd("h,8\n")].concat());
    rig.file("in/f.csv.gz", b"");
    let columns =
        Schema::new(vec![Field::new("name", DataType::Utf8, true), Field::new("n", DataType::Int64, true)]);
    let spec = FileSourceSpec::csv([rig.path("in")], CsvOptions::default().header(true), &columns);
    assert_eq!(rig.read_with(spec, 2).sorted(), ["a", "b", "c", "d", "e", "f", "g", "h"]);
}

#[test]
fn what_was_saved_goes_on_in_the_middle_and_errors_name_their_line() {
    let rig = Rig::start();
    let text: String =
        (1..=300).map(|n| if n == 280 { "x\n".to_owned() } else { format!("{n}\n") }).collect();
    let text = format!("n\n{text}");
    for (name, bytes) in [("n.csv.gz", gzip(&text)), ("n.csv.zst", zstd(&text))] {
        let path = rig.file(name, bytes);
        let columns = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
        let options = CsvOptions::default().header(true);
        let spec = || FileSourceSpec::csv([&path], options.clone(), &columns).batch_rows(7).block_bytes(50);
        let (mut rows, mut snapshots) = (0, Vec::new());
        for run in 0.. {
            let skips = spec().on_error(OnError::Skip);
            let outcome = rig.run(skips, [2, 1][run % 2], snapshots, Some(3));
            assert_eq!(outcome.failure, None);
            snapshots = outcome.snapshots;
            let read: usize = outcome.batches.iter().map(|(_, batch)| batch.num_rows()).sum();
            if read == 0 {
                break;
            }
            rows += read;
            if run == 2 {
                let failed = rig.run(spec(), 1, snapshots.clone(), None);
                let words = rig.words(&failed);
                assert!(words.starts_with(&format!("{name}:281: column n: cannot read \"x\"")), "{words}");
            }
        }
        assert_eq!(rows, 299);
    }
}

#[test]
fn a_file_that_was_cut_is_told() {
    let rig = Rig::start();
    let text: String = (0..1000).map(|number| format!("line {}\n", number * 7919)).collect();
    for (name, format, bytes) in [("t.gz", "gzip", gzip(&text)), ("t.zst", "zstd", zstd(&text))] {
        for end in [1, 5, 20, bytes.len() / 2, bytes.len() - 5, bytes.len() - 1] {
            let outcome = rig.read(FileSourceSpec::text([rig.file(name, &bytes[..end])]));
            let words = rig.words(&outcome);
            assert!(words.starts_with(&format!("{name} cannot be read as {format}: ")), "{end}: {words}");
        }
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2] ^= 0x55;
        let outcome = rig.read(FileSourceSpec::text([rig.file(name, damaged)]));
        assert!(rig.words(&outcome).starts_with(&format!("{name} cannot be read as {format}: ")));
        let outcome = rig.read(FileSourceSpec::text([rig.file(name, "just text\n")]));
        assert!(rig.words(&outcome).starts_with(&format!("{name} cannot be read as {format}: ")));
    }
}
