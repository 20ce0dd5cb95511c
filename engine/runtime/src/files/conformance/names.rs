//! Scenarios: names and directories.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::world::{World, assert_same, noise};
use super::{Scenario, scenario};
use crate::seam::FileOperation;

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = renames();
    scenarios.extend(removes());
    scenarios.extend(directories());
    scenarios.extend(refusals());
    scenarios
}

fn renames() -> Vec<Scenario> {
    vec![
        scenario("a file gets another name", |world| {
            world.put("old", b"bytes");
            world.rename("old", "new");
            assert_eq!(world.names(""), ["new"]);
            assert_eq!(world.contents("new"), b"bytes");
        }),
        scenario("a rename replaces", |world| {
            world.put("old", b"old bytes");
            world.put("new", b"new bytes, of which nothing is left");
            world.rename("old", "new");
            assert_eq!(world.names(""), ["new"]);
            assert_eq!(world.contents("new"), b"old bytes");
        }),
        scenario("a rename into another directory", |world| {
            world.create_directory("there");
            world.put("file", b"bytes");
            world.rename("file", "there/file");
            assert_eq!(world.names(""), ["there"]);
            assert_eq!(world.contents("there/file"), b"bytes");
        }),
        scenario("an open file does not mind its rename", |world| {
            let file = world.create("old");
            world.write(file, 0, &noise(1, 5000));
            world.rename("old", "new");
            world.write(file, 5000, &noise(2, 5000));
            world.close(file);
            assert_same(&world.contents("new"), &[noise(1, 5000), noise(2, 5000)].concat());
        }),
        scenario("a replaced file is read to its end", |world| {
            world.put("old", &noise(1, 10_000));
            world.put("new", &noise(2, 10_000));
            let replaced = world.open("new");
            world.rename("old", "new");
            assert_same(&world.all(replaced), &noise(2, 10_000));
            assert_same(&world.contents("new"), &noise(1, 10_000));
        }),
        scenario("a rename onto itself", |world| {
            world.put("file", b"bytes");
            world.rename("file", "file");
            assert_eq!(world.contents("file"), b"bytes");
        }),
        scenario("a directory gets another name", |world| {
            world.create_directory("old");
            world.put("old/file", b"bytes");
            world.rename("old", "new");
            assert_eq!(world.contents("new/file"), b"bytes");
        }),
    ]
}

fn removes() -> Vec<Scenario> {
    vec![
        scenario("a removed file is gone", |world| {
            world.put("file", b"bytes");
            world.put("other", b"bytes");
            world.remove("file");
            assert_eq!(world.names(""), ["other"]);
        }),
        scenario("an open file does not mind its removal", |world| {
            let file = world.create("file");
            world.write(file, 0, &noise(1, 5000));
            world.remove("file");
            assert_eq!(world.names("").len(), 0);
            world.write(file, 5000, &noise(2, 5000));
            world.sync(file);
            assert_same(&world.all(file), &[noise(1, 5000), noise(2, 5000)].concat());
        }),
        scenario("a removed name is free", |world| {
            let old = world.create("file");
            world.write(old, 0, b"old");
            world.remove("file");
            world.put("file", b"new");
            assert_eq!(world.contents("file"), b"new");
            assert_eq!(world.all(old), b"old");
        }),
    ]
}

fn directories() -> Vec<Scenario> {
    vec![
        scenario("a new directory is empty", |world| {
            world.create_directory("directory");
            assert_eq!(world.names("directory").len(), 0);
        }),
        scenario("names come in order", |world| {
            for name in ["b", "a", "10", "9", "B", "ä", "a-", "aa"] {
                world.put(name, b"");
            }
            assert_eq!(world.names(""), ["10", "9", "B", "a", "a-", "aa", "b", "ä"]);
        }),
        scenario("hundreds of names", |world| {
            let expected: Vec<String> = (0..300).map(|number| format!("part-{number:03}")).collect();
            for name in expected.iter().rev() {
                world.put(name, b"");
            }
            assert_eq!(world.names(""), expected);
        }),
        scenario("directories are among the names, and what is in them is not", |world| {
            world.create_directory("b/c");
            world.put("b/d", b"");
            world.put("a", b"");
            assert_eq!(world.names(""), ["a", "b"]);
            assert_eq!(world.names("b"), ["c", "d"]);
        }),
        scenario("a directory with those above it", |world| {
            world.create_directory("a/b/c/d");
            world.put("a/b/c/d/file", b"deep");
            assert_eq!(world.contents("a/b/c/d/file"), b"deep");
        }),
        scenario("a directory that is there stays", |world| {
            world.create_directory("a/b");
            world.put("a/b/file", b"bytes");
            world.create_directory("a/b");
            world.create_directory("a");
            assert_eq!(world.contents("a/b/file"), b"bytes");
        }),
        scenario("a directory is synced", |world| {
            world.put("file", b"bytes");
            world.done(FileOperation::SyncDirectory { directory: world.root() });
            world.remove("file");
            world.done(FileOperation::SyncDirectory { directory: world.root() });
        }),
    ]
}

fn refusals() -> Vec<Scenario> {
    /// What is asked is refused for that reason, and changes nothing.
    fn refused(
        name: &'static str,
        path: &'static str,
        operation: fn(&World, PathBuf) -> FileOperation,
        kind: ErrorKind,
    ) -> Scenario {
        scenario(name, move |world| {
            world.put("file", b"bytes");
            world.create_directory("directory");
            let operation = operation(world, world.path(path));
            world.fail_with(operation, kind);
            assert_eq!(world.names(""), ["directory", "file"]);
            assert_eq!(world.contents("file"), b"bytes");
        })
    }
    use ErrorKind::{AlreadyExists, IsADirectory, NotADirectory, NotFound};
    use FileOperation as Ask;
    let remove = |_: &World, path| Ask::Remove { path };
    let rename = |world: &World, from| Ask::Rename { from, to: world.path("new") };
    let rename_away = |world: &World, from| Ask::Rename { from, to: world.path("missing/new") };
    let list = |_: &World, directory| Ask::List { directory };
    let create = |_: &World, directory| Ask::CreateDirectory { directory };
    let sync = |_: &World, directory| Ask::SyncDirectory { directory };
    vec![
        refused("to remove what is not there", "missing", remove, NotFound),
        refused("to remove a directory", "directory", remove, IsADirectory),
        refused("to rename what is not there", "missing", rename, NotFound),
        refused("to rename to where no directory is", "file", rename_away, NotFound),
        refused("to list what is not there", "missing", list, NotFound),
        refused("to list a file", "file", list, NotADirectory),
        refused("to make a directory of a file", "file", create, AlreadyExists),
        refused("to make a directory in a file", "file/directory", create, NotADirectory),
        refused("to sync a directory that is not there", "missing", sync, NotFound),
        refused("to sync a file as a directory", "file", sync, NotADirectory),
    ]
}
