//! What queries say of texts. Their answers are parts of the same tables, so that nothing is written for a row.

use super::tables::TABLES;

/// All texts there are, of which each one is a part.
pub fn all_texts() -> &'static str {
    TABLES.text
}

/// What q14 calls this time of day.
pub fn time_of_day(time: u64) -> &'static str {
    let place = match time / 3_600_000 % 24 {
        8..=18 => 4,
        ..=6 | 20.. => 5,
        _ => 6,
    };
    TABLES.words[place]
}

/// The number of a channel in q21: those of four known ones, without a look at the size of letters; of the others what stands in
/// the address.
pub fn channel_number(channel: &str, url: &'static str) -> Option<&'static str> {
    let known = ["apple", "google", "facebook", "baidu"];
    if let Some(place) = known.iter().position(|name| channel.eq_ignore_ascii_case(name)) {
        return Some(TABLES.words[place]);
    }
    let (_, behind) = url.split_once("&channel_id=")?;
    behind.split('&').next()
}

/// Three directories of an address, as in q22.
pub fn directories(url: &'static str) -> [&'static str; 3] {
    let mut parts = url.split('/').skip(3);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
