//! The batches in a file, for peers: each sends all of their rows as often as we do.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_schema::{DataType, Field, Schema};
use options::{PARALLELISM, Settings};

use super::{CYCLE, Load, PAYLOAD_BYTES};
use crate::bench::cache;
use crate::bench::parquet_file::ParquetFile;
use crate::bench::peer::Request;
use crate::bench::tables::{memory, mode};
use crate::run::CliError;

/// The one table, as its file is named.
const TABLES: [&str; 1] = ["block"];

/// The file, and what is in it.
pub(super) struct Block {
    folder: PathBuf,
    /// The sum of all keys.
    keys: i128,
}

/// Writes it the first time. From now on the load sends each of its batches as often as the others.
pub(super) fn of(load: &mut Load) -> Result<Block, CliError> {
    load.count = load.count.next_multiple_of(CYCLE);
    let folder = cache::kept(&format!("exchange/{}", load.batch_rows), |folder| {
        let columns = [("id", DataType::Int64), ("payload", DataType::BinaryView)];
        let schema = Schema::new(columns.map(|(name, kind)| Field::new(name, kind, false)).to_vec());
        let schema = Arc::new(schema);
        let mut file = ParquetFile::create(&folder.join("block.parquet"), schema.clone())?;
        for (batch, _) in &*load.batches {
            let rows = RecordBatch::try_new(schema.clone(), batch.columns().to_vec());
            file.write(&rows.expect("the same columns by other names"))?;
        }
        file.close()
    })?;
    let keys =
        load.batches.iter().flat_map(|(batch, _)| batch.column(0).as_primitive::<Int64Type>().values());
    Ok(Block { folder, keys: keys.map(|key| i128::from(*key)).sum() })
}

impl Block {
    /// What a peer is asked, and the row that says that all has come: how many rows, the sum of keys, the bytes of payloads.
    pub(super) fn asked(&self, name: &str, load: &Load, settings: &Settings) -> (Request, Vec<String>) {
        let request = Request {
            suite: "exchange",
            query: name.to_owned(),
            events: load.rows(),
            rate: 0,
            parallelism: settings.get(&PARALLELISM),
            mode: mode(settings),
            source: "parquet",
            memory: memory(settings),
            input: Some(self.folder.clone()),
            tables: &TABLES,
            sql: None,
        };
        let rows = load.rows();
        let copies = rows / (load.batch_rows * CYCLE);
        let right = [
            rows.to_string(),
            (self.keys * i128::from(copies)).to_string(),
            (rows * PAYLOAD_BYTES as u64).to_string(),
        ];
        (request, right.to_vec())
    }
}
