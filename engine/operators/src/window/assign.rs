//! In which windows a row lies.
//!
//! [`TimeWindows`] are plain data, so that a plan can carry them; what depends on more than a row's time is an
//! [`Assigner`] of the user's own.

use super::pane::WindowsError;
use super::span::Window;
use super::trigger::DefaultTrigger;
use crate::keyed::TimeDomain;

/// The longest window, some 35,000 years: sums of times and lengths stay far from the ends of 64 bits.
const LENGTH_MAX: i64 = 1 << 50;

/// Times beyond this are taken for it: 36 million years from now.
const TIME_MAX: i64 = 1 << 60;

/// Says in which windows a row lies.
pub trait Assigner<T>: 'static {
    /// Puts the windows of a row into `windows`, which is empty. `time` is that of the row, or the machine's: as
    /// [`Assigner::domain`] says.
    fn assign(&mut self, row: &T, time: i64, windows: &mut Vec<Window>);

    /// By which clock windows end.
    fn domain(&self) -> TimeDomain;

    /// Whether windows that touch become one.
    fn is_merging(&self) -> bool {
        false
    }

    /// When windows are sent, unless something else is said.
    fn default_trigger(&self) -> DefaultTrigger {
        match self.domain() {
            TimeDomain::Event => DefaultTrigger::EventTime,
            TimeDomain::Processing => DefaultTrigger::ProcessingTime,
        }
    }

    /// What is wrong with it, if anything.
    ///
    /// # Errors
    ///
    /// If its windows are none.
    fn check(&self) -> Result<(), WindowsError> {
        Ok(())
    }
}

/// Windows that depend on nothing but the time of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWindows {
    shape: Shape,
    domain: TimeDomain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Tumbling { size: i64, offset: i64 },
    Sliding { size: i64, slide: i64, offset: i64 },
    Cumulating { size: i64, step: i64, offset: i64 },
    Session { gap: i64 },
    Global,
}

impl TimeWindows {
    /// One after the other, each `size` long, in event time. All lengths are milliseconds.
    pub const fn tumbling(size: i64) -> Self {
        Self::event(Shape::Tumbling { size, offset: 0 })
    }

    /// One every `slide`, each `size` long: they overlap, or leave gaps.
    pub const fn sliding(size: i64, slide: i64) -> Self {
        Self::event(Shape::Sliding { size, slide, offset: 0 })
    }

    /// Ever longer ones, by `step`, until they are `size` long and the next one begins.
    pub const fn cumulating(size: i64, step: i64) -> Self {
        Self::event(Shape::Cumulating { size, step, offset: 0 })
    }

    /// From a row to `gap` behind the last one that follows within the gap.
    pub const fn session(gap: i64) -> Self {
        Self::event(Shape::Session { gap })
    }

    /// All rows in one window, which a trigger must send.
    pub const fn global() -> Self {
        Self { shape: Shape::Global, domain: TimeDomain::Processing }
    }

    /// The same, but one of them begins at `offset`: at -8 hours, days are those of China.
    #[must_use]
    pub const fn offset(self, offset: i64) -> Self {
        let shape = match self.shape {
            Shape::Tumbling { size, .. } => Shape::Tumbling { size, offset },
            Shape::Sliding { size, slide, .. } => Shape::Sliding { size, slide, offset },
            Shape::Cumulating { size, step, .. } => Shape::Cumulating { size, step, offset },
            other => other,
        };
        Self { shape, ..self }
    }

    /// The same, by the machine's clock.
    #[must_use]
    pub const fn processing_time(self) -> Self {
        Self { domain: TimeDomain::Processing, ..self }
    }

    const fn event(shape: Shape) -> Self {
        Self { shape, domain: TimeDomain::Event }
    }

    /// The windows of a time, the earliest first.
    pub fn windows_of(&self, time: i64, windows: &mut Vec<Window>) {
        let clamped = time.clamp(-TIME_MAX, TIME_MAX);
        match self.shape {
            Shape::Tumbling { size, offset } => {
                let start = clamped - (clamped - offset).rem_euclid(size);
                windows.push(Window::new(start, start + size));
            }
            Shape::Sliding { size, slide, offset } => {
                let into_last = (clamped - offset).rem_euclid(slide);
                if into_last < size {
                    let before_last = (size - 1 - into_last) / slide;
                    let first = clamped - into_last - before_last * slide;
                    windows.extend(
                        (0..=before_last).map(|n| Window::new(first + n * slide, first + n * slide + size)),
                    );
                }
            }
            Shape::Cumulating { size, step, offset } => {
                let start = clamped - (clamped - offset).rem_euclid(size);
                let steps_before = (clamped - start) / step;
                windows
                    .extend((steps_before + 1..=size / step).map(|n| Window::new(start, start + n * step)));
            }
            Shape::Session { gap } => windows.push(Window::new(time, time.saturating_add(gap))),
            Shape::Global => windows.push(Window::GLOBAL),
        }
    }
}

impl<T> Assigner<T> for TimeWindows {
    #[inline]
    fn assign(&mut self, _row: &T, time: i64, windows: &mut Vec<Window>) {
        self.windows_of(time, windows);
    }

    fn domain(&self) -> TimeDomain {
        self.domain
    }

    fn is_merging(&self) -> bool {
        matches!(self.shape, Shape::Session { .. })
    }

    fn default_trigger(&self) -> DefaultTrigger {
        match (self.shape, self.domain) {
            (Shape::Global, _) => DefaultTrigger::Never,
            (_, TimeDomain::Event) => DefaultTrigger::EventTime,
            (_, TimeDomain::Processing) => DefaultTrigger::ProcessingTime,
        }
    }

    fn check(&self) -> Result<(), WindowsError> {
        let length = |what, ms| match ms {
            1..=LENGTH_MAX => Ok(ms),
            _ => Err(WindowsError::Length { what, ms }),
        };
        let (turn, offset) = match self.shape {
            Shape::Tumbling { size, offset } => (length("the size", size)?, offset),
            Shape::Sliding { size, slide, offset } => {
                length("the size", size)?;
                (length("the slide", slide)?, offset)
            }
            Shape::Cumulating { size, step, offset } => {
                if length("the size", size)? % length("the step", step)? != 0 {
                    return Err(WindowsError::Steps { size, step });
                }
                (size, offset)
            }
            Shape::Session { gap } => (length("the gap", gap)?, 0),
            Shape::Global => return Ok(()),
        };
        if offset <= -turn || offset >= turn {
            return Err(WindowsError::Offset { offset, turn });
        }
        Ok(())
    }
}

/// Sessions whose gap depends on the row.
#[derive(Clone, Debug)]
pub struct DynamicSessions<F> {
    gap: F,
    domain: TimeDomain,
}

impl<F> DynamicSessions<F> {
    /// In event time, with a gap of so many milliseconds behind each row.
    pub fn new(gap: F) -> Self {
        Self { gap, domain: TimeDomain::Event }
    }

    /// The same, by the machine's clock.
    #[must_use]
    pub fn processing_time(self) -> Self {
        Self { domain: TimeDomain::Processing, ..self }
    }
}

impl<T, F: FnMut(&T) -> i64 + 'static> Assigner<T> for DynamicSessions<F> {
    fn assign(&mut self, row: &T, time: i64, windows: &mut Vec<Window>) {
        let gap = (self.gap)(row);
        assert!(gap > 0, "the gap of a session is {gap} ms: a dynamic gap must be greater than zero");
        windows.push(Window::new(time, time.saturating_add(gap)));
    }

    fn domain(&self) -> TimeDomain {
        self.domain
    }

    fn is_merging(&self) -> bool {
        true
    }
}
