//! Somebody offers a price: how the columns of a bid follow from the number of the event.
//!
//! Nearly all events are bids, so this is where the time of a source goes. Half of the bids are for the same auction, and
//! three of four come from the same bidder, until a hundred others have come.

use super::auction::AUCTIONS;
use super::channels::{self, KNOWN_ONES, NUMBERED};
use super::draws::{below, draw, number_below};
use super::events::Events;
use super::kind::NexmarkKind::Bid;
use super::person::{self, FIRST_NUMBER};
use super::pools;
use super::prices::prices;
use super::values::{Rule, Shape, Values};

pub(super) static RULES: [Rule; 7] = [
    Rule::new("auction", Shape::Number, auction),
    Rule::new("bidder", Shape::Number, bidder),
    Rule::new("price", Shape::Number, price),
    Rule::new("channel", Shape::Text, channel),
    Rule::new("url", Shape::Text, url),
    Rule::new("dateTime", Shape::Time, |events| Values::Times(events.times())),
    Rule::new("extra", Shape::Text, extra),
];

fn auction(events: &Events<'_>) -> Values {
    let of_epoch = |epoch: u64| {
        let last = AUCTIONS * epoch + AUCTIONS - 1;
        let first = last.saturating_sub(100);
        let hot = (FIRST_NUMBER + last / 100 * 100).cast_signed();
        let (least, count) = ((FIRST_NUMBER + first).cast_signed(), last - first + 11);
        move |number| {
            let other = least + number_below(draw(number, 1), count);
            if below(draw(number, 0), 2) > 0 { hot } else { other }
        }
    };
    Values::Numbers(events.each(Bid, of_epoch))
}

fn bidder(events: &Events<'_>) -> Values {
    let first_bidder = events.corpus.first_bidder;
    let of_epoch = |epoch: u64| {
        let hot = first_bidder + (person::hot(epoch) + 1).cast_signed();
        let (first, count) = person::active(epoch);
        let first = first_bidder + first.cast_signed();
        move |number| {
            let active = first + number_below(draw(number, 3), count);
            if below(draw(number, 2), 4) > 0 { hot } else { active }
        }
    };
    Values::Numbers(events.each(Bid, of_epoch))
}

fn price(events: &Events<'_>) -> Values {
    let prices = prices();
    Values::Numbers(events.each(Bid, |_| |number| prices.of(draw(number, 4))))
}

fn channel_place(number: u64) -> u32 {
    let bits = draw(number, 6);
    let is_known = below(draw(number, 5), 2) > 0;
    let (known, numbered) = (NUMBERED + below(bits, KNOWN_ONES), below(bits, NUMBERED));
    if is_known { known } else { numbered }
}

fn channel(events: &Events<'_>) -> Values {
    Values::Words(events.each(Bid, |_| channel_place), channels::names())
}

fn url(events: &Events<'_>) -> Values {
    Values::Words(events.each(Bid, |_| channel_place), channels::addresses())
}

fn extra(events: &Events<'_>) -> Values {
    let part = |number| pools::part(54 + below(draw(number, 7), 28), draw(number, 8));
    Values::Texts(events.texts(Bid, pools::plain(), part))
}
