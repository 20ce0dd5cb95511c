//! Where bids come from: ten thousand channels and four well-known ones, each with its address.
//!
//! Keeps the names and the addresses of all: less than a mebibyte.

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

/// Bytes of all addresses, at most: they lie in one block.
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
    let mut address = b"https://www.nexmark.com/".to_vec();
    for directory in 0..3 {
        let length = 3 + below(bits(2 * directory), 2);
        pools::write(pools::names(), length, bits(2 * directory + 1), &mut address);
        address.push(b'/');
    }
    address.extend_from_slice(b"item.htm?query=1");
    if number < NUMBERED && below(bits(6), 10) > 0 {
        let identity = number.reverse_bits().cast_signed().unsigned_abs();
        address.extend_from_slice(format!("&channel_id={identity}").as_bytes());
    }
    String::from_utf8(address).expect("letters")
}
