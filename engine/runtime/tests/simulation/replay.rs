//! A seed is a run: the same events in the same order, in any process, and a mistake that was found once is found
//! again.

#![allow(clippy::disallowed_methods, reason = "a test and its children talk through the environment")]

use std::env;
use std::process::Command;

use crate::parts::Planted;
use crate::run::{self, Fault};

/// Tells a child which seeds to run, and whether with the mistake.
const ORDER: &str = "MILLSTREAM_SIMULATE";

/// Not a promise of its own: what the children of the others do. By itself it runs a few seeds twice.
#[test]
fn child() {
    let order = env::var(ORDER);
    let order = order.as_deref().unwrap_or("0 3 sound");
    let words: Vec<&str> = order.split(' ').collect();
    let [first, end, mistake] = words[..] else { panic!("{order}") };
    let planted = (mistake == "planted").then_some(Planted::ForgetsWhenFull);
    for seed in first.parse().unwrap()..end.parse().unwrap() {
        let told = tell(seed, planted);
        println!("told {told}");
        if env::var(ORDER).is_err() {
            assert_eq!(told, tell(seed, planted));
        }
    }
}

fn tell(seed: u64, planted: Option<Planted>) -> String {
    match run::run(seed, planted) {
        Ok(verdict) => format!("{seed} {verdict:?}"),
        Err(Fault { words, hash, .. }) => format!("{seed} {hash:016x} {words}"),
    }
}

/// What another process tells of these seeds. Its environment is another one, and so is where its memory lies.
fn told_by_a_child(order: &str, padding: usize) -> Vec<String> {
    let child = Command::new(env::current_exe().expect("a process has a binary"))
        .args(["--exact", "replay::child", "--nocapture", "--test-threads=1"])
        .env(ORDER, order)
        .env("MILLSTREAM_PADDING", "x".repeat(padding))
        .output()
        .expect("this binary runs again");
    let text = String::from_utf8(child.stdout).expect("text");
    assert!(child.status.success(), "{text}\n{}", String::from_utf8_lossy(&child.stderr));
    // The harness begins the first line.
    let told = |line: &str| line.split_once("told ").map(|(_, told)| told.to_owned());
    text.lines().filter_map(told).collect()
}

#[test]
fn a_hundred_seeds_give_the_same_events_in_two_processes() {
    let [first, second] = [0, 4_000].map(|padding| told_by_a_child("1000 1100 sound", padding));
    assert_eq!(first.len(), 100);
    assert_eq!(first, second);
}

#[test]
fn a_planted_mistake_is_found_and_replayed_from_its_seed() {
    let found =
        (0..1_000).find_map(|seed| Some((seed, run::run(seed, Some(Planted::ForgetsWhenFull)).err()?)));
    let (seed, Fault { words, hash, .. }) = found.expect("one seed in a thousand finds it");
    println!("found by seed {seed}: {words}");
    assert!(words.contains("lost"), "{words}");
    let told = told_by_a_child(&format!("{seed} {} planted", seed + 1), 100);
    assert_eq!(told, [format!("{seed} {hash:016x} {words}")]);
    assert!(run::run(seed, None).is_ok(), "without the mistake this seed is fine");
}
