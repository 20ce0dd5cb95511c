//! Ranges of keys, for total sorts: everything in one range sorts before everything in the next.

use std::fmt;

use arrow_array::ArrayRef;
use arrow_schema::{DataType, SortOptions};
use memory::{Batch, KeyCodec};

use crate::error::Error;

/// The least key of every range but the first.
pub struct RangeBounds {
    /// Which columns make the key.
    key: Vec<usize>,
    codec: KeyCodec,
    /// Encoded, ascending.
    bounds: Vec<Box<[u8]>>,
}

impl RangeBounds {
    /// Bounds that cut `sample`, rows drawn evenly from all that will be routed, into `ranges` parts of equal size.
    ///
    /// `key` names the columns and how each is ordered. Equal keys stay together, so with few different keys some
    /// ranges stay empty.
    ///
    /// # Panics
    ///
    /// Without a range, or for columns that the sample does not have.
    pub fn cut(sample: &Batch, key: &[(usize, SortOptions)], ranges: u32) -> Result<Self, Error> {
        assert!(ranges > 0);
        let columns = sample.columns().columns();
        let order: Vec<(DataType, SortOptions)> =
            key.iter().map(|(column, order)| (columns[*column].data_type().clone(), *order)).collect();
        let codec = KeyCodec::new(&order)?;
        let key: Vec<usize> = key.iter().map(|(column, _)| *column).collect();
        let rows = codec.encode(&columns_of(&sample.clone().compact(), &key));
        let mut keys: Vec<&[u8]> = (0..rows.len()).map(|row| rows.get(row)).collect();
        keys.sort_unstable();
        let cuts = (1..ranges as usize).filter_map(|range| keys.get(range * keys.len() / ranges as usize));
        let bounds = cuts.map(|key| Box::from(*key)).collect();
        Ok(Self { key, codec, bounds })
    }

    /// How many ranges there are.
    pub fn ranges(&self) -> usize {
        self.bounds.len() + 1
    }

    /// Adds the range of each row of the columns, whether or not it counts.
    pub(super) fn targets(&self, batch: &Batch, into: &mut Vec<u32>) {
        let keys = self.codec.encode(&columns_of(batch, &self.key));
        into.extend((0..keys.len()).map(|row| {
            let range = self.bounds.partition_point(|bound| **bound <= *keys.get(row));
            u32::try_from(range).expect("as many ranges as channels")
        }));
    }
}

fn columns_of(batch: &Batch, key: &[usize]) -> Vec<ArrayRef> {
    key.iter().map(|column| batch.columns().column(*column).clone()).collect()
}

impl fmt::Debug for RangeBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangeBounds").field("key", &self.key).field("ranges", &self.ranges()).finish()
    }
}
