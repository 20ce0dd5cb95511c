//! Who has a key: numbers that follow each other are spread over all workers, for the hot ones are all multiples of a hundred.

use timely::ExchangeData;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::{Exchange, ExchangeCore};

/// Rows by a key.
pub(crate) fn by<T: ExchangeData>(
    key: impl Fn(&T) -> u64 + 'static,
) -> ExchangeCore<CapacityContainerBuilder<Vec<T>>, impl FnMut(&T) -> u64 + 'static> {
    Exchange::new(move |row: &T| key(row).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32)
}
