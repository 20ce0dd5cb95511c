//! An event in 78 bytes, as YSB has them without their JSON.
//!
//! ```text
//!   user 16 │ page 16 │ ad 16 │ type of the ad 9 │ type of the event 9 │ time 8 │ address 4
//! ```

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use runtime::random::Random;

pub(super) const EVENT_BYTES: usize = 78;
pub(super) const ADS: u64 = 1_000;
pub(super) const CAMPAIGNS: u64 = 100;

const AD: Range<usize> = 32..48;
const KIND: Range<usize> = 57..66;
pub(super) const TIME: Range<usize> = 66..74;

const AD_KINDS: [&[u8; 9]; 5] =
    [b"banner\0\0\0", b"modal\0\0\0\0", b"sponsored", b"mail\0\0\0\0\0", b"mobile\0\0\0"];
const KINDS: [&[u8; 9]; 3] = [VIEW, b"click\0\0\0\0", b"purchase\0"];
const VIEW: &[u8; 9] = b"view\0\0\0\0\0";
const SEED: u64 = 113;

/// Its bytes.
#[derive(Clone, Copy)]
pub(super) struct Event<'a>(pub(super) &'a [u8]);

/// What it was made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    pub(super) ad: u64,
    pub(super) is_view: bool,
}

impl Event<'_> {
    pub(super) fn is_view(self) -> bool {
        self.0[KIND] == VIEW[..]
    }

    /// The ad's 16 bytes as one number.
    pub(super) fn ad(self) -> u128 {
        u128::from_le_bytes(self.0[AD].try_into().expect("16 bytes"))
    }

    /// What has happened: a view, a click or a purchase.
    pub(super) fn kind(self) -> &'static str {
        let kind = KINDS.iter().find(|kind| self.0[KIND] == kind[..]).expect("one of three");
        std::str::from_utf8(&kind[..]).expect("letters").trim_end_matches('\0')
    }

    pub(super) fn time_ms(self) -> i64 {
        i64::from_le_bytes(self.0[TIME].try_into().expect("8 bytes"))
    }
}

impl Drawn {
    /// One more event by chance, written behind others. Its time comes when it is sent.
    pub(super) fn draw(random: &mut Random, to: &mut Vec<u8>) -> Self {
        let drawn = Self { ad: random.below(ADS), is_view: random.below(3) == 0 };
        let identity = |random: &mut Random| u128::from(random.bits()) << 64 | u128::from(random.bits());
        to.extend(identity(random).to_le_bytes());
        to.extend(identity(random).to_le_bytes());
        to.extend(identity_of_ad(drawn.ad).to_le_bytes());
        to.extend(*random.pick(&AD_KINDS));
        to.extend(if drawn.is_view { VIEW } else { random.pick(&KINDS[1..]) });
        to.extend(0_i64.to_le_bytes());
        to.extend(&random.bits().to_le_bytes()[..4]);
        drawn
    }
}

/// Numbers as long as those of users and pages.
pub(super) fn identity_of_ad(ad: u64) -> u128 {
    let mut random = Random::new(SEED ^ ad);
    u128::from(random.bits()) << 64 | u128::from(random.bits())
}

/// To which campaign an ad belongs.
pub(super) struct Campaigns(HashMap<u128, i64, BuildHasherDefault<AsItIs>>);

impl Campaigns {
    pub(super) fn all() -> Self {
        let campaign = |ad: u64| (ad / (ADS / CAMPAIGNS)).cast_signed();
        Self((0..ADS).map(|ad| (identity_of_ad(ad), campaign(ad))).collect())
    }

    /// That of an ad that there is; -1 of others.
    pub(super) fn of(&self, ad: u128) -> i64 {
        self.0.get(&ad).copied().unwrap_or(-1)
    }
}

/// Identities of ads look random already: a part of one is its hash.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk().map_or(0, |part| u64::from_le_bytes(*part));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_is_what_is_read() {
        let (mut random, mut bytes, mut views) = (Random::new(1), Vec::new(), 0);
        let campaigns = Campaigns::all();
        for number in 0..3_000 {
            let drawn = Drawn::draw(&mut random, &mut bytes);
            assert_eq!(bytes.len(), (number + 1) * EVENT_BYTES);
            let event = Event(&bytes[number * EVENT_BYTES..]);
            assert_eq!((event.is_view(), event.kind() == "view"), (drawn.is_view, drawn.is_view));
            assert_eq!(campaigns.of(event.ad()), (drawn.ad / 10).cast_signed());
            views += u32::from(drawn.is_view);
        }
        assert!((800..1_200).contains(&views), "one of three: {views}");
        assert_eq!(campaigns.of(7), -1);
    }
}
