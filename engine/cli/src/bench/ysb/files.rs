//! The same events as columns, and the question in SQL: what a campaign was seen in ten seconds.
//!
//! An ad is 32 digits here, as YSB's JSON has it. Users, pages, addresses and kinds of ads are left out: who reads columns does not read
//! those that nobody asks for.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use options::Settings;

use crate::bench::answer::Likeness;
use crate::bench::cache;
use crate::bench::contest::{Question, say};
use crate::bench::parquet_file::ParquetFile;
use crate::bench::tables::{Tables, Text};
use crate::run::CliError;

use super::event::{ADS, CAMPAIGNS, Event, identity_of_ad};
use super::source::Load;

/// The tables, as their files are named.
const TABLES: [&str; 2] = ["events", "campaigns"];
const QUERY: &str = "SELECT campaign, event_time - event_time % 10000 AS window_start, COUNT(*) AS n
FROM events JOIN campaigns ON events.ad_id = campaigns.campaign_ad_id
WHERE event_type = 'view'
GROUP BY campaign, event_time - event_time % 10000";

/// What is asked about all events of the load, in files that are written the first time.
pub(super) fn question(load: &Load, rate: u64, settings: &Settings) -> Result<Question, CliError> {
    let folder = cache::kept(&format!("ysb/{}-{rate}", load.key()), |folder| {
        say(&format!("writing {} events", load.events()));
        write_events(folder, load)?;
        write_campaigns(folder)
    })?;
    let text = Text { suite: "ysb", name: "ysb".to_owned(), sql: QUERY.to_owned(), standard: None };
    let mut question = Tables::in_folder(folder, &TABLES)?.question(settings, text, Likeness::Same);
    question.amount = Some(load.events());
    Ok(question)
}

fn schema<const N: usize>(columns: [(&str, DataType); N]) -> SchemaRef {
    Arc::new(Schema::new(columns.map(|(name, kind)| Field::new(name, kind, false)).to_vec()))
}

fn write_events(folder: &Path, load: &Load) -> Result<(), CliError> {
    let columns =
        [("ad_id", DataType::Utf8), ("event_type", DataType::Utf8), ("event_time", DataType::Int64)];
    let schema = schema(columns);
    let mut file = ParquetFile::create(&folder.join("events.parquet"), schema.clone())?;
    for batch in load.batches() {
        let events = || batch.column(0).as_binary_view().iter().flatten().map(Event);
        let ads = StringArray::from_iter_values(events().map(|event| digits(event.ad())));
        let kinds = StringArray::from_iter_values(events().map(Event::kind));
        let times: Int64Array = events().map(Event::time_ms).collect();
        let rows =
            RecordBatch::try_new(schema.clone(), vec![Arc::new(ads), Arc::new(kinds), Arc::new(times)]);
        file.write(&rows.expect("columns of one length"))?;
    }
    file.close()
}

fn write_campaigns(folder: &Path) -> Result<(), CliError> {
    let schema = schema([("campaign_ad_id", DataType::Utf8), ("campaign", DataType::Int64)]);
    let mut file = ParquetFile::create(&folder.join("campaigns.parquet"), schema.clone())?;
    let ads = StringArray::from_iter_values((0..ADS).map(|ad| digits(identity_of_ad(ad))));
    let campaigns: Int64Array = (0..ADS).map(|ad| (ad / (ADS / CAMPAIGNS)).cast_signed()).collect();
    let rows = RecordBatch::try_new(schema, vec![Arc::new(ads), Arc::new(campaigns)]);
    file.write(&rows.expect("columns of one length"))?;
    file.close()
}

fn digits(identity: u128) -> String {
    format!("{identity:032x}")
}
