//! What things cost: a dollar to a million of them, in cents, with as many prices of each size.
//!
//! Keeps 65,536 prices: half of a draw's upper half says which one.

use std::sync::LazyLock;

const PRICES: u32 = 1 << 16;

static TABLE: LazyLock<Prices> = LazyLock::new(Prices::new);

/// The table.
#[derive(Debug)]
pub(super) struct Prices(Box<[u32]>);

/// All prices.
pub(super) fn prices() -> &'static Prices {
    &TABLE
}

impl Prices {
    #[expect(clippy::cast_possible_truncation, reason = "a hundred million cents are the most")]
    fn new() -> Self {
        let price = |place: u32| {
            let exponent = 6.0 * (f64::from(place) + 0.5) / f64::from(PRICES);
            (100.0 * 10_f64.powf(exponent)).round() as u32
        };
        Self((0..PRICES).map(price).collect())
    }

    /// The price that these bits draw.
    #[inline]
    pub(super) fn of(&self, bits: u64) -> i64 {
        self.0[(bits >> 48) as usize].into()
    }
}
