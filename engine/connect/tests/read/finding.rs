//! Which files are read, and in which order.

use connect::read::FileSourceSpec;

use crate::rig::Rig;

fn rig() -> Rig {
    let rig = Rig::start();
    for name in
        ["b.csv", "a.csv", "c.txt", ".hidden", "_SUCCESS", "sub/d.csv", "sub/deep/e.csv", ".git/f.csv"]
    {
        rig.file(&format!("data/{name}"), format!("{name}\n"));
    }
    rig
}

#[test]
fn directories_and_patterns_are_read_by_name() {
    let rig = rig();
    let read = |names: &[&str], recursive: bool| {
        let paths: Vec<_> = names.iter().map(|name| rig.path(name)).collect();
        rig.read(FileSourceSpec::text(paths).recursive(recursive)).strings()
    };
    assert_eq!(read(&["data"], false), ["a.csv", "b.csv", "c.txt"]);
    assert_eq!(read(&["data/"], true), ["a.csv", "b.csv", "c.txt", "sub/d.csv", "sub/deep/e.csv"]);
    assert_eq!(read(&["data/*.csv"], false), ["a.csv", "b.csv"]);
    assert_eq!(read(&["data/s*"], false), ["sub/d.csv"], "a directory that matches is read");
    assert_eq!(read(&["data/_*"], false), ["_SUCCESS"]);
    assert_eq!(read(&["data/c.txt", "data/[ab].csv"], false), ["c.txt", "a.csv", "b.csv"]);
    assert_eq!(read(&["data/.hidden"], false), [".hidden"], "what is named is read");
    assert_eq!(read(&["data/b.csv", "data"], false), ["b.csv", "a.csv", "c.txt"], "once");
}

#[test]
fn every_file_is_read_once_whatever_the_number_of_subtasks() {
    let rig = Rig::start();
    let names: Vec<_> = (0..200).map(|number| format!("part-{number:03}")).collect();
    for name in &names {
        rig.file(&format!("many/{name}"), name);
    }
    for parallelism in [1, 2, 5] {
        let outcome = rig.read_with(FileSourceSpec::text([rig.path("many")]), parallelism);
        assert_eq!(outcome.sorted(), names);
    }
}

#[test]
fn what_is_not_there_is_named() {
    let rig = rig();
    rig.file("empty/.hidden", "");
    rig.file("deep/inner/x", "");
    let words = |name: &str| {
        let outcome = rig.read_with(FileSourceSpec::text([rig.path(name)]), 2);
        assert_eq!(outcome.batches.len(), 0);
        rig.words(&outcome)
    };
    let remedy = "check the path, which every machine that reads must be able to see";
    assert_eq!(words("data/x.csv"), format!("cannot open data/x.csv: no such file or directory; {remedy}"));
    assert_eq!(words("nowhere/*"), format!("cannot list nowhere: no such file or directory; {remedy}"));
    assert_eq!(words("data/*.json"), "nothing matches data/*.json; check the pattern");
    assert_eq!(
        words("empty"),
        "nothing to read in empty: it has no file whose name begins with neither `.` nor `_`; check the path, or read \
         it recursively"
    );
    assert_eq!(
        words("*/a.csv"),
        "*/a.csv: only the last part of a path may be a pattern; read the directory recursively, or name each directory"
    );
}
