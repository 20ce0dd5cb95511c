//! Columns that lie below each other: how a report is read in a terminal.

use std::fmt::Write;

/// Rows of cells. The first columns are words and stand left, the others are numbers and stand right.
#[derive(Debug)]
pub(crate) struct Table {
    words: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// With these heads, the first so many of them of words.
    pub(crate) fn new<const N: usize>(words: usize, heads: [&str; N]) -> Self {
        Self { words, rows: vec![heads.map(str::to_owned).to_vec()] }
    }

    /// One more row.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// As text, a line for each row. A column that is empty in all rows is left out.
    pub(crate) fn text(&self) -> String {
        let columns = self.rows[0].len();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let is_used = |column: usize| {
            self.rows[1..].iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty()))
        };
        let shown: Vec<(usize, usize)> =
            (0..columns).filter(|column| is_used(*column)).map(|column| (column, width(column))).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (column, width) in &shown {
                let cell = row.get(*column).map_or("", String::as_str);
                let _ = match *column < self.words {
                    true => write!(line, "{cell:<width$}  "),
                    false => write!(line, "{cell:>width$}  "),
                };
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_lie_below_each_other_and_empty_ones_are_left_out() {
        let mut table = Table::new(1, ["query", "unused", "s"]);
        table.row(vec!["q0".to_owned(), String::new(), "1.5".to_owned()]);
        table.row(vec!["q10".to_owned(), String::new(), "11.25".to_owned()]);
        assert_eq!(table.text(), "query      s\nq0       1.5\nq10    11.25\n");
    }
}
