//! What an operator on trial is given, as text.
//!
//! ```text
//!   a 1 @10 | 1: b ∅ @12 | ~11 | +100ms | -D a 1 @13
//!   ───┬───   ─────┬────   ─┬─   ──┬───   ─────┬────
//!   a row    of port 1,  watermark │      a row that is gone
//!            null                  the clock goes on
//! ```
//!
//! Values stand in the order of the columns, without the event time if that travels beside the record: it is what `@` says.
//! An empty text is `''`. Texts have no blanks in them.

use std::fmt;

use memory::RowKind;

/// One thing that happens to an operator on trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A row comes.
    Row(Row),
    /// Event time has come to this.
    Watermark(i64),
    /// The clock goes on by so many milliseconds, and wakes whoever wants to be woken until then.
    Wait(u64),
}

/// A row as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The port by which it comes.
    pub port: usize,
    /// What it says of a changelog.
    pub kind: RowKind,
    /// Its values.
    pub values: Vec<String>,
    /// Its event time, if that travels beside the record.
    pub time: Option<i64>,
}

impl Row {
    /// The value of this column.
    pub fn text(&self, column: usize) -> &str {
        &self.values[column]
    }

    /// The number in this column, or `None` for null.
    ///
    /// # Panics
    ///
    /// If it is no number.
    pub fn number(&self, column: usize) -> Option<i64> {
        let value = self.text(column);
        let number = || value.parse().unwrap_or_else(|_| panic!("`{value}` is no number"));
        (value != NULL).then(number)
    }
}

/// What stands for null.
pub(super) const NULL: &str = "∅";

/// Reads a script.
///
/// # Panics
///
/// If it is none: scripts are written by those who run them.
pub(super) fn parse(text: &str) -> Vec<Item> {
    text.split('|').map(str::trim).filter(|item| !item.is_empty()).map(item).collect()
}

fn item(text: &str) -> Item {
    if let Some(now) = text.strip_prefix('~') {
        return Item::Watermark(number(now, text));
    }
    if let Some(passed) = text.strip_prefix('+').and_then(|rest| rest.strip_suffix("ms")) {
        return Item::Wait(number(passed, text));
    }
    let (mut port, mut kind, mut time, mut values) = (0, RowKind::Insert, None, Vec::new());
    for (place, word) in text.split_whitespace().enumerate() {
        if let Some(at) = word.strip_prefix('@') {
            time = Some(number(at, text));
        } else if let Some(named) = word.strip_suffix(':').filter(|_| place == 0) {
            port = number(named, text);
        } else if let Some(named) = kind_of(word).filter(|_| values.is_empty()) {
            kind = named;
        } else {
            values.push(word.to_owned());
        }
    }
    Item::Row(Row { port, kind, values, time })
}

fn kind_of(word: &str) -> Option<RowKind> {
    (0..4).filter_map(RowKind::from_number).find(|kind| kind.to_string() == word)
}

fn number<T: std::str::FromStr>(word: &str, within: &str) -> T {
    word.trim().parse().unwrap_or_else(|_| panic!("`{word}` in `{within}` is no number"))
}

/// As it is written in a script.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Watermark(now) => write!(f, "~{now}"),
            Self::Wait(passed_ms) => write!(f, "+{passed_ms}ms"),
            Self::Row(row) => {
                if row.port > 0 {
                    write!(f, "{}: ", row.port)?;
                }
                write!(f, "{row}")
            }
        }
    }
}

/// Without its port.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != RowKind::Insert {
            write!(f, "{} ", self.kind)?;
        }
        f.write_str(&self.values.join(" "))?;
        self.time.map_or(Ok(()), |time| write!(f, " @{time}"))
    }
}

/// A whole script, or the rows of an output.
pub(super) fn show<T: fmt::Display>(items: &[T]) -> String {
    let all: Vec<String> = items.iter().map(T::to_string).collect();
    if all.is_empty() { "nothing".into() } else { all.join(" | ") }
}
