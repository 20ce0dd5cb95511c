//! Joins that keep both sides.

use dbsp::RootCircuit;
use dbsp::utils::{Tup2, Tup3, Tup4, Tup7, Tup9};
use peer::Time;

use crate::feed::Feed;
use crate::sink::{Sink, sink};
use crate::text::Text;

const WINDOW_MS: u64 = 10_000;

/// Who sells something of a category in some states.
pub(super) fn q3(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let auctions =
        feed.auctions(circuit, |auction| (auction.category() == 10).then(|| (auction.seller(), auction.id)));
    let persons = feed.persons(circuit, |person| {
        let is_wanted = matches!(person.state(), "OR" | "ID" | "CA");
        let row = || Tup3(Text::of(person.name()), Text::of(person.city()), Text::of(person.state()));
        is_wanted.then(|| (person.id, row()))
    });
    let rows =
        auctions.join(&persons, |_, auction, Tup3(name, city, state)| Tup4(*name, *city, *state, *auction));
    sink(&rows, |Tup4(name, city, state, auction)| (*name, *city, *state, *auction))
}

/// Who has registered and sold something within the same ten seconds.
pub(super) fn q8(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let begin = |time: u64| time - time % WINDOW_MS;
    let persons = feed
        .persons(circuit, move |person| Some((Tup2(person.id, begin(person.time)), Text::of(person.name()))));
    let sellers =
        feed.auctions(circuit, move |auction| Some((Tup2(auction.seller(), begin(auction.time)), ())));
    let rows = persons.join(&sellers.distinct(), |Tup2(id, begin), name, ()| Tup3(*id, *name, *begin));
    sink(&rows, |Tup3(id, name, begin)| (*id, *name, Time(*begin)))
}

/// Bids with their auctions, of one category.
pub(super) fn q20(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let bids = feed.bids(circuit, |bid| {
        let (channel, url) = bid.channel_and_url();
        let texts = Tup3(Text::of(channel), Text::of(url), Text::of(bid.extra()));
        (bid.auction(), Tup4(bid.bidder(), bid.price(), bid.time, texts))
    });
    let auctions = feed.auctions(circuit, |auction| {
        let row = || {
            let (name, description) = (Text::of(auction.item_name()), Text::of(auction.description()));
            let (initial, reserve) = (auction.initial_bid(), auction.reserve());
            let (seller, category) = (auction.seller(), auction.category());
            let (time, expires, extra) = (auction.time, auction.expires(), Text::of(auction.extra()));
            Tup9(name, description, initial, reserve, time, expires, seller, category, extra)
        };
        (auction.category() == 10).then(|| (auction.id, row()))
    });
    let rows = bids.join(&auctions, |auction, Tup4(bidder, price, time, texts), row| {
        let Tup3(channel, url, extra) = *texts;
        Tup2(Tup7(*auction, *bidder, *price, channel, url, *time, extra), *row)
    });
    sink(&rows, |Tup2(Tup7(auction, bidder, price, channel, url, time, bid_extra), row)| {
        let Tup9(name, description, initial, reserve, opened, expires, seller, category, extra) = *row;
        (
            *auction,
            *bidder,
            *price,
            *channel,
            *url,
            Time(*time),
            *bid_extra,
            name,
            description,
            initial,
            reserve,
            Time(opened),
            Time(expires),
            seller,
            category,
            extra,
        )
    })
}
