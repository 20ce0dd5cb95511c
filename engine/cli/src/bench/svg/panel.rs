//! One chart of a picture: what it is called, whose values have which colour, its axes.

use std::fmt::Write;

use crate::bench::chart::{Chart, Form, Series};
use crate::bench::scale::Scale;
use crate::bench::svg::look::{HEAD, SMALL, WORDS, colour, escaped, width};
use crate::bench::svg::values::Values;

/// How high the plot of a chart is.
pub(super) const HEIGHT: f64 = 180.0;
/// Of a line of a legend, of the labels below, of the square of a colour.
const LINE: f64 = 18.0;
const BELOW: f64 = 24.0;
const SQUARE: f64 = 10.0;
/// Above the plot: values of the highest bars.
const AIR: f64 = 18.0;
/// Between two entries of a legend.
const BETWEEN: f64 = 18.0;

/// A chart, and where it stands.
pub(super) struct Panel<'a> {
    pub(super) chart: &'a Chart,
    pub(super) scale: Scale,
    pub(super) left: f64,
    pub(super) width: f64,
    /// The first one of its row says what the axis is.
    pub(super) is_first: bool,
}

impl Panel<'_> {
    /// How much stands above the plot.
    pub(super) fn head_height(&self) -> f64 {
        HEAD + LINE * self.legend().len() as f64 + AIR
    }

    /// Draws it from this height on, its plot from that one; where it ends.
    pub(super) fn draw(&self, top: f64, plot: f64, to: &mut String) -> f64 {
        self.head(top, to);
        self.axes(plot, to);
        Values::of(self, plot).draw(to);
        plot + HEIGHT + BELOW
    }

    /// The height of a value in a plot from this height on.
    pub(super) fn y(&self, plot: f64, value: f64) -> f64 {
        plot + (1.0 - self.scale.place(value)) * HEIGHT
    }

    /// How much of the width a label has.
    pub(super) fn step(&self) -> f64 {
        self.width / self.chart.labels.len().max(1) as f64
    }

    /// The middle of a label.
    pub(super) fn x(&self, place: usize) -> f64 {
        self.left + self.step() * (place as f64 + 0.5)
    }

    /// Whose values have which colour, in lines, with the places of all entries. A title says enough of bars of one kind.
    fn legend(&self) -> Vec<Vec<(f64, &Series)>> {
        let series = &self.chart.series;
        if self.chart.form == Form::Bars && series.len() == 1 && self.chart.base.is_none() {
            return Vec::new();
        }
        let mut lines: Vec<Vec<(f64, &Series)>> = vec![Vec::new()];
        let mut x = self.edge();
        for one in series {
            let wide = SQUARE + 5.0 + width(&one.name, WORDS);
            if x + wide > self.left + self.width && x > self.edge() {
                lines.push(Vec::new());
                x = self.edge();
            }
            lines.last_mut().expect("there is a first line").push((x, one));
            x += wide + BETWEEN;
        }
        lines
    }

    /// Where its words begin: above the axis, if it has one.
    fn edge(&self) -> f64 {
        if self.is_first { super::MARGIN } else { self.left }
    }

    fn head(&self, top: f64, to: &mut String) {
        let log = if self.scale.is_log() { " (powers of ten)" } else { "" };
        let is_plain = self.chart.base.is_some() || !self.is_first;
        let title = escaped(&format!("{}{}", self.chart.title, if is_plain { "" } else { log }));
        let (x, y) = (self.edge(), top + HEAD);
        let _ = writeln!(
            to,
            r#"<text class="word" x="{x:.1}" y="{y:.1}" font-size="{HEAD}" font-weight="600">{title}</text>"#
        );
        for (number, line) in self.legend().into_iter().enumerate() {
            let bottom = y + LINE * (number + 1) as f64;
            for (x, Series { name, colour: of, .. }) in line {
                let (of, name, y) = (colour(*of), escaped(name), bottom - SQUARE + 1.0);
                let _ = writeln!(
                    to,
                    r#"<rect class="fill{of}" x="{x:.1}" y="{y:.1}" width="{SQUARE}" height="{SQUARE}" rx="2"/>"#
                );
                let x = x + SQUARE + 5.0;
                let _ = writeln!(
                    to,
                    r#"<text class="word" x="{x:.1}" y="{bottom:.1}" font-size="{WORDS}">{name}</text>"#
                );
            }
        }
    }

    fn axes(&self, plot: f64, to: &mut String) {
        let (left, right) = (self.left, self.left + self.width);
        for (place, text) in self.scale.marks() {
            let y = plot + (1.0 - place) * HEIGHT;
            let _ = writeln!(to, r#"<path class="grid" d="M{left:.1} {y:.1}H{right:.1}"/>"#);
            if self.is_first {
                let (x, y) = (left - 6.0, y + 3.5);
                let _ = writeln!(
                    to,
                    r#"<text class="pale" x="{x:.1}" y="{y:.1}" font-size="{SMALL}" text-anchor="end">{text}</text>"#
                );
            }
        }
        let floor = self.y(plot, self.chart.base.unwrap_or(0.0));
        let _ = writeln!(to, r#"<path class="axis" d="M{left:.1} {floor:.1}H{right:.1}"/>"#);
        let y = plot + HEIGHT + 16.0;
        for (place, label) in self.chart.labels.iter().enumerate() {
            let (x, label) = (self.x(place), escaped(label));
            let size = if width(&label, WORDS) > self.step() { SMALL - 1.0 } else { WORDS };
            let _ = writeln!(
                to,
                r#"<text class="word" x="{x:.1}" y="{y:.1}" font-size="{size}" text-anchor="middle">{label}</text>"#
            );
        }
    }
}
