//! Charts as a picture. Written by hand, for it is forty rectangles and some words.

use std::fmt::Write;

use crate::bench::chart::{Chart, Form};
use crate::bench::scale::Scale;
use crate::bench::spread::short;

/// The measures of a picture.
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 48.0;
const BELOW: f64 = 40.0;
const BAR: f64 = 14.0;
const BETWEEN: f64 = 12.0;
const WIDTH_MIN: f64 = 640.0;
/// Where the words begin, and where a line goes on that was too long.
const MARGIN: f64 = 8.0;
const HANGING: f64 = 58.0;
/// What a letter takes on average: of a legend, of the words below.
const LETTER: f64 = 7.0;
const SMALL_LETTER: f64 = 5.2;
const SMALL_LINE: f64 = 16.0;
/// Told apart in grey, and by most who do not see all colours.
const COLOURS: [&str; 6] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

/// All charts of a report below each other, and in the end what must be known of them.
pub(crate) fn svg(charts: &[Chart], words: &[String]) -> String {
    let width = charts.iter().map(width_of).fold(WIDTH_MIN, f64::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred letters")]
    let letters = ((width - HANGING - MARGIN) / SMALL_LETTER) as usize;
    let words: Vec<(f64, String)> = words.iter().flat_map(|line| wrapped(line, letters)).collect();
    let each = TOP + HEIGHT + BELOW;
    let height = each * charts.len() as f64 + SMALL_LINE * words.len() as f64 + BETWEEN;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let mut top = 0.0;
    for chart in charts {
        let panel = Panel { chart, scale: chart.scale(), top, width: width_of(chart) };
        panel.legend(&mut text);
        panel.axis(&mut text);
        panel.values(&mut text);
        top += each;
    }
    for (x, line) in &words {
        top += SMALL_LINE;
        let line = escaped(line);
        let _ = writeln!(text, r##"<text x="{x}" y="{top}" font-size="10" fill="#666">{line}</text>"##);
    }
    text.push_str("</svg>\n");
    text
}

/// A line in as many as it takes, none of more letters unless a word has them, and where each begins.
fn wrapped(line: &str, letters: usize) -> Vec<(f64, String)> {
    let mut lines: Vec<(f64, String)> = Vec::new();
    for word in line.split_whitespace() {
        match lines.last_mut() {
            Some((_, line)) if line.chars().count() + 1 + word.chars().count() <= letters => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push((HANGING, word.to_owned())),
            None => lines.push((MARGIN, word.to_owned())),
        }
    }
    lines
}

fn width_of(chart: &Chart) -> f64 {
    let longest = chart.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let widest = (chart.series.len() as f64 * BAR).max(LETTER * longest as f64);
    (LEFT + chart.labels.len() as f64 * (widest + BETWEEN) + 2.0 * BETWEEN).max(WIDTH_MIN)
}

/// One chart, from this height on.
struct Panel<'a> {
    chart: &'a Chart,
    scale: Scale,
    top: f64,
    width: f64,
}

impl Panel<'_> {
    fn floor(&self) -> f64 {
        self.top + TOP + HEIGHT
    }

    /// The height of a value.
    fn y(&self, value: f64) -> f64 {
        self.floor() - self.scale.place(value) * HEIGHT
    }

    /// The middle of a label.
    fn x(&self, place: usize) -> f64 {
        let step = (self.width - LEFT - 2.0 * BETWEEN) / self.chart.labels.len().max(1) as f64;
        LEFT + BETWEEN + step * place as f64 + (step - BETWEEN) / 2.0
    }

    fn legend(&self, to: &mut String) {
        let (title, y) = (escaped(&self.chart.title()), self.top + 18.0);
        let _ = writeln!(to, r##"<text x="8" y="{y}" font-weight="bold">{title}</text>"##);
        let mut x = LEFT;
        for ((name, _), colour) in self.chart.series.iter().zip(COLOURS.iter().cycle()) {
            let y = self.top + 27.0;
            let _ = writeln!(to, r##"<rect x="{x}" y="{y}" width="10" height="10" fill="{colour}"/>"##);
            let (text_x, text_y, text) = (x + 14.0, y + 9.0, escaped(name));
            let _ = writeln!(to, r##"<text x="{text_x}" y="{text_y}">{text}</text>"##);
            x += 32.0 + LETTER * name.chars().count() as f64;
        }
    }

    fn axis(&self, to: &mut String) {
        let (floor, ceiling, width) = (self.floor(), self.top + TOP, self.width - BETWEEN);
        for (place, text) in self.scale.marks() {
            let y = floor - place * HEIGHT;
            let (text_x, text_y) = (LEFT - 6.0, y + 4.0);
            let _ = writeln!(to, r##"<path d="M{LEFT} {y:.1}H{width}" stroke="#ddd"/>"##);
            let _ = writeln!(to, r##"<text x="{text_x}" y="{text_y:.1}" text-anchor="end">{text}</text>"##);
        }
        for (place, label) in self.chart.labels.iter().enumerate() {
            let (x, y, text) = (self.x(place), floor + 18.0, escaped(label));
            let _ = writeln!(to, r##"<text x="{x:.1}" y="{y}" text-anchor="middle">{text}</text>"##);
        }
        let _ = writeln!(to, r##"<path d="M{LEFT} {ceiling}V{floor}H{width}" fill="none" stroke="#444"/>"##);
    }

    fn values(&self, to: &mut String) {
        for (number, (name, values)) in self.chart.series.iter().enumerate() {
            let colour = COLOURS[number % COLOURS.len()];
            let known = values.iter().enumerate().filter_map(|(place, value)| Some((place, (*value)?)));
            if self.chart.form == Form::Lines {
                let point = |(place, value)| format!("{:.1},{:.1}", self.x(place), self.y(value));
                let points = known.map(point).collect::<Vec<_>>().join(" ");
                let look = format!(r##"fill="none" stroke="{colour}" stroke-width="2""##);
                let _ = writeln!(to, r##"<polyline points="{points}" {look}/>"##);
                continue;
            }
            let offset = (number as f64 - self.chart.series.len() as f64 / 2.0) * BAR;
            for (place, value) in known {
                let (x, y, width) = (self.x(place) + offset, self.y(value), BAR - 2.0);
                let height = self.floor() - y;
                let title = escaped(&format!("{} {name}: {}", self.chart.labels[place], short(value)));
                let _ = writeln!(
                    to,
                    r##"<rect x="{x:.1}" y="{y:.1}" width="{width}" height="{height:.1}" fill="{colour}"><title>{title}</title></rect>"##
                );
            }
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(form: Form) -> Chart {
        Chart {
            title: "events/s & more".to_owned(),
            form,
            labels: vec!["q0".to_owned(), "q1".to_owned()],
            series: vec![
                ("millstream".to_owned(), vec![Some(8.0), Some(4.0)]),
                ("<other>".to_owned(), vec![Some(2.0), None]),
            ],
        }
    }

    #[test]
    fn there_is_a_place_for_each_value_and_no_bare_angle() {
        let text = svg(&[chart(Form::Bars), chart(Form::Lines)], &["a < b".to_owned()]);
        assert_eq!(text.matches("<title>").count(), 3);
        assert_eq!(text.matches("<polyline").count(), 2);
        assert!(
            text.contains("events/s &amp; more")
                && text.contains("&lt;other&gt;")
                && text.contains("a &lt; b")
        );
    }

    #[test]
    fn a_long_line_goes_on_below() {
        let line = |x: f64, text: &str| (x, text.to_owned());
        let expected = [line(MARGIN, "settings one 1,"), line(HANGING, "two 2, three"), line(HANGING, "333")];
        assert_eq!(wrapped("settings    one 1, two 2, three 333", 15), expected);
        let text = svg(&[chart(Form::Bars)], &["word ".repeat(1000)]);
        assert!(text.contains("width=\"640\""), "{text}");
    }

    #[test]
    fn higher_values_stand_higher() {
        let text = svg(&[chart(Form::Lines)], &[]);
        let points = text.split("points=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let heights: Vec<f64> =
            points.split(' ').map(|point| point.split(',').nth(1).unwrap().parse().unwrap()).collect();
        assert_eq!(heights, [TOP, TOP + HEIGHT / 2.0]);
    }
}
