//! What a window holds and what is made of it.
//!
//! | function | holds | sends |
//! |---|---|---|
//! | [`Folded`](super::Folded) | one state: O(1) for a window | what is shown of it |
//! | [`FoldedThen`](super::FoldedThen) | the same | what a [`WindowProcess`] makes of that one row |
//! | [`AllRows`](super::AllRows) | all rows | what a [`WindowProcess`] makes of them |
//! | [`Evicting`](super::Evicting) | all rows with their times | the same of those that an evictor leaves |

use arrow_array::ArrayRef;
use arrow_schema::{Field, FieldRef};
use record::{Mismatch, Record, RecordBuilder, Value, ValueBuilder};
use runtime::subtask::Failure;

use super::context::WindowCx;

/// Whether a window was sent to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "who is not done must be called again"]
pub enum Fired {
    /// All of it.
    All,
    /// There is more: call again when what waits has been sent.
    More,
}

/// How rows become the contents of a window, and these what is sent.
pub trait WindowFunction<T>: 'static {
    /// What a window holds.
    type Contents: 'static;
    /// What is sent.
    type Out: Record;

    /// Adds a row and its event time.
    fn add(&mut self, contents: &mut Option<Self::Contents>, row: T, time: i64);

    /// Adds what another window holds, whose rows come behind.
    fn merge(&mut self, contents: &mut Option<Self::Contents>, other: Self::Contents);

    /// Sends the window. It stands still until that is done.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn fire(
        &mut self,
        contents: &mut Option<Self::Contents>,
        cx: &mut WindowCx<'_, Self::Out>,
    ) -> Result<Fired, Failure>;

    /// The window is gone for good.
    fn clear(&mut self, _cx: &mut WindowCx<'_, Self::Out>) {}

    /// How much memory contents take beside their own size, but for what their values hold elsewhere.
    fn bytes(_contents: &Self::Contents) -> usize {
        0
    }

    /// The names of the parts in which contents are written down.
    fn parts() -> &'static [&'static str] {
        &["contents"]
    }

    /// Writes a part of some contents down.
    fn write(&self, part: usize, contents: &[&Self::Contents]) -> Written;

    /// Reads what was written: contents for each row, to be merged in their order.
    ///
    /// # Errors
    ///
    /// If the columns are of another type.
    fn read(&self, part: usize, columns: &[ArrayRef], rows: usize) -> Result<Vec<Self::Contents>, Mismatch>;
}

/// Contents as columns.
pub struct Written {
    /// How many rows each of them has become.
    pub counts: Vec<usize>,
    /// The columns.
    pub columns: Vec<(FieldRef, ArrayRef)>,
}

impl Written {
    /// Rows of records, some for each of the contents.
    pub fn records<'a, T: Record>(all: impl IntoIterator<Item = &'a [T]>) -> Self {
        let (mut builder, mut counts) = (T::Builder::default(), Vec::new());
        for rows in all {
            counts.push(rows.len());
            rows.iter().for_each(|row| builder.push(row.clone()));
        }
        Self { counts, columns: T::fields().iter().cloned().zip(builder.finish()).collect() }
    }

    /// One value for each of the contents.
    pub fn values<'a, V: Value>(all: impl IntoIterator<Item = &'a V>) -> Self {
        let mut builder = V::Builder::default();
        all.into_iter().for_each(|value| builder.push(value.clone()));
        let counts = vec![1; builder.len()];
        let field = Field::new("state", V::data_type(), V::NULLABLE);
        Self { counts, columns: vec![(field.into(), builder.finish())] }
    }
}

/// What is done with all rows of a window.
///
/// A closure is one too: `|rows: &[T], cx: &mut WindowCx<'_, O>| cx.emit(…)` wrapped in [`AllRows::with`](super::AllRows::with).
pub trait WindowProcess<I, O: Record>: 'static {
    /// The window is to be sent.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn process(&mut self, rows: &[I], cx: &mut WindowCx<'_, O>) -> Result<(), Failure>;

    /// The window is gone for good; its own states will be dropped.
    fn clear(&mut self, _cx: &mut WindowCx<'_, O>) {}
}

/// A closure as a [`WindowProcess`].
#[derive(Clone, Copy, Debug)]
pub struct Each<F>(pub F);

impl<I, O: Record, F: FnMut(&[I], &mut WindowCx<'_, O>) + 'static> WindowProcess<I, O> for Each<F> {
    fn process(&mut self, rows: &[I], cx: &mut WindowCx<'_, O>) -> Result<(), Failure> {
        (self.0)(rows, cx);
        Ok(())
    }
}

/// Something that can be done with the rows of a window all at once: what an evictor leaves of them.
pub trait OverRows<T>: 'static {
    /// What is sent.
    type Out: Record;

    /// The window is to be sent with these rows.
    ///
    /// # Errors
    ///
    /// What the job cannot go on with.
    fn over(&mut self, rows: &[T], cx: &mut WindowCx<'_, Self::Out>) -> Result<(), Failure>;

    /// The window is gone for good.
    fn clear(&mut self, _cx: &mut WindowCx<'_, Self::Out>) {}
}
