//! The random bits of an event: a function of its number and of which draw it is.
//!
//! SplitMix64, entered at any place. There is no state, so a draw that nobody needs costs nothing and shifts nothing, and
//! any two subtasks agree.

const SEED: u64 = 0x4E45_584D_4152_4B31;
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Draws that a number has.
const DRAWS: u64 = 16;

/// What the draws are for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    Events,
    Letters,
    Names,
    Channels,
}

/// Draw `which` of event `number`: 64 bits.
#[inline]
pub(super) fn draw(number: u64, which: u64) -> u64 {
    draw_of(Stream::Events, number, which)
}

/// Draw `which` of the number of something else.
#[inline]
pub(super) fn draw_of(stream: Stream, number: u64, which: u64) -> u64 {
    debug_assert!(which < DRAWS);
    let place = number.wrapping_mul(DRAWS).wrapping_add(which);
    mix(SEED.wrapping_add(stream as u64).wrapping_add(place.wrapping_mul(GOLDEN)))
}

/// A number below `end`, by these bits.
#[inline]
pub(super) fn below(bits: u64, end: u32) -> u32 {
    let product = u128::from(bits) * u128::from(end);
    u32::try_from(product >> 64).expect("below a number of 32 bits")
}

/// The same as a number of a column.
#[inline]
pub(super) fn number_below(bits: u64, end: u64) -> i64 {
    let product = u128::from(bits) * u128::from(end);
    ((product >> 64) as u64).cast_signed()
}

#[inline]
fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_draws_are_those_of_the_corpus() {
        assert_eq!(draw(0, 0), 0x0E51_4260_B8B1_1D22);
        assert_eq!(draw(1, 2), 0x1679_C50B_DB7E_FA97);
        assert_eq!(draw_of(Stream::Channels, 1, 6), 0x4C19_8F25_9973_058E);
        assert_eq!(below(draw(0, 0), 11), 0);
    }

    #[test]
    fn a_number_is_below_its_end() {
        for end in [1, 2, 26, u32::MAX] {
            assert_eq!((below(0, end), below(u64::MAX, end)), (0, end - 1));
            assert_eq!(number_below(u64::MAX, end.into()), i64::from(end) - 1);
        }
    }
}
