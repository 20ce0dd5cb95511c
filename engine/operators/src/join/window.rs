//! Rows of two inputs in the same windows.

use std::marker::PhantomData;

use arrow_array::ArrayRef;
use memory::Batch;
use record::{Mismatch, Record, RecordReader};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::keyed::Place;
use crate::layout::Layout;
use crate::rows::{Collector, open};
use crate::seat::OperatorSeat;
use crate::side::OutputTag;
use crate::window::body::WindowBody;
use crate::window::{Assigner, Trigger, WindowFunction, Windowing, Written};

/// A row of one of two inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// Of the first.
    Left(A),
    /// Of the second.
    Right(B),
}

/// What a window of two inputs holds.
#[derive(Clone, Debug)]
pub struct BothSides<A, B> {
    pub(super) left: Vec<A>,
    pub(super) right: Vec<B>,
}

impl<A: Record, B: Record> BothSides<A, B> {
    /// The names of the parts in which they are written down.
    pub(super) const PARTS: &[&str] = &["left", "right"];

    pub(super) fn add(sides: &mut Option<Self>, row: Either<A, B>) {
        let sides = sides.get_or_insert_with(|| Self { left: Vec::new(), right: Vec::new() });
        match row {
            Either::Left(row) => sides.left.push(row),
            Either::Right(row) => sides.right.push(row),
        }
    }

    pub(super) fn merge(sides: &mut Option<Self>, mut other: Self) {
        match sides {
            Some(sides) => {
                sides.left.append(&mut other.left);
                sides.right.append(&mut other.right);
            }
            None => *sides = Some(other),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.left.capacity() * size_of::<A>() + self.right.capacity() * size_of::<B>()
    }

    pub(super) fn write(part: usize, all: &[&Self]) -> Written {
        match part {
            0 => Written::records(all.iter().map(|sides| &sides.left[..])),
            _ => Written::records(all.iter().map(|sides| &sides.right[..])),
        }
    }

    pub(super) fn read(part: usize, columns: &[ArrayRef], rows: usize) -> Result<Vec<Self>, Mismatch> {
        Ok(match part {
            0 => {
                let reader = A::Reader::open(columns)?;
                (0..rows).map(|row| Self { left: vec![reader.get(row)], right: Vec::new() }).collect()
            }
            _ => {
                let reader = B::Reader::open(columns)?;
                (0..rows).map(|row| Self { left: Vec::new(), right: vec![reader.get(row)] }).collect()
            }
        })
    }
}

/// A function of the windows of two inputs: port 0 is the left one, port 1 the right one.
pub struct WindowJoin<A: Record, B: Record, S, G, F>
where
    G: Trigger<Either<A, B>>,
    F: WindowFunction<Either<A, B>>,
{
    inputs: [Layout; 2],
    body: WindowBody<Either<A, B>, S, G, F>,
    at: Option<At<A, B>>,
    ports_open: usize,
    late: LateTags<A, B>,
    _function: PhantomData<F>,
}

/// Where it is in a batch.
enum At<A: Record, B: Record> {
    Left(A::Reader, Place),
    Right(B::Reader, Place),
}

impl<A: Record, B: Record> At<A, B> {
    fn next(&mut self) -> Option<(state::Slot, Either<A, B>, i64)> {
        let (row, slot) = match self {
            Self::Left(_, place) | Self::Right(_, place) => place.next()?,
        };
        Some(match self {
            Self::Left(reader, place) => {
                (slot, Either::Left(reader.get(row)), place.time(row).unwrap_or(i64::MIN))
            }
            Self::Right(reader, place) => {
                (slot, Either::Right(reader.get(row)), place.time(row).unwrap_or(i64::MIN))
            }
        })
    }
}

/// Where late rows go.
struct LateTags<A, B> {
    left: Option<OutputTag<A>>,
    right: Option<OutputTag<B>>,
}

impl<A, B> Clone for LateTags<A, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, B> Copy for LateTags<A, B> {}

impl<A, B, S, G, F> WindowJoin<A, B, S, G, F>
where
    A: Record,
    B: Record,
    S: Assigner<Either<A, B>>,
    G: Trigger<Either<A, B>>,
    F: WindowFunction<Either<A, B>>,
{
    /// Over two streams of these layouts, whose keys have the same types.
    ///
    /// # Errors
    ///
    /// If the windows are none or do not go with the trigger or the streams, or the key's types cannot be keys.
    ///
    /// # Panics
    ///
    /// If the keys differ.
    pub fn new(
        inputs: [Layout; 2],
        windowing: Windowing<Either<A, B>, S, G>,
        function: F,
        seat: &OperatorSeat,
    ) -> Result<Self, Failure> {
        assert_eq!(inputs[0].key_types(), inputs[1].key_types(), "two inputs share one key");
        let timeless = inputs.iter().find(|input| input.time().is_none());
        let out = Collector::seated(Self::output(&inputs), seat);
        let body = WindowBody::new(timeless.unwrap_or(&inputs[0]), windowing, function, out, seat)?;
        let late = LateTags { left: None, right: None };
        Ok(Self { inputs, body, at: None, ports_open: 2, late, _function: PhantomData })
    }

    /// The same, with a side output for rows of the left input that come too late.
    #[must_use]
    pub fn late_left_to(self, tag: OutputTag<A>) -> Self {
        let late = LateTags { left: Some(tag), ..self.late };
        self.late_to(late)
    }

    /// The same, with a side output for rows of the right input that come too late.
    #[must_use]
    pub fn late_right_to(self, tag: OutputTag<B>) -> Self {
        let late = LateTags { right: Some(tag), ..self.late };
        self.late_to(late)
    }

    fn late_to(mut self, late: LateTags<A, B>) -> Self {
        let LateTags { left, right } = late;
        self.late = late;
        self.body.late_to(Box::new(move |row, out| match row {
            Either::Left(row) => left.is_some_and(|tag| {
                out.emit_side(&tag, row);
                true
            }),
            Either::Right(row) => right.is_some_and(|tag| {
                out.emit_side(&tag, row);
                true
            }),
        }));
        self
    }

    /// The layout of what it makes: it has event time if both inputs have.
    pub fn output(inputs: &[Layout; 2]) -> Layout {
        match inputs[1].time() {
            Some(_) => inputs[0].derive(F::Out::fields()),
            None => Layout::of(F::Out::fields()),
        }
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let at = &mut self.at;
        let flow = self.body.go_on(cx, || at.as_mut()?.next())?;
        if flow == Flow::Next {
            self.at = None;
        }
        Ok(flow)
    }
}

impl<A, B, S, G, F> Operator for WindowJoin<A, B, S, G, F>
where
    A: Record,
    B: Record,
    S: Assigner<Either<A, B>>,
    G: Trigger<Either<A, B>>,
    F: WindowFunction<Either<A, B>>,
{
    fn batch(&mut self, port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let layout = &self.inputs[port];
        let place = self.body.begin(layout, &batch, cx)?;
        self.at = Some(match port {
            0 => At::Left(open::<A>(layout, &batch)?, place),
            _ => At::Right(open::<B>(layout, &batch)?, place),
        });
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if !self.body.set_time(now) {
            cx.time(now)?;
        }
        self.go_on(cx)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.ports_open -= 1;
        if self.ports_open == 0 {
            self.body.end();
        }
        self.go_on(cx)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.go_on(cx)
    }

    fn wake(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.body.tick(cx.wall_ms());
        self.go_on(cx)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        self.body.save(to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.body.load(from)
    }
}
