//! The table of sensors: drawn over and over on a terminal, and once, at the end, where there is none.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, IsTerminal, Write};

use millstream::prelude::*;

use crate::live::Line;

/// Windows that are drawn for each sensor.
const DRAWN: usize = 40;

/// What was heard of the sensors.
pub(crate) struct Screen {
    is_terminal: bool,
    sensors: BTreeMap<String, Row>,
    drawn: bool,
    readings: i64,
    window: i64,
}

#[derive(Default)]
struct Row {
    means: VecDeque<f64>,
    least: f64,
    most: f64,
    readings: i64,
}

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

impl Screen {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self { is_terminal, sensors: BTreeMap::new(), drawn: false, readings: 0, window: i64::MIN }
    }

    /// A window has come; when it is a later one, all is drawn.
    pub(crate) fn show(&mut self, line: &Line) {
        let (sensor, readings, mean, least, most, start, _) = line;
        if start.0 > self.window {
            self.window = start.0;
            if self.is_terminal {
                self.draw();
            }
        }
        let row = self.sensors.entry(sensor.clone()).or_default();
        row.means.push_back(*mean);
        if row.means.len() > DRAWN {
            row.means.pop_front();
        }
        (row.least, row.most, row.readings) = (*least, *most, *readings);
        self.readings += readings;
    }

    fn draw(&mut self) {
        let mut text = String::new();
        if self.drawn {
            text.push_str(&format!("\x1b[{}A", self.sensors.len() + 2));
        }
        self.drawn = true;
        text.push_str(&format!(
            "{:<10} {:<DRAWN$} {:>7} {:>7} {:>7} {:>9}\n",
            "sensor", "mean", "now", "least", "most", "readings"
        ));
        for (sensor, row) in &self.sensors {
            let bars: String = row.means.iter().map(|mean| block(*mean)).collect();
            let now = row.means.back().copied().unwrap_or(0.0);
            text.push_str(&format!(
                "{sensor:<10} {bars:<DRAWN$} {now:>6.1}° {:>6.1}° {:>6.1}° {:>9}\n",
                row.least, row.most, row.readings
            ));
        }
        text.push_str(&format!("{} readings, up to {}\n", self.readings, Timestamp(self.window)));
        let mut out = io::stdout().lock();
        // A terminal that is gone ends the job by other ways.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Nothing else will come.
    pub(crate) fn end(&mut self) {
        self.draw();
    }
}

/// Five to twenty-seven degrees, in eighths.
fn block(degrees: f64) -> char {
    let place = (0..BLOCKS.len()).rfind(|eighth| degrees >= 5.0 + *eighth as f64 * 22.0 / 8.0);
    BLOCKS[place.unwrap_or(0)]
}
