//! Somebody registers.

use super::draws::{below, draw};
use super::tables::TABLES;

/// About the bytes of a person, without those of two numbers.
const BYTES: u64 = 200 - 8;

/// A person.
#[derive(Clone, Copy)]
pub struct Person {
    /// The number of the event.
    pub n: u64,
    pub id: u64,
    pub time: u64,
}

impl Person {
    pub fn name(&self) -> &'static str {
        TABLES.name(draw(self.n, 0), draw(self.n, 1))
    }

    pub fn email_address(&self) -> String {
        let user = TABLES.names.part(3 + below(draw(self.n, 2), 4), draw(self.n, 3));
        let domain = TABLES.names.part(3 + below(draw(self.n, 4), 2), draw(self.n, 5));
        format!("{user}@{domain}.com")
    }

    pub fn credit_card(&self) -> String {
        let bits = draw(self.n, 6);
        let group = |shift: u32| (((bits >> shift) & 0xFFFF) * 10_000) >> 16;
        format!("{:04} {:04} {:04} {:04}", group(48), group(32), group(16), group(0))
    }

    pub fn city(&self) -> &'static str {
        TABLES.cities[below(draw(self.n, 7), TABLES.cities.len() as u64) as usize]
    }

    pub fn state(&self) -> &'static str {
        TABLES.states[below(draw(self.n, 8), TABLES.states.len() as u64) as usize]
    }

    pub fn extra(&self) -> &'static str {
        let words = self.name().len() + self.city().len() + self.state().len();
        let written = self.email_address().len() + self.credit_card().len();
        let missing = BYTES - (words + written) as u64;
        TABLES.plain.part(padded(missing, draw(self.n, 9)), draw(self.n, 10))
    }
}

/// The length of a text that fills a row up to about `missing` bytes more: a fifth more or less.
pub(super) fn padded(missing: u64, bits: u64) -> u64 {
    let spread = (missing + 2) / 5;
    missing - spread + below(bits, 2 * spread)
}
