//! Where bids come from: ten thousand channels and four well-known ones, each with its address.
//!
//! Keeps the names and the addresses of all as columns: less than a mebibyte.

use std::sync::LazyLock;

use arrow_array::StringViewArray;
use arrow_array::builder::StringViewBuilder;

use super::draws::{Stream, below, draw_of};
use super::pools;

/// Channels that have no name but their number.
pub(super) const NUMBERED: u32 = 10_000;
/// The others, which have half of the bids.
const KNOWN: [&str; 4] = ["Google", "Facebook", "Baidu", "Apple"];
/// How many those are.
pub(super) const KNOWN_ONES: u32 = 4;

/// Bytes of a block of addresses: all of them are in one.
const BLOCK_BYTES: u32 = 1 << 20;

const _: () = assert!(KNOWN.len() == KNOWN_ONES as usize);

static NAMES: LazyLock<StringViewArray> = LazyLock::new(|| {
    let numbered = (0..NUMBERED).map(|number| format!("channel-{number}"));
    StringViewArray::from_iter_values(numbered.chain(KNOWN.map(String::from)))
});

static ADDRESSES: LazyLock<StringViewArray> = LazyLock::new(|| {
    let mut addresses = StringViewBuilder::new().with_fixed_block_size(BLOCK_BYTES);
    (0..NUMBERED + KNOWN_ONES).for_each(|number| addresses.append_value(address(number)));
    addresses.finish()
});

/// Their names.
pub(super) fn names() -> &'static StringViewArray {
    &NAMES
}

/// Their addresses.
pub(super) fn addresses() -> &'static StringViewArray {
    &ADDRESSES
}

fn address(number: u32) -> String {
    let bits = |which: u64| draw_of(Stream::Channels, number.into(), which);
    let directory = |which: u64| {
        let letters = pools::names().text(3 + below(bits(2 * which), 2), bits(2 * which + 1));
        String::from_utf8_lossy(letters)
    };
    let directories = [directory(0), directory(1), directory(2)].join("/");
    let address = format!("https://www.nexmark.com/{directories}/item.htm?query=1");
    if number < NUMBERED && below(bits(6), 10) > 0 {
        let identity = number.reverse_bits().cast_signed().unsigned_abs();
        format!("{address}&channel_id={identity}")
    } else {
        address
    }
}
