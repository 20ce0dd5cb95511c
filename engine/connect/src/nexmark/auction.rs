//! Somebody offers something: how the columns of an auction follow from the number of the event.

use super::draws::{below, draw, number_below};
use super::events::Events;
use super::kind::EPOCH;
use super::kind::NexmarkKind::Auction;
use super::person::{self, FIRST_NUMBER, padded};
use super::pools;
use super::prices::prices;
use super::values::{Rule, Shape, Values};

pub(super) static RULES: [Rule; 10] = [
    Rule::new("id", Shape::Number, id),
    Rule::new("itemName", Shape::Text, item_name),
    Rule::new("description", Shape::Text, description),
    Rule::new("initialBid", Shape::Number, initial_bid),
    Rule::new("reserve", Shape::Number, reserve),
    Rule::new("dateTime", Shape::Time, |events| Values::Times(events.times())),
    Rule::new("expires", Shape::Time, expires),
    Rule::new("seller", Shape::Number, seller),
    Rule::new("category", Shape::Number, category),
    Rule::new("extra", Shape::Text, extra),
];

/// About the bytes of an auction, of which six numbers have eight each.
const BYTES: u32 = 500 - 48;

/// Auctions of an epoch.
pub(super) const AUCTIONS: u64 = 3;

/// Events within which about a hundred auctions are opened: for half of that an auction is open, in the mean twice.
const OPEN_EVENTS: u64 = 1666;

fn id(events: &Events<'_>) -> Values {
    let of_epoch = |epoch: u64| {
        let before = FIRST_NUMBER + AUCTIONS * epoch;
        let begin = epoch * EPOCH + 1;
        move |number: u64| (before + (number - begin)).cast_signed()
    };
    Values::Numbers(events.each(Auction, of_epoch))
}

fn name_length(number: u64) -> u32 {
    3 + below(draw(number, 0), 17)
}

fn description_length(number: u64) -> u32 {
    3 + below(draw(number, 2), 97)
}

fn item_name(events: &Events<'_>) -> Values {
    let part = |number| pools::part(name_length(number), draw(number, 1));
    Values::Texts(events.texts(Auction, pools::names(), part))
}

fn description(events: &Events<'_>) -> Values {
    let part = |number| pools::part(description_length(number), draw(number, 3));
    Values::Texts(events.texts(Auction, pools::names(), part))
}

fn initial_bid(events: &Events<'_>) -> Values {
    let prices = prices();
    Values::Numbers(events.each(Auction, |_| |number| prices.of(draw(number, 4))))
}

fn reserve(events: &Events<'_>) -> Values {
    let prices = prices();
    let price = |number| prices.of(draw(number, 4)) + prices.of(draw(number, 5));
    Values::Numbers(events.each(Auction, |_| price))
}

fn expires(events: &Events<'_>) -> Values {
    let clock = events.corpus.clock;
    let time = |number| {
        let begin = clock.at(number);
        let most = 2 * (clock.at(number + OPEN_EVENTS) - begin).cast_unsigned();
        begin + 1 + number_below(draw(number, 9), most.max(1))
    };
    Values::Times(events.each(Auction, |_| time).into())
}

fn seller(events: &Events<'_>) -> Values {
    let of_epoch = |epoch: u64| {
        let hot = (FIRST_NUMBER + person::hot(epoch)).cast_signed();
        let (first, count) = person::active(epoch);
        let first = (FIRST_NUMBER + first).cast_signed();
        move |number| {
            let active = first + number_below(draw(number, 7), count);
            if below(draw(number, 6), 4) > 0 { hot } else { active }
        }
    };
    Values::Numbers(events.each(Auction, of_epoch))
}

fn category(events: &Events<'_>) -> Values {
    Values::Numbers(events.each(Auction, |_| |number| 10 + number_below(draw(number, 8), 5)))
}

fn extra(events: &Events<'_>) -> Values {
    let part = |number| {
        let missing = BYTES - name_length(number) - description_length(number);
        pools::part(padded(missing, draw(number, 10)), draw(number, 11))
    };
    Values::Texts(events.texts(Auction, pools::plain(), part))
}
