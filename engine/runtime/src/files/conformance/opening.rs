//! Scenarios: what can be opened, and as what.

use std::io::ErrorKind;

use super::world::{noise, write};
use super::{Scenario, scenario};
use crate::seam::{FileOperation, OpenMode};

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = refusals();
    scenarios.extend(successes());
    scenarios.extend(temporaries());
    scenarios
}

fn refusals() -> Vec<Scenario> {
    /// Opening what the path names is refused for that reason.
    fn refused(name: &'static str, (path, mode): (&'static str, OpenMode), kind: ErrorKind) -> Scenario {
        scenario(name, move |world| {
            world.put("file", b"there");
            world.create_directory("directory");
            let path = world.path(path);
            world.fail_with(FileOperation::Open { path, mode }, kind);
            assert_eq!(world.contents("file"), b"there");
            assert_eq!(world.names(""), ["directory", "file"]);
        })
    }
    use ErrorKind::{AlreadyExists, IsADirectory, NotADirectory, NotFound};
    use OpenMode::{Create, Read};
    vec![
        refused("a file that is not there", ("missing", Read), NotFound),
        refused("a file in a directory that is not there", ("missing/file", Read), NotFound),
        refused("a directory", ("directory", Read), IsADirectory),
        refused("a file in a file", ("file/file", Read), NotADirectory),
        refused("creating what is there", ("file", Create), AlreadyExists),
        refused("creating over a directory", ("directory", Create), AlreadyExists),
        refused("creating in a directory that is not there", ("missing/file", Create), NotFound),
        refused("creating in a file", ("file/file", Create), NotADirectory),
        scenario("a temporary file where no directory is", |world| {
            let path = world.path("missing");
            let operation = FileOperation::Open { path, mode: OpenMode::Temporary };
            world.fail_with(operation, ErrorKind::NotFound);
        }),
        scenario("to write what was opened to read", |world| {
            world.put("file", &noise(1, 10_000));
            let file = world.open("file");
            for length in [0, 1, 4096, 9000] {
                world.fail_with(write(file, 0, &noise(2, length)), ErrorKind::PermissionDenied);
            }
            assert_eq!(world.all(file), noise(1, 10_000));
        }),
    ]
}

fn successes() -> Vec<Scenario> {
    vec![
        scenario("a file that is there", |world| {
            world.put("file", b"there");
            let file = world.open("file");
            assert_eq!(world.read(file, 0, 5), b"there");
        }),
        scenario("a new file is empty, and is written and read", |world| {
            let file = world.create("file");
            assert_eq!(world.length(file), 0);
            assert_eq!(world.read(file, 0, 100), b"");
            world.write(file, 0, b"new");
            assert_eq!(world.read(file, 0, 100), b"new");
        }),
        scenario("a new file is seen by others at once", |world| {
            let file = world.create("file");
            assert_eq!(world.names(""), ["file"]);
            assert_eq!(world.contents("file"), b"");
            world.write(file, 0, b"new");
            assert_eq!(world.contents("file"), b"new");
        }),
        scenario("the same file twice has two numbers", |world| {
            world.put("file", b"there");
            let (one, other) = (world.open("file"), world.open("file"));
            assert_ne!(one, other);
            world.close(one);
            assert_eq!(world.read(other, 0, 5), b"there");
        }),
        scenario("a number is not given out again", |world| {
            world.put("file", b"there");
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..50 {
                let file = world.open("file");
                assert!(seen.insert(file), "{file:?}");
                world.close(file);
            }
        }),
        scenario("names of every kind", |world| {
            for name in ["with space", "Straße", "名前", "-", "a.b.c", ".hidden"] {
                world.put(name, name.as_bytes());
                assert_eq!(world.contents(name), name.as_bytes());
            }
        }),
    ]
}

fn temporaries() -> Vec<Scenario> {
    vec![
        scenario("a temporary file is written and read", |world| {
            let file = world.temporary();
            assert_eq!(world.length(file), 0);
            world.write(file, 5000, b"end");
            assert_eq!(world.length(file), 5003);
            assert_eq!(world.read(file, 4999, 10), b"\0end");
        }),
        scenario("a temporary file has no name", |world| {
            world.put("file", b"there");
            let file = world.temporary();
            world.write(file, 0, &noise(1, 10_000));
            world.sync(file);
            assert_eq!(world.names(""), ["file"]);
            world.close(file);
            assert_eq!(world.names(""), ["file"]);
        }),
        scenario("two temporary files are apart", |world| {
            let (one, other) = (world.temporary(), world.temporary());
            world.write(one, 0, &noise(1, 9000));
            world.write(other, 0, &noise(2, 8000));
            assert_eq!(world.all(one), noise(1, 9000));
            assert_eq!(world.all(other), noise(2, 8000));
        }),
    ]
}
