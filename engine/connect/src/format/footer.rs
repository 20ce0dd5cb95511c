//! The footers of Arrow and Parquet files, from the last bytes of a file.
//!
//! Sans I/O: who asks has some of the end of the file, and is told when more of it is needed. A footer says where things
//! lie, and all of that is checked against the length of the file before anybody believes it.

use std::sync::Arc;

use arrow_ipc::reader::read_footer_length;
use arrow_ipc::{Block, MetadataVersion, root_as_footer};
use arrow_schema::SchemaRef;
use bytes::Bytes;
use parquet::DecodeResult;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataPushDecoder};

use super::guard::guarded;
use crate::bound::FOOTER_BYTES_MAX;

/// What an Arrow file begins and ends with.
pub(crate) const ARROW_MAGIC: &[u8] = b"ARROW1";
/// Length and magic at the end of an Arrow file.
const ARROW_TRAILER: usize = 10;
/// Length and magic at the end of a Parquet file.
const PARQUET_TRAILER: usize = 8;

/// What the end of a file has told.
#[derive(Debug)]
pub(crate) enum Footer<T> {
    /// The footer.
    Found(T),
    /// So many of the last bytes of the file are needed.
    Needs(u64),
}

/// Where things lie in an Arrow file.
#[derive(Clone, Debug)]
pub(crate) struct ArrowFooter {
    pub(crate) schema: SchemaRef,
    pub(crate) version: MetadataVersion,
    pub(crate) dictionaries: Vec<Block>,
    pub(crate) batches: Vec<Block>,
}

/// The footer of an Arrow file of so many bytes which ends with `tail`.
pub(crate) fn arrow_footer(tail: &[u8], length: u64) -> Result<Footer<ArrowFooter>, String> {
    let Some(trailer) = tail.last_chunk::<ARROW_TRAILER>() else {
        return needs(ARROW_TRAILER as u64, length, "an Arrow file");
    };
    let footer_bytes = guarded(|| read_footer_length(*trailer))?;
    let whole = footer_bytes + ARROW_TRAILER;
    if tail.len() < whole {
        return needs(whole as u64, length, "an Arrow file");
    }
    let bytes = &tail[tail.len() - whole..tail.len() - ARROW_TRAILER];
    let found = guarded(|| read_arrow_footer(bytes))?;
    let blocks = found.dictionaries.iter().chain(&found.batches);
    if let Some(block) = blocks.into_iter().find(|block| !lies_within(block, length)) {
        return Err(format!(
            "its footer names a block at byte {}, which the file does not hold",
            block.offset()
        ));
    }
    Ok(Footer::Found(found))
}

fn read_arrow_footer(bytes: &[u8]) -> Result<ArrowFooter, String> {
    let footer = root_as_footer(bytes).map_err(|error| error.to_string())?;
    let schema = footer.schema().ok_or("its footer has no schema")?;
    if !schema.endianness().equals_to_target_endianness() {
        return Err("it was written on a machine with the other order of bytes".to_owned());
    }
    Ok(ArrowFooter {
        schema: Arc::new(arrow_ipc::convert::fb_to_schema(schema)),
        version: footer.version(),
        dictionaries: footer.dictionaries().into_iter().flatten().copied().collect(),
        batches: footer.recordBatches().into_iter().flatten().copied().collect(),
    })
}

fn lies_within(block: &Block, length: u64) -> bool {
    let part = |number: i64| u64::try_from(number).ok();
    let end = part(block.offset())
        .zip(part(block.metaDataLength().into()))
        .zip(part(block.bodyLength()))
        .and_then(|((offset, metadata), body)| offset.checked_add(metadata)?.checked_add(body));
    // The shortest message is a length and a table.
    block.metaDataLength() >= 8 && end.is_some_and(|end| end <= length)
}

/// The footer of a Parquet file of so many bytes which ends with `tail`.
pub(crate) fn parquet_footer(tail: &[u8], length: u64) -> Result<Footer<ParquetMetaData>, String> {
    let Some(trailer) = tail.last_chunk::<PARQUET_TRAILER>() else {
        return needs(PARQUET_TRAILER as u64, length, "a Parquet file");
    };
    let (footer_bytes, magic) = trailer.split_first_chunk::<4>().expect("eight bytes");
    match magic {
        b"PAR1" => {}
        b"PARE" => return Err("it is encrypted, which cannot be read".to_owned()),
        _ => return Err("it does not end with PAR1".to_owned()),
    }
    let whole = u64::from(u32::from_le_bytes(*footer_bytes)) + PARQUET_TRAILER as u64;
    if (tail.len() as u64) < whole {
        return needs(whole, length, "a Parquet file");
    }
    let metadata = guarded(|| {
        let policy = PageIndexPolicy::Skip;
        let mut decoder = ParquetMetaDataPushDecoder::try_new(length)?.with_page_index_policy(policy);
        let start = length - tail.len() as u64;
        decoder.push_range(start..length, Bytes::copy_from_slice(tail))?;
        decoder.try_decode()
    })?;
    match metadata {
        DecodeResult::Data(metadata) => check_parquet(&metadata, length).map(|()| Footer::Found(metadata)),
        DecodeResult::NeedsData(_) | DecodeResult::Finished => Err("its footer is incomplete".to_owned()),
    }
}

fn check_parquet(metadata: &ParquetMetaData, length: u64) -> Result<(), String> {
    for group in metadata.row_groups() {
        for column in group.columns() {
            let (start, bytes) = guarded(|| Ok::<_, String>(column.byte_range()))?;
            if start.checked_add(bytes).is_none_or(|end| end > length) {
                let name = column.column_path().string();
                return Err(format!("its footer places column {name} beyond the end of the file"));
            }
        }
    }
    Ok(())
}

/// The last `bytes` of the file, unless it is not even so long.
fn needs<T>(bytes: u64, length: u64, what: &str) -> Result<Footer<T>, String> {
    if bytes > length {
        return Err(format!("its {length} bytes are less than {what} has"));
    }
    if bytes > FOOTER_BYTES_MAX {
        return Err(format!("its footer says that it is {bytes} bytes long"));
    }
    Ok(Footer::Needs(bytes))
}

#[cfg(test)]
mod tests {
    use arrow_array::record_batch;
    use arrow_ipc::writer::FileWriter;
    use parquet::arrow::ArrowWriter;

    use super::*;

    fn arrow_file() -> Vec<u8> {
        let batch = record_batch!(("n", Int64, [1, 2, 3])).unwrap();
        let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        writer.into_inner().unwrap()
    }

    fn parquet_file() -> Vec<u8> {
        let batch = record_batch!(("n", Int64, [1, 2, 3])).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    }

    /// From nothing of the tail, as often as more is needed.
    fn found<T>(file: &[u8], read: impl Fn(&[u8], u64) -> Result<Footer<T>, String>) -> Result<T, String> {
        let mut bytes = 0;
        loop {
            match read(&file[file.len() - bytes..], file.len() as u64)? {
                Footer::Found(found) => return Ok(found),
                Footer::Needs(more) => {
                    let more = usize::try_from(more).unwrap();
                    assert!(more > bytes, "it asks for more");
                    bytes = more;
                }
            }
        }
    }

    #[test]
    fn footers_are_found_from_the_end() {
        let footer = found(&arrow_file(), arrow_footer).unwrap();
        assert_eq!((footer.batches.len(), footer.schema.field(0).name().as_str()), (2, "n"));
        let footer = found(&parquet_file(), parquet_footer).unwrap();
        assert_eq!(footer.file_metadata().num_rows(), 3);
    }

    #[test]
    fn no_damage_is_a_panic() {
        for (file, is_arrow) in [(arrow_file(), true), (parquet_file(), false)] {
            for position in 0..file.len() {
                for bit in [0, 3, 7] {
                    let mut damaged = file.clone();
                    damaged[position] ^= 1 << bit;
                    // An error or a footer, as it happens.
                    if is_arrow {
                        let _ = found(&damaged, arrow_footer);
                    } else {
                        let _ = found(&damaged, parquet_footer);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_no_such_file_is_told() {
        let text = b"not columns, but a text of some length";
        assert_eq!(found(text, parquet_footer).unwrap_err(), "it does not end with PAR1");
        assert_eq!(found(text, arrow_footer).unwrap_err(), "Arrow file does not contain correct footer");
        assert_eq!(found(b"", parquet_footer).unwrap_err(), "its 0 bytes are less than a Parquet file has");
        let long = [&[0xff, 0xff, 0xff, 0x7f], &b"PAR1"[..]].concat();
        assert_eq!(
            parquet_footer(&long, 1 << 40).unwrap_err(),
            "its footer says that it is 2147483655 bytes long"
        );
    }
}
