//! What windows send, computed in the plainest way: all windows in a list, looked through for everything.

use super::trial::{Row, Step};

/// Which windows a time lies in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Every { size: i64, slide: i64, offset: i64 },
    Growing { size: i64, step: i64, offset: i64 },
    Session { gap: i64 },
    All,
}

/// When windows are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sends {
    AtEnd,
    Often(i64),
    Counted(usize),
}

/// All of a window but its function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) shape: Shape,
    pub(crate) sends: Sends,
    pub(crate) purges: bool,
    pub(crate) lateness: i64,
    /// By the machine's clock.
    pub(crate) by_clock: bool,
}

/// A window that is sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) key: i64,
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Values and times.
    pub(crate) rows: Vec<Row>,
}

impl Sent {
    pub(crate) fn values(&self) -> Vec<i64> {
        self.rows.iter().map(|(value, _)| *value).collect()
    }

    /// The time of what is sent.
    pub(crate) fn time(&self) -> i64 {
        if self.start == i64::MIN { i64::MAX } else { self.end - 1 }
    }
}

#[derive(Clone, Debug)]
struct Live {
    sent: Sent,
    count: usize,
    next: Option<i64>,
    is_over: bool,
}

impl Live {
    fn new(key: i64, start: i64, end: i64) -> Self {
        Self { sent: Sent { key, start, end, rows: Vec::new() }, count: 0, next: None, is_over: false }
    }
}

pub(crate) fn windows_of(shape: Shape, time: i64) -> Vec<(i64, i64)> {
    let has = |(start, end): &(i64, i64)| *start <= time && time < *end;
    match shape {
        Shape::Every { size, slide, offset } => {
            (-70..130).map(|n| (n * slide + offset, n * slide + offset + size)).filter(has).collect()
        }
        Shape::Growing { size, step, offset } => (-70..130)
            .flat_map(|n| {
                (1..=size / step).map(move |steps| (n * size + offset, n * size + offset + steps * step))
            })
            .filter(has)
            .collect(),
        Shape::Session { gap } => vec![(time, time + gap)],
        Shape::All => vec![(i64::MIN, i64::MAX)],
    }
}

/// The machine, in lists.
pub(crate) struct Model<'a> {
    rules: Rules,
    live: Vec<Live>,
    /// By the clock that windows go by: all times up to this have passed.
    passed: i64,
    watermark: i64,
    clock: i64,
    /// What becomes of a window that is sent; may drop rows of it.
    send: &'a mut dyn FnMut(&mut Sent),
    late: Vec<(i64, Row)>,
}

impl<'a> Model<'a> {
    /// Runs a script, and says which rows were late.
    pub(crate) fn run(rules: Rules, script: &[Step], send: &'a mut dyn FnMut(&mut Sent)) -> Vec<(i64, Row)> {
        let passed = if rules.by_clock { -1 } else { i64::MIN };
        let mut model =
            Self { rules, live: Vec::new(), passed, watermark: i64::MIN, clock: 0, send, late: Vec::new() };
        for step in script {
            match *step {
                Step::Row { key, value, time, .. } => model.row(key, value, time),
                Step::Time(now) => {
                    model.watermark = now;
                    if !rules.by_clock {
                        model.pass(now);
                    }
                }
                Step::Clock(ms) => {
                    model.clock += ms;
                    if rules.by_clock {
                        model.pass(model.clock - 1);
                    }
                }
            }
        }
        if !rules.by_clock {
            model.pass(i64::MAX);
        }
        model.late
    }

    fn is_gone(&self, end: i64) -> bool {
        !self.rules.by_clock && end < i64::MAX && end - 1 + self.rules.lateness <= self.passed
    }

    fn row(&mut self, key: i64, value: i64, time: i64) {
        let by = if self.rules.by_clock { self.clock } else { time };
        let mut is_taken = false;
        for (start, end) in windows_of(self.rules.shape, by) {
            let place = match self.rules.shape {
                Shape::Session { .. } => self.session(key, start, end),
                _ => self.window(key, start, end),
            };
            let Some(place) = place else { continue };
            is_taken = true;
            self.live[place].sent.rows.push((value, time));
            self.look_at(place, time);
        }
        if !is_taken && !self.rules.by_clock && time + self.rules.lateness <= self.passed {
            self.late.push((time, (key, value)));
        }
    }

    fn window(&mut self, key: i64, start: i64, end: i64) -> Option<usize> {
        if self.is_gone(end) {
            return None;
        }
        let is_it = |live: &Live| (live.sent.key, live.sent.start, live.sent.end) == (key, start, end);
        Some(self.live.iter().position(is_it).unwrap_or_else(|| {
            self.live.push(Live::new(key, start, end));
            self.live.len() - 1
        }))
    }

    fn session(&mut self, key: i64, start: i64, end: i64) -> Option<usize> {
        let mut touched: Vec<Live> = Vec::new();
        self.live.retain(|live| {
            let touches = live.sent.key == key && live.sent.start <= end && start <= live.sent.end;
            if touches {
                touched.push(live.clone());
            }
            !touches
        });
        touched.sort_by_key(|live| live.sent.start);
        if let [live] = &touched[..]
            && (live.sent.start..=live.sent.end).contains(&start)
            && end <= live.sent.end
        {
            self.live.push(live.clone()); // Nothing changes.
            return Some(self.live.len() - 1);
        }
        let mut all = Live::new(key, start, end);
        for live in touched {
            all.sent.start = all.sent.start.min(live.sent.start);
            all.sent.end = all.sent.end.max(live.sent.end);
            all.sent.rows.extend(live.sent.rows);
            all.count += live.count;
            all.next = all.next.into_iter().chain(live.next.filter(|next| *next > self.passed)).min();
        }
        if self.is_gone(all.sent.end) {
            return None;
        }
        self.live.push(all);
        Some(self.live.len() - 1)
    }

    /// The trigger, for a row.
    fn look_at(&mut self, place: usize, time: i64) {
        let live = &mut self.live[place];
        let last = live.sent.time();
        match self.rules.sends {
            Sends::AtEnd if last <= self.passed => self.fire(place),
            Sends::AtEnd => {}
            Sends::Often(_) if last <= self.watermark => self.fire(place),
            Sends::Often(every) => {
                if live.next.is_none() {
                    live.next = Some((time.div_euclid(every) * every + every).min(last));
                }
            }
            Sends::Counted(count) => {
                live.count += 1;
                if live.count >= count {
                    live.count = 0;
                    self.fire(place);
                }
            }
        }
    }

    fn fire(&mut self, place: usize) {
        let live = &mut self.live[place];
        if !live.sent.rows.is_empty() {
            (self.send)(&mut live.sent);
        }
        if self.rules.purges {
            live.sent.rows.clear();
        }
    }

    /// When a window is to be sent next.
    fn due(&self, live: &Live) -> Option<i64> {
        let last = Some(live.sent.time()).filter(|last| *last > self.passed && !live.is_over);
        match self.rules.sends {
            Sends::AtEnd => last,
            Sends::Often(_) => live.next.filter(|_| last.is_some()).into_iter().chain(last).min(),
            Sends::Counted(_) => None,
        }
    }

    /// Time goes on.
    fn pass(&mut self, now: i64) {
        loop {
            let due =
                |place: &usize| Some((self.due(&self.live[*place])?, self.live[*place].sent.start, *place));
            let next =
                (0..self.live.len()).filter_map(|place| due(&place)).filter(|(at, ..)| *at <= now).min();
            let Some((at, _, place)) = next else { break };
            self.fire(place);
            let live = &mut self.live[place];
            if at == live.sent.time() {
                live.is_over = true; // It is not sent again, unless by a row that comes late.
            } else if let Sends::Often(every) = self.rules.sends {
                live.next = Some((at + every).min(live.sent.time()));
            }
        }
        self.passed = now;
        let gone: Vec<bool> = self.live.iter().map(|live| self.is_over(live.sent.end)).collect();
        let mut gone = gone.into_iter();
        self.live.retain(|_| !gone.next().unwrap());
    }

    /// Whether nothing more can come of a window that ends then.
    fn is_over(&self, end: i64) -> bool {
        if self.rules.by_clock { end - 1 <= self.passed } else { self.is_gone(end) }
    }
}
