//! What Flink's window operator does, row by row: every window of every key holds all of its rows.

use std::collections::BTreeMap;

use super::super::{WindowedAggregation, Windows};
use crate::aggregate::tests::row::{self, Row, Value};

/// A row that comes out: key, aggregates, start, end, event time.
pub(super) type Result = Vec<Value>;

pub(super) struct Model {
    spec: WindowedAggregation,
    watermark: i64,
    /// By end and start, and key.
    windows: BTreeMap<(i64, i64), BTreeMap<Vec<Value>, Vec<Row>>>,
    pub(super) late: Vec<Row>,
    pub(super) lateness_max: u64,
}

impl Model {
    pub(super) fn new(spec: WindowedAggregation) -> Self {
        Self { spec, watermark: i64::MIN, windows: BTreeMap::new(), late: Vec::new(), lateness_max: 0 }
    }

    /// The windows that a time is in, by start and end.
    fn assign(&self, time: i64) -> Vec<(i64, i64)> {
        let start = |every: i64, offset: i64| time - (time - offset).rem_euclid(every);
        match self.spec.windows {
            Windows::Tumbling { size, offset } => vec![(start(size, offset), start(size, offset) + size)],
            Windows::Sliding { size, slide, offset } => {
                let starts = (0..).map(|back| start(slide, offset) - back * slide);
                starts.take_while(|start| *start > time - size).map(|start| (start, start + size)).collect()
            }
            Windows::Cumulating { size, step, offset } => {
                let start = start(size, offset);
                let ends = (1..=size / step).map(|steps| start + steps * step);
                ends.filter(|end| *end > time).map(|end| (start, end)).collect()
            }
        }
    }

    /// A row comes. What is sent at once, by end of window.
    pub(super) fn row(&mut self, row: &Row) -> Vec<Result> {
        let lateness = self.spec.allowed_lateness;
        let is_gone = |end: i64| (end - 1).saturating_add(lateness) <= self.watermark;
        let mut windows = self.assign(row.time);
        windows.retain(|(_, end)| !is_gone(*end));
        windows.sort_by_key(|(_, end)| *end);
        if windows.is_empty() && row.time.saturating_add(lateness) <= self.watermark {
            self.late.push(row.clone());
            self.lateness_max = self.lateness_max.max(self.watermark.abs_diff(row.time));
        }
        let key = row.key(self.spec.aggregation.input.key());
        let mut results = Vec::new();
        for (start, end) in windows {
            let rows = self.windows.entry((end, start)).or_default().entry(key.clone()).or_default();
            rows.push(row.clone());
            if end - 1 <= self.watermark {
                results.push(self.result((end, start), &key));
            }
        }
        results
    }

    /// Time comes to `now`. What is sent, by end of window.
    pub(super) fn time(&mut self, now: i64) -> Vec<Result> {
        let is_over = |end: i64, now: i64| end - 1 <= now;
        let ends: Vec<_> = self.windows.keys().copied().collect();
        let over = ends.iter().filter(|(end, _)| is_over(*end, now) && !is_over(*end, self.watermark));
        let results = over.flat_map(|window| {
            let keys: Vec<_> = self.windows[window].keys().cloned().collect();
            keys.into_iter().map(|key| self.result(*window, &key)).collect::<Vec<_>>()
        });
        let results = results.collect();
        self.watermark = now;
        let lateness = self.spec.allowed_lateness;
        self.windows.retain(|(end, _), _| (end - 1).saturating_add(lateness) > now);
        results
    }

    pub(super) fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    fn result(&self, window: (i64, i64), key: &[Value]) -> Result {
        let rows: Vec<&Row> = self.windows[&window][key].iter().collect();
        let aggregates = self.spec.aggregation.aggregates.iter();
        let values = aggregates.map(|aggregate| row::evaluate(aggregate.function, &rows));
        let (end, start) = window;
        let times = [start, end, end - 1].map(|time| Value::Number(time.into()));
        key.iter().cloned().chain(values).chain(times).collect()
    }
}
