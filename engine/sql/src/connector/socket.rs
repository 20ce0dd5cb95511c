//! `'connector' = 'socket'`: lines from whoever listens at a port, as in Flink's example of a connector of one's own.

use arrow_schema::SchemaRef;
use connect::SocketSource;
use connect::format::Format;
use connect::read::FileSourceSpec;

use super::formats::{format_of, on_error};
use super::options::Options;
use crate::error::SqlError;

/// What ends a line, as a number.
const NEWLINE: u64 = 10;

/// A table behind a socket.
#[derive(Clone, Debug)]
pub(crate) struct SocketTable {
    host: String,
    port: u16,
    lines: FileSourceSpec,
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
        let lines = FileSourceSpec::new(["socket"], format, schema).on_error(on_error);
        lines.check().map_err(|error| SqlError::new(format!("table {table}: {error}")))?;
        Ok(Self { host, port, lines })
    }

    /// What a query reads.
    pub(crate) fn source(&self, read: &[usize]) -> SocketSource {
        let lines = self.lines.clone().project(read);
        SocketSource::new(self.host.clone(), self.port).lines(lines)
    }
}
