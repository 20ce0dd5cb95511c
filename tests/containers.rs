//! What the image is made from is there: no container is started here, but each path and version in `Dockerfile` and `compose.yaml` is
//! looked up.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::checkout;

/// The folder of a user's own files; Docker makes it when it is not there.
const OF_THE_USER: &str = "./data";

/// What is wrong with a Dockerfile: a Rust that is not the one that is needed, a script that is not there.
fn faults(dockerfile: &str, rust: &str, is_program: impl Fn(&str) -> bool) -> Vec<String> {
    let mut faults = Vec::new();
    for line in dockerfile.lines().filter(|line| !line.starts_with('#')) {
        if let Some(image) = line.strip_prefix("FROM rust:")
            && !image.starts_with(&format!("{rust}-"))
        {
            faults.push(format!("{line}: Rust {rust} is needed"));
        }
        let scripts = line.split_whitespace().filter(|word| word.starts_with("scripts/"));
        faults.extend(
            scripts.filter(|script| !is_program(script)).map(|script| format!("{script} is no program")),
        );
    }
    faults
}

/// The sources of a compose file's volumes that are no file of the checkout.
fn lost(compose: &str, is_there: impl Fn(&str) -> bool) -> Vec<&str> {
    let quoted = compose.lines().filter(|line| line.trim_start().starts_with("volumes:"));
    let volumes = quoted.flat_map(|line| line.split('"').skip(1).step_by(2));
    let sources = volumes.filter_map(|volume| volume.split(':').next());
    sources.filter(|source| *source != OF_THE_USER && !is_there(source)).collect()
}

#[test]
fn the_image_is_built_from_what_is_there() {
    let manifest = checkout::read("Cargo.toml");
    let rust = manifest.split("rust-version = \"").nth(1).and_then(|rest| rest.split('"').next());
    let is_program = |path: &str| {
        fs::metadata(checkout::root().join(path)).is_ok_and(|data| data.permissions().mode() & 0o111 == 0o111)
    };
    let faults = faults(&checkout::read("Dockerfile"), rust.expect("the manifest names a Rust"), is_program);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_services_read_what_is_there() {
    let compose = checkout::read("compose.yaml");
    let lost = lost(&compose, |path| checkout::root().join(path).is_file());
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn what_is_not_there_is_found() {
    let dockerfile =
        "FROM rust:1.80-bookworm AS build\nRUN scripts/gone --fast && scripts/there\nFROM scratch\n";
    let found = faults(dockerfile, "1.95", |path| path == "scripts/there");
    assert_eq!(
        found,
        ["FROM rust:1.80-bookworm AS build: Rust 1.95 is needed", "scripts/gone is no program"]
    );
    let compose = "    volumes: [\"./data:/data\", \"./gone.sql:/gone.sql:ro\"]\n";
    assert_eq!(lost(compose, |_| false), ["./gone.sql"]);
}
