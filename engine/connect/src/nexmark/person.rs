//! Somebody registers: how the columns of a person follow from the number of the event.

use memory::{Letters, Part};

use super::draws::{below, draw};
use super::events::Events;
use super::kind::NexmarkKind::Person;
use super::pools;
use super::values::{Rule, Shape, Values};
use super::words::{self, CITIES, FIRST_NAMES, LAST_NAMES, STATES};

/// The number of the first person, and of the first auction.
pub(super) const FIRST_NUMBER: u64 = 1000;

pub(super) static RULES: [Rule; 8] = [
    Rule::new("id", Shape::Number, id),
    Rule::new("name", Shape::Text, name),
    Rule::new("emailAddress", Shape::Text, email_address),
    Rule::new("creditCard", Shape::Text, credit_card),
    Rule::new("city", Shape::Text, city),
    Rule::new("state", Shape::Text, state),
    Rule::new("dateTime", Shape::Time, |events| Values::Times(events.times())),
    Rule::new("extra", Shape::Text, extra),
];

/// About the bytes of a person, of which two numbers have eight.
const BYTES: u32 = 200 - 8;

/// Bytes of an address of mail, but for those before and behind the `@`.
const EMAIL_BYTES: u32 = 5;

/// Bytes of four groups of four digits.
const CARD_BYTES: u32 = 19;

/// Bytes of a state.
const STATE_BYTES: u32 = 2;

/// The last hundred of persons has one who is more active than the others.
pub(super) fn hot(epoch: u64) -> u64 {
    epoch / 100 * 100
}

/// One of the last thousand persons of this epoch, or of ten to come: the first of them, and how many they are.
pub(super) fn active(epoch: u64) -> (u64, u64) {
    let active = (epoch + 1).min(1000);
    (epoch + 1 - active, active + 10)
}

fn id(events: &Events<'_>) -> Values {
    Values::Numbers(events.each(Person, |epoch| move |_| (FIRST_NUMBER + epoch).cast_signed()))
}

fn name_place(number: u64) -> u32 {
    below(draw(number, 0), FIRST_NAMES) * LAST_NAMES + below(draw(number, 1), LAST_NAMES)
}

fn name(events: &Events<'_>) -> Values {
    Values::Words(events.each(Person, |_| name_place), words::whole_names())
}

fn user_length(number: u64) -> u32 {
    3 + below(draw(number, 2), 4)
}

fn domain_length(number: u64) -> u32 {
    3 + below(draw(number, 4), 2)
}

fn email_address(events: &Events<'_>) -> Values {
    let pool = pools::names();
    written(events, |number, text| {
        pools::write(pool, user_length(number), draw(number, 3), text);
        text.push(b'@');
        pools::write(pool, domain_length(number), draw(number, 5), text);
        text.extend_from_slice(b".com");
    })
}

fn credit_card(events: &Events<'_>) -> Values {
    written(events, |number, text| {
        let bits = draw(number, 6);
        for (group, shift) in [48, 32, 16, 0].into_iter().enumerate() {
            if group > 0 {
                text.push(b' ');
            }
            let digits = (((bits >> shift) & 0xFFFF) * 10_000) >> 16;
            text.extend([1000, 100, 10, 1].map(|unit| b'0' + (digits / unit % 10) as u8));
        }
    })
}

fn city_place(number: u64) -> u32 {
    below(draw(number, 7), CITIES)
}

fn city(events: &Events<'_>) -> Values {
    Values::Words(events.each(Person, |_| city_place), words::cities())
}

fn state(events: &Events<'_>) -> Values {
    Values::Words(events.each(Person, |_| |number| below(draw(number, 8), STATES)), words::states())
}

fn extra(events: &Events<'_>) -> Values {
    let (names, cities) = (words::whole_names(), words::cities());
    let part = |number| {
        let words = words::length(names, name_place(number)) + words::length(cities, city_place(number));
        let email = user_length(number) + domain_length(number) + EMAIL_BYTES;
        let missing = BYTES - words - email - CARD_BYTES - STATE_BYTES;
        pools::part(padded(missing, draw(number, 9)), draw(number, 10))
    };
    Values::Texts(events.texts(Person, pools::plain(), part))
}

/// The length of a text that fills a row up to about `missing` bytes more: a fifth more or less.
pub(super) fn padded(missing: u32, bits: u64) -> u32 {
    let spread = (missing + 2) / 5;
    missing - spread + below(bits, 2 * spread)
}

/// Texts that are put together: `write` appends that of an event.
fn written(events: &Events<'_>, write: impl Fn(u64, &mut Vec<u8>)) -> Values {
    let mut letters = Vec::new();
    let append = |(row, number)| {
        let start = letters.len();
        write(number, &mut letters);
        let [start, end] = [start, letters.len()].map(|at| u32::try_from(at).expect("some short texts"));
        (row, Part { start, length: end - start })
    };
    let parts: Vec<(usize, Part)> = events.of(Person).map(append).collect();
    let mut texts = Letters::new(letters).texts(events.rows());
    parts.into_iter().for_each(|(row, part)| texts.put(row, part));
    Values::Texts(texts)
}
