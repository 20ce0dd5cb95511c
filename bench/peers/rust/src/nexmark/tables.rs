//! What values are drawn from: letters, prices, channels and words. Made when they are first wanted, and there until the end.

use std::sync::LazyLock;

use super::draws::{below, draw_of};

const LETTERS: u64 = 1 << 20;
const PRICES: u32 = 1 << 16;
/// Channels that have no name but their number; four known ones follow.
pub(super) const NUMBERED: u64 = 10_000;

const FIRST: [&str; 11] =
    ["Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"];
const LAST: [&str; 9] =
    ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"];
pub(super) const CITIES: [&str; 10] = [
    "Phoenix",
    "Los Angeles",
    "San Francisco",
    "Boise",
    "Portland",
    "Bend",
    "Redmond",
    "Seattle",
    "Kent",
    "Cheyenne",
];
pub(super) const STATES: [&str; 6] = ["AZ", "CA", "ID", "OR", "WA", "WY"];
const KNOWN: [&str; 4] = ["Google", "Facebook", "Baidu", "Apple"];

/// Letters, of which a text is a part.
pub(super) struct Pool(&'static str);

pub(super) static PLAIN: LazyLock<Pool> = LazyLock::new(|| Pool::of(|place| letter(draw_of(1, place, 0))));
pub(super) static NAMES: LazyLock<Pool> = LazyLock::new(|| {
    Pool::of(|place| if below(draw_of(2, place, 0), 13) == 0 { '_' } else { letter(draw_of(2, place, 1)) })
});
pub(super) static PRICE: LazyLock<Box<[u32]>> = LazyLock::new(|| {
    let exponent = |place: u32| 6.0 * (f64::from(place) + 0.5) / f64::from(PRICES);
    (0..PRICES).map(|place| (100.0 * 10_f64.powf(exponent(place))).round() as u32).collect()
});
/// Each channel's name and address.
pub(super) static CHANNELS: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    let numbered = (0..NUMBERED).map(|number| lasting(format!("channel-{number}")));
    numbered.chain(KNOWN).zip(0..).map(|(name, number)| (name, lasting(address(number)))).collect()
});
/// All last names behind the first first name, then those behind the next one.
pub(super) static WHOLE_NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let names = FIRST.iter().flat_map(|first| LAST.iter().map(move |last| format!("{first} {last}")));
    names.map(lasting).collect()
});

impl Pool {
    fn of(letter: impl Fn(u64) -> char) -> Self {
        Self(lasting((0..LETTERS).map(letter).collect()))
    }

    /// A text of this length, from anywhere.
    #[inline]
    pub(super) fn part(&self, length: u64, bits: u64) -> &'static str {
        let start = below(bits, LETTERS - length) as usize;
        &self.0[start..start + length as usize]
    }
}

/// The price that these bits draw.
#[inline]
pub(super) fn price(prices: &[u32], bits: u64) -> i64 {
    prices[(bits >> 48) as usize].into()
}

/// The whole name with this draw of a first and this draw of a last name.
pub(super) fn name(first: u64, last: u64) -> &'static str {
    let (first, last) = (below(first, FIRST.len() as u64), below(last, LAST.len() as u64));
    WHOLE_NAMES[(first * LAST.len() as u64 + last) as usize]
}

fn letter(bits: u64) -> char {
    char::from(b'a' + below(bits, 26) as u8)
}

fn lasting(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn address(number: u64) -> String {
    let bits = |which: u64| draw_of(3, number, which);
    let part = |which: u64| NAMES.part(3 + below(bits(2 * which), 2), bits(2 * which + 1));
    let mut address = format!("https://www.nexmark.com/{}/{}/{}/item.htm?query=1", part(0), part(1), part(2));
    if number < NUMBERED && below(bits(6), 10) > 0 {
        let identity = (number as u32).reverse_bits().cast_signed().unsigned_abs();
        address.push_str(&format!("&channel_id={identity}"));
    }
    address
}
