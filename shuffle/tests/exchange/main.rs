//! Outputs and gates together, over lanes that delay as they like: whatever is sent, routed, flushed, refused and
//! resumed, every row arrives once, in the order of its channel, on its side of every barrier and watermark, within
//! the credit, and all memory comes home.

#![allow(clippy::cast_possible_truncation, reason = "small numbers of this test's own choice")]

mod cases;
mod lanes;
mod receiver;
mod rows;
mod sender;
mod world;

use std::time::Duration;

use cases::{Case, Ways};
use proptest::prelude::*;
use shuffle::{Alignment, BufferTimeout};

fn cases() -> impl Strategy<Value = Case> {
    let timeout = prop_oneof![
        Just(BufferTimeout::Full),
        Just(BufferTimeout::Input),
        Just(BufferTimeout::Row),
        Just(BufferTimeout::Auto),
        Just(BufferTimeout::Every(Duration::from_millis(10))),
    ];
    let ways = prop_oneof![
        Just(Ways::Forward),
        Just(Ways::Hash),
        Just(Ways::Rebalance),
        Just(Ways::Rescale),
        Just(Ways::Broadcast),
        Just(Ways::Global),
        Just(Ways::Range),
        Just(Ways::Custom),
    ];
    let alignment = prop_oneof![Just(Alignment::Aligned), Just(Alignment::AtLeastOnce)];
    let sizes = (1..4_u32, 1..4_u32, 1..=4_u32, 0..=16_u32, 0..=8_u32);
    (any::<u64>(), ways, timeout, alignment, sizes, any::<bool>(), any::<bool>()).prop_map(
        |(
            seed,
            ways,
            timeout,
            alignment,
            (senders, receivers, exclusive, gate, floating),
            idles,
            starves,
        )| Case {
            seed,
            ways,
            timeout,
            alignment,
            senders,
            receivers: if matches!(ways, Ways::Forward) { senders } else { receivers },
            exclusive_segments: exclusive,
            gate_segments: gate,
            floating_segments: floating,
            idles,
            starves,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_doubled_or_out_of_order(case in cases()) {
        world::run(&case);
    }
}
