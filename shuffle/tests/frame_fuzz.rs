//! No bytes make a decoder panic, however well they are forged.
//!
//! A seeded mutator changes real frames: their descriptors, their offsets, their texts, their headers. It then
//! corrects the checksums, or most changes would never get past them. What a decoder makes of the bytes is
//! either refused or valid Arrow. `scripts/fuzz` runs the same for longer and writes what fails to a file; a copy
//! of it in `frame_fuzz/kept/` is decoded here from then on.

#![allow(
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "tests cast small numbers they have chosen, and end with what cannot be made"
)]

#[path = "frame_fuzz/corpus.rs"]
mod corpus;
#[path = "frame_fuzz/mutator.rs"]
mod mutator;
#[path = "../src/frame/tests/random.rs"]
#[expect(dead_code, reason = "whole batches are for the tests of the crate")]
mod random;
#[path = "frame_fuzz/target.rs"]
mod target;

use std::panic;

use random::Random;
use target::Outcome;

/// About three seconds of an unoptimised build.
const ROUNDS: u64 = 80_000;

/// The first of as many seeds.
const SEED: u64 = 1;

#[test]
fn what_is_forged_is_refused_or_valid() {
    let frames = corpus::frames();
    let mut outcomes = [0; 3];
    for seed in SEED..SEED + ROUNDS {
        let input = mutator::forge(&frames, &mut Random(seed));
        match panic::catch_unwind(|| target::decode(&input)) {
            Ok(outcome) => outcomes[outcome as usize] += 1,
            Err(_) => panic!("seed {seed} makes it panic: {}", hex(&input)),
        }
    }
    // A mutator whose frames are all refused at the door proves nothing, nor does one that changes nothing.
    let [waiting, refused, accepted] = outcomes;
    println!("{ROUNDS} seeds from {SEED}: {waiting} waiting, {refused} refused, {accepted} accepted");
    assert!(refused > ROUNDS / 4);
    assert!(accepted > ROUNDS / 50);
}

#[test]
fn kept_inputs_are_refused_or_valid() {
    let kept = corpus::kept();
    assert!(!kept.is_empty());
    for (name, input) in kept {
        println!("{name}");
        target::decode(&input);
    }
}

#[test]
fn the_corpus_itself_is_accepted() {
    for input in corpus::frames() {
        assert_eq!(target::decode(&input), Outcome::Accepted, "{}", hex(&input));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
