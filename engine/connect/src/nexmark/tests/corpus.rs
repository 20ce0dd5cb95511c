//! The hashes of the corpora and of what they are drawn from.

use hmac_sha256::Hash;

use super::text::{every_column, shown, write_lines};
use crate::nexmark::columns::Columns;
use crate::nexmark::prices::prices;
use crate::nexmark::{NexmarkSpec, channels, pools};

/// The bytes and the hash of the text of so many events.
fn hash_of(events: u64, rate: u64, java_slip: bool) -> (usize, String) {
    let columns =
        Columns::new(NexmarkSpec { rate, java_slip, columns: every_column(), ..NexmarkSpec::default() });
    let (mut hash, mut bytes, mut text) = (Hash::new(), 0, String::new());
    for begin in (0..events).step_by(8000) {
        let mut numbers = columns.events();
        numbers.push(begin..events.min(begin + 8000));
        write_lines(&columns.batch(&numbers), &mut text);
        hash.update(&text);
        bytes += text.len();
        text.clear();
    }
    (bytes, shown(hash))
}

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, expected: &str) {
    let mut hash = Hash::new();
    hash.update(bytes);
    assert_eq!(shown(hash), expected);
}

#[test]
fn a_small_corpus_has_its_hash() {
    let (bytes, hash) = hash_of(100_000, 100_000, false);
    assert_eq!(bytes, 20_203_906);
    assert_eq!(hash, "08c9639538e8f5ff27f399addd05d5efd8efecf3dcbe8e0aedad76142e6196d2");
}

#[test]
fn the_corpus_of_tests_has_its_hash() {
    let (bytes, hash) = hash_of(1_000_000, 100_000, false);
    assert_eq!(bytes, 204_401_581);
    assert_eq!(hash, "b513c12bb0e75e94aa997062df32f780c2771bcd98569006593ad76a3b621a01");
}

/// Four gigabytes of text each: a minute of an optimised build, and too long for any other one.
#[cfg(not(debug_assertions))]
#[test]
fn the_corpora_of_measurements_have_their_hashes() {
    let (_, d1) = hash_of(20_000_000, 100_000, false);
    assert_eq!(d1, "94bce21b40a9a8f98ece7f0deb4a7c2aeb258b9001cab8439b385dd8b8d5bfc3");
    let (_, d2) = hash_of(20_000_000, 1_000_000, false);
    assert_eq!(d2, "13504955a072c808622bd132cd85912eb83c768a40c86891cff39355af88ba16");
}

#[test]
fn a_slow_corpus_has_its_hash() {
    let (_, hash) = hash_of(100_000, 7, false);
    assert_eq!(hash, "511b27ba8fe2dd93093d869062db8d65a90f383e865ee2defeb98329646cce9b");
}

#[test]
fn a_corpus_with_the_slip_of_the_generator_in_java_has_its_hash() {
    let (_, hash) = hash_of(100_000, 100_000, true);
    assert_eq!(hash, "e01baab9f2c53715d04cb68f680ccf1cb4d904e21dab8847dba9073516e5f1c7");
}

#[test]
fn the_tables_have_their_hashes() {
    check(pools::plain().bytes(), "7aedccec85d986f10def184a48c28941c81b5c60386df489cbf68ce57991ceb6");
    check(pools::names().bytes(), "d49ecb8ef3e6a7ec7b72bd69cdccaa9b69c845b5a5fd94350ce457a7b3cd7fab");
    let all_prices = (0..1 << 16).map(|place: u64| format!("{}\n", prices().of(place << 48)));
    check(all_prices.collect::<String>(), "fd3699b1a24bc1b0de61865f0485df531159dea7683654f0700941cfac9f1c4f");
    assert_eq!([0, u64::MAX].map(|bits| prices().of(bits)), [100, 99_989_460]);
    let channels = channels::names().iter().zip(channels::addresses());
    let lines = channels.map(|(name, address)| format!("{}|{}\n", name.unwrap(), address.unwrap()));
    check(lines.collect::<String>(), "cc67661b6c77ed4f88e6bab8233dee6fcba2b4284fefafbed426cfec2a5ed5a6");
}

#[test]
fn the_first_events_are_those_of_the_page() {
    let columns = Columns::new(NexmarkSpec { columns: every_column(), ..NexmarkSpec::default() });
    let (mut events, mut text) = (columns.events(), String::new());
    events.push(0..12);
    write_lines(&columns.batch(&events), &mut text);
    assert_eq!(text, include_str!("first_events.txt"));
}
