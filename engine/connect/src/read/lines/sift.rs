//! Finds the bad ones among many records, and decodes the others.
//!
//! Decoders of many records say that one is bad, and lose what they have. So what has failed is halved until the bad
//! records stand alone: a bad record among thousands costs a dozen decodings of fewer and fewer records.

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;

use super::decoder::{Bad, RecordDecoder};
use super::records::Records;
use crate::read::bad::Complaint;

/// Good and bad records, told apart.
#[derive(Debug)]
pub(super) struct Sifted {
    /// The good ones, in order.
    pub(super) rows: Option<RecordBatch>,
    /// The bad ones by their position, in order.
    pub(super) complaints: Vec<(usize, Complaint)>,
}

/// Decodes the records. `first_only`: nobody asks for what comes behind a bad one.
pub(super) fn sift(decoder: &mut dyn RecordDecoder, records: &Records, first_only: bool) -> Sifted {
    match decoder.decode(records) {
        Ok(rows) => Sifted { rows, complaints: Vec::new() },
        Err(Bad) => {
            let mut sieve = Sieve { decoder, first_only, parts: Vec::new(), complaints: Vec::new() };
            sieve.halve(records, 0);
            let Sieve { parts, complaints, .. } = sieve;
            let rows = parts
                .first()
                .map(|part| concat_batches(&part.schema(), &parts).expect("parts of one schema"));
            Sifted { rows, complaints }
        }
    }
}

struct Sieve<'a> {
    decoder: &'a mut dyn RecordDecoder,
    first_only: bool,
    parts: Vec<RecordBatch>,
    complaints: Vec<(usize, Complaint)>,
}

impl Sieve<'_> {
    /// Among these records, which begin at position `first` of all, is a bad one.
    fn halve(&mut self, records: &Records, first: usize) {
        let count = records.len();
        if count == 1 {
            let record = records.iter().next().expect("there is one");
            if let Some(row) = self.decoder.mend(record) {
                self.parts.push(row);
                return;
            }
            let complaint = self.decoder.explain(record);
            self.complaints.push((first, complaint));
            return;
        }
        for half in [0..count / 2, count / 2..count] {
            if self.first_only && !self.complaints.is_empty() {
                return;
            }
            let (start, half) = (first + half.start, records.slice(half));
            match self.decoder.decode(&half) {
                Ok(rows) => self.parts.extend(rows),
                Err(Bad) => self.halve(&half, start),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::cast::AsArray;
    use arrow_array::{ArrayRef, StringArray};
    use arrow_buffer::Buffer;
    use proptest::prelude::*;

    use super::super::records::{Piece, Span};
    use super::*;

    /// Takes a record of `x` for bad and an empty one for none; loses everything when one is bad.
    struct Picky;

    impl RecordDecoder for Picky {
        fn decode(&mut self, records: &Records) -> Result<Option<RecordBatch>, Bad> {
            if records.iter().any(|record| record == b"x") {
                return Err(Bad);
            }
            let texts = records.iter().filter(|record| !record.is_empty());
            let texts: Vec<_> = texts.map(|text| std::str::from_utf8(text).unwrap()).collect();
            let texts = StringArray::from(texts);
            let rows = RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef)]).unwrap();
            Ok(Some(rows).filter(|rows| rows.num_rows() > 0))
        }

        fn explain(&mut self, record: &[u8]) -> Complaint {
            assert_eq!(record, b"x");
            Complaint::whole("x")
        }
    }

    fn records(texts: &[String]) -> Records {
        let mut records = Records::default();
        for text in texts {
            records
                .push(Piece { block: Buffer::from(text.as_bytes()), spans: vec![Span::new(0, text.len())] });
        }
        records
    }

    proptest! {
        #[test]
        fn good_records_keep_their_order_and_bad_ones_their_position(
            texts in prop::collection::vec("[abx]{0,1}", 1..40),
        ) {
            let Sifted { rows, complaints } = sift(&mut Picky, &records(&texts), false);
            let rows = rows.iter().flat_map(|rows| rows.column(0).as_string::<i32>().iter().flatten());
            let good: Vec<_> = texts.iter().filter(|text| !text.is_empty() && *text != "x").collect();
            prop_assert_eq!(rows.collect::<Vec<_>>(), good);
            let bad: Vec<_> = (0..texts.len()).filter(|at| texts[*at] == "x").collect();
            prop_assert_eq!(complaints.iter().map(|(at, _)| *at).collect::<Vec<_>>(), bad.clone());
            let Sifted { complaints, .. } = sift(&mut Picky, &records(&texts), true);
            prop_assert_eq!(complaints.first().map(|(at, _)| *at), bad.first().copied());
        }
    }
}
