//! The random bits of an event: SplitMix64, entered at any place.

const SEED: u64 = 0x4E45_584D_4152_4B31;
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Draw `which` of event `number`.
#[inline]
pub(super) fn draw(number: u64, which: u64) -> u64 {
    draw_of(0, number, which)
}

/// Draw `which` of a number of another stream: 1 letters, 2 names, 3 channels.
#[inline]
pub(super) fn draw_of(stream: u64, number: u64, which: u64) -> u64 {
    let place = number.wrapping_mul(16).wrapping_add(which);
    let bits = SEED.wrapping_add(stream).wrapping_add(place.wrapping_mul(GOLDEN));
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// A number below `end`.
#[inline]
pub(super) fn below(bits: u64, end: u64) -> u64 {
    ((u128::from(bits) * u128::from(end)) >> 64) as u64
}
