//! What values are drawn from: letters, prices, channels and words. All texts are parts of one long one, so that a peer may tell a text
//! by its place. Made when the first of them is wanted, and there until the end.

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
const CITIES: [&str; 10] = [
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
const STATES: [&str; 6] = ["AZ", "CA", "ID", "OR", "WA", "WY"];
const KNOWN: [&str; 4] = ["Google", "Facebook", "Baidu", "Apple"];
/// What queries say that is in no event.
const WORDS: [&str; 7] = ["0", "1", "2", "3", "dayTime", "nightTime", "otherTime"];

/// All of them.
pub(super) struct Tables {
    pub(super) text: &'static str,
    pub(super) plain: Pool,
    pub(super) names: Pool,
    /// Each channel's name and address.
    pub(super) channels: Vec<(&'static str, &'static str)>,
    /// All last names behind the first first name, then those behind the next one.
    whole_names: Vec<&'static str>,
    pub(super) cities: Vec<&'static str>,
    pub(super) states: Vec<&'static str>,
    pub(super) words: Vec<&'static str>,
}

/// Letters, of which a text is a part.
#[derive(Clone, Copy)]
pub(super) struct Pool(&'static str);

pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);

pub(super) static PRICE: LazyLock<Box<[u32]>> = LazyLock::new(|| {
    let exponent = |place: u32| 6.0 * (f64::from(place) + 0.5) / f64::from(PRICES);
    (0..PRICES).map(|place| (100.0 * 10_f64.powf(exponent(place))).round() as u32).collect()
});

impl Tables {
    fn new() -> Self {
        let mut text: String = (0..LETTERS).map(|place| letter(draw_of(1, place, 0))).collect();
        text.extend((0..LETTERS).map(|place| match below(draw_of(2, place, 0), 13) {
            0 => '_',
            _ => letter(draw_of(2, place, 1)),
        }));
        let names = text[LETTERS as usize..].to_owned();
        let mut lengths = Vec::new();
        let mut add = |word: &str| {
            lengths.push(word.len());
            text.push_str(word);
        };
        let channels = NUMBERED as usize + KNOWN.len();
        for number in 0..channels as u64 {
            let known = number.checked_sub(NUMBERED).map(|place| KNOWN[place as usize].to_owned());
            add(&known.unwrap_or_else(|| format!("channel-{number}")));
            add(&address(&names, number));
        }
        FIRST.iter().for_each(|first| LAST.iter().for_each(|last| add(&format!("{first} {last}"))));
        CITIES.iter().chain(&STATES).chain(&WORDS).for_each(|word| add(word));
        let text: &'static str = Box::leak(text.into_boxed_str());
        let (pools, mut rest) = text.split_at(2 * LETTERS as usize);
        let (plain, names) = pools.split_at(LETTERS as usize);
        let mut words = lengths.into_iter().map(|length| {
            let (word, behind) = rest.split_at(length);
            rest = behind;
            word
        });
        let mut next = || words.next().expect("as many as were added");
        Self {
            text,
            plain: Pool(plain),
            names: Pool(names),
            channels: (0..channels).map(|_| (next(), next())).collect(),
            whole_names: (0..FIRST.len() * LAST.len()).map(|_| next()).collect(),
            cities: CITIES.map(|_| next()).into(),
            states: STATES.map(|_| next()).into(),
            words: WORDS.map(|_| next()).into(),
        }
    }

    /// The whole name with this draw of a first and this draw of a last name.
    pub(super) fn name(&self, first: u64, last: u64) -> &'static str {
        let (first, last) = (below(first, FIRST.len() as u64), below(last, LAST.len() as u64));
        self.whole_names[(first * LAST.len() as u64 + last) as usize]
    }
}

impl Pool {
    /// A text of this length, from anywhere.
    #[inline]
    pub(super) fn part(self, length: u64, bits: u64) -> &'static str {
        part_of(self.0, length, bits)
    }
}

/// The price that these bits draw.
#[inline]
pub(super) fn price(prices: &[u32], bits: u64) -> i64 {
    prices[(bits >> 48) as usize].into()
}

#[inline]
fn part_of(letters: &str, length: u64, bits: u64) -> &str {
    let start = below(bits, LETTERS - length) as usize;
    &letters[start..start + length as usize]
}

fn letter(bits: u64) -> char {
    char::from(b'a' + below(bits, 26) as u8)
}

fn address(names: &str, number: u64) -> String {
    let bits = |which: u64| draw_of(3, number, which);
    let part = |which: u64| part_of(names, 3 + below(bits(2 * which), 2), bits(2 * which + 1));
    let mut address = format!("https://www.nexmark.com/{}/{}/{}/item.htm?query=1", part(0), part(1), part(2));
    if number < NUMBERED && below(bits(6), 10) > 0 {
        let identity = (number as u32).reverse_bits().cast_signed().unsigned_abs();
        address.push_str(&format!("&channel_id={identity}"));
    }
    address
}
