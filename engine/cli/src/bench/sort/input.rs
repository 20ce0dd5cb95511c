//! The rows that are sorted, and what they come to: sorted here, by the standard library.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use runtime::random::Random;

use crate::bench::answer::{Answer, Likeness, Sum};
use crate::bench::parquet_file::ParquetFile;
use crate::run::CliError;

/// Rows that are made at once.
const BATCH_ROWS: u64 = 1 << 16;
const KEY_LETTERS: usize = 10;
const PAYLOAD_LETTERS: usize = 90;
/// No two keys are the same: there is one order.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const SEED: u64 = 110;

/// Kinds of rows that are made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Numbers by chance.
    Random,
    /// Numbers that are in order already.
    Ascending,
    /// Numbers in the opposite order.
    Descending,
    /// Records of 100 bytes: a text of 10 by which they are sorted, and one of 90.
    Records,
}

impl Input {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Ascending => "ascending",
            Self::Descending => "descending",
            Self::Records => "records",
        }
    }

    /// The one table, as its file is named.
    pub(super) fn tables(self) -> &'static [&'static str] {
        if self == Self::Records { &["records"] } else { &["numbers"] }
    }

    pub(super) fn query(self) -> &'static str {
        match self {
            Self::Records => "SELECT id, payload FROM records ORDER BY id",
            _ => "SELECT n FROM numbers ORDER BY n",
        }
    }

    /// Writes the table.
    pub(super) fn write(self, folder: &Path, rows: u64) -> Result<(), CliError> {
        let field = |name: &str, kind| Field::new(name, kind, false);
        let schema = Arc::new(Schema::new(match self {
            Self::Records => vec![field("id", DataType::Utf8), field("payload", DataType::Utf8)],
            _ => vec![field("n", DataType::Int64)],
        }));
        let path = folder.join(format!("{}.parquet", self.tables()[0]));
        let mut file = ParquetFile::create(&path, schema.clone())?;
        let mut from = 0;
        while from < rows {
            let until = rows.min(from + BATCH_ROWS);
            let numbers = from..until;
            let columns: Vec<ArrayRef> = match self {
                Self::Records => {
                    let (keys, payloads): (Vec<_>, Vec<_>) = numbers.map(record).unzip();
                    vec![Arc::new(StringArray::from(keys)), Arc::new(StringArray::from(payloads))]
                }
                _ => vec![Arc::new(numbers.map(|row| self.number(row, rows)).collect::<Int64Array>())],
            };
            file.write(&RecordBatch::try_new(schema.clone(), columns).expect("columns of one length"))?;
            from = until;
        }
        file.close()
    }

    /// How many rows there are, and the sum of what they are and where.
    pub(super) fn sorted(self, rows: u64) -> Sum {
        let mut answer = Answer::new(Likeness::Ordered, false);
        if self == Self::Records {
            // What they carry is made again when it is asked for: of ten gigabytes of records a sixth is kept.
            let mut keys: Vec<([u8; KEY_LETTERS], u32)> = (0..rows).map(numbered_key).collect();
            keys.sort_unstable();
            for (_, row) in keys {
                let (key, payload) = record(row.into());
                answer.row([key.as_str(), &payload].into_iter(), true);
            }
        } else {
            let mut numbers: Vec<i64> = (0..rows).map(|row| self.number(row, rows)).collect();
            numbers.sort_unstable();
            for number in numbers {
                answer.row([number.to_string().as_str()].into_iter(), true);
            }
        }
        answer.finish().sum()
    }

    /// The number in a row.
    fn number(self, row: u64, rows: u64) -> i64 {
        match self {
            Self::Random => Random::new(SEED ^ row).bits().cast_signed(),
            Self::Descending => (rows - row).cast_signed(),
            Self::Ascending | Self::Records => row.cast_signed(),
        }
    }
}

/// The key of a record, and its row.
fn numbered_key(row: u64) -> ([u8; KEY_LETTERS], u32) {
    let mut random = Random::new(SEED ^ row);
    let key = std::array::from_fn(|_| letter(&mut random));
    (key, u32::try_from(row).expect("at most a thousand million rows"))
}

fn letter(random: &mut Random) -> u8 {
    LETTERS[(random.bits() >> 58) as usize]
}

/// The record in a row: what it is sorted by, and what it carries.
fn record(row: u64) -> (String, String) {
    let mut random = Random::new(SEED ^ row);
    let mut text =
        |letters: usize| -> String { (0..letters).map(|_| char::from(letter(&mut random))).collect() };
    let key = text(KEY_LETTERS);
    (key, text(PAYLOAD_LETTERS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_numbers_in_any_order_come_to_the_same() {
        assert_eq!(Input::Ascending.number(0, 5), 0);
        assert_eq!(Input::Descending.number(0, 5), 5);
        let [up, down] = [Input::Ascending, Input::Descending].map(|input| input.sorted(5));
        assert_eq!((up.rows, down.rows), (5, 5));
        let mut wanted = Answer::new(Likeness::Ordered, false);
        ["1", "2", "3", "4", "5"].iter().for_each(|number| wanted.row([*number].into_iter(), true));
        assert_eq!(down, wanted.finish().sum());
    }

    #[test]
    fn a_record_has_a_hundred_bytes() {
        let (key, payload) = record(7);
        assert_eq!((key.len(), payload.len()), (KEY_LETTERS, PAYLOAD_LETTERS));
        assert_ne!(key, record(8).0);
        assert_eq!(numbered_key(7), (*key.as_bytes().first_chunk().unwrap(), 7));
    }
}
