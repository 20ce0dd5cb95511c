//! Promises of pools and segments, with real threads where a thread matters.

use std::thread;

use super::*;
use crate::bound::SLAB_BYTES;

const SEGMENT: usize = 32 << 10;

fn pool(slabs: usize) -> Pool {
    Pool::open(slabs * SLAB_BYTES, SEGMENT).unwrap()
}

#[test]
fn segments_are_distinct_aligned_and_all_of_the_capacity() {
    let pool = pool(2);
    let mut segments: Vec<Segment> = std::iter::from_fn(|| pool.take()).collect();
    assert_eq!(segments.len(), 2 * SLAB_BYTES / SEGMENT);
    for (number, segment) in segments.iter_mut().enumerate() {
        assert_eq!(segment.bytes().as_ptr() as usize % 4096, 0);
        segment.bytes_mut().fill(number as u8);
    }
    for (number, segment) in segments.iter().enumerate() {
        assert!(segment.bytes().iter().all(|byte| *byte == number as u8));
    }
    assert_eq!(pool.bytes_out(), pool.capacity() as u64);
    drop(segments);
    assert_eq!(pool.bytes_out(), 0);
}

#[test]
fn an_empty_pool_refuses_without_failing() {
    let pool = pool(1);
    let all = pool.take_run(64).unwrap();
    assert!(pool.take().is_none());
    drop(all);
    assert!(pool.take().is_some());
}

#[test]
fn a_run_is_contiguous_and_rounded_up() {
    let pool = pool(1);
    assert_eq!(pool.take_run(3).unwrap().len(), 4 * SEGMENT);
    assert_eq!(pool.take_bytes(SLAB_BYTES).unwrap().len(), SLAB_BYTES);
    assert!(pool.take_bytes(SLAB_BYTES + 1).is_none());
}

#[test]
fn a_segment_dropped_elsewhere_comes_home_when_collected() {
    let pool = pool(1);
    let segment = pool.take().unwrap();
    thread::scope(|scope| scope.spawn(|| drop(segment)).join()).unwrap();
    assert_eq!(pool.bytes_out(), SEGMENT as u64);
    pool.collect();
    assert_eq!(pool.bytes_out(), 0);
}

#[test]
fn taking_collects_by_itself_before_it_refuses() {
    let pool = pool(1);
    let all = pool.take_run(64).unwrap();
    thread::scope(|scope| scope.spawn(|| drop(all)).join()).unwrap();
    assert!(pool.take().is_some());
}

#[test]
fn buffers_outlive_the_pool_and_the_thread() {
    let buffer = thread::scope(|scope| {
        let fill = || {
            let pool = pool(1);
            let mut segment = pool.take().unwrap();
            segment.bytes_mut().fill(7);
            segment.lend().buffer(64..128)
        };
        scope.spawn(fill).join().unwrap()
    });
    assert_eq!(buffer.as_slice(), [7; 64]);
}

#[test]
fn a_segment_goes_home_with_the_last_buffer_over_it() {
    let pool = pool(1);
    let lent = pool.take().unwrap().lend();
    let (front, back) = (lent.buffer(0..64), lent.buffer(SEGMENT - 64..SEGMENT));
    drop(lent);
    drop(front);
    assert_eq!(pool.bytes_out(), SEGMENT as u64);
    drop(back);
    assert_eq!(pool.bytes_out(), 0);
}

#[test]
fn segments_may_be_dropped_in_any_order_around_the_pool() {
    let first = pool(1);
    let early = first.take().unwrap();
    let late = first.take_run(8).unwrap();
    drop(early);
    drop(first);
    drop(late); // On the home thread, after the pool: pays the debt, and frees the slabs.

    let second = pool(1);
    let (here, there) = (second.take().unwrap(), second.take().unwrap());
    let returned = second.take().unwrap();
    thread::scope(|scope| scope.spawn(|| drop(returned)).join()).unwrap();
    drop(second); // While one return waits in the stack and two segments are out.
    thread::scope(|scope| scope.spawn(|| drop(there)).join()).unwrap();
    drop(here);
}

#[test]
fn many_cores_return_to_one_home() {
    let pool = pool(2);
    for _ in 0..200 {
        let segments: Vec<Segment> = std::iter::from_fn(|| pool.take()).take(100).collect();
        assert_eq!(segments.len(), 100);
        let (odd, even): (Vec<_>, Vec<_>) = segments.into_iter().enumerate().partition(|(n, _)| n % 2 == 1);
        thread::scope(|scope| {
            scope.spawn(|| drop(odd));
            scope.spawn(|| drop(even));
        });
    }
    pool.collect();
    assert_eq!(pool.bytes_out(), 0);
}

#[test]
fn a_warm_pool_has_its_memory() {
    let pool = pool(2);
    pool.warm(usize::MAX);
    let all = [pool.take_run(64), pool.take_run(64)];
    assert!(all.iter().all(Option::is_some));
    assert!(pool.take().is_none());
}

#[test]
#[should_panic(expected = "is_power_of_two")]
fn an_odd_segment_size_is_a_bug() {
    let _refused = Pool::open(SLAB_BYTES, 33 << 10);
}
