//! The values of a chart: bars or lines, and what they are in numbers where there is room for it.

use std::fmt::Write;

use crate::bench::chart::{Form, Series};
use crate::bench::spread::short;
use crate::bench::svg::look::{SMALL, colour, escaped, width};
use crate::bench::svg::panel::{HEIGHT, Panel};

/// Of a label's width, what bars take; and no bar is wider than this.
const TAKEN: f64 = 0.8;
const BAR_MAX: f64 = 42.0;
/// From here on there is room between two bars.
const BAR_APART: f64 = 5.0;
/// The point of a value on a line.
const POINT: f64 = 3.0;
/// From a value to its number.
const OFF: f64 = 4.0;
/// So many pieces of a line between two points keep numbers away.
const PARTS: u8 = 24;

/// What is drawn of a panel whose plot begins at this height.
pub(super) struct Values<'a> {
    panel: &'a Panel<'a>,
    plot: f64,
    /// Where something is written already: from, to, upper, lower.
    written: Vec<[f64; 4]>,
}

/// A value and its place.
struct Value<'a> {
    series: &'a Series,
    place: usize,
    x: f64,
    value: f64,
}

/// Which end of a text its place is.
#[derive(Clone, Copy, Debug)]
enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }

    /// How much of the text stands before its place.
    fn share(self) -> f64 {
        match self {
            Self::Start => 0.0,
            Self::Middle => 0.5,
            Self::End => 1.0,
        }
    }
}

impl<'a> Values<'a> {
    pub(super) fn of(panel: &'a Panel<'a>, plot: f64) -> Self {
        Self { panel, plot, written: Vec::new() }
    }

    /// Draws all of them.
    pub(super) fn draw(mut self, to: &mut String) {
        let series = &self.panel.chart.series;
        match self.panel.chart.form {
            Form::Bars => series.iter().enumerate().for_each(|(number, one)| self.bars(number, one, to)),
            Form::Lines => {
                series.iter().for_each(|one| self.line(one, to));
                let values: Vec<Value<'_>> = series.iter().flat_map(|one| self.points(one, to)).collect();
                values.iter().for_each(|value| self.beside(value, to));
            }
        }
    }

    fn bars(&mut self, number: usize, series: &Series, to: &mut String) {
        let (panel, count) = (self.panel, self.panel.chart.series.len() as f64);
        let each = (panel.step() * TAKEN / count).min(BAR_MAX);
        let wide = if each > BAR_APART { each - 1.5 } else { each * 0.9 };
        let floor = panel.y(self.plot, panel.chart.base.unwrap_or(0.0));
        for place in 0..panel.chart.labels.len() {
            let x = panel.x(place) + (number as f64 - (count - 1.0) / 2.0) * each;
            let Some(value) = series.values.get(place).copied().flatten() else {
                self.nothing(series, place, (x, floor), to);
                continue;
            };
            let y = panel.y(self.plot, value);
            let (upper, lower) = (y.min(floor), y.max(floor));
            let value = Value { series, place, x, value };
            let (title, class, left) = (self.title(&value), colour(series.colour), x - wide / 2.0);
            let height = (lower - upper).max(1.0);
            let _ = writeln!(
                to,
                r#"<rect class="fill{class}" x="{left:.1}" y="{upper:.1}" width="{wide:.1}" height="{height:.1}" rx="1.5"><title>{title}</title></rect>"#
            );
            // A bar that goes down has its number below, and so no number is in a bar.
            let side = if y > floor { lower + SMALL + 1.0 } else { upper - OFF };
            // Beside the number of the next label there is no room for one that is wider than its bars' share.
            if width(&self.number(&value), SMALL) <= panel.step() / count + 1.0 {
                self.write(&value, "pale", &[(x, side, Anchor::Middle)], to);
            }
        }
    }

    /// A bar that is missing is not one of no height.
    fn nothing(&self, series: &Series, place: usize, (x, floor): (f64, f64), to: &mut String) {
        let label = escaped(&format!("{} {}: no figure", self.panel.chart.labels[place], series.name));
        let y = floor - OFF;
        let _ = writeln!(
            to,
            r#"<text class="pale" x="{x:.1}" y="{y:.1}" font-size="{SMALL}" text-anchor="middle">–<title>{label}</title></text>"#
        );
    }

    /// Through the values of labels that follow each other. Numbers stay away from it.
    fn line(&mut self, series: &Series, to: &mut String) {
        let steps = self.panel.chart.labels.len().saturating_sub(self.panel.chart.apart);
        let known = |place: usize| Some((place, series.values.get(place).copied().flatten()?));
        let at = |(place, value)| (self.panel.x(place), self.panel.y(self.plot, value));
        let points: Vec<(f64, f64)> = (0..steps).filter_map(known).map(at).collect();
        let texts: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let (texts, class) = (texts.join(" "), colour(series.colour));
        let _ = writeln!(
            to,
            r#"<polyline class="line{class}" points="{texts}" fill="none" stroke-width="2" stroke-linejoin="round"/>"#
        );
        for ends in points.windows(2) {
            let [(from_x, from_y), (to_x, to_y)] = ends else { continue };
            for part in 0..=PARTS {
                let share = f64::from(part) / f64::from(PARTS);
                let (x, y) = (from_x + (to_x - from_x) * share, from_y + (to_y - from_y) * share);
                self.written.push([x - 1.0, x + 1.0, y - 1.0, y + 1.0]);
            }
        }
    }

    fn points(&mut self, series: &'a Series, to: &mut String) -> Vec<Value<'a>> {
        let mut values = Vec::new();
        for (place, value) in series.values.iter().enumerate() {
            let Some(value) = *value else { continue };
            let (x, y) = (self.panel.x(place), self.panel.y(self.plot, value));
            let value = Value { series, place, x, value };
            let (title, class) = (self.title(&value), colour(series.colour));
            let _ = writeln!(
                to,
                r#"<circle class="fill{class}" cx="{x:.1}" cy="{y:.1}" r="{POINT}"><title>{title}</title></circle>"#
            );
            self.written.push([x - POINT, x + POINT, y - POINT, y + POINT]);
            values.push(value);
        }
        values
    }

    /// The number of a point, on whichever side of it is room.
    fn beside(&mut self, value: &Value<'_>, to: &mut String) {
        let (x, y) = (value.x, self.panel.y(self.plot, value.value));
        let (above, below, level) = (y - OFF - POINT, y + OFF + POINT + SMALL * 0.7, y + SMALL * 0.35);
        let (left, right) = (x - OFF - POINT, x + OFF + POINT);
        let places = [
            (x, above, Anchor::Middle),
            (x, below, Anchor::Middle),
            (x - POINT, above, Anchor::End),
            (x + POINT, below, Anchor::Start),
            (left, level, Anchor::End),
            (right, level, Anchor::Start),
        ];
        let class = format!("fill{}", colour(value.series.colour));
        self.write(value, &class, &places, to);
    }

    /// Writes a number at the first of these places where nothing else is, or not at all.
    fn write(&mut self, value: &Value<'_>, class: &str, places: &[(f64, f64, Anchor)], to: &mut String) {
        let text = escaped(&self.number(value));
        let wide = width(&text, SMALL);
        for (x, bottom, anchor) in places {
            let left = x - wide * anchor.share();
            let place = [left, left + wide, bottom - SMALL * 0.75, *bottom];
            let has_room = left >= self.panel.left
                && left + wide <= self.panel.left + self.panel.width
                && *bottom <= self.plot + HEIGHT + if self.panel.chart.base.is_some() { SMALL } else { -2.0 };
            if has_room && !self.written.iter().any(|other| overlap(place, *other)) {
                let anchor = anchor.name();
                let _ = writeln!(
                    to,
                    r#"<text class="{class}" x="{x:.1}" y="{bottom:.1}" font-size="{SMALL}" text-anchor="{anchor}">{text}</text>"#
                );
                self.written.push(place);
                return;
            }
        }
    }

    fn number(&self, value: &Value<'_>) -> String {
        format!("{}{}", short(value.value), self.panel.chart.unit)
    }

    fn title(&self, value: &Value<'_>) -> String {
        let label = &self.panel.chart.labels[value.place];
        escaped(&format!("{label} {}: {}", value.series.name, self.number(value)))
    }
}

fn overlap(one: [f64; 4], other: [f64; 4]) -> bool {
    one[0] < other[1] && other[0] < one[1] && one[2] < other[3] && other[2] < one[3]
}
