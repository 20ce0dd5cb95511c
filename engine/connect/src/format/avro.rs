//! The header of an Avro file: of which columns its rows are.

use std::io::BufReader;

use arrow_avro::codec::Tz;
use arrow_avro::reader::{HeaderInfo, ReaderBuilder, read_header_info};
use arrow_schema::Schema;

use super::guard::guarded;
use crate::bound::HEADER_BYTES_MAX;

/// What every file begins with.
const MAGIC: &[u8] = b"Obj\x01";

/// The header of a file of so many bytes which begins with `head`; nothing, if more of it is needed.
pub(crate) fn avro_header(head: &[u8], length: u64) -> Result<Option<HeaderInfo>, String> {
    let magic = &head[..head.len().min(MAGIC.len())];
    if magic != &MAGIC[..magic.len()] {
        return Err("it does not begin with Obj1".to_owned());
    }
    match guarded(|| read_header_info(head)) {
        Ok(header) => Ok(Some(header)),
        Err(_) if (head.len() as u64) < length.min(HEADER_BYTES_MAX) => Ok(None),
        Err(cause) => Err(cause),
    }
}

/// The columns of a file with this header.
pub(crate) fn avro_schema(header: &[u8]) -> Result<Schema, String> {
    let reader = guarded(|| avro_decoder().build(BufReader::new(header)))?;
    Ok((*reader.schema()).clone())
}

/// A decoder of files whose instants are told by UTC. Strings are made views of afterwards, which copies nothing: views that
/// the decoder makes have no nulls.
pub(crate) fn avro_decoder() -> ReaderBuilder {
    ReaderBuilder::new().with_tz(Tz::Utc)
}
