//! Tells AddressSanitizer which segments are free.
//!
//! Slabs come from the kernel, not from the allocator, so the sanitizer would not notice a read of a segment
//! after its return. With the feature `asan` (set by `scripts/asan`) free segments are poisoned and such a
//! read ends the process with a report. Without it these functions are empty.

#[cfg(not(feature = "asan"))]
pub(super) use absent::{clear, set};
#[cfg(feature = "asan")]
pub(super) use present::{clear, set};

#[cfg(not(feature = "asan"))]
mod absent {
    use std::ptr::NonNull;

    #[inline(always)]
    pub(in crate::segment) fn set(_start: NonNull<u8>, _bytes: usize) {}

    #[inline(always)]
    pub(in crate::segment) fn clear(_start: NonNull<u8>, _bytes: usize) {}
}

#[cfg(feature = "asan")]
#[expect(unsafe_code, reason = "the sanitizer's interface is C")]
mod present {
    use std::ffi::c_void;
    use std::ptr::NonNull;

    unsafe extern "C" {
        fn __asan_poison_memory_region(start: *const c_void, bytes: usize);
        fn __asan_unpoison_memory_region(start: *const c_void, bytes: usize);
    }

    /// From now on a touch of these bytes is an error.
    pub(in crate::segment) fn set(start: NonNull<u8>, bytes: usize) {
        // SAFETY: the call only marks addresses; the range lies inside a mapping of ours.
        unsafe { __asan_poison_memory_region(start.as_ptr().cast(), bytes) }
    }

    /// From now on these bytes may be used.
    pub(in crate::segment) fn clear(start: NonNull<u8>, bytes: usize) {
        // SAFETY: as above.
        unsafe { __asan_unpoison_memory_region(start.as_ptr().cast(), bytes) }
    }
}
