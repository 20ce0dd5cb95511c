//! Side outputs: rows of another type beside the main ones, for whoever asks for them by tag.
//!
//! Nothing is kept for a tag that nobody listens to.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use record::Record;
use runtime::subtask::Failure;

use crate::cx::Cx;
use crate::layout::Layout;
use crate::rows::{BATCH_ROWS, Collector};

/// Names a side output whose rows are `T`.
#[derive(Debug)]
pub struct OutputTag<T> {
    name: &'static str,
    _record: std::marker::PhantomData<fn() -> T>,
}

impl<T> Clone for OutputTag<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for OutputTag<T> {}

impl<T: Record> OutputTag<T> {
    /// The side output of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, _record: std::marker::PhantomData }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What a plan knows of it, beside rows of this layout.
    pub fn spec(&self, beside: &Layout) -> SideSpec {
        let layout = beside.derive(T::fields());
        SideSpec {
            name: self.name.into(),
            layout,
            make: |layout| Box::new(Collector::<T>::new(layout.clone())),
        }
    }
}

/// A side output that somebody listens to: plain data.
#[derive(Clone)]
pub struct SideSpec {
    /// The name of its tag.
    pub name: Arc<str>,
    /// The layout of its rows.
    pub layout: Layout,
    make: fn(&Layout) -> Box<dyn AnyCollector>,
}

impl fmt::Debug for SideSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SideSpec").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A collector of any type of rows.
pub(crate) trait AnyCollector: Any {
    fn rows(&self) -> usize;
    fn take(&mut self) -> memory::Batch;
}

impl<T: Record> AnyCollector for Collector<T> {
    fn rows(&self) -> usize {
        self.len()
    }

    fn take(&mut self) -> memory::Batch {
        Collector::take(self)
    }
}

/// The side outputs of one operator.
#[derive(Default)]
pub(crate) struct Sides {
    /// Output number 1, 2, …
    outputs: Vec<(Arc<str>, Box<dyn AnyCollector>)>,
}

impl Sides {
    pub(crate) fn of(specs: &[SideSpec]) -> Self {
        Self { outputs: specs.iter().map(|spec| (spec.name.clone(), (spec.make)(&spec.layout))).collect() }
    }

    /// The collector of a tag, if somebody listens.
    pub(crate) fn collector<T: Record>(&mut self, tag: &OutputTag<T>) -> Option<&mut Collector<T>> {
        let (_, output) = self.outputs.iter_mut().find(|(name, _)| **name == *tag.name)?;
        let any: &mut dyn Any = &mut **output;
        let other = || {
            panic!("side output {} has rows of another type than {}", tag.name, std::any::type_name::<T>())
        };
        Some(any.downcast_mut().unwrap_or_else(other))
    }

    /// Sends what waits: all of it, or only what fills a batch.
    pub(crate) fn flush(&mut self, all: bool, cx: &mut Cx<'_>) -> Result<(), Failure> {
        for (number, (_, output)) in (1..).zip(&mut self.outputs) {
            if output.rows() >= BATCH_ROWS || (all && output.rows() > 0) {
                cx.send_to(number, output.take())?;
            }
        }
        Ok(())
    }
}
