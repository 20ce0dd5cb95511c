//! What is done to each row alone.

use dbsp::RootCircuit;
use dbsp::utils::{Tup2, Tup5, Tup7};
use peer::{Bid, Thousandths, Time};

use crate::feed::{Feed, Rows};
use crate::sink::{Sink, sink};
use crate::text::Text;

/// Auction, bidder, price, time and extra.
fn bids(circuit: &RootCircuit, feed: &Feed) -> Rows<Tup5<u64, u64, i64, u64, Text>> {
    feed.bid_rows(circuit, |bid| {
        Tup5(bid.auction(), bid.bidder(), bid.price(), bid.time, Text::of(bid.extra()))
    })
}

/// All bids.
pub(super) fn q0(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    sink(&bids(circuit, feed), |Tup5(auction, bidder, price, time, extra)| {
        (*auction, *bidder, *price, Time(*time), *extra)
    })
}

/// Prices in another currency.
pub(super) fn q1(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let rows = bids(circuit, feed)
        .map(|Tup5(auction, bidder, price, time, extra)| Tup5(*auction, *bidder, 908 * price, *time, *extra));
    sink(&rows, |Tup5(auction, bidder, price, time, extra)| {
        (*auction, *bidder, Thousandths(*price), Time(*time), *extra)
    })
}

/// Bids for some auctions.
pub(super) fn q2(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let bids = feed.bid_rows(circuit, |bid| Tup2(bid.auction(), bid.price()));
    sink(&bids.filter(|Tup2(auction, _)| auction % 123 == 0), |Tup2(auction, price)| (*auction, *price))
}

/// The time of day of bids with a price between two.
pub(super) fn q14(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let rows = bids(circuit, feed).flat_map(|Tup5(auction, bidder, price, time, extra)| {
        let euros = 908 * price;
        let is_wanted = euros > 1_000_000_000 && euros < 50_000_000_000;
        is_wanted.then(|| {
            let letters = extra.text().bytes().filter(|letter| *letter == b'c').count() as u64;
            let of_day = Text::of(peer::time_of_day(*time));
            Tup7(*auction, *bidder, euros, of_day, *time, *extra, letters)
        })
    });
    sink(&rows, |Tup7(auction, bidder, price, of_day, time, extra, letters)| {
        (*auction, *bidder, Thousandths(*price), *of_day, Time(*time), *extra, *letters)
    })
}

/// Auction, bidder, price, channel and address.
fn channel(bid: &Bid<'_>) -> Tup5<u64, u64, i64, Text, Text> {
    let (channel, url) = bid.channel_and_url();
    Tup5(bid.auction(), bid.bidder(), bid.price(), Text::of(channel), Text::of(url))
}

/// The number of a channel.
pub(super) fn q21(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let rows = feed.bid_rows(circuit, channel).flat_map(|Tup5(auction, bidder, price, channel, url)| {
        let number = peer::channel_number(channel.text(), url.text());
        number.map(|number| Tup5(*auction, *bidder, *price, *channel, Text::of(number)))
    });
    sink(&rows, |Tup5(auction, bidder, price, channel, number)| {
        (*auction, *bidder, *price, *channel, *number)
    })
}

/// Three directories of an address.
pub(super) fn q22(circuit: &RootCircuit, feed: &Feed) -> Box<dyn Sink> {
    let rows = feed.bid_rows(circuit, channel).map(|Tup5(auction, bidder, price, channel, url)| {
        let [one, two, three] = peer::directories(url.text()).map(Text::of);
        Tup7(*auction, *bidder, *price, *channel, one, two, three)
    });
    sink(&rows, |Tup7(auction, bidder, price, channel, one, two, three)| {
        (*auction, *bidder, *price, *channel, *one, *two, *three)
    })
}
