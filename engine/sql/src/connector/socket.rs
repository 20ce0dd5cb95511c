//! `'connector' = 'socket'`: lines from and to whoever listens at a port, as in Flink's example of a connector of one's own.

use std::time::Duration;

use arrow_schema::SchemaRef;
use connect::format::Format;
use connect::read::FileSourceSpec;
use connect::write::WriteError;
use connect::{SocketSink, SocketSource};

use super::formats::{encoding_of, format_of, on_error};
use super::options::Options;
use crate::error::SqlError;

/// What ends a line, as a number.
const NEWLINE: u64 = 10;

/// A table behind a socket.
#[derive(Clone, Debug)]
pub(crate) struct SocketTable {
    host: String,
    port: u16,
    format: Format,
    lines: FileSourceSpec,
    /// How often it is connected again; without end, if not said.
    retries: Option<u64>,
    delay: Option<Duration>,
}

impl SocketTable {
    pub(super) fn of(options: &mut Options<'_>, schema: &SchemaRef) -> Result<Self, SqlError> {
        let table = options.table;
        let host = options.need("hostname", "localhost")?;
        let port = options.need("port", "9999")?;
        let port = port.trim().parse().map_err(|_| {
            SqlError::new(format!("table {table}: 'port' = '{port}'; it is a number up to 65535"))
        })?;
        if let Some(delimiter) = options.number("byte-delimiter")?
            && delimiter != NEWLINE
        {
            return Err(SqlError::new(format!(
                "table {table}: 'byte-delimiter' = '{delimiter}' is not supported yet; there is '{NEWLINE}', a newline"
            )));
        }
        let name = options.need("format", "csv")?;
        let format = format_of(&name, options)?;
        if !matches!(format, Format::Csv(_) | Format::Json(_) | Format::Text) {
            return Err(SqlError::new(format!(
                "table {table}: '{name}' has no lines; there are csv, json, raw"
            )));
        }
        let on_error = on_error(&format, options)?;
        // The path is nobody's: what is read comes through the socket.
        let lines = FileSourceSpec::new(["socket"], format.clone(), schema).on_error(on_error);
        lines.check().map_err(|error| SqlError::new(format!("table {table}: {error}")))?;
        let retries = match options.take("max-retries").as_deref().map(str::trim) {
            None => Some(0),
            Some("-1") => None,
            Some(text) => Some(text.parse().map_err(|_| {
                let words = "it is a whole number, or -1 for as many as it takes";
                SqlError::new(format!("table {table}: 'max-retries' = '{text}'; {words}"))
            })?),
        };
        Ok(Self { host, port, format, lines, retries, delay: options.duration("retry-delay")? })
    }

    /// What a query reads.
    pub(crate) fn source(&self, read: &[usize]) -> SocketSource {
        let lines = self.lines.clone().project(read);
        let source = SocketSource::new(self.host.clone(), self.port).lines(lines).max_retries(self.retries);
        match self.delay {
            Some(delay) => source.retry_delay(delay),
            None => source,
        }
    }

    /// What an insert writes.
    pub(crate) fn sink(&self, schema: &SchemaRef) -> Result<SocketSink, WriteError> {
        let sink = SocketSink::encoded(self.host.clone(), self.port, encoding_of(&self.format), schema)?;
        let sink = sink.max_retries(self.retries);
        Ok(match self.delay {
            Some(delay) => sink.retry_delay(delay),
            None => sink,
        })
    }
}
