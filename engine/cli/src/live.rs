//! The table of a query while it runs: its rows change in place, on a terminal.
//!
//! ```text
//!   ┌─────────┬───┐
//!   │ channel │ n │        the first rows, as many as the terminal has lines for
//!   ├─────────┼───┤
//!   │ Google  │ 7 │
//!   └─────────┴───┘
//!   1 row after 3.4 s; Ctrl-C ends the query
//! ```
//!
//! Keeps what it has drawn, to draw over it. When the query has ended the drawing is taken away, and all rows are shown.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use rustix::termios::tcgetwinsize;

use crate::arguments::Format;
use crate::left::Left;
use crate::show::Shown;

/// How often it is drawn again.
const EVERY: Duration = Duration::from_millis(100);
/// Lines that are no rows: three rules and the names, what is said below, the line of the cursor.
const OTHER_LINES: usize = 6;
/// A terminal that does not say how large it is.
const SIZE: Size = Size { lines: 24, columns: 80 };

/// What is drawn.
#[derive(Debug, Default)]
pub(crate) struct Live {
    lines: usize,
    last: Option<Duration>,
}

/// How large a terminal is.
#[derive(Clone, Copy, Debug)]
struct Size {
    lines: usize,
    columns: usize,
}

impl Size {
    fn of_output() -> Self {
        match tcgetwinsize(io::stdout()) {
            Ok(size) if size.ws_row > 0 && size.ws_col > 0 => {
                Self { lines: size.ws_row.into(), columns: size.ws_col.into() }
            }
            _ => SIZE,
        }
    }
}

impl Live {
    /// Whether somebody looks who sees a table change.
    pub(crate) fn is_seen(format: Format) -> bool {
        format == Format::Table && io::stdout().is_terminal()
    }

    /// Draws the rows, if it is time.
    pub(crate) fn draw(&mut self, left: &Left, elapsed: Duration, to: &mut impl Write) -> io::Result<()> {
        if self.last.is_some_and(|last| elapsed.saturating_sub(last) < EVERY) {
            return Ok(());
        }
        self.last = Some(elapsed);
        let lines = lines(left, elapsed, Size::of_output())?;
        let drawn = drawn(&lines, self.lines);
        self.lines = lines.len();
        to.write_all(drawn.as_bytes())?;
        to.flush()
    }

    /// Takes the drawing away.
    pub(crate) fn clear(&mut self, to: &mut impl Write) -> io::Result<()> {
        let drawn = drawn(&[], std::mem::take(&mut self.lines));
        to.write_all(drawn.as_bytes())
    }
}

/// The lines over those that were drawn before.
fn drawn(lines: &[String], before: usize) -> String {
    let mut drawn = match before {
        0 => String::new(),
        before => format!("\x1b[{before}A\r\x1b[J"),
    };
    for line in lines {
        drawn.push_str(line);
        drawn.push_str("\r\n");
    }
    drawn
}

/// What is drawn of these rows: no line is longer than the terminal, where it would become two.
fn lines(left: &Left, elapsed: Duration, size: Size) -> io::Result<Vec<String>> {
    let most = size.lines.saturating_sub(OTHER_LINES).max(1);
    let rows = left.first(most).map_err(io::Error::other)?;
    let mut table = Shown::new(Vec::new(), Format::Table, &rows.schema());
    table.show(&rows)?;
    let table = String::from_utf8(table.close()?).map_err(io::Error::other)?;
    let fits = |line: &str| match line.chars().count() > size.columns {
        true => line.chars().take(size.columns.saturating_sub(1)).chain(['…']).collect(),
        false => line.to_owned(),
    };
    let mut lines: Vec<String> = table.lines().map(fits).collect();
    let noun = if left.len() == 1 { "row" } else { "rows" };
    let shown = if left.len() > most { format!(", of which {most} are shown") } else { String::new() };
    let seconds = elapsed.as_secs_f64();
    lines.push(fits(&format!("{} {noun}{shown} after {seconds:.1} s; Ctrl-C ends the query", left.len())));
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use arrow_array::record_batch;
    use memory::RowKind;

    use super::*;

    fn of(numbers: [i64; 3], size: Size) -> Vec<String> {
        let rows = record_batch!(("n", Int64, numbers.to_vec())).unwrap();
        let mut left = Left::new(rows.schema()).unwrap();
        left.come(rows, |_| RowKind::Insert).unwrap();
        lines(&left, Duration::from_millis(3_440), size).unwrap()
    }

    #[test]
    fn as_many_rows_are_drawn_as_fit() {
        let all = of([1, 20, 3], SIZE);
        assert_eq!(
            all,
            [
                "┌────┐",
                "│  n │",
                "├────┤",
                "│  1 │",
                "│ 20 │",
                "│  3 │",
                "└────┘",
                "3 rows after 3.4 s; Ctrl-C ends the query"
            ]
        );
        let small = of([1, 20, 3], Size { lines: 8, columns: 20 });
        assert_eq!(small[3..], ["│  1 │", "│ 20 │", "└────┘", "3 rows, of which 2 …"]);
        assert!(small.len() < 8);
    }

    #[test]
    fn what_is_drawn_is_drawn_over() {
        assert_eq!(drawn(&["a".into(), "b".into()], 0), "a\r\nb\r\n");
        assert_eq!(drawn(&["c".into()], 2), "\x1b[2A\r\x1b[Jc\r\n");
        assert_eq!(drawn(&[], 1), "\x1b[1A\r\x1b[J");
    }
}
