//! The check values of NXG-1: the hash of all events as text.

use std::fmt::Write;

use hmac_sha256::Hash;

use super::Corpus;

/// The hash of the events in the order of their numbers, a line each.
fn hash(corpus: Corpus) -> String {
    let mut hash = Hash::new();
    let mut line = String::new();
    for number in 0..corpus.epochs() {
        let epoch = corpus.epoch(number);
        line.clear();
        let person = epoch.person();
        let (name, email, card) = (person.name(), person.email_address(), person.credit_card());
        let (city, state, extra) = (person.city(), person.state(), person.extra());
        let (n, id, time) = (person.n, person.id, person.time);
        let _ = writeln!(line, "P|{n}|{id}|{name}|{email}|{card}|{city}|{state}|{time}|{extra}");
        for auction in epoch.auctions() {
            let (n, id, time, expires) = (auction.n, auction.id, auction.time, auction.expires());
            let (name, description, extra) = (auction.item_name(), auction.description(), auction.extra());
            let (initial, reserve) = (auction.initial_bid(), auction.reserve());
            let (seller, category) = (auction.seller(), auction.category());
            let _ = writeln!(
                line,
                "A|{n}|{id}|{name}|{description}|{initial}|{reserve}|{time}|{expires}|{seller}|{category}|{extra}"
            );
        }
        for bid in epoch.bids() {
            let (n, time, auction, bidder) = (bid.n, bid.time, bid.auction(), bid.bidder());
            let (price, (channel, url), extra) = (bid.price(), bid.channel_and_url(), bid.extra());
            let _ = writeln!(line, "B|{n}|{auction}|{bidder}|{price}|{channel}|{url}|{time}|{extra}");
        }
        hash.update(line.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_events_are_those_of_the_published_hashes() {
    let of_rate = |rate| hash(Corpus { events: 100_000, rate });
    assert_eq!(of_rate(100_000), "08c9639538e8f5ff27f399addd05d5efd8efecf3dcbe8e0aedad76142e6196d2");
    assert_eq!(of_rate(7), "511b27ba8fe2dd93093d869062db8d65a90f383e865ee2defeb98329646cce9b");
}

#[test]
fn a_corpus_may_end_within_an_epoch() {
    let corpus = Corpus { events: 103, rate: 1000 };
    assert_eq!(corpus.epochs(), 3);
    let last = corpus.epoch(2);
    assert_eq!((last.auctions().count(), last.bids().count()), (2, 0));
    assert_eq!(last.end(), corpus.time(102));
}
