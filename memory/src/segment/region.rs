//! The address range that a pool cuts its segments from: the only place that maps memory.
//!
//! The whole capacity is reserved at once, as addresses, without memory behind them. Slabs of 2 MiB get
//! their memory one after the other, when the home core first needs them, so that on a machine with several
//! memory nodes each slab lies on the node of the core that uses it. Addresses that are never touched cost
//! nothing; a single range makes "which segment is this" an addition.

use std::ptr::NonNull;

use memmap2::{Advice, MmapMut, MmapOptions};

use crate::bound::SLAB_BYTES;
use crate::error::Error;

/// Reserved addresses, a whole number of slabs, aligned to a slab.
#[derive(Debug)]
pub(crate) struct Region {
    map: MmapMut,
    /// Where the first aligned slab begins inside the mapping.
    skipped: usize,
    slabs: u32,
    populated: u32,
}

impl Region {
    /// Reserves addresses for `slabs` slabs.
    pub(crate) fn reserve(slabs: u32) -> Result<Self, Error> {
        let bytes = slabs as usize * SLAB_BYTES;
        // One slab more than asked for, since the kernel aligns to pages and we to slabs.
        let map = MmapOptions::new()
            .len(bytes + SLAB_BYTES)
            .no_reserve_swap()
            .map_anon()
            .map_err(|cause| Error::MapRefused { bytes, cause })?;
        let skipped = map.as_ptr().align_offset(SLAB_BYTES);
        if let Err(cause) = map.advise_range(Advice::HugePage, skipped, bytes) {
            // Slower, not wrong: a kernel without transparent huge pages backs slabs with small ones.
            tracing::debug!(%cause, "no huge pages for segments");
        }
        Ok(Self { map, skipped, slabs, populated: 0 })
    }

    /// The first byte of the first slab.
    pub(crate) fn base(&mut self) -> NonNull<u8> {
        NonNull::from(&mut self.map[self.skipped..]).cast()
    }

    /// Whether another slab can be populated.
    pub(crate) fn can_grow(&self) -> bool {
        self.populated < self.slabs
    }

    /// Puts memory behind the next slab, from this thread, and returns its number.
    ///
    /// Costs a page fault for each huge page (about 100 µs for 2 MiB of zeroes): a pool that must never pay
    /// it while running is warmed up first.
    pub(crate) fn populate(&mut self) -> u32 {
        assert!(self.can_grow());
        let slab = self.populated;
        let start = self.skipped + slab as usize * SLAB_BYTES;
        // Kernels before 5.14 do not know the call, and others may refuse it: then the pages come one by one, as
        // they are first written. Nothing is logged here, since a logger is foreign code that could come back.
        let _slower = self.map.advise_range(Advice::PopulateWrite, start, SLAB_BYTES);
        self.populated += 1;
        slab
    }
}
