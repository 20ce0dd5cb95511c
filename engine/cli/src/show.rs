//! Rows for people, and for other programs.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};
use expr::Zone;

use crate::arguments::Format;

/// Rows of a table that are laid out together.
const LAID_OUT_ROWS: usize = 1000;
/// What a value of a table may take of a line.
const CELL_WIDTH: usize = 60;

/// Where rows are shown.
pub(crate) struct Shown<W> {
    to: W,
    format: Format,
    names: Vec<String>,
    numeric: Vec<bool>,
    /// Rows that wait to be laid out.
    waiting: Vec<Vec<String>>,
    widths: Vec<usize>,
    rows: u64,
    has_begun: bool,
    /// By whose clocks instants are shown.
    zone: Zone,
}

impl<W: Write> Shown<W> {
    /// Rows of these columns.
    pub(crate) fn new(to: W, format: Format, schema: &Schema) -> Self {
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let numeric = schema.fields().iter().map(|field| field.data_type().is_numeric()).collect();
        Self {
            to,
            format,
            names,
            numeric,
            waiting: Vec::new(),
            widths: Vec::new(),
            rows: 0,
            has_begun: false,
            zone: Zone::UTC,
        }
    }

    /// Instants as clocks of this zone show them.
    pub(crate) fn by_clocks(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// Where they are shown, for what is shown beside them.
    pub(crate) fn to(&mut self) -> &mut W {
        &mut self.to
    }

    /// Some rows.
    pub(crate) fn show(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let written = |column: &ArrayRef| as_text(&self.zone.shown(column)?);
        let columns =
            batch.columns().iter().map(written).collect::<Result<Vec<_>, _>>().map_err(io::Error::other)?;
        for row in 0..batch.num_rows() {
            self.rows += 1;
            match self.format {
                Format::Table => {
                    let cell = |column: &ArrayRef| cut(text(column, row).unwrap_or("NULL"));
                    self.waiting.push(columns.iter().map(cell).collect());
                    if self.waiting.len() == LAID_OUT_ROWS {
                        self.lay_out()?;
                    }
                }
                Format::Csv => {
                    self.header()?;
                    let cells: Vec<String> = columns.iter().map(|column| quoted(text(column, row))).collect();
                    writeln!(self.to, "{}", cells.join(","))?;
                }
                Format::Json => self.object(batch, &columns, row)?,
            }
        }
        Ok(())
    }

    /// There are no more for now: nobody should have to wait for what is there.
    pub(crate) fn catch_up(&mut self) -> io::Result<()> {
        if !self.waiting.is_empty() {
            self.lay_out()?;
        }
        self.to.flush()
    }

    /// There are no more, of a table; who looks at it counts himself.
    pub(crate) fn close(mut self) -> io::Result<W> {
        self.lay_out()?;
        self.rule('└', '┴', '┘')?;
        Ok(self.to)
    }

    /// There are no more.
    pub(crate) fn finish(mut self, elapsed: Option<Duration>) -> io::Result<()> {
        match self.format {
            Format::Csv => self.header()?,
            Format::Json => {}
            Format::Table => {
                self.lay_out()?;
                if self.has_begun {
                    self.rule('└', '┴', '┘')?;
                }
                let noun = if self.rows == 1 { "row" } else { "rows" };
                match elapsed {
                    Some(elapsed) => {
                        writeln!(self.to, "{} {noun}, {:.3} s", self.rows, elapsed.as_secs_f64())?
                    }
                    None => writeln!(self.to, "{} {noun}", self.rows)?,
                }
            }
        }
        self.to.flush()
    }

    fn header(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.has_begun, true) {
            return Ok(());
        }
        let names: Vec<String> = self.names.iter().map(|name| quoted(Some(name))).collect();
        writeln!(self.to, "{}", names.join(","))
    }

    fn object(&mut self, batch: &RecordBatch, columns: &[ArrayRef], row: usize) -> io::Result<()> {
        let mut object = String::from("{");
        for (number, name) in self.names.iter().enumerate() {
            let between = if number == 0 { "" } else { "," };
            let name = serde_json::Value::from(name.as_str());
            let value = match (text(&columns[number], row), batch.column(number).data_type()) {
                (None, _) => "null".to_owned(),
                (Some(text), DataType::Boolean) => text.to_lowercase(),
                (Some(text), data_type)
                    if data_type.is_numeric() && text.parse::<f64>().is_ok_and(f64::is_finite) =>
                {
                    text.to_owned()
                }
                (Some(text), _) => serde_json::Value::from(text).to_string(),
            };
            object.push_str(&format!("{between}{name}:{value}"));
        }
        writeln!(self.to, "{object}}}")
    }

    /// Shows the rows that wait. The first ones say how wide columns are; later ones may make them wider.
    fn lay_out(&mut self) -> io::Result<()> {
        let first = !self.has_begun;
        if self.names.is_empty() || (self.waiting.is_empty() && !first) {
            return Ok(());
        }
        let width = |text: &String| text.chars().count();
        if first {
            self.widths = self.names.iter().map(width).collect();
        }
        for row in &self.waiting {
            for (most, cell) in self.widths.iter_mut().zip(row) {
                *most = width(cell).max(*most);
            }
        }
        if first {
            self.has_begun = true;
            self.rule('┌', '┬', '┐')?;
            let names = self.names.clone();
            self.line(&names)?;
            self.rule('├', '┼', '┤')?;
        }
        for row in std::mem::take(&mut self.waiting) {
            self.line(&row)?;
        }
        Ok(())
    }

    fn rule(&mut self, left: char, between: char, right: char) -> io::Result<()> {
        let lines: Vec<String> = self.widths.iter().map(|width| "─".repeat(width + 2)).collect();
        writeln!(self.to, "{left}{}{right}", lines.join(&between.to_string()))
    }

    fn line(&mut self, cells: &[String]) -> io::Result<()> {
        for ((cell, width), numeric) in cells.iter().zip(&self.widths).zip(&self.numeric) {
            match numeric {
                true => write!(self.to, "│ {cell:>width$} ")?,
                false => write!(self.to, "│ {cell:<width$} ")?,
            }
        }
        writeln!(self.to, "│")
    }
}

/// A column as text, by the words that CAST has.
pub(crate) fn as_text(column: &ArrayRef) -> Result<ArrayRef, expr::ExprError> {
    if matches!(column.data_type(), DataType::Utf8View) {
        return Ok(Arc::clone(column));
    }
    expr::cast(&expr::Value::Rows(Arc::clone(column)), &DataType::Utf8View)?.into_rows(column.len())
}

/// A value of such a column, if it is one.
pub(crate) fn text(column: &ArrayRef, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.as_string_view().value(row))
}

/// What fits a cell: a line, and not too long.
fn cut(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(CELL_WIDTH + 1)
        .collect();
    match line.chars().count() > CELL_WIDTH {
        true => line.chars().take(CELL_WIDTH - 1).chain(['…']).collect(),
        false => line,
    }
}

/// A value of CSV. Null is nothing, and an empty text is two quotes.
fn quoted(text: Option<&str>) -> String {
    match text {
        None => String::new(),
        Some(text) if text.is_empty() || text.contains([',', '"', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Some(text) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::record_batch;

    use super::*;

    fn shown(format: Format) -> String {
        let rows = record_batch!(
            ("name", Utf8View, [Some("ann, the \"first\""), Some(""), None]),
            ("n", Int64, [Some(1), None, Some(-30)])
        );
        let (rows, mut to) = (rows.unwrap(), Vec::new());
        let mut shown = Shown::new(&mut to, format, &rows.schema());
        shown.show(&rows).unwrap();
        shown.finish(None).unwrap();
        String::from_utf8(to).unwrap()
    }

    #[test]
    fn rows_are_shown_in_each_format() {
        let table = "┌──────────────────┬──────┐\n\
                     │ name             │    n │\n\
                     ├──────────────────┼──────┤\n\
                     │ ann, the \"first\" │    1 │\n\
                     │                  │ NULL │\n\
                     │ NULL             │  -30 │\n\
                     └──────────────────┴──────┘\n\
                     3 rows\n";
        assert_eq!(shown(Format::Table), table);
        assert_eq!(shown(Format::Csv), "name,n\n\"ann, the \"\"first\"\"\",1\n\"\",\n,-30\n");
        let objects = "{\"name\":\"ann, the \\\"first\\\"\",\"n\":1}\n{\"name\":\"\",\"n\":null}\n{\"name\":null,\"n\":-30}\n";
        assert_eq!(shown(Format::Json), objects);
    }

    #[test]
    fn a_long_value_is_cut_and_stays_on_its_line() {
        assert_eq!(cut("a\nb"), "a b");
        assert_eq!(cut(&"x".repeat(61)), format!("{}…", "x".repeat(59)));
    }
}
