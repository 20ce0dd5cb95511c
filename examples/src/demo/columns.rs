//! Text in columns, each as wide as its widest cell.

use std::io::{self, Write};

/// On which side the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// Writes rows of cells, the first of which is the head. There is a side for every column.
pub(crate) fn write<const COLUMNS: usize>(
    out: &mut impl Write,
    sides: [Side; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> io::Result<()> {
    let wide = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; COLUMNS] = std::array::from_fn(wide);
    for row in rows {
        let cells = (0..COLUMNS).map(|column| {
            let (cell, width) = (&row[column], widths[column]);
            match sides[column] {
                Side::Left => format!("{cell:width$}"),
                Side::Right => format!("{cell:>width$}"),
            }
        });
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_lines_end_with_their_text() {
        let rows = [["page", "clicks", "last"], ["/a/b", "3", "12"], ["/", "1,234,567", "1"]];
        let mut out = Vec::new();
        write(&mut out, [Side::Left, Side::Right, Side::Left], &rows.map(|row| row.map(String::from)))
            .unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "page     clicks  last\n\
             /a/b          3  12\n\
             /     1,234,567  1\n"
        );
    }
}
