//! The source: clicks that look like a web shop's and are the same in every run.
//!
//! Thin: a source comes from `connect`, one day from a file or a log. Click number `n` is a function of `n`
//! alone, so it does not matter which subtask makes it, and a second look at the source sees the same clicks.
//!
//! A few pages get most of the clicks. Ranks double from level to level (1, 2, 4, 8 … pages), and every level
//! gets the same share of the clicks: page `k` is clicked about `1/k` as often as the first, as on real sites,
//! and it takes two shifts instead of a power.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::{ArrayRef, Int32Array, Int64Array, RecordBatch, TimestampMillisecondArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow_select::take::take;

/// Where the columns stand.
pub(crate) const PAGE: usize = 0;
pub(crate) const AT: usize = 2;
pub(crate) const BYTES: usize = 3;

/// When the first click came: the start of 2026.
const BEGIN_MS: i64 = 1_767_225_600_000;
/// How many clicks come in a millisecond.
const CLICKS_PER_MS: u64 = 20;
const USERS: u64 = 1_000_000;

/// All clicks there are. Keeps the names of the pages; their texts are shared by every batch.
#[derive(Debug)]
pub(crate) struct Clicks {
    schema: SchemaRef,
    names: ArrayRef,
    pages: u32,
    /// How many levels of ranks there are.
    levels: u64,
}

impl Clicks {
    /// Clicks on this many pages, at least one.
    pub(crate) fn on(pages: u32) -> Self {
        assert!(pages > 0);
        let mut names = StringViewBuilder::new().with_fixed_block_size(1 << 20);
        (0..pages).for_each(|rank| names.append_value(name(rank)));
        let field = |name, data_type| Field::new(name, data_type, false);
        let schema = Schema::new(vec![
            field("page", DataType::Utf8View),
            field("user", DataType::Int64),
            field("at", DataType::Timestamp(TimeUnit::Millisecond, None)),
            field("bytes", DataType::Int32),
        ]);
        let levels = u64::from(pages.ilog2() + 1);
        Self { schema: Arc::new(schema), names: Arc::new(names.finish()), pages, levels }
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many pages there are to click on.
    pub(crate) fn pages(&self) -> u32 {
        self.pages
    }

    /// The clicks with these numbers.
    pub(crate) fn batch(&self, numbers: Range<u64>) -> RecordBatch {
        let seeds: Vec<u64> = numbers.clone().map(mix).collect();
        let ranks = UInt32Array::from_iter_values(seeds.iter().map(|seed| self.rank(*seed)));
        let users = Int64Array::from_iter_values(seeds.iter().map(|seed| (mix(!seed) % USERS).cast_signed()));
        let at = numbers.map(|number| BEGIN_MS + (number / CLICKS_PER_MS).cast_signed());
        let at = TimestampMillisecondArray::from_iter_values(at);
        // From 200 to 65,720: a size that has nothing to do with the page.
        let bytes =
            Int32Array::from_iter_values(seeds.iter().map(|seed| 200 + (mix(*seed) >> 52) as i32 * 16));
        let pages = take(&self.names, &ranks, None).expect("ranks are below the number of pages");
        let columns: Vec<ArrayRef> = vec![pages, Arc::new(users), Arc::new(at), Arc::new(bytes)];
        RecordBatch::try_new(self.schema.clone(), columns).expect("columns of the schema and of one length")
    }

    /// The high half of the seed chooses a level, the low half a page on it.
    fn rank(&self, seed: u64) -> u32 {
        let level = ((seed >> 32) * self.levels) >> 32;
        let first = (1_u64 << level) - 1;
        let rank = first + (seed & first);
        // The last level is as long as it is only when the pages happen to fill it.
        u32::try_from(rank % u64::from(self.pages)).expect("below the number of pages")
    }
}

/// Spreads a number over all 64 bits (SplitMix64).
fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The page of this rank. Every third name fits into its view; the others lie in a buffer.
fn name(rank: u32) -> String {
    const SECTIONS: [&str; 8] = ["books", "garden", "kitchen", "music", "office", "shoes", "tools", "toys"];
    let section = SECTIONS[(rank >> 3) as usize % SECTIONS.len()];
    match rank {
        0 => "/".to_owned(),
        1..=8 => format!("/{}", SECTIONS[rank as usize - 1]),
        _ if rank.is_multiple_of(3) => format!("/p/{rank}"),
        _ => format!("/{section}/article-{rank}/details.html"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::cast::AsArray;
    use arrow_select::concat::concat_batches;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn a_click_is_the_same_in_every_batch_and_every_run() {
        let clicks = Clicks::on(1000);
        let parts = [0..300, 300..301, 301..900].map(|numbers| Clicks::on(1000).batch(numbers));
        assert_eq!(clicks.batch(0..900), concat_batches(clicks.schema(), &parts).unwrap());
        assert_eq!(clicks.batch(5..5).num_rows(), 0);
    }

    #[test]
    fn pages_have_names_of_their_own() {
        let names: BTreeSet<String> = (0..5000).map(name).collect();
        assert_eq!(names.len(), 5000);
        assert!(names.iter().any(|name| name.len() > 12));
        assert!(names.iter().any(|name| name.len() <= 12));
    }

    #[test]
    fn the_first_page_is_the_most_clicked() {
        for pages in [1, 2, 3, 1000, 1024] {
            let batch = Clicks::on(pages).batch(0..20_000);
            let mut clicks = BTreeMap::new();
            for name in batch.column(PAGE).as_string_view().iter().flatten() {
                *clicks.entry(name).or_insert(0) += 1;
            }
            let (first, share) = (clicks["/"], 20_000 / (pages.ilog2() + 1));
            assert!(first >= share * 9 / 10, "{pages} pages");
            assert!((3..pages).all(|rank| clicks.get(name(rank).as_str()) < Some(&first)));
        }
    }
}
