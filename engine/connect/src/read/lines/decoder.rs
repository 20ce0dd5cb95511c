//! What decodes whole records, and says what is wrong with one that it cannot decode.

use arrow_array::RecordBatch;

use super::csv::CsvDecoder;
use super::json::JsonDecoder;
use super::records::Records;
use super::text::TextDecoder;
use crate::format::Format;
use crate::read::bad::Complaint;
use crate::read::error::ReadError;
use crate::read::spec::FileSourceSpec;

/// Decodes whole records.
pub(super) trait RecordDecoder {
    /// All of the records as rows, or nothing if a single one is bad. Some records are no rows: comments, empty lines.
    fn decode(&mut self, records: &Records) -> Result<Option<RecordBatch>, Bad>;

    /// A record that could not be decoded by itself as a row all the same, with nulls in place of what cannot be read: if that
    /// is asked for, and it can be one.
    fn mend(&mut self, _record: &[u8]) -> Option<RecordBatch> {
        None
    }

    /// What is wrong with a record that could not be decoded by itself.
    fn explain(&mut self, record: &[u8]) -> Complaint;
}

/// A record is bad. Which one and why is asked for then; nearly always it is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bad;

/// A decoder for what a spec reads.
pub(super) fn decoder(spec: &FileSourceSpec) -> Result<Box<dyn RecordDecoder>, ReadError> {
    Ok(match &spec.format {
        Format::Csv(options) => Box::new(CsvDecoder::new(options, spec)),
        Format::Json(options) => Box::new(JsonDecoder::new(options, spec)?),
        Format::Text => Box::new(TextDecoder::new(spec.layout.stored.projected.clone())),
        Format::Arrow | Format::Parquet | Format::Avro => unreachable!("they have no lines"),
    })
}

/// What is wrong with the text of a record that is none.
pub(super) fn not_text(record: &[u8]) -> Option<Complaint> {
    let at = std::str::from_utf8(record).err()?.valid_up_to();
    let words = format!("it is not UTF-8: byte {} is 0x{:02x}", at + 1, record[at]);
    Some(Complaint { remedy: Some("write the file anew in UTF-8"), ..Complaint::whole(words) })
}
