//! The operator of windows over one input.

use memory::Batch;
use record::{Record, RecordReader};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{Restore, Snapshot};

use super::assign::Assigner;
use super::body::WindowBody;
use super::function::WindowFunction;
use super::trigger::Trigger;
use super::windowing::Windowing;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::keyed::Place;
use crate::layout::Layout;
use crate::rows::{Collector, open};
use crate::seat::OperatorSeat;
use crate::side::OutputTag;

/// A function of the windows of rows `T`. Without a key, all rows have the same one.
pub struct WindowOperator<T: Record, A, G: Trigger<T>, F: WindowFunction<T>> {
    input: Layout,
    body: WindowBody<T, A, G, F>,
    at: Option<(T::Reader, Place)>,
}

impl<T: Record, A: Assigner<T>, G: Trigger<T>, F: WindowFunction<T>> WindowOperator<T, A, G, F> {
    /// Over a stream of this layout.
    ///
    /// # Errors
    ///
    /// If the windows are none or do not go with the trigger or the stream, or the key's types cannot be keys.
    pub fn new(
        input: Layout,
        windowing: Windowing<T, A, G>,
        function: F,
        seat: &OperatorSeat,
    ) -> Result<Self, Failure> {
        let out = Collector::seated(Self::output(&input), seat);
        let body = WindowBody::new(&input, windowing, function, out, seat)?;
        Ok(Self { input, body, at: None })
    }

    /// The same, with a side output for rows that come too late. They are not counted as dropped then.
    #[must_use]
    pub fn late_to(mut self, tag: OutputTag<T>) -> Self {
        self.body.late_to(Box::new(move |row, out| {
            out.emit_side(&tag, row);
            true
        }));
        self
    }

    /// The layout of what it makes.
    pub fn output(input: &Layout) -> Layout {
        input.derive(F::Out::fields())
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        let flow = match &mut self.at {
            None => self.body.go_on(cx, || None)?,
            Some((reader, place)) => self.body.go_on(cx, || {
                let (row, slot) = place.next()?;
                Some((slot, reader.get(row), place.time(row).unwrap_or(i64::MIN)))
            })?,
        };
        if flow == Flow::Next {
            self.at = None;
        }
        Ok(flow)
    }
}

impl<T: Record, A: Assigner<T>, G: Trigger<T>, F: WindowFunction<T>> Operator for WindowOperator<T, A, G, F> {
    fn batch(&mut self, _port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.at = Some((open::<T>(&self.input, &batch)?, self.body.begin(&self.input, &batch, cx)?));
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if !self.body.set_time(now) {
            cx.time(now)?;
        }
        self.go_on(cx)
    }

    fn end(&mut self, _port: usize, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.body.end();
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
