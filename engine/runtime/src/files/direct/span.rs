//! Which part of a range is whole blocks.

use std::ops::Range;

use crate::bound::DIRECT_ALIGN_BYTES;

/// What direct requests are aligned to: a page at least, so that bytes in the page cache and bytes beside it never
/// share one.
pub(super) fn block_bytes() -> usize {
    rustix::param::page_size().max(DIRECT_ALIGN_BYTES)
}

/// The places within `length` bytes at `offset` where whole blocks begin and end; nothing when it covers none.
pub(super) fn whole_blocks(offset: u64, length: usize) -> Option<Range<usize>> {
    let within = within_block(offset);
    let begin = if within == 0 { 0 } else { block_bytes() - within };
    let end = length.checked_sub(begin)? / block_bytes() * block_bytes() + begin;
    (begin < end).then_some(begin..end)
}

/// How far behind the beginning of its block a place is.
pub(super) fn within_block(offset: u64) -> usize {
    let within = offset % block_bytes() as u64;
    usize::try_from(within).expect("less than a block")
}

/// Whole blocks for that many bytes.
pub(super) fn round_up(length: usize) -> usize {
    length.next_multiple_of(block_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_wherever_they_lie() {
        let block = block_bytes();
        let at = |offset: usize, length| whole_blocks(offset as u64, length);
        assert_eq!(at(0, 0), None);
        assert_eq!(at(0, block - 1), None);
        assert_eq!(at(0, block), Some(0..block));
        assert_eq!(at(0, block + 1), Some(0..block));
        assert_eq!(at(1, block), None);
        assert_eq!(at(1, 2 * block - 2), None);
        assert_eq!(at(1, 2 * block - 1), Some(block - 1..2 * block - 1));
        assert_eq!(at(block - 1, 3 * block), Some(1..2 * block + 1));
        assert_eq!(at(5 * block, 2 * block + 7), Some(0..2 * block));
    }
}
