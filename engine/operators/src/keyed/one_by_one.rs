//! One key after the other: for input that is sorted by key, where all rows of a key are known before the next one comes.
//!
//! ```text
//!   rows   a a a │ b b │ c …        an operator for a: its rows, the end of time, the end ─► gone; then one for b
//! ```
//!
//! What is held is the state of one key, however many there are. Each key pays for an operator of its own and leaves in a
//! batch of its own, so with few rows a key this is slower than to hold all of them.
//!
//! Only for jobs that end and are not saved on their way: what an operator knows here is nothing that could be shared out.

use arrow_schema::SortOptions;
use memory::{Batch, KeyCodec, KeyRows};
use runtime::subtask::Failure;
use shuffle::Watermark;

use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;

/// Makes an operator for each key.
pub struct OneByOne<M> {
    input: Layout,
    codec: KeyCodec,
    make: M,
    /// The key whose rows come, and its operator.
    key: Vec<u8>,
    operator: Option<Box<dyn Operator>>,
    /// It has left something open.
    is_open: bool,
    then: Then,
    batch: Option<Rows>,
    /// The watermark that ends everything, on its way.
    end: Option<Watermark>,
}

/// What the operator of the key is called for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Rows,
    EndOfTime,
    End,
    Nothing,
}

/// What comes next.
enum Next {
    Rows(Batch),
    /// The key that has an operator has no more rows.
    OtherKey,
    Nothing,
}

/// A batch, and how far it is.
struct Rows {
    batch: Batch,
    keys: KeyRows,
    next: usize,
}

impl<M: Fn() -> Result<Box<dyn Operator>, Failure>> OneByOne<M> {
    /// Over a stream of this layout whose rows come sorted by key; `make` makes the operator of a key.
    ///
    /// # Errors
    ///
    /// If a type cannot be a key.
    pub fn new(input: Layout, make: M) -> Result<Self, Failure> {
        let order = SortOptions { descending: false, nulls_first: true };
        let types: Vec<_> = input.key_types().into_iter().map(|data_type| (data_type, order)).collect();
        Ok(Self {
            codec: KeyCodec::new(&types)?,
            input,
            make,
            key: Vec::new(),
            operator: None,
            is_open: false,
            then: Then::Rows,
            batch: None,
            end: None,
        })
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        loop {
            let flow = match (self.then, &mut self.operator) {
                (_, Some(operator)) if self.is_open => cx.timeless(|cx| operator.more(cx))?,
                (Then::Rows, _) => match self.next_rows() {
                    Next::Rows(rows) => self.feed(rows, cx)?,
                    Next::OtherKey => {
                        self.then = Then::EndOfTime;
                        continue;
                    }
                    Next::Nothing => {
                        self.batch = None;
                        if let Some(now) = self.end.take() {
                            cx.time(now)?;
                        }
                        return Ok(Flow::Next);
                    }
                },
                (Then::EndOfTime, Some(operator)) => {
                    self.then = Then::End;
                    cx.timeless(|cx| operator.time(Watermark::MAX, cx))?
                }
                (Then::End, Some(operator)) => {
                    self.then = Then::Nothing;
                    cx.timeless(|cx| operator.end(0, cx))?
                }
                (Then::Nothing | Then::EndOfTime | Then::End, _) => {
                    (self.operator, self.then) = (None, Then::Rows);
                    continue;
                }
            };
            self.is_open = flow != Flow::Next;
            if self.is_open {
                return Ok(flow);
            }
            if !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
    }

    /// The rows of one key that come next.
    fn next_rows(&mut self) -> Next {
        let rest = self.batch.as_mut().filter(|rows| rows.next < rows.batch.rows());
        let Some(Rows { batch, keys, next }) = rest else {
            return if self.end.is_some() && self.operator.is_some() {
                Next::OtherKey
            } else {
                Next::Nothing
            };
        };
        let first = *next;
        if self.operator.is_none() {
            self.key = keys.get(first).to_vec();
        }
        let same = (first..batch.rows()).take_while(|row| self.key == keys.get(*row)).count();
        *next += same;
        if same == 0 { Next::OtherKey } else { Next::Rows(batch.slice(first, same)) }
    }

    fn feed(&mut self, rows: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let operator = match &mut self.operator {
            Some(operator) => operator,
            none => none.insert((self.make)()?),
        };
        cx.timeless(|cx| operator.batch(0, rows, cx))
    }
}

impl<M: Fn() -> Result<Box<dyn Operator>, Failure>> Operator for OneByOne<M> {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let batch = batch.compact();
        let keys = self.codec.encode(&self.input.key_columns(&batch));
        self.batch = Some(Rows { batch, keys, next: 0 });
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        assert_eq!(now, Watermark::MAX, "sorted input has no time but its end");
        self.end = Some(now);
        self.go_on(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn wake(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let Some(operator) = &mut self.operator else { return Ok(Flow::Next) };
        let flow = cx.timeless(|cx| operator.wake(cx))?;
        self.is_open = flow != Flow::Next;
        Ok(flow)
    }
}
