//! A mistake on purpose: reads a segment after its return. `scripts/asan` runs it and fails unless
//! AddressSanitizer ends it with a report; so we know that the sanitizer sees into our slabs.

#![expect(unsafe_code, reason = "the mistake cannot be made without it")]

fn main() {
    let pool = memory::Pool::open(2 << 20, 32 << 10).expect("2 MiB of memory");
    let segment = pool.take().expect("a fresh pool has room");
    let kept = segment.bytes().as_ptr();
    drop(segment);
    // SAFETY: none. The segment is back in its pool.
    let byte = unsafe { kept.read_volatile() };
    std::process::exit(i32::from(byte));
}
