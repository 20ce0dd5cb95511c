//! Rows as text on the standard output, or wherever somebody reads along.
//!
//! ```text
//!   +I[ann, 3]            one subtask
//!   2> +I[ann, 3]         several: which one
//!   totals:2> +I[ann, 3]  and the name of the sink, where there are several
//! ```
//!
//! The rows of a batch are written at once, so lines of two subtasks do not mix. Keeps nothing: what was taken is
//! written, and flushed. A reader who is slow holds up the core; who wants speed writes files.

mod row;

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use memory::Batch;
use operators::{Cx, Flow, Sink};
use runtime::subtask::{Failure, Seat};

pub use row::RowStyle;

/// What a sink says whose reader has gone away.
const CLOSED_PIPE: &str = "nobody reads the output any more";

/// Where text goes. Subtasks of one sink share it.
pub type Output = Arc<Mutex<dyn Write + Send>>;

/// The sink.
#[derive(Clone)]
pub struct Print {
    identifier: Option<String>,
    style: RowStyle,
    output: Output,
}

impl Default for Print {
    /// To the standard output, rows as those of a changelog.
    fn default() -> Self {
        Self { identifier: None, style: RowStyle::Changelog, output: Arc::new(Mutex::new(io::stdout())) }
    }
}

impl Print {
    /// To the standard error.
    pub fn to_standard_error() -> Self {
        Self { output: Arc::new(Mutex::new(io::stderr())), ..Self::default() }
    }

    /// To a writer.
    pub fn to(output: Output) -> Self {
        Self { output, ..Self::default() }
    }

    /// The same with a name before each row.
    #[must_use]
    pub fn identifier(self, identifier: impl Into<String>) -> Self {
        Self { identifier: Some(identifier.into()), ..self }
    }

    /// The same with rows that look like this.
    #[must_use]
    pub fn style(self, style: RowStyle) -> Self {
        Self { style, ..self }
    }

    /// One subtask.
    ///
    /// # Errors
    ///
    /// None; as with every sink.
    pub fn make(&self, seat: &Seat) -> Result<Box<dyn Sink>, Failure> {
        let prefix = prefix(self.identifier.as_deref(), seat.place.number, seat.place.parallelism);
        Ok(Box::new(Printing { prefix, style: self.style, output: self.output.clone(), text: String::new() }))
    }
}

impl fmt::Debug for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identifier, style, .. } = self;
        f.debug_struct("Print").field("identifier", identifier).field("style", style).finish_non_exhaustive()
    }
}

/// Whether a job has failed because nobody reads what it prints any more, as behind `| head`: no trouble to speak of.
pub fn is_closed_pipe(failure: &Failure) -> bool {
    failure.to_string().ends_with(CLOSED_PIPE)
}

/// What stands before each row, in Flink's words.
fn prefix(identifier: Option<&str>, subtask: u32, parallelism: u32) -> String {
    match (identifier, parallelism > 1) {
        (None, false) => String::new(),
        (None, true) => format!("{}> ", subtask + 1),
        (Some(identifier), false) => format!("{identifier}> "),
        (Some(identifier), true) => format!("{identifier}:{}> ", subtask + 1),
    }
}

/// A subtask.
struct Printing {
    prefix: String,
    style: RowStyle,
    output: Output,
    /// The memory of the last batch's text.
    text: String,
}

impl Sink for Printing {
    fn batch(&mut self, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.text.clear();
        let told = row::append(&batch.compact(), self.style, &self.prefix, &mut self.text);
        told.map_err(|cause| Failure::lasting(format!("a row cannot be printed: {cause}")))?;
        // A writer that has panicked in another subtask may still be fit for this one.
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        output
            .write_all(self.text.as_bytes())
            .and_then(|()| output.flush())
            .map_err(|cause| failure(&cause))?;
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        Ok(Flow::Next)
    }
}

fn failure(cause: &io::Error) -> Failure {
    if cause.kind() == io::ErrorKind::BrokenPipe {
        return Failure::lasting(CLOSED_PIPE);
    }
    Failure::lasting(format!("rows cannot be printed: {cause}; look at where the output is redirected to"))
}

#[cfg(test)]
mod tests {
    use arrow_array::record_batch;
    use memory::{RowKind, RowKinds};

    use super::*;
    use crate::collection::Collection;
    use crate::trial;

    /// What a job prints whose source is `rows`.
    fn printed(print: impl Fn(Output) -> Print, batch: arrow_array::RecordBatch, parallelism: u32) -> String {
        let text: Arc<Mutex<Vec<u8>>> = Arc::default();
        let (print, source) = (print(text.clone()), Collection::of(batch.schema(), [batch]).batch_rows(2));
        let make = move |seat: &Seat| {
            let mut alone = trial::seat_of(seat);
            alone.place.parallelism = 1;
            source.make(&alone)
        };
        trial::finishes(trial::vertex(make, move |seat| print.make(seat)).parallel(parallelism));
        let text = text.lock().unwrap().clone();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn rows_of_one_subtask_have_no_prefix() {
        let rows = record_batch!(
            ("name", Utf8View, [Some("a"), Some("it, \"b\""), None]),
            ("count", Int64, [Some(1), None, Some(-3)])
        );
        let text = printed(Print::to, rows.unwrap(), 1);
        assert_eq!(text, "+I[a, 1]\n+I[it, \"b\", null]\n+I[null, -3]\n");
    }

    #[test]
    fn several_subtasks_say_which_they_are() {
        let rows = record_batch!(("n", Int32, [7])).unwrap();
        let text = printed(Print::to, rows.clone(), 2);
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["1> +I[7]", "2> +I[7]"]);
        assert_eq!(printed(|to| Print::to(to).identifier("x"), rows.clone(), 1), "x> +I[7]\n");
        let text = printed(|to| Print::to(to).identifier("x"), rows, 2);
        assert!(text.contains("x:1> +I[7]\n") && text.contains("x:2> +I[7]\n"), "{text}");
    }

    #[test]
    fn a_changelog_shows_its_kinds_and_only_rows_that_count() {
        let kinds = [RowKind::Insert, RowKind::UpdateBefore, RowKind::UpdateAfter, RowKind::Delete];
        let batch = Batch::new(record_batch!(("n", Int32, [1, 1, 2, 2])).unwrap());
        let batch = batch.with_kinds(Some(RowKinds::new(kinds)));
        let text = |batch: &Batch| {
            let mut text = String::new();
            row::append(&batch.clone().compact(), RowStyle::Changelog, "", &mut text).unwrap();
            text
        };
        assert_eq!(text(&batch), "+I[1]\n-U[1]\n+U[2]\n-D[2]\n");
        let last = batch.narrow(&vec![false, false, false, true].into());
        assert_eq!(text(&last), "-D[2]\n");
    }

    struct Closed(io::ErrorKind);

    impl Write for Closed {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_has_gone_away_is_told_from_trouble() {
        let failure = |kind| {
            let print = Print::to(Arc::new(Mutex::new(Closed(kind))));
            let source = trial::numbers(10, 1);
            trial::fails(trial::vertex(move |seat| source.make(seat), move |seat| print.make(seat)))
        };
        assert!(is_closed_pipe(&failure(io::ErrorKind::BrokenPipe)));
        let full = failure(io::ErrorKind::StorageFull);
        assert!(!is_closed_pipe(&full));
        let words = "trial (1/1): rows cannot be printed: no storage space; look at where the output is redirected to";
        assert_eq!(full.to_string(), words);
    }
}
