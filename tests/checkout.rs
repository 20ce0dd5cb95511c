//! The files of the checkout that this test was built from.
//!
//! Paths are relative to its root, with `/` between their parts. Neither git's own files nor build output
//! belong to it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file that holds text.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Not that in which this was compiled: clones share what is built.
pub(crate) fn root() -> PathBuf {
    let tests = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says which checkout it is");
    Path::new(&tests).parent().expect("the crate of tests stands in the root").to_owned()
}

/// All files whose names end so; all there are, for the empty end.
pub(crate) fn files(end: &str) -> Vec<File> {
    let root = root();
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the checkout can be listed") {
            let path = entry.expect("a folder of the checkout can be listed").path();
            let relative = path
                .strip_prefix(&root)
                .expect("the walk starts at the root")
                .to_string_lossy()
                .replace('\\', "/");
            if path.is_dir() {
                if !matches!(relative.as_str(), ".git" | "target") {
                    folders.push(path);
                }
            } else if relative.ends_with(end)
                && let Ok(text) = fs::read_to_string(&path)
            {
                files.push(File { path: relative, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_checkout_holds_this_file() {
    let found = files("checkout.rs");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].path, "tests/checkout.rs");
    assert_eq!(found[0].text, include_str!("checkout.rs"));
}
